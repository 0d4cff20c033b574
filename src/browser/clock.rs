//! The clocks, the timer and the source of randomness.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::core::{
    pkce::Entropy,
    secret::Secret,
    time::{Monotonic, Now, UnixMillis},
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> f64;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: f64);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// The present, on both clocks.
pub fn now() -> Now {
    Now { monotonic: Monotonic(milliseconds(performance_now())), unix: UnixMillis(milliseconds(js_sys::Date::now())) }
}

/// Randomness for one sign-in, from the browser's cryptographic generator.
pub fn entropy() -> Entropy {
    let mut bytes = [0; 96];
    get_random_values(&mut bytes);
    Secret::new(bytes)
}

/// A random number that protects nothing.
pub fn seed() -> u64 {
    let mut bytes = [0; 8];
    get_random_values(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A running timer. Dropping it stops it.
pub struct Timer {
    id: f64,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `callback` at `at`.
    pub fn new(at: Monotonic, callback: impl FnMut() + 'static) -> Self {
        // setTimeout takes a 32-bit number; a longer wait just wakes the core early.
        const LONGEST: u64 = 2_147_483_647;
        let wait = at.0.saturating_sub(now().monotonic.0).min(LONGEST);
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = set_timeout(callback.as_ref().unchecked_ref(), wait as f64);
        Self { id, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(self.id);
    }
}

/// Rounded up, so that a deadline is never found to be a fraction of a millisecond away.
fn milliseconds(value: f64) -> u64 {
    value.ceil() as u64
}
