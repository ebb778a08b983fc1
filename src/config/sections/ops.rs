//! `ops`: the local sockets for operators and probes.

use std::net::SocketAddr;

use crate::config::reader::Section;

/// Settings of the local sockets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpsSettings {
    /// Where a scraper without certificate may ask for health and metrics; a loopback address.
    pub listen: Option<SocketAddr>,
}

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> OpsSettings {
    let listen: Option<SocketAddr> =
        section.optional("listen", "an address and a port, as 127.0.0.1:9464");
    if listen.is_some_and(|address| !address.ip().is_loopback()) {
        let rule = "answers without a certificate go to this machine alone";
        section.fault("listen", rule, "use 127.0.0.1:9464");
    }
    OpsSettings { listen }
}
