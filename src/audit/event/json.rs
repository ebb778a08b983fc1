//! JSON (RFC 8259) written by hand into a reused buffer: no allocation, and no text that escapes its quotes.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::encoding::scan;

use super::Prefixes;

/// What was left out: of a text its end, in bytes of the whole; of a list its last parts, in parts of the whole.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) field: Box<str>,
    pub(super) unit: &'static str,
    pub(super) size: usize,
}

/// Appends to a buffer and cuts texts above a bound, with a note of each.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    cap: usize,
    cuts: Vec<Cut>,
}

/// How many cut texts are named; what is cut besides shows by its length alone.
const MAX_CUTS: usize = 16;

impl<'a> Writer<'a> {
    pub(super) const fn new(out: &'a mut Vec<u8>, cap: usize) -> Self {
        Self { out, cap, cuts: Vec::new() }
    }

    /// JSON that the program itself is the author of.
    pub(super) fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    /// The same as bytes.
    pub(super) fn bytes(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    pub(super) fn number(&mut self, value: u64) {
        decimal(self.out, value);
    }

    pub(super) fn signed(&mut self, value: i64) {
        if value < 0 {
            self.out.push(b'-');
        }
        decimal(self.out, value.unsigned_abs());
    }

    /// A text in quotes, cut to the bound.
    pub(super) fn text(&mut self, field: &str, value: &str) {
        self.note_if_cut(field, value);
        text(self.out, cut(value, self.cap));
    }

    /// A key that the program itself is the author of, in quotes, with its colon.
    pub(super) fn key(&mut self, key: &'static str) {
        self.out.push(b'"');
        self.raw(key);
        self.raw("\":");
    }

    /// How many parts of a list may be written.
    pub(super) const fn list_cap(&self) -> usize {
        if self.cap == usize::MAX { usize::MAX } else { self.cap / 16 }
    }

    pub(super) fn note_if_cut(&mut self, field: &str, value: &str) {
        if value.len() > self.cap {
            self.note(field, "bytes", value.len());
        }
    }

    pub(super) fn note(&mut self, field: &str, unit: &'static str, size: usize) {
        if self.cuts.len() < MAX_CUTS {
            self.cuts.push(Cut { field: cut(field, 64).into(), unit, size });
        }
    }

    /// Whether something was cut so far.
    pub(super) fn has_cuts(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// What was cut so far.
    pub(super) fn take_cuts(&mut self) -> Vec<Cut> {
        std::mem::take(&mut self.cuts)
    }

    /// The network of an address, such as `192.0.2.0/24`.
    pub(super) fn network(&mut self, address: IpAddr, prefixes: Prefixes) {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let bits = prefixes.ipv4.min(32);
                let shift = 32_u32.saturating_sub(bits.into());
                let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
                let [a, b, c, d] = Ipv4Addr::from_bits(address.to_bits() & mask).octets();
                decimal(self.out, a.into());
                for part in [b, c, d] {
                    self.out.push(b'.');
                    decimal(self.out, part.into());
                }
                self.out.push(b'/');
                decimal(self.out, bits.into());
            }
            IpAddr::V6(address) => {
                let bits = prefixes.ipv6.min(128);
                let shift = 128_u32.saturating_sub(bits.into());
                let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
                let network = Ipv6Addr::from_bits(address.to_bits() & mask);
                // A vector takes whatever is written.
                let _ = write!(self.out, "{network}/{bits}");
            }
        }
    }
}

/// Appends `value` in decimal.
pub(in crate::audit) fn decimal(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [b'0'; 20];
    let mut used = 0_usize;
    for place in digits.iter_mut().rev() {
        *place = b'0' | u8::try_from(value % 10).unwrap_or_default();
        used = used.saturating_add(1);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len().saturating_sub(used)..).unwrap_or_default());
}

/// Appends `value` as a JSON string (RFC 8259 section 7).
pub(in crate::audit) fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let mut rest = value.as_bytes();
    while let Some(at) = scan::position(rest, may_need_escape, needs_escape) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((special, tail)) = tail.split_first() else { break };
        escape(out, *special);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

const fn may_need_escape(word: u64) -> bool {
    scan::has_below(word, 0x20) || scan::has(word, 0x22) || scan::has(word, 0x5C)
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        other => {
            out.extend_from_slice(b"\\u00");
            // Control characters only, so the first digit is 0 or 1.
            out.push(b'0' | (other >> 4));
            let low = other & 0x0F;
            out.push(if low < 10 {
                b'0' | low
            } else {
                b'a'.saturating_add(low.saturating_sub(10))
            });
        }
    }
}

/// The longest beginning of `value` that has at most `most` bytes and ends where a character ends.
pub(in crate::audit) fn cut(value: &str, most: usize) -> &str {
    if value.len() <= most {
        return value;
    }
    let end = (0..=most).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
    value.get(..end).unwrap_or_default()
}
