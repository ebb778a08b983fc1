//! `cert`: certificates out of files, one by one.

use std::path::Path;

use serde::Serialize;

use crate::trust::bundle::{self, ItemKind};
use crate::trust::bytes::Bytes;

use super::inputs::{self, Input};
use super::session::Session;

pub mod inspect;
pub mod validate;

/// Where a certificate stands.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Its place among the file's objects, counted from 0.
    pub index: usize,
}

/// A certificate's bytes, or why there are none.
#[derive(Debug)]
pub struct Found {
    /// Where it stands.
    pub input: Place,
    /// The bytes.
    pub bytes: Result<Bytes, String>,
}

/// The certificates in the files that the command was given.
#[must_use]
pub fn certificates(session: &Session<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for Input { path, bytes } in inputs::read(session.invocation.operands()) {
        match bytes.and_then(|bytes| bundle::read(&bytes).map_err(|error| error.to_string())) {
            Ok(items) => {
                let before = found.len();
                for (index, item) in items.into_iter().enumerate() {
                    if item.kind == ItemKind::Certificate {
                        found.push(Found { input: place(&path, index), bytes: Ok(item.bytes) });
                    }
                }
                if found.len() == before {
                    let fault = "there is no certificate in it".to_owned();
                    found.push(Found { input: place(&path, 0), bytes: Err(fault) });
                }
            }
            Err(fault) => found.push(Found { input: place(&path, 0), bytes: Err(fault) }),
        }
    }
    found
}

fn place(path: &Path, index: usize) -> Place {
    Place { file: path.display().to_string(), index }
}

/// What stands in the place of an answer where a certificate cannot be read.
#[derive(Debug, Serialize)]
pub struct Unreadable {
    /// Where it stands.
    pub input: Place,
    /// The contract's code and what is wrong.
    pub error: UnreadableError,
}

/// What is wrong with an input.
#[derive(Debug, Serialize)]
pub struct UnreadableError {
    /// `malformed-certificate`.
    pub code: &'static str,
    /// What is wrong.
    pub detail: String,
}

impl Unreadable {
    fn new(input: Place, detail: String) -> Self {
        Self { input, error: UnreadableError { code: "malformed-certificate", detail } }
    }
}
