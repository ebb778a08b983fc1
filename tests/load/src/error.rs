//! What stops the program itself. What goes wrong on a connection is counted, not raised.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why there is no report.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file cannot be read or written.
    File { path: PathBuf, error: io::Error },
    /// A line of the list of paths has no tab between a path and what its answer holds.
    Paths { path: PathBuf },
    /// A file holds no certificate or key in PEM.
    Pem { path: PathBuf, error: rustls::pki_types::pem::Error },
    /// A list of tokens holds none.
    Tokens { path: PathBuf },
    /// The machine refuses something that every mode needs.
    System { doing: &'static str, error: io::Error },
    /// Certificate, key and CA do not make a TLS client.
    Tls(rustls::Error),
    /// No connection could be opened.
    Unreachable(String),
    /// The command line was not understood.
    Usage(lexopt::Error),
}

impl Failure {
    /// An exit code of sysexits.h.
    pub(crate) fn exit(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 64,
            Self::File { .. } | Self::Paths { .. } | Self::Pem { .. } | Self::Tokens { .. } => 66,
            Self::Unreachable(_) => 69,
            Self::System { .. } | Self::Tls(_) => 70,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(out, "{}: {error}", path.display()),
            Self::Paths { path } => {
                write!(out, "{}: each line is PATH, a tab, a text of its answer", path.display())
            }
            Self::Pem { path, error } => write!(out, "{}: {error}", path.display()),
            Self::System { doing, error } => write!(out, "{doing}: {error}"),
            Self::Tokens { path } => write!(out, "{}: holds no token", path.display()),
            Self::Tls(error) => write!(out, "TLS: {error}"),
            Self::Unreachable(why) => write!(out, "no connection could be opened: {why}"),
            Self::Usage(error) => write!(out, "{error}\n\n{}", super::options::HELP),
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error)
    }
}
