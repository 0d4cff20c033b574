//! Pushed authorization requests (RFC 9126): the parameters go to the server by a request of the
//! vault's own, and the browser only carries a reference to them.

use alloc::string::String;

use super::{
    Pending, Session,
    config::{Config, is_absolute_uri},
    departure::PendingSignIn,
    discovery::Metadata,
    error::{Code, Error, Phase},
    input::{HttpFailure, HttpResponse},
    json::{self, Value},
    options::Mode,
    output::HttpRequest,
    secret::Secret,
    time::{Lifetime, Now},
    token,
    url::with_query,
};

/// The longest reference that is taken: it goes into a URL, and servers and proxies bound those.
const LONGEST: usize = 2_048;

/// Where the parameters are to be pushed to. `None`: the browser carries them itself. By itself
/// (`'auto'`) that is what it does at a server which does not insist: PKCE already binds the code to
/// this vault, and a server may lack the CORS headers there.
///
/// # Errors
/// [`Code::DiscoveryInvalid`] where they have to be pushed, and the metadata does not say where.
pub fn endpoint(mode: Mode, metadata: &Metadata) -> Result<Option<&str>, Error> {
    let is_wanted = match mode {
        Mode::Off => false,
        Mode::Auto => metadata.require_pushed_authorization_requests,
        Mode::Required => true,
    };
    let endpoint = metadata.pushed_authorization_request_endpoint.as_deref();
    if is_wanted && endpoint.is_none() {
        let detail = "`pushed_authorization_request_endpoint` is missing, and the server or the option `par` requires it";
        return Err(Error::with(Code::DiscoveryInvalid, detail));
    }
    Ok(endpoint.filter(|_| is_wanted))
}

impl Session {
    /// Sends the parameters `form` of a sign-in ahead. The first time without a proof: `dpop_jkt` is
    /// among them, which binds the code as well (RFC 9449 section 10.1). A server that wants one says so.
    pub(super) fn push_request(
        &mut self,
        sign_in: PendingSignIn,
        form: String,
        endpoint: &str,
        now: Now,
    ) {
        let key = sign_in.key.clone().filter(|_| sign_in.challenges > 0);
        let proof = self.prove_token_request(key, endpoint, now);
        let id = self.expect(Pending::PushedRequest(sign_in, now));
        self.send(HttpRequest {
            id,
            url: endpoint.into(),
            form: Some(Secret::new(form)),
            timeout_milliseconds: self.config.http_timeout_milliseconds,
            carry: None,
            proof,
            authorization: None,
        });
    }

    pub(super) fn handle_pushed_request(
        &mut self,
        mut sign_in: PendingSignIn,
        sent_at: Now,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let Some(metadata) = self.provider.metadata().cloned() else {
            return;
        };
        if sign_in.key.is_some() && self.heed_token_answer(&result, sign_in.challenges, now) {
            sign_in.challenges += 1;
            return self.send_to_server(sign_in, &metadata, now);
        }
        let request_uri = result
            .map_err(Error::from)
            .and_then(|response| request_uri(&response, sent_at, now));
        match request_uri {
            Ok(request_uri) => {
                let endpoint = &metadata.authorization_endpoint;
                let url = reference(endpoint, &self.config, &request_uri);
                self.leave(sign_in, url, now);
            }
            Err(error) => self.reply(sign_in.command, Phase::Login, Err(error)),
        }
    }
}

/// The URL to send the browser to: the reference and nothing else (RFC 9126 section 4; FAPI 2.0
/// Security Profile section 5.3.3.2).
fn reference(endpoint: &str, config: &Config, request_uri: &str) -> String {
    let parameters = [
        ("client_id", config.client_id.as_str()),
        ("request_uri", request_uri),
    ];
    with_query(endpoint, &parameters)
}

/// Reads the server's answer to a request that was sent at `sent_at` (RFC 9126 sections 2.2 and 2.3).
fn request_uri(response: &HttpResponse, sent_at: Now, now: Now) -> Result<String, Error> {
    let invalid = |what: &str| Error::with(Code::ParResponseInvalid, what);
    // It is 201 by the RFC; 200 says no less, and servers do answer so.
    if !matches!(response.status, 200 | 201) {
        return Err(match token::parse_response(response, &[], false) {
            Err(failure) if response.status > 299 => {
                let mut error = failure.into_error();
                if error.code == Code::TokenRefused {
                    error.code = Code::AuthorizationRefused;
                }
                error
            }
            _ => invalid("its status is neither 201 nor 200"),
        });
    }
    // EXPOSE: the reference goes into a URL, which the browser shows.
    let document = json::parse(response.body.expose()).unwrap_or_default();
    let request_uri = document
        .get("request_uri")
        .and_then(Value::as_str)
        .filter(|uri| uri.len() <= LONGEST && is_absolute_uri(uri))
        .ok_or_else(|| invalid("`request_uri` is missing, or no URI"))?;
    if let Some(expires_in) = document.get("expires_in").filter(|value| !value.is_null()) {
        let seconds = json::whole_part(expires_in)
            .filter(|seconds| *seconds > 0)
            .ok_or_else(|| invalid("`expires_in` is no time"))?;
        // An answer that was on its way for so long is of no use any more.
        if Lifetime::new(sent_at, seconds).is_over(now, 0) {
            return Err(Code::Timeout.into());
        }
    }
    Ok(request_uri.into())
}
