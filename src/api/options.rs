//! What may be asked of a certificate, as JSON members or as query parameters: the same names, the same rules.

use serde::Deserialize;

use crate::clock::UnixTime;
use crate::trust::check::Policy;
use crate::trust::validate::{At, OnUnknown, Question};
use crate::wire::problem::FieldError;

/// What a request may say beside the certificate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    /// DER in base64, or PEM; in JSON alone.
    pub(super) certificate: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    policy: Option<String>,
    at: Option<String>,
    check_revocation: Option<bool>,
    include_chain: Option<bool>,
    country_hint: Option<String>,
    document_type: Option<String>,
}

fn wrong(name: &str, detail: &str) -> FieldError {
    FieldError { pointer: format!("/{name}"), detail: detail.to_owned() }
}

impl Options {
    /// The options that a query holds.
    pub(super) fn of_query(query: Option<&str>) -> Result<Self, FieldError> {
        let mut options = Self::default();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            options.set(name, &decoded(name, value)?)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), FieldError> {
        let known = match name {
            "type" => put(&mut self.kind, value.to_owned()),
            "policy" => put(&mut self.policy, value.to_owned()),
            "at" => put(&mut self.at, value.to_owned()),
            "check_revocation" => put(&mut self.check_revocation, flag(name, value)?),
            "include_chain" => put(&mut self.include_chain, flag(name, value)?),
            "country_hint" => put(&mut self.country_hint, value.to_owned()),
            "document_type" => put(&mut self.document_type, value.to_owned()),
            other => {
                return Err(wrong(
                    &other.chars().take(64).collect::<String>(),
                    "no such parameter",
                ));
            }
        };
        if known { Ok(()) } else { Err(wrong(name, "stands there twice")) }
    }

    /// Those of `self`, and where it says nothing, those of `other`.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            certificate: self.certificate.or(other.certificate),
            kind: self.kind.or(other.kind),
            policy: self.policy.or(other.policy),
            at: self.at.or(other.at),
            check_revocation: self.check_revocation.or(other.check_revocation),
            include_chain: self.include_chain.or(other.include_chain),
            country_hint: self.country_hint.or(other.country_hint),
            document_type: self.document_type.or(other.document_type),
        }
    }

    /// Whether the answer has the path.
    pub(super) fn include_chain(&self) -> bool {
        self.include_chain.unwrap_or(true)
    }

    /// The question that these options ask.
    pub(super) fn question(
        &self,
        now: UnixTime,
        on_unknown: OnUnknown,
    ) -> Result<Question, FieldError> {
        let text = |value: &Option<String>| value.clone();
        Ok(Question {
            at: match self.at.as_deref() {
                None | Some("now") => At::Now,
                Some("issuance") => At::Issuance,
                Some(time) => At::Time(time.parse().map_err(|_| {
                    wrong("at", "neither now, issuance nor a time as 2026-01-31T12:00:00Z")
                })?),
            },
            kind: match &self.kind {
                None => None,
                Some(kind) => Some(kind.parse().map_err(|_| wrong("type", "no such type"))?),
            },
            policy: match self.policy.as_deref() {
                None | Some("interoperable") => Policy::Interoperable,
                Some("strict") => Policy::Strict,
                Some(_) => return Err(wrong("policy", "neither interoperable nor strict")),
            },
            check_revocation: self.check_revocation.unwrap_or(true),
            on_unknown,
            country_hint: text(&self.country_hint),
            document_type: text(&self.document_type),
            ..Question::at(now)
        })
    }
}

fn put<T>(place: &mut Option<T>, value: T) -> bool {
    place.replace(value).is_none()
}

fn flag(name: &str, value: &str) -> Result<bool, FieldError> {
    value.parse().map_err(|_| wrong(name, "neither true nor false"))
}

/// `value` with its percent encoding undone; `+` is a plus, as RFC 3986 has it.
fn decoded(name: &str, value: &str) -> Result<String, FieldError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => u8::try_from(high << 4 | low).unwrap_or_default(),
                    _ => return Err(wrong(name, "percent encoding without two digits")),
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong(name, "not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);

    fn asked(query: &str) -> Result<Question, FieldError> {
        Options::of_query(Some(query))?.question(NOW, OnUnknown::Warn)
    }

    #[test]
    fn a_query_asks_what_the_command_line_asks() {
        let question =
            asked("at=2026-01-31T12%3A00%3A00Z&policy=strict&type=dsc&check_revocation=false")
                .unwrap();
        assert_eq!(question.at, At::Time("2026-01-31T12:00:00Z".parse().unwrap()));
        assert_eq!(question.policy, Policy::Strict);
        assert!(!question.check_revocation && question.kind.is_some());
        assert_eq!(asked("").unwrap().at, At::Now);
        assert_eq!(asked("at=issuance").unwrap().at, At::Issuance);
    }

    #[test]
    fn what_is_not_known_or_said_twice_is_refused_by_name() {
        for (query, name) in [
            ("policy=strict&policy=interoperable", "/policy"),
            ("polcy=strict", "/polcy"),
            ("policy=lax", "/policy"),
            ("at=tomorrow", "/at"),
            ("type=x", "/type"),
            ("check_revocation=1", "/check_revocation"),
            ("country_hint=%FF", "/country_hint"),
            ("certificate=AA", "/certificate"),
        ] {
            assert_eq!(asked(query).unwrap_err().pointer, name, "{query}");
        }
    }
}
