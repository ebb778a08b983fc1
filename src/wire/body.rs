//! The body of a request, handed on as it comes in, up to its end and not a byte further.
//!
//! Chunks are read without extensions and without trailers: both are where parsers differ, and no client of ours
//! sends them. Nothing is kept but a state of a few bytes.

use super::error::WireError;
use super::request::BodyKind;

/// How far a call came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Bytes of the input that belong to this body; those behind it begin the next request.
    pub used: usize,
    /// Whether the body is at its end.
    pub done: bool,
}

/// Finds the end of one body.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    /// Bytes that may still come, over all chunks.
    allowed: u64,
}

/// The digits of a chunk size: more would be above 32 bits.
const MAX_SIZE_DIGITS: u8 = 8;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// So many bytes of a body of known length.
    Length(u64),
    /// In a chunk's size, after so many digits.
    Size {
        value: u64,
        digits: u8,
    },
    /// At the LF behind a chunk's size.
    SizeLf {
        value: u64,
    },
    /// So many bytes of a chunk.
    Data(u64),
    /// At the CR behind a chunk's data.
    DataCr,
    /// At the LF behind a chunk's data.
    DataLf,
    /// At the CR of the line behind the last chunk.
    LastCr,
    /// At the LF of the line behind the last chunk.
    LastLf,
    Done,
    Failed(WireError),
}

impl Decoder {
    /// A decoder of a body of this kind that is at most `most` bytes long.
    ///
    /// # Errors
    ///
    /// [`WireError::BodyTooLarge`] where the head announced more.
    pub const fn new(kind: BodyKind, most: u64) -> Result<Self, WireError> {
        let state = match kind {
            BodyKind::None | BodyKind::Length(0) => State::Done,
            BodyKind::Length(length) if length > most => return Err(WireError::BodyTooLarge),
            BodyKind::Length(length) => State::Length(length),
            BodyKind::Chunked => State::Size { value: 0, digits: 0 },
        };
        Ok(Self { state, allowed: most })
    }

    /// A decoder of no body.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { state: State::Done, allowed: 0 }
    }

    /// Whether the body is at its end.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Hands what `input` holds of the body to `sink`, in as many pieces as it comes in.
    ///
    /// # Errors
    ///
    /// The rule that the coding breaks, or [`WireError::BodyTooLarge`]; the same again for every call after that.
    pub fn decode(
        &mut self,
        input: &[u8],
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Progress, WireError> {
        let mut rest = input;
        while let Some((first, after)) = rest.split_first() {
            let step = match self.state {
                State::Done => break,
                State::Failed(error) => Err(error),
                State::Length(left) => {
                    let taken = hand_on(&mut rest, left, sink);
                    self.state = match left.saturating_sub(taken) {
                        0 => State::Done,
                        left => State::Length(left),
                    };
                    continue;
                }
                State::Data(left) => {
                    let taken = hand_on(&mut rest, left, sink);
                    self.state = match left.saturating_sub(taken) {
                        0 => State::DataCr,
                        left => State::Data(left),
                    };
                    continue;
                }
                State::Size { value, digits } => size(value, digits, *first),
                State::SizeLf { value } => self.start(value, *first),
                State::DataCr => expect(*first, b'\r', State::DataLf, WireError::ChunkEnd),
                State::DataLf => {
                    expect(*first, b'\n', State::Size { value: 0, digits: 0 }, WireError::ChunkEnd)
                }
                State::LastCr => last(*first),
                State::LastLf => expect(*first, b'\n', State::Done, WireError::ChunkLineEnd),
            };
            match step {
                Ok(next) => self.state = next,
                Err(error) => {
                    self.state = State::Failed(error);
                    return Err(error);
                }
            }
            rest = after;
        }
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        let used = input.len().saturating_sub(rest.len());
        Ok(Progress { used, done: self.is_done() })
    }

    /// At the LF behind a size: the whole chunk must fit before any of it is taken.
    fn start(&mut self, size: u64, byte: u8) -> Result<State, WireError> {
        if byte != b'\n' {
            return Err(WireError::ChunkLineEnd);
        }
        if size == 0 {
            return Ok(State::LastCr);
        }
        self.allowed = self.allowed.checked_sub(size).ok_or(WireError::BodyTooLarge)?;
        Ok(State::Data(size))
    }
}

/// Gives `sink` at most `left` bytes off the front of `rest`, and says how many.
fn hand_on(rest: &mut &[u8], left: u64, sink: &mut impl FnMut(&[u8])) -> u64 {
    let most = usize::try_from(left).unwrap_or(usize::MAX);
    let (piece, behind) = rest.split_at_checked(most).unwrap_or((rest, &[]));
    sink(piece);
    *rest = behind;
    u64::try_from(piece.len()).unwrap_or(left)
}

fn size(value: u64, digits: u8, byte: u8) -> Result<State, WireError> {
    match (byte, char::from(byte).to_digit(16)) {
        (_, Some(digit)) if digits < MAX_SIZE_DIGITS => Ok(State::Size {
            value: value << 4 | u64::from(digit),
            digits: digits.saturating_add(1),
        }),
        (b'\r', _) if digits > 0 => Ok(State::SizeLf { value }),
        (b'\n', _) if digits > 0 => Err(WireError::ChunkLineEnd),
        (b';', _) if digits > 0 => Err(WireError::ChunkExtension),
        _ => Err(WireError::ChunkSize),
    }
}

fn last(byte: u8) -> Result<State, WireError> {
    match byte {
        b'\r' => Ok(State::LastLf),
        b'\n' => Err(WireError::ChunkLineEnd),
        _ => Err(WireError::Trailer),
    }
}

fn expect(byte: u8, wanted: u8, next: State, error: WireError) -> Result<State, WireError> {
    if byte == wanted { Ok(next) } else { Err(error) }
}

#[cfg(test)]
mod tests;
