//! The table of routes.

use crate::authz::{Grant, Permission};
use crate::gate::AUTHORIZE;
use crate::wire::Status;

use super::answer::JSON;
use super::docs::{Docs, IMPORT, KEYS, PAGE, PROXY, QUESTION, Reply, SINCE};
use super::route::{Route, Verb};
use super::{Answer, BodyRule, Call, Handler, Services, Work};
use super::{
    anchors, api_keys, certificates, changes, counts, gate, ingest, limits, manifest, openapi,
    operate, revocations, snapshot, status, tokens,
};

/// Bytes of a line of a batch.
const LINE: usize = 64 * 1024;

/// Bytes of a source's file.
const SOURCE: u64 = 128 * 1024 * 1024;

const NDJSON: &str = "application/x-ndjson";

/// A route that takes nothing and answers with JSON of this schema.
const fn read(schema: &'static str) -> Docs {
    let reply = Reply { media: JSON, schema };
    Docs { query: &[], body: None, reply, creates: false, problems: &[] }
}

/// Every route.
pub static ROUTES: &[Route] = &[
    Route {
        method: Verb::Get,
        path: "/v1/trust/anchors/{sha256}",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Inline,
        handler: Handler::Call(anchors::one),
        summary: "Shows one anchor",
        docs: Docs { problems: &[Status::NotFound], ..read("Anchor") },
    },
    Route {
        method: Verb::Post,
        path: "/v1/certificates/validate",
        permission: Some(Permission::CertificateValidate),
        body: BodyRule::Memory { types: certificates::TYPES, most: certificates::MOST },
        work: Work::Blocking,
        handler: Handler::Call(certificates::validate),
        summary: "Gives a verdict on one certificate",
        docs: Docs {
            query: QUESTION,
            body: Some("Question"),
            problems: &[Status::Unprocessable],
            ..read("Verdict")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/certificates/validate-batch",
        permission: Some(Permission::CertificateValidate),
        body: BodyRule::Lines { types: &[NDJSON], line_most: LINE },
        work: Work::Blocking,
        handler: Handler::Lines(certificates::validate_lines),
        summary: "Gives a verdict on each line of a stream, in order",
        docs: Docs {
            query: QUESTION,
            body: Some("QuestionLine"),
            reply: Reply { media: NDJSON, schema: "VerdictLine" },
            ..read("VerdictLine")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/revocations/check",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::Memory { types: &[JSON], most: revocations::MOST },
        work: Work::Blocking,
        handler: Handler::Call(revocations::check),
        summary: "Says whether a certificate is revoked",
        docs: Docs {
            body: Some("RevocationQuestion"),
            problems: &[Status::NotFound],
            ..read("RevocationAnswer")
        },
    },
    Route {
        method: Verb::Get,
        path: "/v1/trust/status",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(status::status),
        summary: "Counts the anchors and shows how fresh what is trusted is",
        docs: read("TrustStatus"),
    },
    Route {
        method: Verb::Get,
        path: "/v1/trust/snapshot",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(snapshot::snapshot),
        summary: "Shows what is trusted as one value, named by its SHA-256",
        docs: read("Snapshot"),
    },
    Route {
        method: Verb::Get,
        path: "/v1/trust/anchors",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(anchors::page),
        summary: "Lists the anchors, a page at a time",
        docs: Docs { query: PAGE, problems: &[Status::Conflict], ..read("AnchorPage") },
    },
    Route {
        method: Verb::Get,
        path: "/v1/trust/sources",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(status::sources),
        summary: "Lists where certificates came from, and how old that is",
        docs: read("Sources"),
    },
    Route {
        method: Verb::Get,
        path: "/v1/trust/changes",
        permission: Some(Permission::TrustQuery),
        body: BodyRule::None,
        work: Work::Inline,
        handler: Handler::Poll(changes::changes),
        summary: "Waits until what is trusted is another snapshot than the one named by `since`",
        docs: Docs { query: SINCE, ..read("Changes") },
    },
    Route {
        method: Verb::Put,
        path: "/v1/trust/sources/{name}",
        permission: Some(Permission::TrustIngest),
        body: BodyRule::Disk { types: ingest::TYPES, most: SOURCE },
        work: Work::Blocking,
        handler: Handler::Call(ingest::source),
        summary: "Takes in a master list, bundle or CRL as a source, whole or not at all",
        docs: Docs {
            query: IMPORT,
            problems: &[Status::Conflict, Status::Unprocessable],
            ..read("Import")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/api-keys",
        permission: Some(Permission::ApiKeyManage),
        body: BodyRule::Memory { types: &[JSON], most: api_keys::MOST },
        work: Work::Blocking,
        handler: Handler::Call(api_keys::create),
        summary: "Makes an API key, and shows it this once",
        docs: Docs {
            body: Some("KeyRequest"),
            creates: true,
            problems: &[Status::Conflict],
            ..read("NewKey")
        },
    },
    Route {
        method: Verb::Get,
        path: "/v1/api-keys",
        permission: Some(Permission::ApiKeyRead),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(api_keys::page),
        summary: "Lists API keys, their end and their use, a page at a time",
        docs: Docs { query: KEYS, ..read("KeyPage") },
    },
    Route {
        method: Verb::Get,
        path: "/v1/api-keys/{id}",
        permission: Some(Permission::ApiKeyRead),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(api_keys::one),
        summary: "Shows what is known of an API key",
        docs: Docs { problems: &[Status::NotFound], ..read("Key") },
    },
    Route {
        method: Verb::Delete,
        path: "/v1/api-keys/{id}",
        permission: Some(Permission::ApiKeyManage),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(api_keys::revoke),
        summary: "Withdraws an API key, at once and for good",
        docs: Docs { problems: &[Status::NotFound], ..read("RevokedKey") },
    },
    Route {
        method: Verb::Post,
        path: "/v1/api-keys/{id}/rotate",
        permission: Some(Permission::ApiKeyManage),
        body: BodyRule::Memory { types: &[JSON], most: api_keys::MOST },
        work: Work::Blocking,
        handler: Handler::Call(api_keys::rotate),
        summary: "Puts a new API key in the place of one, which is taken for a while longer",
        docs: Docs {
            body: Some("Rotation"),
            creates: true,
            problems: &[Status::NotFound, Status::Conflict],
            ..read("RotatedKey")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/tokens",
        permission: Some(Permission::TokenIssue),
        body: BodyRule::Memory { types: &[JSON], most: tokens::MOST },
        work: Work::Blocking,
        handler: Handler::Call(tokens::issue),
        summary: "Issues an access token (RFC 9068) that permits no more than its caller may",
        docs: Docs {
            body: Some("TokenRequest"),
            problems: &[Status::NotFound, Status::Conflict],
            ..read("Token")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/tokens/introspect",
        permission: Some(Permission::TokenIntrospect),
        body: BodyRule::Memory { types: tokens::TYPES, most: tokens::MOST },
        work: Work::Blocking,
        handler: Handler::Call(tokens::introspect),
        summary: "Says whether a token holds, and what it permits (RFC 7662)",
        docs: Docs {
            body: Some("TokenQuestion"),
            problems: &[Status::NotFound],
            ..read("TokenState")
        },
    },
    Route {
        method: Verb::Post,
        path: "/v1/tokens/revoke",
        permission: Some(Permission::TokenRevoke),
        body: BodyRule::Memory { types: tokens::TYPES, most: tokens::MOST },
        work: Work::Blocking,
        handler: Handler::Call(tokens::revoke),
        summary: "Takes a token back, or all of a subject or a client (RFC 7009)",
        docs: Docs {
            body: Some("TokenRevocation"),
            problems: &[Status::NotFound],
            ..read("TokenRevoked")
        },
    },
    Route {
        method: Verb::Get,
        path: "/.well-known/jwks.json",
        permission: None,
        body: BodyRule::None,
        work: Work::Inline,
        handler: Handler::Call(tokens::jwks),
        summary: "Shows the public keys that tokens are verified with (RFC 7517)",
        docs: Docs {
            reply: Reply { media: tokens::JWKS, schema: "KeySet" },
            problems: &[Status::NotFound],
            ..read("KeySet")
        },
    },
    Route { docs: Docs { query: PROXY, ..GATE.docs }, ..GATE },
    // Envoy puts the original target behind the address.
    Route { path: "/v1/gate/authorize/{target}", ..GATE },
    Route {
        method: Verb::Get,
        path: "/metrics",
        permission: Some(Permission::MetricsRead),
        body: BodyRule::None,
        work: Work::Blocking,
        handler: Handler::Call(counts::page),
        summary: "Counts what happened, for Prometheus",
        docs: Docs { reply: Reply { media: "text/plain", schema: "Text" }, ..read("Text") },
    },
    Route {
        method: Verb::Get,
        path: "/v1/openapi.json",
        permission: None,
        body: BodyRule::None,
        work: Work::Inline,
        handler: Handler::Call(openapi::openapi),
        summary: "Describes this API",
        docs: read("OpenApi"),
    },
];

/// Where proxies ask.
const GATE: Route = Route {
    method: Verb::Any,
    path: AUTHORIZE,
    permission: Some(Permission::GateDecide),
    body: BodyRule::None,
    work: Work::Inline,
    handler: Handler::Call(gate::authorize),
    summary: "Decides for a proxy whether a request may pass, in any method",
    docs: Docs { problems: &[Status::NotFound], ..read("GateDecision") },
};

/// A change of trust or of the daemon, by the admin socket.
const fn change(
    path: &'static str,
    permission: Permission,
    body: BodyRule,
    handler: fn(&Services, &Grant, &Call<'_>) -> Answer,
    summary: &'static str,
) -> Route {
    Route {
        method: Verb::Post,
        path,
        permission: Some(permission),
        body,
        work: Work::Blocking,
        handler: Handler::Call(handler),
        summary,
        docs: read("Import"),
    }
}

/// Every route that only the admin socket has.
pub static LOCAL_ROUTES: &[Route] = &[
    Route {
        method: Verb::Get,
        // Being an administrator is enough.
        permission: None,
        ..change(
            "/v1/admin/status",
            Permission::ServiceOperate,
            BodyRule::None,
            operate::status,
            "Shows how the daemon is",
        )
    },
    Route {
        method: Verb::Get,
        ..change(
            "/v1/admin/limits",
            Permission::ServiceOperate,
            BodyRule::None,
            limits::view,
            "Shows who uses most of what they may have",
        )
    },
    change(
        "/v1/admin/reload",
        Permission::ServiceOperate,
        BodyRule::None,
        operate::reload,
        "Reads settings, credentials and lists again, whole or not at all",
    ),
    change(
        "/v1/admin/rotate/jwt",
        Permission::ServiceOperate,
        BodyRule::None,
        tokens::rotate,
        "Signs tokens with the key that was prepared",
    ),
    change(
        "/v1/trust/anchors",
        Permission::TrustManage,
        BodyRule::Memory { types: &[DER, PEM], most: operate::CERTIFICATE },
        operate::anchor,
        "Makes a certificate an anchor, on an operator's word",
    ),
    change(
        "/v1/trust/distrust",
        Permission::TrustManage,
        BodyRule::Memory { types: &[JSON], most: operate::DISTRUST },
        operate::distrust,
        "Distrusts a certificate, whatever lists say",
    ),
    change(
        "/v1/trust/import",
        Permission::TrustIngest,
        BodyRule::Disk { types: &[manifest::IMPORT_TYPE], most: SOURCE },
        operate::import,
        "Takes in several sources, all of them or none",
    ),
];

const DER: &str = "application/pkix-cert";
const PEM: &str = "application/x-pem-file";
