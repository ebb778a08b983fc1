//! `/v1/tokens…`: access tokens are given out, looked at and taken back; and the keys that they are verified with.
//!
//! A token's text is in the answer that gives it out, and nowhere else: no record has it, and nothing is kept of it.

mod asked;

use serde::Serialize;
use serde_json::json;

use crate::audit::event::{EventType, Outcome, Pair, Severity, Value};
use crate::audit::stamps;
use crate::authn::token::{
    Asker, IssueError, Issued, KeyChange, KeyEvent, KeyId, KeysError, Revocation, RevokeError,
    TokenError, TokenRequest, Tokens, VerifiedToken,
};
use crate::authz::Grant;
use crate::encoding;
use crate::permission::{Permission, Permissions};
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::answer::{Content, JSON};
use super::query::{self, wrong};
use super::{Answer, Call, Record, Services};
use asked::{Question, Withdrawal};

/// Types of what is asked of a token.
pub(super) const TYPES: &[&str] = &[JSON, FORM];
const FORM: &str = "application/x-www-form-urlencoded";

/// The type of a key set (RFC 7517 section 8.5.2).
pub(super) const JWKS: &str = "application/jwk-set+json";

/// Bytes of a body: a token of 16 KiB, as JSON may escape it.
pub(super) const MOST: u64 = 128 * 1024;

const ISSUE: &str = "token:issue";
const INTROSPECT: &str = "token:introspect";
const REVOKE: &str = "token:revoke";

/// Seconds after which a key may be there, or what was taken back lies behind.
const SOON: u32 = 1;

/// A token that was given out (RFC 6749 section 5.1), and what it is.
#[derive(Serialize)]
struct Given<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
    token_id: &'a str,
    subject: &'a str,
    bound: bool,
    decision_id: String,
}

/// `POST /v1/tokens`.
pub(super) fn issue(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let Some(tokens) = &services.tokens else { return disabled(call, ISSUE) };
    let request = match asked::request(call) {
        Ok(request) => request,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(ISSUE, "token"),
    };
    let (Some(client), Some(method)) = (grant.client(), grant.method()) else {
        return Answer::internal(call);
    };
    let asker = Asker { client, method, roles: grant.roles(), held: grant.held(), peer: call.peer };
    match tokens.issue(&asker, &request, call.now, &*services.entropy) {
        Ok(issued) => {
            let given = Given {
                access_token: issued.text.expose(),
                token_type: "Bearer",
                expires_in: issued.lifetime.as_secs(),
                scope: words(issued.scope),
                token_id: &issued.token_id,
                subject: &issued.subject,
                bound: issued.bound_to.is_some(),
                decision_id: call.record_id.to_string(),
            };
            Answer::json(call, &given, issued_record(call, &request, &issued))
        }
        Err(error) => not_issued(call, &error),
    }
}

fn issued_record(call: &Call<'_>, request: &TokenRequest, issued: &Issued) -> Record {
    let claims = request.claims.keys().map(|name| Value::from(name.clone())).collect();
    Record {
        kind: EventType::TokenIssued,
        severity: Severity::Medium,
        details: vec![
            ("token_id", Value::from(issued.token_id.clone())),
            ("key_id", Value::from(issued.key_id.to_string())),
            ("scope", Value::from(words(issued.scope))),
            ("expires", Value::from(issued.expiry.to_string())),
            ("bound", Value::from(issued.bound_to.is_some())),
            // Who could have had it bound, and did not want to.
            ("unbound_asked", Value::from(request.unbound && call.peer.is_some())),
            // Whose it is may be a person; the token's id leads to whoever has it.
            ("own_subject", Value::from(request.subject.is_none())),
            ("claims", Value::List(claims)),
        ],
        ..Record::read(ISSUE, format!("token:{}", issued.token_id))
    }
}

fn not_issued(call: &Call<'_>, error: &IssueError) -> Answer {
    let text = error.to_string();
    let malformed = |name: &str| Answer::malformed(call, &[wrong(name, text.clone())]);
    let mut answer = match error {
        IssueError::ClaimReserved(_) | IssueError::ClaimsTooLarge => malformed("claims"),
        IssueError::Empty => malformed("scope"),
        IssueError::Lifetime(_) => malformed("expires_in"),
        IssueError::MustBeBound => malformed("unbound"),
        IssueError::Subject => malformed("subject"),
        IssueError::ByOther | IssueError::NotHeld(_) => {
            let detail = "The token that is asked for may not be given to this caller.";
            let mut answer =
                Answer::problem(call, Code::PermissionDenied, Status::Forbidden, detail, &[]);
            answer.record.kind = EventType::AuthzDenied;
            answer.record.severity = Severity::Medium;
            answer.record.outcome = Outcome::Denied;
            answer
        }
        IssueError::Faulty(TokenError::Revoked | TokenError::RevokedBefore) => {
            let detail =
                "All tokens of this caller up to now were taken back; ask again in a second.";
            let (code, status) = (Code::Conflict, Status::Conflict);
            Answer::problem_for(call, code, status, detail, &[], Some(SOON))
        }
        IssueError::Faulty(_) => Answer::internal(call),
        IssueError::NoEntropy(_) | IssueError::NoKey => {
            Answer::unavailable(call, "No token can be signed at present.")
        }
    };
    answer.record.details.push(("reason", Value::from(text)));
    answer.recorded_as(ISSUE, "token")
}

/// `POST /v1/tokens/introspect`.
///
/// Whatever is wrong with a token, the answer is that it is not active (RFC 7662 section 2.2); the record says why. Of
/// a bound token it is for whoever asks to compare the certificate that `cnf` names.
pub(super) fn introspect(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let Some(tokens) = &services.tokens else { return disabled(call, INTROSPECT) };
    let question = match Question::of(call) {
        Ok(question) => question,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(INTROSPECT, "token"),
    };
    let looked_at = tokens.verify(&question.token, call.now).and_then(|token| {
        tokens.still_holds(&token, token.bound_to(), call.now)?;
        Ok(token)
    });
    match looked_at {
        Ok(token) => {
            let details =
                vec![("active", true.into()), ("issuer", token.issuer().to_owned().into())];
            let resource = format!("token:{}", token.token_id());
            Answer::json(
                call,
                &state(&token),
                Record { details, ..Record::read(INTROSPECT, resource) },
            )
        }
        Err(error) => {
            let record = Record {
                decision: vec![("code", Value::from(error.code()))],
                details: vec![("active", false.into()), ("reason", error.to_string().into())],
                ..Record::read(INTROSPECT, "token")
            };
            Answer::json(call, &json!({"active": false}), record)
        }
    }
}

/// What a token is (RFC 7662 section 2.2).
fn state(token: &VerifiedToken) -> serde_json::Value {
    let roles: Vec<&str> = token.roles().iter().map(crate::identity::RoleName::as_str).collect();
    let mut state = json!({
        "active": true,
        "token_type": "Bearer",
        "iss": token.issuer(),
        "aud": token.audience(),
        "sub": **token.subject(),
        "client_id": token.client().as_str(),
        "jti": token.token_id(),
        "iat": token.issued_at().seconds(),
        "exp": token.expiry().seconds(),
        "roles": roles,
    });
    let Some(members) = state.as_object_mut() else { return state };
    if let Some(scope) = token.scope() {
        members.insert("scope".to_owned(), json!(words(scope)));
    }
    if let Some(from) = token.not_before() {
        members.insert("nbf".to_owned(), json!(from.seconds()));
    }
    if let Some(bound) = token.bound_to() {
        members.insert("cnf".to_owned(), json!({"x5t#S256": encoding::base64url(bound)}));
    }
    state
}

#[derive(Serialize)]
struct Withdrawn {
    revoked: bool,
    decision_id: String,
}

/// `POST /v1/tokens/revoke`.
pub(super) fn revoke(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let Some(tokens) = &services.tokens else { return disabled(call, REVOKE) };
    let asked = match Withdrawal::of(call) {
        Ok(asked) => asked,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(REVOKE, "token"),
    };
    match withdraw(tokens, call, &asked) {
        Ok(found) => {
            let withdrawn =
                Withdrawn { revoked: found.is_some(), decision_id: call.record_id.to_string() };
            Answer::json(call, &withdrawn, revoked_record(&asked, found))
        }
        Err(error) => {
            let mut answer = match &error {
                RevokeError::IssuerUnknown => {
                    Answer::malformed(call, &[wrong("issuer", error.to_string())])
                }
                RevokeError::Name => Answer::malformed(call, &[wrong("", error.to_string())]),
                RevokeError::Store(_) => {
                    Answer::unavailable(call, "What was taken back cannot be kept; ask again.")
                }
            };
            answer.record.details.push(("reason", Value::from(error.to_string())));
            answer.recorded_as(REVOKE, "token")
        }
    }
}

fn withdraw(
    tokens: &Tokens,
    call: &Call<'_>,
    asked: &Withdrawal,
) -> Result<Option<Revocation>, RevokeError> {
    tokens.revoke(&asked.what(), call.now)
}

fn revoked_record(asked: &Withdrawal, found: Option<Revocation>) -> Record {
    let resource = match &found {
        Some(Revocation { token_id: Some(id), .. }) => format!("token:{id}"),
        _ => "token".to_owned(),
    };
    let Some(Revocation { issuer, client, stamp, .. }) = found else {
        // There was nothing to take back, which is no failure (RFC 7009 section 2.2).
        let decision = vec![("code", Value::from("nothing"))];
        return Record { decision, ..Record::read(REVOKE, resource) };
    };
    let mut details: Vec<Pair<'static>> = vec![
        ("what", Value::from(asked.kind())),
        ("issuer", Value::from(issuer)),
        ("client", Value::from(client.or_else(|| asked.client().map(str::to_owned)))),
    ];
    details.extend(stamp.map(|stamp| stamps::pair(&[stamp])));
    Record {
        kind: EventType::TokenRevoked,
        severity: Severity::High,
        details,
        ..Record::read(REVOKE, resource)
    }
}

/// `GET /.well-known/jwks.json`.
pub(super) fn jwks(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let tokens = services.tokens.as_ref().map(|tokens| tokens.jwks());
    let keys = match (tokens, &services.gate) {
        (None, None) => return disabled(call, "jwks:read"),
        (Some(tokens), None) => Content::Shared(tokens),
        (tokens, Some(gate)) => Content::Owned(gate.jwks(tokens.as_deref())),
    };
    Answer { content_type: JWKS, ..Answer::ok(keys, Record::read("jwks:read", "jwks")) }
}

/// `POST /v1/admin/rotate/jwt`: the prepared key signs from now on.
pub(super) fn rotate(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    const ROTATE: &str = "jwt:rotate";
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]).recorded_as(ROTATE, "jwt-keys");
    }
    let Some(tokens) = &services.tokens else { return disabled(call, ROTATE) };
    match tokens.rotate(call.now) {
        Ok(KeyChange { events, stamp }) => {
            let name =
                |(event, id): &(KeyEvent, KeyId)| (event.as_str(), Value::from(id.to_string()));
            let mut details: Vec<Pair<'static>> = events.iter().map(name).collect();
            details.extend(stamp.map(|stamp| stamps::pair(&[stamp])));
            let record = Record {
                kind: EventType::SystemKeyRotated,
                severity: Severity::High,
                details,
                ..Record::read(ROTATE, "jwt-keys")
            };
            let ids =
                events.iter().map(|(event, id)| (event.as_str().to_owned(), json!(id.as_str())));
            let body: serde_json::Map<String, serde_json::Value> = ids.collect();
            Answer::json(call, &body, record)
        }
        Err(KeysError::Rotate(error)) => {
            let detail = format!("The key was not changed: {error}.");
            Answer::problem(call, Code::Conflict, Status::Conflict, &detail, &[])
                .recorded_as(ROTATE, "jwt-keys")
        }
        Err(error) => {
            let mut answer = Answer::unavailable(call, "The keys are as they were.");
            answer.record.details.push(("reason", Value::from(error.to_string())));
            answer.recorded_as(ROTATE, "jwt-keys")
        }
    }
}

fn disabled(call: &Call<'_>, action: &'static str) -> Answer {
    let detail = "Tokens are not enabled in this service.";
    Answer::problem(call, Code::NotFound, Status::NotFound, detail, &[])
        .recorded_as(action, "token")
}

/// The permissions as the words of a scope.
fn words(scope: Permissions) -> String {
    let words: Vec<&str> = scope.iter().map(Permission::as_str).collect();
    words.join(" ")
}

/// What is wrong with a body of one kind or the other.
type Asked<T> = Result<T, FieldError>;
