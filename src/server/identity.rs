//! Who is at the other end of a connection, looked at again whenever that may have changed.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::{HandshakeKind, ProtocolVersion, ServerConnection};

use crate::audit::SubjectKey;
use crate::authn::AuthnError;
use crate::authz::Caller;
use crate::clock::UnixTime;
use crate::metrics::labels::{HandshakeResult, TlsVersion};
use crate::tls::VerifiedPeer;
use crate::tls::acceptor::Peer;

use super::refusal;
use super::round::Round;

/// What is known of a connection's client.
#[derive(Debug, Default)]
pub(super) struct Identity {
    peer: Option<VerifiedPeer>,
    known: Option<Known>,
    /// The address as records have it; made for the first of them.
    address: Option<Box<str>>,
}

/// What a certificate came to under one state of access.
#[derive(Debug)]
struct Known {
    generation: u64,
    until: UnixTime,
    caller: Result<Caller, AuthnError>,
    key: Option<Arc<SubjectKey>>,
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
                self.known = Some(Known::of(&peer, round));
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

    /// Who is calling, under the access in force now.
    pub(super) fn caller(&mut self, round: &Round) -> Result<&Caller, AuthnError> {
        let Some(peer) = &mut self.peer else { return Err(AuthnError::NoCredential) };
        let now = round.wall();
        let holds =
            |known: &Known| known.generation == round.access_generation && now <= known.until;
        if !self.known.as_ref().is_some_and(holds) {
            match round.access.acceptor.renew(peer, now) {
                Ok(again) => *peer = again,
                Err(_) => return Err(AuthnError::NoLongerValid),
            }
            self.known = Some(Known::of(peer, round));
        }
        match &self.known {
            Some(known) => known.caller.as_ref().map_err(|error| *error),
            None => Err(AuthnError::NoCredential),
        }
    }

    /// Whether it was known who is calling.
    pub(super) fn is_known(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.caller.is_ok())
    }

    /// What records of this client, at `address`, need: the caller as last known, the key of the subject, and what the
    /// certificate calls it.
    pub(super) fn for_record(&mut self, address: SocketAddr) -> ForRecord<'_> {
        let address = self.address.get_or_insert_with(|| address.to_string().into());
        let known = self.known.as_ref();
        ForRecord {
            address,
            caller: known.and_then(|known| known.caller.as_ref().ok()),
            key: known.and_then(|known| known.key.as_ref()),
            subject: self.peer.as_ref().map(|peer| peer.names().subject.as_str()),
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

impl Known {
    fn of(peer: &VerifiedPeer, round: &Round) -> Self {
        let principal = round.access.clients.authenticate(peer);
        let caller = principal.map(|principal| Caller::new(principal, &round.access.roles));
        // A stranger gets no key of its own: strangers could make any number of them.
        let key = caller.as_ref().ok().and_then(|caller| {
            let subject = caller.principal().subject();
            round.shared.subjects.of(subject, round.wall(), &*round.shared.entropy).ok()
        });
        Self { generation: round.access_generation, until: peer.until(), caller, key }
    }
}
