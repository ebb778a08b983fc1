//! The curves that demo keys use, with their parameters written out in full.
//!
//! ICAO 9303-12 wants explicit `ECParameters` in place of a curve's name. Whoever trusts these
//! without comparing all of them accepts forged keys (CVE-2020-0601), so each can be changed.

use ring::digest;

use super::error::IssueError;
use super::{oids, writer};

/// A curve that can be signed with here, and the hash that goes with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Curve {
    /// brainpoolP256r1, with SHA-256: what several States use, and no TLS library verifies.
    BrainpoolP256r1,
    /// NIST P-256, with SHA-256.
    P256,
    /// NIST P-384, with SHA-384.
    P384,
}

impl Curve {
    /// The curve's true parameters.
    #[must_use]
    pub fn parameters(self) -> ExplicitParameters {
        let domain = self.domain();
        ExplicitParameters {
            prime: bytes(domain.prime),
            a: bytes(domain.a),
            b: bytes(domain.b),
            seed: None,
            generator: [vec![UNCOMPRESSED], bytes(domain.x), bytes(domain.y)].concat(),
            order: bytes(domain.order),
            cofactor: Some(vec![1]),
        }
    }

    /// The curve's name as an `OBJECT IDENTIFIER`.
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub fn name_der(self) -> Result<Vec<u8>, IssueError> {
        writer::oid(self.domain().oid)
    }

    /// The hash of `message` that a signature over it covers.
    #[must_use]
    pub fn hash(self, message: &[u8]) -> Vec<u8> {
        digest::digest(self.domain().digest, message).as_ref().to_vec()
    }

    /// Dotted identifier of the hash.
    #[must_use]
    pub fn digest_oid(self) -> &'static str {
        self.domain().digest_oid
    }

    /// `AlgorithmIdentifier` of an ECDSA signature, without parameters (RFC 5758 section 3.2).
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub fn signature_algorithm(self) -> Result<Vec<u8>, IssueError> {
        Ok(writer::sequence([writer::oid(self.domain().signature_oid)?]))
    }

    fn domain(self) -> &'static Domain {
        match self {
            Self::BrainpoolP256r1 => &BRAINPOOL_P256R1,
            Self::P256 => &P256,
            Self::P384 => &P384,
        }
    }
}

/// `ECParameters` over a prime field, each number big-endian (RFC 3279 section 2.3.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplicitParameters {
    /// The field's prime.
    pub prime: Vec<u8>,
    /// Coefficient, as long as the prime.
    pub a: Vec<u8>,
    /// Coefficient, as long as the prime.
    pub b: Vec<u8>,
    /// Seed of the curve; most certificates leave it out.
    pub seed: Option<Vec<u8>>,
    /// Base point: 4, x, y.
    pub generator: Vec<u8>,
    /// Order of the base point.
    pub order: Vec<u8>,
    /// Cofactor; mandatory for ICAO 9303-12, 1 for each of these curves.
    pub cofactor: Option<Vec<u8>>,
}

impl ExplicitParameters {
    /// The parameters as DER, whether or not they describe a curve.
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let field = [writer::oid(oids::PRIME_FIELD)?, writer::unsigned_integer(&self.prime)];
        let mut curve = vec![writer::octet_string(&self.a), writer::octet_string(&self.b)];
        curve.extend(self.seed.as_deref().map(writer::bit_string));
        let mut parameters = vec![
            writer::integer(1),
            writer::sequence(field),
            writer::sequence(curve),
            writer::octet_string(&self.generator),
            writer::unsigned_integer(&self.order),
        ];
        parameters.extend(self.cofactor.as_deref().map(writer::unsigned_integer));
        Ok(writer::sequence(parameters))
    }
}

/// First byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Domain parameters as printed in NIST SP 800-186 and RFC 5639 section 3.4, in words of 64 bits, most significant first.
struct Domain {
    oid: &'static str,
    prime: &'static [u64],
    a: &'static [u64],
    b: &'static [u64],
    x: &'static [u64],
    y: &'static [u64],
    order: &'static [u64],
    digest: &'static digest::Algorithm,
    digest_oid: &'static str,
    signature_oid: &'static str,
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

static BRAINPOOL_P256R1: Domain = Domain {
    oid: oids::BRAINPOOL_P256R1,
    prime: &[
        0xa9fb_57db_a1ee_a9bc,
        0x3e66_0a90_9d83_8d72,
        0x6e3b_f623_d526_2028,
        0x2013_481d_1f6e_5377,
    ],
    a: &[
        0x7d5a_0975_fc2c_3057,
        0xeef6_7530_417a_ffe7,
        0xfb80_55c1_26dc_5c6c,
        0xe94a_4b44_f330_b5d9,
    ],
    b: &[
        0x26dc_5c6c_e94a_4b44,
        0xf330_b5d9_bbd7_7cbf,
        0x9584_1629_5cf7_e1ce,
        0x6bcc_dc18_ff8c_07b6,
    ],
    x: &[
        0x8bd2_aeb9_cb7e_57cb,
        0x2c4b_482f_fc81_b7af,
        0xb9de_27e1_e3bd_23c2,
        0x3a44_53bd_9ace_3262,
    ],
    y: &[
        0x547e_f835_c3da_c4fd,
        0x97f8_461a_1461_1dc9,
        0xc277_4513_2ded_8e54,
        0x5c1d_54c7_2f04_6997,
    ],
    order: &[
        0xa9fb_57db_a1ee_a9bc,
        0x3e66_0a90_9d83_8d71,
        0x8c39_7aa3_b561_a6f7,
        0x901e_0e82_9748_56a7,
    ],
    digest: &digest::SHA256,
    digest_oid: oids::SHA256,
    signature_oid: oids::ECDSA_WITH_SHA256,
};

static P256: Domain = Domain {
    oid: oids::P256,
    prime: &[
        0xffff_ffff_0000_0001,
        0x0000_0000_0000_0000,
        0x0000_0000_ffff_ffff,
        0xffff_ffff_ffff_ffff,
    ],
    a: &[
        0xffff_ffff_0000_0001,
        0x0000_0000_0000_0000,
        0x0000_0000_ffff_ffff,
        0xffff_ffff_ffff_fffc,
    ],
    b: &[
        0x5ac6_35d8_aa3a_93e7,
        0xb3eb_bd55_7698_86bc,
        0x651d_06b0_cc53_b0f6,
        0x3bce_3c3e_27d2_604b,
    ],
    x: &[
        0x6b17_d1f2_e12c_4247,
        0xf8bc_e6e5_63a4_40f2,
        0x7703_7d81_2deb_33a0,
        0xf4a1_3945_d898_c296,
    ],
    y: &[
        0x4fe3_42e2_fe1a_7f9b,
        0x8ee7_eb4a_7c0f_9e16,
        0x2bce_3357_6b31_5ece,
        0xcbb6_4068_37bf_51f5,
    ],
    order: &[
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_ffff,
        0xbce6_faad_a717_9e84,
        0xf3b9_cac2_fc63_2551,
    ],
    digest: &digest::SHA256,
    digest_oid: oids::SHA256,
    signature_oid: oids::ECDSA_WITH_SHA256,
};

static P384: Domain = Domain {
    oid: oids::P384,
    prime: &[
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_0000_0000,
        0x0000_0000_ffff_ffff,
    ],
    a: &[
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_0000_0000,
        0x0000_0000_ffff_fffc,
    ],
    b: &[
        0xb331_2fa7_e23e_e7e4,
        0x988e_056b_e3f8_2d19,
        0x181d_9c6e_fe81_4112,
        0x0314_088f_5013_875a,
        0xc656_398d_8a2e_d19d,
        0x2a85_c8ed_d3ec_2aef,
    ],
    x: &[
        0xaa87_ca22_be8b_0537,
        0x8eb1_c71e_f320_ad74,
        0x6e1d_3b62_8ba7_9b98,
        0x59f7_41e0_8254_2a38,
        0x5502_f25d_bf55_296c,
        0x3a54_5e38_7276_0ab7,
    ],
    y: &[
        0x3617_de4a_9626_2c6f,
        0x5d9e_98bf_9292_dc29,
        0xf8f4_1dbd_289a_147c,
        0xe9da_3113_b5f0_b8c0,
        0x0a60_b1ce_1d7e_819d,
        0x7a43_1d7c_90ea_0e5f,
    ],
    order: &[
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xc763_4d81_f437_2ddf,
        0x581a_0db2_48b0_a77a,
        0xecec_196a_ccc5_2973,
    ],
    digest: &digest::SHA384,
    digest_oid: oids::SHA384,
    signature_oid: oids::ECDSA_WITH_SHA384,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_all_seven_parts_of_p256() {
        let der = Curve::P256.parameters().to_der().unwrap();
        let start = [
            0x30, 0x81, 0xE0, 0x02, 0x01, 0x01, 0x30, 0x2C, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE,
            0x3D, 0x01, 0x01, 0x02, 0x21, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01,
        ];
        assert_eq!(der[..28], start);
        assert_eq!(der[der.len() - 6..], [0x63, 0x25, 0x51, 0x02, 0x01, 0x01]);
        assert_eq!(der.len(), 227);
    }

    /// What `openssl ecparam -param_enc explicit -outform DER` gives, which includes the seed.
    #[test]
    fn writes_the_same_bytes_as_openssl() {
        let seed_256 =
            b"\xc4\x9d\x36\x08\x86\xe7\x04\x93\x6a\x66\x78\xe1\x13\x9d\x26\xb7\x81\x9f\x7e\x90";
        let seed_384 =
            b"\xa3\x35\x92\x6a\xa3\x19\xa2\x7a\x1d\x00\x89\x6a\x67\x73\xa4\x82\x7a\xcd\xac\x73";
        let sha256_of_256 = b"\
            \x40\xc3\xc4\x05\xab\xfc\x62\xe0\x96\xcb\x64\x91\xf8\x5f\x96\x7d\
            \x6d\x75\xed\xe7\x16\x60\x46\x29\x65\x49\x10\xc4\x75\xd4\xb8\x46";
        let sha256_of_384 = b"\
            \x19\xa0\x33\x21\xb6\x3c\x64\x90\x86\x77\x91\x32\x5f\xc6\x1a\x4d\
            \xf5\x48\xff\xaf\x40\xb9\x4e\x49\x97\x93\xa6\x26\x7e\x5a\x72\xdd";
        for (curve, seed, expected) in
            [(Curve::P256, seed_256, sha256_of_256), (Curve::P384, seed_384, sha256_of_384)]
        {
            let seed = Some(seed.to_vec());
            let parameters = ExplicitParameters { seed, ..curve.parameters() };
            assert_eq!(Curve::P256.hash(&parameters.to_der().unwrap()), expected);
        }
    }

    #[test]
    fn sizes_follow_the_field() {
        for (curve, size) in [(Curve::BrainpoolP256r1, 32), (Curve::P256, 32), (Curve::P384, 48)] {
            let parameters = curve.parameters();
            assert_eq!(parameters.prime.len(), size);
            assert_eq!(parameters.order.len(), size);
            assert_eq!(parameters.generator.len(), 1 + 2 * size);
            assert_eq!(curve.hash(b"").len(), size);
        }
    }

    #[test]
    fn leaves_out_what_is_absent_and_writes_a_seed() {
        let mut parameters = Curve::P384.parameters();
        let full = parameters.to_der().unwrap().len();
        parameters.cofactor = None;
        assert_eq!(parameters.to_der().unwrap().len(), full - 3);
        parameters.seed = Some(vec![7; 20]);
        assert_eq!(parameters.to_der().unwrap().len(), full - 3 + 23);
    }
}
