//! Requests to the authorization server: no cookies, no redirects, no referrer, and an end.

use alloc::{string::String, vec::Vec};

use gloo_net::{
    Error,
    http::{Request, Response},
};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::convert;
use crate::core::{
    input::{HttpFailure, HttpResponse},
    output::HttpRequest,
    secret::Secret,
};

/// Sends `request` and reads the whole answer.
pub async fn send(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    let request = build(&request).map_err(|_| HttpFailure::Network)?;
    answer(request).await.map_err(|error| match error {
        Error::JsError(error) if error.name == "TimeoutError" => HttpFailure::Timeout,
        _ => HttpFailure::Network,
    })
}

// gloo-net's own builder takes the URL apart and puts it together again.
fn build(request: &HttpRequest) -> Result<Request, JsValue> {
    let timeout = u32::try_from(request.timeout_milliseconds).unwrap_or(u32::MAX);
    let mut headers = Vec::from([("accept", "application/json".into())]);
    let (method, body) = match &request.form {
        Some(form) => {
            headers.push(("content-type", "application/x-www-form-urlencoded".into()));
            // EXPOSE: the form leaves for the endpoint that the core chose.
            ("POST", form.expose().into())
        }
        None => ("GET", JsValue::UNDEFINED),
    };
    let init = convert::object(&[
        ("method", method.into()),
        ("headers", convert::object(&headers)),
        ("body", body),
        ("credentials", "omit".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("cache", "no-cache".into()),
        ("signal", AbortSignal::timeout_with_u32(timeout).into()),
    ]);
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref()).map(Into::into)
}

async fn answer(request: Request) -> Result<HttpResponse, Error> {
    let response = request.send().await?;
    Ok(HttpResponse {
        status: response.status(),
        retry_after_seconds: retry_after(&response),
        looks_like_html: response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.starts_with("text/html")),
        body: Secret::new(response.text().await?),
    })
}

/// `Retry-After` in seconds, whether it is a number or a date (RFC 9110 section 10.2.3). Seen only
/// where the server exposes it by CORS.
fn retry_after(response: &Response) -> Option<u64> {
    let text: String = response.headers().get("retry-after")?;
    text.trim_ascii().parse().ok().or_else(|| {
        let wait = js_sys::Date::parse(&text) - js_sys::Date::now();
        (wait > 0.0).then(|| convert::rounded_up(wait / 1000.0))
    })
}
