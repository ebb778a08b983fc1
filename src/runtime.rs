//! Threads: started here, named, bounded and joined.

pub mod parallel;
