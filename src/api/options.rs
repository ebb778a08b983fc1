//! What may be asked of a certificate, as JSON members or as query parameters: the same names, the same rules.

use serde::Deserialize;

use crate::clock::UnixTime;
use crate::trust::check::Policy;
use crate::trust::country;
use crate::trust::validate::{At, OnUnknown, Question};
use crate::wire::problem::FieldError;

use super::query::{Query, wrong};

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

/// The options that a query may hold.
const PARAMETERS: &[&str] =
    &["type", "policy", "at", "check_revocation", "include_chain", "country_hint", "document_type"];

impl Options {
    /// The options that a query holds.
    pub(super) fn of_query(query: Option<&str>) -> Result<Self, FieldError> {
        let query = Query::parse(query, PARAMETERS)?;
        let text = |name| query.get(name).map(str::to_owned);
        Ok(Self {
            certificate: None,
            kind: text("type"),
            policy: text("policy"),
            at: text("at"),
            check_revocation: query.flag("check_revocation")?,
            include_chain: query.flag("include_chain")?,
            country_hint: text("country_hint"),
            document_type: text("document_type"),
        })
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
            country_hint: self.country_hint.as_deref().map(state).transpose()?,
            document_type: self.document_type.as_deref().map(document_type).transpose()?,
            ..Question::at(now)
        })
    }
}

/// The two letters of a State, which may be given as the machine readable zone has it: `DEU`, and `D` for Germany.
fn state(hint: &str) -> Result<String, FieldError> {
    let letters = hint.bytes().all(|byte| byte.is_ascii_alphabetic());
    let two = match hint {
        "D" => Some("DE"),
        _ if letters && hint.len() == 2 => Some(hint),
        _ if letters => country::two_letters(hint),
        _ => None,
    };
    two.map(str::to_ascii_uppercase).ok_or_else(|| {
        wrong("country_hint", "neither two letters nor the three of a State in ISO 3166-1")
    })
}

/// A type of documents, such as `P` or `PT`, without the filler of the machine readable zone.
fn document_type(text: &str) -> Result<String, FieldError> {
    let own = text.strip_suffix('<').unwrap_or(text);
    let fits = (1..=2).contains(&own.len())
        && own.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if fits {
        Ok(own.to_owned())
    } else {
        Err(wrong("document_type", "not one or two of A to Z and 0 to 9"))
    }
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
    fn a_state_may_be_given_as_the_document_has_it() {
        for (hint, two) in [("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("D", "DE"), ("UT", "UT")] {
            let question = asked(&format!("country_hint={hint}")).unwrap();
            assert_eq!(question.country_hint.as_deref(), Some(two));
        }
        for (given, own) in [("P", "P"), ("P%3C", "P"), ("PT", "PT"), ("I1", "I1")] {
            let question = asked(&format!("document_type={given}")).unwrap();
            assert_eq!(question.document_type.as_deref(), Some(own));
        }
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
            ("include_chain=yes", "/include_chain"),
            ("country_hint=%FF", "/country_hint"),
            ("country_hint=", "/country_hint"),
            ("country_hint=D1", "/country_hint"),
            ("country_hint=UTO", "/country_hint"),
            ("country_hint=DEUX", "/country_hint"),
            ("document_type=", "/document_type"),
            ("document_type=%3C", "/document_type"),
            ("document_type=p", "/document_type"),
            ("document_type=PTX", "/document_type"),
            ("certificate=AA", "/certificate"),
        ] {
            assert_eq!(asked(query).unwrap_err().pointer, name, "{query}");
        }
    }
}
