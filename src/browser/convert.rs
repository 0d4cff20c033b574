//! Between JavaScript's values and the core's.

use js_sys::{Array, JSON};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::core::{
    error::{Code, Error, OAuthError, Phase},
    id_token::Claims,
    json,
    output::{Event, Failure, Identity, Reply, SignedIn},
};

#[wasm_bindgen]
extern "C" {
    // Unlike an assignment this is safe for names such as `__proto__`, which a server may choose.
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: &Array) -> JsValue;
}

/// A value from JavaScript as JSON. What JSON has no words for is refused.
pub fn from_js(value: &JsValue) -> Result<Value, Error> {
    if value.is_undefined() {
        return Ok(Value::Null);
    }
    let text = JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string());
    text.and_then(|text| json::parse(&text))
        .ok_or_else(|| Error::with(Code::InvalidArgument, "the options must be plain data"))
}

/// A core value as one of JavaScript's.
pub fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Value::String(text) => text.into(),
        Value::Array(values) => {
            let array = Array::new();
            for value in values {
                array.push(&to_js(value));
            }
            array.into()
        }
        Value::Object(members) => members_to_js(members),
    }
}

/// A plain object.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let entries = Array::new();
    for (name, value) in members {
        entries.push(&Array::of2(&(*name).into(), value));
    }
    from_entries(&entries)
}

/// A count as one of JavaScript's numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "JavaScript has no other numbers"
)]
pub fn number(value: u64) -> f64 {
    value as f64
}

/// The next whole number from a number of JavaScript's; 0 where it is negative or none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they saturate"
)]
pub fn rounded_up(value: f64) -> u64 {
    value.ceil() as u64
}

/// A failure as the page's `AuthError` is built from it.
pub fn failure(error: &Error, phase: Phase) -> JsValue {
    object(&[
        ("code", error.code.as_str().into()),
        ("message", error.message().into()),
        ("phase", phase.as_str().into()),
        ("retryable", error.code.retryable().into()),
        ("oauth", error.oauth.as_deref().map_or(JsValue::NULL, oauth)),
    ])
}

/// A reply as the worker passes it on.
pub fn reply(reply: Reply) -> JsValue {
    match reply {
        Reply::Session(identity) => optional_identity(identity.as_ref()),
        Reply::Navigate(url) => url.into(),
        Reply::Callback(None) => object(&[("handled", false.into())]),
        Reply::Callback(Some(SignedIn {
            return_to,
            app_state,
        })) => object(&[
            ("handled", true.into()),
            ("returnTo", optional_text(return_to.as_deref())),
            ("appState", app_state.as_ref().map_or(JsValue::NULL, to_js)),
        ]),
        Reply::Deliver => JsValue::UNDEFINED,
        Reply::SignedOut(url) => optional_text(url.as_deref()),
    }
}

/// An event as the pages are told it.
pub fn event(event: &Event) -> JsValue {
    match event {
        Event::SignedIn {
            identity,
            expires_in,
        } => with_identity("signedin", Some(identity), *expires_in),
        Event::Refreshed {
            identity,
            expires_in,
        } => with_identity("refreshed", identity.as_ref(), *expires_in),
        Event::SignedOut => object(&[("type", "signedout".into()), ("reason", "logout".into())]),
        Event::SessionExpired { reason } => object(&[
            ("type", "sessionexpired".into()),
            ("reason", reason.as_str().into()),
        ]),
        Event::Error(Failure { error, phase }) => {
            object(&[("type", "error".into()), ("error", failure(error, *phase))])
        }
    }
}

fn with_identity(name: &str, identity: Option<&Identity>, expires_in: Option<u64>) -> JsValue {
    object(&[
        ("type", name.into()),
        ("identity", optional_identity(identity)),
        (
            "expiresInSeconds",
            expires_in.map_or(JsValue::NULL, |seconds| number(seconds).into()),
        ),
    ])
}

fn optional_identity(identity: Option<&Identity>) -> JsValue {
    identity.map_or(JsValue::NULL, |Identity { user, claims }| {
        object(&[
            ("user", members_to_js(user)),
            ("claims", members_to_js(claims)),
        ])
    })
}

fn oauth(oauth: &OAuthError) -> JsValue {
    object(&[
        ("error", oauth.error.as_str().into()),
        (
            "error_description",
            optional_text(oauth.description.as_deref()),
        ),
        ("error_uri", optional_text(oauth.uri.as_deref())),
    ])
}

fn optional_text(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, Into::into)
}

fn members_to_js(members: &Claims) -> JsValue {
    let entries = Array::new();
    for (name, value) in members {
        entries.push(&Array::of2(&name.into(), &to_js(value)));
    }
    from_entries(&entries)
}
