//! The daemon on this machine, asked over its local sockets.
//!
//! Threat: a change that reaches another service than the one meant. A daemon is believed to hold a state folder when
//! it runs as the folder's owner, which the kernel says, and itself names the folder.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::authn::local::LocalPeer;
use crate::server::local::{ADMIN_SOCKET, GROUP};

use super::exit::Exit;
use super::session::Failure;

/// Where the sockets are when the service runs as a service of the system.
const SYSTEM: &str = "/run/trust-service";

/// The longest wait for a piece of an answer: others may be before us, an upload among them.
const PATIENCE: Duration = Duration::from_secs(300);

/// The most bytes of an answer.
const MOST: u64 = 64 * 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    /// Its status.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// What the admin socket says of the daemon.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct About {
    pub(super) version: String,
    pub(super) pid: u32,
    pub(super) uptime_seconds: u64,
    pub(super) connections: u32,
    pub(super) snapshot: String,
    pub(super) state: String,
}

impl About {
    /// The question that it answers.
    pub(super) const QUESTION: Question<'static> = Question::get("/v1/admin/status");
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The connection ended without one, after it was asked.
    Cut(io::Error),
    /// The socket is there, and this user may not connect.
    Denied,
    /// Nobody serves the socket.
    Nobody,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// `GET`, `POST` or `DELETE`.
    pub(super) method: &'static str,
    /// The path, and perhaps a query.
    pub(super) target: &'a str,
    /// The body's type.
    pub(super) media: &'static str,
    /// The body, in pieces.
    pub(super) body: &'a [&'a [u8]],
}

impl<'a> Question<'a> {
    /// `GET`.
    pub(super) const fn get(target: &'a str) -> Self {
        Self { method: "GET", target, media: "application/json", body: &[] }
    }
}

impl Reply {
    /// The body, where it is JSON of this kind.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The answer that `bytes` are, all of it.
    fn of(bytes: Vec<u8>) -> io::Result<Self> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "not a whole answer of HTTP");
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut lines);
        let parsed = response.parse(&bytes).map_err(|_| broken())?;
        let httparse::Status::Complete(head) = parsed else { return Err(broken()) };
        let status = response.code.ok_or_else(broken)?;
        let length =
            response.headers.iter().find(|line| line.name.eq_ignore_ascii_case("Content-Length"));
        let length: Option<usize> =
            length.and_then(|line| str::from_utf8(line.value).ok()?.trim().parse().ok());
        let mut bytes = bytes;
        let body = bytes.split_off(head);
        if length != Some(body.len()) {
            return Err(broken());
        }
        Ok(Self { status, body })
    }
}

/// The folders in which the sockets of the daemon over `state` may be.
pub(super) fn run_folders(state: &Path) -> [PathBuf; 2] {
    let real = state.canonicalize().unwrap_or_else(|_| state.to_owned());
    let beside = real.parent().unwrap_or(Path::new("/")).join("run");
    [beside, PathBuf::from(SYSTEM)]
}

/// Asks at `socket`.
pub(super) fn ask(socket: &Path, question: &Question<'_>) -> Result<Reply, Unanswered> {
    exchange(connect(socket)?, question).map_err(Unanswered::Cut)
}

fn connect(socket: &Path) -> Result<UnixStream, Unanswered> {
    UnixStream::connect(socket).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Unanswered::Denied,
        _ => Unanswered::Nobody,
    })
}

fn exchange(mut stream: UnixStream, question: &Question<'_>) -> io::Result<Reply> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Question { method, target, media, body } = question;
    let length = body.iter().map(|piece| piece.len()).fold(0, usize::saturating_add);
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {media}\r\nContent-Length: \
         {length}\r\n\r\n"
    );
    let mut written = stream.write_all(head.as_bytes());
    for piece in *body {
        written = written.and_then(|()| stream.write_all(piece));
    }
    // What is refused early is answered before it is all taken: the answer tells more than the failed write.
    let mut bytes = Vec::new();
    let read = stream.take(MOST).read_to_end(&mut bytes);
    if bytes.is_empty() {
        written?;
    }
    // A connection that is cut behind a whole answer is answered.
    Reply::of(bytes).map_err(|fault| read.err().unwrap_or(fault))
}

/// The daemon that holds a state folder.
#[derive(Debug)]
pub(super) struct Holder {
    socket: PathBuf,
    /// The user whom it runs as: the owner of the state folder.
    uid: u32,
}

impl Holder {
    /// The daemon that holds `state`; none where none is found.
    ///
    /// # Errors
    ///
    /// Where there is one and this user may not ask it.
    pub(super) fn of(state: &Path) -> Result<Option<Self>, Failure> {
        let (Ok(owner), Ok(real)) = (fs::metadata(state), state.canonicalize()) else {
            return Ok(None);
        };
        for socket in run_folders(state).map(|folder| folder.join(ADMIN_SOCKET)) {
            let asked = UnixStream::connect(&socket);
            if let Err(error) = &asked
                && error.kind() == io::ErrorKind::PermissionDenied
            {
                let message = format!(
                    "{}: a daemon may hold the state, and this user may not ask it; become a member of the group {GROUP}",
                    socket.display()
                );
                return Err(Failure::new(Exit::Permission, message));
            }
            let Ok(stream) = asked else { continue };
            if LocalPeer::of(&stream).map_or(true, |peer| peer.uid() != owner.uid()) {
                continue;
            }
            let Ok(reply) = exchange(stream, &About::QUESTION) else { continue };
            match reply.status {
                200 if reply.read().is_some_and(|about: About| Path::new(&about.state) == real) => {
                    return Ok(Some(Self { socket, uid: owner.uid() }));
                }
                403 => return Err(Failure::new(Exit::Permission, not_listed(&socket))),
                _ => {}
            }
        }
        Ok(None)
    }

    fn exchange(&self, question: &Question<'_>) -> Result<Reply, Unanswered> {
        let stream = connect(&self.socket)?;
        // The same user as before: what a path leads to may have changed.
        if LocalPeer::of(&stream).map_or(true, |peer| peer.uid() != self.uid) {
            return Err(Unanswered::Nobody);
        }
        exchange(stream, question).map_err(Unanswered::Cut)
    }

    /// Asks it.
    pub(super) fn ask(&self, question: &Question<'_>) -> Result<Reply, Failure> {
        self.exchange(question).map_err(|unanswered| {
            let (exit, why) = match unanswered {
                Unanswered::Denied => (Exit::Permission, "this user may not connect".to_owned()),
                Unanswered::Nobody => (Exit::Unavailable, "the daemon has ended".to_owned()),
                // It closes unanswered what it cannot record.
                Unanswered::Cut(error) => (
                    Exit::WriteFailed,
                    format!("no answer came ({error}); `trust status` shows whether anything was changed"),
                ),
            };
            Failure::new(exit, format!("{}: {why}", self.socket.display()))
        })
    }
}

fn not_listed(socket: &Path) -> String {
    let uid = rustix::process::geteuid().as_raw();
    format!(
        "{}: a daemon may hold the state, and user {uid} is none of its administrators; name the user in its policy",
        socket.display()
    )
}
