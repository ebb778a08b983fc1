//! What the bytes of an RSA signature must look like once the public operation has been applied.

use super::Hash;

/// Whether `encoded` is the one EMSA-PKCS1-v1_5 encoding of the hash of `message` (RFC 8017
/// section 9.2).
///
/// The expected bytes are made and compared as a whole. A parser that skips over parts it does not
/// look at is how signatures were forged for small exponents (CVE-2006-4339), so there is none; a
/// `DigestInfo` without its NULL is refused for the same reason.
pub(super) fn is_pkcs1(encoded: &[u8], hash: Hash, message: &[u8]) -> bool {
    let digest = hash.digest(message);
    let suffix = [digest_info(hash), digest.as_ref()].concat();
    let Some(filling) = encoded.len().checked_sub(suffix.len().saturating_add(3)) else {
        return false;
    };
    let expected = [&[0, 1], &*vec![0xFF; filling], &[0], &*suffix].concat();
    filling >= MIN_FILLING && encoded == expected
}

/// EMSA-PSS with MGF1 and trailer field 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pss {
    pub(super) hash: Hash,
    pub(super) mgf_hash: Hash,
    /// Bytes of salt, exactly.
    pub(super) salt_len: usize,
}

impl Pss {
    /// Whether `encoded`, as long as a modulus of `modulus_bits`, encodes the hash of `message`
    /// (RFC 8017 section 9.1.2, whose steps are numbered here).
    pub(super) fn matches(self, encoded: &[u8], modulus_bits: u32, message: &[u8]) -> bool {
        self.check(encoded, modulus_bits, message).is_some()
    }

    /// `None` where the RFC says to output "inconsistent".
    fn check(self, encoded: &[u8], modulus_bits: u32, message: &[u8]) -> Option<()> {
        let unused_bits = modulus_bits.checked_sub(1)? % 8;
        let encoded = match (unused_bits, encoded) {
            (0, [0, shorter @ ..]) => shorter,
            (0, _) => return None,
            _ => encoded,
        };
        let top_mask = if unused_bits == 0 {
            0xFF
        } else {
            0xFF_u8.checked_shr(8_u32.checked_sub(unused_bits)?)?
        };

        let (trailer, rest) = encoded.split_last()?; // steps 3 to 6
        let db_len = rest.len().checked_sub(self.hash.digest_len())?;
        let (masked_db, h) = rest.split_at_checked(db_len)?;
        if *trailer != 0xBC || masked_db.first()? & !top_mask != 0 {
            return None;
        }

        let mut db = self.mask(h, db_len); // steps 7 to 9
        for (byte, masked) in db.iter_mut().zip(masked_db) {
            *byte ^= masked;
        }
        *db.first_mut()? &= top_mask;

        let (padding, salt) = db.split_at_checked(db_len.checked_sub(self.salt_len)?)?; // 10, 11
        let (one, zeros) = padding.split_last()?;
        if *one != 1 || zeros.iter().any(|byte| *byte != 0) {
            return None;
        }

        let digest = self.hash.digest(message); // steps 2 and 12 to 14
        let expected = self.hash.digest_of_parts(&[&[0; 8], digest.as_ref(), salt]);
        (expected.as_ref() == h).then_some(())
    }

    /// MGF1 (RFC 8017 appendix B.2.1).
    fn mask(self, seed: &[u8], len: usize) -> Vec<u8> {
        let mut mask = Vec::new();
        for counter in 0_u32.. {
            if mask.len() >= len {
                break;
            }
            let block = self.mgf_hash.digest_of_parts(&[seed, &counter.to_be_bytes()]);
            mask.extend_from_slice(block.as_ref());
        }
        mask.truncate(len);
        mask
    }
}

/// The DER of a `DigestInfo` up to its digest (RFC 8017 section 9.2 note 1).
const fn digest_info(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Hash::Sha224 => {
            b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"
        }
        Hash::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        Hash::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        Hash::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}

/// Bytes of `0xFF` that the padding has at least.
const MIN_FILLING: usize = 8;
