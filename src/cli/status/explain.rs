//! `status --explain-client`: whether a certificate would be taken, as whom, and which term of which rule says so.
//!
//! From the configuration alone, so that it can be asked before a change is put in force, and without a daemon.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::authn::Factor;
use crate::authn::Factors;
use crate::authn::explain::Explanation;
use crate::authn::mtls::ClientRules;
use crate::cli::configuration;
use crate::cli::exit::Exit;
use crate::cli::inputs;
use crate::cli::session::{Failure, Session};
use crate::cli::terminal::{Cell, Table, Tint, printable};
use crate::config::Loaded;
use crate::config::check_config::Check;
use crate::encoding;
use crate::permission::Permission;
use crate::tls::TlsError;
use crate::tls::check::{ClientChain, ClientCheck};
use crate::tls::names::Names;

/// The answer.
#[derive(Debug, Serialize)]
struct Answer {
    file: String,
    /// Whether a client with this certificate, and its key, would be taken.
    taken: bool,
    chain: Chain,
    names: Named,
    /// Whether `mtls.allowed_clients` has the common name; nothing where there is no such list.
    allowed: Option<bool>,
    rules: Vec<Rule>,
    client: Option<String>,
    roles: Vec<String>,
    permissions: Vec<&'static str>,
}

/// What comes of verifying it up to a client CA, with what is known of revocations.
#[derive(Debug, Serialize)]
struct Chain {
    verifies: bool,
    until: Option<String>,
    reason: Option<String>,
}

/// The names that rules are compared with, as the policy file writes them.
#[derive(Debug, Serialize)]
struct Named {
    subject: String,
    cn: Vec<String>,
    ou: Vec<String>,
    dns: Vec<String>,
    uri: Vec<String>,
    issuer: Vec<String>,
    spki: String,
    sha256: String,
    serial: String,
    /// Kinds of names of which some can be read in two ways, and so are none.
    left_out: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Rule {
    client: String,
    roles: Vec<String>,
    holds: bool,
    decides: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Part {
    depth: usize,
    text: String,
    holds: bool,
}

/// Reads the configuration and the certificate, and says what would come of them.
pub(super) fn run(session: &mut Session<'_>, file: &Path) -> Result<Exit, Failure> {
    let folder = configuration::folder(session);
    let loaded = configuration::load(&folder, &configuration::variables()).map_err(|faults| {
        Failure::new(Exit::Configuration, Check::new(Err(&faults)).text(false))
    })?;
    let chain = read(file)?;
    let check = ClientCheck::new(&loaded.configuration.tls).map_err(|error| {
        let exit = match &error {
            TlsError::Read { cause, .. } if cause.kind() == ErrorKind::PermissionDenied => {
                Exit::Permission
            }
            _ => Exit::Configuration,
        };
        Failure::new(exit, format!("mtls: {error}"))
    })?;
    let verified = check.verify(&chain, session.now());
    let chain_outcome = Chain {
        verifies: verified.is_ok(),
        until: verified.as_ref().ok().map(ToString::to_string),
        reason: verified.err().map(|error| error.to_string()),
    };
    let answer = Answer::new(file, chain.names(), chain_outcome, &loaded);
    if session.wants_json() {
        session.print_json(&answer)?;
    } else {
        answer.print(session)?;
    }
    Ok(if answer.taken { Exit::Good } else { Exit::No })
}

fn read(file: &Path) -> Result<ClientChain, Failure> {
    let unreadable =
        |why: &str| Failure::new(Exit::Unreadable, format!("{}: {why}", file.display()));
    if file.is_dir() {
        return Err(unreadable("a folder, and one certificate is looked at"));
    }
    let input = inputs::read([PathBuf::from(file)]).next();
    let bytes = input.ok_or_else(|| unreadable("cannot be read"))?.bytes;
    let bytes = bytes.map_err(|fault| unreadable(&fault))?;
    ClientChain::read(&bytes)
        .ok_or_else(|| unreadable("no X.509 certificate in PEM or DER at its beginning"))
}

impl Answer {
    fn new(file: &Path, names: &Names, chain: Chain, loaded: &Loaded) -> Self {
        let allowed = loaded.configuration.mtls.allowed_clients.clone();
        let said = ClientRules::new(loaded.policy.clients.clone(), allowed).explain(names);
        let deciding = said.deciding();
        let held = deciding.map(|rule| rule.roles.as_slice()).unwrap_or_default();
        let may = loaded.policy.roles.permissions(held, Factors::only(Factor::Mtls));
        let permissions = Permission::ALL.into_iter().filter(|one| may.contains(*one));
        Self {
            file: file.display().to_string(),
            taken: chain.verifies && deciding.is_some(),
            chain,
            names: Named::of(names),
            allowed: said.allowed,
            client: deciding.map(|rule| rule.client.to_string()),
            roles: held.iter().map(ToString::to_string).collect(),
            permissions: permissions.map(Permission::as_str).collect(),
            rules: rules(said),
        }
    }

    fn print(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let style = session.style;
        let out = &mut session.out;
        let taken = match &self.client {
            Some(client) if self.taken => {
                format!("{} as {}", style.paint(Tint::Good, "taken"), printable(client))
            }
            _ => format!("{}: {}", style.paint(Tint::Bad, "refused"), printable(&self.refusal())),
        };
        writeln!(out, "certificate  {}", printable(&self.file))?;
        writeln!(out, "would be     {taken}")?;
        let chain = match (&self.chain.until, &self.chain.reason) {
            (_, Some(reason)) => format!("does not verify: {reason}"),
            (Some(until), None) => format!("verifies, up to {until}"),
            (None, None) => "verifies".to_owned(),
        };
        writeln!(out, "chain        {}", printable(&chain))?;
        if let Some(allowed) = self.allowed {
            let word = if allowed { "has it" } else { "has no such common name" };
            writeln!(out, "allow-list   mtls.allowed_clients {word}")?;
        }
        if !self.roles.is_empty() {
            writeln!(out, "roles        {}", printable(&self.roles.join(", ")))?;
            writeln!(out, "may          {}", self.permissions.join(", "))?;
        }
        writeln!(out)?;
        self.names.table().print(out, &style)?;
        writeln!(out)?;
        if self.rules.is_empty() {
            writeln!(out, "policy.yaml has no rule for clients")?;
        }
        self.rule_table().print(out, &style)?;
        Ok(())
    }

    fn refusal(&self) -> String {
        match (&self.chain.reason, self.allowed) {
            (Some(reason), _) => reason.clone(),
            (None, Some(false)) => "mtls.allowed_clients has not its one common name".to_owned(),
            (None, _) => "no client rule of policy.yaml holds".to_owned(),
        }
    }

    fn rule_table(&self) -> Table<5> {
        let mut table = Table::new(["RULE", "CLIENT", "MATCH", "HOLDS", "DECIDES"]);
        for (number, rule) in self.rules.iter().enumerate() {
            for (at, part) in rule.parts.iter().enumerate() {
                let decides = if rule.decides && at == 0 { "yes" } else { "" };
                table.row([
                    format!("clients[{number}]").into(),
                    rule.client.as_str().into(),
                    format!("{}{}", "  ".repeat(part.depth), part.text).into(),
                    if part.holds {
                        Cell::tinted("yes", Tint::Good)
                    } else {
                        Cell::tinted("no", Tint::Bad)
                    },
                    decides.into(),
                ]);
            }
        }
        table
    }
}

fn rules(said: Explanation) -> Vec<Rule> {
    let decides = said.decides;
    let rules = said.rules.into_iter().enumerate().map(|(place, rule)| Rule {
        client: rule.client.to_string(),
        roles: rule.roles.iter().map(ToString::to_string).collect(),
        holds: rule.holds,
        decides: decides == Some(place),
        parts: rule
            .parts
            .into_iter()
            .map(|part| Part { depth: part.depth, text: part.text, holds: part.holds })
            .collect(),
    });
    rules.collect()
}

impl Named {
    fn of(names: &Names) -> Self {
        Self {
            subject: names.subject.clone(),
            cn: names.common_names.clone(),
            ou: names.organisational_units.clone(),
            dns: names.dns.clone(),
            uri: names.uris.clone(),
            issuer: names.issuer_common_names.clone(),
            spki: format!("sha256:{}", encoding::hex(&names.key_pin)),
            sha256: encoding::hex(&names.sha256),
            serial: names.serial.clone(),
            left_out: names.left_out.clone(),
        }
    }

    /// A line for each name, so that one with a comma in it is seen to be one.
    fn table(&self) -> Table<2> {
        let mut table = Table::new(["NAME", "VALUE"]);
        table.row(["subject".into(), self.subject.as_str().into()]);
        for (kind, texts) in [
            ("cn", &self.cn),
            ("ou", &self.ou),
            ("dns", &self.dns),
            ("uri", &self.uri),
            ("issuer", &self.issuer),
        ] {
            let note = match (texts.len(), self.left_out.contains(&kind)) {
                (_, true) => " (with a name that can be read in two ways, and so is none)",
                (2.., false) if matches!(kind, "cn" | "issuer") => " (one of several is none)",
                _ => "",
            };
            if texts.is_empty() {
                table.row([kind.into(), format!("-{note}").into()]);
            }
            for text in texts {
                table.row([kind.into(), format!("{text}{note}").into()]);
            }
        }
        table.row(["spki".into(), self.spki.as_str().into()]);
        table.row(["sha256".into(), self.sha256.as_str().into()]);
        table.row(["serial".into(), self.serial.as_str().into()]);
        table
    }
}
