//! What is asked of tokens: as JSON, or as the forms that RFC 7662 and RFC 7009 have.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::authn::token::{Revoke, TokenRequest};
use crate::permission::{Permission, Permissions};

use super::super::Call;
use super::super::answer::json_fault;
use super::super::query::{Query, none, wrong};
use super::{Asked, FORM};

/// What `POST /v1/tokens` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    subject: Option<String>,
    scope: Option<String>,
    expires_in: Option<u64>,
    #[serde(default)]
    unbound: bool,
    #[serde(default)]
    claims: Map<String, Value>,
}

/// The token that the body of `call` asks for.
pub(super) fn request(call: &Call<'_>) -> Asked<TokenRequest> {
    none(call.query)?;
    let wanted: Wanted = json(call)?;
    Ok(TokenRequest {
        subject: wanted.subject,
        scope: wanted.scope.as_deref().map(scope).transpose()?,
        lifetime: wanted.expires_in.map(Duration::from_secs),
        unbound: wanted.unbound,
        claims: wanted.claims,
    })
}

/// The permissions that a scope names. Other words are refused: who asks for something must not get less unawares.
fn scope(text: &str) -> Asked<Permissions> {
    let words = text.split(' ').map(str::parse::<Permission>);
    words
        .collect::<Result<Permissions, _>>()
        .map_err(|_| wrong("scope", "not names of permissions with one space between"))
}

/// A token that is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) token: String,
    /// A hint that is not needed: there is one kind of token (RFC 7662 section 2.1).
    #[serde(rename = "token_type_hint")]
    _hint: Option<String>,
}

impl Question {
    /// The question in the body of `call`.
    pub(super) fn of(call: &Call<'_>) -> Asked<Self> {
        none(call.query)?;
        if is_form(call) { form(call).map(|token| Self { token, _hint: None }) } else { json(call) }
    }
}

/// What is to be taken back: a token, or the token of an id, or all of a subject or a client.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdrawal {
    token: Option<String>,
    token_id: Option<String>,
    subject: Option<String>,
    client: Option<String>,
    issuer: Option<String>,
    #[serde(rename = "token_type_hint")]
    _hint: Option<String>,
}

impl Withdrawal {
    /// The one in the body of `call`.
    pub(super) fn of(call: &Call<'_>) -> Asked<Self> {
        none(call.query)?;
        if is_form(call) {
            return form(call).map(|token| Self { token: Some(token), ..Self::default() });
        }
        let asked: Self = json(call)?;
        let named = [&asked.token, &asked.token_id, &asked.subject, &asked.client];
        if named.into_iter().flatten().count() != 1 {
            return Err(wrong("", "name one of token, token_id, subject, client"));
        }
        if asked.token.is_some() && asked.issuer.is_some() {
            return Err(wrong("issuer", "a token names its issuer itself"));
        }
        Ok(asked)
    }

    /// The same for [`crate::authn::token::Tokens::revoke`].
    pub(super) fn what(&self) -> Revoke<'_> {
        let issuer = self.issuer.as_deref();
        match (&self.token, &self.token_id, &self.subject, &self.client) {
            (None, Some(token_id), ..) => Revoke::Id { issuer, token_id },
            (None, None, Some(subject), _) => Revoke::Subject { issuer, subject },
            (None, None, None, Some(client)) => Revoke::Client { issuer, client },
            (token, ..) => Revoke::Text(token.as_deref().unwrap_or_default()),
        }
    }

    /// Which of them it is, for the record.
    pub(super) fn kind(&self) -> &'static str {
        match self.what() {
            Revoke::Text(_) | Revoke::Id { .. } => "token",
            Revoke::Subject { .. } => "subject",
            Revoke::Client { .. } => "client",
        }
    }

    /// The client, where it is named.
    pub(super) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

fn json<T: DeserializeOwned>(call: &Call<'_>) -> Asked<T> {
    serde_json::from_slice(call.body.bytes()).map_err(|error| json_fault(&error))
}

fn is_form(call: &Call<'_>) -> bool {
    let media = call.content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    media.trim_ascii().eq_ignore_ascii_case(FORM)
}

/// The token in a form.
fn form(call: &Call<'_>) -> Asked<String> {
    let text = str::from_utf8(call.body.bytes()).map_err(|_| wrong("", "not UTF-8"))?;
    let form = Query::parse(Some(text), &["token", "token_type_hint"])?;
    form.get("token").map(str::to_owned).ok_or_else(|| wrong("token", "is missing"))
}
