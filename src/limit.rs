//! How much of the service one caller may have.

pub mod connections;

pub use connections::{Connections, Full, Place};
