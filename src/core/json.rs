//! JSON, read in one way everywhere: a second parser's worth of code would be a second download.
//!
//! The values are our own, and so is the parser (`json/parser.rs`): a general library's, with its trees
//! and its exact floats, made the module 6 kB larger, compressed.

mod literal;
mod parser;
mod value;
mod writer;

use sha2::{Digest as _, Sha256};

pub use self::{
    literal::list,
    value::{Map, Value},
    writer::write,
};
pub use crate::json;

/// Reads `text`. `None` where it is no JSON (RFC 8259), is nested too deeply, or has a number beyond
/// the range of JavaScript's.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    parser::parse(text.as_bytes())
}

/// Reads `bytes` as a JSON object.
#[must_use]
pub fn parse_object(bytes: &[u8]) -> Option<Map> {
    match parser::parse(bytes) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// An object with these members.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.into(), value);
    }
    Value::Object(object)
}

/// The whole part of a number that is not negative and not beyond what JavaScript can count.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
pub fn whole_part(value: &Value) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    value
        .as_f64()
        .filter(|number| (0.0..=LARGEST).contains(number))
        .map(|number| number as u64)
}

/// The number where it is whole and not negative. JavaScript has no integers, so `5.0` is one.
#[must_use]
pub fn whole_number(value: &Value) -> Option<u64> {
    whole_part(value).filter(|number| Value::from(*number) == *value)
}

/// Feeds `value` to `hasher`, each kind of value in a form of its own, and the members of objects
/// in the order of their names.
pub fn hash(value: &Value, hasher: &mut Sha256) {
    let mut text = |kind: u8, text: &str| {
        hasher.update([kind]);
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    };
    match value {
        Value::Null => text(0, ""),
        Value::Bool(false) => text(1, ""),
        Value::Bool(true) => text(2, ""),
        Value::Number(number) => {
            text(3, "");
            hasher.update(number.to_be_bytes());
        }
        Value::String(string) => text(4, string),
        Value::Array(values) => {
            text(5, "");
            for value in values {
                hash(value, hasher);
            }
            hasher.update([6]);
        }
        Value::Object(members) => {
            text(7, "");
            for (name, value) in members {
                hasher.update((name.len() as u64).to_be_bytes());
                hasher.update(name);
                hash(value, hasher);
            }
            hasher.update([8]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_their_text() {
        for (text, part, number) in [
            ("0", Some(0), Some(0)),
            ("5", Some(5), Some(5)),
            ("5.0", Some(5), Some(5)),
            ("5.75", Some(5), None),
            ("5e3", Some(5_000), Some(5_000)),
            ("-5", None, None),
            ("1e300", None, None),
            ("18446744073709551615", None, None),
            ("\"5\"", None, None),
            ("null", None, None),
        ] {
            let value = parse(text).unwrap();
            assert_eq!(
                (whole_part(&value), whole_number(&value)),
                (part, number),
                "{text}"
            );
        }
        assert_eq!(parse("1e400"), None, "out of range is no JSON number to us");
    }

    #[test]
    fn different_values_have_different_hashes() {
        let digest = |text: &str| {
            let mut hasher = Sha256::new();
            hash(&parse(text).unwrap(), &mut hasher);
            hasher.finalize()
        };
        let texts = [
            "null",
            "false",
            "true",
            "0",
            "1",
            "1.5",
            "\"\"",
            "\"0\"",
            "[]",
            "[[]]",
            "[null]",
            "{}",
            "[{}]",
            "[\"a\",\"b\"]",
            "[\"ab\"]",
            "{\"a\":\"b\"}",
            "{\"a\":[\"b\"]}",
            "[\"a\",[\"b\"]]",
            "[[\"a\"],\"b\"]",
        ];
        for (index, one) in texts.iter().enumerate() {
            assert!(
                texts[..index]
                    .iter()
                    .all(|other| digest(one) != digest(other)),
                "{one}"
            );
        }
        assert_eq!(digest("{\"a\":1,\"b\":2}"), digest("{\"b\":2,\"a\":1.0}"));
    }

    #[test]
    fn only_objects_are_objects() {
        assert!(parse_object(b"{\"a\":1}").is_some());
        for bytes in [&b"[]"[..], b"1", b"", b"\xff", b"{"] {
            assert!(parse_object(bytes).is_none());
        }
    }
}
