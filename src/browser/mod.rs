//! The browser's side: performs what the core asks for and feeds the results back. It decides
//! nothing.
//!
//! What is public here is so for the tests in real browsers. To JavaScript there is [`Vault`] alone.

#![expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "nobody but this crate and its tests calls these"
)]

pub mod clock;
pub mod convert;
pub mod crypto;
mod driver;
mod exports;
pub mod http;
mod resource;
pub mod store;

pub use exports::Vault;

/// The standard library's allocator for WebAssembly is made for large programs. This one makes the
/// module 2 kB smaller, compressed.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
