//! What the browser's side must do in every kind of worker.

use holdfast::browser::clock;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn randomness_differs_and_time_goes_on() {
    assert_ne!(clock::entropy().expose(), clock::entropy().expose());
    assert_ne!(clock::entropy().expose(), &[0; 96]);
    let (before, after) = (clock::now(), clock::now());
    assert!(after.monotonic >= before.monotonic);
    assert!(after.unix.seconds() > 1_700_000_000);
}
