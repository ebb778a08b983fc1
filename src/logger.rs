//! The log of the process: one line a message, written whole, to standard error.
//!
//! `LEVEL target: message key=value`. Threat: text from outside in a message. Whatever could end the line, move the
//! cursor or turn the reading direction is escaped, so that nothing forges a line; what is too long is cut. The log is
//! no record: what must be provable goes to the audit trail.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::{OnceLock, PoisonError, RwLock};

use log::{Level, Log, Metadata, Record};

mod filter;
mod line;
mod panics;

pub use filter::{Filter, FilterError};
pub use line::{pair, printable};
pub use panics::{log_panics, panic_text};

/// Most bytes of a line's message; the rest is cut and counted.
const MOST: usize = 8 * 1_024;

/// How a line says what level it has, beside the word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Prefix {
    /// `<6>` and the like, which journald takes for the priority (`sd-daemon(3)`).
    Journal,
    /// Nothing: a terminal, a file, a container's runtime.
    None,
}

impl Prefix {
    /// The journal's if standard error is the stream that `journal_stream`, the variable `JOURNAL_STREAM`, names by
    /// device and inode: a service's child whose output goes elsewhere inherits the variable too.
    #[must_use]
    pub fn detect(journal_stream: Option<&str>) -> Self {
        let stat = rustix::fs::fstat(io::stderr());
        let ours = stat.map(|stat| format!("{}:{}", stat.st_dev, stat.st_ino));
        match (ours, journal_stream) {
            (Ok(ours), Some(theirs)) if ours == theirs => Self::Journal,
            _ => Self::None,
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// An object of JSON: `level`, `target`, `message`.
    Json,
    /// `LEVEL target: message`.
    #[default]
    Text,
}

/// The logger of the process.
pub struct Logger {
    filter: RwLock<Filter>,
    format: Format,
    prefix: Prefix,
    out: Out,
}

/// Takes one line at a time, in one write.
type Out = Box<dyn Fn(&[u8]) + Send + Sync>;

/// Another logger is at work already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a logger is installed already; one process has one")
    }
}

impl std::error::Error for AlreadyInstalled {}

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Makes a logger to standard error the one of this process.
///
/// # Errors
///
/// [`AlreadyInstalled`].
pub fn install(
    filter: Filter,
    format: Format,
    prefix: Prefix,
) -> Result<&'static Logger, AlreadyInstalled> {
    let most = filter.most();
    let logger = Logger::new(filter, format, prefix, |line| {
        // There is nobody left to tell.
        let _ = io::stderr().lock().write_all(line);
    });
    LOGGER.set(logger).map_err(|_| AlreadyInstalled)?;
    let logger = LOGGER.get().ok_or(AlreadyInstalled)?;
    log::set_logger(logger).map_err(|_| AlreadyInstalled)?;
    log::set_max_level(most);
    Ok(logger)
}

impl Logger {
    fn new(
        filter: Filter,
        format: Format,
        prefix: Prefix,
        out: impl Fn(&[u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { filter: RwLock::new(filter), format, prefix, out: Box::new(out) }
    }

    /// Takes another filter from now on.
    pub fn set_filter(&self, filter: Filter) {
        let most = filter.most();
        *self.filter.write().unwrap_or_else(PoisonError::into_inner) = filter;
        log::set_max_level(most);
    }

    /// The filter as it is, in the form that it is parsed from.
    #[must_use]
    pub fn filter(&self) -> Filter {
        self.filter.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let filter = self.filter.read().unwrap_or_else(PoisonError::into_inner);
        filter.admits(metadata.target(), metadata.level())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut line = String::with_capacity(160);
        if self.prefix == Prefix::Journal {
            line.push_str(priority(record.level()));
        }
        let target = filter::short(record.target());
        match self.format {
            Format::Text => {
                line.push_str(record.level().as_str());
                line.push(' ');
                let mut text = line::Printable::new(&mut line, MOST);
                // A message whose value fails to print is cut there.
                let _ = write!(text, "{target}: {}", record.args());
                text.finish();
            }
            Format::Json => {
                let mut message = String::with_capacity(160);
                let mut text = line::Printable::new(&mut message, MOST);
                let _ = write!(text, "{}", record.args());
                text.finish();
                let level = record.level().as_str();
                let object =
                    serde_json::json!({"level": level, "target": target, "message": message});
                let _ = write!(line, "{object}");
            }
        }
        line.push('\n');
        (self.out)(line.as_bytes());
    }

    fn flush(&self) {}
}

impl fmt::Debug for Logger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Logger")
            .field("filter", &self.filter)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The priority of syslog (RFC 5424 section 6.2.1) as journald reads it.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::Error => "<3>",
        Level::Warn => "<4>",
        Level::Info => "<6>",
        Level::Debug | Level::Trace => "<7>",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Lines = Arc<Mutex<Vec<String>>>;

    fn logger(filter: &str, prefix: Prefix) -> (Logger, Lines) {
        let lines = Lines::default();
        let kept = Arc::clone(&lines);
        let out = move |line: &[u8]| {
            kept.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap());
        };
        (Logger::new(filter.parse().unwrap(), Format::Text, prefix, out), lines)
    }

    #[test]
    fn as_json_a_line_is_an_object() {
        let lines = Lines::default();
        let kept = Arc::clone(&lines);
        let out = move |line: &[u8]| {
            kept.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap());
        };
        let logger = Logger::new(Filter::default(), Format::Json, Prefix::Journal, out);
        say(&logger, Level::Warn, "trust_service::app", "a \"b\"\nc");
        let lines = lines.lock().unwrap();
        let object: serde_json::Value =
            serde_json::from_str(lines[0].strip_prefix("<4>").unwrap()).unwrap();
        assert_eq!((&object["level"], &object["target"]), (&"WARN".into(), &"app".into()));
        assert_eq!(object["message"], "a \"b\"\\nc");
    }

    fn say(logger: &Logger, level: Level, target: &str, message: &str) {
        logger.log(
            &Record::builder().level(level).target(target).args(format_args!("{message}")).build(),
        );
    }

    #[test]
    fn a_line_has_level_target_and_message_and_is_one_write() {
        let (logger, lines) = logger("trace", Prefix::None);
        say(&logger, Level::Info, "trust_service::vault::login", "renewed ttl_s=3600");
        say(&logger, Level::Warn, "rustls::server", "x");
        assert_eq!(
            *lines.lock().unwrap(),
            ["INFO vault::login: renewed ttl_s=3600\n", "WARN rustls::server: x\n"]
        );
    }

    #[test]
    fn the_journal_is_told_the_priority_of_each_line() {
        let (logger, lines) = logger("trace", Prefix::Journal);
        for level in Level::iter() {
            say(&logger, level, "t", "m");
        }
        let first: Vec<String> =
            lines.lock().unwrap().iter().map(|line| line[..3].to_owned()).collect();
        assert_eq!(first, ["<3>", "<4>", "<6>", "<7>", "<7>"]);
    }

    #[test]
    fn nothing_in_a_message_or_a_target_forges_a_line() {
        let (logger, lines) = logger("trace", Prefix::Journal);
        let attack = "GET /\r\n<3>ERROR audit: forged\u{1b}[2K\u{85}\u{2028}\u{202e}\0";
        say(&logger, Level::Info, "a\nb", attack);
        let line = lines.lock().unwrap()[0].clone();
        assert_eq!(
            line,
            "<6>INFO a\\nb: GET /\\r\\n<3>ERROR audit: forged\\u{1b}[2K\\u{85}\\u{2028}\\u{202e}\\u{0}\n"
        );
    }

    #[test]
    fn a_long_message_is_cut_and_says_by_how_much() {
        let (logger, lines) = logger("trace", Prefix::None);
        say(&logger, Level::Info, "t", &"ä".repeat(MOST));
        let line = lines.lock().unwrap()[0].clone();
        assert!(line.len() < MOST + 64 && line.ends_with(" more bytes]\n"), "{}", line.len());
        say(&logger, Level::Info, "t", &"x".repeat(MOST - 3));
        assert!(lines.lock().unwrap()[1].ends_with("xxx\n"));
        say(&logger, Level::Info, "t", &"x".repeat(MOST - 2));
        assert!(lines.lock().unwrap()[2].ends_with("xxx[1 more bytes]\n"));
    }

    #[test]
    fn the_filter_is_changed_while_the_process_runs() {
        let (logger, lines) = logger("info", Prefix::None);
        say(&logger, Level::Debug, "trust_service::vault", "unheard");
        logger.set_filter("vault=debug".parse().unwrap());
        say(&logger, Level::Debug, "trust_service::vault", "heard");
        say(&logger, Level::Debug, "trust_service::audit", "unheard");
        assert_eq!(*lines.lock().unwrap(), ["DEBUG vault: heard\n"]);
        assert_eq!(logger.filter().to_string(), "info,vault=debug");
    }

    #[test]
    fn the_journal_is_known_by_its_stream_and_not_by_the_variable_alone() {
        let stat = rustix::fs::fstat(io::stderr()).unwrap();
        let ours = format!("{}:{}", stat.st_dev, stat.st_ino);
        assert_eq!(Prefix::detect(Some(&ours)), Prefix::Journal);
        for other in [None, Some(""), Some("8:1")] {
            assert_eq!(Prefix::detect(other), Prefix::None);
        }
    }

    #[test]
    fn a_process_has_one_logger() {
        assert!(install(Filter::default(), Format::Text, Prefix::None).is_ok());
        assert_eq!(
            install(Filter::default(), Format::Text, Prefix::None).unwrap_err(),
            AlreadyInstalled
        );
    }
}
