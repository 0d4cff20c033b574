//! Values as they are written in the tests, and as text. Nothing in the module uses this, so none of it
//! is in there.

use alloc::vec::Vec;
use core::{
    fmt::{self, Display, Write as _},
    ops::{Index, IndexMut},
};

use super::value::{Map, Value};

/// A value written as JSON, in which any expression may stand for a value.
#[macro_export]
macro_rules! json {
    (@list [$($done:expr,)*]) => {
        $crate::core::json::list([$($done,)*])
    };
    (@list [$($done:expr,)*] null $(, $($rest:tt)*)?) => {
        $crate::json!(@list [$($done,)* $crate::json!(null),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::json!(@list [$($done,)* $crate::json!([$($inner)*]),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json!(@list [$($done,)* $crate::json!({$($inner)*}),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $value:expr $(, $($rest:tt)*)?) => {
        $crate::json!(@list [$($done,)* $crate::core::json::Value::from(&$value),] $($($rest)*)?)
    };
    (@object [$($done:expr,)*]) => { $crate::core::json::object([$($done,)*]) };
    (@object [$($done:expr,)*] $name:tt : null $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($done,)* ($name, $crate::json!(null)),] $($($rest)*)?)
    };
    (@object [$($done:expr,)*] $name:tt : [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($done,)* ($name, $crate::json!([$($inner)*])),] $($($rest)*)?)
    };
    (@object [$($done:expr,)*] $name:tt : {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($done,)* ($name, $crate::json!({$($inner)*})),] $($($rest)*)?)
    };
    (@object [$($done:expr,)*] $name:tt : $value:expr $(, $($rest:tt)*)?) => {
        $crate::json!(
            @object [$($done,)* ($name, $crate::core::json::Value::from(&$value)),] $($($rest)*)?
        )
    };
    (null) => { $crate::core::json::Value::Null };
    ([$($items:tt)*]) => { $crate::json!(@list [] $($items)*) };
    ({$($members:tt)*}) => { $crate::json!(@object [] $($members)*) };
    ($value:expr) => { $crate::core::json::Value::from(&$value) };
}

/// A list of these values.
#[must_use]
pub fn list<const N: usize>(values: [Value; N]) -> Value {
    Value::Array(values.into())
}

macro_rules! from_numbers {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
            fn from(number: $kind) -> Self {
                Self::Number(number as f64)
            }
        }
    )*};
}

from_numbers!(i32 i64 u32 usize);

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<T: Clone + Into<Self>> From<&T> for Value {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

impl<T: Clone + Into<Self>> From<&[T]> for Value {
    fn from(values: &[T]) -> Self {
        Self::Array(values.iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for Value {
    fn from(values: [T; N]) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl From<Map> for Value {
    fn from(members: Map) -> Self {
        Self::Object(members)
    }
}

impl Value {
    /// The number, where it is whole and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        super::whole_number(self)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

/// A member that is not there is `null`.
impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Self::Null)
    }
}

/// A member that is not there is `null`.
impl Index<&str> for Map {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

/// An item that is not there is `null`.
impl Index<usize> for Value {
    type Output = Self;

    fn index(&self, place: usize) -> &Self {
        self.as_array()
            .and_then(|values| values.get(place))
            .unwrap_or(&Self::Null)
    }
}

/// A member that is not there begins as `null`, and what is no object becomes one.
impl IndexMut<&str> for Value {
    fn index_mut(&mut self, name: &str) -> &mut Self {
        if self.as_object().is_none() {
            *self = Self::Object(Map::new());
        }
        match self {
            Self::Object(members) => members.get_or_insert(name),
            other => other,
        }
    }
}

impl Display for Value {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => to.write_str("null"),
            Self::Bool(flag) => flag.fmt(to),
            Self::Number(number) => number.fmt(to),
            Self::String(text) => quote(text, to),
            Self::Array(values) => {
                for (place, value) in values.iter().enumerate() {
                    to.write_char(if place == 0 { '[' } else { ',' })?;
                    value.fmt(to)?;
                }
                to.write_str(if values.is_empty() { "[]" } else { "]" })
            }
            Self::Object(members) => {
                for (place, (name, value)) in members.iter().enumerate() {
                    to.write_char(if place == 0 { '{' } else { ',' })?;
                    quote(name, to)?;
                    to.write_char(':')?;
                    value.fmt(to)?;
                }
                to.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

fn quote(text: &str, to: &mut fmt::Formatter<'_>) -> fmt::Result {
    to.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(to, "\\{character}")?,
            '\0'..' ' => write!(to, "\\u{:04x}", u32::from(character))?,
            _ => to.write_char(character)?,
        }
    }
    to.write_char('"')
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec};

    use super::*;
    use crate::core::json::parse;

    #[test]
    fn literals_mean_what_they_say() {
        let (text, number, list) = ("text", 7_u64, vec!["a", "b"]);
        let value = json!({
            "null": null,
            "list": [null, true, [], {}, number + 1, list.clone(), [text, "x".len()]],
            "object": { "inner": { "none": null, "list": [1], "text": text, }, "empty": {} },
            "expression": number * 2,
            "some": Some(text),
            "negative": -1.5,
            text: list,
        });
        let expected = r#"{"null":null,"list":[null,true,[],{},8,["a","b"],["text",1]],
            "object":{"inner":{"none":null,"list":[1],"text":"text"},"empty":{}},
            "expression":14,"some":"text","negative":-1.5,"text":["a","b"]}"#;
        assert_eq!(Some(value), parse(expected));
        assert_eq!(json!(null), Value::Null);
        assert_eq!(json!([]), Value::Array(Vec::new()));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let value = json!({
            "text \"\\\n\u{1f}\u{7f}😀": "/", "numbers": [0, -1, 1.5, 1e15, 1e-7], "more": [[], {}, null, false],
        });
        let text = value.to_string();
        assert_eq!(parse(&text).as_ref(), Some(&value));
        // And not only by our own parser.
        let library: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parse(&library.to_string()), Some(value));
    }

    #[test]
    fn members_can_be_set() {
        let mut value = json!({ "a": { "b": 1 } });
        value["a"]["c"] = json!(2);
        value["d"]["e"] = json!([3]);
        assert_eq!(value, json!({ "a": { "b": 1, "c": 2 }, "d": { "e": [3] } }));
        assert_eq!(value["d"]["e"][0], json!(3));
        assert_eq!(value["none"]["at all"][9], Value::Null);
    }
}
