//! The app's API calls, made in the page's stead with the browser's own `Request` and `Response`.

use alloc::string::String;

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

use crate::core::{input::ResourceAnswer, secret::Secret};

// gloo-net takes an abort reason that is no Error for a bug and panics, and the reason is the
// app's to choose; so the app's requests go by the browser's fetch itself.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch_request(request: &Request) -> Promise;
}

/// A request of the page's: where to, and how, as the second argument of `fetch`.
#[derive(Clone)]
pub(super) struct PageRequest {
    /// The URL, serialized by the browser.
    pub url: String,
    /// A `RequestInit`.
    pub init: Object,
}

/// Sends the page's request with an `Authorization` header.
pub(super) async fn send(
    request: PageRequest,
    authorization: Secret<String>,
) -> Result<Response, JsValue> {
    let init: &RequestInit = request.init.unchecked_ref();
    let request = Request::new_with_str_and_init(&request.url, init)?;
    // EXPOSE: the header leaves on the one request that the core has allowed.
    request
        .headers()
        .set("authorization", authorization.expose())?;
    JsFuture::from(fetch_request(&request)).await?.dyn_into()
}

/// What the core must know of an answer.
pub(super) fn answer(response: &Response) -> ResourceAnswer {
    ResourceAnswer {
        status: response.status(),
        url: response.url(),
        challenge: response.headers().get("www-authenticate").ok().flatten(),
    }
}
