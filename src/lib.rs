//! `trust-service` answers one question, with reasons: may this ePassport certificate be trusted?
//!
//! Country signing CAs (CSCA) certify document signers, which sign passports. Which CSCAs are real, States tell
//! one another by signed master lists, and an operator decides whose lists to believe. From the bottom up:
//!
//! - [`clock`] and [`encoding`] hold time as a value; hexadecimal, base64, PEM. [`nearest`] guesses what was meant,
//!   [`logger`] writes messages for people, [`metrics`] counts what happens.
//! - [`trust`] is pure. Certificates, revocation lists and master lists are read, snapshots of what is trusted are
//!   made, and [`trust::validate::validate()`] gives the verdict.
//! - [`wire`] is pure too: HTTP/1.1 as bytes, strict about where a request ends.
//! - [`identity`] and [`permission`] have the names of who calls and of what may be done.
//! - [`runtime`] starts threads, [`limit`] caps what one caller may have, [`fetch`] asks a server for one document.
//! - [`state`] keeps snapshots on disk, old or new and never in between.
//! - [`tls`], [`authn`], [`authz`]: whose certificate holds, who that is, what it may do.
//! - [`guard`] takes whatever evidence a caller shows and says who it is and what that may.
//! - [`gate`] reads what a proxy asks about another service's requests, and signs what was decided.
//! - [`audit`] keeps the trail; [`api`] has the resources; [`server`] lets no answer out without its record.
//! - [`config`] makes settings of files and variables, or lists every fault; [`app`] puts the daemon together.
//! - [`demo`] issues made-up certificates, for the demo and for the tests; nothing else issues any.
//! - [`cli`] has the commands.

pub mod api;
pub mod app;
pub mod audit;
pub mod authn;
pub mod authz;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod encoding;
pub mod entropy;
pub mod fetch;
pub mod gate;
pub mod guard;
pub mod identity;
pub mod limit;
pub mod logger;
pub mod metrics;
pub mod nearest;
pub mod permission;
pub mod runtime;
pub mod secret;
pub mod server;
pub mod state;
pub mod tls;
pub mod trust;
pub mod wire;
