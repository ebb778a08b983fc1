//! A snapshot, and what answers need of it again and again, made once.
//!
//! One anchor is asked for far more often than anything else, so its answer is there before it is asked for: only the
//! status depends on the time, and there are four of them at most.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use crate::clock::UnixTime;
use crate::encoding;
use crate::trust::anchors::{Anchor, AnchorStatus};
use crate::trust::fingerprint::Fingerprint;
use crate::trust::kind::CertificateType;
use crate::trust::snapshot::Snapshot;

/// A snapshot with its anchors as JSON.
#[derive(Debug)]
pub struct TrustView {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// In the order of the snapshot's anchors.
    anchors: Vec<Rendered>,
    places: HashMap<[u8; 32], usize>,
    manifest: OnceLock<Arc<[u8]>>,
    newest_list: Option<UnixTime>,
}

/// One anchor, ready to be sent.
#[derive(Debug)]
struct Rendered {
    country: Option<Box<str>>,
    /// `sha256:` and its fingerprint.
    name: Box<str>,
    /// Its JSON with each status that it can have, in the order of [`STATUSES`].
    json: [Option<Arc<[u8]>>; 4],
}

/// Every status of an anchor.
pub(super) const STATUSES: [AnchorStatus; 4] = [
    AnchorStatus::Trusted,
    AnchorStatus::Superseded,
    AnchorStatus::Expired,
    AnchorStatus::Distrusted,
];

/// One anchor of a view at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnchorView<'a> {
    rendered: &'a Rendered,
    /// Whether it is of use.
    pub(super) status: AnchorStatus,
}

impl<'a> AnchorView<'a> {
    /// Its State, in upper case.
    pub(super) fn country(&self) -> Option<&'a str> {
        self.rendered.country.as_deref()
    }

    /// `sha256:` and its fingerprint.
    pub(super) fn name(&self) -> &'a str {
        &self.rendered.name
    }

    /// Its JSON.
    pub(super) fn json(&self) -> Option<&'a Arc<[u8]>> {
        let place = STATUSES.iter().position(|status| *status == self.status)?;
        self.rendered.json.get(place)?.as_ref()
    }
}

impl TrustView {
    /// A view of `snapshot`.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let anchors: Vec<Rendered> = snapshot.anchors().all().iter().map(rendered).collect();
        let all = snapshot.anchors().all().iter().enumerate();
        let places = all.map(|(at, one)| (*one.certificate.fingerprint().as_bytes(), at)).collect();
        let signers = snapshot.content().sources.values().filter_map(|held| held.signer.as_ref());
        let newest_list = signers.filter_map(|signer| signer.signed_at.parse().ok()).max();
        Self { snapshot, anchors, places, manifest: OnceLock::new(), newest_list }
    }

    /// The anchor whose fingerprint has these hexadecimal digits, in either case.
    pub(super) fn anchor(&self, digits: &str, now: UnixTime) -> Option<AnchorView<'_>> {
        self.at(*self.places.get(&sha256(digits)?)?, now)
    }

    /// The anchor at this place, counted from 0.
    pub(super) fn at(&self, place: usize, now: UnixTime) -> Option<AnchorView<'_>> {
        let rendered = self.anchors.get(place)?;
        let anchors = self.snapshot.anchors();
        Some(AnchorView { rendered, status: anchors.status(anchors.all().get(place)?, now) })
    }

    /// All anchors from this place on.
    pub(super) fn from(
        &self,
        place: usize,
        now: UnixTime,
    ) -> impl Iterator<Item = (usize, AnchorView<'_>)> {
        (place..self.anchors.len()).filter_map(move |at| Some((at, self.at(at, now)?)))
    }

    /// What the snapshot holds, but for the bytes of certificates and lists, as its file has it.
    pub(super) fn manifest(&self) -> &Arc<[u8]> {
        self.manifest.get_or_init(|| {
            // Strings, numbers, lists and maps with names: nothing that JSON could not say.
            serde_json::to_vec(self.snapshot.content()).unwrap_or_default().into()
        })
    }

    /// When the newest of the lists that are held was signed.
    pub(super) fn newest_list(&self) -> Option<UnixTime> {
        self.newest_list
    }
}

/// The 32 bytes of 64 hexadecimal digits.
pub(super) fn sha256(digits: &str) -> Option<[u8; 32]> {
    let pairs = digits.as_bytes().chunks_exact(2);
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let &[high, low] = pair else { return None };
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[derive(Serialize)]
struct Json<'a> {
    sha256: Fingerprint,
    status: AnchorStatus,
    #[serde(rename = "type")]
    kind: CertificateType,
    country: Option<&'a str>,
    subject: &'a str,
    issuer: &'a str,
    serial: String,
    not_before: String,
    not_after: String,
    key: String,
    signature: String,
    by_operator: bool,
    sources: &'a [Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    distrusted: Option<&'a str>,
}

fn rendered(anchor: &Anchor) -> Rendered {
    let certificate = &anchor.certificate;
    let country = certificate.country();
    let json = |status| {
        // Nothing but distrust makes an anchor distrusted, and nothing unmakes it.
        if anchor.distrusted.is_some() != (status == AnchorStatus::Distrusted) {
            return None;
        }
        let text = |parts: Option<String>| parts.unwrap_or_else(|| "unknown".to_owned());
        let json = Json {
            sha256: certificate.fingerprint(),
            status,
            kind: anchor.kind,
            country: country.as_deref(),
            subject: certificate.subject().text(),
            issuer: certificate.issuer().text(),
            serial: encoding::hex(certificate.serial()),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            key: text(certificate.key().ok().map(ToString::to_string)),
            signature: text(certificate.scheme().ok().map(ToString::to_string)),
            by_operator: anchor.by_operator,
            sources: &anchor.sources,
            distrusted: anchor.distrusted.as_deref(),
        };
        serde_json::to_vec(&json).ok().map(Into::into)
    };
    Rendered {
        json: STATUSES.map(json),
        name: format!("sha256:{}", certificate.fingerprint()).into(),
        country: country.as_deref().map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_has_64_digits_of_either_case_and_nothing_else() {
        let digits = "00ff0aA0".repeat(8);
        let bytes: Vec<u8> = [0x00, 0xFF, 0x0A, 0xA0].repeat(8);
        assert_eq!(sha256(&digits).unwrap().as_slice(), bytes);
        for bad in ["", &digits[1..], &format!("{digits}0"), &"g0".repeat(32), &"é".repeat(32)] {
            assert_eq!(sha256(bad), None, "{bad}");
        }
        for between in ['/', ':', '@', 'G', '`', 'g'] {
            assert_eq!(sha256(&between.to_string().repeat(64)), None);
        }
    }
}
