//! Changing what is trusted: a draft over a snapshot, taken up whole or not at all.
//!
//! Only an operator's word and a verified master list make anchors. Bundles bring candidates, document signers
//! and revocation lists. Nothing here touches the snapshot that is in use: [`Draft::finish`] makes a new one.

use crate::clock::UnixTime;

use super::bundle::{Item, ItemKind};
use super::certificate::Certificate;
use super::check::{Findings, Policy};
use super::crl::Crl;
use super::fingerprint::Fingerprint;
use super::kind::{self, CertificateType};
use super::masterlist::MasterList;
use super::profile;
use super::revocation::{Revocation, RevocationStatus};
use super::snapshot::{Content, Distrust, Object, Snapshot, Source};

mod error;
mod list;
mod relations;
mod report;

pub use error::ChangeError;
pub use list::SignerError;
pub use report::{Refusal, SourceReport, notes_on_distrust};

/// What an import may do.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Country signing CAs that an operator accepts above a list's signer, by fingerprint.
    pub accept_signers: Vec<Fingerprint>,
    /// Whether a list may replace one that was signed later.
    pub allow_older: bool,
}

/// Who says which source a list belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NamedBy {
    /// The file that it came in, which nobody signed: another name there must not bring an older list back.
    Bundle,
    /// An operator, who may hold an older list as a source of its own.
    Operator,
}

/// A snapshot to be.
#[derive(Debug)]
pub struct Draft<'a> {
    base: &'a Snapshot,
    now: UnixTime,
    content: Content,
    reports: Vec<SourceReport>,
    /// CRLs that wait for the anchors to be known, each with its place in `reports`.
    crls: Vec<(usize, Crl)>,
    /// The signers of the lists taken in, each with the CSCA above it.
    signers: Vec<(Fingerprint, Certificate)>,
}

impl<'a> Draft<'a> {
    /// A draft that begins with what `base` holds.
    #[must_use]
    pub fn new(base: &'a Snapshot, now: UnixTime) -> Self {
        let content = base.content().clone();
        Self { base, now, content, reports: Vec::new(), crls: Vec::new(), signers: Vec::new() }
    }

    /// Makes `certificate` an anchor by an operator's word.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Distrusted`], and [`ChangeError::Unfit`] for what could never issue.
    pub fn anchor(&mut self, certificate: &Certificate) -> Result<(), ChangeError> {
        let fingerprint = certificate.fingerprint();
        if let Some(distrust) = self.content.distrusted.get(&fingerprint) {
            return Err(ChangeError::Distrusted {
                certificate: fingerprint,
                reason: distrust.reason.clone(),
            });
        }
        let (kind, _) = fit(certificate)
            .map_err(|reason| ChangeError::Unfit { certificate: fingerprint, reason })?;
        self.content.certificates.insert(fingerprint, Object::new(kind, certificate.der().clone()));
        self.content.operator_anchors.entry(fingerprint).or_insert_with(|| self.now.to_string());
        Ok(())
    }

    /// Distrusts a certificate, and with it every anchor that holds its key, from now on.
    pub fn distrust(&mut self, certificate: Fingerprint, reason: &str) {
        let distrust = Distrust { reason: reason.to_owned(), since: self.now.to_string() };
        self.content.distrusted.insert(certificate, distrust);
    }

    /// Takes in a file as the source `name`: a master list, or a bundle of whatever else.
    ///
    /// What the source held before and does not hold now is dropped. Of a bundle, entries that cannot be used are
    /// left out and reported; a list by itself is taken or refused.
    ///
    /// # Errors
    ///
    /// As [`ChangeError`]. A draft that has failed is to be thrown away.
    pub fn import(
        &mut self,
        name: &str,
        sha256: Fingerprint,
        items: &[Item],
        options: &ImportOptions,
    ) -> Result<(), ChangeError> {
        check_name(name)?;
        let signed = self.content.sources.get(name).is_some_and(|held| held.signer.is_some());
        if signed && items.iter().any(|item| item.kind == ItemKind::Certificate) {
            return Err(ChangeError::SignedSource(name.to_owned()));
        }
        if let [Item { kind: ItemKind::SignedData, bytes, .. }] = items {
            return self.import_list(name, NamedBy::Operator, bytes, options);
        }
        self.import_bundle(name, sha256, items, options);
        Ok(())
    }

    fn import_list(
        &mut self,
        name: &str,
        named_by: NamedBy,
        bytes: &[u8],
        options: &ImportOptions,
    ) -> Result<(), ChangeError> {
        let list = MasterList::parse(bytes).map_err(ChangeError::List)?;
        let held = self.content.sources.get(name).cloned();
        if held.as_ref().is_some_and(|held| held.sha256 == list.fingerprint) {
            self.reports.push(SourceReport::unchanged(name, list.fingerprint));
            return Ok(());
        }
        let signer =
            list::authorise(self, &list, held.as_ref(), options).map_err(ChangeError::Signer)?;
        let signers = self.content.sources.iter().filter_map(|(of, source)| {
            let held = source.signer.as_ref()?;
            let same = of == name || (named_by == NamedBy::Bundle && held.csca == signer.csca);
            same.then_some((of, held))
        });
        if let Some((source, held)) = signers.max_by_key(|(_, held)| &held.signed_at)
            && held.signed_at > signer.signed_at
            && !options.allow_older
        {
            return Err(ChangeError::Older {
                source: source.clone(),
                held: held.signed_at.clone(),
                offered: signer.signed_at,
            });
        }
        let was = held.and_then(|held| held.signer).map(|was| was.csca);
        let mut report = SourceReport::new(name, list.fingerprint);
        report.list_signed_by(&signer);
        if let Some(was) = was.filter(|was| *was != signer.csca) {
            report.notes.push(format!("its pin moves from CSCA {was} to {}", signer.csca));
        }
        let mut entries = Vec::with_capacity(list.entries.len());
        for bytes in &list.entries {
            match Certificate::parse(bytes.clone()) {
                Err(error) => {
                    report.refuse(Fingerprint::of(bytes), "certificate", error.to_string());
                }
                Ok(certificate) => match fit(&certificate) {
                    Err(reason) => report.refuse(
                        certificate.fingerprint(),
                        certificate.subject().text(),
                        reason,
                    ),
                    Ok((kind, warnings)) => {
                        report.accept(kind, warnings);
                        entries.push(certificate.fingerprint());
                        self.hold(&certificate, kind);
                    }
                },
            }
        }
        self.signers.push((signer.csca, list.signer));
        let source = Source {
            sha256: list.fingerprint,
            imported_at: self.now.to_string(),
            signer: Some(signer),
            entries,
        };
        self.content.sources.insert(name.to_owned(), source);
        self.reports.push(report);
        Ok(())
    }

    fn import_bundle(
        &mut self,
        name: &str,
        sha256: Fingerprint,
        items: &[Item],
        options: &ImportOptions,
    ) {
        let mut report = SourceReport::new(name, sha256);
        let place = self.reports.len();
        let mut entries = Vec::new();
        let mut lists = Vec::new();
        for item in items {
            match item.kind {
                ItemKind::SignedData => lists.push(item),
                ItemKind::Crl => match Crl::parse(item.bytes.clone()) {
                    Ok(crl) => self.crls.push((place, crl)),
                    Err(error) => {
                        report.refuse(Fingerprint::of(&item.bytes), "CRL", error.to_string());
                    }
                },
                ItemKind::Certificate => match Certificate::parse(item.bytes.clone()) {
                    Ok(certificate) => {
                        let kind = CertificateType::of(&certificate);
                        report.candidate();
                        entries.push(certificate.fingerprint());
                        self.hold(&certificate, kind);
                    }
                    Err(error) => report.refuse(
                        Fingerprint::of(&item.bytes),
                        "certificate",
                        error.to_string(),
                    ),
                },
            }
        }
        if !entries.is_empty() {
            entries.sort_unstable();
            entries.dedup();
            let source =
                Source { sha256, imported_at: self.now.to_string(), signer: None, entries };
            self.content.sources.insert(name.to_owned(), source);
        }
        self.reports.push(report);
        for (number, item) in (1_usize..).zip(lists) {
            // A second list of one State is not the first one's successor.
            let taken = |suffix: &String| {
                let name = format!("{name}-{suffix}");
                self.reports.iter().any(|report| report.source == name)
            };
            let suffix = item
                .country
                .clone()
                .filter(|country| !taken(country))
                .unwrap_or_else(|| number.to_string());
            let name = format!("{name}-{suffix}");
            // What an operator accepts for one list must not move the pin of another.
            let pinned = self.content.sources.contains_key(&name);
            let options = ImportOptions {
                accept_signers: if pinned { Vec::new() } else { options.accept_signers.clone() },
                allow_older: options.allow_older,
            };
            if let Err(error) = self.import_list(&name, NamedBy::Bundle, &item.bytes, &options)
                && let Some(report) = self.reports.get_mut(place)
            {
                let what = format!("master list {suffix}");
                report.refuse(Fingerprint::of(&item.bytes), &what, error.to_string());
            }
        }
    }

    fn hold(&mut self, certificate: &Certificate, kind: CertificateType) {
        let object = Object::new(kind, certificate.der().clone());
        self.content.certificates.insert(certificate.fingerprint(), object);
    }

    /// The new snapshot, the bytes of its file, and what was done for each source.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Snapshot`], and [`SignerError::Revoked`] where a CRL of this draft revokes a list's signer.
    pub fn finish(mut self) -> Result<(Snapshot, Vec<u8>, Vec<SourceReport>), ChangeError> {
        relations::drop_unreferenced(&mut self.content);
        self.content.links.clear();
        // Links and CRLs hang on anchors: index those first, then everything.
        let crls = std::mem::take(&mut self.content.crls);
        let (anchors_only, _) = Snapshot::of(self.content.clone())?;
        let anchors = anchors_only.anchors();
        self.content.links = relations::links(&self.content, anchors);
        self.content.crls = crls;
        relations::keep_verified_crls(&mut self.content, anchors);
        for (place, crl) in std::mem::take(&mut self.crls) {
            let outcome = relations::take_crl(&mut self.content, anchors, &crl, self.now);
            if let Some(report) = self.reports.get_mut(place) {
                report.crl(&crl, outcome);
            }
        }
        let (snapshot, bytes) = Snapshot::of(self.content)?;
        // A CRL may have come after the list whose signer it revokes.
        for (csca, signer) in &self.signers {
            let Some(anchor) = snapshot.anchors().get(csca) else { continue };
            let revocation = Revocation::of(signer, &snapshot.crls_of(anchor), self.now);
            if revocation.status == RevocationStatus::Revoked {
                return Err(ChangeError::Signer(SignerError::Revoked(
                    revocation.reason.into_owned(),
                )));
            }
        }
        Ok((snapshot, bytes, self.reports))
    }
}

/// The type of a certificate that can be an anchor and the number of its warnings, or why it cannot be one.
fn fit(certificate: &Certificate) -> Result<(CertificateType, usize), String> {
    if !kind::says_authority(certificate) {
        return Err(
            "not a CA's certificate: neither basicConstraints nor keyUsage says so".to_owned()
        );
    }
    let kind = match CertificateType::of(certificate) {
        CertificateType::Csca => CertificateType::Csca,
        CertificateType::MasterListSigner | CertificateType::DeviationListSigner => {
            return Err("a CA's certificate with the purpose of a list signer".to_owned());
        }
        _ => CertificateType::Link,
    };
    let mut findings = Findings::new(Policy::Interoperable);
    profile::check(certificate, kind, &mut findings);
    match findings.first_failed() {
        Some(check) => Err(format!("{}: {}", check.code.name(), check.detail)),
        None => Ok((kind, findings.warnings())),
    }
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    if (1..=64).contains(&name.len()) && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(ChangeError::SourceName(name.to_owned()))
    }
}

/// The certificate of `content` that has `fingerprint`, parsed.
fn held(content: &Content, fingerprint: &Fingerprint) -> Option<Certificate> {
    Certificate::parse(content.certificates.get(fingerprint)?.bytes()).ok()
}
