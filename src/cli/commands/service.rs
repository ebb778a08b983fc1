//! The daemon that runs on this machine.

use super::Action;
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Example, Section};

pub(super) const SERVICE: Section = Section {
    title: "The running service",
    summary: "Ask the service on this machine",
    commands: &[Command {
        action: Action::Status,
        path: &["status"],
        summary: "Show whether the service lives and is ready",
        description: &[
            "Asks the service over its local sockets, in the folder run beside the state folder or in \
             /run/trust-service. Whoever may use the probe socket sees whether it is ready and what it \
             lacks; an administrator also sees its version, its connections and its snapshot.",
        ],
        operands: &[],
        options: &[option::CHECK, option::STATE, option::FORMAT],
        examples: &[
            Example { does: "Look how it is", line: "trust-service status" },
            Example {
                does: "Let a container's health check ask",
                line: "trust-service status --check live",
            },
        ],
        exits: &[
            (Exit::Good, "it lives and, unless only that was asked, is ready"),
            (Exit::No, "it lives, and is not ready"),
            (Exit::Unavailable, "nobody answers"),
        ],
    }],
};
