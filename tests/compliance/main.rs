//! Published test suites, run against the trust library: a module for each.

mod pkits;
mod wycheproof;
