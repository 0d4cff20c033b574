//! Between JavaScript's values and the core's.

use alloc::string::ToString as _;

use js_sys::{Array, JSON, Object, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::core::{
    error::{Code, Error, OAuthError, Phase},
    json,
    output::{Event, Failure, Identity, Reply, SignedIn},
};

/// A value from JavaScript as JSON. What JSON has no words for is refused.
pub fn from_js(value: &JsValue) -> Result<Value, Error> {
    let refuse = || Error::with(Code::InvalidArgument, "the options must be plain data");
    if value.is_undefined() {
        return Ok(Value::Null);
    }
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string()).ok_or_else(refuse)?;
    json::parse(&text).ok_or_else(refuse)
}

/// A core value as one of JavaScript's.
pub fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Value::String(text) => text.into(),
        Value::Array(values) => values.iter().map(to_js).collect::<Array>().into(),
        Value::Object(members) => {
            let object = Object::new();
            for (name, value) in members {
                define(&object, name, to_js(value));
            }
            object.into()
        }
    }
}

/// Gives `object` a property of its own. Unlike an assignment this is safe for names such as
/// `__proto__`, which a server may choose.
fn define(object: &Object, name: &str, value: JsValue) {
    let descriptor = Object::new();
    for (key, value) in [("value", value), ("enumerable", true.into()), ("configurable", true.into()), ("writable", true.into())] {
        // INVARIANT: a new plain object takes any property.
        let _ = Reflect::set(&descriptor, &key.into(), &value);
    }
    Object::define_property(object, &name.into(), &descriptor);
}

/// A failure as the page's `AuthError` is built from it.
pub fn failure(error: &Error, phase: Phase) -> JsValue {
    to_js(&failure_json(error, phase))
}

/// A reply as the worker passes it on.
pub fn reply(reply: Reply) -> JsValue {
    match reply {
        Reply::Session(identity) => to_js(&identity.map_or(Value::Null, identity_json)),
        Reply::Navigate(url) => url.into(),
        Reply::Callback(None) => to_js(&serde_json::json!({ "handled": false })),
        Reply::Callback(Some(SignedIn { return_to, app_state })) => {
            to_js(&serde_json::json!({ "handled": true, "returnTo": return_to, "appState": app_state }))
        }
        Reply::Deliver => JsValue::UNDEFINED,
        Reply::SignedOut(url) => url.map_or(JsValue::NULL, Into::into),
    }
}

/// An event as the pages are told it.
pub fn event(event: Event) -> JsValue {
    to_js(&match event {
        Event::SignedIn { identity, expires_in } => {
            serde_json::json!({ "type": "signedin", "identity": identity_json(identity), "expiresInSeconds": expires_in })
        }
        Event::SignedOut => serde_json::json!({ "type": "signedout", "reason": "logout" }),
        Event::Refreshed { identity, expires_in } => {
            serde_json::json!({ "type": "refreshed", "identity": identity.map(identity_json), "expiresInSeconds": expires_in })
        }
        Event::SessionExpired { reason } => serde_json::json!({ "type": "sessionexpired", "reason": reason.as_str() }),
        Event::Error(Failure { error, phase }) => serde_json::json!({ "type": "error", "error": failure_json(&error, phase) }),
    })
}

fn identity_json(identity: Identity) -> Value {
    serde_json::json!({ "user": identity.user, "claims": identity.claims })
}

fn failure_json(error: &Error, phase: Phase) -> Value {
    serde_json::json!({
        "code": error.code.as_str(),
        "message": error.to_string(),
        "phase": phase.as_str(),
        "retryable": error.code.retryable(),
        "oauth": error.oauth.as_deref().map(oauth_json),
    })
}

fn oauth_json(oauth: &OAuthError) -> Value {
    serde_json::json!({ "error": oauth.error, "error_description": oauth.description, "error_uri": oauth.uri })
}
