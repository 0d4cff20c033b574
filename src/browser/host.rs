//! The way out: what the vault's scripts offer to this module (`pkg-template/src/vault.ts`).
//!
//! Values go one by one onto a stack of the host's, where lists and objects are made of them; then the
//! host is told what they are for, and takes them all. So no object of JavaScript's ever has to be held
//! here, and what holds them stays out of the module.

use wasm_bindgen::prelude::*;

use crate::core::json::{Map, Value};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = text)]
    fn push_text(text: &str);
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = number)]
    fn push_number(number: f64);
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = flag)]
    fn push_flag(flag: bool);
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = nothing)]
    fn push_nothing(is_null: bool);
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = absent)]
    fn push_absent();
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = list)]
    fn push_list(length: usize);
    #[wasm_bindgen(js_namespace = ["host", "words"], js_name = object)]
    fn push_object(length: usize);

    /// Answers a command.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn reply(id: u32);
    /// Answers a command by a failure.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn fail(id: u32);
    /// Answers a command by what the API has answered.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn deliver(id: u32);
    /// Tells an event, or an entry of the log.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn emit();
    /// Performs an `Output::Http`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn ask(id: u32);
    /// Performs an `Output::SendResourceRequest`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn send(id: u32);
    /// Performs an `Output::MakeKey`.
    #[wasm_bindgen(js_namespace = host, js_name = makeKey)]
    pub(super) fn make_key(id: u32);
    /// Performs an `Output::VerifySignature`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn verify(id: u32);
    /// Performs an `Output::StoreTransaction`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn store(id: u32);
    /// Performs an `Output::TakeTransaction`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn take(id: u32);
    /// Performs an `Output::Escrow`.
    #[wasm_bindgen(js_namespace = host)]
    pub(super) fn tell(id: u32);
    /// Calls `wake` after so many milliseconds and at no other time that was set before; never where
    /// they are below zero.
    #[wasm_bindgen(js_namespace = host, js_name = wakeAfter)]
    pub(super) fn wake_after(milliseconds: f64);
}

/// A value that lies on the stack.
#[derive(Clone, Copy)]
pub(super) struct Pushed;

pub(super) fn text(text: &str) -> Pushed {
    push_text(text);
    Pushed
}

pub(super) fn number(number: f64) -> Pushed {
    push_number(number);
    Pushed
}

/// A count as one of JavaScript's numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "JavaScript has no other numbers"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

pub(super) fn count(value: u64) -> Pushed {
    number(float(value))
}

pub(super) fn flag(flag: bool) -> Pushed {
    push_flag(flag);
    Pushed
}

pub(super) fn null() -> Pushed {
    push_nothing(true);
    Pushed
}

pub(super) fn undefined() -> Pushed {
    push_nothing(false);
    Pushed
}

/// The member of an object that has no such member.
pub(super) fn absent() -> Pushed {
    push_absent();
    Pushed
}

pub(super) fn optional_text(value: Option<&str>) -> Pushed {
    value.map_or_else(null, text)
}

/// A list of the values that were pushed last.
pub(super) fn list(length: usize) -> Pushed {
    push_list(length);
    Pushed
}

/// A plain object of the values that were pushed last, by these names.
pub(super) fn object(members: &[(&str, Pushed)]) -> Pushed {
    for (name, Pushed) in members {
        push_text(name);
    }
    push_object(members.len());
    Pushed
}

/// The same of an object of the core's.
pub(super) fn members(members: &Map) -> Pushed {
    for (_, member) in members {
        value(member);
    }
    for (name, _) in members {
        push_text(name);
    }
    push_object(members.len());
    Pushed
}

/// A core value.
pub(super) fn value(value: &Value) -> Pushed {
    match value {
        Value::Null => null(),
        Value::Bool(value) => flag(*value),
        Value::Number(value) => number(*value),
        Value::String(value) => text(value),
        Value::Array(values) => {
            for value in values {
                self::value(value);
            }
            list(values.len())
        }
        Value::Object(value) => members(value),
    }
}
