//! TLS as every mode speaks it: 1.3, X25519, AES-128-GCM, so that servers are compared on one
//! suite and the key exchange costs the client as little as it can.

use crate::error::Failure;
use crate::options::Options;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;

/// A client that never resumes; see [`resuming`].
pub(crate) fn client(options: &Options) -> Result<ClientConfig, Failure> {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.kx_groups.retain(|group| group.name() == rustls::NamedGroup::X25519);
    let suite = rustls::CipherSuite::TLS13_AES_128_GCM_SHA256;
    provider.cipher_suites.retain(|known| known.suite() == suite);
    let algorithms = provider.signature_verification_algorithms;
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(Failure::Tls)?;
    let builder = match &options.ca {
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(Failure::Tls)?;
            }
            builder.with_root_certificates(roots)
        }
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(TakeAny(algorithms))),
    };
    let mut config = match (&options.cert, &options.key) {
        (Some(chain), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| Failure::Pem { path: key.clone(), error })?;
            builder.with_client_auth_cert(certificates(chain)?, key).map_err(Failure::Tls)?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(lexopt::Error::from("--cert and --key go together").into()),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The same client with a ticket store of its own, so that one connection never takes another's
/// last ticket.
pub(crate) fn resuming(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    config.resumption = Resumption::in_memory_sessions(4);
    config
}

/// The name to ask for.
pub(crate) fn server_name(options: &Options) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(options.server_name.clone())
        .map_err(|_| lexopt::Error::from("--server-name is no name").into())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    all.map_err(|error| Failure::Pem { path: path.to_owned(), error })
}

/// Takes any certificate, unread: a load test's server is its own, and the client's core is what
/// limits the measurement.
#[derive(Debug)]
struct TakeAny(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for TakeAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
