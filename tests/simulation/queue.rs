//! What will happen, in the order of time.

use std::{cmp::Ordering, collections::BinaryHeap};

struct Entry<E> {
    at: u64,
    number: u64,
    event: E,
}

/// Events by their time; those of one time in the order in which they were pushed.
pub struct Queue<E> {
    entries: BinaryHeap<Entry<E>>,
    pushed: u64,
}

impl<E> Queue<E> {
    pub const fn new() -> Self {
        Self {
            entries: BinaryHeap::new(),
            pushed: 0,
        }
    }

    pub fn push(&mut self, at: u64, event: E) {
        self.pushed += 1;
        self.entries.push(Entry {
            at,
            number: self.pushed,
            event,
        });
    }

    pub fn pop(&mut self) -> Option<(u64, E)> {
        self.entries.pop().map(|entry| (entry.at, entry.event))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives the greatest first, and we want the earliest.
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}
