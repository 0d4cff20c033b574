//! What the worker's script sees of this module.

use alloc::string::String;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::{clock, convert, driver::Driver, resource::PageRequest};
use crate::core::{
    Session,
    config::Config,
    error::{Code, Error, Phase},
    input::{Command, CommandId, ResourceRequest},
    secret::Secret,
};

/// One client of one authorization server, with its tokens.
///
/// Each method takes an `id` that names the command; it must not be in use. The promises are
/// rejected with plain objects from which the page makes an `AuthError`.
#[wasm_bindgen]
pub struct Vault(&'static Driver);

#[wasm_bindgen]
impl Vault {
    /// Starts a vault with the page's options. `emit` is called with each event.
    ///
    /// # Errors
    /// Where an option is wrong: what an `AuthError` is made from.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, emit: Function) -> Result<Self, JsValue> {
        let config = parse(options).map_err(|error| convert::failure(&error, Phase::Init))?;
        Ok(Self(Driver::new(Session::new(config, clock::seed()), emit)))
    }

    /// Whether the vault was started with these options.
    ///
    /// # Errors
    /// Where it was not: what an `AuthError` is made from.
    #[wasm_bindgen(js_name = checkOptions)]
    pub fn check_options(&self, options: &JsValue) -> Result<(), JsValue> {
        let check = || {
            let config = parse(options)?;
            if self.0.has_fingerprint(&config.fingerprint) {
                Ok(())
            } else {
                Err(Code::ConfigMismatch.into())
            }
        };
        check().map_err(|error: Error| convert::failure(&error, Phase::Init))
    }

    /// Who is signed in: `{ user, claims }` or null.
    #[wasm_bindgen(js_name = checkSession)]
    pub fn check_session(&self, id: u32) -> Promise {
        self.0.command(CommandId(id), Command::CheckSession, None)
    }

    /// Begins a sign-in. Resolves to the URL to go to.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, id: u32, options: &JsValue) -> Promise {
        match convert::from_js(options) {
            Ok(options) => {
                let entropy = clock::entropy();
                self.0
                    .command(CommandId(id), Command::SignIn { options, entropy }, None)
            }
            Err(error) => Promise::reject(&convert::failure(&error, Phase::Login)),
        }
    }

    /// Finishes a sign-in where `url` is its authorization response.
    #[wasm_bindgen(js_name = handleCallback)]
    pub fn handle_callback(&self, id: u32, url: String) -> Promise {
        self.0.command(
            CommandId(id),
            Command::HandleCallback {
                url: Secret::new(url),
            },
            None,
        )
    }

    /// Makes an API call. Resolves to the `Response`.
    pub fn fetch(
        &self,
        id: u32,
        url: String,
        init: Object,
        has_authorization: bool,
        is_repeatable: bool,
    ) -> Promise {
        let request = ResourceRequest {
            url: url.clone(),
            has_authorization,
            is_repeatable,
        };
        self.0.command(
            CommandId(id),
            Command::Fetch(request),
            Some(PageRequest { url, init }),
        )
    }

    /// Gives up a command. Its promise is rejected with `reason`.
    pub fn abandon(&self, id: u32, reason: &JsValue) {
        self.0.abandon(CommandId(id), reason);
    }

    /// Ends the session. Resolves to the URL at which it ends at the server, too, or to null.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, id: u32, options: &JsValue) -> Promise {
        match convert::from_js(options) {
            Ok(options) => self
                .0
                .command(CommandId(id), Command::SignOut { options }, None),
            Err(error) => Promise::reject(&convert::failure(&error, Phase::Logout)),
        }
    }
}

fn parse(options: &JsValue) -> Result<Config, Error> {
    let options = convert::from_js(options).map_err(|error| Error {
        code: Code::InvalidOptions,
        ..error
    })?;
    Config::parse(options)
}
