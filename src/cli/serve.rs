//! `serve`: the daemon, as it is configured.

use std::collections::BTreeMap;

use crate::app::{Settings, Source, master_key};
use crate::config::Loaded;
use crate::config::check_config::Check;
use crate::config::fault::Faults;

use crate::logger::Filter;

use super::configuration::{folder, load, variables};
use super::exit::Exit;
use super::process::Process;
use super::session::{Failure, Session};

/// Reads the configuration, serves until a signal, and ends in order.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let variables = variables();
    let folder = folder(session);
    let loaded = load(&folder, &variables).map_err(|faults| refused(&faults))?;
    let logging = &loaded.configuration.logging;
    let everything = loaded.configuration.development.verbose_logging;
    let filter = if everything { Filter::all() } else { logging.level.clone() };
    let process = Process::prepare(filter, logging.format)?;
    say_what_was_noticed(&loaded);
    let master = master_key(&loaded, &variables)
        .map_err(|fault| Failure::new(Exit::Configuration, fault.to_string()))?;
    let source: Source = Box::new(move || again(&folder, &variables));
    process.serve(session, Settings::from(&loaded), &master, source, |_, daemon| {
        log::info!(target: "app", "serving on https://{}", daemon.address());
        Ok(())
    })
}

fn again(
    folder: &std::path::Path,
    variables: &BTreeMap<String, String>,
) -> Result<Settings, String> {
    load(folder, variables).map(|loaded| Settings::from(&loaded)).map_err(|faults| told(&faults))
}

/// Every fault at once: what is mended one by one is started as often.
fn refused(faults: &Faults) -> Failure {
    Failure::new(Exit::Configuration, told(faults))
}

fn told(faults: &Faults) -> String {
    Check::new(Err(faults)).text(false)
}

fn say_what_was_noticed(loaded: &Loaded) {
    for line in Check::new(Ok(loaded)).text(false).lines() {
        match line.split_once(": ") {
            Some(("warning", finding)) => log::warn!(target: "config", "{}", finding.trim()),
            Some(("notice", finding)) => log::info!(target: "config", "{}", finding.trim()),
            _ => {}
        }
    }
}
