//! Threads, and what the process and the service manager say to one another: started here, named, bounded and joined.
//!
//! - [`supervisor`] starts every long-lived thread; [`shutdown`] and [`pulse`] are what a thread is given to live by.
//! - [`signals`] turns signals into messages; [`notify`] tells systemd how the service is, [`activation`] takes over
//!   the sockets that it opened.
//! - [`conditions`] says what is wrong at present.
//! - [`host`] knows the machine's name; [`limits`] sees to descriptors; [`parallel`] does one piece of work on all cores.

pub mod activation;
pub mod conditions;
pub mod host;
pub mod limits;
pub mod notify;
pub mod parallel;
pub mod pulse;
pub mod shutdown;
pub mod signals;
pub mod supervisor;
