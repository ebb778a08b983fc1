//! The query of a request: pairs of names and values, percent encoding undone.

use crate::wire::problem::FieldError;

/// The pairs of `query`, in their order; names as they came, since every name that is known needs no encoding.
pub(super) fn pairs(
    query: Option<&str>,
) -> impl Iterator<Item = Result<(&str, String), FieldError>> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        decoded(value).map(|value| (name, value)).map_err(|detail| wrong(name, detail))
    })
}

/// That something is wrong with the parameter or member `name`, of which no more is repeated than it takes to find it.
pub(super) fn wrong(name: &str, detail: &str) -> FieldError {
    let name: String = name.chars().take(64).collect();
    FieldError { pointer: format!("/{name}"), detail: detail.to_owned() }
}

/// Puts `value` where nothing is yet.
pub(super) fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), FieldError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(wrong(name, "stands there twice")),
    }
}

/// `value` with its percent encoding undone; `+` is a plus, as RFC 3986 has it.
fn decoded(value: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => u8::try_from(high << 4 | low).unwrap_or_default(),
                    _ => return Err("percent encoding without two digits"),
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(query: &str) -> Result<Vec<(&str, String)>, FieldError> {
        pairs(Some(query)).collect()
    }

    #[test]
    fn pairs_come_in_their_order_and_decoded_once() {
        let expected = [("a", "1".to_owned()), ("b", "%41 +=".to_owned()), ("c", String::new())];
        assert_eq!(all("a=1&&b=%2541%20+=&c").unwrap(), expected);
        assert_eq!(pairs(None).count(), 0);
    }

    #[test]
    fn what_cannot_be_decoded_is_named() {
        for bad in ["x=%", "x=%4", "x=%zz", "x=%FF"] {
            assert_eq!(all(bad).unwrap_err().pointer, "/x", "{bad}");
        }
    }
}
