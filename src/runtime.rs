//! Threads and what the system asks of the process: started here, named, bounded and joined.
//!
//! - [`supervisor`] starts every long-lived thread; [`shutdown`] and [`pulse`] are what a thread is given to live by.
//! - [`signals`] turns signals into messages.
//! - [`host`] knows the machine's name; [`limits`] sees to descriptors; [`parallel`] does one piece of work on all cores.

pub mod host;
pub mod limits;
pub mod parallel;
pub mod pulse;
pub mod shutdown;
pub mod signals;
pub mod supervisor;
