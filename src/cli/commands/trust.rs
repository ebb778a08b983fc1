//! `trust`: to decide which issuers are trusted, and to see which are.

use super::{Action, BAD_FILE, BAD_STATE, DONE, FILE, FILES};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Kind, Operand, Section, Value};

pub(super) const TRUST: Section = Section {
    title: "Trust material",
    summary: "Decide which issuers are trusted, and see which are",
    commands: &[
        Command {
            action: Action::TrustAnchor,
            path: &["trust", "anchor"],
            summary: "Trust a CSCA certificate, on the operator's word",
            description: &[
                "Shows the fingerprint of the certificate and asks whether it is the one you got \
                 from its owner by a way you trust. With `--sha256` it compares instead of \
                 asking. With neither a terminal nor `--sha256` it refuses.",
            ],
            operands: &[Operand { value: FILE, count: Count::One }],
            options: &[option::SHA256, option::STATE, option::FORMAT],
            examples: &[Example {
                does: "Look at the fingerprint, then confirm it",
                line: "trust-service trust anchor csca-germany.cer",
            }],
            exits: &[
                DONE,
                (Exit::No, "the fingerprint differs, or the answer was no"),
                BAD_FILE,
                NOT_WRITTEN,
                NOT_ALLOWED,
            ],
        },
        Command {
            action: Action::TrustImport,
            path: &["trust", "import"],
            summary: "Take in master lists, revocation lists and bundles",
            description: &[
                "Master lists whose signer verifies make anchors; their new list replaces the old \
                 one of the same source. Bundles and LDIF files give document signers, \
                 revocation lists and lists to be verified, never anchors. Each file is taken \
                 whole or not at all, and what cannot be used is listed with the reason.",
            ],
            operands: &[FILES],
            options: &[
                option::SOURCE,
                option::ACCEPT_SIGNER,
                option::ALLOW_OLDER,
                option::DRY_RUN,
                option::STATE,
                option::FORMAT,
            ],
            examples: &[
                Example {
                    does: "See what the new German master list would change",
                    line: "trust-service trust import --dry-run --source DE masterlist.ml",
                },
                Example {
                    does: "Take in what the ICAO directory publishes",
                    line: "trust-service trust import icaopkd-001.ldif icaopkd-002.ldif",
                },
            ],
            exits: &[
                DONE,
                (Exit::No, "a list was refused: its signer, its signature or its age"),
                BAD_FILE,
                NOT_WRITTEN,
                NOT_ALLOWED,
            ],
        },
        Command {
            action: Action::TrustDistrust,
            path: &["trust", "distrust"],
            summary: "Trust an anchor no longer, whatever lists say",
            description: &[
                "Outlives every later import: a list that holds the certificate again does not \
                 bring it back.",
            ],
            operands: &[Operand {
                value: Value { name: "SHA256", kind: Kind::Text },
                count: Count::One,
            }],
            options: &[option::REASON, option::STATE, option::FORMAT],
            examples: &[Example {
                does: "Drop an anchor whose key was lost",
                line: "trust-service trust distrust 3f1c...9a --reason 'key lost, note of 12 May'",
            }],
            exits: &[
                DONE,
                (Exit::No, "there is no anchor with this fingerprint"),
                NOT_WRITTEN,
                NOT_ALLOWED,
            ],
        },
        Command {
            action: Action::TrustStatus,
            path: &["trust", "status"],
            summary: "Count the anchors and show how fresh each source is",
            description: &["Shows the current snapshot, its sources with their age, and counts."],
            operands: &[],
            options: &[option::STATE, option::FORMAT],
            examples: &[Example {
                does: "Give a monitor the figures",
                line: "trust-service trust status --format json",
            }],
            exits: &[DONE, BAD_STATE],
        },
        Command {
            action: Action::TrustList,
            path: &["trust", "list"],
            summary: "List the anchors with their status and their sources",
            description: &[
                "The status is trusted, expired, superseded or distrusted. Each anchor names the \
                 sources that vouch for it.",
            ],
            operands: &[],
            options: &[option::COUNTRY, option::STATE, option::FORMAT],
            examples: &[Example {
                does: "List the anchors of France",
                line: "trust-service trust list --country FR",
            }],
            exits: &[DONE, BAD_STATE],
        },
        Command {
            action: Action::TrustDiff,
            path: &["trust", "diff"],
            summary: "Show what changed between two snapshots",
            description: &[
                "Without a name, compares the current snapshot with the one before; with one \
                 name, the current snapshot with that one; with two, the first with the second.",
            ],
            operands: &[
                Operand { value: SNAPSHOT, count: Count::Optional },
                Operand { value: SNAPSHOT, count: Count::Optional },
            ],
            options: &[option::STATE, option::FORMAT],
            examples: &[Example {
                does: "See what the last import did",
                line: "trust-service trust diff",
            }],
            exits: &[DONE, BAD_STATE],
        },
    ],
};

const SNAPSHOT: Value = Value { name: "SNAPSHOT", kind: Kind::Text };

const NOT_ALLOWED: (Exit, &str) = (Exit::Permission, "the caller may not change the state");
const NOT_WRITTEN: (Exit, &str) = (Exit::WriteFailed, "the state or its record was not written");
