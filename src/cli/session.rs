//! One run of the program: what was asked, and where the answer goes.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::clock::{Clock, UnixTime};
use crate::encoding;
use crate::state::{StateError, TrustStore};
use crate::trust::change::ChangeError;
use crate::trust::check::Policy;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::kind::CertificateType;
use crate::trust::validate::At;

use super::arguments::Invocation;
use super::exit::Exit;
use super::terminal::{Style, printable};
use super::usage_error::UsageError;

/// What a command works with.
pub struct Session<'a> {
    /// How the program was called, for lines that can be pasted.
    pub program: String,
    /// What was asked.
    pub invocation: Invocation,
    /// The wall clock, and the time since the program began.
    pub clock: &'a dyn Clock,
    /// Answers.
    pub out: &'a mut dyn Write,
    /// Messages.
    pub err: &'a mut dyn Write,
    /// What `out` can show.
    pub style: Style,
    /// What `err` can show.
    pub err_style: Style,
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session").field("invocation", &self.invocation).finish_non_exhaustive()
    }
}

impl Session<'_> {
    /// The wall clock's time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.clock.wall()
    }

    /// Whether `--format json` was given.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.invocation.text("format") == Some("json")
    }

    /// The folder of `--state`.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        self.invocation.value("state").map(PathBuf::from).unwrap_or_default()
    }

    /// The trust store in the folder of `--state`.
    #[must_use]
    pub fn store(&self) -> TrustStore {
        TrustStore::new(&self.state_folder())
    }

    /// `--at`.
    ///
    /// # Errors
    ///
    /// Where it is neither a word nor a time.
    pub fn at(&self) -> Result<At, Failure> {
        match self.invocation.text("at") {
            None | Some("now") => Ok(At::Now),
            Some("issuance") => Ok(At::Issuance),
            Some(text) => text.parse().map(At::Time).map_err(|_| {
                let expected = "now, issuance or a time as 2026-01-31T12:00:00Z";
                UsageError::Malformed { argument: "--at", value: text.into(), expected }.into()
            }),
        }
    }

    /// `--policy`.
    #[must_use]
    pub fn policy(&self) -> Policy {
        match self.invocation.text("policy") {
            Some("strict") => Policy::Strict,
            _ => Policy::Interoperable,
        }
    }

    /// `--type`.
    #[must_use]
    pub fn kind(&self) -> Option<CertificateType> {
        self.invocation.text("type").and_then(|text| text.parse().ok())
    }

    /// Writes `value` as one JSON document.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn print_json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        if self.style.is_terminal() {
            let document = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
            writeln!(self.out, "{}", escaped_for_terminal(&document))?;
        } else {
            serde_json::to_writer_pretty(&mut self.out, value).map_err(io::Error::from)?;
            writeln!(self.out)?;
        }
        Ok(())
    }
}

/// The fingerprint that `argument` was given.
///
/// # Errors
///
/// Where it is none.
pub(super) fn fingerprint(
    argument: &'static str,
    value: &OsStr,
) -> Result<Fingerprint, UsageError> {
    value.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| UsageError::Malformed {
        argument,
        value: value.to_owned(),
        expected: "a SHA-256 fingerprint of 64 hexadecimal digits",
    })
}

/// The same JSON, with what would act on a terminal escaped: such characters stand inside strings only.
fn escaped_for_terminal(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for line in document.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for character in line.chars() {
            if printable(character.encode_utf8(&mut [0; 4])).starts_with(character) {
                text.push(character);
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str("\\u");
                    text.push_str(&encoding::hex(&unit.to_be_bytes()));
                }
            }
        }
        text.push_str(end);
    }
    text
}

/// Why a command gave no answer: the code to end with, and what to say.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What happened, to what, and what to do next.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::WriteFailed, format!("the output cannot be written: {error}"))
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self::new(error.exit(), error.to_string())
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
        let exit = match &error {
            StateError::Read(_, cause) | StateError::Write(_, cause) if denied(cause) => {
                Exit::Permission
            }
            StateError::Open(_) => Exit::Permission,
            StateError::Write(..) => Exit::WriteFailed,
            StateError::Locked(_) => Exit::Unavailable,
            StateError::Damaged { .. }
            | StateError::History(_)
            | StateError::NoSnapshot(_)
            | StateError::Read(..)
            | StateError::Snapshot(..) => Exit::Unreadable,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        let exit = match &error {
            ChangeError::SignedSource(_) | ChangeError::SourceName(_) => Exit::Usage,
            ChangeError::Certificate(_) => Exit::Unreadable,
            ChangeError::Snapshot(_) => Exit::Internal,
            ChangeError::Distrusted { .. }
            | ChangeError::List(_)
            | ChangeError::Older { .. }
            | ChangeError::Signer(_)
            | ChangeError::Unfit { .. } => Exit::No,
        };
        Self::new(exit, error.to_string())
    }
}
