//! What JSON can say.

use alloc::{string::String, vec::Vec};

/// A value. Its methods are called as those of `serde_json`'s, which many know.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as JavaScript has them. Always finite.
    Number(f64),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// An object.
    Object(Map),
}

impl Value {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The flag, where it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The list, where it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&Vec<Self>> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The object, where it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The object, to be changed.
    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member `name`, where this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The value, leaving `null` behind.
    #[must_use]
    pub fn take(&mut self) -> Self {
        core::mem::take(self)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<u64> for Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript has no other numbers"
    )]
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An object: its members in the order of their names, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    members: Vec<(String, Value)>,
}

impl Map {
    /// No members.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// The members. `None` where two have one name: which of them counts, readers disagree on.
    #[must_use]
    pub fn from_members(members: Vec<(String, Value)>) -> Option<Self> {
        let members = sorted(members);
        let is_unique = members.is_sorted_by(|(one, _), (other, _)| one < other);
        is_unique.then_some(Self { members })
    }

    /// Member `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.find(name).ok()?;
        self.members.get(place).map(|(_, value)| value)
    }

    /// Member `name`, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let place = self.find(name).ok()?;
        self.members.get_mut(place).map(|(_, value)| value)
    }

    /// Whether there is a member `name`.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets member `name`.
    pub fn insert(&mut self, name: String, value: Value) {
        match self.find(&name) {
            Ok(place) => {
                if let Some(member) = self.members.get_mut(place) {
                    member.1 = value;
                }
            }
            Err(place) => self.members.insert(place, (name, value)),
        }
    }

    /// Member `name`, which is `null` where it was not there.
    #[expect(clippy::indexing_slicing, reason = "it has just been found there")]
    pub(super) fn get_or_insert(&mut self, name: &str) -> &mut Value {
        let place = self.find(name).unwrap_or_else(|place| {
            self.members.insert(place, (name.into(), Value::Null));
            place
        });
        &mut self.members[place].1
    }

    /// Takes member `name` out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.find(name).ok()?;
        Some(self.members.remove(place).1)
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members.
    pub fn iter(&self) -> core::slice::Iter<'_, (String, Value)> {
        self.members.iter()
    }

    /// Where `name` is, or would be.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.members
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = alloc::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (String, Value);
    type IntoIter = core::slice::Iter<'a, (String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Sorts by merging: a server may send any number of members, in any order.
fn sorted(mut members: Vec<(String, Value)>) -> Vec<(String, Value)> {
    if members.len() < 2 {
        return members;
    }
    let mut later = sorted(members.split_off(members.len() / 2))
        .into_iter()
        .peekable();
    let earlier = sorted(members);
    let mut merged = Vec::with_capacity(earlier.len() + later.len());
    for member in earlier {
        while let Some(other) = later.next_if(|(name, _)| *name < member.0) {
            merged.push(other);
        }
        merged.push(member);
    }
    merged.extend(later);
    merged
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, format};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_object_is_an_ordered_map(names in proptest::collection::vec("[a-d]{0,3}", 0..40)) {
            let members: Vec<(String, Value)> = names
                .into_iter()
                .zip(0_u64..)
                .map(|(name, number)| (name, number.into()))
                .collect();
            let oracle: BTreeMap<String, Value> = members.iter().cloned().collect();
            let read = Map::from_members(members.clone());
            prop_assert_eq!(read.is_some(), oracle.len() == members.len());
            let mut inserted = Map::new();
            for (name, value) in members {
                inserted.insert(name, value);
            }
            let read = read.unwrap_or_else(|| inserted.clone());
            prop_assert_eq!(&read, &inserted);
            prop_assert_eq!(read.len(), oracle.len());
            for (name, value) in &oracle {
                prop_assert_eq!(read.get(name), Some(value));
                let longer = format!("{name}!");
                prop_assert!(read.get(&longer).is_none());
            }
            prop_assert!(read.into_iter().eq(oracle));
        }
    }
}
