//! The gate, put together: who sends the requests that proxies ask about is found by the guard, under the policy in
//! force, and counted as anybody else is.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Gate, Originals, Services};
use crate::authn::AuthnError;
use crate::clock::{Clock, UnixTime};
use crate::gate::{DecisionSigner, GateSettings};
use crate::guard::{Credential, Evidence, Guard, Known, Now};
use crate::limit::Decision;
use crate::server::AccessInForce;
use crate::state::{FolderLock, SealedFolder, Stamp};

use super::StartError;

/// Finds and counts those who send original requests.
#[derive(Debug)]
pub(super) struct Senders {
    guard: Arc<Guard>,
    access: Arc<AccessInForce>,
    clock: Arc<dyn Clock>,
}

impl Senders {
    /// Those whom `guard` knows, under the policy in force.
    pub(super) fn new(
        guard: &Arc<Guard>,
        access: &Arc<AccessInForce>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let (guard, access, clock) = (Arc::clone(guard), Arc::clone(access), Arc::clone(clock));
        Self { guard, access, clock }
    }
}

/// Puts the gate into `services` where it has settings. The stamp of its key, where that was made now.
pub(super) fn open(
    settings: Option<GateSettings>,
    senders: Senders,
    (folder, lock): (&SealedFolder, &FolderLock),
    services: &mut Services,
) -> Result<Option<Stamp>, StartError> {
    let Some(settings) = settings else { return Ok(None) };
    let opened = DecisionSigner::open(folder, lock, &*services.entropy);
    let (signer, stamp) = opened.map_err(StartError::Gate)?;
    services.gate = Some(Arc::new(Gate::new(settings, signer, Box::new(senders))));
    Ok(stamp)
}

impl Originals for Senders {
    fn authenticate(
        &self,
        address: IpAddr,
        credential: Credential<'_>,
        now: UnixTime,
    ) -> Result<Arc<Known>, AuthnError> {
        let (generation, access) = self.access.get();
        let now = Now { wall: now, uptime: self.clock.uptime() };
        let evidence = Evidence { address, certificate: None, credential };
        let known = self.guard.credential(&access.policy, generation, &evidence, now);
        match known.and_then(|known| known.ok_or(AuthnError::NoCredential)) {
            Ok(known) => {
                self.guard.succeeded(address, now.uptime);
                Ok(known)
            }
            Err(error) => {
                let began = self.guard.failed(address, error, now.uptime);
                if began.is_some() {
                    log::warn!(target: "gate", "an address is shut out for a while: {error}");
                }
                Err(error)
            }
        }
    }

    fn limit(&self, address: IpAddr, known: Option<&Known>, _: UnixTime) -> Result<(), Duration> {
        let now = self.clock.uptime();
        let decision: Decision = match known {
            Some(known) => self.guard.admit(known, 1, now),
            None => self.guard.limits().address(address, 1, now),
        };
        decision.enforced().map_or(Ok(()), |rejected| Err(rejected.retry_after))
    }
}
