//! What an answer says when there is no other: `application/problem+json` (RFC 9457).
//!
//! The detail is written for callers, so nothing stands in it that an attacker learns from.

use serde::{Serialize, Serializer};

use super::status::Status;

/// The media type of a [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The kind of a problem; what programs branch on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Code {
    /// The record of this request could not be made.
    AuditUnavailable,
    /// No credential, or none that holds.
    AuthenticationRequired,
    /// What is there does not go with what is asked.
    Conflict,
    /// Something that this service needs does not answer.
    DependencyUnavailable,
    /// A mistake of ours.
    Internal,
    /// Bytes that are no certificate.
    MalformedCertificate,
    /// Bytes that are no request, or a request without sense.
    MalformedRequest,
    /// A path that does not have this method.
    MethodNotAllowed,
    /// No such thing.
    NotFound,
    /// A body above the limit.
    PayloadTooLarge,
    /// A caller that may not do this.
    PermissionDenied,
    /// A caller that has asked too often.
    RateLimitExceeded,
    /// A body of another type than the route takes.
    UnsupportedMediaType,
}

impl Code {
    /// The name after `urn:trust-service:problem:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.parts().0
    }

    /// The same in words; it does not change from one occurrence to the next (RFC 9457 section 3.1.3).
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.parts().1
    }

    const fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::AuditUnavailable => ("audit-unavailable", "The request cannot be recorded"),
            Self::AuthenticationRequired => ("authentication-required", "Authentication required"),
            Self::Conflict => ("conflict", "Conflict"),
            Self::DependencyUnavailable => {
                ("dependency-unavailable", "A needed service is out of reach")
            }
            Self::Internal => ("internal", "Internal error"),
            Self::MalformedCertificate => ("malformed-certificate", "Malformed certificate"),
            Self::MalformedRequest => ("malformed-request", "Malformed request"),
            Self::MethodNotAllowed => ("method-not-allowed", "Method not allowed"),
            Self::NotFound => ("not-found", "Not found"),
            Self::PayloadTooLarge => ("payload-too-large", "Body too large"),
            Self::PermissionDenied => ("permission-denied", "Permission denied"),
            Self::RateLimitExceeded => ("rate-limit-exceeded", "Rate limit exceeded"),
            Self::UnsupportedMediaType => ("unsupported-media-type", "Unsupported media type"),
        }
    }
}

/// One field of the body that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// A problem as its answer's body has it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Problem<'a> {
    /// What kind it is.
    #[serde(rename = "type", serialize_with = "urn")]
    code: Code,
    title: &'static str,
    #[serde(serialize_with = "number")]
    status: Status,
    detail: &'a str,
    instance: &'a str,
    /// Seconds after which another attempt makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The fields that are wrong, if it is fields.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub errors: &'a [FieldError],
}

impl<'a> Problem<'a> {
    /// A problem of the request with the id `instance`, answered with `status`.
    #[must_use]
    pub const fn new(code: Code, status: Status, detail: &'a str, instance: &'a str) -> Self {
        let title = code.title();
        Self { code, title, status, detail, instance, retry_after: None, errors: &[] }
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and numbers only, so this cannot fail; a body is the last thing to panic over.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn urn<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:trust-service:problem:{}", code.name()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn number<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(problem: &Problem<'_>) -> String {
        String::from_utf8(problem.to_json()).unwrap()
    }

    #[test]
    fn has_the_members_of_rfc_9457_and_leaves_out_what_is_not_there() {
        let problem = Problem::new(Code::NotFound, Status::NotFound, "No \"such\" key.", "0192");
        assert_eq!(
            text(&problem),
            r#"{"type":"urn:trust-service:problem:not-found","title":"Not found","status":404,"#
                .to_owned()
                + r#""detail":"No \"such\" key.","instance":"0192"}"#
        );
    }

    #[test]
    fn adds_when_to_come_back_and_which_fields_are_wrong() {
        let errors = [FieldError { pointer: "/at".to_owned(), detail: "not a time".to_owned() }];
        let mut problem = Problem::new(Code::MalformedRequest, Status::BadRequest, "", "");
        problem.retry_after = Some(3);
        problem.errors = &errors;
        assert!(
            text(&problem).ends_with(
                r#","retry_after":3,"errors":[{"pointer":"/at","detail":"not a time"}]}"#
            )
        );
    }
}
