//! `trust`: what is trusted, and changing it.

use std::io::Write;

use crate::state::FolderLock;
use crate::trust::change::Draft;
use crate::trust::diff::{AnchorLine, Difference, Happened};
use crate::trust::snapshot::Snapshot;

use super::session::{Failure, Session};
use super::terminal::{Style, Tint, printable};

pub mod change;
pub mod import;
pub(super) mod remote;
pub mod show;

/// What a change came to: the sources' reports, and the difference.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
pub struct Outcome {
    /// The snapshot that is current now, or would be.
    pub snapshot: String,
    /// Whether it was made current.
    pub committed: bool,
    /// What was done with each source.
    pub sources: Vec<crate::trust::change::SourceReport>,
    /// What changes.
    pub difference: Difference,
    /// What an operator should know; for people.
    #[serde(default, skip_serializing)]
    pub notes: Vec<String>,
}

/// Makes a change that `fill` puts into a draft: under the lock, the new snapshot becomes current; without one, it is
/// only shown.
fn commit(
    session: &Session<'_>,
    lock: Option<&FolderLock>,
    fill: impl FnOnce(&mut Draft<'_>, &Snapshot) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let store = session.store();
    let base = store.current()?;
    let mut draft = Draft::new(&base, session.now());
    fill(&mut draft, &base)?;
    let (snapshot, bytes, sources) = draft.finish()?;
    let difference = Difference::between(&base, &snapshot);
    if let Some(lock) = lock {
        store.commit(lock, snapshot.id(), &bytes)?;
    }
    let committed = lock.is_some() && !difference.is_empty();
    let snapshot = snapshot.label().to_string();
    Ok(Outcome { snapshot, committed, sources, difference, notes: Vec::new() })
}

/// The difference, a line each, added before removed.
fn print_difference(
    out: &mut dyn Write,
    style: &Style,
    difference: &Difference,
) -> Result<(), Failure> {
    if difference.is_empty() {
        writeln!(out, "nothing changes")?;
        return Ok(());
    }
    for (name, happened) in &difference.sources {
        let (mark, tint, word) = match happened {
            Happened::Added => ("+", Tint::Good, "added"),
            Happened::Replaced => ("~", Tint::Doubt, "replaced"),
            Happened::Removed => ("-", Tint::Bad, "removed"),
        };
        writeln!(out, "{} source {} {word}", style.paint(tint, mark), printable(name))?;
    }
    for (anchors, mark, tint) in [
        (&difference.added, "+", Tint::Good),
        (&difference.removed, "-", Tint::Bad),
        (&difference.distrusted, "!", Tint::Bad),
    ] {
        for AnchorLine { sha256, country, subject } in anchors {
            let country = country.as_deref().unwrap_or("-");
            let line = printable(&format!("anchor {country:<2} {sha256} {subject}"));
            writeln!(out, "{} {line}", style.paint(tint, mark))?;
        }
    }
    for (crls, mark, tint) in
        [(&difference.crls_added, "+", Tint::Good), (&difference.crls_removed, "-", Tint::Bad)]
    {
        for crl in crls {
            writeln!(out, "{} CRL {}", style.paint(tint, mark), printable(crl))?;
        }
    }
    let Difference { added, removed, distrusted, candidates, .. } = difference;
    writeln!(
        out,
        "anchors: {} added, {} removed, {} distrusted; other certificates: {candidates:+}",
        added.len(),
        removed.len(),
        distrusted.len()
    )?;
    Ok(())
}

/// The difference and what became of it.
fn print_outcome(
    session: &mut Session<'_>,
    outcome: &Outcome,
    dry_run: bool,
) -> Result<(), Failure> {
    let style = session.style;
    print_difference(session.out, &style, &outcome.difference)?;
    let word = match (dry_run, outcome.committed) {
        (true, _) => "would be, had this been no dry run",
        (false, true) => "is current",
        (false, false) => "was current already",
    };
    writeln!(session.out, "snapshot {} {word}", outcome.snapshot)?;
    Ok(())
}
