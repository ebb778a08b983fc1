//! What the start finds of sealed files, against what the trail says of them.
//!
//! Threat: who can write to the disk puts back yesterday's file, in which an anchor is still trusted. The file opens,
//! since it is ours; the trail knows a newer one. The start is then refused once, after a record of it: an operator who
//! starts again goes on with what is there, knowing it.

use std::sync::Arc;

use crate::audit::stamps::Listing;
use crate::state::{FolderLock, PutBack, SealedError, SealedFolder, Stamp, TrustSeal};
use crate::trust::fingerprint::Fingerprint;

/// What a start finds.
#[derive(Debug)]
pub(super) struct Found {
    /// Files that are not those of the trail.
    pub(super) put_back: Vec<PutBack>,
    /// The snapshot that was sealed, where another one is in force now.
    pub(super) changed_from: Option<Fingerprint>,
    /// The snapshot in force.
    pub(super) snapshot: Fingerprint,
    /// The files that there are.
    pub(super) stamps: Vec<Stamp>,
}

impl Found {
    /// Whether somebody changed what no run of this service did: a process that was killed between a file and its
    /// record is none of that.
    pub(super) fn was_tampered_with(&self) -> bool {
        self.put_back.iter().any(|one| !matches!(one, PutBack::Unrecorded { .. }))
    }
}

/// For the records that list all files.
pub(super) fn listing(folder: &Arc<SealedFolder>) -> Listing {
    let folder = Arc::clone(folder);
    Arc::new(move || folder.stamps())
}

/// Looks at the files, and seals the snapshot in force where that is not the one that was sealed.
pub(super) fn look(
    folder: &SealedFolder,
    seal: &TrustSeal,
    lock: &FolderLock,
    snapshot: Fingerprint,
    recorded: &[Stamp],
) -> Result<Found, SealedError> {
    let put_back = folder.compare(recorded)?;
    let sealed = seal.read()?;
    let mut found = Found { put_back, changed_from: None, snapshot, stamps: folder.stamps() };
    if sealed != Some(snapshot) && !found.was_tampered_with() {
        seal.write(lock, snapshot)?;
        found.changed_from = sealed;
        found.stamps = folder.stamps();
    }
    Ok(found)
}
