//! The browser's side: performs what the core asks for and feeds the results back. It decides
//! nothing.

mod clock;
mod convert;
mod crypto;
mod driver;
mod exports;
mod http;
mod resource;
mod store;

pub use exports::Vault;
