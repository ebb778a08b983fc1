use super::*;
use crate::audit::fixtures::uuid;
use serde_json::Value as Json;

fn written(event: &Event<'_>) -> (usize, Json) {
    let (mut scratch, mut out) = (Vec::new(), Vec::new());
    event.write(Prefixes::default(), &mut scratch, &mut out).unwrap();
    let json = serde_json::from_slice(&[b"{", &out[..], b"}"].concat()).unwrap();
    (out.len(), json)
}

fn event<'a>(resource: &'a str, details: &'a [Pair<'a>]) -> Event<'a> {
    let time = Timestamp::from_micros(1_795_526_645_012_345);
    Event {
        details,
        ..Event::of(uuid(), time, EventType::CertValidated, "certificate:validate", resource)
    }
}

#[test]
fn every_character_of_a_text_survives_and_none_forges_a_member() {
    let hostile: String =
        (0..0x300_u32).filter_map(char::from_u32).chain("\u{2028}\u{10FFFF}".chars()).collect();
    let (_, json) = written(&event(&hostile, &[]));
    assert_eq!(json["resource"], hostile);
    let (_, json) = written(&event("a\",\"outcome\":\"success", &[("x", Value::from("\n{"))]));
    assert_eq!(json["resource"], "a\",\"outcome\":\"success");
    assert_eq!(json["details"]["x"], "\n{");
}

#[test]
fn the_members_are_those_of_the_format() {
    let roles = ["operator".parse().unwrap()];
    let details = [
        ("n", Value::from(7_u64)),
        ("f", Value::from(true)),
        ("l", Value::List(vec![Value::Null, Value::Signed(-1)])),
    ];
    let whole = Event {
        actor: Some(Actor {
            client: "post-7",
            subject: "2026-11:ab",
            method: "mtls",
            roles: &roles,
        }),
        source: Some(Source {
            peer: "192.0.2.77".parse().unwrap(),
            client: Some("2001:db8:1:2::3".parse().unwrap()),
        }),
        correlation_id: Some("c"),
        decision: &[("code", Value::Text("valid".into()))],
        ..event("r", &details)
    };
    let (_, json) = written(&whole);
    assert_eq!(json["time"], "2026-11-24T13:24:05.012345Z");
    assert_eq!(json["type"], "cert.validated");
    assert_eq!(json["actor"]["client"], "post-7");
    assert_eq!(json["actor"]["roles"][0], "operator");
    assert_eq!(json["source"]["peer_net"], "192.0.2.0/24");
    assert_eq!(json["source"]["client_net"], "2001:db8:1::/48");
    assert_eq!(json["decision"]["code"], "valid");
    assert_eq!(json["details"]["l"][1], -1);
}

#[test]
fn an_event_fits_a_record_however_long_its_texts_and_says_what_was_cut() {
    for length in [MAX_BODY - 1_000, MAX_BODY, MAX_BODY + 1, 1_000_000] {
        let long = "é".repeat(length / 2);
        let (size, json) = written(&event(&long, &[("x", Value::from(long.as_str()))]));
        assert!(size <= MAX_BODY, "{length}: {size}");
        assert!(json["resource"].as_str().unwrap().starts_with('é'));
        assert_eq!(json["action"], "certificate:validate");
    }
}
