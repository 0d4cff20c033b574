//! What must hold for every input: shared by the fuzz targets and the host tests.

#![allow(dead_code, reason = "each target uses a part of it")]

pub mod callback;
pub mod challenge;
pub mod discovery;
pub mod id_token;
pub mod jwks;
pub mod options;
pub mod oracle;
pub mod parked;
pub mod resource_matching;
pub mod session;
pub mod token_response;
