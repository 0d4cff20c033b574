//! The general libraries, by which our readers are judged.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    input::HttpResponse,
    json::{self, Value},
};
use serde_json::Value as Known;

/// Reads `text` with both. `None` where it is no JSON that we take.
pub fn read(text: &str) -> Option<(Value, Known)> {
    let ours = json::parse(text);
    let known: Option<Known> = serde_json::from_str(text).ok();
    let (Some(ours), Some(known)) = (ours, known.clone()) else {
        // The library lets the last of several members with one name count; we refuse.
        let has_twice = |known: Known| members(text) != members(&known.to_string());
        assert!(
            known.is_none_or(has_twice),
            "only one of the two reads {text:?}"
        );
        return None;
    };
    assert!(
        is_same(&ours, &known),
        "{text:?} reads {ours:?} and {known:?}"
    );
    // And what we write is read as the same.
    let again = json::parse(&ours.to_string());
    assert!(
        again.is_some_and(|again| is_same(&again, &known)),
        "{text:?}"
    );
    Some((ours, known))
}

/// The bytes of a part of a JWS, where it is written as RFC 7515 has it.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// As RFC 7515 has it.
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The parameters of a query, each with all of its values.
pub fn parameters(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut parameters: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        parameters.entry(name).or_default().push(value);
    }
    parameters
}

/// An answer of the server's that has no header.
pub fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        body: body.into(),
        retry_after_seconds: None,
        looks_like_html: false,
        dpop_nonce: None,
        date: None,
        challenge: None,
    }
}

/// How many members the objects in `text`, which is JSON, have.
fn members(text: &str) -> usize {
    let (mut count, mut is_in_text, mut is_escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            b':' if !is_in_text => count += 1,
            _ => {}
        }
    }
    count
}

fn is_same(ours: &Value, known: &Known) -> bool {
    match (ours, known) {
        (Value::Null, Known::Null) => true,
        (Value::Bool(one), Known::Bool(other)) => one == other,
        (Value::String(one), Known::String(other)) => one == other,
        (Value::Number(one), Known::Number(other)) => {
            let other = other.as_f64().unwrap_or(f64::NAN);
            // Neither of the two is exact in the last bits, nor at the edge of what there is.
            (one - other).abs() <= (other.abs() * 1e-13).max(f64::MIN_POSITIVE)
        }
        (Value::Array(one), Known::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(one), Known::Object(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|((name, a), (key, b))| name == key && is_same(a, b))
        }
        _ => false,
    }
}
