//! What an import did, source by source.

use serde::{Deserialize, Serialize};

use super::super::crl::Crl;
use super::super::fingerprint::Fingerprint;
use super::super::kind::CertificateType;
use super::super::snapshot::{ListSigner, Snapshot};

/// What was done with one source.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SourceReport {
    /// The source's name.
    pub source: String,
    /// SHA-256 over its list or file.
    pub sha256: Option<Fingerprint>,
    /// Whether the source held this very list already.
    pub unchanged: bool,
    /// Of a master list, when it was signed.
    pub signed_at: Option<String>,
    /// Of a master list, the country signing CA above its signer.
    pub signer_csca: Option<Fingerprint>,
    /// Country signing CAs accepted as anchors.
    pub cscas: usize,
    /// Link certificates accepted as anchors.
    pub links: usize,
    /// How many of these have warnings.
    pub with_warnings: usize,
    /// Certificates held that are no anchors.
    pub candidates: usize,
    /// Revocation lists accepted.
    pub crls: usize,
    /// What could not be used, and why.
    pub refused: Vec<Refusal>,
    /// What an operator should know.
    pub notes: Vec<String>,
}

/// An entry that could not be used.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Refusal {
    /// SHA-256 over the entry.
    pub sha256: Fingerprint,
    /// What it is, or says it is.
    pub what: String,
    /// Why it was refused.
    pub reason: String,
}

impl SourceReport {
    pub(super) fn new(name: &str, sha256: Fingerprint) -> Self {
        Self { source: name.to_owned(), sha256: Some(sha256), ..Self::default() }
    }

    pub(super) fn unchanged(name: &str, sha256: Fingerprint) -> Self {
        Self { unchanged: true, ..Self::new(name, sha256) }
    }

    pub(super) fn list_signed_by(&mut self, signer: &ListSigner) {
        self.signed_at = Some(signer.signed_at.clone());
        self.signer_csca = Some(signer.csca);
    }

    pub(super) fn accept(&mut self, kind: CertificateType, warnings: usize) {
        let count = if kind == CertificateType::Csca { &mut self.cscas } else { &mut self.links };
        *count = count.saturating_add(1);
        if warnings > 0 {
            self.with_warnings = self.with_warnings.saturating_add(1);
        }
    }

    pub(super) fn candidate(&mut self) {
        self.candidates = self.candidates.saturating_add(1);
    }

    pub(super) fn refuse(&mut self, sha256: Fingerprint, what: &str, reason: String) {
        self.refused.push(Refusal { sha256, what: what.to_owned(), reason });
    }

    pub(super) fn crl(&mut self, crl: &Crl, outcome: Result<Option<String>, String>) {
        match outcome {
            Ok(note) => {
                self.crls = self.crls.saturating_add(1);
                self.notes.extend(note);
            }
            Err(reason) => {
                self.refuse(crl.fingerprint(), &format!("CRL of {}", crl.issuer().text()), reason);
            }
        }
    }
}

/// What an operator should know who distrusts `certificate`, given what is held.
#[must_use]
pub fn notes_on_distrust(base: &Snapshot, certificate: &Fingerprint) -> Vec<String> {
    let content = base.content();
    let mut notes = Vec::new();
    if !content.certificates.contains_key(certificate) {
        notes.push(format!(
            "{certificate}: no certificate with this fingerprint is held, so it is known by its very bytes alone, and its \
             key is not; import it first to have it known however it is written"
        ));
    }
    let signed = content.sources.iter().filter(|(_, source)| {
        source.signer.as_ref().is_some_and(|by| [by.csca, by.certificate].contains(certificate))
    });
    for (name, _) in signed {
        notes.push(format!(
            "source {name} was signed by it: the anchors that it brought stay until its list is replaced, and its next \
             list is refused"
        ));
    }
    notes
}
