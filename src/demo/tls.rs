//! A made-up TLS authority with a server and clients of every kind, for `dev` and for tests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::clock::{DAY, UnixTime};
use crate::encoding;
use crate::secret::Secret;

use super::certificate::{CertificateSpec, TimeForm, serial_content};
use super::crl::{CrlSpec, Revoked};
use super::curve::Curve;
use super::error::IssueError;
use super::extension::{self, Extension};
use super::key::{KeyPair, Params, Signer, generate_pkcs8};
use super::state::{Attribute, Authority, Name, State, StringForm};
use super::{oids, writer};

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

/// Days that a certificate is in force: as few as public authorities give.
const DAYS: i64 = 90;

/// A certificate authority for TLS.
#[derive(Debug)]
pub struct TlsAuthority {
    authority: Authority,
    certificate: Vec<u8>,
    now: UnixTime,
}

/// A certificate and its key, both in PEM.
#[derive(Debug)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key, in PKCS #8.
    pub key: Secret<String>,
}

/// What a certificate is for, and when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Showing to clients, at the loopback addresses and at this one.
    Server(IpAddr),
    /// Showing to servers.
    Client,
    /// The same, in force until yesterday.
    ExpiredClient,
}

impl TlsAuthority {
    /// A new authority called `name`, in force at `now`.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub fn make(name: &str, now: UnixTime) -> Result<Self, IssueError> {
        let key = KeyPair::generate(Curve::P256)?;
        let mut authority = Authority::new(State::utopia(), name, key);
        authority.name = common_name(name);
        let extensions = vec![
            extension::basic_constraints(None),
            extension::key_usage(&[extension::KEY_CERT_SIGN, extension::CRL_SIGN]),
            extension::subject_key_identifier(&authority.key.key_identifier()),
        ];
        let serial = serial(now, 1);
        let certificate = spec(&authority, &authority.name, serial, (now, -1, 365), extensions)
            .issue(&authority.key.spki(Params::Named)?, &authority.key)?;
        Ok(Self { authority, certificate, now })
    }

    /// The authority's own certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// A certificate for `name`, with a key of its own, the one with this number.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub fn issue(&self, name: &str, number: u8, purpose: Purpose) -> Result<Pair, IssueError> {
        let document = generate_pkcs8(Curve::P256)?;
        let key = KeyPair::from_pkcs8(&document)?;
        let (use_for, names, from, days) = match purpose {
            Purpose::Server(address) => (SERVER_AUTH, server_names(name, address), -1, DAYS),
            Purpose::Client => (CLIENT_AUTH, client_names(name), -1, DAYS),
            Purpose::ExpiredClient => {
                (CLIENT_AUTH, client_names(name), -DAYS, DAYS.saturating_sub(1))
            }
        };
        let extensions = vec![
            extension::key_usage(&[extension::DIGITAL_SIGNATURE]),
            extension::extended_key_usage(&[use_for])?,
            Extension::plain(oids::SUBJECT_ALT_NAME, names),
            extension::authority_key_identifier(&self.authority.key.key_identifier()),
            extension::subject_key_identifier(&key.key_identifier()),
        ];
        let spec = spec(
            &self.authority,
            &common_name(name),
            serial(self.now, number),
            (self.now, from, days),
            extensions,
        );
        let certificate = spec.issue(&key.spki(Params::Named)?, &self.authority.key)?;
        Ok(Pair {
            certificate: pem("CERTIFICATE", &certificate),
            key: Secret::new(pem("PRIVATE KEY", &document)),
        })
    }

    /// The authority's revocation list, in PEM, with the certificates of these numbers on it.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub fn revocation_list(&self, numbers: &[u8]) -> Result<String, IssueError> {
        Ok(pem("X509 CRL", &self.revocation_list_with(numbers, |_| {})?))
    }

    /// The same in DER, with something changed.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub fn revocation_list_with(
        &self,
        numbers: &[u8],
        change: impl FnOnce(&mut CrlSpec),
    ) -> Result<Vec<u8>, IssueError> {
        // A client of this list may have a clock that is a little behind.
        let issued = self.now.seconds().saturating_sub(3_600);
        let mut list = CrlSpec::new(&self.authority, 1, issued, issued.saturating_add(30 * DAY));
        let serials = numbers.iter().map(|number| serial_content(serial(self.now, *number)));
        list.revoked.extend(serials.map(|serial| Revoked::new(&serial, issued)));
        change(&mut list);
        list.issue(&self.authority.key)
    }
}

/// No authority of this name has given it to another certificate: browsers refuse one that they have seen otherwise.
fn serial(now: UnixTime, number: u8) -> u64 {
    u64::try_from(now.seconds()).unwrap_or_default() << 8 | u64::from(number)
}

fn spec(
    issuer: &Authority,
    subject: &Name,
    serial: u64,
    (now, from, days): (UnixTime, i64, i64),
    extensions: Vec<Extension>,
) -> CertificateSpec {
    let not_before = now.plus(from.saturating_mul(DAY));
    CertificateSpec {
        version: Some(2),
        serial: serial_content(serial),
        inner_algorithm: None,
        outer_algorithm: None,
        issuer: issuer.name.clone(),
        not_before: not_before.seconds(),
        not_after: not_before.plus(days.saturating_mul(DAY)).seconds(),
        times: TimeForm::ByYear,
        subject: subject.clone(),
        subject_unique_id: None,
        extensions,
    }
}

fn common_name(name: &str) -> Name {
    let value = name.to_owned();
    Name { attributes: vec![Attribute { oid: oids::COMMON_NAME, form: StringForm::Utf8, value }] }
}

/// `name`, the loopback addresses and `address` (RFC 5280 section 4.2.1.6).
fn server_names(name: &str, address: IpAddr) -> Vec<u8> {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(address) => writer::octet_string(&address.octets()),
        IpAddr::V6(address) => writer::octet_string(&address.octets()),
    };
    let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into(), address];
    let mut names = vec![writer::implicit(2, &writer::ia5(name))];
    names.extend(addresses.map(|address| writer::implicit(7, &octets(address))));
    writer::sequence(names)
}

fn client_names(name: &str) -> Vec<u8> {
    writer::sequence([writer::implicit(6, &writer::ia5(&format!("spiffe://dev.test/{name}")))])
}

/// RFC 7468: 64 characters a line.
fn pem(label: &str, der: &[u8]) -> String {
    let text = encoding::base64(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}
