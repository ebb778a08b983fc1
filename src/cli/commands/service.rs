//! The service: what it is set to do, and doing it.

use super::{Action, CONFIGURATION};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Kind, Operand, Section, Value};

pub(super) const SERVICE: Section = Section {
    title: "Service",
    summary: "Look at what the service is set to do, and do it",
    commands: &[SERVE, STATUS, CHECK_CONFIG, POLICY_TEST],
};

const CASES: Value = Value { name: "CASES", kind: Kind::File };

const POLICY_TEST: Command = Command {
    action: Action::PolicyTest,
    path: &["policy", "test"],
    summary: "Hold the policy against cases of what it must allow and must not",
    description: &[
        "Reads the policy of the configuration and a YAML file of cases, and decides each as the \
             service would decide a request. A case names a client or roles, what is shown (mtls by \
             default; token, api_key), the scope of a token if it is to have one, method and path of a \
             route, and what is expected: allow or deny.",
        "`cases: [{client: border-post-7, method: GET, path: /v1/trust/status, expect: allow}]`",
    ],
    operands: &[Operand { value: CASES, count: Count::One }],
    options: &[option::CONFIG, option::FORMAT],
    examples: &[Example {
        does: "Check a policy before it is installed",
        line: "trust-service policy test cases.yaml --config ./config",
    }],
    exits: &[(Exit::Good, "every case is as expected"), (Exit::No, "one is not"), CONFIGURATION],
};

const CHECK_CONFIG: Command = Command {
    action: Action::CheckConfig,
    path: &["check-config"],
    summary: "Show everything that is wrong with the configuration, at once",
    description: &[
        "Reads the folder and the environment as the service does: security.yaml, over it \
             security-ENVIRONMENT.yaml, over those conf.d/*.yaml by name, then variables; and \
             policy.yaml. Each finding has its key, the file with line and column or the variable \
             that set it, the rule, and what to do. Faults forbid to start; warnings and notices \
             do not.",
        "With `--effective` it prints every setting in force and where it comes from, as YAML \
             that loads to the same settings. A secret is never read, and only its place is shown.",
    ],
    operands: &[],
    options: &[option::CONFIG, option::EFFECTIVE, option::FORMAT],
    examples: &[
        Example {
            does: "Check a folder before it is installed",
            line: "trust-service check-config --config ./config",
        },
        Example {
            does: "See what is in force, and why",
            line: "trust-service check-config --effective",
        },
    ],
    exits: &[(Exit::Good, "the service may start"), CONFIGURATION],
};

const SERVE: Command = Command {
    action: Action::Serve,
    path: &["serve"],
    summary: "Serve, as configured, until a signal",
    description: &[
        "Reads the configuration as `check-config` does and serves HTTPS with client certificates. \
         Each answer leaves after its record is on disk. Ends in order on SIGTERM and SIGINT, at \
         once on a second one. SIGHUP reads TLS files, clients and roles again; a TLS file that is \
         replaced is read again by itself.",
        "Tells systemd when it serves, and shows life to its watchdog; a socket that systemd opened \
         under the name https is taken over.",
    ],
    operands: &[],
    options: &[option::CONFIG],
    examples: &[Example {
        does: "Serve with the configuration of this folder",
        line: "trust-service serve --config ./config",
    }],
    exits: &[
        (Exit::Good, "ended by a signal, in order"),
        (Exit::Unavailable, "the address or the state folder is in use"),
        (Exit::Internal, "a part of the service failed"),
        (Exit::WriteFailed, "the audit trail cannot be written"),
        (Exit::Permission, "a folder or file belongs to somebody else, or is open to others"),
        CONFIGURATION,
    ],
};

const STATUS: Command = Command {
    action: Action::Status,
    path: &["status"],
    summary: "Show whether the service lives and is ready",
    description: &[
        "Asks the service over its local sockets, in the folder run beside the state folder or in \
             /run/trust-service. Whoever may use the probe socket sees whether it is ready and what it \
             lacks; an administrator also sees its version, its connections and its snapshot.",
        "With `--explain-client` no service is asked. The certificate is verified as the service \
             would, by the client CAs and revocation lists of the configuration, and each rule of \
             policy.yaml is shown with each of its terms and whether it holds.",
        "With `--limits` an administrator sees who uses most of what they may have, and how many were \
             refused.",
    ],
    operands: &[],
    options: &[
        option::CHECK,
        option::EXPLAIN_CLIENT,
        option::LIMITS,
        option::CONFIG,
        option::STATE,
        option::FORMAT,
    ],
    examples: &[
        Example { does: "Look how it is", line: "trust-service status" },
        Example {
            does: "Let a container's health check ask",
            line: "trust-service status --check live",
        },
        Example {
            does: "See why a client is refused",
            line: "trust-service status --explain-client client.pem --config ./config",
        },
    ],
    exits: &[
        (Exit::Good, "it lives and, unless only that was asked, is ready; the client is taken"),
        (Exit::No, "it lives, and is not ready; the client is not taken"),
        (Exit::Unreadable, "the client's certificate cannot be read"),
        (Exit::Unavailable, "nobody answers"),
        (Exit::Permission, "a revocation list that the service keeps is closed to this user"),
        CONFIGURATION,
    ],
};
