//! A body that is taken whole before its handler begins: in memory, or in a file where it may be large.

use std::fs::File;
use std::io::{self, Write};

use crate::authz::Grant;
use crate::wire::body::{Decoder, Progress};
use crate::wire::error::WireError;

use super::exchange::Context;

/// A request whose body is on its way.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) context: Context,
    pub(super) grant: Grant,
    /// The head's own bytes: read again when the body is whole, they give the same head.
    pub(super) head: Vec<u8>,
    pub(super) store: Store,
    decoder: Decoder,
    most: u64,
    expects_continue: bool,
    failed: Option<io::Error>,
}

/// Where the body's bytes go.
#[derive(Debug)]
pub(super) enum Store {
    /// Into memory.
    Memory(Vec<u8>),
    /// Into a file without a name, which is gone when it is closed.
    File(File),
}

impl Upload {
    pub(super) fn new(
        context: Context,
        grant: Grant,
        head: &[u8],
        store: Store,
        decoder: Decoder,
        most: u64,
        expects_continue: bool,
    ) -> Self {
        let head = head.to_vec();
        Self { context, grant, head, store, decoder, most, expects_continue, failed: None }
    }

    /// A request without a body, for a handler in the pool.
    pub(super) fn empty(context: Context, grant: Grant, head: &[u8]) -> Self {
        Self {
            context,
            grant,
            head: head.to_vec(),
            store: Store::Memory(Vec::new()),
            decoder: Decoder::nothing(),
            most: 0,
            expects_continue: false,
            failed: None,
        }
    }

    /// Whether nothing of the body is to come.
    pub(super) fn is_whole(&self) -> bool {
        self.decoder.is_done()
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The most that the body may have, in bytes.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// Takes what of `bytes` belongs to the body.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Progress, WireError> {
        let Self { store, failed, decoder, .. } = self;
        decoder.decode(bytes, &mut |piece| match store {
            Store::Memory(body) => body.extend_from_slice(piece),
            Store::File(file) => {
                if failed.is_none() {
                    *failed = file.write_all(piece).err();
                }
            }
        })
    }

    /// Why the body could not be kept, if so.
    pub(super) fn failure(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }
}
