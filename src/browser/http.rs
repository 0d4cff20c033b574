//! Requests to the authorization server: no cookies, no redirects, no referrer, and an end.

use alloc::string::String;

use gloo_net::{Error, http::RequestBuilder, http::Response};
use web_sys::{AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};

use crate::core::{
    input::{HttpFailure, HttpResponse},
    output::HttpRequest,
    secret::Secret,
};

/// Sends `request` and reads the whole answer.
pub async fn send(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    try_send(request).await.map_err(|error| match error {
        Error::JsError(error) if error.name == "TimeoutError" => HttpFailure::Timeout,
        _ => HttpFailure::Network,
    })
}

async fn try_send(request: HttpRequest) -> Result<HttpResponse, Error> {
    let timeout = u32::try_from(request.timeout_milliseconds).unwrap_or(u32::MAX);
    let signal = AbortSignal::timeout_with_u32(timeout);
    let builder = RequestBuilder::new(&request.url)
        .header("accept", "application/json")
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoCache)
        .abort_signal(Some(&signal));
    let request = match request.form {
        // EXPOSE: the form leaves for the endpoint that the core chose.
        Some(form) => builder
            .method(gloo_net::http::Method::POST)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.expose().as_str())?,
        None => builder.build()?,
    };
    let response = request.send().await?;
    Ok(HttpResponse {
        status: response.status(),
        retry_after_seconds: retry_after(&response),
        looks_like_html: response.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html")),
        body: Secret::new(response.text().await?),
    })
}

/// `Retry-After` in seconds, whether it is a number or a date (RFC 9110 section 10.2.3). Seen only
/// where the server exposes it by CORS.
fn retry_after(response: &Response) -> Option<u64> {
    let text: String = response.headers().get("retry-after")?;
    text.trim().parse().ok().or_else(|| {
        let wait = js_sys::Date::parse(&text) - js_sys::Date::now();
        (wait > 0.0).then(|| (wait / 1000.0).ceil() as u64)
    })
}
