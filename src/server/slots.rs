//! A worker's connections, by number, and when each must have come on.
//!
//! Deadlines lie beside the connections in one dense list, so that a look at all of ten thousand is a look at 40 KB
//! and takes a few microseconds: no timer, no order to keep.

use std::time::Duration;

/// Ticks of the worker's clock after which a connection is overdue; `NEVER` where none is set.
type Due = u32;

/// Milliseconds of a tick. So 32 bits last for eight years.
const TICK: u128 = 64;

const NEVER: Due = u32::MAX;

/// Numbered places that are used again. A place's generation tells its holders apart.
#[derive(Debug)]
pub(super) struct Slots<T> {
    places: Vec<Place<T>>,
    due: Vec<Due>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    held: Option<T>,
}

/// A place and which of its holders is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SlotId {
    pub(super) number: u32,
    pub(super) generation: u32,
}

impl<T> Slots<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), due: Vec::new(), free: Vec::new() }
    }

    /// Puts `held` into a place. None where there are as many as a number can say.
    pub(super) fn insert(&mut self, held: T) -> Option<SlotId> {
        let number = if let Some(number) = self.free.pop() {
            number
        } else {
            let number = u32::try_from(self.places.len()).ok()?;
            self.places.push(Place { generation: 0, held: None });
            self.due.push(NEVER);
            number
        };
        let place = self.places.get_mut(index(number))?;
        place.held = Some(held);
        Some(SlotId { number, generation: place.generation })
    }

    /// What is in place `number` now.
    pub(super) fn get(&mut self, number: u32) -> Option<(SlotId, &mut T)> {
        let place = self.places.get_mut(index(number))?;
        let id = SlotId { number, generation: place.generation };
        place.held.as_mut().map(|held| (id, held))
    }

    /// What is in the place `id`, if it is still the same.
    pub(super) fn same(&mut self, id: SlotId) -> Option<&mut T> {
        let place = self.places.get_mut(index(id.number))?;
        if place.generation == id.generation { place.held.as_mut() } else { None }
    }

    /// Turns what is in place `number` into something else, or empties the place. Whether something is in it.
    pub(super) fn turn_into(&mut self, number: u32, turn: impl FnOnce(T) -> Option<T>) -> bool {
        let Some(place) = self.places.get_mut(index(number)) else { return false };
        let Some(held) = place.held.take() else { return false };
        place.held = turn(held);
        let is_held = place.held.is_some();
        if !is_held {
            self.free(number);
        }
        is_held
    }

    fn free(&mut self, number: u32) {
        if let Some(place) = self.places.get_mut(index(number)) {
            place.generation = place.generation.wrapping_add(1);
        }
        self.never_due(number);
        self.free.push(number);
    }

    /// Empties place `number`.
    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        let place = self.places.get_mut(index(number))?;
        let held = place.held.take()?;
        self.free(number);
        Some(held)
    }

    fn set_due(&mut self, number: u32, due: Due) {
        if let Some(place) = self.due.get_mut(index(number)) {
            *place = due;
        }
    }

    /// Sets the deadline of place `number` to `due`, a time since the service began.
    pub(super) fn due(&mut self, number: u32, due: Duration) {
        let due = due.as_millis().div_ceil(TICK);
        self.set_due(number, Due::try_from(due).unwrap_or(NEVER));
    }

    /// Takes away the deadline of place `number`.
    pub(super) fn never_due(&mut self, number: u32) {
        self.set_due(number, NEVER);
    }

    /// The places whose deadline is over at `now`.
    pub(super) fn overdue(&self, now: Duration, into: &mut Vec<u32>) {
        let now = Due::try_from(now.as_millis().div_euclid(TICK)).unwrap_or(NEVER);
        for (number, due) in self.due.iter().enumerate() {
            if *due < now {
                into.extend(u32::try_from(number).ok());
            }
        }
    }

    /// What is held.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.held.as_ref())
    }

    /// The numbers of the places that are held.
    pub(super) fn numbers(&self, into: &mut Vec<u32>) {
        for (number, place) in self.places.iter().enumerate() {
            if place.held.is_some() {
                into.extend(u32::try_from(number).ok());
            }
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_place_that_is_used_again_does_not_answer_to_its_old_name() {
        let mut slots = Slots::new();
        let first = slots.insert("first").unwrap();
        assert_eq!(slots.remove(first.number), Some("first"));
        let second = slots.insert("second").unwrap();
        assert_eq!(first.number, second.number);
        assert_eq!(slots.same(first), None);
        assert_eq!(slots.same(second), Some(&mut "second"));
        assert_eq!(slots.remove(99), None);
    }

    #[test]
    fn a_deadline_is_over_after_it_and_not_at_it_and_goes_with_its_holder() {
        let mut slots = Slots::new();
        let one = slots.insert(()).unwrap();
        slots.due(one.number, 2 * SECOND);
        let overdue = |slots: &Slots<()>, now| {
            let mut list = Vec::new();
            slots.overdue(now, &mut list);
            list
        };
        assert_eq!(overdue(&slots, 2 * SECOND), [0_u32; 0]);
        assert_eq!(overdue(&slots, 2 * SECOND + Duration::from_millis(128)), [one.number]);
        slots.never_due(one.number);
        assert_eq!(overdue(&slots, 9 * SECOND), [0_u32; 0]);
        slots.due(one.number, 2 * SECOND);
        slots.remove(one.number);
        assert_eq!(overdue(&slots, 9 * SECOND), [0_u32; 0]);
    }
}
