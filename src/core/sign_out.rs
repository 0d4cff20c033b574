//! Signing out: here at once, and at the server where it has a way (RP-Initiated Logout 1.0).

use alloc::{string::String, vec::Vec};

use super::{
    Pending, Session,
    config::Config,
    discovery::Metadata,
    error::{Code, Error, Phase},
    input::CommandId,
    json::Value,
    log::Happening,
    options::Options,
    output::{Event, Output, Reply},
    provider::AfterMetadata,
    secret::Secret,
    time::Now,
    token::{self, REFRESH_TOKEN},
    url::with_query,
};

/// How long a sign-out waits for the revocation, in milliseconds. The page leaves for the server
/// afterwards, and takes the requests of its worker with it.
const LONGEST_REVOCATION: u64 = 2_000;

/// A sign-out that is over here, and not yet at the server.
pub(super) struct SignOutStep {
    /// Who waits, if anybody still does.
    command: Option<CommandId>,
    /// To be revoked, and of which kind it is.
    token: Option<(Secret<String>, &'static str)>,
    id_token: Option<Secret<String>>,
    options: SignOutOptions,
}

/// What the page asked for.
struct SignOutOptions {
    return_to: Option<String>,
    local_only: bool,
    /// More parameters for the logout request, `state` among them.
    parameters: Vec<(String, String)>,
}

impl SignOutStep {
    /// The logout request (RP-Initiated Logout 1.0 section 2), or the one that the app's provider
    /// has instead. `None` where the server has neither.
    #[must_use]
    fn url(&self, config: &Config, metadata: &Metadata) -> Option<String> {
        let own_page = config.profile.sign_out_page(metadata);
        let is_standard = own_page.is_none();
        let (endpoint, return_to_name) = match own_page {
            Some(page) => page,
            None => (
                metadata.end_session_endpoint.clone()?,
                "post_logout_redirect_uri",
            ),
        };
        let mut parameters = Vec::from([("client_id", config.client_id.as_str())]);
        // A page of the provider's own has no use for it, and it says who signed in.
        if is_standard && let Some(id_token) = &self.id_token {
            // EXPOSE: the session is over, and the server wants its ID token as a hint; it leaves in
            // the URL that the page goes to.
            parameters.push(("id_token_hint", id_token.expose()));
        }
        let options = &self.options;
        for (name, value) in &options.parameters {
            parameters.push((name, value));
        }
        // A provider's own page may have been given it by its own name; it is never there twice.
        let is_given = parameters.iter().any(|(name, _)| *name == return_to_name);
        let configured = config.post_logout_redirect_uri.as_ref();
        if let Some(return_to) = options.return_to.as_ref().or(configured)
            && !is_given
        {
            parameters.push((return_to_name, return_to));
        }
        Some(with_query(&endpoint, &parameters))
    }
}

impl Session {
    /// Forgets the session at once, here and in the escrow, then tells the server.
    pub(super) fn sign_out(&mut self, command: CommandId, options: Value, now: Now) {
        let options = match SignOutOptions::parse(options) {
            Ok(options) => options,
            Err(error) => return self.reply(command, Phase::Logout, Err(error)),
        };
        let grant = self.end_session();
        self.sign_outs.0 += 1;
        self.fail_waiting_calls(None, &Code::LoginRequired.into());
        let mut step = SignOutStep {
            command: Some(command),
            token: None,
            id_token: None,
            options,
        };
        // One that went to another vault ends there.
        if grant.is_some() || self.escrow.has_moved() {
            let local_only = step.options.local_only.into();
            self.log(Happening::SignedOut, "", local_only, 0, 0);
            self.outputs.push(Output::Event(Event::SignedOut));
        }
        if let Some(mut grant) = grant {
            let refresh_token = grant.refresh_token.take();
            // Without one there is but the sign-in's access token, and what was bought with it.
            step.token = refresh_token
                .map(|token| (token, REFRESH_TOKEN))
                .or_else(|| {
                    let token = grant.copy_of_access_token(self.config.initial_target());
                    Some((token?, "access_token"))
                });
            step.id_token = grant.id_token;
        }
        if let Some(step) = self.forget_all(step) {
            self.go_on_with_sign_out(step, now);
        }
    }

    /// The escrow has forgotten the session.
    pub(super) fn go_on_with_sign_out(&mut self, mut step: SignOutStep, now: Now) {
        let has_token = step.token.is_some();
        // An app that leaves the page next takes the revocation with it, so it waits for that. But not
        // for the metadata, too.
        if step.options.local_only
            && !(has_token && self.provider.metadata().is_some())
            && let Some(command) = step.command.take()
        {
            self.reply(command, Phase::Logout, Ok(Reply::SignedOut(None)));
            if !has_token {
                return;
            }
        }
        self.with_metadata(AfterMetadata::SignOut(step), now);
    }

    /// Revokes the token (RFC 7009), and lets the page go when that is done or has taken
    /// too long.
    pub(super) fn sign_out_at_server(&mut self, mut step: SignOutStep, metadata: &Metadata) {
        let endpoint = self.config.profile.revocation_endpoint(metadata);
        if let (Some((token, hint)), Some(url)) = (step.token.take(), endpoint) {
            let form = token::revocation_request(&self.config, &token, hint);
            let timeout = LONGEST_REVOCATION.min(self.config.http_timeout_milliseconds);
            let pending = Pending::Revocation(Some(step));
            self.request_within(timeout, url.clone(), Some(form), pending);
        } else if let Some(command) = step.command {
            let url = Some(metadata).filter(|_| !step.options.local_only);
            let url = url.and_then(|metadata| step.url(&self.config, metadata));
            self.reply(command, Phase::Logout, Ok(Reply::SignedOut(url)));
        }
    }

    /// The server can't be told. The session is over here, which is what counts most.
    pub(super) fn stop_sign_out(&mut self, step: &SignOutStep) {
        if let Some(command) = step.command {
            self.reply(command, Phase::Logout, Ok(Reply::SignedOut(None)));
        }
    }
}

impl SignOutOptions {
    fn parse(options: Value) -> Result<Self, Error> {
        let mut options = Options::new(options, "", Code::InvalidArgument);
        let return_to = options.url(
            "returnTo",
            "an absolute https URL that the server knows as post-logout redirect URI, for example 'https://app.example/'",
        );
        let local_only = options.flag("localOnly", "true or false");
        let mut parameters = options.parameters("logoutParams");
        let is_ours = |name: &str| matches!(name, "id_token_hint" | "post_logout_redirect_uri");
        if parameters.iter().any(|(name, _)| is_ours(name)) {
            options.refuse(
                "logoutParams",
                "without `id_token_hint` and `post_logout_redirect_uri`, which holdfast sets",
            );
        }
        if let Some(state) = options.text("state", "a text, which comes back with the person") {
            parameters.push(("state".into(), state));
        }
        options.finish().map(|()| Self {
            return_to,
            local_only,
            parameters,
        })
    }
}
