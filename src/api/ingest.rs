//! `PUT /v1/trust/sources/{name}`: a new list, bundle or CRL for a source, taken up whole or not at all.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::audit::event::{EventType, Pair, Value};
use crate::authz::Grant;
use crate::trust::bundle::{self, MAX_FILE_BYTES};
use crate::trust::change::ImportOptions;
use crate::trust::fingerprint::Fingerprint;
use crate::wire::problem::FieldError;

use super::change::{self, Change, Refused, Told};
use super::query::{Query, wrong};
use super::{Answer, Body, Call, Services};

/// The types that a source's file may come as. What it is, its bytes say.
pub(super) const TYPES: &[&str] = &[
    "application/octet-stream",
    "application/cms",
    "application/pkcs7-mime",
    "application/pkix-cert",
    "application/pkix-crl",
    "application/x-pem-file",
    "application/ldif",
    "text/ldif",
];

/// What imports are called in records.
pub(super) const ACTION: &str = "trust:ingest";

/// Fingerprints that `accept_signer` may name.
const MAX_ACCEPTED: usize = 8;

/// What the query asks for.
#[derive(Debug)]
struct Asked {
    options: ImportOptions,
    dry_run: bool,
}

impl Asked {
    fn of(query: Option<&str>) -> Result<Self, FieldError> {
        let query = Query::parse(query, &["accept_signer", "allow_older", "dry_run"])?;
        let mut accept_signers = Vec::new();
        for text in query.get("accept_signer").into_iter().flat_map(|text| text.split(',')) {
            let signer = text.parse().map_err(|_| {
                wrong("accept_signer", "not SHA-256 fingerprints of 64 digits, parted by commas")
            })?;
            accept_signers.push(signer);
        }
        if accept_signers.len() > MAX_ACCEPTED {
            return Err(wrong("accept_signer", "names more than 8"));
        }
        Ok(Self {
            options: ImportOptions {
                accept_signers,
                allow_older: query.flag("allow_older")?.unwrap_or(false),
            },
            dry_run: query.flag("dry_run")?.unwrap_or(false),
        })
    }
}

/// `PUT /v1/trust/sources/{name}`.
pub(super) fn source(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let resource = format!("source:{}", call.parameters.only());
    match Asked::of(call.query) {
        Err(error) => Answer::malformed(call, &[error]).recorded_as(ACTION, resource),
        Ok(asked) => taken(services, grant, call, &asked)
            .unwrap_or_else(|refused| refused.answer(call).recorded_as(ACTION, resource)),
    }
}

fn taken(
    services: &Services,
    grant: &Grant,
    call: &Call<'_>,
    asked: &Asked,
) -> Result<Answer, Refused> {
    let change = Change {
        action: ACTION,
        resource: format!("source:{}", call.parameters.only()).into(),
        kind: EventType::CertImported,
        dry_run: asked.dry_run,
    };
    change::make(services, grant, call, &change, |draft, _| {
        // Read here, where one change at a time has room for it.
        let bytes = whole(&call.body).map_err(Refused::Unreadable)?;
        let sha256 = Fingerprint::of(&bytes);
        let items = bundle::read(&bytes).map_err(Refused::Bundle)?;
        drop(bytes);
        draft.import(call.parameters.only(), sha256, &items, &asked.options)?;
        Ok(Told { facts: facts(&[sha256], &asked.options), notes: Vec::new() })
    })
}

/// What the records of an import say of it, beside what is different.
pub(super) fn facts(files: &[Fingerprint], options: &ImportOptions) -> Vec<Pair<'static>> {
    let texts = |all: &[Fingerprint]| all.iter().map(|one| one.to_string().into()).collect();
    let sha256 = match files {
        [one] => Value::from(one.to_string()),
        several => Value::List(texts(several)),
    };
    vec![
        ("sha256", sha256),
        ("accepted_signers", Value::List(texts(&options.accept_signers))),
        ("allow_older", Value::from(options.allow_older)),
    ]
}

/// The body's bytes, within the bound of what a source may hold.
pub(super) fn whole(body: &Body<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match body {
        Body::None => {}
        Body::Memory(held) => bytes.extend_from_slice(held),
        Body::File(file) => {
            let mut file: &File = file;
            file.seek(SeekFrom::Start(0))?;
            let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
            file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}
