//! The clocks, the timer and the source of randomness.

use core::cell::Cell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::convert;
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
    // Rounded up, so that a deadline is never found to be a fraction of a millisecond away.
    let (monotonic, unix) = (
        convert::rounded_up(performance_now()),
        convert::rounded_up(js_sys::Date::now()),
    );
    Now {
        monotonic: Monotonic(monotonic),
        unix: UnixMillis(unix),
    }
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

/// Calls one function at one time. Dropping it stops it.
pub struct Timer {
    callback: Closure<dyn FnMut()>,
    running: Cell<f64>,
}

impl Timer {
    /// A timer that does not run yet.
    pub fn new(callback: impl FnMut() + 'static) -> Self {
        // Browsers give out no timer 0, and to stop it does nothing.
        Self {
            callback: Closure::new(callback),
            running: Cell::new(0.0),
        }
    }

    /// Calls back at `at` and at no other time that was set before.
    pub fn set(&self, at: Option<Monotonic>) {
        // setTimeout takes a 32-bit number; a longer wait just wakes the core early.
        const LONGEST: u64 = 2_147_483_647;
        clear_timeout(self.running.get());
        if let Some(at) = at {
            let wait = at.0.saturating_sub(now().monotonic.0).min(LONGEST);
            self.running.set(set_timeout(
                self.callback.as_ref().unchecked_ref(),
                convert::number(wait),
            ));
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.set(None);
    }
}
