use serde_json::Value;

use trust_service::api::TrustView;
use trust_service::audit::event::EventType;
use trust_service::clock::{DAY, UnixTime};
use trust_service::demo::certificate::{CertificateSpec, Validity};
use trust_service::demo::curve::Curve;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::state::{Authority, State};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::Draft;
use trust_service::trust::fingerprint::Fingerprint;

use super::rig::{NOW, Rig, json, problem, sha256};

#[test]
fn one_anchor_is_shown_with_where_its_trust_comes_from() {
    let rig = Rig::new("anchor");
    let sha256 = sha256(&rig.material.csca);
    let answer = rig.get(&format!("/v1/trust/anchors/{sha256}"));
    let anchor = json(&answer);
    assert_eq!(anchor["sha256"], sha256);
    assert_eq!(anchor["status"], "trusted");
    assert_eq!(anchor["type"], "csca");
    assert_eq!(anchor["country"], "UT");
    assert_eq!(anchor["by_operator"], true);
    assert_eq!(anchor["serial"], "01");
    assert_eq!(answer.record.kind, EventType::DataAccessed);
    assert_eq!(answer.record.resource, format!("sha256:{sha256}"));
    let upper = rig.get(&format!("/v1/trust/anchors/{}", sha256.to_uppercase()));
    assert_eq!(json(&upper), anchor);
    assert_eq!(upper.record.resource, answer.record.resource, "one thing has one name");
}

#[test]
fn what_is_no_anchor_is_not_found_and_what_is_no_name_is_malformed() {
    let rig = Rig::new("noanchor");
    let unknown = rig.get(&format!("/v1/trust/anchors/{}", sha256(&rig.material.valid)));
    assert_eq!(problem(&unknown), (404, "not-found".to_owned(), String::new()));
    for name in ["ab12", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), "..", "-"] {
        let answer = rig.get(&format!("/v1/trust/anchors/{name}"));
        let expected = (400, "malformed-request".to_owned(), "/sha256".to_owned());
        assert_eq!(problem(&answer), expected, "{name}");
    }
    let anchor = format!("/v1/trust/anchors/{}?x=1", sha256(&rig.material.csca));
    assert_eq!(problem(&rig.get(&anchor)).2, "/x");
}

#[test]
fn the_status_is_that_of_the_moment() {
    let mut rig = Rig::new("moment");
    let path = format!("/v1/trust/anchors/{}", sha256(&rig.material.csca));
    let status = |rig: &Rig| json(&rig.get(&path))["status"].as_str().unwrap().to_owned();
    rig.now = UnixTime::from_seconds(NOW + 20 * 365 * DAY);
    assert_eq!(status(&rig), "expired");
    rig.now = UnixTime::from_seconds(NOW);
    assert_eq!(status(&rig), "trusted");
    let csca = Fingerprint::of(&rig.material.csca);
    let trust = rig.services.trust();
    let mut draft = Draft::new(&trust.snapshot, rig.now);
    draft.distrust(csca, "the key is lost");
    rig.services.replace_trust(TrustView::new(draft.finish().unwrap().0));
    let anchor = json(&rig.get(&path));
    assert_eq!(anchor["status"], "distrusted");
    assert_eq!(anchor["distrusted"], "the key is lost");
}

/// A service that holds `count` more anchors of XA and XB by turns.
fn with_many(name: &str, count: usize) -> Rig {
    let rig = Rig::new(name);
    let trust = rig.services.trust();
    let mut draft = Draft::new(&trust.snapshot, rig.now);
    for at in 0..count {
        let state = if at % 2 == 0 { State::new("XA", "XAA") } else { State::new("XB", "XBB") };
        let own =
            Authority::new(state, &format!("CSCA {at}"), KeyPair::generate(Curve::P256).unwrap());
        let spec = CertificateSpec::csca(&own, 1, Validity::years(NOW - DAY, 10)).unwrap();
        let der = spec.issue(&own.key.spki(Params::Explicit).unwrap(), &own.key).unwrap();
        draft.anchor(&Certificate::parse(der).unwrap()).unwrap();
    }
    rig.services.replace_trust(TrustView::new(draft.finish().unwrap().0));
    rig
}

fn pages(rig: &Rig, filter: &str) -> Vec<Vec<Value>> {
    let mut token = String::new();
    let mut pages = Vec::new();
    loop {
        let page = json(&rig.get(&format!("/v1/trust/anchors?{filter}{token}")));
        pages.push(page["anchors"].as_array().unwrap().clone());
        let Some(next) = page["next_page_token"].as_str() else { return pages };
        token = format!("&page_token={next}");
        assert!(pages.len() < 100);
    }
}

#[test]
fn pages_together_have_every_anchor_once() {
    let rig = with_many("pages", 21);
    for (size, expected) in [(1, 23), (7, 4), (22, 2), (23, 1), (1_000, 1)] {
        let pages = pages(&rig, &format!("page_size={size}"));
        assert_eq!(pages.len(), expected, "{size} a page");
        let mut all: Vec<String> =
            pages.concat().iter().map(|anchor| anchor["sha256"].to_string()).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 23);
    }
    assert_eq!(pages(&rig, "country=xa&page_size=4").concat().len(), 11);
    assert_eq!(pages(&rig, "country=XB&status=trusted&page_size=5").concat().len(), 10);
    assert_eq!(pages(&rig, "status=expired"), [Vec::<Value>::new()]);
}

#[test]
fn a_page_is_of_one_snapshot_and_one_filter() {
    let rig = with_many("tokens", 4);
    let page = json(&rig.get("/v1/trust/anchors?page_size=2"));
    let token = page["next_page_token"].as_str().unwrap().to_owned();
    let path = |rest: &str| format!("/v1/trust/anchors?page_token={token}{rest}");
    assert_eq!(rig.get(&path("")).status.code(), 200);
    let filtered = rig.get(&path("&country=XA"));
    assert_eq!(problem(&filtered).2, "/page_token");
    // A place behind the end is an empty page, not an error.
    let (head, _) = token.rsplit_once('-').unwrap();
    let beyond = format!("/v1/trust/anchors?page_token={head}-{}", usize::MAX);
    assert!(json(&rig.get(&beyond))["anchors"].as_array().unwrap().is_empty());
    let trust = rig.services.trust();
    let mut draft = Draft::new(&trust.snapshot, rig.now);
    draft.distrust(Fingerprint::of(b"x"), "made up");
    rig.services.replace_trust(TrustView::new(draft.finish().unwrap().0));
    assert_eq!(problem(&rig.get(&path(""))), (409, "conflict".to_owned(), String::new()));
}

#[test]
fn a_list_that_cannot_be_asked_for_is_refused_by_name() {
    let rig = Rig::new("badpages");
    let long = format!("page_token={}-{}-{}", "0".repeat(32), "0".repeat(8), "9".repeat(40));
    for (query, pointer) in [
        ("page_size=0", "/page_size"),
        ("page_size=1001", "/page_size"),
        ("page_size=-1", "/page_size"),
        ("page_size=+1", "/page_size"),
        ("page_size=", "/page_size"),
        ("status=good", "/status"),
        ("country=DEU", "/country"),
        ("country=%C3%A9", "/country"),
        ("page_token=", "/page_token"),
        ("page_token=1-2-3", "/page_token"),
        (&long, "/page_token"),
        ("page=2", "/page"),
        ("status=trusted&status=expired", "/status"),
    ] {
        let answer = rig.get(&format!("/v1/trust/anchors?{query}"));
        let expected = (400, "malformed-request".to_owned(), pointer.to_owned());
        assert_eq!(problem(&answer), expected, "{query}");
    }
}
