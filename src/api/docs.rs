//! What the description of the API says of a route beside what the route itself knows.

use crate::wire::Status;

/// What callers must know of a route.
#[derive(Debug)]
pub struct Docs {
    /// The query's parameters.
    pub query: &'static [Parameter],
    /// The name of the JSON body's schema, where JSON is among the types that the route takes.
    pub body: Option<&'static str>,
    /// What it answers when all is well.
    pub reply: Reply,
    /// Whether that is `201`: something was made.
    pub creates: bool,
    /// The problems of this route that not every route has.
    pub problems: &'static [Status],
}

/// A parameter of a query.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The name of its schema.
    pub schema: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Its media type, without parameters.
    pub media: &'static str,
    /// The name of its schema; of a stream, of each line.
    pub schema: &'static str,
}

/// An optional parameter.
const fn may(name: &'static str, schema: &'static str, about: &'static str) -> Parameter {
    Parameter { name, schema, about, required: false }
}

/// What may be asked of a certificate.
pub(super) const QUESTION: &[Parameter] = &[
    may(
        "type",
        "CertificateType",
        "The type to hold it to; the one it shows itself to be by default.",
    ),
    may("policy", "Policy", "How strictly; interoperable by default."),
    may("at", "At", "The instant that the answer is for; now by default."),
    may("check_revocation", "Flag", "Whether to look for its revocation; true by default."),
    may("include_chain", "Flag", "Whether the answer has the path; true by default."),
    may(
        "country_hint",
        "CountryHint",
        "The State of the document: the certificate must be of the same.",
    ),
    may(
        "document_type",
        "DocumentType",
        "The type of the document: the certificate must be for it.",
    ),
];

/// Which anchors, and how many of them at once.
pub(super) const PAGE: &[Parameter] = &[
    may("country", "Country", "Anchors of this State alone."),
    may("status", "AnchorStatus", "Anchors of this status alone."),
    may("page_size", "PageSize", "Anchors on a page; 100 by default."),
    may(
        "page_token",
        "Text",
        "The next_page_token of the page before, with the same country and status.",
    ),
];

/// What an import may do.
pub(super) const IMPORT: &[Parameter] = &[
    may(
        "accept_signer",
        "Fingerprints",
        "CSCAs that are accepted above the list's signer, parted by commas.",
    ),
    may(
        "allow_older",
        "Flag",
        "Whether a list may replace one that was signed later; false by default.",
    ),
    may("dry_run", "Flag", "Whether only to show what would change; false by default."),
];

/// Which proxy asks.
pub(super) const PROXY: &[Parameter] = &[Parameter {
    name: "proxy",
    schema: "GateProxy",
    about: "The kind of proxy that asks; Envoy asks behind the address instead.",
    required: true,
}];

/// How many API keys at once.
pub(super) const KEYS: &[Parameter] = &[
    may("page_size", "PageSize", "Keys on a page; 100 by default."),
    may("page_token", "KeyId", "The next_page_token of the page before."),
];

/// The snapshot that the caller knows.
pub(super) const SINCE: &[Parameter] = &[Parameter {
    name: "since",
    schema: "SnapshotId",
    about: "The snapshot that the caller knows.",
    required: true,
}];
