//! The options, each described once for all the commands that take it.

use super::table::{Kind, Opt};

pub(super) const HELP: Opt =
    Opt::flag("help", "Show the help of the command and do nothing else.").short('h');

pub(super) const VERBOSE: Opt =
    Opt::flag("verbose", "Show more: of a verdict, every check with its rule.")
        .short('v')
        .repeatable();

pub(super) const VERSION: Opt =
    Opt::flag("version", "Show the version and do nothing else.").short('V');

pub(super) const ACCEPT_SIGNER: Opt = Opt::valued(
    "accept-signer",
    "SHA256",
    Kind::Text,
    "Accept the CSCA with this fingerprint above the signer of a list, although no operator has \
     made it an anchor.",
)
.repeatable();

pub(super) const ALLOW_OLDER: Opt = Opt::flag(
    "allow-older",
    "Take a list although it was signed earlier than the one it replaces.",
);

pub(super) const AT: Opt = Opt::valued(
    "at",
    "TIME",
    Kind::Suggested(&["now", "issuance"]),
    "The moment to judge for: now, issuance (the certificate's own beginning) or a time as \
     2026-01-31T12:00:00Z (RFC 3339).",
)
.default("now");

pub(super) const BURST: Opt = Opt::valued(
    "burst",
    "N",
    Kind::Text,
    "How often the key may be used at once; with --requests-per-minute.",
);

pub(super) const CHECK: Opt = Opt::valued(
    "check",
    "WHAT",
    Kind::OneOf(&["live", "ready"]),
    "Only look whether the service lives, or whether it is ready.",
);

pub(super) const CLAIMS: Opt = Opt::valued(
    "claims",
    "JSON",
    Kind::Text,
    "Claims of your own, as an object; those that have a meaning already are refused.",
);

pub(super) const CLIENT: Opt =
    Opt::valued("client", "NAME", Kind::Text, "Everything up to now of this client.");

pub(super) const CONFIG: Opt = Opt::valued(
    "config",
    "DIR",
    Kind::Directory,
    "Folder that holds security.yaml, what is laid over it, and policy.yaml.",
)
.default("/etc/trust-service");

pub(super) const COUNTRY: Opt =
    Opt::valued("country", "CC", Kind::Text, "Only the anchors of this country, as DE.");

pub(super) const DEMO_DIR: Opt = Opt::valued(
    "dir",
    "DIR",
    Kind::Directory,
    "Folder for what is made; it is created if it is missing.",
)
.default("./var/demo");

pub(super) const DEV_DIR: Opt = Opt::valued(
    "dir",
    "DIR",
    Kind::Directory,
    "Folder for what is made; it is created if it is missing.",
)
.default("./var/dev");

pub(super) const DRY_RUN: Opt = Opt::flag("dry-run", "Show what would change, and change nothing.");

pub(super) const EFFECTIVE: Opt =
    Opt::flag("effective", "Show every setting in force and where it comes from.");

pub(super) const EXPIRES_IN: Opt = Opt::valued(
    "expires-in",
    "TIME",
    Kind::Text,
    "After what time the key ends, as 90d or 8h; the service has a longest one.",
)
.default("90d");

pub(super) const EXPLAIN_CLIENT: Opt = Opt::valued(
    "explain-client",
    "CERT",
    Kind::File,
    "Ask no service, but say of this client certificate (PEM or DER, with what is sent behind it) \
     whether the configuration takes it, as whom, and by which rule.",
);

pub(super) const TOKEN_EXPIRES_IN: Opt = Opt::valued(
    "expires-in",
    "TIME",
    Kind::Text,
    "How long it lives, as 15m or 1h; at most, and by default, as long as is configured.",
);

pub(super) const FORMAT: Opt = Opt::valued(
    "format",
    "FORMAT",
    Kind::OneOf(&["text", "json"]),
    "How the answer is written; json is one document on stdout.",
)
.default("text");

pub(super) const GRACE: Opt = Opt::valued(
    "grace",
    "TIME",
    Kind::Text,
    "For how long the old key is taken, as 24h or 0s; at most 30d.",
)
.default("24h");

pub(super) const KEY_NAME: Opt = Opt::valued(
    "name",
    "TEXT",
    Kind::Text,
    "What the key is for: up to 64 printable ASCII characters.",
)
.required();

pub(super) const ISSUER: Opt = Opt::valued(
    "issuer",
    "NAME",
    Kind::Text,
    "Whose token, subject or client it is. Default: those of this service.",
);

pub(super) const LIMITS: Opt =
    Opt::flag("limits", "Show who uses most of what they may have, as an administrator.");

pub(super) const LISTEN: Opt =
    Opt::valued("listen", "ADDR", Kind::Text, "Address and port to serve on.")
        .default("127.0.0.1:8443");

pub(super) const NETWORK: Opt = Opt::valued(
    "network",
    "CIDR",
    Kind::Text,
    "A network from which the key is taken, as 192.0.2.0/24. Without one, it is from everywhere.",
)
.repeatable();

pub(super) const ON_UNKNOWN: Opt = Opt::valued(
    "on-unknown",
    "ACTION",
    Kind::OneOf(&["warn", "indeterminate"]),
    "What a revocation status that cannot be had does to the verdict: warn notes it, \
     indeterminate withholds the verdict.",
)
.default("warn");

pub(super) const OWNER: Opt =
    Opt::valued("owner", "CLIENT", Kind::Text, "The name of the client that shows the key.")
        .required();

pub(super) const PERMISSION: Opt = Opt::valued(
    "permission",
    "PERMISSION",
    Kind::Text,
    "What the key permits, as the policy file names it: trust:query.",
)
.required()
.repeatable();

pub(super) const POLICY: Opt = Opt::valued(
    "policy",
    "POLICY",
    Kind::OneOf(&["interoperable", "strict"]),
    "How departures from Doc 9303 count: interoperable forgives what issuers are known to do, \
     strict forgives nothing.",
)
.default("interoperable");

pub(super) const REASON: Opt =
    Opt::valued("reason", "TEXT", Kind::Text, "Why; it stands in the record.").required();

pub(super) const REQUESTS_PER_MINUTE: Opt = Opt::valued(
    "requests-per-minute",
    "N",
    Kind::Text,
    "How often the key may be used in the long run, where that is not what holds for every key.",
);

pub(super) const SCOPE: Opt = Opt::valued(
    "scope",
    "PERMISSIONS",
    Kind::Text,
    "What it permits, with a space between; by default all that you may do.",
);

pub(super) const SHA256: Opt = Opt::valued(
    "sha256",
    "HEX",
    Kind::Text,
    "The fingerprint the certificate must have, from a source you trust; it is compared, and \
     nothing is asked.",
);

pub(super) const SOURCE: Opt = Opt::valued(
    "source",
    "NAME",
    Kind::Text,
    "The name of the source the files come from. Default: each file's name without its ending.",
);

pub(super) const STATE: Opt = Opt::valued(
    "state",
    "DIR",
    Kind::Directory,
    "Folder that holds the snapshots, the keys, the spool and the lock.",
)
.default("/var/lib/trust-service");

pub(super) const SUBJECT: Opt = Opt::valued("subject", "NAME", Kind::Text, "Whom it is for.");

pub(super) const TOKEN_ID: Opt =
    Opt::valued("id", "ID", Kind::Text, "The token's own name, its `jti`.");

pub(super) const TYPE: Opt = Opt::valued(
    "type",
    "TYPE",
    Kind::OneOf(&["csca", "link", "dsc", "master_list_signer", "deviation_list_signer", "other"]),
    "What the certificate must be. Without it, the certificate is taken for what it says it is.",
);
