//! Signing out: here at once, and at the server where it has a way (RP-Initiated Logout 1.0).

use alloc::{string::String, vec::Vec};

use serde_json::Value;

use super::{
    Session,
    config::Config,
    discovery::Metadata,
    error::{Code, Error, Phase},
    input::CommandId,
    options::Options,
    output::{Event, Output, Reply},
    provider::AfterMetadata,
    secret::Secret,
    time::Now,
    url::with_query,
};

/// A sign-out on its way to the server.
pub(super) struct SignOutRequest {
    id_token: Option<Secret<String>>,
    return_to: Option<String>,
}

impl SignOutRequest {
    /// The logout request (RP-Initiated Logout 1.0 section 2). `None` where the server has no
    /// `end_session_endpoint`.
    #[must_use]
    pub(super) fn url(&self, config: &Config, metadata: &Metadata) -> Option<String> {
        let endpoint = metadata.end_session_endpoint.as_ref()?;
        let mut parameters = Vec::from([("client_id", config.client_id.as_str())]);
        if let Some(id_token) = &self.id_token {
            // EXPOSE: the session is over, and the server wants its ID token as a hint; it leaves in
            // the URL that the page goes to.
            parameters.push(("id_token_hint", id_token.expose()));
        }
        if let Some(return_to) = self
            .return_to
            .as_ref()
            .or(config.post_logout_redirect_uri.as_ref())
        {
            parameters.push(("post_logout_redirect_uri", return_to));
        }
        Some(with_query(endpoint, &parameters))
    }
}

impl Session {
    pub(super) fn sign_out(&mut self, command: CommandId, options: Value, now: Now) {
        let (return_to, local_only) = match parse(options) {
            Ok(options) => options,
            Err(error) => return self.reply(command, Phase::Logout, Err(error)),
        };
        let grant = self.end_session();
        self.sign_outs.0 += 1;
        self.fail_waiting_calls(None, &Code::LoginRequired.into());
        let (mut refresh_token, mut id_token) = (None, None);
        if let Some(grant) = grant {
            self.outputs.push(Output::Event(Event::SignedOut));
            refresh_token = grant.refresh_token;
            id_token = Some(grant.id_token);
        }
        if local_only {
            // The page stays, so nobody has to wait for the revocation.
            if let Some(refresh_token) = &refresh_token {
                self.revoke(refresh_token);
            }
            self.reply(command, Phase::Logout, Ok(Reply::SignedOut(None)));
            return;
        }
        let request = SignOutRequest {
            id_token,
            return_to,
        };
        let mut next = Some((command, request));
        if let Some(refresh_token) = &refresh_token {
            next = self.revoke_and_then(refresh_token, next);
        }
        if let Some((command, request)) = next {
            self.with_metadata(AfterMetadata::SignOut(command, request), now);
        }
    }
}

fn parse(options: Value) -> Result<(Option<String>, bool), Error> {
    let mut options = Options::new(options, "", Code::InvalidArgument);
    let return_to = options.url(
        "returnTo",
        "an absolute https URL that the server knows as post-logout redirect URI, for example 'https://app.example/'",
    );
    let local_only = options.flag("localOnly", "true or false");
    options.finish().map(|()| (return_to, local_only))
}
