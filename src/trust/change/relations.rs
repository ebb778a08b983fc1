//! What hangs on anchors: the links between their keys, and the revocation lists that they sign.

use std::collections::BTreeSet;

use crate::clock::UnixTime;

use super::super::anchors::{Anchor, Anchors};
use super::super::certificate::Certificate;
use super::super::crl::Crl;
use super::super::fingerprint::Fingerprint;
use super::super::kind::CertificateType;
use super::super::snapshot::{Content, Object};

/// Drops the certificates that nothing names any more.
pub(super) fn drop_unreferenced(content: &mut Content) {
    let mut named: BTreeSet<Fingerprint> = content.operator_anchors.keys().copied().collect();
    named.extend(content.distrusted.keys());
    for source in content.sources.values() {
        named.extend(&source.entries);
        named.extend(source.signer.iter().flat_map(|signer| [signer.csca, signer.certificate]));
    }
    content.certificates.retain(|fingerprint, _| named.contains(fingerprint));
}

/// The pairs of anchors that a verified link joins: the old key's holder, and the new key's.
///
/// The link itself may be no anchor: then it still shows that two anchors are one CSCA.
pub(super) fn links(content: &Content, anchors: &Anchors) -> Vec<(Fingerprint, Fingerprint)> {
    let mut links = Vec::new();
    for object in
        content.certificates.values().filter(|object| object.about == CertificateType::Link)
    {
        let Ok(link) = Certificate::parse(object.bytes()) else { continue };
        // Whoever issues a link writes any public key and name into it: it joins one State's keys only.
        if !link.issuer().is_of_country_of(link.subject()) {
            continue;
        }
        // The cheap half first: a bundle may be full of what only looks like links.
        let new = link.key().ok().and_then(|key| {
            anchors.all().iter().find(|anchor| {
                anchor.distrusted.is_none()
                    && anchor.certificate.subject() == link.subject()
                    && anchor.certificate.key() == Ok(key)
            })
        });
        let Some(new) = new else { continue };
        let key_id = link.extensions().authority_key_id.as_deref();
        let old = anchors.candidates(link.issuer().normal(), key_id).into_iter().find_map(|key| {
            let holder = anchors.holders(key).find(|anchor| {
                anchor.distrusted.is_none() && anchor.certificate.subject() == link.issuer()
            })?;
            link.is_signed_by(anchors.key(key)?).then_some(holder)
        });
        if let Some(old) = old {
            links.push((old.certificate.fingerprint(), new.certificate.fingerprint()));
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// Drops the revocation lists whose signer is no anchor any more, unless another anchor holds its key.
pub(super) fn keep_verified_crls(content: &mut Content, anchors: &Anchors) {
    content.crls.retain(|_, object| {
        if anchors.get(&object.about).is_some() {
            return true;
        }
        let signer = Crl::parse(object.bytes()).ok().and_then(|crl| signer_of(&crl, anchors));
        match signer {
            Some(anchor) => {
                object.about = anchor.certificate.fingerprint();
                true
            }
            None => false,
        }
    });
}

/// Takes in a revocation list if an anchor's key verifies it and no newer one of that key is held; a note where
/// there is something to say.
pub(super) fn take_crl(
    content: &mut Content,
    anchors: &Anchors,
    crl: &Crl,
    now: UnixTime,
) -> Result<Option<String>, String> {
    let signer = signer_of(crl, anchors).ok_or_else(|| {
        format!("no anchor that may sign CRLs is held for {} and verifies it", crl.issuer().text())
    })?;
    let same_key: Vec<Fingerprint> =
        anchors.with_key_of(signer).map(|anchor| anchor.certificate.fingerprint()).collect();
    let mut replaced = Vec::new();
    for (fingerprint, object) in &content.crls {
        if *fingerprint == crl.fingerprint() {
            return Ok(Some(format!("the CRL of {} was held already", crl.issuer().text())));
        }
        if !same_key.contains(&object.about) {
            continue;
        }
        let Ok(held) = Crl::parse(object.bytes()) else { continue };
        // A list of a part stands beside the whole one: it must not unrevoke what that revoked.
        if held.issuer() == crl.issuer() && held.has_scope_of(crl) {
            if held.is_newer_than(crl) {
                return Err(format!("a newer CRL is held, of {}", held.this_update()));
            }
            replaced.push(*fingerprint);
        }
    }
    for old in replaced {
        content.crls.remove(&old);
    }
    let signer = signer.certificate.fingerprint();
    content.crls.insert(crl.fingerprint(), Object::new(signer, crl.der().clone()));
    let stale = crl.next_update().is_none_or(|next| next < now);
    Ok(stale.then(|| {
        let due = crl.next_update().map_or_else(|| "not said".to_owned(), |next| next.to_string());
        format!("the CRL of {} is stale: its next update was due {due}", crl.issuer().text())
    }))
}

/// The anchor of the CRL's issuer whose key verifies it, if its key usage lets it sign CRLs.
fn signer_of<'a>(crl: &Crl, anchors: &'a Anchors) -> Option<&'a Anchor> {
    let may_sign = |anchor: &&Anchor| {
        let certificate = &anchor.certificate;
        certificate.subject() == crl.issuer()
            && certificate
                .extensions()
                .key_usage
                .is_none_or(super::super::extensions::KeyUsage::crl_sign)
            && anchor.distrusted.is_none()
    };
    anchors.candidates(crl.issuer().normal(), crl.authority_key_id()).into_iter().find_map(|key| {
        let anchor = anchors.holders(key).find(may_sign)?;
        crl.is_signed_by(anchors.key(key)?).then_some(anchor)
    })
}
