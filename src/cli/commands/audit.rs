//! `audit`: to look at the audit trail.

use super::{Action, DONE};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Kind, Operand, Section, Value};

pub(super) const AUDIT: Section = Section {
    title: "Audit trail",
    summary: "See that the audit trail is whole",
    commands: &[Command {
        action: Action::AuditVerify,
        path: &["audit", "verify"],
        summary: "Verify every record, and name the first that is not what was written",
        description: &[
            "Reads the spool in the state folder, or the folder or segment that is named. Each \
             record has the hash of its own content and that of the record before, so a record \
             that was changed, removed or put in shows. Needs no key and no running service.",
        ],
        operands: &[Operand {
            value: Value { name: "PATH", kind: Kind::File },
            count: Count::Optional,
        }],
        options: &[option::STATE, option::FORMAT],
        examples: &[Example {
            does: "Verify the trail of this machine",
            line: "trust-service audit verify",
        }],
        exits: &[
            DONE,
            (Exit::No, "a record is not what was written"),
            (Exit::Unreadable, "the spool cannot be read"),
        ],
    }],
};
