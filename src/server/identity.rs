//! Who is at the other end of a connection, looked at again whenever that may have changed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::{HandshakeKind, ProtocolVersion, ServerConnection};

use crate::audit::SubjectKey;
use crate::authn::AuthnError;
use crate::authz::Caller;
use crate::clock::UnixTime;
use crate::guard::{Credential, Evidence, Known, Now};
use crate::metrics::labels::{HandshakeResult, TlsVersion};
use crate::tls::VerifiedPeer;
use crate::tls::acceptor::Peer;

use super::refusal;
use super::round::Round;

/// What is known of a connection's client.
#[derive(Debug, Default)]
pub(super) struct Identity {
    peer: Option<VerifiedPeer>,
    certificate: Option<Certificate>,
    /// Who sent the request in hand, where that was shown beside the certificate, or without one.
    current: Option<Arc<Known>>,
    /// The address as records have it; made for the first of them.
    address: Option<Box<str>>,
}

/// What a certificate came to under one state of access.
#[derive(Debug)]
struct Certificate {
    generation: u64,
    until: UnixTime,
    known: Result<Arc<Known>, AuthnError>,
}

impl Identity {
    /// Looks at the certificate at the end of the handshake. Whether the connection may go on.
    pub(super) fn establish(
        &mut self,
        tls: &ServerConnection,
        round: &mut Round,
        address: SocketAddr,
    ) -> bool {
        match tls.handshake_kind() {
            Some(HandshakeKind::Resumed) => round.shared.counters.resumed.one(),
            _ => round.shared.counters.full.one(),
        }
        match round.access.acceptor.peer(tls, round.wall()) {
            Peer::Anonymous => {}
            Peer::Refused(error) => {
                refusal::broken(round, address, &error, true);
                return false;
            }
            Peer::Verified(peer) => {
                self.certificate = Some(Certificate::of(&peer, round));
                self.peer = Some(peer);
            }
        }
        let version = match tls.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::V13,
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::V12,
            _ => TlsVersion::Unknown,
        };
        let handshakes = &round.shared.services.metrics.handshakes;
        handshakes.add(version.index(), HandshakeResult::Success.index());
        true
    }

    /// Who sent the request in hand, under the access in force now.
    ///
    /// Where a certificate is shown it must be of a known client, whatever else is shown.
    pub(super) fn caller(
        &mut self,
        round: &Round,
        address: IpAddr,
        credential: Credential<'_>,
    ) -> Result<&Arc<Known>, AuthnError> {
        self.current = None;
        self.renew(round)?;
        let certificate = match (&self.certificate, &self.peer) {
            (Some(Certificate { known: Ok(known), .. }), Some(peer)) => {
                Some((known.caller().principal(), &peer.names().sha256))
            }
            _ => None,
        };
        let evidence = Evidence { address, certificate, credential };
        let now = Now { wall: round.wall(), uptime: round.now };
        let policy = &round.access.policy;
        let guard = &round.shared.guard;
        self.current = guard.credential(policy, round.access_generation, &evidence, now)?;
        if let Some(known) = &self.current {
            remember_key(known, round);
        }
        self.known().ok_or(AuthnError::NoCredential)
    }

    /// SHA-256 of the client's certificate.
    pub(super) fn certificate(&self) -> Option<[u8; 32]> {
        self.peer.as_ref().map(|peer| peer.names().sha256)
    }

    /// Nothing was shown but the certificate: the next request, or bytes that are none.
    pub(super) fn forget(&mut self) {
        self.current = None;
    }

    /// Who sent the request in hand, as far as it is known.
    pub(super) fn known(&self) -> Option<&Arc<Known>> {
        let by_certificate = || self.certificate.as_ref().and_then(|one| one.known.as_ref().ok());
        self.current.as_ref().or_else(by_certificate)
    }

    /// Looks at the certificate again where that may have changed what it comes to; no certificate is no fault.
    fn renew(&mut self, round: &Round) -> Result<(), AuthnError> {
        let Some(peer) = &mut self.peer else { return Ok(()) };
        let now = round.wall();
        let holds =
            |one: &Certificate| one.generation == round.access_generation && now <= one.until;
        if !self.certificate.as_ref().is_some_and(holds) {
            self.certificate = None;
            *peer =
                round.access.acceptor.renew(peer, now).map_err(|_| AuthnError::NoLongerValid)?;
            self.certificate = Some(Certificate::of(peer, round));
        }
        match &self.certificate {
            Some(Certificate { known: Err(error), .. }) => Err(*error),
            _ => Ok(()),
        }
    }

    /// Whether it is known who sent the request in hand.
    pub(super) fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// What records of this client, at `address`, need: the caller, the key of the subject, what the evidence calls
    /// it, and the certificate.
    pub(super) fn for_record(&mut self, address: SocketAddr) -> ForRecord<'_> {
        let address = self.address.get_or_insert_with(|| address.to_string().into());
        let by_certificate = self.certificate.as_ref().and_then(|one| one.known.as_ref().ok());
        let known = self.current.as_ref().or(by_certificate);
        ForRecord {
            address,
            caller: known.map(|known| known.caller()),
            key: known.and_then(|known| known.key()),
            // Under the key of whoever is calling stands what that is called, not what its certificate is.
            subject: known
                .map(|known| &**known.caller().principal().subject())
                .or_else(|| self.peer.as_ref().map(|peer| peer.names().subject.as_str())),
            serial: self.peer.as_ref().map(|peer| peer.names().serial.as_str()),
        }
    }
}

/// See [`Identity::for_record`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ForRecord<'a> {
    pub(super) address: &'a str,
    pub(super) caller: Option<&'a Caller>,
    pub(super) key: Option<&'a Arc<SubjectKey>>,
    pub(super) subject: Option<&'a str>,
    pub(super) serial: Option<&'a str>,
}

impl Certificate {
    fn of(peer: &VerifiedPeer, round: &Round) -> Self {
        let known = round.shared.guard.certificate(&round.access.policy, peer);
        if let Ok(known) = &known {
            remember_key(known, round);
        }
        Self { generation: round.access_generation, until: peer.until(), known }
    }
}

/// Finds the key of the caller's records, once for as long as the caller is known. A stranger gets none of its own:
/// strangers could make any number of them.
fn remember_key(known: &Known, round: &Round) {
    let shared = &round.shared;
    known.key_or(|subject| shared.subjects.of(subject, round.wall(), &*shared.entropy).ok());
}
