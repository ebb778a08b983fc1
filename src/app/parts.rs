//! The parts of the daemon that a start opens, each from its settings.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use crate::api::Services;
use crate::audit::spool::Torn;
use crate::audit::{Spool, SpoolError};
use crate::authn::api_key::{ApiKeySettings, ApiKeys, KeyStoreError, Peppers, SealedKeys};
use crate::authn::token::{TokenSettings, TokenStore, Tokens};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::guard::Guard;
use crate::identity::Uuid;
use crate::limit::{Connections, LimitSettings, Limits};
use crate::secret::Key;
use crate::server::{self, Inbox, ServerSettings};
use crate::state::{FolderLock, SealedError, SealedFolder};

use super::generations;
use super::journal::Journal;
use super::{Settings, StartError};

/// The version of the pepper: another one when it comes from elsewhere than the master key.
const PEPPER: u32 = 1;

/// The folder of sealed files in the state folder.
const SEALED: &str = "sealed";

/// The end of the trail, and the write that was cut short there, if one was.
pub(super) fn trail(
    settings: &Settings,
    folder: &Path,
    boot: &Uuid,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    sealed: &Arc<SealedFolder>,
) -> Result<(Spool, Option<Torn>), SpoolError> {
    let (clock, entropy) = (Arc::clone(clock), Arc::clone(entropy));
    let listing = generations::listing(sealed);
    Spool::open(&folder.join("spool"), &settings.audit, boot, clock, entropy, listing)
}

/// The sealed files of the state folder.
pub(super) fn sealed(
    state: &Path,
    key: &Key,
    entropy: &Arc<dyn Entropy>,
) -> Result<Arc<SealedFolder>, SealedError> {
    SealedFolder::open(state, SEALED, key, Arc::clone(entropy)).map(Arc::new)
}

/// Puts the API keys in `store` into `services`; nothing where there are to be none.
pub(super) fn api_keys(
    settings: ApiKeySettings,
    pepper: &Key,
    store: SealedKeys,
    services: &mut Services,
    journal: &Journal,
) -> Result<(), KeyStoreError> {
    if settings.enabled {
        let peppers = Peppers::new(PEPPER, pepper);
        let all = Arc::new(ApiKeys::load(settings, peppers, Box::new(store))?);
        let entropy = Arc::clone(&services.entropy);
        services.keep_keys(all, Box::new(journal.clone()), entropy);
    }
    Ok(())
}

/// Tokens, with what is kept of them.
pub(super) fn tokens(
    settings: Option<&TokenSettings>,
    sealed: &Arc<SealedFolder>,
    lock: &Arc<FolderLock>,
) -> Result<Option<Arc<Tokens>>, StartError> {
    let open = |settings: &TokenSettings| {
        let store = TokenStore::new(Arc::clone(sealed), Arc::clone(lock));
        Tokens::open(settings.clone(), store).map(Arc::new)
    };
    settings.map(open).transpose().map_err(StartError::Tokens)
}

/// Authenticates by what `services` have, and counts by `settings`.
pub(super) fn guard(
    settings: &LimitSettings,
    services: &Services,
    entropy: &dyn Entropy,
) -> Result<Guard, StartError> {
    let mut seed = [0; 16];
    entropy.fill(&mut seed).map_err(|_| StartError::NoEntropy)?;
    let limits = Arc::new(Limits::new(settings, seed));
    Ok(Guard::new(services.tokens.clone(), services.api_keys.clone(), limits))
}

/// Caps on what is open at once.
pub(super) fn connections(settings: &ServerSettings) -> Arc<Connections> {
    let ServerSettings { max_connections, max_connections_per_address, .. } = settings;
    Arc::new(Connections::new(*max_connections, *max_connections_per_address))
}

/// One for each worker.
pub(super) fn inboxes(workers: u16) -> Result<Vec<Arc<Inbox>>, StartError> {
    let inboxes: Result<Vec<_>, _> =
        (0..workers.max(1)).map(|_| Inbox::new().map(Arc::new)).collect();
    inboxes.map_err(StartError::Kernel)
}

/// The socket that was passed, or a new one at `address`, and where it listens.
pub(super) fn listening(
    passed: Option<TcpListener>,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let fault = |cause: io::Error| StartError::Listen(address, cause);
    let socket = passed.map_or_else(|| server::bind(address), Ok).map_err(fault)?;
    let address = socket.local_addr().map_err(fault)?;
    Ok((socket, address))
}
