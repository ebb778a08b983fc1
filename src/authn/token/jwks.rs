//! The keys of another issuer, from a JSON Web Key Set (RFC 7517 section 5).
//!
//! A key that cannot be used, for another purpose or of another kind, is passed over, as section 5 of the RFC has it;
//! a set in which none can be used, or which can be read in two ways, is refused, and what was held before stays.

use std::fmt;
use std::sync::Arc;

use crate::clock::UnixTime;
use crate::encoding;

use super::Tokens;
use super::algorithm::Algorithm;
use super::issuer::KeySet;
use super::json::{Json, Members};
use super::key::{KeyId, Public, VerifyingKey};
use super::settings::seconds;

/// Most bytes of a set.
const MOST: usize = 256 * 1_024;

/// Most keys of a set.
const KEYS: usize = 64;

/// What became of a set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct JwksTaken {
    /// Keys that are taken.
    pub keys: usize,
    /// Keys that cannot be used here.
    pub skipped: usize,
    /// Whether the keys are others than before.
    pub changed: bool,
}

/// Why a set is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JwksError {
    /// No other issuer of this name is believed.
    IssuerUnknown,
    /// It is no object with a list `keys`, or has a member twice.
    Malformed,
    /// It has more than 64 keys.
    Many,
    /// It is longer than 256 KiB.
    TooLong,
    /// Two keys have one name.
    Twice,
    /// None of its keys can be used.
    Unusable,
}

impl fmt::Display for JwksError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::IssuerUnknown => "no other issuer of this name is believed",
            Self::Malformed => "no JSON Web Key Set: an object with a list `keys`, no member twice",
            Self::Many => "a key set of more than 64 keys",
            Self::TooLong => "a key set of more than 256 KiB",
            Self::Twice => "a key set in which two keys have one kid",
            Self::Unusable => {
                "a key set without a key that can be used: with a kid, of an allowed algorithm"
            }
        })
    }
}

impl std::error::Error for JwksError {}

impl Tokens {
    /// Whether a token of `issuer` named a key that is not known, since this was last asked: its keys may have changed.
    ///
    /// Anybody can send such a token, so whoever reads keys again for it does so within a limit.
    #[must_use]
    pub fn misses_a_key(&self, issuer: &str) -> bool {
        self.others.iter().find(|one| *one.name == *issuer).is_some_and(|one| one.take_missed())
    }

    /// Takes `set` as the keys of `issuer` from now on, believed for as long as its `max_stale` says; a set that is
    /// refused leaves things as they were.
    ///
    /// # Errors
    ///
    /// [`JwksError`].
    pub fn take_jwks(
        &self,
        issuer: &str,
        set: &[u8],
        now: UnixTime,
    ) -> Result<JwksTaken, JwksError> {
        let named =
            self.settings.issuers.iter().zip(&self.others).find(|(one, _)| one.issuer == issuer);
        let (settings, issuer) = named.ok_or(JwksError::IssuerUnknown)?;
        let (found, skipped) = read(set, &settings.algorithms)?;
        let held = issuer.keys();
        let changed = found.len() != held.len()
            || found
                .iter()
                .any(|(id, public)| held.get(id).is_none_or(|key| key.public() != public));
        let keys = found.len();
        if changed {
            let number = held.values().map(|key| key.generation()).max().unwrap_or_default();
            let new = |(id, public): (KeyId, Public)| {
                (id.clone(), Arc::new(VerifyingKey::new(id, public, number.saturating_add(1))))
            };
            issuer.replace_keys(found.into_iter().map(new).collect::<KeySet>());
        }
        issuer.believe_until(now.plus(seconds(settings.max_stale)));
        Ok(JwksTaken { keys, skipped, changed })
    }
}

/// The keys of a set that can be used, and how many cannot.
fn read(set: &[u8], allowed: &[Algorithm]) -> Result<(Vec<(KeyId, Public)>, usize), JwksError> {
    if set.len() > MOST {
        return Err(JwksError::TooLong);
    }
    let members = Members::read(set).map_err(|_| JwksError::Malformed)?;
    let Some(Json::List(list)) = members.get("keys") else { return Err(JwksError::Malformed) };
    if list.len() > KEYS {
        return Err(JwksError::Many);
    }
    let mut found: Vec<(KeyId, Public)> = Vec::new();
    let mut skipped = 0_usize;
    for item in list {
        match item {
            Json::Map(key) => match usable(key, allowed) {
                Some((id, _)) if found.iter().any(|(other, _)| *other == id) => {
                    return Err(JwksError::Twice);
                }
                Some(key) => found.push(key),
                None => skipped = skipped.saturating_add(1),
            },
            _ => return Err(JwksError::Malformed),
        }
    }
    if found.is_empty() { Err(JwksError::Unusable) } else { Ok((found, skipped)) }
}

/// The key, where it has a name, is for signatures, and of an algorithm that is allowed.
fn usable(key: &Members<'_>, allowed: &[Algorithm]) -> Option<(KeyId, Public)> {
    let text = |name: &str| key.get(name).and_then(Json::text);
    let id = KeyId::parse(text("kid")?)?;
    let public = match (text("kty")?, text("crv")) {
        ("RSA", None) => rsa(text("n")?, text("e")?)?,
        ("EC", Some("P-256")) => Public::Ec(octets(text("x")?)?, octets(text("y")?)?),
        ("OKP", Some("Ed25519")) => Public::Ed(octets(text("x")?)?),
        _ => return None,
    };
    let algorithm = public.algorithm();
    let is_or_absent =
        |name: &str, wanted: &str| key.get(name).is_none_or(|value| value.text() == Some(wanted));
    let verifies = key
        .get("key_ops")
        .is_none_or(|value| value.texts(16).is_some_and(|all| all.contains(&"verify")));
    // Somebody's private key: whoever has the file can sign.
    let private = key.get("d").is_some();
    let good = is_or_absent("use", "sig")
        && is_or_absent("alg", algorithm.as_str())
        && verifies
        && !private;
    (good && allowed.contains(&algorithm)).then_some((id, public))
}

/// An RSA key of 2048 to 8192 bits, written as RFC 7518 section 6.3.1 has it.
fn rsa(n: &str, e: &str) -> Option<Public> {
    let number = |text: &str| {
        let bytes = encoding::from_base64url(text.as_bytes())?;
        bytes.first().is_some_and(|first| *first != 0).then_some(bytes)
    };
    let (n, e) = (number(n)?, number(e)?);
    let first = n.first().copied().unwrap_or_default();
    let bits =
        n.len().saturating_mul(8).saturating_sub(usize::try_from(first.leading_zeros()).ok()?);
    ((2_048..=8_192).contains(&bits) && e.len() <= 4).then_some(Public::Rsa(n, e))
}

fn octets(text: &str) -> Option<[u8; 32]> {
    encoding::from_base64url(text.as_bytes())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixtures::{NOW, Pair, claims, claims_with, theirs, tokens_with};
    use super::*;
    use crate::authn::token::TokenError;

    fn jwk(pair: &Pair, kid: &str) -> Value {
        let mut key: Value = serde_json::from_str(&pair.public.json()).unwrap();
        key["kid"] = json!(kid);
        key
    }

    fn set(keys: &[Value]) -> Vec<u8> {
        json!({"keys": keys}).to_string().into_bytes()
    }

    #[test]
    fn keys_are_taken_under_their_names_and_what_is_not_for_us_is_passed_over() {
        let (ed, ec, rsa) =
            (Pair::of(Algorithm::EdDsa), Pair::of(Algorithm::Es256), Pair::of(Algorithm::Rs256));
        let mut all = vec![jwk(ed, "ed"), jwk(ec, "ec"), jwk(rsa, "rsa")];
        assert_eq!(read(&set(&all), &Algorithm::ALL).unwrap().0.len(), 3);
        assert_eq!(
            read(&set(&all), &[Algorithm::EdDsa]).unwrap(),
            (vec![("ed".parse_id(), ed.public.clone())], 2)
        );
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("PS256")),
            ("key_ops", json!(["sign"])),
            ("kid", json!("a b")),
            ("kid", json!(1)),
            ("d", json!("AQAB")),
            ("n", json!("AQAB")),
            ("n", json!("AAAA")),
            ("kty", json!("oct")),
            ("crv", json!("P-256")),
        ] {
            all[2] = jwk(rsa, "rsa");
            all[2][name] = value;
            assert_eq!(read(&set(&all), &Algorithm::ALL).unwrap().1, 1, "{name}");
        }
    }

    trait ParseId {
        fn parse_id(&self) -> KeyId;
    }

    impl ParseId for str {
        fn parse_id(&self) -> KeyId {
            KeyId::parse(self).unwrap()
        }
    }

    #[test]
    fn a_set_that_can_be_read_in_two_ways_or_not_at_all_is_refused() {
        let key = jwk(Pair::of(Algorithm::EdDsa), "k");
        for (bytes, error) in [
            (set(&[key.clone(), key.clone()]), JwksError::Twice),
            (set(&[]), JwksError::Unusable),
            (set(&vec![json!({}); 65]), JwksError::Many),
            (set(&[json!(1)]), JwksError::Malformed),
            (b"{}".to_vec(), JwksError::Malformed),
            (b"[]".to_vec(), JwksError::Malformed),
            (br#"{"keys":[],"keys":[]}"#.to_vec(), JwksError::Malformed),
            (vec![b' '; MOST + 1], JwksError::TooLong),
        ] {
            assert_eq!(read(&bytes, &Algorithm::ALL), Err(error));
        }
    }

    #[test]
    fn a_key_that_leaves_the_set_or_changes_under_its_name_ends_its_tokens() {
        let (one, other) = (Pair::fresh(Algorithm::EdDsa), Pair::fresh(Algorithm::EdDsa));
        let tokens = tokens_with(&[], vec![theirs()]);
        let name = one.public.thumbprint();
        let take = |pair: &Pair, now| {
            tokens.take_jwks("https://idp.example", &set(&[jwk(pair, name.as_str())]), now).unwrap()
        };
        let mut claims = claims_with("iss", json!("https://idp.example"));
        claims["aud"] = json!("borders");
        assert!(take(&one, NOW).changed);
        let text = one.sign(&claims);
        let token = tokens.verify(&text, NOW).unwrap();
        assert!(!take(&one, NOW.plus(5)).changed);
        assert_eq!(tokens.still_holds(&token, None, NOW.plus(5)), Ok(()));
        assert!(take(&other, NOW.plus(6)).changed);
        assert_eq!(tokens.still_holds(&token, None, NOW.plus(6)), Err(TokenError::KeyGone));
        assert_eq!(tokens.verify(&text, NOW.plus(6)).unwrap_err(), TokenError::SignatureWrong);
    }

    #[test]
    fn keys_that_are_not_heard_of_again_are_believed_for_max_stale_and_no_longer() {
        let pair = Pair::fresh(Algorithm::EdDsa);
        let tokens = tokens_with(&[], vec![theirs()]);
        let kid = pair.public.thumbprint();
        let good = set(&[jwk(&pair, kid.as_str())]);
        tokens.take_jwks("https://idp.example", &good, NOW).map(|_| ()).unwrap();
        let at = NOW.plus(901);
        let mut claims = claims();
        claims["iss"] = json!("https://idp.example");
        claims["aud"] = json!("borders");
        claims["iat"] = json!(at.seconds());
        claims["exp"] = json!(at.seconds() + 600);
        let text = pair.sign(&claims);
        // A set that is refused renews nothing.
        assert!(tokens.take_jwks("https://idp.example", b"{}", at).is_err());
        assert_eq!(tokens.verify(&text, at).unwrap_err(), TokenError::KeysStale);
        tokens.take_jwks("https://idp.example", &good, at).map(|_| ()).unwrap();
        assert!(tokens.verify(&text, at).is_ok());
        assert_eq!(tokens.take_jwks("trust-service", &good, at), Err(JwksError::IssuerUnknown));
    }
}
