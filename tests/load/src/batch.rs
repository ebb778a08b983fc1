//! One long request with a long answer, both streamed at once: `batch`.

use crate::answer::AnswerReader;
use crate::clock::{Clock, micros};
use crate::connection::Connection;
use crate::counts::{self, more, seconds};
use crate::error::Failure;
use crate::options::Options;
use crate::poller::Poller;
use crate::process::{Usage, usage};
use crate::request::{self, Length};
use crate::socket::Route;
use crate::tls;
use serde::Serialize;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Sends the file, writes the answer's body to `--out`, and prints the report. False: the answer
/// did not come to its end.
pub(crate) fn run(options: &Options, clock: Clock) -> Result<bool, Failure> {
    let Some(path) = &options.body else {
        return Err(lexopt::Error::from("batch needs --body").into());
    };
    let mut upload = Upload::open(options, path)?;
    let mut out = match &options.out {
        Some(path) => Some((path, File::create(path).map_err(file_error(path))?)),
        None => None,
    };
    let mut poller = Poller::new()?;
    let route = Route { to: options.connect, sources: 1, small: false };
    let (config, name) = (Arc::new(tls::client(options)?), tls::server_name(options)?);
    let unreachable = |gone: crate::connection::Gone| Failure::Unreachable(gone.to_string());
    let mut connection = Connection::begin(route, 0, config, name).map_err(unreachable)?;
    poller.add(connection.socket(), 0).map_err(|error| unreachable(error.into()))?;

    let mut report =
        Report { mode: options.mode.name(), label: &options.label, ..Report::default() };
    let (mut reader, mut input, mut body) = (AnswerReader::default(), Vec::new(), Vec::new());
    let (mut ready, mut stirred) = (Vec::new(), clock.now());
    loop {
        let busy = connection.shaken().is_some() && upload.send(&mut connection, &mut report)?;
        poller.wait(if busy { Duration::ZERO } else { TICK }, &mut ready)?;
        let now = clock.now();
        let news = ready.drain(..).count() > 0;
        let mut end = connection.flush().err();
        if news {
            let pulled = connection.pull(&mut input).err();
            end = end.or(pulled);
            stirred = now;
        }
        let answer = reader.read(&mut input, &mut body);
        report.status = reader.begun().map_or(report.status, |answer| answer.status);
        if !body.is_empty() {
            report.first_byte_us = report.first_byte_us.or(Some(micros(now)));
            report.count(&body);
            if let Some((path, file)) = &mut out {
                file.write_all(&body).map_err(file_error(path))?;
            }
            body.clear();
        }
        match answer {
            Ok(Some(answer)) => {
                report.status = answer.status;
                report.complete = true;
                break;
            }
            Ok(None) => {}
            Err(error) => {
                report.end = Some(error.to_string());
                break;
            }
        }
        if let Some(gone) = end {
            report.end = Some(gone.to_string());
            break;
        }
        if now.saturating_sub(stirred) > options.timeout {
            report.end = Some("timeout".to_owned());
            break;
        }
    }
    report.upload_complete = upload.done;
    report.seconds = seconds(clock.now());
    report.server = usage(&options.pids);
    counts::print(&report);
    Ok(report.complete)
}

#[derive(Debug, Default, Serialize)]
struct Report<'a> {
    mode: &'a str,
    label: &'a str,
    /// 0: no answer began.
    status: u16,
    /// The answer came to its end.
    complete: bool,
    /// How it ended otherwise.
    end: Option<String>,
    upload_complete: bool,
    seconds: f64,
    first_byte_us: Option<u64>,
    bytes_up: u64,
    bytes_down: u64,
    lines_down: u64,
    server: Option<Usage>,
}

impl Report<'_> {
    fn count(&mut self, body: &[u8]) {
        let length = u64::try_from(body.len()).unwrap_or(0);
        self.bytes_down = self.bytes_down.saturating_add(length);
        for _ in body.iter().filter(|byte| **byte == b'\n') {
            more(&mut self.lines_down);
        }
    }
}

/// A file on its way out, a block at a time.
struct Upload<'a> {
    file: File,
    path: &'a Path,
    chunked: bool,
    block: Vec<u8>,
    pending: Vec<u8>,
    at: usize,
    done: bool,
}

impl<'a> Upload<'a> {
    fn open(options: &Options, path: &'a Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(file_error(path))?;
        let length = file.metadata().map_err(file_error(path))?.len();
        let length = if options.chunked {
            Length::Chunked
        } else {
            Length::Known(usize::try_from(length).unwrap_or(usize::MAX))
        };
        let pending = request::head(options, "POST", &options.path, Some(length));
        let block = vec![0; BLOCK];
        Ok(Self { file, path, chunked: options.chunked, block, pending, at: 0, done: false })
    }

    /// Puts what fits. Tells whether more would fit now.
    fn send(
        &mut self,
        connection: &mut Connection,
        report: &mut Report<'_>,
    ) -> Result<bool, Failure> {
        if self.done || !connection.is_flushed() {
            return Ok(false);
        }
        if self.at >= self.pending.len() && !self.fill(report)? {
            return Ok(false);
        }
        let taken = connection.put(self.pending.get(self.at..).unwrap_or_default());
        self.at = self.at.saturating_add(taken);
        // That the connection is gone shows at the next read, with what the server said before.
        Ok(connection.flush().is_ok() && connection.is_flushed())
    }

    /// Reads the next block. False: there is none.
    fn fill(&mut self, report: &mut Report<'_>) -> Result<bool, Failure> {
        self.pending.clear();
        self.at = 0;
        let length = self.file.read(&mut self.block).map_err(file_error(self.path))?;
        report.bytes_up = report.bytes_up.saturating_add(u64::try_from(length).unwrap_or(0));
        self.done = length == 0;
        if self.chunked {
            self.pending.extend_from_slice(format!("{length:x}\r\n").as_bytes());
        }
        self.pending.extend_from_slice(self.block.get(..length).unwrap_or_default());
        if self.chunked {
            self.pending.extend_from_slice(b"\r\n");
        }
        Ok(!self.pending.is_empty())
    }
}

const BLOCK: usize = 32 << 10;
const TICK: Duration = Duration::from_millis(20);

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::File { path: path.to_owned(), error }
}
