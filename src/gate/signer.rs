//! Decisions that a service behind a proxy can check for itself: a JSON Web Token (RFC 7519) over one request.
//!
//! Threat: whoever reaches the service around the proxy, a proxy that took an error for leave, and a decision that is
//! shown again for another request. So a decision names the method, the host and the hash of the target that it is
//! for, and is good for seconds. It says nothing of the body.

use std::fmt;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::clock::UnixTime;
use crate::encoding;
use crate::entropy::{Entropy, NoEntropy};
use crate::identity::{ClientId, RoleName, Uuid};
use crate::secret::Secret;
use crate::state::{FolderLock, SealedError, SealedFolder, Stamp};

use super::LONGEST;
use super::original::Original;

/// The sealed file of the key: the 32 octets of its seed (RFC 8032 section 5.1.5).
pub const KEY_FILE: &str = "gate-key";

/// Most bytes of a decision: with more, proxies would not take the answer that it is in.
pub const MOST_DECISION: usize = 4_096;

/// That a request may pass.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Who decides.
    pub issuer: &'a str,
    /// For whom the decision is.
    pub audience: &'a str,
    /// Its id, which is that of its record.
    pub id: Uuid,
    /// When it is made.
    pub now: UnixTime,
    /// For how long it is good; [`LONGEST`] where this is more.
    pub lifetime: Duration,
    /// The caller's name.
    pub client: &'a ClientId,
    /// What the evidence calls the caller.
    pub subject: &'a str,
    /// The caller's roles.
    pub roles: &'a [RoleName],
    /// How the caller is known: `jwt`, `api_key`, `mtls`.
    pub method: &'a str,
    /// The request.
    pub original: &'a Original<'a>,
}

/// Signs decisions with an Ed25519 key (RFC 8037) that signs nothing else.
pub struct DecisionSigner {
    key: Ed25519KeyPair,
    id: String,
}

/// Why there is no key to sign with.
#[derive(Debug)]
pub enum DecisionKeyError {
    /// The file opens and holds no key.
    Content,
    /// There is no chance to make one from.
    Entropy(NoEntropy),
    /// It does not open, or cannot be written.
    Sealed(SealedError),
}

impl fmt::Display for DecisionKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content => {
                write!(out, "sealed/{KEY_FILE}: holds no key that this version writes")
            }
            Self::Entropy(error) => error.fmt(out),
            Self::Sealed(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for DecisionKeyError {}

/// Nothing of the key: it is a secret.
impl fmt::Debug for DecisionSigner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DecisionSigner").field("id", &self.id).finish_non_exhaustive()
    }
}

impl DecisionSigner {
    /// The key that `folder` keeps, made of `entropy` where there is none. The stamp is of a file that was written,
    /// and must go into the audit trail.
    ///
    /// # Errors
    ///
    /// [`DecisionKeyError`].
    pub fn open(
        folder: &SealedFolder,
        lock: &FolderLock,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Option<Stamp>), DecisionKeyError> {
        if let Some(file) = folder.read(KEY_FILE).map_err(DecisionKeyError::Sealed)? {
            return Ok((Self::of_seed(file.content.expose())?, None));
        }
        let mut seed = vec![0; SEED];
        entropy.fill(&mut seed).map_err(DecisionKeyError::Entropy)?;
        let seed = Secret::new(seed);
        let signer = Self::of_seed(seed.expose())?;
        let stamp = folder.write(lock, KEY_FILE, &seed).map_err(DecisionKeyError::Sealed)?;
        Ok((signer, Some(stamp)))
    }

    fn of_seed(seed: &[u8]) -> Result<Self, DecisionKeyError> {
        if seed.len() != SEED {
            return Err(DecisionKeyError::Content);
        }
        let key =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| DecisionKeyError::Content)?;
        // RFC 7638 section 3: the required members, sorted, without white space.
        let x = encoding::base64url(key.public_key().as_ref());
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let id = encoding::base64url(digest(&SHA256, members.as_bytes()).as_ref());
        Ok(Self { key, id })
    }

    /// The name of the key: its thumbprint (RFC 7638).
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// The public key, for a key set (RFC 7517, RFC 8037).
    #[must_use]
    pub fn jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encoding::base64url(self.key.public_key().as_ref()),
            "kid": self.id,
            "alg": "EdDSA",
            "use": "sig",
        })
    }

    /// `decision`, signed (RFC 7515 section 7.1); none where that would be longer than [`MOST_DECISION`].
    #[must_use]
    pub fn sign(&self, decision: &Decision<'_>) -> Option<String> {
        let header = json!({"alg": "EdDSA", "typ": "gate-decision+jwt", "kid": self.id});
        let Original { method, host, target, .. } = decision.original;
        let lifetime = i64::try_from(decision.lifetime.min(LONGEST).as_secs()).unwrap_or_default();
        let roles: Vec<&str> = decision.roles.iter().map(RoleName::as_str).collect();
        let claims = json!({
            "iss": decision.issuer,
            "aud": decision.audience,
            "iat": decision.now.seconds(),
            "exp": decision.now.plus(lifetime).seconds(),
            "jti": decision.id.to_string(),
            "sub": decision.subject,
            "client": decision.client.as_str(),
            "roles": roles,
            "method": decision.method,
            "htm": method.as_str(),
            "host": host.as_str(),
            "htu": encoding::base64url(digest(&SHA256, target.as_str().as_bytes()).as_ref()),
        });
        let part = |value: Value| encoding::base64url(value.to_string().as_bytes());
        let mut text = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(text.as_bytes());
        text.push('.');
        text.push_str(&encoding::base64url(signature.as_ref()));
        (text.len() <= MOST_DECISION).then_some(text)
    }
}

/// Octets of a seed.
const SEED: usize = 32;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;
    use crate::entropy::SystemEntropy;
    use crate::gate::{Scheme, check_target};
    use crate::wire::request::Method;

    const NOW: i64 = 1_795_478_400;

    fn original(target: &str) -> Original<'_> {
        Original {
            method: Method::Put,
            host: "api.example.org".parse().unwrap(),
            target: check_target(target).unwrap(),
            scheme: Scheme::Https,
            client: "192.0.2.1".parse().unwrap(),
        }
    }

    fn signed(signer: &DecisionSigner, subject: &str, lifetime: u64) -> Option<String> {
        signer.sign(&Decision {
            issuer: "trust-service",
            audience: "orders",
            id: "0192f3a4-5b6c-7d8e-9f01-23456789abcd".parse().unwrap(),
            now: UnixTime::from_seconds(NOW),
            lifetime: Duration::from_secs(lifetime),
            client: &"station".parse().unwrap(),
            subject,
            roles: &["reader".parse().unwrap()],
            method: "jwt",
            original: &original("/a?b=c"),
        })
    }

    fn part(text: &str, place: usize) -> Value {
        let part = text.split('.').nth(place).unwrap();
        serde_json::from_slice(&encoding::from_base64url(part.as_bytes()).unwrap()).unwrap()
    }

    fn verifies(text: &str, jwk: &Value) -> bool {
        let (message, signature) = text.rsplit_once('.').unwrap();
        let decoded = |text: &str| encoding::from_base64url(text.as_bytes()).unwrap();
        UnparsedPublicKey::new(&ED25519, decoded(jwk["x"].as_str().unwrap()))
            .verify(message.as_bytes(), &decoded(signature))
            .is_ok()
    }

    fn folder(name: &str) -> (PathBuf, SealedFolder, FolderLock) {
        let path = std::env::temp_dir().join(format!("gate-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let lock = FolderLock::take(&path).unwrap();
        let entropy = Arc::new(SystemEntropy::new());
        let folder = SealedFolder::open(&path, "sealed", &Secret::new([5; 32]), entropy).unwrap();
        (path, folder, lock)
    }

    #[test]
    fn a_decision_says_what_it_is_for_and_anyone_can_check_it() {
        let signer = DecisionSigner::of_seed(&[7; SEED]).unwrap();
        let text = signed(&signer, "someone", 20).unwrap();
        let jwk = signer.jwk();
        let header = part(&text, 0);
        assert_eq!(
            header,
            json!({"alg": "EdDSA", "typ": "gate-decision+jwt", "kid": signer.key_id()})
        );
        assert_eq!(jwk["kid"], signer.key_id());
        let hash = encoding::base64url(digest(&SHA256, b"/a?b=c").as_ref());
        let wanted = json!({
            "iss": "trust-service", "aud": "orders", "iat": NOW, "exp": NOW + 20,
            "jti": "0192f3a4-5b6c-7d8e-9f01-23456789abcd", "sub": "someone", "client": "station",
            "roles": ["reader"], "method": "jwt", "htm": "PUT", "host": "api.example.org", "htu": hash,
        });
        assert_eq!(part(&text, 1), wanted);
        assert!(verifies(&text, &jwk));
        assert!(!verifies(&text, &DecisionSigner::of_seed(&[8; SEED]).unwrap().jwk()));
    }

    #[test]
    fn no_decision_is_good_for_longer_than_half_a_minute_or_too_long_for_a_proxy() {
        let signer = DecisionSigner::of_seed(&[7; SEED]).unwrap();
        let text = signed(&signer, "someone", 3_600).unwrap();
        assert_eq!(part(&text, 1)["exp"], NOW + 30);
        assert_eq!(signed(&signer, &"x".repeat(MOST_DECISION), 20), None);
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // RFC 8037, appendices A.2 and A.3.
        let seed =
            encoding::from_base64url(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let signer = DecisionSigner::of_seed(&seed).unwrap();
        assert_eq!(signer.jwk()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(signer.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_key_is_made_once_and_kept_and_never_shown() {
        let (path, folder, lock) = folder("kept");
        let entropy = SystemEntropy::new();
        let (first, stamp) = DecisionSigner::open(&folder, &lock, &entropy).unwrap();
        assert_eq!(stamp.unwrap().generation, 1);
        let (again, stamp) = DecisionSigner::open(&folder, &lock, &entropy).unwrap();
        assert_eq!((first.key_id(), stamp), (again.key_id(), None));
        let shown = format!("{first:?}");
        assert_eq!(shown, format!("DecisionSigner {{ id: {:?}, .. }}", first.key_id()));
        folder.write(&lock, KEY_FILE, &Secret::new(vec![1; 31])).unwrap();
        let refused = DecisionSigner::open(&folder, &lock, &entropy);
        assert!(matches!(refused, Err(DecisionKeyError::Content)));
        std::fs::remove_dir_all(path).unwrap();
    }
}
