//! States with their certificates and lists, and short ways to import and to ask.

use trust_service::clock::DAY;
use trust_service::clock::UnixTime;
use trust_service::demo::certificate::{CertificateSpec, Validity};
use trust_service::demo::crl::{CrlSpec, Revoked};
use trust_service::demo::curve::Curve;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::master_list::SignedListSpec;
use trust_service::demo::state::{Authority, State};
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{ChangeError, Draft, ImportOptions, SourceReport};
use trust_service::trust::check::{Code, Outcome};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::{Question, validate};
use trust_service::trust::verdict::{Answer, Verdict};

/// 2026-11-24T00:00:00Z.
pub(crate) const NOW: i64 = 1_795_478_400;

pub(crate) fn now() -> UnixTime {
    UnixTime::from_seconds(NOW)
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate(Curve::P256).unwrap()
}

/// From `days` before now, for so many years.
pub(crate) fn since(days: i64, years: u32) -> Validity {
    Validity::years(NOW - days * DAY, years)
}

/// One generation of a country signing CA, with its root certificate.
#[derive(Debug)]
pub(crate) struct Csca {
    pub(crate) authority: Authority,
    pub(crate) der: Vec<u8>,
}

/// A certificate that is no CA's, with its key.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) key: KeyPair,
    pub(crate) der: Vec<u8>,
}

impl Csca {
    /// A root of two years' age.
    pub(crate) fn new(country: &str, name: &str) -> Self {
        Self::since(country, name, since(730, 13))
    }

    pub(crate) fn since(country: &str, name: &str, validity: Validity) -> Self {
        Self::with(country, name, validity, |_| {})
    }

    /// A root with something changed.
    pub(crate) fn with(
        country: &str,
        name: &str,
        validity: Validity,
        change: impl FnOnce(&mut CertificateSpec),
    ) -> Self {
        let state = State::new(country, &format!("{country}X"));
        let authority = Authority::new(state, name, key());
        let mut spec = CertificateSpec::csca(&authority, 1, validity).unwrap();
        change(&mut spec);
        let der =
            spec.issue(&authority.key.spki(Params::Explicit).unwrap(), &authority.key).unwrap();
        Self { authority, der }
    }

    pub(crate) fn key(&self) -> &KeyPair {
        &self.authority.key
    }

    pub(crate) fn id(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// A document signer of 30 days' age.
    pub(crate) fn dsc(&self, serial: u64) -> Leaf {
        self.dsc_with(serial, |_| {})
    }

    pub(crate) fn dsc_with(&self, serial: u64, change: impl FnOnce(&mut CertificateSpec)) -> Leaf {
        let key = key();
        let mut spec =
            CertificateSpec::dsc(&self.authority, "Signer", &key, serial, since(30, 10)).unwrap();
        change(&mut spec);
        let der = spec.issue(&key.spki(Params::Explicit).unwrap(), self.key()).unwrap();
        Leaf { key, der }
    }

    /// A document signer with any public key.
    pub(crate) fn dsc_over(&self, spki: &[u8]) -> Vec<u8> {
        let spec =
            CertificateSpec::dsc(&self.authority, "Signer", &key(), 7, since(30, 10)).unwrap();
        spec.issue(spki, self.key()).unwrap()
    }

    /// A master list signer of 30 days' age.
    pub(crate) fn list_signer(&self) -> Leaf {
        self.list_signer_with(900, |_| {})
    }

    pub(crate) fn list_signer_with(
        &self,
        serial: u64,
        change: impl FnOnce(&mut CertificateSpec),
    ) -> Leaf {
        let key = key();
        let mut spec = CertificateSpec::master_list_signer(
            &self.authority,
            "List Signer",
            &key,
            serial,
            since(30, 3),
        )
        .unwrap();
        change(&mut spec);
        let der = spec.issue(&key.spki(Params::Explicit).unwrap(), self.key()).unwrap();
        Leaf { key, der }
    }

    /// The link from this generation to `new`.
    pub(crate) fn link_to(&self, new: &Self) -> Vec<u8> {
        self.link_with(new, |_| {})
    }

    pub(crate) fn link_with(
        &self,
        new: &Self,
        change: impl FnOnce(&mut CertificateSpec),
    ) -> Vec<u8> {
        let mut spec =
            CertificateSpec::link(&self.authority, &new.authority, 2, since(700, 10)).unwrap();
        change(&mut spec);
        spec.issue(&new.key().spki(Params::Explicit).unwrap(), self.key()).unwrap()
    }

    /// A fresh, empty revocation list.
    pub(crate) fn crl(&self, number: u64) -> CrlSpec {
        CrlSpec::new(&self.authority, number, NOW - DAY, NOW + 30 * DAY)
    }

    /// A fresh revocation list that has one serial number.
    pub(crate) fn crl_of(&self, number: u64, serial: u8) -> Vec<u8> {
        let mut spec = self.crl(number);
        spec.revoked = vec![Revoked::new(&[serial], NOW - 2 * DAY)];
        spec.issue(self.key()).unwrap()
    }

    pub(crate) fn empty_crl(&self, number: u64) -> Vec<u8> {
        self.crl(number).issue(self.key()).unwrap()
    }

    /// A list of `entries`, signed a day ago by a fresh signer of this CSCA.
    pub(crate) fn list(&self, entries: &[&[u8]]) -> Vec<u8> {
        self.list_at(entries, NOW - DAY)
    }

    pub(crate) fn list_at(&self, entries: &[&[u8]], signed_at: i64) -> Vec<u8> {
        let signer = self.list_signer();
        self.list_spec(&signer, entries, signed_at).issue(&signer.key).unwrap()
    }

    pub(crate) fn list_spec(
        &self,
        signer: &Leaf,
        entries: &[&[u8]],
        signed_at: i64,
    ) -> SignedListSpec {
        let entries: Vec<Vec<u8>> = entries.iter().map(|entry| entry.to_vec()).collect();
        let beside = vec![signer.der.clone(), self.der.clone()];
        SignedListSpec::master_list(&entries, beside, &signer.key, signed_at)
    }
}

/// What an import comes to.
pub(crate) type Imported = Result<(Snapshot, Vec<SourceReport>), ChangeError>;

/// The snapshot in which an operator vouches for these.
pub(crate) fn anchored(roots: &[&[u8]]) -> Snapshot {
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, now());
    for root in roots {
        draft.anchor(&Certificate::parse(*root).unwrap()).unwrap();
    }
    draft.finish().unwrap().0
}

pub(crate) fn anchor_also(base: &Snapshot, root: &[u8]) -> Result<Snapshot, ChangeError> {
    let mut draft = Draft::new(base, now());
    draft.anchor(&Certificate::parse(root).unwrap())?;
    Ok(draft.finish()?.0)
}

pub(crate) fn distrust(base: &Snapshot, which: Fingerprint) -> Snapshot {
    let mut draft = Draft::new(base, now());
    draft.distrust(which, "a test");
    draft.finish().unwrap().0
}

/// Imports the objects as one file.
pub(crate) fn import(base: &Snapshot, source: &str, objects: &[&[u8]]) -> Imported {
    import_as(base, source, objects, &ImportOptions::default())
}

pub(crate) fn import_as(
    base: &Snapshot,
    source: &str,
    objects: &[&[u8]],
    options: &ImportOptions,
) -> Imported {
    let file = objects.concat();
    let items = bundle::read(&file).expect("the file can be read");
    let mut draft = Draft::new(base, now());
    draft.import(source, Fingerprint::of(&file), &items, options)?;
    let (snapshot, _, reports) = draft.finish()?;
    Ok((snapshot, reports))
}

/// The snapshot after an import of which nothing is refused.
pub(crate) fn imported(base: &Snapshot, source: &str, objects: &[&[u8]]) -> Snapshot {
    let (snapshot, reports) = import(base, source, objects).unwrap();
    for report in &reports {
        assert!(report.refused.is_empty(), "{:?}", report.refused);
    }
    snapshot
}

/// Why the one object of a bundle is refused.
pub(crate) fn refusal(base: &Snapshot, object: &[u8]) -> String {
    let (snapshot, reports) = import(base, "bundle", &[object]).unwrap();
    let refused = &reports[0].refused;
    assert_eq!(refused.len(), 1, "not refused: {reports:?}");
    assert_eq!(snapshot.crls().count(), base.crls().count());
    refused[0].reason.clone()
}

pub(crate) fn ask(der: &[u8], snapshot: &Snapshot) -> Verdict {
    ask_with(der, snapshot, |_| {})
}

pub(crate) fn ask_with(
    der: &[u8],
    snapshot: &Snapshot,
    change: impl FnOnce(&mut Question),
) -> Verdict {
    let mut question = Question::at(now());
    change(&mut question);
    validate(&Certificate::parse(der).expect("a certificate"), snapshot, &question)
}

pub(crate) fn answer(der: &[u8], snapshot: &Snapshot) -> Answer {
    ask(der, snapshot).verdict
}

/// How the check of `code` came out.
pub(crate) fn outcome(verdict: &Verdict, code: Code) -> Outcome {
    verdict.checks.iter().find(|check| check.code == code).unwrap().outcome
}

/// The checks that failed.
pub(crate) fn failed(verdict: &Verdict) -> Vec<Code> {
    let failed = verdict.checks.iter().filter(|check| check.outcome == Outcome::Fail);
    failed.map(|check| check.code).collect()
}
