//! `cert validate`: a verdict for each certificate, on all cores.

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::runtime::parallel;
use crate::trust::certificate::Certificate;
use crate::trust::check::{Check, Outcome};
use crate::trust::snapshot::Snapshot;
use crate::trust::validate::{self, OnUnknown, Question};
use crate::trust::verdict::{Answer, Verdict};

use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::super::terminal::{Cell, Progress, Style, Table, Tint, printable};
use super::{Found, Place, Unreadable};

/// A verdict with the place of its certificate.
#[derive(Debug, Serialize)]
pub struct Located {
    /// Where the certificate stands.
    pub input: Place,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How many came out how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Summary {
    /// All of them, readable or not.
    pub certificates: usize,
    /// Answered `valid`.
    pub valid: usize,
    /// Answered `invalid`.
    pub invalid: usize,
    /// Answered `indeterminate`.
    pub indeterminate: usize,
    /// Not answered: no certificate could be read.
    pub unreadable: usize,
}

/// What came of one certificate.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Judged {
    /// A verdict.
    Verdict(Box<Located>),
    /// Nothing to judge.
    Unreadable(Unreadable),
}

#[derive(Serialize)]
struct Document<'a> {
    results: &'a [Judged],
    summary: Summary,
}

/// Judges the certificates of the files that the command was given.
pub(in crate::cli) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let question = Question {
        at: session.at()?,
        kind: session.kind(),
        policy: session.policy(),
        on_unknown: match session.invocation.text("on-unknown") {
            Some("indeterminate") => OnUnknown::Indeterminate,
            _ => OnUnknown::Warn,
        },
        ..Question::at(session.now())
    };
    let store = session.store();
    let snapshot = store.current()?;
    if snapshot.anchors().all().is_empty() {
        let folder = session.state_folder();
        writeln!(
            session.err,
            "trust-service: {}: no anchors are held, so no answer can be certain; begin with: trust anchor FILE --state {0}",
            printable(&folder.display().to_string())
        )?;
    }
    let found = super::certificates(session);
    let results = judge(session, &found, &snapshot, &question);
    let summary = Summary::of(&results);
    if session.wants_json() {
        session.print_json(&Document { results: &results, summary })?;
    } else if session.invocation.flag("verbose") {
        print_in_full(session, &results)?;
        print_summary(session, summary)?;
    } else {
        print_table(session.out, &session.style, &results)?;
        print_summary(session, summary)?;
    }
    for result in &results {
        if let Judged::Unreadable(Unreadable { input, error }) = result {
            let line = format!("{}: {}", input.file, error.detail);
            writeln!(session.err, "trust-service: {}", printable(&line))?;
        }
    }
    Ok(summary.exit())
}

fn judge(
    session: &mut Session<'_>,
    found: &[Found],
    snapshot: &Snapshot,
    question: &Question,
) -> Vec<Judged> {
    let progress = Progress::new("validating", found.len(), &session.err_style);
    let began: Duration = session.clock.uptime();
    let clock = session.clock;
    let results = parallel::map(found, |one| {
        let result = answer(one, snapshot, question);
        progress.bump(1);
        let _ = progress.draw(clock.uptime().saturating_sub(began), &mut std::io::stderr());
        result
    });
    let _ = progress.clear(session.err);
    results
}

fn answer(found: &Found, snapshot: &Snapshot, question: &Question) -> Judged {
    let bytes = found.bytes.clone();
    match bytes.and_then(|bytes| Certificate::parse(bytes).map_err(|error| error.to_string())) {
        Ok(certificate) => {
            let verdict = validate::validate(&certificate, snapshot, question);
            Judged::Verdict(Box::new(Located { input: found.input.clone(), verdict }))
        }
        Err(detail) => Judged::Unreadable(Unreadable::new(found.input.clone(), detail)),
    }
}

impl Summary {
    fn of(results: &[Judged]) -> Self {
        let answers = results.iter().map(|result| match result {
            Judged::Verdict(located) => Some(located.verdict.verdict),
            Judged::Unreadable(_) => None,
        });
        let count = |wanted| answers.clone().filter(|answer| *answer == wanted).count();
        Self {
            certificates: results.len(),
            valid: count(Some(Answer::Valid)),
            invalid: count(Some(Answer::Invalid)),
            indeterminate: count(Some(Answer::Indeterminate)),
            unreadable: count(None),
        }
    }

    /// The code that the contract has for these answers.
    #[must_use]
    pub const fn exit(self) -> Exit {
        if self.invalid > 0 {
            Exit::No
        } else if self.unreadable > 0 {
            Exit::Unreadable
        } else if self.indeterminate > 0 {
            Exit::Uncertain
        } else {
            Exit::Good
        }
    }
}

/// One row for each certificate: the verdict, whose it is, who issued it, and the one reason that matters.
pub(in crate::cli) fn print_table(
    out: &mut dyn Write,
    style: &Style,
    results: &[Judged],
) -> Result<(), Failure> {
    let mut table = Table::new(["VERDICT", "COUNTRY", "TYPE", "SUBJECT", "ISSUER", "REASON"]);
    for result in results {
        table.row(match result {
            Judged::Verdict(located) => row(&located.verdict),
            Judged::Unreadable(unreadable) => [
                Cell::tinted("unreadable", Tint::Bad),
                "".into(),
                "".into(),
                format!("{} [{}]", unreadable.input.file, unreadable.input.index).into(),
                "".into(),
                unreadable.error.detail.clone().into(),
            ],
        });
    }
    table.print(out, style)?;
    Ok(())
}

fn row(verdict: &Verdict) -> [Cell; 6] {
    [
        Cell::tinted(verdict.verdict.name(), tint(verdict.verdict)),
        verdict.country.clone().unwrap_or_default().into(),
        verdict.kind.name().into(),
        short(&verdict.subject).into(),
        short(&verdict.issuer).into(),
        reason(verdict).into(),
    ]
}

/// The common name and, where there is one, the serial number that tells signers apart; else the whole name.
fn short(name: &str) -> String {
    let part = |key: &str| name.split(", ").find_map(|part| part.strip_prefix(key));
    match (part("CN="), part("serialNumber=")) {
        (Some(common), Some(number)) => format!("{common} {number}"),
        (Some(common), None) => common.to_owned(),
        (None, _) => name.to_owned(),
    }
}

fn reason(verdict: &Verdict) -> String {
    match verdict.reason() {
        Some(Check { code, detail, .. }) => format!("{}: {detail}", code.name()),
        None => "every check passed".to_owned(),
    }
}

const fn tint(answer: Answer) -> Tint {
    match answer {
        Answer::Valid => Tint::Good,
        Answer::Invalid => Tint::Bad,
        Answer::Indeterminate => Tint::Doubt,
    }
}

/// Every check of every certificate, each with its rule.
fn print_in_full(session: &mut Session<'_>, results: &[Judged]) -> Result<(), Failure> {
    for result in results {
        match result {
            Judged::Verdict(located) => print_one(session, located)?,
            Judged::Unreadable(Unreadable { input, error }) => {
                let line =
                    format!("unreadable  {} [{}]: {}", input.file, input.index, error.detail);
                writeln!(session.out, "{}\n", printable(&line))?;
            }
        }
    }
    Ok(())
}

fn print_one(session: &mut Session<'_>, located: &Located) -> Result<(), Failure> {
    let Located { input, verdict } = located;
    let style = session.style;
    let out = &mut session.out;
    writeln!(
        out,
        "{}  {}",
        style.paint(tint(verdict.verdict), verdict.verdict.name()),
        printable(&verdict.subject)
    )?;
    let path: Vec<String> = verdict
        .path
        .iter()
        .map(|above| {
            format!(
                "{} {} ({}; {})",
                above.role,
                above.subject,
                above.sha256,
                above.sources.join(", ")
            )
        })
        .collect();
    for (label, value) in [
        ("file", format!("{} [{}]", input.file, input.index)),
        ("issuer", verdict.issuer.clone()),
        ("sha256", verdict.sha256.to_string()),
        ("key", format!("{}, signed with {}", verdict.key, verdict.signature)),
        (
            "at",
            format!("{}; valid now: {}", verdict.at, if verdict.valid_now { "yes" } else { "no" }),
        ),
        ("under", path.join("; ")),
    ] {
        if !value.is_empty() {
            writeln!(out, "  {label:<8}{}", printable(&value))?;
        }
    }
    let mut table = Table::new(["  CHECK", "OUTCOME", "DETAIL", "RULE"]);
    for check in &verdict.checks {
        let (word, tint) = match check.outcome {
            Outcome::Skipped => ("skipped", Tint::Faint),
            Outcome::Pass => ("pass", Tint::Good),
            Outcome::Warn => ("warn", Tint::Doubt),
            Outcome::Fail => ("fail", Tint::Bad),
        };
        table.row([
            format!("  {}", check.code.name()).into(),
            Cell::tinted(word, tint),
            check.detail.as_ref().into(),
            check.rule.into(),
        ]);
    }
    table.print(*out, &style)?;
    writeln!(out)?;
    Ok(())
}

fn print_summary(session: &mut Session<'_>, summary: Summary) -> Result<(), Failure> {
    let Summary { certificates, valid, invalid, indeterminate, unreadable } = summary;
    let plural = if certificates == 1 { "" } else { "s" };
    write!(
        session.out,
        "{certificates} certificate{plural}: {valid} valid, {invalid} invalid, {indeterminate} indeterminate"
    )?;
    if unreadable > 0 {
        write!(session.out, ", {unreadable} unreadable")?;
    }
    writeln!(session.out)?;
    Ok(())
}
