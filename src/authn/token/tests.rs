use serde_json::{Value, json};

use super::fixtures::{NOW, Pair, claims, claims_with, key_set, theirs, tokens, tokens_with};
use super::revoked::{Before, RevokedToken};
use super::*;
use crate::authn::{Factor, Factors, Method, Rights};
use crate::encoding::{base64url, from_base64url};
use crate::permission::{Permission, Permissions};

fn verify(pair: &Pair, claims: &Value) -> Result<VerifiedToken, TokenError> {
    tokens(&[pair]).verify(&pair.sign(claims), NOW)
}

fn ed() -> &'static Pair {
    Pair::of(Algorithm::EdDsa)
}

#[test]
fn a_token_of_each_algorithm_is_verified_and_says_who_its_holder_is() {
    for kind in Algorithm::ALL {
        let token = verify(Pair::of(kind), &claims()).unwrap();
        assert_eq!((token.issuer(), token.token_id()), ("trust-service", "t1"));
        assert_eq!(token.expiry(), NOW.plus(600));
        let scope: Permissions =
            [Permission::CertificateValidate, Permission::TrustQuery].into_iter().collect();
        let principal = token.principal();
        assert_eq!((principal.client().as_str(), &**principal.subject()), ("post-7", "post-7"));
        assert_eq!(
            (principal.method(), principal.rights()),
            (Method::Jwt, Rights::OfRolesWithin(scope))
        );
        assert_eq!(principal.factors(), Factors::only(Factor::Token));
        assert_eq!(principal.roles(), ["reader".parse().unwrap()]);
    }
}

#[test]
fn a_token_without_scope_permits_nothing() {
    let token = verify(ed(), &claims_with("scope", Value::Null)).unwrap();
    assert_eq!(token.scope(), Some(Permissions::default()));
}

#[test]
fn alg_none_is_refused_with_an_empty_signature_and_with_a_good_one() {
    let pair = Pair::of(Algorithm::Rs256);
    let tokens = tokens(&[pair]);
    for alg in ["none", "None", "NONE", "nOnE"] {
        let signed = pair.sign_text(&pair.header(alg), &claims().to_string());
        assert_eq!(tokens.verify(&signed, NOW).unwrap_err(), TokenError::AlgorithmNone);
        let bare = signed.rsplit_once('.').unwrap().0;
        assert_eq!(tokens.verify(&format!("{bare}."), NOW).unwrap_err(), TokenError::NotThreeParts);
    }
}

#[test]
fn hs256_with_the_public_key_for_a_secret_is_refused() {
    let pair = Pair::of(Algorithm::Rs256);
    let key::Public::Rsa(modulus, _) = &pair.public else { panic!("an RSA key") };
    for secret in [modulus.clone(), pair.public.json().into_bytes()] {
        let header = pair.header("HS256");
        let signed = format!(
            "{}.{}",
            base64url(header.as_bytes()),
            base64url(claims().to_string().as_bytes())
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let tag = base64url(ring::hmac::sign(&key, signed.as_bytes()).as_ref());
        let error = tokens(&[pair]).verify(&format!("{signed}.{tag}"), NOW).unwrap_err();
        assert_eq!(error, TokenError::AlgorithmSymmetric);
    }
}

#[test]
fn a_key_of_another_type_for_the_same_kid_does_not_verify() {
    for (ours, theirs) in
        [(Algorithm::Rs256, Algorithm::Es256), (Algorithm::Es256, Algorithm::EdDsa)]
    {
        let (ours, theirs) = (Pair::of(ours), Pair::of(theirs));
        let tokens = tokens(&[ours]);
        // Their signature under our key's name, by their algorithm and by ours.
        let own = theirs.public.algorithm().as_str();
        let header = ours.header(own);
        let text = theirs.sign_text(&header, &claims().to_string());
        assert_eq!(tokens.verify(&text, NOW).unwrap_err(), TokenError::AlgorithmNotOfKey);
        let header = ours.header(ours.public.algorithm().as_str());
        let text = theirs.sign_text(&header, &claims().to_string());
        assert_eq!(tokens.verify(&text, NOW).unwrap_err(), TokenError::SignatureWrong);
    }
}

#[test]
fn another_key_of_the_same_type_does_not_verify() {
    let (ours, theirs) = (Pair::fresh(Algorithm::EdDsa), Pair::fresh(Algorithm::EdDsa));
    let tokens = tokens(&[&ours]);
    assert_eq!(tokens.verify(&theirs.sign(&claims()), NOW).unwrap_err(), TokenError::KeyUnknown);
    let text = theirs.sign_text(&ours.header("EdDSA"), &claims().to_string());
    assert_eq!(tokens.verify(&text, NOW).unwrap_err(), TokenError::SignatureWrong);
}

#[test]
fn one_bit_changed_anywhere_is_refused() {
    let text = ed().sign(&claims());
    let tokens = tokens(&[ed()]);
    assert!(tokens.verify(&text, NOW).is_ok());
    let parts: Vec<Vec<u8>> =
        text.split('.').map(|part| from_base64url(part.as_bytes()).unwrap()).collect();
    for part in 0..3 {
        for bit in 0..parts[part].len() * 8 {
            let mut changed = parts.clone();
            changed[part][bit / 8] ^= 1 << (bit % 8);
            let text: Vec<String> = changed.iter().map(|part| base64url(part)).collect();
            assert!(tokens.verify(&text.join("."), NOW).is_err(), "part {part} bit {bit}");
        }
    }
}

#[test]
fn claims_of_the_wrong_form_are_refused_although_the_signature_holds() {
    for claim in ["exp", "nbf", "iat"] {
        for value in [
            json!("1795479000"),
            json!(1_795_479_000.5),
            json!(-1),
            json!(9_223_372_036_854_775_808_u64),
        ] {
            let error = verify(ed(), &claims_with(claim, value)).unwrap_err();
            assert!(
                matches!(error, TokenError::ClaimWrong(one) if one.as_str() == claim),
                "{claim}: {error}"
            );
        }
    }
    for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti"] {
        let error = verify(ed(), &claims_with(claim, Value::Null)).unwrap_err();
        assert!(
            matches!(error, TokenError::ClaimMissing(one) if one.as_str() == claim),
            "{claim}: {error}"
        );
    }
    let twice = claims().to_string().replacen('{', r#"{"sub":"admin","#, 1);
    let text = ed().sign_text(&ed().header("EdDSA"), &twice);
    assert_eq!(tokens(&[ed()]).verify(&text, NOW).unwrap_err(), TokenError::ClaimDuplicate);
}

#[test]
fn a_token_for_somebody_else_or_of_somebody_else_is_refused() {
    for aud in [json!("other"), json!(["other", "another"]), json!("trust-service-api ")] {
        assert_eq!(verify(ed(), &claims_with("aud", aud)).unwrap_err(), TokenError::AudienceOther);
    }
    assert!(verify(ed(), &claims_with("aud", json!(["other", "trust-service-api"]))).is_ok());
    for iss in ["other", "Trust-Service", "trust-service/"] {
        assert_eq!(
            verify(ed(), &claims_with("iss", json!(iss))).unwrap_err(),
            TokenError::IssuerUnknown
        );
    }
}

#[test]
fn times_are_judged_on_either_side_of_each_bound() {
    let at = |claim: &str, seconds: i64| {
        let mut all = claims_with(claim, json!(NOW.seconds() + seconds));
        if claim == "exp" && seconds <= 0 {
            all["iat"] = json!(NOW.seconds() - 600);
        }
        verify(ed(), &all).map(|_| ())
    };
    assert_eq!((at("exp", -29), at("exp", -30)), (Ok(()), Err(TokenError::Expired)));
    assert_eq!((at("nbf", 30), at("nbf", 31)), (Ok(()), Err(TokenError::NotYet)));
    assert_eq!((at("iat", 30), at("iat", 31)), (Ok(()), Err(TokenError::IssuedInFuture)));
    assert_eq!((at("exp", 3_600), at("exp", 3_601)), (Ok(()), Err(TokenError::LivesTooLong)));
}

#[test]
fn a_clock_that_jumps_ends_a_token_in_either_direction() {
    let tokens = tokens(&[ed()]);
    let token = tokens.verify(&ed().sign(&claims()), NOW).unwrap();
    let year = 365 * 86_400;
    assert_eq!(tokens.still_holds(&token, None, NOW), Ok(()));
    assert_eq!(tokens.still_holds(&token, None, NOW.plus(year)), Err(TokenError::Expired));
    assert_eq!(tokens.still_holds(&token, None, NOW.plus(-year)), Err(TokenError::IssuedInFuture));
    assert_eq!(tokens.still_holds(&token, None, NOW), Ok(()));
}

#[test]
fn a_bound_token_is_good_over_its_own_certificate_alone() {
    let bound = json!({"x5t#S256": base64url(&[9; 32])});
    let tokens = tokens(&[ed()]);
    let token = tokens.verify(&ed().sign(&claims_with("cnf", bound)), NOW).unwrap();
    assert_eq!(tokens.still_holds(&token, Some(&[9; 32]), NOW), Ok(()));
    assert_eq!(tokens.still_holds(&token, Some(&[8; 32]), NOW), Err(TokenError::CertificateOther));
    assert_eq!(tokens.still_holds(&token, None, NOW), Err(TokenError::CertificateMissing));
    let free = tokens.verify(&ed().sign(&claims()), NOW).unwrap();
    assert_eq!(tokens.still_holds(&free, Some(&[8; 32]), NOW), Ok(()));
}

fn revoke(tokens: &Tokens, token: &VerifiedToken) {
    let Marks { token: mark, subject, issuer, .. } = token.marks;
    let until = token.expiry().plus(30).seconds();
    let entry = RevokedToken { until, issued_at: token.issued_at().seconds(), subject, issuer };
    tokens.revoked.write().unwrap().token(mark, entry, NOW.seconds());
}

/// The order of the group of P-256, from which a signature's second number can be taken to get another that holds.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6,
    0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

#[test]
fn a_revoked_token_stays_revoked_when_it_is_signed_in_another_way() {
    let pair = Pair::of(Algorithm::Es256);
    let tokens = tokens(&[pair]);
    let text = pair.sign(&claims());
    let token = tokens.verify(&text, NOW).unwrap();
    revoke(&tokens, &token);
    assert_eq!(tokens.still_holds(&token, None, NOW), Err(TokenError::Revoked));

    let (signed, signature) = text.rsplit_once('.').unwrap();
    let mut bytes = from_base64url(signature.as_bytes()).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let value = i16::from(ORDER[at]) - i16::from(bytes[32 + at]) - borrow;
        borrow = i16::from(value < 0);
        bytes[32 + at] = u8::try_from(value.rem_euclid(256)).unwrap();
    }
    let other = format!("{signed}.{}", base64url(&bytes));
    assert_ne!(token_digest(&other), token_digest(&text));
    let token = tokens.verify(&other, NOW).expect("the other signature verifies too");
    assert_eq!(tokens.still_holds(&token, None, NOW), Err(TokenError::Revoked));
}

#[test]
fn revoking_one_leaves_the_others_and_everything_before_ends_them() {
    let tokens = tokens(&[ed()]);
    let one = tokens.verify(&ed().sign(&claims()), NOW).unwrap();
    let other = tokens.verify(&ed().sign(&claims_with("jti", json!("t2"))), NOW).unwrap();
    revoke(&tokens, &one);
    assert_eq!(tokens.still_holds(&other, None, NOW), Ok(()));
    let before =
        Before { at: NOW.seconds(), until: NOW.seconds() + 3_630, issuer: other.marks.issuer };
    tokens.revoked.write().unwrap().everything(other.marks.client, before, NOW.seconds());
    assert_eq!(tokens.still_holds(&other, None, NOW), Err(TokenError::RevokedBefore));
    let later = json!(NOW.seconds() + 1);
    let later = tokens.verify(&ed().sign(&claims_with("iat", later)), NOW).unwrap();
    assert_eq!(later.token_id(), "t1");
    assert_eq!(tokens.still_holds(&later, None, NOW), Err(TokenError::Revoked));
}

#[test]
fn a_token_ends_with_its_key_although_it_was_verified_before() {
    let (one, other) = (Pair::fresh(Algorithm::EdDsa), Pair::fresh(Algorithm::Es256));
    let tokens = tokens(&[&one, &other]);
    let (first, second) = (one.sign(&claims()), other.sign(&claims()));
    let held = [tokens.verify(&first, NOW).unwrap(), tokens.verify(&second, NOW).unwrap()];
    tokens.own.replace_keys(key_set(&[&other]));
    assert_eq!(tokens.still_holds(&held[0], None, NOW), Err(TokenError::KeyGone));
    assert_eq!(tokens.verify(&first, NOW).unwrap_err(), TokenError::KeyUnknown);
    assert_eq!(tokens.still_holds(&held[1], None, NOW), Ok(()));
}

fn their_claims() -> Value {
    let mut claims = claims_with("iss", json!("https://idp.example"));
    claims["aud"] = json!("borders");
    claims["groups"] = json!(["staff", "admins"]);
    claims["roles"] = json!(["administrator"]);
    claims
}

#[test]
fn another_issuer_gives_the_roles_that_its_values_are_mapped_to_and_no_others() {
    let pair = Pair::fresh(Algorithm::EdDsa);
    let tokens = tokens_with(&[], vec![theirs()]);
    tokens.others[0].replace_keys(key_set(&[&pair]));
    let token = tokens.verify(&pair.sign(&their_claims()), NOW).unwrap();
    let principal = token.principal();
    assert_eq!(principal.roles(), ["reader".parse().unwrap()]);
    assert_eq!(principal.rights(), Rights::OfRoles);
    assert!(!token.is_own());
}

#[test]
fn one_issuers_key_signs_for_no_other() {
    let (ours, pair) = (Pair::fresh(Algorithm::EdDsa), Pair::fresh(Algorithm::EdDsa));
    let tokens = tokens_with(&[&ours], vec![theirs()]);
    tokens.others[0].replace_keys(key_set(&[&pair]));
    assert_eq!(tokens.verify(&pair.sign(&claims()), NOW).unwrap_err(), TokenError::KeyUnknown);
    assert_eq!(
        tokens.verify(&ours.sign(&their_claims()), NOW).unwrap_err(),
        TokenError::KeyUnknown
    );
    let mut claims = their_claims();
    claims["aud"] = json!("trust-service-api");
    assert_eq!(tokens.verify(&pair.sign(&claims), NOW).unwrap_err(), TokenError::AudienceOther);
}

#[test]
fn only_our_own_tokens_name_users_of_this_machine() {
    let pair = Pair::fresh(Algorithm::EdDsa);
    let tokens = tokens_with(&[ed()], vec![theirs()]);
    tokens.others[0].replace_keys(key_set(&[&pair]));
    let token =
        tokens.verify(&ed().sign(&claims_with("client_id", json!("uid:1000"))), NOW).unwrap();
    assert_eq!(token.client().as_str(), "uid:1000");
    let mut claims = their_claims();
    claims["client_id"] = json!("uid:0");
    let wrong = TokenError::ClaimWrong(Claim::Client);
    assert_eq!(tokens.verify(&pair.sign(&claims), NOW).unwrap_err(), wrong);
    for bad in ["uid:", "uid:01", "uid:+1", "uid:-1", "uid:4294967296", "Post-7", "a b"] {
        assert_eq!(
            verify(ed(), &claims_with("client_id", json!(bad))).unwrap_err(),
            wrong,
            "{bad}"
        );
    }
}

#[test]
fn keys_that_are_too_old_end_what_they_verified() {
    let pair = Pair::fresh(Algorithm::EdDsa);
    let tokens = tokens_with(&[], vec![theirs()]);
    tokens.others[0].replace_keys(key_set(&[&pair]));
    tokens.others[0].believe_until(NOW.plus(10));
    let text = pair.sign(&their_claims());
    let token = tokens.verify(&text, NOW).unwrap();
    assert_eq!(tokens.still_holds(&token, None, NOW.plus(10)), Ok(()));
    assert_eq!(tokens.still_holds(&token, None, NOW.plus(11)), Err(TokenError::KeysStale));
    assert_eq!(tokens.verify(&text, NOW.plus(11)).unwrap_err(), TokenError::KeysStale);
}

#[test]
fn roles_that_are_no_roles_are_refused() {
    for bad in
        [json!("Reader"), json!([1]), json!({"a": 1}), json!(["a b"]), json!(vec!["reader"; 65])]
    {
        let error = verify(ed(), &claims_with("roles", bad.clone())).unwrap_err();
        assert_eq!(error, TokenError::ClaimWrong(Claim::Roles), "{bad}");
    }
}
