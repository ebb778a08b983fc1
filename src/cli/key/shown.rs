//! Keys as a person reads them.

use std::io;

use serde::Deserialize;

use super::super::session::Session;
use super::super::terminal::{Cell, Table, Tint, printable};

/// What is known of a key.
#[derive(Debug, Deserialize)]
pub(super) struct Key {
    id: String,
    name: String,
    owner: String,
    permissions: Vec<String>,
    state: String,
    created: String,
    created_by: String,
    expires: String,
    networks: Vec<String>,
    limit: Option<Limit>,
    rotation_due: bool,
    uses: u64,
    last_use: Option<Last>,
    taken_until: Option<String>,
    revoked: Option<Withdrawn>,
    successor: Option<String>,
    predecessor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Limit {
    requests_per_minute: u32,
    burst: u32,
}

#[derive(Debug, Deserialize)]
struct Last {
    at: String,
    network: String,
}

#[derive(Debug, Deserialize)]
struct Withdrawn {
    at: String,
    by: String,
}

/// A key that was made.
#[derive(Deserialize)]
pub(super) struct New {
    key: String,
    api_key: Key,
    previous: Option<Key>,
}

/// A key that was withdrawn.
#[derive(Deserialize)]
pub(super) struct Revoked {
    pub(super) api_key: Key,
    pub(super) changed: bool,
}

impl New {
    pub(super) fn print(&self, session: &mut Session<'_>) -> io::Result<()> {
        line(session, "key", &self.key)?;
        self.api_key.print(session)?;
        let Some(previous) = &self.previous else { return Ok(()) };
        let until = previous.taken_until.as_deref().unwrap_or_default();
        line(session, "previous", &format!("{}, taken until {until}", previous.id))?;
        line(session, "its last use", &previous.used())
    }
}

impl Key {
    pub(super) fn print(&self, session: &mut Session<'_>) -> io::Result<()> {
        line(session, "id", &self.id)?;
        line(session, "name", &self.name)?;
        line(session, "owner", &self.owner)?;
        line(session, "state", &self.standing())?;
        line(session, "permissions", &self.permissions.join(", "))?;
        line(session, "created", &format!("{} by {}", self.created, self.created_by))?;
        line(session, "expires", &self.expires)?;
        let networks = self.networks.join(", ");
        line(session, "networks", if networks.is_empty() { "any" } else { &networks })?;
        if let Some(Limit { requests_per_minute, burst }) = &self.limit {
            let limit = format!("{requests_per_minute} requests a minute, {burst} at once");
            line(session, "limit", &limit)?;
        }
        line(session, "uses", &self.uses.to_string())?;
        line(session, "last use", &self.used())?;
        let revoked = self.revoked.as_ref().map(|one| format!("{} by {}", one.at, one.by));
        for (name, text) in [
            ("taken until", &self.taken_until),
            ("revoked", &revoked),
            ("successor", &self.successor),
            ("predecessor", &self.predecessor),
        ] {
            if let Some(text) = text {
                line(session, name, text)?;
            }
        }
        Ok(())
    }

    fn standing(&self) -> String {
        if self.rotation_due { format!("{}, due", self.state) } else { self.state.clone() }
    }

    fn used(&self) -> String {
        match &self.last_use {
            Some(Last { at, network }) => format!("{at} from {network}"),
            None => "never".to_owned(),
        }
    }
}

/// A row each.
pub(super) fn print_list(session: &mut Session<'_>, keys: &[Key]) -> io::Result<()> {
    let mut table = Table::new([
        "ID",
        "STATE",
        "NAME",
        "OWNER",
        "EXPIRES",
        "USES",
        "LAST USE",
        "FROM",
        "PERMISSIONS",
    ])
    .number("USES");
    for key in keys {
        let tint = match key.state.as_str() {
            "active" if !key.rotation_due => Tint::Good,
            "active" | "rotating" => Tint::Doubt,
            "revoked" => Tint::Bad,
            _ => Tint::Faint,
        };
        let last = key.last_use.as_ref();
        table.row([
            key.id.as_str().into(),
            Cell::tinted(key.standing(), tint),
            key.name.as_str().into(),
            key.owner.as_str().into(),
            key.expires.get(..10).unwrap_or_default().into(),
            key.uses.to_string().into(),
            last.map(|last| last.at.as_str()).unwrap_or_default().into(),
            last.map(|last| last.network.as_str()).unwrap_or_default().into(),
            key.permissions.join(",").into(),
        ]);
    }
    let style = session.style;
    table.print(session.out, &style)?;
    let plural = if keys.len() == 1 { "" } else { "s" };
    writeln!(session.out, "{} key{plural}", keys.len())
}

fn line(session: &mut Session<'_>, name: &str, text: &str) -> io::Result<()> {
    writeln!(session.out, "{name:<12}  {}", printable(text))
}
