//! `cert`: to look at certificates and to judge them.

use super::{Action, BAD_FILE, DONE, FILES};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Example, Opt, Section};

pub(super) const CERTIFICATES: Section = Section {
    title: "Certificates",
    summary: "Look at certificates and judge them",
    commands: &[
        Command {
            action: Action::CertInspect,
            path: &["cert", "inspect"],
            summary: "Show what certificates hold",
            description: &[
                "Prints the fields of each certificate in the files: DER, PEM, LDIF, folders, or - for \
                 standard input. Nothing is verified: what is shown is what the certificate says of \
                 itself, and where that departs from the profile.",
            ],
            operands: &[FILES],
            options: CERT_OPTIONS,
            examples: &[Example {
                does: "Show one certificate as JSON",
                line: "trust-service cert inspect --format json signer.cer",
            }],
            exits: &[DONE, BAD_FILE],
        },
        Command {
            action: Action::CertValidate,
            path: &["cert", "validate"],
            summary: "Judge certificates against the trusted anchors",
            description: &[
                "Gives a verdict on each certificate in the files: DER, PEM, LDIF, folders, or - for \
                 standard input. It is valid, invalid, or indeterminate when its issuer is not known \
                 or the policy demands what cannot be had. The table shows the one reason that \
                 matters; --verbose and JSON list every check with the rule it comes from.",
                "A revoked certificate is invalid whatever `--at` says, because a signing time is \
                 the signer's to choose.",
            ],
            operands: &[FILES],
            options: &[
                option::STATE,
                option::AT,
                option::TYPE,
                option::POLICY,
                option::ON_UNKNOWN,
                option::FORMAT,
            ],
            examples: &[
                Example {
                    does: "Judge two document signers for the day they were issued",
                    line: "trust-service cert validate --at issuance one.cer two.pem",
                },
                Example {
                    does: "Withhold the verdict when there is no fresh revocation list",
                    line: "trust-service cert validate --on-unknown indeterminate signer.cer",
                },
            ],
            exits: &[
                (Exit::Good, "all are valid"),
                (Exit::No, "at least one is invalid"),
                (Exit::Uncertain, "at least one is indeterminate, none is invalid"),
                (
                    Exit::Unreadable,
                    "a file or the state folder cannot be read, and nothing is invalid",
                ),
            ],
        },
    ],
};

const CERT_OPTIONS: &[Opt] =
    &[option::STATE, option::AT, option::TYPE, option::POLICY, option::FORMAT];
