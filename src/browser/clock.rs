//! The clocks and the source of randomness.

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

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// The present, on both clocks.
pub fn now() -> Now {
    // Rounded up, so that a deadline is never found to be a fraction of a millisecond away.
    let (monotonic, unix) = (rounded_up(performance_now()), rounded_up(date_now()));
    Now {
        monotonic: Monotonic(monotonic),
        unix: UnixMillis(unix),
    }
}

/// The next whole number from a number of JavaScript's; 0 where it is negative or none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they saturate"
)]
pub(super) fn rounded_up(value: f64) -> u64 {
    value.ceil() as u64
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
