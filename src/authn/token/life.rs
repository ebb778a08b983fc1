//! Tokens from issue to the end, as they are kept: tests over a real state folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, json};

use super::fixtures::NOW;
use super::keyring::JWKS_MAX_AGE;
use super::*;
use crate::authn::{Method, Rights};
use crate::clock::DAY;
use crate::entropy::SystemEntropy;
use crate::identity::{ClientId, RoleName};
use crate::permission::{Permission, Permissions};
use crate::secret::Secret;
use crate::state::{FolderLock, SealedFolder};

/// A state folder, gone when the test is over.
struct Site {
    path: PathBuf,
    lock: Arc<FolderLock>,
}

impl Site {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ts-tokens-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let lock = Arc::new(FolderLock::take(&path).unwrap());
        Self { path, lock }
    }

    fn folder(&self) -> Arc<SealedFolder> {
        let entropy = Arc::new(SystemEntropy::new());
        Arc::new(SealedFolder::open(&self.path, "sealed", &Secret::new([3; 32]), entropy).unwrap())
    }

    /// As at a start.
    fn open(&self) -> Tokens {
        let store = TokenStore::new(self.folder(), Arc::clone(&self.lock));
        Tokens::open(settings(), store).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn settings() -> TokenSettings {
    TokenSettings {
        algorithm: Algorithm::EdDsa,
        algorithms: vec![Algorithm::EdDsa],
        ..TokenSettings::default()
    }
}

fn tend(tokens: &Tokens, now: UnixTime) -> Vec<(KeyEvent, KeyId)> {
    let mut all = Vec::new();
    tokens.tend(now, &SystemEntropy::new(), |change| all.extend(change.events)).unwrap();
    all
}

fn held() -> Permissions {
    [Permission::TrustQuery, Permission::TokenIssue].into_iter().collect()
}

fn issue(
    tokens: &Tokens,
    request: &TokenRequest,
    peer: Option<[u8; 32]>,
) -> Result<Issued, IssueError> {
    issue_by(tokens, request, peer, Method::Mtls, NOW)
}

fn issue_by(
    tokens: &Tokens,
    request: &TokenRequest,
    peer: Option<[u8; 32]>,
    method: Method,
    now: UnixTime,
) -> Result<Issued, IssueError> {
    let client: ClientId = "post-7".parse().unwrap();
    let roles: [RoleName; 1] = ["reader".parse().unwrap()];
    let asker = Asker { client: &client, method, roles: &roles, held: held(), peer };
    tokens.issue(&asker, request, now, &SystemEntropy::new())
}

#[test]
fn a_token_is_bound_to_the_certificate_it_was_asked_for_with() {
    let site = Site::new("bound");
    let tokens = site.open();
    assert_eq!(issue(&tokens, &TokenRequest::default(), None).err(), Some(IssueError::NoKey));
    tend(&tokens, NOW);
    let issued = issue(&tokens, &TokenRequest::default(), Some([9; 32])).unwrap();
    assert_eq!((issued.bound_to, issued.scope), (Some([9; 32]), held()));
    let token = tokens.verify(issued.text.expose(), NOW).unwrap();
    assert_eq!(token.principal().rights(), Rights::OfRolesWithin(held()));
    assert_eq!(tokens.still_holds(&token, Some(&[9; 32]), NOW), Ok(()));
    assert_eq!(tokens.still_holds(&token, Some(&[8; 32]), NOW), Err(TokenError::CertificateOther));
    let unbound = TokenRequest { unbound: true, ..TokenRequest::default() };
    assert_eq!(issue(&tokens, &unbound, Some([9; 32])).err(), Some(IssueError::MustBeBound));
    // Without a certificate there is nothing to bind it to.
    assert_eq!(issue(&tokens, &TokenRequest::default(), None).unwrap().bound_to, None);
    assert!(!format!("{issued:?}").contains(issued.text.expose().as_str()));
}

#[test]
fn an_unbound_token_is_issued_where_the_configuration_permits_it() {
    let settings = TokenSettings { allow_unbound: true, ..settings() };
    let tokens = Tokens::new(settings).unwrap();
    tend(&tokens, NOW);
    let unbound = TokenRequest { unbound: true, ..TokenRequest::default() };
    assert_eq!(issue(&tokens, &unbound, Some([9; 32])).unwrap().bound_to, None);
}

#[test]
fn nobody_passes_on_more_than_is_held_or_for_longer_than_is_configured() {
    let tokens = Tokens::new(settings()).unwrap();
    tend(&tokens, NOW);
    let more: Permissions = [Permission::TrustQuery, Permission::TrustManage].into_iter().collect();
    let request = TokenRequest { scope: Some(more), ..TokenRequest::default() };
    let missing = [Permission::TrustManage].into_iter().collect();
    assert_eq!(issue(&tokens, &request, None).err(), Some(IssueError::NotHeld(missing)));
    let request = TokenRequest { scope: Some(Permissions::default()), ..TokenRequest::default() };
    assert_eq!(issue(&tokens, &request, None).err(), Some(IssueError::Empty));
    let hour = Duration::from_secs(3_600);
    for (lifetime, good) in [(0, false), (1, true), (3_600, true), (3_601, false)] {
        let lifetime = Some(Duration::from_secs(lifetime));
        let issued = issue(&tokens, &TokenRequest { lifetime, ..TokenRequest::default() }, None);
        let refused = issued.as_ref().err() == Some(&IssueError::Lifetime(hour));
        assert_eq!((issued.is_ok(), refused), (good, !good), "{lifetime:?}");
    }
    for method in [Method::Jwt, Method::ApiKey] {
        let issued = issue_by(&tokens, &TokenRequest::default(), None, method, NOW);
        assert_eq!(issued.err(), Some(IssueError::ByOther));
    }
}

#[test]
fn own_claims_are_carried_and_override_nothing() {
    let tokens = Tokens::new(settings()).unwrap();
    tend(&tokens, NOW);
    let request = |name: &str, value| TokenRequest {
        claims: Map::from_iter([(name.to_owned(), value)]),
        ..TokenRequest::default()
    };
    let issued = issue(&tokens, &request("station", json!({"gate": 7})), None).unwrap();
    let claims = issued.text.expose().split('.').nth(1).unwrap();
    let claims = crate::encoding::from_base64url(claims.as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["station"]["gate"], 7);
    for name in [
        "sub",
        "iss",
        "aud",
        "exp",
        "jti",
        "cnf",
        "roles",
        "scope",
        "client_id",
        "groups",
        "SUB",
        "a\nb",
        "",
    ] {
        let refused = issue(&tokens, &request(name, json!("x")), None);
        assert!(matches!(refused, Err(IssueError::ClaimReserved(_))), "{name}: {refused:?}");
    }
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(issue(&tokens, &request("a", deep(4)), None).is_ok());
    let wide: Map<_, _> = (0..17).map(|n| (n.to_string(), json!(n))).collect();
    for bad in [deep(5), json!("x".repeat(4_096)), json!(wide)] {
        let refused = issue(&tokens, &request("a", bad), None).err();
        assert_eq!(refused, Some(IssueError::ClaimsTooLarge));
    }
    let request = TokenRequest { claims: wide, ..TokenRequest::default() };
    assert_eq!(issue(&tokens, &request, None).err(), Some(IssueError::ClaimsTooLarge));
    for subject in [String::new(), "a\nb".into(), "x".repeat(257)] {
        let request = TokenRequest { subject: Some(subject), ..TokenRequest::default() };
        assert_eq!(issue(&tokens, &request, None).err(), Some(IssueError::Subject));
    }
}

#[test]
fn keys_and_what_was_taken_back_outlive_the_process() {
    let site = Site::new("restart");
    let (first, second) = {
        let tokens = site.open();
        tend(&tokens, NOW);
        let issued = [(); 2].map(|()| issue(&tokens, &TokenRequest::default(), None).unwrap().text);
        let revoked = tokens.revoke(&Revoke::Text(issued[0].expose()), NOW).unwrap().unwrap();
        assert_eq!(revoked.client.as_deref(), Some("post-7"));
        let stamp = revoked.stamp.unwrap();
        assert_eq!((&*stamp.name, stamp.generation), ("jwt-revoked", 1));
        assert!(site.folder().listing().unwrap().contains(&stamp));
        let [first, second] = issued;
        (first, second)
    };
    let tokens = site.open();
    assert_eq!(tend(&tokens, NOW), []);
    let holds = |text: &Secret<String>| {
        let token = tokens.verify(text.expose(), NOW).unwrap();
        tokens.still_holds(&token, None, NOW)
    };
    assert_eq!((holds(&first), holds(&second)), (Err(TokenError::Revoked), Ok(())));
}

#[test]
fn a_sealed_file_that_is_not_ours_starts_nothing() {
    for name in ["jwt-keys", "jwt-revoked"] {
        let site = Site::new(name);
        let folder = site.folder();
        folder.write(&site.lock, name, &Secret::new(b"{}".to_vec())).unwrap();
        let store = TokenStore::new(folder, Arc::clone(&site.lock));
        let error = Tokens::open(settings(), store).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn keys_go_from_prepared_to_gone_by_themselves_and_no_token_is_refused_on_the_way() {
    let site = Site::new("rotation");
    let tokens = site.open();
    let begun = tend(&tokens, NOW);
    let [(KeyEvent::Prepared, first), (KeyEvent::Activated, _), (KeyEvent::Prepared, second)] =
        &begun[..]
    else {
        panic!("{begun:?}")
    };
    assert_eq!(tend(&tokens, NOW.plus(30 * DAY - 1)), []);
    let rotated = NOW.plus(30 * DAY);
    let last =
        issue_by(&tokens, &TokenRequest::default(), None, Method::Mtls, rotated.plus(-1)).unwrap();
    assert_eq!(&last.key_id, first);
    let done = tend(&tokens, rotated);
    let [(KeyEvent::Activated, active), (KeyEvent::Retired, retired), (KeyEvent::Prepared, third)] =
        &done[..]
    else {
        panic!("{done:?}")
    };
    assert_eq!((active, retired), (second, first));
    assert_eq!(
        &issue_by(&tokens, &TokenRequest::default(), None, Method::Mtls, rotated).unwrap().key_id,
        second
    );
    // What the old key signed last is good to its end, and the key stays until nobody can have such a token.
    assert!(tokens.verify(last.text.expose(), last.expiry).is_ok());
    let keep = 3_600 + 30 + JWKS_MAX_AGE;
    assert_eq!(tend(&tokens, rotated.plus(keep)), []);
    assert_eq!(tend(&tokens, rotated.plus(keep + 1)), [(KeyEvent::Dropped, first.clone())]);
    let kids = |tokens: &Tokens| tokens.keys().into_iter().map(|key| key.id).collect::<Vec<_>>();
    assert_eq!(kids(&tokens), [second.clone(), third.clone()]);
    assert_eq!(kids(&site.open()), kids(&tokens));
    assert_eq!(tokens.verify(last.text.expose(), NOW).unwrap_err(), TokenError::KeyUnknown);
}

#[test]
fn rotation_on_command_waits_for_a_key_that_others_can_have() {
    let tokens = Tokens::new(settings()).unwrap();
    tend(&tokens, NOW);
    let early = tokens.rotate(NOW.plus(JWKS_MAX_AGE - 1)).unwrap_err();
    assert!(matches!(early, KeysError::Rotate(RotateError::TooSoon(_))), "{early}");
    assert_eq!(tokens.rotate(NOW.plus(JWKS_MAX_AGE)).unwrap().events.len(), 2);
}

#[test]
fn keys_of_an_algorithm_that_is_no_longer_allowed_are_gone() {
    let site = Site::new("algorithms");
    tend(&site.open(), NOW);
    let store = TokenStore::new(site.folder(), Arc::clone(&site.lock));
    let settings = TokenSettings {
        algorithm: Algorithm::Es256,
        algorithms: vec![Algorithm::Es256],
        ..TokenSettings::default()
    };
    let tokens = Tokens::open(settings, store).unwrap();
    tend(&tokens, NOW);
    assert!(tokens.keys().iter().all(|key| key.algorithm == Algorithm::Es256));
}

#[test]
fn a_failed_write_leaves_the_keys_as_they_were() {
    let site = Site::new("write");
    let tokens = site.open();
    tend(&tokens, NOW);
    let before = tokens.keys();
    std::fs::write(site.path.join("sealed/jwt-keys"), "tampered").unwrap();
    let failed = tokens.rotate(NOW.plus(JWKS_MAX_AGE)).unwrap_err();
    assert!(matches!(failed, KeysError::Store(_)), "{failed}");
    assert_eq!(tokens.keys(), before);
    // What is taken back is refused although it cannot be kept, and whoever asked is told.
    let issued = issue(&tokens, &TokenRequest::default(), None).unwrap();
    std::fs::write(site.path.join("sealed/jwt-revoked"), "tampered").unwrap();
    let token = tokens.verify(issued.text.expose(), NOW).unwrap();
    assert!(tokens.revoke(&Revoke::Text(issued.text.expose()), NOW).is_err());
    assert_eq!(tokens.still_holds(&token, None, NOW), Err(TokenError::Revoked));
}

#[test]
fn subjects_clients_and_single_tokens_are_taken_back_by_name() {
    let tokens = Tokens::new(settings()).unwrap();
    tend(&tokens, NOW);
    let fresh = |subject: &str, at: UnixTime| {
        let request = TokenRequest { subject: Some(subject.into()), ..TokenRequest::default() };
        let issued = issue_by(&tokens, &request, None, Method::Mtls, at).unwrap();
        tokens.verify(issued.text.expose(), at).unwrap()
    };
    let holds = |token: &VerifiedToken| tokens.still_holds(token, None, NOW.plus(1));
    let (one, other, third) = (fresh("a", NOW), fresh("b", NOW), fresh("c", NOW));
    let revoke = |what| tokens.revoke(&what, NOW).unwrap().unwrap();
    let _ = revoke(Revoke::Id { issuer: None, token_id: one.token_id() });
    let _ = revoke(Revoke::Subject { issuer: None, subject: "b" });
    assert_eq!(holds(&one), Err(TokenError::Revoked));
    assert_eq!((holds(&other), holds(&third)), (Err(TokenError::RevokedBefore), Ok(())));
    let _ = revoke(Revoke::Client { issuer: None, client: "post-7" });
    assert_eq!(holds(&third), Err(TokenError::RevokedBefore));
    assert_eq!(holds(&fresh("b", NOW.plus(1))), Ok(()));
    // A token that would be refused at once is not given out.
    let refused = issue(&tokens, &TokenRequest::default(), None).err();
    assert_eq!(refused, Some(IssueError::Faulty(TokenError::RevokedBefore)));
    let unknown = tokens.revoke(&Revoke::Subject { issuer: Some("nobody"), subject: "a" }, NOW);
    assert!(matches!(unknown, Err(RevokeError::IssuerUnknown)));
    let empty = tokens.revoke(&Revoke::Subject { issuer: None, subject: "" }, NOW);
    assert!(matches!(empty, Err(RevokeError::Name)));
    for nothing in ["", "a.b.c", "e30.e30.AAAA"] {
        assert_eq!(tokens.revoke(&Revoke::Text(nothing), NOW).unwrap(), None);
    }
}
