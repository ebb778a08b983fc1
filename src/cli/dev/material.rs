//! What `dev` puts into its folder.

use std::net::IpAddr;
use std::path::Path;

use crate::clock::UnixTime;
use crate::demo::error::IssueError;
use crate::demo::material::Material;
use crate::demo::tls::{Purpose, TlsAuthority};
use crate::encoding;
use crate::entropy::{Entropy, SystemEntropy};
use crate::secret::Secret;
use crate::state::{FolderLock, MasterKey, TrustStore, replace_file};

use super::super::demo::trust;
use super::super::exit::Exit;
use super::super::session::Failure;

/// The client that may do everything that can be done here.
pub(super) const CLIENT: &str = "demo";

/// The client that may only ask what is trusted.
pub(super) const READER: &str = "reader";

/// Number of the client that is revoked.
const REVOKED: u8 = 5;

const MASTER_KEY: &str = "master.key";

/// Makes everything anew, but for the master key, under which the audit trail's own keys are kept.
pub(super) fn write(folder: &Path, now: UnixTime, address: IpAddr) -> Result<MasterKey, Failure> {
    let certificates = folder.join("certificates");
    let state = folder.join("state");
    let lock = FolderLock::take(&state)?;
    // Taken for the moment only: these folders have no other owner than the state beside them.
    drop(FolderLock::take(&certificates)?);
    tls(folder, now, address)?;
    let material = Material::make(now)?;
    for (name, bytes) in [
        ("valid.cer", &material.valid),
        ("revoked.cer", &material.revoked),
        ("unknown.cer", &material.unknown),
        ("forged.cer", &material.forged),
        ("brainpool.cer", &material.brainpool),
        ("csca.cer", &material.csca),
    ] {
        replace_file(&certificates, name, bytes)?;
    }
    let (snapshot, bytes) = trust(&material, now)?;
    TrustStore::new(&state).commit(&lock, snapshot.id(), &bytes)?;
    master_key(folder, &state)
}

fn tls(folder: &Path, now: UnixTime, address: IpAddr) -> Result<(), Failure> {
    let authority = TlsAuthority::make("trust-service dev CA", now)?;
    let text = |name: &str, text: &str| replace_file(folder, name, text.as_bytes());
    text("ca.pem", &authority.certificate())?;
    text("clients.crl", &authority.revocation_list(&[REVOKED])?)?;
    for (file, name, number, purpose) in [
        ("server", "localhost", 2, Purpose::Server(address)),
        ("client", CLIENT, 3, Purpose::Client),
        ("reader", READER, 4, Purpose::Client),
        ("revoked-client", CLIENT, REVOKED, Purpose::Client),
    ] {
        let pair = authority.issue(name, number, purpose)?;
        text(&format!("{file}.pem"), &pair.certificate)?;
        text(&format!("{file}.key"), pair.key.expose())?;
    }
    Ok(())
}

fn master_key(folder: &Path, state: &Path) -> Result<MasterKey, Failure> {
    let path = folder.join(MASTER_KEY);
    if !path.exists() {
        let mut bytes = [0; 32];
        let filled = SystemEntropy::new().fill(&mut bytes);
        filled.map_err(|_| Failure::from(IssueError::NoEntropy))?;
        let text = Secret::new(encoding::hex(&bytes));
        zeroize::Zeroize::zeroize(&mut bytes);
        replace_file(folder, MASTER_KEY, text.expose().as_bytes())?;
    }
    MasterKey::from_file(&path, state)
        .map_err(|error| Failure::new(Exit::Configuration, error.to_string()))
}
