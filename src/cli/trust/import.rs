//! `trust import`: master lists, bundles and revocation lists from files, all of them or none.

use std::collections::BTreeMap;
use std::io::Write;

use crate::api::{IMPORT_TYPE, Manifest, Part};
use crate::state::FolderLock;
use crate::trust::bundle::{self, Item};
use crate::trust::change::{ImportOptions, SourceReport};
use crate::trust::fingerprint::Fingerprint;

use super::super::exit::Exit;
use super::super::inputs::{self, Input};
use super::super::local::{Holder, Question};
use super::super::session::{Failure, Session, fingerprint};
use super::super::terminal::{Style, Tint, printable};
use super::super::usage_error::UsageError;
use super::remote::{self, Maker, Refused};
use super::{Outcome, commit, print_outcome};

/// One source to be: the files that make it up.
struct Incoming {
    sha256: Fingerprint,
    items: Vec<Item>,
    /// Of each file, as a daemon would be sent them.
    bytes: Vec<Vec<u8>>,
    files: Vec<String>,
}

/// Imports the files that the command was given.
pub(in crate::cli) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let options = ImportOptions {
        accept_signers: accepted_signers(session)?,
        allow_older: session.invocation.flag("allow-older"),
    };
    let dry_run = session.invocation.flag("dry-run");
    let incoming = read(session)?;
    let outcome = if dry_run {
        // Who only looks needs no lock, and leaves no folder behind.
        here(session, None, &incoming, &options)?
    } else {
        match Maker::of(session)? {
            Maker::Here(lock) => here(session, Some(&lock), &incoming, &options)?,
            Maker::Daemon(holder) => by_daemon(&holder, &incoming, &options)?,
        }
    };
    if session.wants_json() {
        session.print_json(&outcome)?;
    } else {
        let style = session.style;
        for report in &outcome.sources {
            print_report(session.out, &style, report)?;
        }
        print_outcome(session, &outcome, dry_run)?;
    }
    Ok(Exit::Good)
}

fn here(
    session: &Session<'_>,
    lock: Option<&FolderLock>,
    incoming: &BTreeMap<String, Incoming>,
    options: &ImportOptions,
) -> Result<Outcome, Failure> {
    commit(session, lock, |draft, _| {
        for (name, Incoming { sha256, items, files, .. }) in incoming {
            draft
                .import(name, *sha256, items, options)
                .map_err(|error| nothing_changed(files, &Failure::from(error)))?;
        }
        Ok(())
    })
}

/// Sends all sources as one change.
fn by_daemon(
    holder: &Holder,
    incoming: &BTreeMap<String, Incoming>,
    options: &ImportOptions,
) -> Result<Outcome, Failure> {
    let part = |(name, one): (&String, &Incoming)| Part {
        name: name.clone(),
        files: one.bytes.iter().map(Vec::len).collect(),
    };
    let manifest = Manifest {
        sources: incoming.iter().map(part).collect(),
        accept_signers: options.accept_signers.clone(),
        allow_older: options.allow_older,
    };
    let line = manifest.line();
    let files = incoming.values().flat_map(|one| one.bytes.iter().map(Vec::as_slice));
    let body: Vec<&[u8]> = std::iter::once(line.as_slice()).chain(files).collect();
    let question =
        Question { method: "POST", target: "/v1/trust/import", media: IMPORT_TYPE, body: &body };
    remote::send(holder, &question).map_err(|Refused { failure, source }| {
        match source.and_then(|place| incoming.values().nth(place)) {
            Some(one) => nothing_changed(&one.files, &failure),
            None => failure,
        }
    })
}

fn nothing_changed(files: &[String], failure: &Failure) -> Failure {
    let message = format!("{}: {}; nothing was changed", files.join(", "), failure.message);
    Failure::new(failure.exit, message)
}

fn accepted_signers(session: &Session<'_>) -> Result<Vec<Fingerprint>, UsageError> {
    let values = session.invocation.values("accept-signer");
    values.map(|value| fingerprint("--accept-signer", value)).collect()
}

/// The files by the source that they belong to: `--source`, or each its own by its name without ending.
fn read(session: &Session<'_>) -> Result<BTreeMap<String, Incoming>, Failure> {
    let named = session.invocation.text("source");
    let mut sources: BTreeMap<String, Incoming> = BTreeMap::new();
    for Input { path, bytes } in inputs::read(session.invocation.operands()) {
        let file = printable(&path.display().to_string());
        let unreadable = |detail: String| {
            Failure::new(Exit::Unreadable, format!("{file}: {detail}; nothing was changed"))
        };
        let bytes = bytes.map_err(unreadable)?;
        let items = bundle::read(&bytes).map_err(|error| unreadable(error.to_string()))?;
        let stem =
            || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = named.map_or_else(stem, str::to_owned);
        let sha256 = Fingerprint::of(&bytes);
        match sources.get_mut(&name) {
            None => {
                let one = Incoming { sha256, items, bytes: vec![bytes], files: vec![file] };
                sources.insert(name, one);
            }
            Some(one) if named.is_some() => {
                one.items.extend(items);
                one.sha256 = Fingerprint::of(
                    &[one.sha256.as_bytes().as_slice(), sha256.as_bytes()].concat(),
                );
                one.bytes.push(bytes);
                one.files.push(file);
            }
            Some(one) => {
                let message = format!(
                    "{} and {file} would both be the source '{name}'; name one with --source",
                    one.files.join(", ")
                );
                return Err(Failure::new(Exit::Usage, message));
            }
        }
    }
    Ok(sources)
}

fn print_report(out: &mut dyn Write, style: &Style, report: &SourceReport) -> Result<(), Failure> {
    let SourceReport { source, cscas, links, with_warnings, candidates, crls, refused, .. } =
        report;
    write!(out, "{}", style.paint(Tint::Strong, source))?;
    if report.unchanged {
        writeln!(out, ": this very list is held already")?;
        return Ok(());
    }
    if let (Some(signed_at), Some(csca)) = (&report.signed_at, &report.signer_csca) {
        writeln!(out, ": master list signed {signed_at} under CSCA {csca}")?;
        let anchors = cscas.saturating_add(*links);
        writeln!(
            out,
            "  {anchors} anchors: {cscas} CSCA, {links} link ({with_warnings} with warnings); {} refused",
            refused.len()
        )?;
    } else {
        writeln!(
            out,
            ": {candidates} certificates (no anchors), {crls} CRLs; {} refused",
            refused.len()
        )?;
    }
    for note in &report.notes {
        writeln!(out, "  note     {}", printable(note))?;
    }
    for refusal in refused {
        let line = format!("{}  {}: {}", refusal.sha256, refusal.what, refusal.reason);
        writeln!(out, "  {}  {}", style.paint(Tint::Bad, "refused"), printable(&line))?;
    }
    Ok(())
}
