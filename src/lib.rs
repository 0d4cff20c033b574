//! holdfast keeps people signed in to single-page apps.
//!
//! This crate becomes one WebAssembly module which runs in a worker (the *vault*). It does the
//! authorization code flow with PKCE and OpenID Connect, holds the tokens, renews them, and makes
//! the app's API calls, so that the page gets a `fetch` and never a token.
//!
//! # Architecture
//!
//! - [`core`](crate::core) decides everything and does nothing: no clock, no randomness, no fetch,
//!   no `JsValue`. It is one state machine, [`Session`](crate::core::Session), with two doors:
//!   [`handle_input`](crate::core::Session::handle_input) and
//!   [`poll_output`](crate::core::Session::poll_output). It builds and is tested on the host.
//! - `browser` decides nothing: it says each output in plain values, and feeds the result back. It
//!   exists on wasm32 only.
//! - The TypeScript around it (in `pkg-template/src`) does what is said (`vault.ts`), and owns the
//!   ports between page and worker.
//!
//! Bodies of API requests and responses pass by as the browser's own objects: no byte of them
//! enters this module's memory.

#![warn(
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic,
    clippy::alloc_instead_of_core,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::string_slice,
    clippy::unwrap_used
)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod core;
