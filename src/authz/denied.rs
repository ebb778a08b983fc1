//! Why a caller may not.

use std::fmt;

use crate::authn::Factors;
use crate::permission::Permission;

/// What is missing.
///
/// Goes to the record. The caller sees the same refusal whichever it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// The route or the role demands evidence that was not shown.
    Evidence {
        /// All that is demanded.
        demanded: Factors,
        /// What of that is missing.
        missing: Factors,
    },
    /// The API key does not have the permission.
    Key(Permission),
    /// None of the caller's roles has the permission, as far as their own demands are met.
    Roles(Permission),
    /// The token's scope leaves the permission out.
    Scope(Permission),
}

impl Denied {
    /// A short code for records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Evidence { .. } => "missing_evidence",
            Self::Key(_) | Self::Roles(_) => "missing_permission",
            Self::Scope(_) => "insufficient_scope",
        }
    }

    /// The permission that is missing, where it is one.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Evidence { .. } => None,
            Self::Key(one) | Self::Roles(one) | Self::Scope(one) => Some(one),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evidence { demanded, missing } => {
                write!(out, "{demanded} are demanded, and {missing} was not shown")
            }
            Self::Key(wanted) => write!(out, "the API key does not have the permission {wanted}"),
            Self::Roles(wanted) => {
                write!(out, "none of the caller's roles has the permission {wanted}")
            }
            Self::Scope(wanted) => write!(out, "the token's scope has no permission {wanted}"),
        }
    }
}

impl std::error::Error for Denied {}
