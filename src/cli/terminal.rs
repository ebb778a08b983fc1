//! How text looks where it is read: aligned and coloured in a terminal, plain in a pipe, and free
//! of what could play tricks on the reader in both.

mod printable;
mod progress;
mod style;
mod table;

pub use printable::printable;
pub use progress::Progress;
pub use style::{Style, Tint};
pub use table::{Cell, Table};
