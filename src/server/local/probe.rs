//! `probe.sock`: is it alive, is it ready, what does it count. For monitors, without a certificate.
//!
//! `tiny_http` serves it, which has no deadlines, takes a thread for each connection, and whose accepting thread dies
//! where descriptors or threads run out. So nothing else hangs on it, and only root, the service and one group reach
//! it: `probe` looks once a second whether the socket is served and, where it is not, builds the server anew; the
//! answers are given by threads of their own, of which a client that does not read holds up one. It changes nothing
//! and tells no secret, so it asks nobody who they are and leaves no record.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tiny_http::{Header, Method, Request, Response, Server};

use crate::api;
use crate::metrics::text;
use crate::runtime::conditions::Grade;
use crate::runtime::supervisor::Life;

use super::super::shared::Shared;
use super::readiness::not_ready;
use super::socket::{self, SocketError};

/// The name in the run folder.
pub const PROBE_SOCKET: &str = "probe.sock";

/// Threads that answer.
pub const ANSWERING: usize = 2;

/// How often it is looked whether the socket is served.
const LOOK: Duration = Duration::from_secs(1);

/// How long an answering thread waits for a request before it looks whether it shall stop.
const TURN: Duration = Duration::from_millis(200);

/// How long is waited for an answering thread to let go of a server that is gone.
const LET_GO: Duration = Duration::from_millis(20);

/// The probe socket, and who serves it at present.
pub struct Probe {
    folder: PathBuf,
    shared: Arc<Shared>,
    server: Mutex<Option<Arc<Server>>>,
}

impl fmt::Debug for Probe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Probe").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What is answered.
struct Page {
    status: u16,
    media: &'static str,
    body: Vec<u8>,
}

impl Probe {
    /// Opens the socket in `folder`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// What is in the way.
    pub fn open(folder: PathBuf, shared: Arc<Shared>) -> Result<Self, SocketError> {
        let probe = Self { folder, shared, server: Mutex::default() };
        probe.build()?;
        Ok(probe)
    }

    /// Builds the server anew where it is gone, until it is told to stop; the body of the thread `probe`.
    pub fn watch(&self, life: &Life) {
        while !life.stop.wait(LOOK) {
            life.pulse.beat();
            if !self.is_served() {
                self.give_up(life);
                if let Err(error) = self.build() {
                    log::error!(target: "local", "its server has ended and cannot be built anew: {error}");
                } else {
                    log::warn!(target: "local", "{PROBE_SOCKET}: its server had ended; it is served again");
                }
            }
        }
        self.give_up(life);
    }

    /// Answers until it is told to stop; the body of each of the [`ANSWERING`] threads `probe-N`.
    pub fn answer(&self, life: &Life) {
        while !life.stop.is_asked() {
            life.pulse.beat();
            let Some(server) = self.server().clone() else {
                let _ = life.stop.wait(TURN);
                continue;
            };
            let received = server.recv_timeout(TURN);
            // Not held while answering, which may take as long as the client wants.
            drop(server);
            match received {
                Ok(Some(request)) => {
                    let _idle = life.pulse.idle();
                    // A panic of `tiny_http` costs this answer and nothing else.
                    let answered = catch_unwind(AssertUnwindSafe(|| self.respond(request)));
                    if answered.is_err() {
                        log::error!(target: "local", "{PROBE_SOCKET}: a panic while answering");
                    }
                }
                Ok(None) => {}
                // It accepts no more, which `probe` will find.
                Err(error) => {
                    log::error!(target: "local", "{PROBE_SOCKET}: cannot accept: {error}");
                    let _ = life.stop.wait(TURN);
                }
            }
        }
    }

    fn build(&self) -> Result<(), SocketError> {
        let path = self.folder.join(PROBE_SOCKET);
        let listener = socket::listen(&self.folder, PROBE_SOCKET)?;
        // It starts a thread, and panics where the system gives none.
        let built = catch_unwind(AssertUnwindSafe(|| Server::from_listener(listener, None)));
        let server = built
            .map_err(|_| io::Error::other("no thread can be started"))
            .and_then(|built| built.map_err(io::Error::other))
            .map_err(|error| SocketError::System(path, error))?;
        *self.server() = Some(Arc::new(server));
        Ok(())
    }

    /// Whether somebody accepts. Any other fault is of this attempt, not of the server.
    fn is_served(&self) -> bool {
        match UnixStream::connect(self.folder.join(PROBE_SOCKET)) {
            Ok(_) => true,
            Err(error) => {
                !matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
            }
        }
    }

    /// Ends the server, which removes the socket's name when it goes: before another has it.
    fn give_up(&self, life: &Life) {
        let Some(mut server) = self.server().take() else { return };
        loop {
            match Arc::try_unwrap(server) {
                Ok(server) => return drop(server),
                Err(held) => server = held,
            }
            life.pulse.beat();
            std::thread::sleep(LET_GO);
        }
    }

    fn respond(&self, request: Request) {
        let page = match (request.method(), request.url()) {
            (Method::Get, path) => self.page(path),
            (_, "/healthz" | "/readyz" | "/metrics") => plain(405, "this socket takes GET only"),
            _ => plain(404, NO_PATH),
        };
        let mut response = Response::from_data(page.body)
            .with_status_code(page.status)
            .with_chunked_threshold(usize::MAX);
        for (name, value) in [("Content-Type", page.media), ("Cache-Control", "no-store")] {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
        if page.status == 405
            && let Ok(allow) = Header::from_bytes("Allow", "GET")
        {
            response.add_header(allow);
        }
        // A client that has gone wants no answer.
        let _ = request.respond(response);
    }

    fn page(&self, path: &str) -> Page {
        match path {
            "/healthz" => plain(200, "ok"),
            "/readyz" => {
                let missing = not_ready(&self.shared);
                let ready = missing.is_empty();
                let conditions = self.shared.services.conditions.all();
                let degraded = conditions.iter().filter(|one| one.grade == Grade::Degraded);
                let degraded: Vec<&str> = degraded.map(|one| one.name).collect();
                let details: BTreeMap<&str, &str> =
                    conditions.iter().map(|one| (one.name, one.detail.as_str())).collect();
                let body = json!({
                    "ready": ready, "not_ready": missing, "degraded": degraded, "details": details,
                });
                let body = body.to_string().into_bytes();
                let status = if ready { 200 } else { 503 };
                Page { status, media: "application/json", body }
            }
            "/metrics" => {
                let mut page = text::Page::default();
                let now = self.shared.clock.wall();
                api::write_metrics(&self.shared.services, now, &mut page);
                Page { status: 200, media: text::MEDIA_TYPE, body: page.into_bytes() }
            }
            _ => plain(404, NO_PATH),
        }
    }

    fn server(&self) -> MutexGuard<'_, Option<Arc<Server>>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NO_PATH: &str = "no such path; there are /healthz, /readyz and /metrics";

fn plain(status: u16, text: &str) -> Page {
    Page { status, media: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
}
