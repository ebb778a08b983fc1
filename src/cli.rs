//! The command line as the operator meets it: what can be typed, what is answered, how it looks.
//!
//! One static description, [`commands::PROGRAM`], is the source of everything here: the parser
//! ([`arguments`]), the help pages ([`help`]), the man page ([`man`]) and the shell completions
//! ([`completions`]) are all made from it, so that none of them can fall behind another.
//!
//! [`run`] takes the arguments to a command: [`cert`], [`trust`], `check-config`, `demo`. A command gets a [`session::Session`],
//! reads files through [`inputs`], writes to the session's writers, and ends with an [`exit::Exit`].
//!
//! Threat: file names, certificate subjects and arguments are written by strangers. Whatever of
//! them reaches a terminal goes through [`terminal::printable()`] first.

pub mod arguments;
mod audit;
pub mod cert;
pub mod commands;
pub mod completions;
mod configuration;
mod daemon;
mod demo;
mod dev;
pub mod exit;
pub mod help;
pub mod inputs;
mod key;
mod layout;
pub mod man;
mod options;
pub mod output;
mod policy;
mod process;
pub mod run;
mod serve;
pub mod session;
mod status;
pub mod table;
pub mod terminal;
mod token;
pub mod trust;
pub mod usage_error;

#[cfg(test)]
mod tests;
