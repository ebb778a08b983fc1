//! The words that every record has: its type, how much it matters, how it ended.

use std::fmt;

/// Declares an enum whose variants each have one word, so that no list of them can miss one.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The place in [`Self::ALL`].
            #[must_use]
            pub fn place(self) -> usize {
                Self::ALL.iter().position(|one| *one == self).unwrap_or_default()
            }

            /// The word, as records, metrics and sinks have it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What kind of thing happened: a class, a dot, and what it was.
    EventType {
        /// Somebody proved who they are.
        AuthSuccess = "auth.success",
        /// Somebody did not.
        AuthFailure = "auth.failure",
        /// An access token was given out.
        TokenIssued = "auth.token_issued",
        /// An access token was withdrawn.
        TokenRevoked = "auth.token_revoked",
        /// An API key was made.
        KeyCreated = "auth.key_created",
        /// An API key was replaced.
        KeyRotated = "auth.key_rotated",
        /// An API key was withdrawn.
        KeyRevoked = "auth.key_revoked",
        /// An API key is older than it should become.
        KeyDue = "auth.key_due",
        /// Too many failures: no more attempts for a while.
        Lockout = "auth.lockout",
        /// A caller was found to hold the permission.
        AuthzGranted = "authz.granted",
        /// A caller was found not to hold it.
        AuthzDenied = "authz.denied",
        /// A verdict on a certificate was given.
        CertValidated = "cert.validated",
        /// A revoked certificate was shown.
        CertRevokedSeen = "cert.revoked_seen",
        /// Trust material was taken in.
        CertImported = "cert.imported",
        /// Trust material was given out.
        CertExported = "cert.exported",
        /// What is trusted is not what it was.
        TrustChanged = "cert.trust_changed",
        /// Kept data was read.
        DataAccessed = "data.accessed",
        /// Kept data was changed, such as a sealed state file.
        DataModified = "data.modified",
        /// Kept data was given out.
        DataExported = "data.exported",
        /// Kept data was erased.
        DataErased = "data.erased",
        /// The database was reached.
        DbConnected = "db.connected",
        /// The database's credentials were replaced.
        DbCredentialsRotated = "db.credentials_rotated",
        /// A statement was run.
        DbQuery = "db.query",
        /// The database failed.
        DbError = "db.error",
        /// A caller was told to wait.
        RateLimited = "security.rate_limited",
        /// Bytes that are no request, or not one that may be.
        MalformedRequest = "security.malformed_request",
        /// Worth a look by a person.
        Suspicious = "security.suspicious",
        /// Something kept is not as it was left.
        TamperDetected = "security.tamper_detected",
        /// The service started.
        Startup = "system.startup",
        /// The service stopped in order.
        Shutdown = "system.shutdown",
        /// Settings are not what they were.
        ConfigChanged = "system.config_changed",
        /// Settings, credentials or lists were read again.
        Reload = "system.reload",
        /// The service could not do something that it should.
        Error = "system.error",
        /// A copy of this trail cannot be written at present.
        SinkFailed = "system.sink_failed",
        /// It can be written again.
        SinkRecovered = "system.sink_recovered",
        /// A key of the service itself was replaced.
        SystemKeyRotated = "system.key_rotated",
        /// A segment of the spool begins here.
        SegmentOpened = "system.segment_opened",
    }
}

words! {
    /// How much an event matters to whoever is woken by it.
    Severity {
        /// All in order.
        Low = "low",
        /// Worth counting.
        Medium = "medium",
        /// Worth a look today.
        High = "high",
        /// Worth a look now.
        Critical = "critical",
    }
}

words! {
    /// How an event ended.
    Outcome {
        /// As asked.
        Success = "success",
        /// It could not be done as asked: the caller's side was at fault.
        Failure = "failure",
        /// It was not allowed.
        Denied = "denied",
        /// It could not be done: our side was at fault.
        Error = "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_types_share_a_word_and_each_has_its_class() {
        let words: BTreeSet<&str> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), EventType::ALL.len());
        let classes = ["auth", "authz", "cert", "data", "db", "security", "system"];
        for word in words {
            let (class, what) = word.split_once('.').unwrap();
            assert!(classes.contains(&class), "{word}");
            assert!(what.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word}");
        }
    }

    #[test]
    fn severities_sort_by_how_much_they_matter() {
        assert!(Severity::Low < Severity::Medium && Severity::High < Severity::Critical);
    }
}
