//! Which sockets have something to do.

use crate::error::Failure;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Edge-triggered readiness of sockets, each known by a number.
pub(crate) struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

/// One socket's news.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    pub(crate) number: usize,
    /// The other side has closed or reset, whether or not there are bytes left to read.
    pub(crate) hung_up: bool,
}

impl Poller {
    pub(crate) fn new() -> Result<Self, Failure> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)
            .map_err(|error| Failure::System { doing: "epoll", error: error.into() })?;
        // Timeouts of a fixed rate are far below the 50 microseconds of slack that are the default.
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
        Ok(Self { epoll, events: Vec::with_capacity(1_024) })
    }

    /// Watches a socket until it is closed.
    pub(crate) fn add(&self, socket: impl AsFd, number: usize) -> io::Result<()> {
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Ok(epoll::add(&self.epoll, socket, EventData::new_u64(number), flags)?)
    }

    /// Waits for news, `timeout` at most, and appends it to `ready`.
    pub(crate) fn wait(
        &mut self,
        timeout: Duration,
        ready: &mut Vec<Ready>,
    ) -> Result<(), Failure> {
        let timeout = Timespec::try_from(timeout).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        self.events.clear();
        let spare = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, spare, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Failure::System { doing: "epoll", error: error.into() }),
        }
        let ends = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        ready.extend(self.events.iter().map(|event| {
            let flags = event.flags;
            let number = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            Ready { number, hung_up: flags.intersects(ends) }
        }));
        Ok(())
    }
}
