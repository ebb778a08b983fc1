//! What belongs to no subject: trying the program out, help, and what packagers need.

use super::{Action, DONE};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Kind, Operand, Section, Value};

pub(super) const TRY: Section = Section {
    title: "Trying it out",
    summary: "See it work, with and without a server",
    commands: &[DEV, DEMO],
};

const DEV: Command = Command {
    action: Action::Dev,
    path: &["dev"],
    summary: "Serve on this machine, with made-up certificates and clients",
    description: &[
        "Makes a certificate authority, a server, clients and demo trust material under the folder, \
         serves on the address, and prints lines for curl that can be pasted. Ends in order on \
         Ctrl-C. The audit trail and its key are kept from one start to the next; everything else \
         is made anew. Nothing it makes is trusted by anything else.",
    ],
    operands: &[],
    options: &[option::DEV_DIR, option::LISTEN],
    examples: &[Example {
        does: "Serve at another port",
        line: "trust-service dev --listen 127.0.0.1:9443",
    }],
    exits: &[
        DONE,
        (Exit::Unavailable, "the address or the folder is in use"),
        (Exit::WriteFailed, "the folder cannot be written"),
    ],
};

const DEMO: Command = Command {
    action: Action::Demo,
    path: &["demo"],
    summary: "Judge four made-up certificates and say why",
    description: &[
        "Makes demo trust material, then shows a valid, a revoked, an unknown and a forged \
             certificate, each with its verdict and the reasons. Needs no server and no network. \
             Nothing it makes is trusted by anything else.",
    ],
    operands: &[],
    options: &[option::DEMO_DIR],
    examples: &[Example {
        does: "Make the material under /tmp/demo",
        line: "trust-service demo --dir /tmp/demo",
    }],
    exits: &[DONE, (Exit::WriteFailed, "the folder cannot be written")],
};

pub(super) const GENERAL: Section = Section {
    title: "General",
    summary: "Help, and what shells and packagers need",
    commands: &[
        Command {
            action: Action::Completions,
            path: &["completions"],
            summary: "Print the script that completes this command line in a shell",
            description: &[
                "bash: write it to /etc/bash_completion.d/trust-service. zsh: write it to a file \
                 _trust-service in a folder of fpath. fish: write it to \
                 /etc/fish/completions/trust-service.fish.",
            ],
            operands: &[Operand {
                value: Value { name: "SHELL", kind: Kind::OneOf(&["bash", "zsh", "fish"]) },
                count: Count::One,
            }],
            options: &[],
            examples: &[Example {
                does: "Complete in this bash from now on",
                line: "source <(trust-service completions bash)",
            }],
            exits: &[DONE],
        },
        Command {
            action: Action::Man,
            path: &["man"],
            summary: "Print the manual page",
            description: &["Prints the page as roff source, for man and for packages."],
            operands: &[],
            options: &[],
            examples: &[Example {
                does: "Read it without installing it",
                line: "trust-service man | man -l -",
            }],
            exits: &[DONE],
        },
        Command {
            action: Action::Openapi,
            path: &["openapi"],
            summary: "Print the description of the HTTP API",
            description: &[
                "Prints the OpenAPI 3.1 document that GET /v1/openapi.json answers, made from \
                            the table of routes: for client generators, scanners and reviews. Needs no \
                            server.",
            ],
            operands: &[],
            options: &[],
            examples: &[Example {
                does: "List the routes",
                line: "trust-service openapi | jq '.paths | keys'",
            }],
            exits: &[DONE],
        },
        Command {
            action: Action::Version,
            path: &["version"],
            summary: "Print the version",
            description: &["Prints the program's name and version on one line."],
            operands: &[],
            options: &[],
            examples: &[Example { does: "Note it in a report", line: "trust-service version" }],
            exits: &[DONE],
        },
        Command {
            action: Action::Help,
            path: &["help"],
            summary: "Explain the program or one command",
            description: &["Without a command, lists them all. `--help` after a command is the \
                            same as `help` before it."],
            operands: &[Operand {
                value: Value { name: "COMMAND", kind: Kind::Command },
                count: Count::Any,
            }],
            options: &[],
            examples: &[Example {
                does: "Explain how certificates are judged",
                line: "trust-service help cert validate",
            }],
            exits: &[DONE],
        },
    ],
};
