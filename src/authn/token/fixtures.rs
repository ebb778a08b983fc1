//! Keys and tokens for tests.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::clock::UnixTime;
use crate::encoding::base64url;
use crate::entropy::SystemEntropy;

use super::issuer::KeySet;
use super::key::{Public, VerifyingKey};
use super::{Algorithm, IssuerSettings, KeySource, TokenSettings, Tokens, algorithm, keygen};

/// The time at which tests are.
pub(super) const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);

/// A key pair.
pub(super) struct Pair {
    pub(super) public: Public,
    encoding: EncodingKey,
}

impl Pair {
    /// One that is the same throughout the process: making an RSA key takes seconds.
    pub(super) fn of(algorithm: Algorithm) -> &'static Self {
        static PAIRS: [OnceLock<Pair>; 3] = [const { OnceLock::new() }; 3];
        let at = Algorithm::ALL.into_iter().position(|one| one == algorithm).unwrap();
        PAIRS[at].get_or_init(|| Self::fresh(algorithm))
    }

    /// A new one.
    pub(super) fn fresh(kind: Algorithm) -> Self {
        assert!(algorithm::install());
        let entropy = SystemEntropy::new();
        // Half the bits of our own keys: quicker, and verified alike.
        let private = match kind {
            Algorithm::Rs256 => keygen::rsa(2_048, &entropy).unwrap(),
            Algorithm::Es256 | Algorithm::EdDsa => keygen::generate(kind, &entropy).unwrap(),
        };
        let encoding = match kind {
            Algorithm::Rs256 => EncodingKey::from_rsa_der(private.expose()),
            Algorithm::Es256 => EncodingKey::from_ec_der(private.expose()),
            Algorithm::EdDsa => EncodingKey::from_ed_der(private.expose()),
        };
        Self { public: keygen::public(kind, &private).unwrap(), encoding }
    }

    /// Its public half, by the name `id`, or by its thumbprint.
    pub(super) fn verifying(&self, id: Option<&str>) -> Arc<VerifyingKey> {
        let id = id.map_or_else(|| self.public.thumbprint(), |id| super::KeyId::parse(id).unwrap());
        Arc::new(VerifyingKey::new(id, self.public.clone(), 1))
    }

    /// A token of this key with `claims`.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.public.algorithm().library());
        header.typ = Some("at+jwt".into());
        header.kid = Some(self.public.thumbprint().as_str().into());
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }

    /// A token of this key with this header and these claims as texts, well signed.
    pub(super) fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
        let signature = jsonwebtoken::crypto::sign(
            signed.as_bytes(),
            &self.encoding,
            self.public.algorithm().library(),
        );
        format!("{signed}.{}", signature.unwrap())
    }

    /// The header that [`Self::sign`] writes, with another `alg`.
    pub(super) fn header(&self, alg: &str) -> String {
        json!({"typ": "at+jwt", "alg": alg, "kid": self.public.thumbprint().as_str()}).to_string()
    }
}

/// Claims that hold at [`NOW`].
pub(super) fn claims() -> Value {
    json!({
        "iss": "trust-service",
        "aud": "trust-service-api",
        "sub": "post-7",
        "client_id": "post-7",
        "iat": NOW.seconds(),
        "exp": NOW.plus(600).seconds(),
        "jti": "t1",
        "roles": ["reader"],
        "scope": "certificate:validate trust:query",
    })
}

/// The same, with `name` being `value`; without it where that is null.
pub(super) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    members.remove(name);
    if !value.is_null() {
        members.insert(name.into(), value);
    }
    claims
}

/// Tokens whose own keys are the given ones.
pub(super) fn tokens(keys: &[&Pair]) -> Tokens {
    tokens_with(keys, Vec::new())
}

/// The same, with other issuers, whose keys are still to be given.
pub(super) fn tokens_with(keys: &[&Pair], issuers: Vec<IssuerSettings>) -> Tokens {
    let settings =
        TokenSettings { algorithms: Algorithm::ALL.into(), issuers, ..TokenSettings::default() };
    let tokens = Tokens::new(settings).unwrap();
    tokens.own.replace_keys(key_set(keys));
    tokens
}

/// The public halves, by thumbprint.
pub(super) fn key_set(keys: &[&Pair]) -> KeySet {
    keys.iter().map(|pair| pair.verifying(None)).map(|key| (key.id().clone(), key)).collect()
}

/// Another issuer, whose keys are still to be given.
pub(super) fn theirs() -> IssuerSettings {
    IssuerSettings {
        issuer: "https://idp.example".into(),
        audience: "borders".into(),
        algorithms: vec![Algorithm::EdDsa],
        keys: KeySource::File("unused".into()),
        roles_claim: "groups".into(),
        role_map: [("staff".to_owned(), "reader".parse().unwrap())].into(),
        scoped: false,
        max_lifetime: Duration::from_secs(600),
        max_stale: Duration::from_secs(900),
    }
}
