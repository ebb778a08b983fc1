//! The requests to send, as bytes, made before the clock runs.

use crate::error::Failure;
use crate::options::Options;
use std::path::Path;

/// Requests that are sent in turn.
#[derive(Debug)]
pub(crate) struct Requests {
    texts: Vec<Vec<u8>>,
    next: usize,
}

impl Requests {
    /// One for each path of `--paths`, or the one of `--path`; each with the whole `--body`, and with each token of
    /// `--tokens`.
    pub(crate) fn new(options: &Options) -> Result<Self, Failure> {
        let paths = match &options.paths {
            Some(file) => paths(file)?.into_iter().map(|(path, _)| path).collect(),
            None => vec![options.path.clone()],
        };
        let body = match &options.body {
            Some(file) => Some(read(file)?),
            None => None,
        };
        let tokens = options.tokens.as_deref().map(tokens).transpose()?;
        let length = body.as_ref().map(|body| Length::Known(body.len()));
        let mut texts = Vec::new();
        for path in &paths {
            let mut push = |options: &Options| {
                let mut text = head(options, &options.method, path, length);
                text.extend_from_slice(body.as_deref().unwrap_or_default());
                texts.push(text);
            };
            match &tokens {
                None => push(options),
                Some(tokens) => {
                    let mut options = options.clone();
                    for token in tokens {
                        options.headers.push(format!("Authorization: Bearer {token}"));
                        push(&options);
                        options.headers.pop();
                    }
                }
            }
        }
        Ok(Self { texts, next: 0 })
    }

    pub(crate) fn next(&mut self) -> &[u8] {
        if self.next >= self.texts.len() {
            self.next = 0;
        }
        let text = self.texts.get(self.next).map_or(&[][..], Vec::as_slice);
        self.next = self.next.saturating_add(1);
        text
    }
}

/// How a body's length is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    Known(usize),
    Chunked,
}

/// The head of one request, whole.
pub(crate) fn head(options: &Options, method: &str, path: &str, length: Option<Length>) -> Vec<u8> {
    let mut lines = open_head(options, method, path);
    match length {
        Some(Length::Known(length)) => lines.push(format!("Content-Length: {length}")),
        Some(Length::Chunked) => lines.push("Transfer-Encoding: chunked".to_owned()),
        None => {}
    }
    lines.push("\r\n".to_owned());
    lines.join("\r\n").into_bytes()
}

/// The lines of a head that more can be added to.
fn open_head(options: &Options, method: &str, path: &str) -> Vec<String> {
    let mut lines =
        vec![format!("{method} {path} HTTP/1.1"), format!("Host: {}", options.server_name)];
    lines.extend(options.headers.iter().cloned());
    lines.extend(options.content_type.iter().map(|value| format!("Content-Type: {value}")));
    lines
}

/// A head without an end: its last header's value can go on for ever.
pub(crate) fn endless_head(options: &Options) -> Vec<u8> {
    let mut lines = open_head(options, &options.method, &options.path);
    lines.push("X-Slow: ".to_owned());
    lines.join("\r\n").into_bytes()
}

/// A list of paths, each with a text that its answer must hold: `PATH`, a tab, `TEXT` on a line.
/// The text may be missing where nothing compares it.
pub(crate) fn paths(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let text = String::from_utf8(read(file)?).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty());
    let paths: Vec<_> = lines
        .map(|line| {
            let (path, holds) = line.split_once('\t').unwrap_or((line, ""));
            (path.to_owned(), holds.to_owned())
        })
        .collect();
    if paths.is_empty() { Err(Failure::Paths { path: file.to_owned() }) } else { Ok(paths) }
}

/// The tokens of a file, one a line.
fn tokens(file: &Path) -> Result<Vec<String>, Failure> {
    let text = String::from_utf8(read(file)?).unwrap_or_default();
    let tokens: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if tokens.is_empty() { Err(Failure::Tokens { path: file.to_owned() }) } else { Ok(tokens) }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::File { path: file.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_shows_the_next_token() {
        let file = std::env::temp_dir().join(format!("trust-load-tokens-{}", std::process::id()));
        std::fs::write(&file, "one\ntwo\n").unwrap();
        let options = Options { tokens: Some(file.clone()), ..Options::default() };
        let mut requests = Requests::new(&options).unwrap();
        let shown: Vec<String> = (0..3)
            .map(|_| String::from_utf8(requests.next().to_vec()).unwrap())
            .map(|text| text.lines().find(|line| line.starts_with("Auth")).unwrap().to_owned())
            .collect();
        let expected = ["one", "two", "one"].map(|token| format!("Authorization: Bearer {token}"));
        assert_eq!(shown, expected);
        std::fs::write(&file, "\n").unwrap();
        assert!(Requests::new(&options).is_err());
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_head_ends_with_one_empty_line() {
        let options = Options { headers: vec!["X-A: b".to_owned()], ..Options::default() };
        assert_eq!(
            head(&options, "GET", "/x", None),
            b"GET /x HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n\r\n"
        );
        assert_eq!(
            head(&options, "POST", "/x", Some(Length::Known(3))),
            b"POST /x HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\nContent-Length: 3\r\n\r\n"
        );
    }

    #[test]
    fn an_endless_head_has_no_empty_line() {
        let text = String::from_utf8(endless_head(&Options::default())).unwrap();
        assert!(text.ends_with("\r\nX-Slow: ") && !text.contains("\r\n\r\n"));
    }
}
