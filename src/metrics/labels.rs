//! Label values that are known here: each enum's values are the rows or columns of a table.

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $value:ident = $index:literal $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$of])* $value,)+
        }

        impl $name {
            /// The values, in order.
            pub const NAMES: [&'static str; [$($text),+].len()] = [$($text),+];

            /// The place in [`Self::NAMES`].
            #[must_use]
            pub const fn index(self) -> usize {
                match self {
                    $(Self::$value => $index,)+
                }
            }
        }
    )+};
}

labels! {
    /// How a caller says who it is.
    AuthMethod {
        /// By its certificate.
        Mtls = 0 "mtls",
        /// By a bearer token.
        Jwt = 1 "jwt",
        /// By an API key.
        ApiKey = 2 "api_key",
        /// As a user of this machine.
        Local = 3 "local",
    }

    /// Whether that was believed.
    AuthResult {
        /// Yes.
        Success = 0 "success",
        /// No.
        Failure = 1 "failure",
    }

    /// What a handshake agreed on.
    TlsVersion {
        /// TLS 1.2.
        V12 = 0 "1.2",
        /// TLS 1.3.
        V13 = 1 "1.3",
        /// It did not come that far.
        Unknown = 2 "unknown",
    }

    /// How a handshake ended.
    HandshakeResult {
        /// Agreed.
        Success = 0 "success",
        /// Not agreed.
        Failure = 1 "failure",
    }

    /// What a connection does.
    ConnectionState {
        /// Nothing came yet.
        Silent = 0 "silent",
        /// It shakes hands.
        Handshake = 1 "handshake",
        /// It waits for the next request.
        Idle = 2 "idle",
        /// A request is read, worked on, or answered.
        Active = 3 "active",
        /// What is left to send is sent.
        Closing = 4 "closing",
    }

    /// What came of fetching a revocation list.
    CrlFetch {
        /// Another list, which is held from then on.
        Updated = 0 "updated",
        /// The list that is held.
        Unchanged = 1 "unchanged",
        /// Nothing.
        Unreachable = 2 "unreachable",
        /// Something that may not take its place.
        Refused = 3 "refused",
    }

    /// What a certificate is in use for.
    CertificateUse {
        /// This server's own.
        Server = 0 "server",
        /// The authority above clients: of several, the one that ends first.
        ClientAuthority = 1 "client_ca",
        /// The revocation list of clients: its next update.
        ClientRevocations = 2 "client_crl",
    }
}
