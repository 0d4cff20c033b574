//! What the host tests share: a scripted authorization server, an API, a virtual clock, and the
//! driver that plays the browser shell.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod answer;
pub mod api;
pub mod authorization;
pub mod bob;
pub mod callback;
pub mod clock;
pub mod driver;
pub mod escrow;
pub mod form;
pub mod grants;
pub mod hostile;
pub mod id_token;
pub mod keys;
pub mod proofs;
pub mod seen;
pub mod server;
pub mod story;
pub mod watch;
