//! How a command ends: the exit codes that scripts and alert rules rely on.
//!
//! 0 to 2 are answers, 64 and above are failures to answer. The failures keep the numbers of BSD's
//! `sysexits.h`, so that a supervisor can tell a typing error from a full disk.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Exit {
    /// The answer is yes, or the work is done.
    Good,
    /// The answer is no: a certificate is invalid, a log does not verify.
    No,
    /// There is no certain answer, and none of the answers is no.
    Uncertain,
    /// The command line is not understood.
    Usage,
    /// An input cannot be read or is not what it should be.
    Unreadable,
    /// A service that is needed is out of reach.
    Unavailable,
    /// A fault of this program.
    Internal,
    /// A record, a state file or the output could not be written.
    WriteFailed,
    /// The caller may not do this.
    Permission,
    /// The configuration has faults.
    Configuration,
}

impl Exit {
    /// Every way to end, by rising code.
    pub const ALL: [Self; 10] = [
        Self::Good,
        Self::No,
        Self::Uncertain,
        Self::Usage,
        Self::Unreadable,
        Self::Unavailable,
        Self::Internal,
        Self::WriteFailed,
        Self::Permission,
        Self::Configuration,
    ];

    /// The number that the shell sees in `$?`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::No => 1,
            Self::Uncertain => 2,
            Self::Usage => 64,
            Self::Unreadable => 66,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::WriteFailed => 74,
            Self::Permission => 77,
            Self::Configuration => 78,
        }
    }

    /// What the code says in general; a command may put it more exactly.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Good => "good: the answer is yes, or the work is done",
            Self::No => "the answer is no",
            Self::Uncertain => "no certain answer",
            Self::Usage => "the command line is not understood",
            Self::Unreadable => "an input cannot be read",
            Self::Unavailable => "a needed service is out of reach",
            Self::Internal => "a fault of this program",
            Self::WriteFailed => "an audit record, a state file or the output was not written",
            Self::Permission => "permission denied",
            Self::Configuration => "the configuration has faults",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_codes_that_scripts_rely_on() {
        let codes: Vec<u8> = Exit::ALL.into_iter().map(Exit::code).collect();
        assert_eq!(codes, [0, 1, 2, 64, 66, 69, 70, 74, 77, 78]);
    }

    #[test]
    fn says_in_words_what_each_code_means() {
        for exit in Exit::ALL {
            assert!(!exit.meaning().is_empty(), "{exit:?}");
        }
    }
}
