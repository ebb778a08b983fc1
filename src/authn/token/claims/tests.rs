use super::*;

const NAMES: [(&str, &str); 7] = [
    ("iss", r#""us""#),
    ("aud", r#""api""#),
    ("sub", r#""who""#),
    ("client_id", r#""post-7""#),
    ("iat", "100"),
    ("exp", "200"),
    ("jti", r#""t1""#),
];

/// A token's claims with `name` being `value`; without it where that is empty.
fn with(name: &str, value: &str) -> String {
    let mut all: Vec<(&str, &str)> = NAMES.into_iter().filter(|(own, _)| *own != name).collect();
    if !value.is_empty() {
        all.push((name, value));
    }
    let each: Vec<String> = all.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", each.join(","))
}

fn refused(text: &str) -> Option<TokenError> {
    members(text.as_bytes()).and_then(|members| Claims::read(&members).map(|_| ())).err()
}

#[test]
fn what_is_whole_is_read() {
    let text = with("nbf", "150");
    let members = members(text.as_bytes()).unwrap();
    let claims = Claims::read(&members).unwrap();
    assert_eq!((claims.issuer, claims.subject, claims.client), ("us", "who", "post-7"));
    assert_eq!((claims.issued_at, claims.expiry, claims.not_before), (100, 200, Some(150)));
    assert_eq!((claims.audience.as_slice(), claims.token_id), (&["api"][..], "t1"));
    assert_eq!((claims.bound_to, claims.scope), (None, None));
}

#[test]
fn each_claim_that_must_be_there_is_missed() {
    for (name, _) in NAMES {
        let error = refused(&with(name, ""));
        assert!(
            matches!(error, Some(TokenError::ClaimMissing(claim)) if claim.as_str() == name),
            "{name}"
        );
    }
}

#[test]
fn a_time_is_a_whole_number_and_nothing_that_reads_like_one() {
    for name in ["exp", "nbf", "iat"] {
        for value in [
            r#""200""#,
            "200.0",
            "200.5",
            "2e2",
            "-1",
            "-200",
            "9223372036854775808",
            "9007199254740993",
            "18446744073709551616",
            "null",
            "true",
            "[200]",
            "{}",
        ] {
            let error = refused(&with(name, value));
            let right =
                matches!(error, Some(TokenError::ClaimWrong(claim)) if claim.as_str() == name);
            assert!(right, "{name} {value}: {error:?}");
        }
    }
    assert_eq!(refused(&with("exp", "9007199254740992")), None);
}

#[test]
fn a_token_ends_after_it_was_issued() {
    for exp in ["100", "99", "0"] {
        assert_eq!(refused(&with("exp", exp)), Some(TokenError::ClaimWrong(Claim::Expiry)));
    }
}

#[test]
fn an_audience_is_a_text_or_a_list_of_one_to_eight() {
    let list = |names: usize| format!("[{}]", vec![r#""a""#; names].join(","));
    for good in [list(1), list(8), r#""a""#.into()] {
        assert_eq!(refused(&with("aud", &good)), None, "{good}");
    }
    for bad in
        [list(0), list(9), "1".into(), r#"["a",1]"#.into(), r#"{"a":1}"#.into(), "null".into()]
    {
        assert_eq!(
            refused(&with("aud", &bad)),
            Some(TokenError::ClaimWrong(Claim::Audience)),
            "{bad}"
        );
    }
}

#[test]
fn a_text_is_neither_empty_nor_long_and_breaks_no_line() {
    let long = format!("\"{}\"", "x".repeat(257));
    for name in ["iss", "sub", "jti", "client_id"] {
        for value in [
            r#""""#,
            r#""a\nb""#,
            r#""a\u0000""#,
            r#""\u0085""#,
            "1",
            "null",
            r#"["a"]"#,
            long.as_str(),
        ] {
            let error = refused(&with(name, value));
            let right =
                matches!(error, Some(TokenError::ClaimWrong(claim)) if claim.as_str() == name);
            assert!(right, "{name} {value}: {error:?}");
        }
    }
}

#[test]
fn a_confirmation_names_a_certificate_in_base64url_and_nothing_else() {
    let digest = crate::encoding::base64url(&[9; 32]);
    let text = with("cnf", &format!(r#"{{"x5t#S256":"{digest}"}}"#));
    let read = members(text.as_bytes()).unwrap();
    assert_eq!(Claims::read(&read).unwrap().bound_to, Some([9; 32]));
    let hexadecimal = crate::encoding::hex(&[9; 32]);
    for (value, error) in [
        (format!(r#"{{"x5t#S256":"{hexadecimal}"}}"#), TokenError::ClaimWrong(Claim::Confirmation)),
        (format!(r#"{{"x5t#S256":"{digest}="}}"#), TokenError::ClaimWrong(Claim::Confirmation)),
        (format!(r#""{digest}""#), TokenError::ClaimWrong(Claim::Confirmation)),
        ("{}".into(), TokenError::ClaimWrong(Claim::Confirmation)),
        ("null".into(), TokenError::ClaimWrong(Claim::Confirmation)),
        (r#"{"jkt":"x"}"#.into(), TokenError::ConfirmationUnknown),
        (format!(r#"{{"x5t#S256":"{digest}","jkt":"x"}}"#), TokenError::ConfirmationUnknown),
    ] {
        assert_eq!(refused(&with("cnf", &value)), Some(error), "{value}");
    }
}

#[test]
fn a_scope_is_a_text() {
    assert_eq!(refused(&with("scope", r#"["a"]"#)), Some(TokenError::ClaimWrong(Claim::Scope)));
    assert_eq!(refused(&with("scope", r#""a b""#)), None);
}

#[test]
fn doubled_claims_and_deep_claims_are_refused_wherever_they_stand() {
    for (value, error) in [
        (r#"{"a":1,"a":1}"#.to_owned(), TokenError::ClaimDuplicate),
        (format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), TokenError::ClaimsTooDeep),
    ] {
        assert_eq!(refused(&with("extra", &value)), Some(error));
    }
    assert_eq!(refused(r#"{"iss":"a","iss":"a"}"#), Some(TokenError::ClaimDuplicate));
    assert_eq!(refused("[]"), Some(TokenError::ClaimsMalformed));
}
