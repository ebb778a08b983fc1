//! What the tests of this module share.

use crate::clock::{Clock, SystemClock};
use crate::entropy::SystemEntropy;
use crate::identity::Uuid;

use super::event::{Event, EventType};

/// A new id.
pub(in crate::audit) fn uuid() -> Uuid {
    Uuid::new(SystemClock::new().stamp(), &SystemEntropy::new()).unwrap()
}

/// An event of a data access, now.
pub(in crate::audit) fn event(id: Uuid, resource: &str) -> Event<'_> {
    Event::of(id, SystemClock::new().stamp(), EventType::DataAccessed, "test", resource)
}
