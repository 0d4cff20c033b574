//! Values as text, for what holdfast sends.

use alloc::string::String;

use super::{super::decimal::decimal, Value, whole_number};

/// `value` as JSON. `None` where it holds a number that is negative or not whole: to write those would
/// cost the module more than anybody needs them.
#[must_use]
pub fn write(value: &Value) -> Option<String> {
    let mut text = String::new();
    append(value, &mut text)?;
    Some(text)
}

fn append(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(_) => text.push_str(&decimal(whole_number(value)?)),
        Value::String(content) => append_text(content, text),
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                separate(index, text);
                append(value, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                separate(index, text);
                append_text(name, text);
                text.push(':');
                append(value, text)?;
            }
            text.push('}');
        }
    }
    Some(())
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

fn append_text(content: &str, text: &mut String) {
    text.push('"');
    for character in content.chars() {
        match character {
            '\0'..' ' => {
                let code = u32::from(character);
                text.push_str(if code < 16 { "\\u000" } else { "\\u001" });
                text.extend(char::from_digit(code % 16, 16));
                continue;
            }
            '"' | '\\' => text.push('\\'),
            _ => {}
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::json::{json, parse};

    #[test]
    fn what_was_written_reads_the_same() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!([true, false, null, 0, 1_700_000_000, "", [[]], {}]),
            json!({ "id_token": { "acr": { "essential": true, "values": ["a", "b"] } }, "x": null }),
        ] {
            assert_eq!(write(&value), Some(value.to_string()));
        }
    }

    #[test]
    fn a_number_that_is_not_whole_is_not_written() {
        for number in [json!(0.5), json!(-1), json!(1e300)] {
            assert_eq!(write(&json!({ "a": [number.clone()] })), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_the_same(text in "\\PC{0,8}|[\\x00-\\x7f\"\\\\]{0,8}") {
            let value = crate::core::json::object([(text.as_str(), text.as_str().into())]);
            let written = write(&value).unwrap();
            prop_assert_eq!(parse(&written), Some(value));
            let oracle: serde_json::Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(oracle[text.as_str()].as_str(), Some(text.as_str()));
        }
    }
}
