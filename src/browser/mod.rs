//! The browser's side: has the host perform what the core asks for and feeds the results back. It
//! decides nothing. The host is what runs around it in the worker, in `pkg-template/src`: there
//! `fetch`, WebCrypto and IndexedDB take a third of the room that they take here.
//!
//! What is public here is so for the tests in real browsers.

#![expect(
    clippy::must_use_candidate,
    reason = "nobody but this crate and its tests calls these"
)]

pub mod clock;
mod convert;
mod driver;
pub mod exports;
pub mod host;

/// The standard library's allocator for WebAssembly is made for large programs. This one makes the
/// module 2 kB smaller, compressed.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
