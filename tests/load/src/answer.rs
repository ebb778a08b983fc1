//! Answers, told apart in a stream of bytes that may be cut anywhere.
//!
//! Strict where laxness would hide a server's fault: an answer without a length, or with one that
//! is no number, is an error.

use std::fmt;

/// One whole answer, but for its body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The server will close the connection.
    pub(crate) close: bool,
    /// The header `Audit-Id`.
    pub(crate) audit_id: Option<Box<str>>,
}

/// Why bytes are no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum AnswerError {
    /// A chunk's size line or end is malformed (RFC 9112 section 7.1).
    Chunk,
    /// The status line or a header is malformed.
    Head(httparse::Error),
    /// The head is longer than 64 KiB.
    HeadTooLong,
    /// `Content-Length` is not a number.
    Length,
    /// Neither `Content-Length` nor chunks: the end could not be told from a cut.
    NoLength,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chunk => out.write_str("answer: malformed chunk"),
            Self::Head(error) => write!(out, "answer: malformed head: {error}"),
            Self::HeadTooLong => out.write_str("answer: head longer than 64 KiB"),
            Self::Length => out.write_str("answer: malformed Content-Length"),
            Self::NoLength => out.write_str("answer: neither Content-Length nor chunks"),
        }
    }
}

/// Reads one answer after the other.
#[derive(Debug, Default)]
pub(crate) struct AnswerReader {
    state: State,
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Head,
    Length(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    Done,
}

impl AnswerReader {
    /// The answer whose body is being read.
    pub(crate) fn begun(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// Takes bytes from the front of `input` up to the end of one answer, and appends its body to
    /// `body`. `None` asks for more bytes. Interim answers (1xx) are left out.
    pub(crate) fn read(
        &mut self,
        input: &mut Vec<u8>,
        body: &mut Vec<u8>,
    ) -> Result<Option<Answer>, AnswerError> {
        let mut rest = input.as_slice();
        let result = loop {
            match self.step(&mut rest, body) {
                Ok(true) => {}
                Ok(false) => break Ok(self.finish()),
                Err(error) => break Err(error),
            }
        };
        let used = input.len().saturating_sub(rest.len());
        input.drain(..used);
        result
    }

    fn finish(&mut self) -> Option<Answer> {
        if !matches!(self.state, State::Done) {
            return None;
        }
        self.state = State::Head;
        self.answer.take()
    }

    /// Whether there may be more to do with the bytes at hand.
    fn step(&mut self, rest: &mut &[u8], body: &mut Vec<u8>) -> Result<bool, AnswerError> {
        self.state = match self.state {
            State::Head => {
                let Some((answer, next)) = head(rest)? else { return Ok(false) };
                self.answer = (answer.status >= 200).then_some(answer);
                if self.answer.is_some() { next } else { State::Head }
            }
            State::Length(left) => match take(rest, left, body) {
                0 => State::Done,
                left => {
                    self.state = State::Length(left);
                    return Ok(false);
                }
            },
            State::ChunkSize => {
                let Some(line) = line(rest)? else { return Ok(false) };
                match chunk_size(line)? {
                    0 => State::Trailer,
                    size => State::Chunk(size),
                }
            }
            State::Chunk(left) => match take(rest, left, body) {
                0 => State::ChunkEnd,
                left => {
                    self.state = State::Chunk(left);
                    return Ok(false);
                }
            },
            State::ChunkEnd => match line(rest)? {
                Some([]) => State::ChunkSize,
                Some(_) => return Err(AnswerError::Chunk),
                None => return Ok(false),
            },
            State::Trailer => match line(rest)? {
                Some([]) => State::Done,
                Some(_) => State::Trailer,
                None => return Ok(false),
            },
            State::Done => return Ok(false),
        };
        Ok(true)
    }
}

const MAX_HEAD: usize = 64 << 10;

fn head(rest: &mut &[u8]) -> Result<Option<(Answer, State)>, AnswerError> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    let length = match parsed.parse(rest).map_err(AnswerError::Head)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial if rest.len() > MAX_HEAD => return Err(AnswerError::HeadTooLong),
        httparse::Status::Partial => return Ok(None),
    };
    let status = parsed.code.unwrap_or(0);
    let mut answer = Answer { status, close: false, audit_id: None };
    let mut next = if matches!(status, 204 | 304) { Some(State::Done) } else { None };
    for header in parsed.headers.iter() {
        let value = header.value.trim_ascii();
        if header.name.eq_ignore_ascii_case("content-length") {
            let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            next = next.or(Some(State::Length(number.ok_or(AnswerError::Length)?)));
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            if value.eq_ignore_ascii_case(b"chunked") {
                next = Some(State::ChunkSize);
            }
        } else if header.name.eq_ignore_ascii_case("connection") {
            answer.close = value.eq_ignore_ascii_case(b"close");
        } else if header.name.eq_ignore_ascii_case("audit-id") {
            answer.audit_id = std::str::from_utf8(value).ok().map(Into::into);
        }
    }
    let next = match next {
        Some(next) => next,
        None if status < 200 => State::Done,
        None => return Err(AnswerError::NoLength),
    };
    *rest = rest.get(length..).unwrap_or_default();
    Ok(Some((answer, next)))
}

/// Moves up to `left` bytes to `body`, and tells how many are still missing.
fn take(rest: &mut &[u8], left: u64, body: &mut Vec<u8>) -> u64 {
    let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
    let (taken, remaining) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
    body.extend_from_slice(taken);
    *rest = remaining;
    left.saturating_sub(u64::try_from(wanted).unwrap_or(u64::MAX))
}

/// The next line without its end, at most 8 KiB.
fn line<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, AnswerError> {
    let whole = *rest;
    let Some(end) = whole.iter().position(|byte| *byte == b'\n') else {
        return if whole.len() > 8_192 { Err(AnswerError::Chunk) } else { Ok(None) };
    };
    *rest = whole.get(end.saturating_add(1)..).unwrap_or_default();
    let line = whole.get(..end).and_then(|line| line.strip_suffix(b"\r"));
    line.map(Some).ok_or(AnswerError::Chunk)
}

fn chunk_size(line: &[u8]) -> Result<u64, AnswerError> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let text = std::str::from_utf8(digits).map_err(|_| AnswerError::Chunk)?;
    if text.starts_with('+') {
        return Err(AnswerError::Chunk);
    }
    u64::from_str_radix(text, 16).map_err(|_| AnswerError::Chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nAudit-Id: a-1\r\n\r\nhello";
    const CHUNKED: &[u8] = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\
        Connection: close\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";

    fn answers(bytes: &[u8], step: usize) -> Result<Vec<(u16, String)>, AnswerError> {
        let (mut reader, mut input, mut body) = (AnswerReader::default(), vec![], vec![]);
        let mut found = vec![];
        for piece in bytes.chunks(step) {
            input.extend_from_slice(piece);
            while let Some(answer) = reader.read(&mut input, &mut body)? {
                found.push((answer.status, String::from_utf8(std::mem::take(&mut body)).unwrap()));
            }
        }
        assert!(input.is_empty(), "{input:?}");
        Ok(found)
    }

    #[test]
    fn tells_pipelined_answers_apart_wherever_they_are_cut() {
        let bytes = [PLAIN, CHUNKED, PLAIN].concat();
        let expected =
            [(200, "hello".to_owned()), (404, "abcde".to_owned()), (200, "hello".to_owned())];
        for step in 1..=bytes.len() {
            assert_eq!(answers(&bytes, step).unwrap(), expected, "in steps of {step}");
        }
    }

    #[test]
    fn keeps_the_record_id_and_the_wish_to_close() {
        let read = |bytes: &[u8]| {
            AnswerReader::default().read(&mut bytes.to_vec(), &mut vec![]).unwrap().unwrap()
        };
        let plain = Answer { status: 200, close: false, audit_id: Some("a-1".into()) };
        assert_eq!(read(PLAIN), plain);
        assert_eq!(read(CHUNKED), Answer { status: 404, close: true, audit_id: None });
    }

    #[test]
    fn an_answer_without_a_body_ends_with_its_head() {
        let bytes = [b"HTTP/1.1 204 No Content\r\n\r\n".as_slice(), PLAIN].concat();
        assert_eq!(answers(&bytes, 7).unwrap(), [(204, String::new()), (200, "hello".to_owned())]);
    }

    #[test]
    fn interim_answers_are_left_out() {
        let bytes = [b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), PLAIN].concat();
        assert_eq!(answers(&bytes, 9).unwrap(), [(200, "hello".to_owned())]);
    }

    #[test]
    fn an_answer_whose_end_cannot_be_told_is_an_error() {
        for (bytes, error) in [
            (&b"HTTP/1.1 200 OK\r\n\r\nhello"[..], AnswerError::NoLength),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", AnswerError::Length),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", AnswerError::Chunk),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
                AnswerError::Chunk,
            ),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\n", AnswerError::Chunk),
        ] {
            assert_eq!(answers(bytes, bytes.len()), Err(error));
        }
        let head = AnswerReader::default().read(&mut b"SMTP ".to_vec(), &mut vec![]);
        assert!(matches!(head, Err(AnswerError::Head(_))));
    }

    #[test]
    fn an_endless_head_is_not_kept() {
        let mut long = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        long.resize(MAX_HEAD + 1, b'x');
        let error = AnswerReader::default().read(&mut long, &mut vec![]);
        assert_eq!(error, Err(AnswerError::HeadTooLong));
    }
}
