//! What the vault's scripts call (`pkg-template/src/vault.ts`): the page's commands, and the results of
//! what the core asked for.
//!
//! A command's `id` names it; it must not be in use. The options that a page gives are JSON. The texts
//! that an export needs are said before, one by one ([`text`]): each text among the arguments would cost
//! a wrapper on both sides.

use alloc::{string::String, vec::Vec};
use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::{
    clock, convert,
    driver::{Driver, driver, handle},
    host,
};
use crate::core::{
    Session,
    config::Config,
    error::{Code, Error, Phase},
    input::{
        Command, CommandId, EscrowAnswer, HttpFailure, HttpResponse, Input, Redirect, RequestId,
        ResourceAnswer, ResourceRequest, SignatureVerdict, StorageFailure,
    },
    json::{self, Value},
    secret::Secret,
};

std::thread_local! {
    static SAID: RefCell<Vec<Option<String>>> = const { RefCell::new(Vec::new()) };
}

/// A text, or that there is none, for the export that is called next.
#[wasm_bindgen]
pub fn text(text: Option<String>) {
    SAID.with_borrow_mut(|said| said.push(text));
}

/// The first of the texts that were not taken yet.
fn said() -> Option<String> {
    SAID.with_borrow_mut(|said| (!said.is_empty()).then(|| said.remove(0)).flatten())
}

/// The same where there always is one.
fn word() -> String {
    said().unwrap_or_default()
}

/// Starts a vault with the page's options. Where one is wrong, the answer is `false`, and what an
/// `AuthError` is made from lies on the stack. After the options.
#[wasm_bindgen]
pub fn start(has_escrow: bool) -> bool {
    let begin = || {
        let mut session = Session::new(config()?, clock::seed());
        if has_escrow {
            session = session.with_escrow();
        }
        Driver::begin(session);
        Ok(())
    };
    is_done(&begin())
}

/// Whether the vault was started with these options. Where it was not, what an `AuthError` is made
/// from lies on the stack. After the options.
#[wasm_bindgen(js_name = checkOptions)]
pub fn check_options() -> bool {
    let check = || {
        let config = config()?;
        if driver().is_some_and(|driver| driver.has_fingerprint(&config.fingerprint)) {
            Ok(())
        } else {
            Err(Code::ConfigMismatch.into())
        }
    };
    is_done(&check())
}

/// A page is new here. Answered by who is signed in: `{ identity, navigate: null }` with
/// `{ user, claims }` or null for an identity.
#[wasm_bindgen]
pub fn open(id: u32) {
    command(id, Command::Open);
}

/// A page has slept, or another vault was heard of. Answered as `open` is.
#[wasm_bindgen]
pub fn resume(id: u32) {
    command(id, Command::Resume);
}

/// Whether any page can be seen.
#[wasm_bindgen]
pub fn visible(is_visible: bool) {
    handle(Input::Visibility(is_visible));
}

/// The page goes into the back/forward cache, and this vault with it. Nothing is done before the
/// next `resume`.
#[wasm_bindgen]
pub fn sleep() {
    handle(Input::Sleep);
}

/// The device has a network again.
#[wasm_bindgen]
pub fn online() {
    handle(Input::Online);
}

/// A page begins at what looks like an authorization response.
#[wasm_bindgen(js_name = expectResponse)]
pub fn expect_response() {
    handle(Input::ResponseExpected);
}

/// Whether somebody wants to hear of each call and request. Tells the state.
#[wasm_bindgen]
pub fn watched(is_watched: bool) {
    handle(Input::Watched(is_watched));
}

/// The time has come that was set last.
#[wasm_bindgen]
pub fn wake() {
    handle(Input::Wake);
}

/// Who is signed in, as `open` tells it; `navigate` is a URL where the page is to go for a silent
/// sign-in. After the options.
#[wasm_bindgen(js_name = checkSession)]
pub fn check_session(id: u32) {
    if let Some(options) = plain(id, Phase::Init) {
        let entropy = clock::entropy();
        command(id, Command::CheckSession { options, entropy });
    }
}

/// Begins a sign-in. Answered by the URL to go to; for a window of its own, by an object with that URL
/// as `navigate`, and the `state`. After the options.
#[wasm_bindgen(js_name = signIn)]
pub fn sign_in(id: u32, is_popup: bool) {
    if let Some(options) = plain(id, Phase::Login) {
        let entropy = clock::entropy();
        let sign_in = if is_popup {
            Command::SignInByPopup { options, entropy }
        } else {
            Command::SignIn { options, entropy }
        };
        command(id, sign_in);
    }
}

/// Finishes a sign-in, after a URL, where that is its authorization response.
#[wasm_bindgen(js_name = handleCallback)]
pub fn handle_callback(id: u32) {
    let url = Secret::new(word());
    command(id, Command::HandleCallback { url });
}

/// Makes an API call, after its URL, its method and how it treats redirects. (A function named `fetch` would
/// take the place of the browser's own in the glue.)
#[wasm_bindgen]
pub fn call(id: u32, has_authorization: bool, is_repeatable: bool, is_no_cors: bool) {
    let request = ResourceRequest {
        url: word(),
        method: word(),
        redirect: Redirect::parse(said().as_deref()),
        has_authorization,
        is_repeatable,
        is_no_cors,
    };
    command(id, Command::Fetch(request));
}

/// Whether a call would get a token, after its URL.
#[wasm_bindgen]
pub fn covers() -> bool {
    let url = word();
    driver().is_some_and(|driver| driver.covers(&url))
}

/// Answered by an access token, where `exposeAccessToken` allows that. After a URL that it is for, or none
/// where there is one token for all.
#[wasm_bindgen(js_name = accessToken)]
pub fn access_token(id: u32) {
    let resource = said();
    command(id, Command::AccessToken { resource });
}

/// Answered by what the userinfo endpoint says of the person.
#[wasm_bindgen]
pub fn userinfo(id: u32) {
    command(id, Command::Userinfo);
}

/// Answered by what there is to know of the session, or by null. After a URL of whose access token it is
/// to be, or none for the sign-in's own.
#[wasm_bindgen]
pub fn session(id: u32) {
    let resource = said();
    command(id, Command::Facts { resource });
}

/// Nobody waits for a command any longer, or its request failed.
#[wasm_bindgen]
pub fn abandon(id: u32) {
    handle(Input::Abandoned(CommandId(id)));
}

/// Ends the session. Answered by the URL at which it ends at the server, too, or by null. After the options.
#[wasm_bindgen(js_name = signOut)]
pub fn sign_out(id: u32) {
    if let Some(options) = plain(id, Phase::Logout) {
        command(id, Command::SignOut { options });
    }
}

/// The authorization server has answered. A number that the answer lacks is none (`NaN`); `date` is in
/// milliseconds. After the body, the nonce for DPoP proofs and the challenge.
#[wasm_bindgen]
pub fn answered(id: u32, status: u16, retry_after: f64, looks_like_html: bool, date: f64) {
    http_done(
        id,
        Ok(HttpResponse {
            status,
            body: Secret::new(word()),
            dpop_nonce: said(),
            challenge: said(),
            retry_after_seconds: given(retry_after),
            looks_like_html,
            date: given(date / 1000.0),
        }),
    );
}

/// It has not: there was no way to it, or no answer in time.
#[wasm_bindgen]
pub fn unanswered(id: u32, is_timeout: bool) {
    let failure = if is_timeout {
        HttpFailure::Timeout
    } else {
        HttpFailure::Network
    };
    http_done(id, Err(failure));
}

/// The proof of a request could not be signed; it was not sent.
#[wasm_bindgen]
pub fn unsigned(id: u32) {
    http_done(id, Err(HttpFailure::KeyLost));
}

/// The same of an API call.
#[wasm_bindgen(js_name = callUnsigned)]
pub fn call_unsigned(id: u32) {
    handle(Input::KeyLost(CommandId(id)));
}

/// An API has answered. After the answer's URL, its challenge and the nonce for DPoP proofs.
#[wasm_bindgen(js_name = callAnswered)]
pub fn call_answered(id: u32, status: u16, date: f64) {
    handle(Input::ResourceAnswered {
        id: CommandId(id),
        answer: ResourceAnswer {
            status,
            url: word(),
            challenge: said(),
            dpop_nonce: said(),
            date: given(date / 1000.0),
        },
    });
}

/// After a key for proofs, in words, or none.
#[wasm_bindgen(js_name = keyMade)]
pub fn key_made(id: u32) {
    handle(Input::KeyMade {
        id: RequestId(id),
        key: said().map(Secret::new),
    });
}

/// Whether a signature is the key's; nothing where that can't be found out.
#[wasm_bindgen]
pub fn verified(id: u32, is_valid: Option<bool>) {
    handle(Input::SignatureVerified {
        id: RequestId(id),
        verdict: match is_valid {
            Some(true) => SignatureVerdict::Valid,
            Some(false) => SignatureVerdict::Invalid,
            None => SignatureVerdict::Unsupported,
        },
    });
}

/// Whether a pending sign-in was stored.
#[wasm_bindgen]
pub fn stored(id: u32, is_stored: bool) {
    handle(Input::TransactionStored {
        id: RequestId(id),
        result: is_stored.then_some(()).ok_or(StorageFailure),
    });
}

/// After the record of a pending sign-in, as JSON; without one the storage has failed.
#[wasm_bindgen]
pub fn taken(id: u32) {
    handle(Input::TransactionTaken {
        id: RequestId(id),
        // `null` where nothing was there, and so is what nobody here has stored.
        result: said()
            .map(|record| json::parse(&record).filter(|record| !record.is_null()))
            .ok_or(StorageFailure),
    });
}

/// After what the escrow says of the session, and the session; nothing where there is none.
#[wasm_bindgen(js_name = escrowAnswered)]
pub fn escrow_answered(id: u32) {
    handle(Input::EscrowAnswered {
        id: RequestId(id),
        answer: match (word().as_str(), said()) {
            ("kept", _) => EscrowAnswer::Kept,
            ("new", _) => EscrowAnswer::New,
            ("nothing", _) => EscrowAnswer::Nothing,
            ("lost", _) => EscrowAnswer::Lost,
            ("forgotten", _) => EscrowAnswer::Forgotten,
            ("state", Some(state)) => EscrowAnswer::State(Secret::new(state)),
            _ => EscrowAnswer::Absent,
        },
    });
}

fn command(id: u32, command: Command) {
    handle(Input::Command {
        id: CommandId(id),
        command,
    });
}

fn http_done(id: u32, result: Result<HttpResponse, HttpFailure>) {
    handle(Input::HttpDone {
        id: RequestId(id),
        result,
    });
}

fn given(value: f64) -> Option<u64> {
    (value >= 0.0).then(|| clock::rounded_up(value))
}

fn is_done(result: &Result<(), Error>) -> bool {
    if let Err(error) = result {
        convert::failure(error, Phase::Init);
    }
    result.is_ok()
}

/// Options that are plain data. Where they are not, the command has failed.
fn plain(id: u32, phase: Phase) -> Option<Value> {
    let options = json::parse(&word());
    if options.is_none() {
        convert::failure(&not_plain(Code::InvalidArgument), phase);
        host::fail(id);
    }
    options
}

fn config() -> Result<Config, Error> {
    Config::parse(json::parse(&word()).ok_or_else(|| not_plain(Code::InvalidOptions))?)
}

fn not_plain(code: Code) -> Error {
    Error::with(code, "the options must be plain data")
}
