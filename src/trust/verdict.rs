//! The answer: whether a certificate may be trusted, and why.

use std::sync::Arc;

use serde::Serialize;

use crate::clock::UnixTime;

use super::check::{Check, Code, Outcome, Policy};
use super::fingerprint::Fingerprint;
use super::kind::CertificateType;
use super::revocation::Revocation;
use super::time;

/// The answer in one word.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A verified signature under a trusted anchor, in force, no failed check.
    Valid,
    /// The issuer is known, and a check failed.
    Invalid,
    /// The issuer is not known, or a revocation status that the policy demands cannot be had.
    Indeterminate,
}

impl Answer {
    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// The answer for one certificate, with everything it rests on. Serialises as the contract's verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The answer.
    pub verdict: Answer,
    /// The type that the certificate was held to.
    #[serde(rename = "type")]
    pub kind: CertificateType,
    /// The policy that it was held to.
    pub policy: Policy,
    /// The instant that the answer is for.
    #[serde(serialize_with = "time::serialize")]
    pub at: UnixTime,
    /// Whether the answer would be `valid` for now as well.
    pub valid_now: bool,
    /// When the answer was given.
    #[serde(serialize_with = "time::serialize")]
    pub checked_at: UnixTime,
    /// The trust snapshot that it was given by: `sha256:` and its fingerprint.
    pub snapshot: Arc<str>,
    /// The certificate's subject.
    pub subject: String,
    /// The certificate's issuer.
    pub issuer: String,
    /// The serial number's octets in hexadecimal.
    pub serial: String,
    /// The certificate's fingerprint.
    pub sha256: Fingerprint,
    /// The State, two letters in upper case.
    pub country: Option<String>,
    /// The kind and size of the certificate's own key.
    pub key: String,
    /// How the certificate is signed.
    pub signature: String,
    /// The anchor that issued it; empty where there is none.
    pub path: Vec<PathElement>,
    /// What is known of its revocation.
    pub revocation: Revocation,
    /// One check of each code.
    pub checks: Vec<Check>,
    /// What it cost, as a multiple of a verification under RSA.
    #[serde(skip)]
    pub cost: u32,
    /// The identifier of the audit record; none where nothing is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
}

/// A certificate of the path above the one asked about.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PathElement {
    /// Its fingerprint.
    pub sha256: Fingerprint,
    /// Its subject.
    pub subject: String,
    /// `csca` or `link`.
    pub role: CertificateType,
    /// The sources that vouch for it; `operator` for an operator's own word.
    pub sources: Vec<Arc<str>>,
}

impl Verdict {
    /// The check that matters most: the first failed one, read from what decides to what is formal; else the
    /// missing issuer or revocation status; else the first warning.
    #[must_use]
    pub fn reason(&self) -> Option<&Check> {
        const BY_WEIGHT: [Code; 9] = [
            Code::Signature,
            Code::Anchor,
            Code::Revocation,
            Code::KeyStrength,
            Code::Key,
            Code::Curve,
            Code::Issuer,
            Code::Validity,
            Code::KeyUsage,
        ];
        let of = |outcome: Outcome| {
            BY_WEIGHT
                .iter()
                .filter_map(|code| self.checks.iter().find(|check| check.code == *code))
                .chain(&self.checks)
                .find(move |check| check.outcome == outcome)
        };
        match self.verdict {
            Answer::Valid => of(Outcome::Warn),
            Answer::Invalid => of(Outcome::Fail),
            Answer::Indeterminate => {
                let decides = |check: &&Check| {
                    matches!(check.code, Code::Issuer | Code::Revocation)
                        && !check.detail.is_empty()
                };
                self.checks.iter().find(decides)
            }
        }
    }
}
