//! What the start finds of sealed files and of trust, against what the trail says of them.
//!
//! Threat: who can write to the disk puts back yesterday's files, in which an anchor is still trusted. The files open,
//! since they are ours; the trail knows newer ones. Nothing then starts, however often it is tried, until an operator
//! names what was found in the configuration, which whoever writes the state folder cannot.

use std::fmt::Write;
use std::sync::Arc;

use crate::audit::stamps::Listing;
use crate::state::{FolderLock, PutBack, SealedFolder, Stamp, TrustSeal, TrustStore};
use crate::trust::fingerprint::Fingerprint;

use super::StartError;

/// What a start finds.
#[derive(Debug)]
pub(super) struct Found {
    /// What no run of this service did.
    pub(super) tampered: Vec<String>,
    /// What a process leaves that is killed between a file and its record, and what an operator accepted.
    pub(super) noted: Vec<String>,
    /// The snapshot that was sealed, where another one is in force that came of it.
    pub(super) changed_from: Option<Fingerprint>,
    /// The snapshot in force.
    pub(super) snapshot: Fingerprint,
    /// The files that there are.
    pub(super) stamps: Vec<Stamp>,
    /// The name of all this.
    pub(super) name: Fingerprint,
}

/// For the records that list all files.
pub(super) fn listing(folder: &Arc<SealedFolder>) -> Listing {
    let folder = Arc::clone(folder);
    Arc::new(move || folder.stamps())
}

/// Where to look, and what is known.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub(super) folder: &'a SealedFolder,
    pub(super) seal: &'a TrustSeal,
    pub(super) lock: &'a FolderLock,
    pub(super) store: &'a TrustStore,
    /// What was recorded last of each sealed file.
    pub(super) recorded: &'a [Stamp],
    /// What an operator accepts, by its name.
    pub(super) accepted: Option<Fingerprint>,
}

impl Look<'_> {
    /// Looks, and seals `snapshot`, which is in force, where that is not the one that was sealed.
    pub(super) fn at(&self, snapshot: Fingerprint) -> Result<Found, StartError> {
        let mut tampered = Vec::new();
        let mut noted = Vec::new();
        for one in self.folder.compare(self.recorded)? {
            let list = match one {
                PutBack::Unrecorded { .. } => &mut noted,
                PutBack::Changed { .. } | PutBack::Missing { .. } | PutBack::Older { .. } => {
                    &mut tampered
                }
            };
            list.push(format!("sealed/{one}"));
        }
        let sealed = self.seal.read()?;
        if let Some(sealed) = sealed
            && sealed != snapshot
            && !self.store.history()?.contains(&sealed)
        {
            // A command of the operator leaves the snapshot before it in the history.
            tampered.push(format!(
                "trust: sha256:{snapshot} is in force and did not come of sha256:{sealed}, which was sealed last; put \
                 the newer one back from a backup"
            ));
        }
        let mut stamps = self.folder.stamps();
        let name = name(&stamps, self.recorded, snapshot);
        if self.accepted == Some(name) {
            noted.append(&mut tampered);
        }
        let mut changed_from = None;
        if sealed != Some(snapshot) && tampered.is_empty() {
            self.seal.write(self.lock, snapshot)?;
            changed_from = sealed;
            stamps = self.folder.stamps();
        }
        Ok(Found { tampered, noted, changed_from, snapshot, stamps, name })
    }
}

/// A name for what there is in place of what was recorded, that nothing else has: it accepts this once.
fn name(stamps: &[Stamp], recorded: &[Stamp], snapshot: Fingerprint) -> Fingerprint {
    let mut text = format!("snapshot {snapshot}\n");
    let found = stamps.iter().map(|stamp| ("found", stamp));
    for (what, stamp) in found.chain(recorded.iter().map(|stamp| ("recorded", stamp))) {
        let Stamp { name, generation, sha256 } = stamp;
        // A string takes whatever is written.
        let _ = writeln!(text, "{what} {name} {generation} {sha256}");
    }
    Fingerprint::of(text.as_bytes())
}
