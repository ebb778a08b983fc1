//! What a caller may be allowed to do.

use std::fmt;
use std::str::FromStr;

/// One permission, named as the policy file names it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Permission {
    /// `apikey:manage`
    ApiKeyManage,
    /// `apikey:read`
    ApiKeyRead,
    /// `audit:read`
    AuditRead,
    /// `certificate:validate`
    CertificateValidate,
    /// `compliance:report`
    ComplianceReport,
    /// `gate:decide`
    GateDecide,
    /// `metrics:read`
    MetricsRead,
    /// `privacy:erase`
    PrivacyErase,
    /// `privacy:export`
    PrivacyExport,
    /// `service:operate`: reload, log level, rotation, limits, by the admin socket.
    ServiceOperate,
    /// `token:introspect`
    TokenIntrospect,
    /// `token:issue`
    TokenIssue,
    /// `token:revoke`
    TokenRevoke,
    /// `trust:ingest`
    TrustIngest,
    /// `trust:manage`: anchors and distrust, by the admin socket.
    TrustManage,
    /// `trust:query`
    TrustQuery,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 16] = [
        Self::ApiKeyManage,
        Self::ApiKeyRead,
        Self::AuditRead,
        Self::CertificateValidate,
        Self::ComplianceReport,
        Self::GateDecide,
        Self::MetricsRead,
        Self::PrivacyErase,
        Self::PrivacyExport,
        Self::ServiceOperate,
        Self::TokenIntrospect,
        Self::TokenIssue,
        Self::TokenRevoke,
        Self::TrustIngest,
        Self::TrustManage,
        Self::TrustQuery,
    ];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKeyManage => "apikey:manage",
            Self::ApiKeyRead => "apikey:read",
            Self::AuditRead => "audit:read",
            Self::CertificateValidate => "certificate:validate",
            Self::ComplianceReport => "compliance:report",
            Self::GateDecide => "gate:decide",
            Self::MetricsRead => "metrics:read",
            Self::PrivacyErase => "privacy:erase",
            Self::PrivacyExport => "privacy:export",
            Self::ServiceOperate => "service:operate",
            Self::TokenIntrospect => "token:introspect",
            Self::TokenIssue => "token:issue",
            Self::TokenRevoke => "token:revoke",
            Self::TrustIngest => "trust:ingest",
            Self::TrustManage => "trust:manage",
            Self::TrustQuery => "trust:query",
        }
    }

    const fn bit(self) -> u32 {
        match self {
            Self::ApiKeyManage => 1,
            Self::ApiKeyRead => 1 << 1,
            Self::AuditRead => 1 << 2,
            Self::CertificateValidate => 1 << 3,
            Self::ComplianceReport => 1 << 4,
            Self::GateDecide => 1 << 5,
            Self::MetricsRead => 1 << 6,
            Self::PrivacyErase => 1 << 7,
            Self::PrivacyExport => 1 << 8,
            Self::ServiceOperate => 1 << 9,
            Self::TokenIntrospect => 1 << 10,
            Self::TokenIssue => 1 << 11,
            Self::TokenRevoke => 1 << 12,
            Self::TrustIngest => 1 << 13,
            Self::TrustManage => 1 << 14,
            Self::TrustQuery => 1 << 15,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// No permission has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownPermission;

impl fmt::Display for UnknownPermission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no permission has this name")
    }
}

impl std::error::Error for UnknownPermission {}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(UnknownPermission)
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Permissions(u32);

impl Permissions {
    /// Whether `permission` is among them.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Those of both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether each of them is in `other`, too.
    #[must_use]
    pub const fn are_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, by name.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |one| self.contains(*one))
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |bits, one| bits | one.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_has_a_name_and_a_bit_of_its_own() {
        for one in Permission::ALL {
            assert_eq!(one.as_str().parse(), Ok(one));
            let set: Permissions = [one].into_iter().collect();
            for other in Permission::ALL {
                assert_eq!(set.contains(other), one == other, "{one} {other}");
            }
        }
        assert_eq!("all".parse::<Permission>(), Err(UnknownPermission));
    }
}
