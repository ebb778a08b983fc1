//! What happened, as it will stand in the record.
//!
//! An [`Event`] borrows everything and is written straight into a batch: the request path allocates nothing for it.
//! What the recorder alone knows (number, chain, instance) is put around it later, see
//! [`record`](crate::audit::record).

mod json;
mod kind;
mod value;

use std::net::IpAddr;

use crate::clock::Timestamp;
use crate::entropy::{Entropy, NoEntropy};
use crate::identity::{RoleName, Uuid};

use super::record::MAX_BODY;
use super::settings::AuditSettings;
use super::subject_keys::SubjectKey;

use json::Writer;
pub(in crate::audit) use json::{cut, decimal, text};
pub use kind::{EventType, Outcome, Severity};
pub use value::{Pair, Value};

/// One event. Written in the order of the fields here.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The record's own id, which the answer carries as `Audit-Id`.
    pub id: Uuid,
    /// When it happened.
    pub time: Timestamp,
    /// What kind of thing happened.
    pub kind: EventType,
    /// How much it matters.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// What was asked for, such as `certificate:validate`.
    pub action: &'a str,
    /// What it was asked of, such as a route or a file.
    pub resource: &'a str,
    /// Who asked, where that is known.
    pub actor: Option<Actor<'a>>,
    /// Where from, where there is a network between.
    pub source: Option<Source>,
    /// The request's id.
    pub request_id: Option<Uuid>,
    /// What the caller uses to join records of several services.
    pub correlation_id: Option<&'a str>,
    /// What was decided and why; nothing is written where it is empty.
    pub decision: &'a [Pair<'a>],
    /// What else is worth keeping; nothing is written where it is empty.
    pub details: &'a [Pair<'a>],
    /// What whoever records it knows besides; written behind the details.
    pub context: &'a [Pair<'a>],
    /// What only the holder of the subject's key may read.
    pub sealed: Option<Sealing<'a>>,
}

/// Who caused an event.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The name of the caller.
    pub client: &'a str,
    /// The subject's pseudonym of the current epoch, see [`SubjectKey::pseudonym`].
    pub subject: &'a str,
    /// How the caller was known: `mtls`, `jwt`, `api_key`, or several.
    pub method: &'a str,
    /// The roles that the caller had.
    pub roles: &'a [RoleName],
}

/// Where an event came from. Only networks are written; a full address belongs into [`Event::sealed`].
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The other end of the connection.
    pub peer: IpAddr,
    /// Who a trusted proxy says it speaks for.
    pub client: Option<IpAddr>,
}

/// What to seal under a subject's key, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'a> {
    /// The subject's key.
    pub key: &'a SubjectKey,
    /// Names, which stand in clear, and values, which do not.
    pub fields: &'a [(&'a str, &'a str)],
    /// Where the nonce comes from.
    pub entropy: &'a dyn Entropy,
}

/// How many bits of an address a record shows in clear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prefixes {
    /// Of an IPv4 address; above 32 is 32.
    pub ipv4: u8,
    /// Of an IPv6 address; above 128 is 128.
    pub ipv6: u8,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { ipv4: 24, ipv6: 48 }
    }
}

impl From<&AuditSettings> for Prefixes {
    fn from(settings: &AuditSettings) -> Self {
        Self { ipv4: settings.ipv4_prefix, ipv6: settings.ipv6_prefix }
    }
}

/// How many bytes of a text are written, tried in this order until the event fits.
const CAPS: [usize; 5] = [usize::MAX, 4_096, 1_024, 256, 64];

/// How many roles are written of an actor.
const MAX_ROLES: usize = 64;

impl<'a> Event<'a> {
    /// That `action` happened to `resource`, of low severity and successfully, with nothing else to tell.
    #[must_use]
    pub const fn of(
        id: Uuid,
        time: Timestamp,
        kind: EventType,
        action: &'a str,
        resource: &'a str,
    ) -> Self {
        Self {
            id,
            time,
            kind,
            severity: Severity::Low,
            outcome: Outcome::Success,
            action,
            resource,
            actor: None,
            source: None,
            request_id: None,
            correlation_id: None,
            decision: &[],
            details: &[],
            context: &[],
            sealed: None,
        }
    }
}

impl Event<'_> {
    /// Appends the body of the record to `out`: at most [`MAX_BODY`] bytes, without braces.
    ///
    /// Where it would be longer, texts are cut at a character's end, each noted as `truncated` in the details with
    /// the bytes that it had. `scratch` holds ciphertext afterwards and nothing else.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] where there is something to seal and no nonce to seal it with; `out` is then as it was.
    pub(in crate::audit) fn write(
        &self,
        prefixes: Prefixes,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), NoEntropy> {
        let start = out.len();
        let fits = |out: &Vec<u8>| out.len().saturating_sub(start) <= MAX_BODY;
        for cap in CAPS {
            let written = self.write_capped(prefixes, cap, scratch, out);
            if written.is_ok() && fits(out) {
                return Ok(());
            }
            out.truncate(start);
            written?;
        }
        // More fields than anybody should have: what they were is lost, that they were is not.
        let notes = [
            ("decision", Value::from(self.decision.len())),
            ("details", Value::from(self.details.len().saturating_add(self.context.len()))),
            ("enc", Value::from(self.sealed.map_or(0, |sealing| sealing.fields.len()))),
        ];
        let omitted = [("omitted", Value::Map(notes.to_vec()))];
        let bare = Event { decision: &[], details: &omitted, context: &[], sealed: None, ..*self };
        bare.write_capped(prefixes, 64, scratch, out)
    }

    fn write_capped(
        &self,
        prefixes: Prefixes,
        cap: usize,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), NoEntropy> {
        let mut json = Writer::new(out, cap);
        json.raw("\"id\":\"");
        json.bytes(&self.id.text());
        json.raw("\",\"time\":\"");
        json.bytes(&self.time.text());
        json.raw("\",\"type\":\"");
        json.raw(self.kind.as_str());
        json.raw("\",\"severity\":\"");
        json.raw(self.severity.as_str());
        json.raw("\",\"outcome\":\"");
        json.raw(self.outcome.as_str());
        json.raw("\",\"action\":");
        json.text("action", self.action);
        json.raw(",\"resource\":");
        json.text("resource", self.resource);
        if let Some(actor) = &self.actor {
            actor.write(&mut json);
        }
        if let Some(source) = &self.source {
            json.raw(",\"source\":{\"peer_net\":\"");
            json.network(source.peer, prefixes);
            if let Some(client) = source.client {
                json.raw("\",\"client_net\":\"");
                json.network(client, prefixes);
            }
            json.raw("\"}");
        }
        if let Some(id) = &self.request_id {
            json.raw(",\"request_id\":\"");
            json.bytes(&id.text());
            json.raw("\"");
        }
        if let Some(id) = self.correlation_id {
            json.raw(",\"correlation_id\":");
            json.text("correlation_id", id);
        }
        if !self.decision.is_empty() {
            json.raw(",\"decision\":{");
            value::write_pairs(&mut json, self.decision);
            json.raw("}");
        }
        for (name, value) in self.sealed.iter().flat_map(|sealing| sealing.fields) {
            json.note_if_cut(name, value);
        }
        value::write_details(&mut json, self.details, self.context);
        if let Some(sealing) = &self.sealed {
            out.push(b',');
            sealing.key.seal(&self.id, sealing.fields, cap, sealing.entropy, scratch, out)?;
        }
        Ok(())
    }
}

impl Actor<'_> {
    fn write(&self, json: &mut Writer<'_>) {
        json.raw(",\"actor\":{\"client\":");
        json.text("client", self.client);
        json.raw(",\"subject\":");
        json.text("subject", self.subject);
        json.raw(",\"method\":");
        json.text("method", self.method);
        json.raw(",\"roles\":[");
        for (index, role) in self.roles.iter().take(MAX_ROLES).enumerate() {
            json.raw(if index == 0 { "" } else { "," });
            json.text("roles", role.as_str());
        }
        if self.roles.len() > MAX_ROLES {
            json.note("roles", "items", self.roles.len());
        }
        json.raw("]}");
    }
}

#[cfg(test)]
mod tests;
