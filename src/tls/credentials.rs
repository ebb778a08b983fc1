//! The files behind TLS, read whole: the server's chain and key, the CAs above clients, their revocation lists.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use crate::clock::UnixTime;

use super::error::TlsError;
use super::settings::TlsSettings;

/// No file of these is larger; one that is, is another file.
pub(super) const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What the files hold.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// When the server's own certificate ends.
    pub(super) until: UnixTime,
}

impl Credentials {
    pub(super) fn read(settings: &TlsSettings) -> Result<Self, TlsError> {
        let chain = certificates(&settings.certificate)?;
        let until = first_end(&settings.certificate, chain.iter().take(1))?;
        Ok(Self { chain, key: private_key(&settings.key)?, until })
    }
}

/// What is above clients.
#[derive(Debug)]
pub(super) struct Authorities {
    pub(super) roots: RootCertStore,
    pub(super) crls: Vec<CertificateRevocationListDer<'static>>,
    /// When the first of the CAs ends.
    pub(super) until: UnixTime,
    /// When the first of the lists ends.
    pub(super) crls_until: Option<UnixTime>,
    /// Whether a list that is to be fetched is not there.
    pub(super) is_missing: bool,
}

impl Authorities {
    pub(super) fn read(settings: &TlsSettings) -> Result<Self, TlsError> {
        let until = first_end(&settings.client_ca, certificates(&settings.client_ca)?.iter())?;
        let roots = roots(settings)?;
        let mut all = Self { roots, crls: Vec::new(), until, crls_until: None, is_missing: false };
        for path in &settings.client_crls {
            for (crl, end) in revocation_lists(path)? {
                all.add(crl, end);
            }
        }
        for path in settings.fetched_files() {
            match revocation_lists(&path) {
                Ok(found) => found.into_iter().for_each(|(crl, end)| all.add(crl, end)),
                Err(TlsError::Read { cause, path })
                    if cause.kind() == ErrorKind::PermissionDenied =>
                {
                    return Err(TlsError::Read { cause, path });
                }
                // It is fetched again. Until then, nothing is known of those it speaks of.
                Err(error) => {
                    all.is_missing = true;
                    let is_new = matches!(&error, TlsError::Read { cause, .. } if cause.kind() == ErrorKind::NotFound);
                    if !is_new {
                        log::error!(target: "tls", "a revocation list that was kept is lost: {error}");
                    }
                }
            }
        }
        Ok(all)
    }

    fn add(&mut self, crl: CertificateRevocationListDer<'static>, end: UnixTime) {
        self.crls_until = Some(self.crls_until.map_or(end, |first| first.min(end)));
        self.crls.push(crl);
    }
}

/// The CAs above clients.
pub(super) fn roots(settings: &TlsSettings) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(&settings.client_ca)? {
        roots.add(root).map_err(|cause| unusable(&settings.client_ca, &cause))?;
    }
    Ok(roots)
}

/// When the first of `certificates`, which are of the file `path`, ends.
fn first_end<'a>(
    path: &Path,
    certificates: impl Iterator<Item = &'a CertificateDer<'static>>,
) -> Result<UnixTime, TlsError> {
    let mut first = None;
    for certificate in certificates {
        let (_, read) = X509Certificate::from_der(certificate)
            .map_err(|_| unusable(path, &"is no X.509 certificate"))?;
        let end = UnixTime::from_seconds(read.validity().not_after.timestamp());
        first = Some(first.map_or(end, |before: UnixTime| before.min(end)));
    }
    first.ok_or_else(|| unusable(path, &"is no X.509 certificate"))
}

/// The certificates in a PEM file.
///
/// # Errors
///
/// Where it cannot be read, or has none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all.map_err(|cause| unusable(path, &cause))? {
        none if none.is_empty() => {
            Err(TlsError::Empty { path: path.to_owned(), wanted: "certificate in PEM" })
        }
        some => Ok(some),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let file = open(path)?;
    let mode =
        file.metadata().map_err(|cause| unreadable(path, cause))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(TlsError::KeyIsReadable { path: path.to_owned(), mode });
    }
    let bytes = zeroize::Zeroizing::new(all_of(path, file)?);
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| TlsError::Empty { path: path.to_owned(), wanted: "private key in PEM" })
}

/// The lists in a file, each with its end.
fn revocation_lists(
    path: &Path,
) -> Result<Vec<(CertificateRevocationListDer<'static>, UnixTime)>, TlsError> {
    let bytes = read(path)?;
    let all: Result<Vec<_>, _> = if bytes.first() == Some(&0x30) {
        Ok(vec![bytes.into()])
    } else {
        CertificateRevocationListDer::pem_slice_iter(&bytes).collect()
    };
    let all = all.map_err(|cause| unusable(path, &cause))?;
    if all.is_empty() {
        let wanted = "revocation list in PEM or DER";
        return Err(TlsError::Empty { path: path.to_owned(), wanted });
    }
    let ended = all.into_iter().map(|crl| {
        let end = next_update(&crl)
            .ok_or_else(|| unusable(path, &"is no X.509 revocation list with a nextUpdate"))?;
        Ok((crl, end))
    });
    ended.collect()
}

fn next_update(crl: &CertificateRevocationListDer<'_>) -> Option<UnixTime> {
    let (_, crl) = CertificateRevocationList::from_der(crl).ok()?;
    crl.next_update().map(|at| UnixTime::from_seconds(at.timestamp()))
}

fn open(path: &Path) -> Result<File, TlsError> {
    File::open(path).map_err(|cause| unreadable(path, cause))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    all_of(path, open(path)?)
}

fn all_of(path: &Path, file: File) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|cause| unreadable(path, cause))?;
    Ok(bytes)
}

fn unreadable(path: &Path, cause: std::io::Error) -> TlsError {
    TlsError::Read { path: PathBuf::from(path), cause }
}

fn unusable(path: &Path, cause: &impl ToString) -> TlsError {
    TlsError::Unusable { path: PathBuf::from(path), cause: cause.to_string() }
}
