//! `token`: access tokens, given out, looked at and taken back.

use super::{Action, DONE, FILE};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Operand, Section};

const NOT_ALLOWED: (Exit, &str) =
    (Exit::Permission, "this user may not, or may not give out that much");
const NO_DAEMON: (Exit, &str) =
    (Exit::Unavailable, "no service holds the state, or it has no tokens");

pub(super) const TOKEN: Section = Section {
    title: "Access tokens",
    summary: "Give out access tokens, look at them, and take them back",
    commands: &[
        Command {
            action: Action::TokenIssue,
            path: &["token", "issue"],
            summary: "Give out an access token, of no more than you may do yourself",
            description: &[
                "Asks the running service, which signs. The token stands alone on stdout and what it \
                 is on stderr; nothing keeps it. It names you and your roles, permits what \
                 `--scope` names, and is bound to no certificate: whoever has it can use it.",
            ],
            operands: &[],
            options: &[
                option::SCOPE,
                option::SUBJECT,
                option::TOKEN_EXPIRES_IN,
                option::CLAIMS,
                option::STATE,
                option::FORMAT,
            ],
            examples: &[Example {
                does: "A token of ten minutes that may only ask",
                line: "trust-service token issue --scope trust:query --expires-in 600",
            }],
            exits: &[DONE, NOT_ALLOWED, NO_DAEMON],
        },
        Command {
            action: Action::TokenInspect,
            path: &["token", "inspect"],
            summary: "Show what a token says of itself, and whether it holds",
            description: &[
                "Takes the token in FILE apart, or the one on stdin where FILE is `-`. What it says \
                 is shown whether or not it is true; which rule it breaks by its form is said. \
                 Where the service runs and has tokens, it is asked whether the token holds.",
            ],
            operands: &[Operand { value: FILE, count: Count::One }],
            options: &[option::STATE, option::FORMAT],
            examples: &[Example {
                does: "Look at the token in a file",
                line: "trust-service token inspect some.token",
            }],
            exits: &[
                (Exit::Good, "it holds; or its form is right, and there was nobody to ask"),
                (Exit::No, "it does not hold, or breaks a rule of form"),
                (Exit::Unreadable, "it is no token"),
            ],
        },
        Command {
            action: Action::TokenRevoke,
            path: &["token", "revoke"],
            summary: "Take a token back, or all of a subject or a client",
            description: &[
                "Asks the running service, which refuses it from then on, on every connection. Name \
                 one: the FILE that holds the token (`-` is stdin), its `--id`, or a `--subject` or \
                 a `--client`, of whom everything up to now is taken back.",
            ],
            operands: &[Operand { value: FILE, count: Count::Optional }],
            options: &[
                option::TOKEN_ID,
                option::SUBJECT,
                option::CLIENT,
                option::ISSUER,
                option::STATE,
                option::FORMAT,
            ],
            examples: &[
                Example {
                    does: "Take back all that a client has",
                    line: "trust-service token revoke --client border-post-7",
                },
                Example {
                    does: "Take back the token in a file",
                    line: "trust-service token revoke lost.token",
                },
            ],
            exits: &[
                DONE,
                (Exit::No, "there was nothing to take back"),
                NOT_ALLOWED,
                NO_DAEMON,
                (Exit::WriteFailed, "the record or the list could not be written"),
            ],
        },
    ],
};
