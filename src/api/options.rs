//! What may be asked of a certificate, as JSON members or as query parameters: the same names, the same rules.

use serde::Deserialize;

use crate::clock::UnixTime;
use crate::trust::check::Policy;
use crate::trust::validate::{At, OnUnknown, Question};
use crate::wire::problem::FieldError;

use super::query::{once, pairs, wrong};

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

impl Options {
    /// The options that a query holds.
    pub(super) fn of_query(query: Option<&str>) -> Result<Self, FieldError> {
        let mut options = Self::default();
        for pair in pairs(query) {
            let (name, value) = pair?;
            match name {
                "type" => once(&mut options.kind, name, value)?,
                "policy" => once(&mut options.policy, name, value)?,
                "at" => once(&mut options.at, name, value)?,
                "check_revocation" => {
                    once(&mut options.check_revocation, name, flag(name, &value)?)?;
                }
                "include_chain" => once(&mut options.include_chain, name, flag(name, &value)?)?,
                "country_hint" => once(&mut options.country_hint, name, value)?,
                "document_type" => once(&mut options.document_type, name, value)?,
                other => return Err(wrong(other, "no such parameter")),
            }
        }
        Ok(options)
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
            country_hint: self.country_hint.clone(),
            document_type: self.document_type.clone(),
            ..Question::at(now)
        })
    }
}

fn flag(name: &str, value: &str) -> Result<bool, FieldError> {
    value.parse().map_err(|_| wrong(name, "neither true nor false"))
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
