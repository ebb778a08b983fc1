//! The command line, parsed once.

use crate::error::Failure;
use lexopt::{Arg, ValueExt};
use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub(crate) const HELP: &str = "\
trust-load MODE --connect IP:PORT [OPTIONS]

Modes (each prints one JSON object; those marked * print one when all connections are open and one at the end)
  keepalive      each connection asks again when it has its answer; with --rate, at a fixed rate in all
  full, resume   a TLS connection for each request, without and with resumption
  idle *         open TLS connections that say nothing       silent *        the same without TLS
  drip *         one byte of a request's head at a time      drip-body *     of its body
  stop-reading * requests without end, answers never read
  pipeline       1 to 8 requests at a time, cut anywhere; answers must come in order (exit code 1 otherwise)
  batch          POST --body as a stream, the answer's body to --out

Connection
  --connect IP:PORT   --server-name NAME (localhost)   --cert PEM --key PEM
  --ca PEM            verify the server's certificate; without it any is taken, which spares the client's core
  --conns N (16)      --sources N (1)   spread over 127.0.0.1, 127.0.0.2, ...
Request
  --path PATH (/)     --paths FILE   a path a line, then a tab and a text its answer must hold (pipeline)
  --tokens FILE       an access token a line; each request shows the next one
  --method M (GET)    --header 'NAME: VALUE'   --content-type TYPE   --body FILE   --chunked
Run, in seconds
  --duration S (5)    --warmup S (1)   --timeout S (10)   --hold S (until stdin closes)   --interval S (1)
  --rate N            requests a second; latency counts from when each was due
  --answers N (100000)   --seed N (1)
Report
  --pids PID,PID      the server's processes   --label TEXT   --out FILE
  --ack-log FILE      a line 'AUDIT-ID STATUS' for each answer, as soon as it is whole (keepalive)";

/// What to do to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Batch,
    Drip,
    DripBody,
    Full,
    Idle,
    KeepAlive,
    Pipeline,
    Resume,
    Silent,
    StopReading,
}

impl Mode {
    const ALL: [(&'static str, Self); 10] = [
        ("batch", Self::Batch),
        ("drip", Self::Drip),
        ("drip-body", Self::DripBody),
        ("full", Self::Full),
        ("idle", Self::Idle),
        ("keepalive", Self::KeepAlive),
        ("pipeline", Self::Pipeline),
        ("resume", Self::Resume),
        ("silent", Self::Silent),
        ("stop-reading", Self::StopReading),
    ];

    /// Whether its connections have something to send at all times.
    pub(crate) fn keeps_sending(self) -> bool {
        matches!(self, Self::Drip | Self::DripBody | Self::StopReading)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, mode)| *mode).ok_or("not a mode")
    }
}

/// Everything that can be asked for, with its default.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) connect: SocketAddrV4,
    pub(crate) server_name: String,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
    /// At least 1.
    pub(crate) conns: usize,
    /// At least 1; the last octet of the last source.
    pub(crate) sources: u8,
    pub(crate) path: String,
    pub(crate) paths: Option<PathBuf>,
    /// A token a line.
    pub(crate) tokens: Option<PathBuf>,
    pub(crate) method: String,
    pub(crate) headers: Vec<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<PathBuf>,
    pub(crate) chunked: bool,
    pub(crate) duration: Duration,
    pub(crate) warmup: Duration,
    pub(crate) timeout: Duration,
    /// `None`: until stdin closes.
    pub(crate) hold: Option<Duration>,
    pub(crate) interval: Duration,
    /// Requests a second.
    pub(crate) rate: Option<u64>,
    pub(crate) answers: u64,
    pub(crate) seed: u64,
    pub(crate) pids: Vec<u32>,
    pub(crate) label: String,
    pub(crate) out: Option<PathBuf>,
    pub(crate) ack_log: Option<PathBuf>,
}

/// Reads the arguments. `None`: help was asked for.
pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Option<Options>, Failure> {
    let mut options = Options::default();
    let (mut mode, mut connect) = (None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Value(text) if mode.is_none() => mode = Some(text.parse::<Mode>()?),
            Arg::Long("answers") => options.answers = arguments.value()?.parse()?,
            Arg::Long("ack-log") => options.ack_log = Some(arguments.value()?.into()),
            Arg::Long("body") => options.body = Some(arguments.value()?.into()),
            Arg::Long("ca") => options.ca = Some(arguments.value()?.into()),
            Arg::Long("cert") => options.cert = Some(arguments.value()?.into()),
            Arg::Long("chunked") => options.chunked = true,
            Arg::Long("connect") => connect = Some(arguments.value()?.parse()?),
            Arg::Long("conns") => options.conns = arguments.value()?.parse_with(at_least_one)?,
            Arg::Long("content-type") => options.content_type = Some(arguments.value()?.parse()?),
            Arg::Long("duration") => options.duration = arguments.value()?.parse_with(seconds)?,
            Arg::Long("header") => options.headers.push(arguments.value()?.parse()?),
            Arg::Long("hold") => options.hold = Some(arguments.value()?.parse_with(seconds)?),
            Arg::Long("interval") => options.interval = arguments.value()?.parse_with(seconds)?,
            Arg::Long("key") => options.key = Some(arguments.value()?.into()),
            Arg::Long("label") => options.label = arguments.value()?.parse()?,
            Arg::Long("method") => options.method = arguments.value()?.parse()?,
            Arg::Long("out") => options.out = Some(arguments.value()?.into()),
            Arg::Long("path") => options.path = arguments.value()?.parse()?,
            Arg::Long("paths") => options.paths = Some(arguments.value()?.into()),
            Arg::Long("pids") => options.pids = arguments.value()?.parse_with(pids)?,
            Arg::Long("rate") => options.rate = Some(arguments.value()?.parse_with(at_least_one)?),
            Arg::Long("seed") => options.seed = arguments.value()?.parse()?,
            Arg::Long("server-name") => options.server_name = arguments.value()?.parse()?,
            Arg::Long("sources") => {
                options.sources = arguments.value()?.parse_with(at_least_one)?;
            }
            Arg::Long("timeout") => options.timeout = arguments.value()?.parse_with(seconds)?,
            Arg::Long("tokens") => options.tokens = Some(arguments.value()?.into()),
            Arg::Long("warmup") => options.warmup = arguments.value()?.parse_with(seconds)?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    options.mode = mode.ok_or(lexopt::Error::from("a mode is missing"))?;
    options.connect = connect.ok_or(lexopt::Error::from("--connect is missing"))?;
    Ok(Some(options))
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::KeepAlive,
            connect: SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 443),
            server_name: "localhost".to_owned(),
            cert: None,
            key: None,
            ca: None,
            conns: 16,
            sources: 1,
            path: "/".to_owned(),
            paths: None,
            tokens: None,
            method: "GET".to_owned(),
            headers: Vec::new(),
            content_type: None,
            body: None,
            chunked: false,
            duration: Duration::from_secs(5),
            warmup: Duration::from_secs(1),
            timeout: Duration::from_secs(10),
            hold: None,
            interval: Duration::from_secs(1),
            rate: None,
            answers: 100_000,
            seed: 1,
            pids: Vec::new(),
            label: String::new(),
            out: None,
            ack_log: None,
        }
    }
}

fn at_least_one<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, &'static str> {
    let number = text.parse().ok().filter(|number| *number >= T::from(1));
    number.ok_or("not a number of at least 1")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let number = text.parse::<f64>().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    number
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or("not a number of seconds of a day")
}

fn pids(text: &str) -> Result<Vec<u32>, std::num::ParseIntError> {
    text.split([',', ' ', '\n']).filter(|pid| !pid.is_empty()).map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Options>, Failure> {
        parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn every_mode_has_a_name_that_leads_back_to_it() {
        for (name, mode) in Mode::ALL {
            assert_eq!(name.parse(), Ok(mode));
            assert_eq!(mode.name(), name);
            assert!(HELP.contains(name));
        }
    }

    #[test]
    fn reads_numbers_seconds_and_lists() {
        let line = "idle --connect 127.0.0.1:1 --conns 10000 --hold 0.5 --pids 1,2 --sources 4";
        let options = parsed(line).unwrap().unwrap();
        assert_eq!((options.mode, options.conns, options.sources), (Mode::Idle, 10_000, 4));
        assert_eq!(options.hold, Some(Duration::from_millis(500)));
        assert_eq!(options.pids, [1, 2]);
        assert!(parsed("idle --help").unwrap().is_none());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in [
            "",
            "idle",
            "--connect 127.0.0.1:1",
            "idel --connect 127.0.0.1:1",
            "idle full --connect 127.0.0.1:1",
            "idle --connect localhost",
            "idle --connect 127.0.0.1:1 --conns 0",
            "idle --connect 127.0.0.1:1 --rate 0",
            "idle --connect 127.0.0.1:1 --hold -1",
            "idle --connect 127.0.0.1:1 --hold NaN",
            "idle --connect 127.0.0.1:1 --pids x",
            "idle --connect 127.0.0.1:1 --sources 256",
            "idle --connect 127.0.0.1:1 --unknown",
        ] {
            assert!(matches!(parsed(line), Err(Failure::Usage(_))), "{line}");
        }
    }
}
