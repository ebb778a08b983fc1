//! One state of TLS: credentials, CAs, revocation lists and ticket keys, made together and replaced together.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection};

use crate::clock::{Clock, UnixTime};

use super::credentials::{Authorities, Credentials};
use super::error::TlsError;
use super::names::Names;
use super::settings::{MinVersion, TlsSettings};
use super::verifier::{Known, Remembering, Revocation};

/// Takes TLS connections. Tickets of one acceptor mean nothing to another, so that no session survives a change of
/// what it rests on.
#[derive(Debug)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    verifier: Arc<Remembering>,
    ends: Ends,
}

/// When what an acceptor rests on comes to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ends {
    /// The server's own certificate.
    pub server: UnixTime,
    /// The first of the CAs above clients.
    pub client_ca: UnixTime,
    /// The first of their revocation lists; none where there is no list.
    pub client_crl: Option<UnixTime>,
}

/// Proof that a client showed a chain that verified, and holds its key. Made by [`Acceptor::peer`] alone.
#[derive(Debug)]
#[must_use]
pub struct VerifiedPeer {
    known: Arc<Known>,
}

impl VerifiedPeer {
    /// What the certificate calls its holder.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.known.names
    }

    /// The last second in which the chain and the revocation lists that speak of it are in force.
    #[must_use]
    pub fn until(&self) -> UnixTime {
        self.known.until
    }
}

/// Of what is shown at the end of a handshake.
#[derive(Debug)]
pub enum Peer {
    /// No certificate, where none is required.
    Anonymous,
    /// A chain that does not verify now, though it did when its session began.
    Refused(rustls::Error),
    /// A chain that verifies.
    Verified(VerifiedPeer),
}

impl Acceptor {
    /// An acceptor from the files that `settings` name.
    ///
    /// # Errors
    ///
    /// The file that cannot be used, and why.
    pub fn new(settings: &TlsSettings, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let Credentials { chain, key, until: server } = Credentials::read(settings)?;
        let authorities = Authorities::read(settings)?;
        let ends =
            Ends { server, client_ca: authorities.until, client_crl: authorities.crls_until };
        let provider = Arc::new(default_provider());
        let verifier = Arc::new(verifier(settings, &authorities, &provider)?);
        let versions: &[_] = match settings.min_version {
            MinVersion::Tls12 => &[&TLS13, &TLS12],
            MinVersion::Tls13 => &[&TLS13],
        };
        let pair = |cause| TlsError::Pair { path: settings.certificate.clone(), cause };
        let asked: Arc<dyn ClientCertVerifier> = Arc::<Remembering>::clone(&verifier);
        let mut config = ServerConfig::builder_with_details(provider, Arc::new(Now(clock)))
            .with_protocol_versions(versions)
            .map_err(pair)?
            .with_client_cert_verifier(asked)
            .with_single_cert(chain, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // One ticket and no memory of sessions: the client holds its session, under keys that die with this acceptor.
        config.ticketer = Ticketer::new().map_err(|cause| TlsError::Verifier(cause.to_string()))?;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 1;
        Ok(Self { config: Arc::new(config), verifier, ends })
    }

    /// When what it rests on comes to its end.
    #[must_use]
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// Whether clients are refused at `now` because a revocation list is not there, or is stale.
    #[must_use]
    pub fn lacks_revocations(&self, now: UnixTime) -> bool {
        self.verifier.revocation().is_lacking(now)
    }

    /// The server's side of a new connection.
    ///
    /// # Errors
    ///
    /// What rustls says.
    pub fn accept(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.config))
    }

    /// Who is at the other end of `connection`, whose handshake is over. The chain is looked at again, which is what
    /// a resumed session needs.
    #[must_use]
    pub fn peer(&self, connection: &ServerConnection, now: UnixTime) -> Peer {
        match connection.peer_certificates() {
            None | Some([]) => Peer::Anonymous,
            Some([own, others @ ..]) => match self.verifier.verify(own, others, now) {
                Ok(known) => Peer::Verified(VerifiedPeer { known }),
                Err(cause) => Peer::Refused(cause),
            },
        }
    }

    /// The same peer under this acceptor, which took the place of the one it connected to.
    ///
    /// # Errors
    ///
    /// Why its chain does not verify any more.
    pub fn renew(&self, peer: &VerifiedPeer, now: UnixTime) -> Result<VerifiedPeer, rustls::Error> {
        let [own, others @ ..] = peer.known.chain.as_slice() else {
            return Err(rustls::Error::NoCertificatesPresented);
        };
        self.verifier.verify(own, others, now).map(|known| VerifiedPeer { known })
    }
}

/// The verifier of clients under these authorities.
pub(super) fn verifier(
    settings: &TlsSettings,
    authorities: &Authorities,
    provider: &Arc<CryptoProvider>,
) -> Result<Remembering, TlsError> {
    let roots = Arc::new(authorities.roots.clone());
    let mut builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider))
        .with_crls(authorities.crls.iter().cloned());
    if !settings.allow_stale_revocation {
        builder = builder.enforce_revocation_expiration();
    }
    if settings.allow_unknown_revocation {
        builder = builder.allow_unknown_revocation_status();
    }
    if !settings.require_client_certificate {
        builder = builder.allow_unauthenticated();
    }
    let inner = builder.build().map_err(|cause| TlsError::Verifier(cause.to_string()))?;
    Ok(Remembering::new(inner, Revocation::of(settings, authorities)))
}

/// The service's clock as rustls wants it.
struct Now(Arc<dyn Clock>);

impl fmt::Debug for Now {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Now")
    }
}

impl TimeProvider for Now {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(self.0.wall().seconds()).ok()?;
        let since = std::time::Duration::from_secs(seconds);
        Some(rustls::pki_types::UnixTime::since_unix_epoch(since))
    }
}
