//! A small map: what is under way at one time is little, and one generic tree per kind of it would
//! make the module that every visitor downloads a third larger.

use alloc::vec::Vec;

/// Values by their names, in the order in which they came.
pub struct Table<K, V>(Vec<(K, V)>);

impl<K: Copy + Eq, V> Table<K, V> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Puts `value` in. The name must not be in use.
    pub fn insert(&mut self, key: K, value: V) {
        self.0.push((key, value));
    }

    /// The value of `key`.
    pub fn find(&mut self, key: K) -> Option<&mut V> {
        self.0
            .iter_mut()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    }

    /// Takes the value of `key` out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let index = self.0.iter().position(|(known, _)| *known == key)?;
        Some(self.0.remove(index).1)
    }

    /// Everything that is in it.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

impl<K: Copy + Eq, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_and_gives_up_what_was_put_in() {
        let mut table = Table::new();
        table.insert(1, "one");
        table.insert(2, "two");
        assert_eq!(table.find(2), Some(&mut "two"));
        assert_eq!(table.remove(1), Some("one"));
        assert_eq!(table.remove(1), None);
        assert_eq!(table.iter().collect::<Vec<_>>(), [(2, &"two")]);
    }
}
