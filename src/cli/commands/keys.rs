//! `key`: API keys of programs that have no certificate, by the running service.

use super::{Action, DONE};
use crate::cli::exit::Exit;
use crate::cli::options as option;
use crate::cli::table::{Command, Count, Example, Kind, Operand, Opt, Section, Value};

pub(super) const KEYS: Section = Section {
    title: "API keys",
    summary: "Make, list, replace and withdraw API keys",
    commands: &[CREATE, LIST, SHOW, ROTATE, REVOKE],
};

const CREATE: Command = Command {
    action: Action::KeyCreate,
    path: &["key", "create"],
    summary: "Make an API key, and show it this once",
    description: &[
        "The running service makes the key and keeps a digest of it alone: what is not stored away \
         now is lost. The key permits what is named here, of which the caller must hold all, and \
         it always ends.",
    ],
    operands: &[],
    options: &[
        option::KEY_NAME,
        option::OWNER,
        option::PERMISSION,
        option::EXPIRES_IN,
        option::NETWORK,
        option::REQUESTS_PER_MINUTE,
        option::BURST,
        option::STATE,
        option::FORMAT,
    ],
    examples: &[Example {
        does: "Make a key that may ask what is trusted, for 90 days",
        line: "trust-service key create --name post-7 --owner post-7 --permission trust:query",
    }],
    exits: &[DONE, NO_SPACE, NOT_ALLOWED, NOBODY, NOT_WRITTEN],
};

const LIST: Command = Command {
    action: Action::KeyList,
    path: &["key", "list"],
    summary: "List the API keys, their end and their use",
    description: &[
        "Those that should be rotated are marked as due. The use of a key is counted for each \
         request and kept on disk once a minute.",
    ],
    operands: &[],
    options: COMMON,
    examples: &[Example { does: "Look which keys are due", line: "trust-service key list" }],
    exits: &[DONE, NOT_ALLOWED, NOBODY],
};

const SHOW: Command = Command {
    action: Action::KeyShow,
    path: &["key", "show"],
    summary: "Show what is known of an API key",
    description: &["Everything but the key itself, which nobody keeps."],
    operands: &[ID],
    options: COMMON,
    examples: &[Example {
        does: "See when a key was used last",
        line: "trust-service key show 4kGdXw0aPq2Z",
    }],
    exits: &[DONE, NO_KEY, NOT_ALLOWED, NOBODY],
};

const ROTATE: Command = Command {
    action: Action::KeyRotate,
    path: &["key", "rotate"],
    summary: "Put a new API key in the place of one, and show it this once",
    description: &[
        "The new key is for the same and may do the same, and lives as long as the old one was \
         made to live. The old one is taken until its grace is over; when and from where it was \
         used last is shown, so that who still uses it can be told.",
    ],
    operands: &[ID],
    options: &[option::GRACE, option::STATE, option::FORMAT],
    examples: &[Example {
        does: "Replace a key that somebody else may know, at once",
        line: "trust-service key rotate 4kGdXw0aPq2Z --grace 0s",
    }],
    exits: &[DONE, NOT_IN_USE, NOT_ALLOWED, NOBODY, NOT_WRITTEN],
};

const REVOKE: Command = Command {
    action: Action::KeyRevoke,
    path: &["key", "revoke"],
    summary: "Withdraw an API key, at once and for good",
    description: &["The next request with it is refused, on open connections too."],
    operands: &[ID],
    options: COMMON,
    examples: &[Example {
        does: "Withdraw a key that was found in a repository",
        line: "trust-service key revoke 4kGdXw0aPq2Z",
    }],
    exits: &[DONE, NO_KEY, NOT_ALLOWED, NOBODY, NOT_WRITTEN],
};

const COMMON: &[Opt] = &[option::STATE, option::FORMAT];

const ID: Operand = Operand { value: Value { name: "ID", kind: Kind::Text }, count: Count::One };

const NO_KEY: (Exit, &str) = (Exit::No, "there is no such key");
const NO_SPACE: (Exit, &str) = (Exit::No, "there are as many keys as there may be");
const NOT_IN_USE: (Exit, &str) = (Exit::No, "there is no such key, or it is not in use");
const NOT_ALLOWED: (Exit, &str) =
    (Exit::Permission, "the caller may not, or does not hold what the key would permit");
const NOBODY: (Exit, &str) = (Exit::Unavailable, "no running service holds the state");
const NOT_WRITTEN: (Exit, &str) = (Exit::WriteFailed, "the key or its record was not written");
