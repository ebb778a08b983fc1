//! `GET /v1/trust/snapshot`: what is trusted as one value, named by its SHA-256, and signed where there is a key.

use std::fmt;

use serde_json::json;

use crate::authz::Grant;
use crate::encoding;

use super::{Answer, Call, Record, Services, query};

/// Signs snapshots.
pub trait SnapshotSigner: Send + Sync + fmt::Debug {
    /// The name by which verifiers know the key.
    fn key_id(&self) -> &str;
    /// The name of the algorithm, such as `ed25519`.
    fn algorithm(&self) -> &'static str;
    /// The signature over `message`; none where the key is out of reach.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

/// What is signed: this line, then `sha256:` and the snapshot's fingerprint on a line. The fingerprint is over the
/// whole file, so that it stands for every certificate and list in it.
pub const SIGNED_HEADING: &str = "trust-service snapshot v1\n";

/// `GET /v1/trust/snapshot`.
pub(super) fn snapshot(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let trust = services.trust();
    let label = trust.snapshot.label();
    let manifest = trust.manifest();
    let mut json = Vec::with_capacity(manifest.len().saturating_add(512));
    json.extend_from_slice(b"{\"manifest\":");
    json.extend_from_slice(manifest);
    let mut rest = json!({"snapshot": label});
    if let Some(signer) = &services.signer {
        let message = format!("{SIGNED_HEADING}{label}\n");
        let Some(signature) = signer.sign(message.as_bytes()) else {
            return Answer::unavailable(call, "The snapshot cannot be signed at present.");
        };
        if let Some(members) = rest.as_object_mut() {
            let signature = json!({
                "algorithm": signer.algorithm(),
                "key_id": signer.key_id(),
                "value": encoding::base64(&signature),
            });
            members.insert("signature".to_owned(), signature);
        }
    }
    json.push(b',');
    json.extend_from_slice(rest.to_string().as_bytes().get(1..).unwrap_or_default());
    Answer::ok(json.into(), Record::read("trust:query", label.to_string()))
}
