//! `status --limits`: who uses most of what they may have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::daemon::{Holder, Question};
use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::super::terminal::{Cell, Table, Tint};
use super::super::trust::remote;

#[derive(Deserialize, Serialize)]
struct View {
    limits: Vec<Row>,
    refused: BTreeMap<String, u64>,
    lockouts: u64,
    crowded: u64,
    memory_bytes: u64,
}

#[derive(Deserialize, Serialize)]
struct Row {
    scope: String,
    key: String,
    used_percent: u32,
    refused: u32,
    known: bool,
}

pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let state = session.state_folder();
    let Some(holder) = Holder::of(&state)? else {
        let text = format!("{}: no service holds this folder", state.display());
        return Err(Failure::new(Exit::Unavailable, text));
    };
    let reply = holder.ask(&Question::get("/v1/admin/limits"))?;
    let view = match reply.status {
        200 => reply.read::<View>(),
        _ => return Err(remote::refused(&reply).failure),
    };
    let view = view.ok_or_else(|| {
        Failure::new(Exit::Internal, "the service's answer is not of this program's version")
    })?;
    if session.wants_json() {
        session.print_json(&view)?;
    } else {
        print(session, &view)?;
    }
    Ok(Exit::Good)
}

fn print(session: &mut Session<'_>, view: &View) -> Result<(), Failure> {
    let mut table = Table::new(["COUNTED BY", "WHO", "USED %", "REFUSED", "KNOWN"])
        .number("USED %")
        .number("REFUSED");
    for row in &view.limits {
        let tint = match row.used_percent {
            0..=49 => Tint::Good,
            50..=99 => Tint::Doubt,
            _ => Tint::Bad,
        };
        table.row([
            row.scope.as_str().into(),
            row.key.as_str().into(),
            Cell::tinted(row.used_percent.to_string(), tint),
            row.refused.to_string().into(),
            if row.known { "yes" } else { "" }.into(),
        ]);
    }
    let style = session.style;
    if table.is_empty() {
        writeln!(session.out, "nobody uses anything at present")?;
    } else {
        table.print(session.out, &style)?;
    }
    let refused: Vec<String> =
        view.refused.iter().map(|(scope, count)| format!("{count} by {scope}")).collect();
    writeln!(session.out, "refused since the start: {}", refused.join(", "))?;
    writeln!(session.out, "shut out: {}; crowded: {}", view.lockouts, view.crowded)?;
    Ok(())
}
