//! Why a bearer token is refused.

use std::fmt;

/// The rule that a token breaks.
///
/// Goes to the record in full. The caller sees the same refusal whichever it is, so that the answer does not tell an
/// attacker which check failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenError {
    /// `alg` is `none`, in whatever case (RFC 8725 section 3.2).
    AlgorithmNone,
    /// `alg` is none of RS256, ES256 and `EdDSA` (RFC 8725 section 3.1).
    AlgorithmNotAllowed,
    /// `alg` is not what the key is for (RFC 8725 section 3.1).
    AlgorithmNotOfKey,
    /// `alg` is one of shared secrets, which no key here is for: a public key is not a secret (RFC 8725 section 2.1).
    AlgorithmSymmetric,
    /// `aud` does not name this service (RFC 9068 section 4).
    AudienceOther,
    /// The token is bound to a certificate, and the connection has none (RFC 8705 section 3).
    CertificateMissing,
    /// The token is bound to another certificate than the connection's (RFC 8705 section 3).
    CertificateOther,
    /// A claim or a member of a claim stands twice (RFC 8725 section 2.6).
    ClaimDuplicate,
    /// A claim that must be there is not (RFC 9068 section 2.2).
    ClaimMissing(Claim),
    /// A claim is not of its form.
    ClaimWrong(Claim),
    /// The claims are no JSON object.
    ClaimsMalformed,
    /// The claims nest deeper than 8 levels.
    ClaimsTooDeep,
    /// An object in the claims has more than 64 members.
    ClaimsTooMany,
    /// `cnf` demands a proof that this service does not know (RFC 7800 section 3.1).
    ConfirmationUnknown,
    /// `exp` has passed (RFC 7519 section 4.1.4).
    Expired,
    /// The header's `x5c` brings a certificate along; keys are never taken from a token.
    HeaderCertificate,
    /// The header's `x5u` says where a certificate is.
    HeaderCertificateUrl,
    /// The header has `zip`: nothing is unpacked.
    HeaderCompressed,
    /// The header's `crit` demands what this service does not know (RFC 7515 section 4.1.11).
    HeaderCritical,
    /// A member of the header stands twice.
    HeaderDuplicate,
    /// The header's `jwk` brings a key along; keys are never taken from a token.
    HeaderKey,
    /// The header's `jku` says where keys are.
    HeaderKeyUrl,
    /// The header is no JSON object of texts.
    HeaderMalformed,
    /// The header has `b64`: what is signed is always what was sent (RFC 7797).
    HeaderUnencoded,
    /// The header has a member that is none of `typ`, `alg` and `kid`.
    HeaderUnknown,
    /// `iat` lies in the future.
    IssuedInFuture,
    /// Nobody of the name in `iss` is believed.
    IssuerUnknown,
    /// The key that signed it is no longer taken.
    KeyGone,
    /// `kid` is not 1 to 128 of `[A-Za-z0-9_-]`.
    KeyIdMalformed,
    /// There is no `kid`.
    KeyIdMissing,
    /// The issuer has no key of this name.
    KeyUnknown,
    /// The issuer's keys have not been heard of for longer than they are believed.
    KeysStale,
    /// From `iat` to `exp` is longer than tokens of this issuer live.
    LivesTooLong,
    /// A part is not base64url as it is written: padded, with bits left over, or with other characters.
    NotBase64url,
    /// `nbf` has not come yet (RFC 7519 section 4.1.5).
    NotYet,
    /// There are not three parts.
    NotThreeParts,
    /// It was revoked.
    Revoked,
    /// All of its subject, client or issuer up to some time were revoked.
    RevokedBefore,
    /// The signature is not that of the key.
    SignatureWrong,
    /// It is longer than 16 KiB.
    TooLong,
    /// `typ` is neither `at+jwt` nor `application/at+jwt` (RFC 9068 section 4, RFC 8725 section 3.11).
    TypeOther,
}

/// A claim that has a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Claim {
    /// `aud`: a text, or a list of 1 to 8.
    Audience,
    /// `client_id`: the name of a caller.
    Client,
    /// `cnf`: `{"x5t#S256": …}`, 43 characters of base64url.
    Confirmation,
    /// `exp`: a whole number of seconds, up to 2^53.
    Expiry,
    /// `iat`: likewise.
    IssuedAt,
    /// `iss`: a text of 1 to 256 bytes without control characters.
    Issuer,
    /// `nbf`: a whole number of seconds, up to 2^53.
    NotBefore,
    /// The claim that has the roles: a text or a list of up to 64.
    Roles,
    /// `scope`: words with a space between.
    Scope,
    /// `sub`: a text of 1 to 256 bytes without control characters.
    Subject,
    /// `jti`: a text of 1 to 128 bytes without control characters.
    TokenId,
}

impl Claim {
    /// The name in the token; of roles, that of our own tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audience => "aud",
            Self::Client => "client_id",
            Self::Confirmation => "cnf",
            Self::Expiry => "exp",
            Self::IssuedAt => "iat",
            Self::Issuer => "iss",
            Self::NotBefore => "nbf",
            Self::Roles => "roles",
            Self::Scope => "scope",
            Self::Subject => "sub",
            Self::TokenId => "jti",
        }
    }
}

impl TokenError {
    /// A short code for records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.texts().0
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::AlgorithmNone => ("alg_none", "alg is none"),
            Self::AlgorithmNotAllowed => ("alg_not_allowed", "alg is none of RS256, ES256, EdDSA"),
            Self::AlgorithmNotOfKey => ("alg_not_of_key", "alg is not the one that the key is for"),
            Self::AlgorithmSymmetric => ("alg_symmetric", "alg is one of shared secrets"),
            Self::AudienceOther => ("audience", "aud does not name this service"),
            Self::CertificateMissing => {
                ("certificate_missing", "the token is bound to a certificate, and none was shown")
            }
            Self::CertificateOther => {
                ("certificate_other", "the token is bound to another certificate")
            }
            Self::ClaimDuplicate => ("claim_duplicate", "a claim stands twice"),
            Self::ClaimMissing(_) => ("claim_missing", "a claim is missing"),
            Self::ClaimWrong(_) => ("claim_malformed", "a claim is not of its form"),
            Self::ClaimsMalformed => ("claims_malformed", "the claims are no JSON object"),
            Self::ClaimsTooDeep => ("claims_too_deep", "the claims nest deeper than 8 levels"),
            Self::ClaimsTooMany => {
                ("claims_too_many", "an object of the claims has more than 64 members")
            }
            Self::ConfirmationUnknown => ("cnf_unknown", "cnf demands a proof other than x5t#S256"),
            Self::Expired => ("expired", "exp has passed"),
            Self::HeaderCertificate => ("header_x5c", "the header brings a certificate along"),
            Self::HeaderCertificateUrl => ("header_x5u", "the header says where a certificate is"),
            Self::HeaderCompressed => ("header_zip", "the header says that claims are packed"),
            Self::HeaderCritical => ("header_crit", "the header demands an extension"),
            Self::HeaderDuplicate => ("header_duplicate", "a member of the header stands twice"),
            Self::HeaderKey => ("header_jwk", "the header brings a key along"),
            Self::HeaderKeyUrl => ("header_jku", "the header says where keys are"),
            Self::HeaderMalformed => ("header_malformed", "the header is no JSON object of texts"),
            Self::HeaderUnencoded => ("header_b64", "the header says that claims are unencoded"),
            Self::HeaderUnknown => {
                ("header_unknown", "the header has a member other than typ, alg and kid")
            }
            Self::IssuedInFuture => ("issued_in_future", "iat lies in the future"),
            Self::IssuerUnknown => ("issuer_unknown", "the issuer is none that is believed"),
            Self::KeyGone => ("key_gone", "the key that signed the token is no longer taken"),
            Self::KeyIdMalformed => ("kid_malformed", "kid is not 1 to 128 of A-Z a-z 0-9 _ -"),
            Self::KeyIdMissing => ("kid_missing", "the header has no kid"),
            Self::KeyUnknown => ("key_unknown", "the issuer has no key of this kid"),
            Self::KeysStale => ("keys_stale", "the issuer's keys are too old to be believed"),
            Self::LivesTooLong => ("lives_too_long", "from iat to exp is longer than allowed"),
            Self::NotBase64url => ("not_base64url", "a part is not base64url without padding"),
            Self::NotYet => ("not_yet", "nbf has not come yet"),
            Self::NotThreeParts => ("not_three_parts", "the token does not have three parts"),
            Self::Revoked => ("revoked", "the token was revoked"),
            Self::RevokedBefore => (
                "revoked_before",
                "all tokens of its subject, client or issuer up to then were revoked",
            ),
            Self::SignatureWrong => ("signature", "the signature is not that of the key"),
            Self::TooLong => ("too_long", "the token is longer than 16 KiB"),
            Self::TypeOther => ("typ", "typ is not at+jwt"),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClaimMissing(claim) => write!(out, "the claim {} is missing", claim.as_str()),
            Self::ClaimWrong(claim) => {
                write!(out, "the claim {} is not of its form", claim.as_str())
            }
            other => out.write_str(other.texts().1),
        }
    }
}

impl std::error::Error for TokenError {}
