use serde_json::json;

use trust_service::api::{SIGNED_HEADING, SnapshotSigner};
use trust_service::encoding;
use trust_service::trust::snapshot::Content;

use super::rig::{Rig, json, problem, sha256};

#[test]
fn the_status_counts_what_is_trusted_and_says_how_fresh_it_is() {
    let rig = Rig::new("status");
    let status = json(&rig.get("/v1/trust/status"));
    let expected = json!({"trusted": 2, "superseded": 0, "expired": 0, "distrusted": 0});
    assert_eq!(status["anchors"], expected);
    assert_eq!(status["countries"], 1);
    assert_eq!(status["snapshot"], &*rig.services.trust().snapshot.label());
    assert_eq!(status["crls"][0]["sha256"], sha256(&rig.material.crl));
    assert_eq!(
        (&status["crls"][0]["entries"], &status["crls"][0]["fresh"]),
        (&json!(1), &json!(true))
    );
}

#[test]
fn the_snapshot_is_named_by_what_is_in_it() {
    let rig = Rig::new("snapshot");
    let answer = json(&rig.get("/v1/trust/snapshot"));
    let trust = rig.services.trust();
    assert_eq!(answer["snapshot"], &*trust.snapshot.label());
    assert!(answer.get("signature").is_none());
    let manifest: Content = serde_json::from_value(answer["manifest"].clone()).unwrap();
    assert_eq!(manifest.operator_anchors, trust.snapshot.content().operator_anchors);
    assert_eq!(manifest.certificates.len(), 2);
}

#[derive(Debug)]
struct Signer(bool);

impl SnapshotSigner for Signer {
    fn key_id(&self) -> &'static str {
        "test"
    }

    fn algorithm(&self) -> &'static str {
        "none"
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.0.then(|| message.to_vec())
    }
}

#[test]
fn a_signature_is_over_the_snapshots_name_and_a_key_out_of_reach_gives_no_unsigned_one() {
    let mut rig = Rig::new("signed");
    rig.services.signer = Some(Box::new(Signer(true)));
    let answer = json(&rig.get("/v1/trust/snapshot"));
    let message = format!("{SIGNED_HEADING}{}\n", rig.services.trust().snapshot.label());
    assert_eq!(answer["signature"]["value"], encoding::base64(message.as_bytes()));
    assert_eq!(answer["signature"]["key_id"], "test");
    rig.services.signer = Some(Box::new(Signer(false)));
    let answer = rig.get("/v1/trust/snapshot");
    assert_eq!(problem(&answer).1, "dependency-unavailable");
}

#[test]
fn no_read_takes_a_parameter_that_it_does_not_know() {
    let rig = Rig::new("reads");
    for path in [
        "/v1/trust/status",
        "/v1/trust/snapshot",
        "/v1/trust/sources",
        "/metrics",
        "/v1/openapi.json",
    ] {
        let answer = rig.get(&format!("{path}?x=1"));
        assert_eq!(
            problem(&answer),
            (400, "malformed-request".to_owned(), "/x".to_owned()),
            "{path}"
        );
        assert_eq!(rig.get(&format!("{path}?")).status.code(), 200, "{path}");
    }
}
