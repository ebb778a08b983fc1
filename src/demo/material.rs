//! The demo's trust material: a made-up State, its signer, and four certificates that come out four ways.

use crate::clock::{DAY, UnixTime};

use super::certificate::{CertificateSpec, Validity};
use super::crl::{CrlSpec, Revoked};
use super::curve::Curve;
use super::error::IssueError;
use super::key::{KeyPair, Params, Signer};
use super::master_list::SignedListSpec;
use super::state::{Authority, State};

/// What the demo makes. Every value is DER.
#[derive(Debug)]
pub struct Material {
    /// Utopia's country signing CA, to be anchored.
    pub csca: Vec<u8>,
    /// Utopia's master list, with the CSCA in it.
    pub master_list: Vec<u8>,
    /// The certificate of the master list's signer.
    pub list_signer: Vec<u8>,
    /// Utopia's revocation list.
    pub crl: Vec<u8>,
    /// Signed by Utopia's CSCA.
    pub valid: Vec<u8>,
    /// Signed by Utopia's CSCA, and on its revocation list.
    pub revoked: Vec<u8>,
    /// Signed by a CSCA that nobody vouches for.
    pub unknown: Vec<u8>,
    /// Another CSCA of Utopia, in brainpool with its curve written out, to be anchored.
    pub brainpool_csca: Vec<u8>,
    /// Signed by that CSCA, in brainpool with the curve written out as well.
    pub brainpool: Vec<u8>,
    /// Names Utopia's CSCA as its issuer, and is signed by another key.
    pub forged: Vec<u8>,
}

impl Material {
    /// Makes new keys and the material, in force at `now`.
    ///
    /// # Errors
    ///
    /// Where the machine gives no random numbers.
    pub fn make(now: UnixTime) -> Result<Self, IssueError> {
        let began = now.seconds().saturating_sub(30 * DAY);
        let utopia =
            Authority::new(State::utopia(), "CSCA Utopia", KeyPair::generate(Curve::P384)?);
        let elsewhere = Authority::new(
            State::new("XE", "XEW"),
            "CSCA Elsewhere",
            KeyPair::generate(Curve::P256)?,
        );
        let csca = CertificateSpec::csca(&utopia, 1, Validity::years(began, 15))?
            .issue(&utopia.key.spki(Params::Explicit)?, &utopia.key)?;
        let signer = |authority: &Authority, name: &str, serial: u64, key: &dyn Signer| {
            let own = KeyPair::generate(Curve::P256)?;
            let validity = Validity::years(now.seconds().saturating_sub(DAY), 10);
            CertificateSpec::dsc(authority, name, &own, serial, validity)?
                .issue(&own.spki(Params::Explicit)?, key)
        };
        let written_out = Authority::new(
            State::utopia(),
            "CSCA Utopia brainpool",
            KeyPair::generate(Curve::BrainpoolP256r1)?,
        );
        let brainpool_csca = CertificateSpec::csca(&written_out, 7, Validity::years(began, 15))?
            .issue(&written_out.key.spki(Params::Explicit)?, &written_out.key)?;
        let brainpool_key = KeyPair::generate(Curve::BrainpoolP256r1)?;
        let brainpool = CertificateSpec::dsc(
            &written_out,
            "Document Signer 8",
            &brainpool_key,
            8,
            Validity::years(now.seconds().saturating_sub(DAY), 10),
        )?
        .issue(&brainpool_key.spki(Params::Explicit)?, &written_out.key)?;
        let list_key = KeyPair::generate(Curve::P256)?;
        let list_signer = CertificateSpec::master_list_signer(
            &utopia,
            "Master List Signer Utopia",
            &list_key,
            2,
            Validity::years(began, 2),
        )?
        .issue(&list_key.spki(Params::Explicit)?, &utopia.key)?;
        let beside = vec![list_signer.clone(), csca.clone()];
        let signed_at = now.seconds().saturating_sub(3_600);
        let mut crl = CrlSpec::new(&utopia, 1, signed_at, now.seconds().saturating_add(90 * DAY));
        crl.revoked.push(Revoked::new(&[4], signed_at).because(1));
        Ok(Self {
            master_list: SignedListSpec::master_list(
                std::slice::from_ref(&csca),
                beside,
                &list_key,
                signed_at,
            )
            .issue(&list_key)?,
            crl: crl.issue(&utopia.key)?,
            valid: signer(&utopia, "Document Signer 3", 3, &utopia.key)?,
            revoked: signer(&utopia, "Document Signer 4", 4, &utopia.key)?,
            unknown: signer(&elsewhere, "Document Signer 5", 5, &elsewhere.key)?,
            forged: signer(&utopia, "Document Signer 6", 6, &KeyPair::generate(Curve::P384)?)?,
            brainpool_csca,
            brainpool,
            csca,
            list_signer,
        })
    }
}
