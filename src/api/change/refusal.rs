//! Why a change of trust is refused, as an answer: the words of the engine, with the names that the API has.

use std::io;

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::state::{SealedError, StateError};
use crate::trust::bundle::BundleError;
use crate::trust::certificate::CertificateError;
use crate::trust::change::{ChangeError, SignerError};
use crate::trust::fingerprint::Fingerprint;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::super::query::wrong;
use super::super::{Answer, Call};

/// Why nothing was changed.
#[derive(Debug)]
pub(in crate::api) enum Refused {
    /// The file cannot be read for what it is.
    Bundle(BundleError),
    /// Another change is under way.
    Busy,
    /// What should be a certificate is none.
    Certificate(CertificateError),
    /// What is in the file may not change trust so.
    Change(ChangeError),
    /// The body of an import does not say what it holds.
    Manifest,
    /// So many objects, where one certificate belongs.
    NotOne(usize),
    /// Another certificate than the one whose fingerprint was compared.
    Other {
        /// The one that was sent.
        found: Fingerprint,
        /// The one that was named.
        wanted: Fingerprint,
    },
    /// This process does not change trust.
    ReadOnly,
    /// The sealed name of the snapshot cannot be written.
    Seal(SealedError),
    /// The state folder does not take it.
    State(StateError),
    /// The change cannot be recorded.
    Unrecorded,
    /// The body cannot be read back.
    Unreadable(io::Error),
}

/// Seconds after which another change may be tried: most take less.
const SOON: u32 = 5;

impl Refused {
    pub(in crate::api) fn answer(&self, call: &Call<'_>) -> Answer {
        let problem = |code, status, detail: &str| Answer::problem(call, code, status, detail, &[]);
        match self {
            Self::Bundle(error) => {
                let detail = format!("The file cannot be used: {error}; nothing was changed.");
                problem(Code::MalformedCertificate, Status::Unprocessable, &detail)
            }
            Self::Busy => {
                let detail = "Another change of trust is under way; try again when it is done.";
                let (code, status) = (Code::Conflict, Status::Conflict);
                Answer::problem_for(call, code, status, detail, &[], Some(SOON))
            }
            Self::Certificate(error) => {
                let detail = format!("The certificate cannot be used: {error}.");
                problem(Code::MalformedCertificate, Status::Unprocessable, &detail)
            }
            Self::Change(error) => change(call, error),
            Self::Manifest => {
                let detail =
                    "The body is no import: a line of JSON, then the files as long as it says.";
                problem(Code::MalformedRequest, Status::BadRequest, detail)
            }
            Self::NotOne(count) => {
                let detail = format!("{count} objects, where one certificate belongs");
                problem(Code::MalformedCertificate, Status::Unprocessable, &detail)
            }
            Self::Other { found, wanted } => {
                let detail = format!(
                    "the certificate's SHA-256 is {found}, not {wanted}; nothing was changed"
                );
                problem(Code::Conflict, Status::Conflict, &detail)
            }
            Self::ReadOnly => Answer::unavailable(call, "This instance does not change trust."),
            Self::Seal(error) => broken(
                call,
                "The state folder does not take the change. Nothing was changed.",
                error,
            ),
            Self::State(error) => broken(
                call,
                "The state folder does not take the change. The status shows what is trusted; the same change may be tried again.",
                error,
            ),
            Self::Unreadable(error) => {
                broken(call, "The body could not be read back. Nothing was changed.", error)
            }
            Self::Unrecorded => {
                let detail = "The change cannot be recorded, so it was not made.";
                let mut answer = problem(Code::AuditUnavailable, Status::Unavailable, detail);
                answer.record.kind = EventType::Error;
                answer.record.severity = Severity::Critical;
                answer.record.outcome = Outcome::Error;
                answer
            }
        }
    }
}

impl Refused {
    /// The same for the command line, which shows it to whoever typed the command: the words of the engine, and one
    /// status for each of its exit codes.
    pub(in crate::api) fn to_operator(&self, call: &Call<'_>, errors: &[FieldError]) -> Answer {
        let problem =
            |code, status, detail: &str| Answer::problem(call, code, status, detail, errors);
        match self {
            Self::Bundle(error) => {
                problem(Code::MalformedCertificate, Status::Unprocessable, &error.to_string())
            }
            Self::Certificate(error) => {
                problem(Code::MalformedCertificate, Status::Unprocessable, &error.to_string())
            }
            Self::Change(error) => match error {
                ChangeError::Certificate(_) => {
                    problem(Code::MalformedCertificate, Status::Unprocessable, &error.to_string())
                }
                ChangeError::SignedSource(_) | ChangeError::SourceName(_) => {
                    problem(Code::MalformedRequest, Status::BadRequest, &error.to_string())
                }
                ChangeError::Distrusted { .. }
                | ChangeError::List(_)
                | ChangeError::Older { .. }
                | ChangeError::Signer(_)
                | ChangeError::Unfit { .. } => {
                    problem(Code::Conflict, Status::Conflict, &error.to_string())
                }
                ChangeError::Snapshot(_) => self.answer(call),
            },
            Self::Busy
            | Self::Manifest
            | Self::NotOne(_)
            | Self::Other { .. }
            | Self::ReadOnly
            | Self::Seal(_)
            | Self::State(_)
            | Self::Unreadable(_)
            | Self::Unrecorded => self.answer(call),
        }
    }
}

/// `503`, whose cause is for the record alone: it names files of this machine.
fn broken(call: &Call<'_>, detail: &str, cause: &dyn std::error::Error) -> Answer {
    let mut answer = Answer::unavailable(call, detail);
    answer.record.details.push(("cause", Value::from(cause.to_string())));
    answer
}

fn change(call: &Call<'_>, error: &ChangeError) -> Answer {
    let conflict = |what: String| {
        let detail = format!("{what}; nothing was changed.");
        Answer::problem(call, Code::Conflict, Status::Conflict, &detail, &[])
    };
    match error {
        ChangeError::Certificate(_) | ChangeError::List(_) => {
            let detail = format!("The file cannot be used: {error}; nothing was changed.");
            let status = Status::Unprocessable;
            Answer::problem(call, Code::MalformedCertificate, status, &detail, &[])
        }
        ChangeError::Older { source, held, offered } => conflict(format!(
            "The list is of {offered}, and source {source} holds one of {held}; allow_older=true takes it all the same"
        )),
        ChangeError::Signer(error) => conflict(signer(error)),
        ChangeError::SignedSource(name) => conflict(format!(
            "Source {name} holds a signed master list, and this file is not signed; give it another name"
        )),
        ChangeError::SourceName(_) => {
            let rule = "not 1 to 64 letters, digits, '.', '_' or '-'";
            Answer::malformed(call, &[wrong("name", rule)])
        }
        ChangeError::Distrusted { .. } | ChangeError::Unfit { .. } => {
            conflict(format!("It may not be an anchor: {error}"))
        }
        ChangeError::Snapshot(error) => {
            let mut answer = Answer::internal(call);
            answer.record.details.push(("cause", Value::from(error.to_string())));
            answer
        }
    }
}

/// The signer's error, naming the parameters of a request where the engine names those of the command line.
fn signer(error: &SignerError) -> String {
    match error {
        SignerError::AcceptedIsNotTheIssuer(csca) => format!(
            "No certificate with the fingerprint {csca}, which accept_signer names, issued the list's signer"
        ),
        SignerError::NotPinned { csca, subject, pinned } => {
            let pin = pinned.as_ref().map_or_else(
                || "for which no operator vouched".to_owned(),
                |pinned| format!("and the source is pinned to {pinned}"),
            );
            format!(
                "The list's signer was certified by {subject}, SHA-256 {csca}, {pin}; compare the fingerprint with one from that State, then accept_signer={csca}"
            )
        }
        SignerError::Unknown { issuer } => format!(
            "No CSCA is held that certified the list's signer (issuer {issuer}); an operator must install it first"
        ),
        SignerError::Distrusted(_)
        | SignerError::Future(_)
        | SignerError::NotInForce { .. }
        | SignerError::Profile(_)
        | SignerError::Revoked(_) => sentence(&error.to_string()),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
