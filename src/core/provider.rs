//! What is known of the authorization server: its metadata and its keys, each fetched when first
//! needed, once for all who wait.

use alloc::{string::String, vec::Vec};
use core::mem;

use super::{
    Pending, Session,
    callback::AuthorizationResponse,
    config::Config,
    decimal::decimal,
    departure::PendingSignIn,
    discovery::{Metadata, WellKnown},
    error::{Code, Error, Phase},
    input::{CommandId, HttpFailure, HttpResponse},
    json,
    jwks::{Algorithm, KeySet},
    secret::Secret,
    sign_in::{Candidate, PendingCallback},
    time::{Monotonic, Now},
    token::{self, REFRESH_TOKEN},
};

/// The authorization server.
pub(super) struct Provider {
    metadata: Option<Metadata>,
    /// The request for it that is under way.
    metadata_request: Option<Asked>,
    waiting_for_metadata: Vec<AfterMetadata>,
    keys: Option<KeySet>,
    keys_request: Option<Asked>,
    keys_refetched_at: Option<Monotonic>,
    waiting_for_keys: Vec<Candidate>,
}

/// Why a request is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Before anybody needed the answer.
    Ahead,
    WhenNeeded,
}

/// What goes on once the metadata is there.
pub(super) enum AfterMetadata {
    /// Fetch the keys, for a response that is to be expected.
    Keys,
    /// Build the authorization request.
    SignIn(PendingSignIn),
    /// Look for the sign-in that an authorization response belongs to.
    Response(CommandId, AuthorizationResponse),
    /// Believe, or not, an authorization response.
    Callback(PendingCallback),
    /// Send the refresh.
    Refresh,
    /// Ask the userinfo endpoint.
    Userinfo(CommandId),
    /// Revoke a refresh token, if the server has a way.
    Revoke(Secret<String>),
    /// Sign out at the server, too.
    SignOut(super::sign_out::SignOutStep),
}

/// How long after an unknown key id made us fetch the keys again no other one does, in milliseconds.
/// Tokens with made-up key ids must not turn us into a load on the server.
const KEYS_COOL_DOWN: u64 = 30_000;

impl Provider {
    /// A server of which nothing is known but what the configuration says.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            metadata: config.metadata.clone(),
            metadata_request: None,
            waiting_for_metadata: Vec::new(),
            keys: None,
            keys_request: None,
            keys_refetched_at: None,
            waiting_for_keys: Vec::new(),
        }
    }

    /// The metadata, where it is known.
    pub(super) const fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// The key for a token with this header, where it is known.
    pub(super) fn key(&self, algorithm: Algorithm, key_id: Option<&str>) -> Option<json::Value> {
        self.keys.as_ref()?.find(algorithm, key_id)
    }
}

impl Session {
    /// Goes on with `job` as soon as the metadata is there.
    pub(super) fn with_metadata(&mut self, job: AfterMetadata, now: Now) {
        if let Some(metadata) = self.provider.metadata.clone() {
            self.go_on(job, &metadata, now);
            return;
        }
        let asked = match job {
            AfterMetadata::Keys => Asked::Ahead,
            _ => Asked::WhenNeeded,
        };
        self.provider.waiting_for_metadata.push(job);
        if self.provider.metadata_request.is_none() {
            self.provider.metadata_request = Some(asked);
            self.request_metadata(WellKnown::first(self.config.is_openid));
        }
    }

    pub(super) fn handle_metadata(
        &mut self,
        place: WellKnown,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let is_openid = self.config.is_openid;
        let is_absent = match &result {
            Ok(response) => matches!(response.status, 400..=499) && response.status != 429,
            // Servers are known to answer 404 without CORS, which browsers don't tell from a broken
            // network. Where OpenID Connect is expected its place is expected, too.
            Err(failure) => !is_openid && *failure == HttpFailure::Network,
        };
        if is_absent && place == WellKnown::first(is_openid) {
            // RFC 8414 section 3.1 and common practice: not there, so look at the other place.
            self.request_metadata(place.other());
            return;
        }
        let asked = self.provider.metadata_request.take();
        let was_lost_ahead = asked == Some(Asked::Ahead) && result.is_err();
        let result = match result {
            Ok(_) if is_absent => Err(Error::with(
                Code::DiscoveryInvalid,
                "the server has none at either well-known URL",
            )),
            Ok(response) => read_metadata(&response, &self.config),
            Err(failure) => Err(failure.into()),
        };
        let jobs = mem::take(&mut self.provider.waiting_for_metadata);
        match result {
            Ok(metadata) => {
                self.provider.metadata = Some(metadata.clone());
                for job in jobs {
                    self.go_on(job, &metadata, now);
                }
            }
            Err(error) => {
                for job in jobs {
                    if !was_lost_ahead {
                        self.stop(job, error.clone(), now);
                    } else if !matches!(job, AfterMetadata::Keys) {
                        // It was under way before it was needed. Its loss is nobody's.
                        self.with_metadata(job, now);
                    }
                }
            }
        }
    }

    /// Asks for the keys before the code is sent or while it is on its way, so that they are there
    /// when they are needed.
    pub(super) fn prefetch_keys(&mut self) {
        if self.config.is_openid && self.provider.keys.is_none() {
            self.request_keys();
        }
    }

    /// Goes on with `candidate` when the keys were fetched (again). The key that it needs may be
    /// newer than the keys at hand: servers rotate them (OpenID Connect Core section 10.1.1).
    pub(super) fn wait_for_keys(&mut self, candidate: Candidate, now: Now) {
        let provider = &mut self.provider;
        if provider.keys_request.is_some() {
            provider.waiting_for_keys.push(candidate);
            return;
        }
        if provider.keys.is_some() {
            if provider
                .keys_refetched_at
                .is_some_and(|at| now.monotonic < at.after(KEYS_COOL_DOWN))
            {
                self.refuse_candidate(candidate, Code::IdTokenKey.into(), now);
                return;
            }
            provider.keys_refetched_at = Some(now.monotonic);
        }
        provider.waiting_for_keys.push(candidate);
        self.request_keys();
    }

    pub(super) fn handle_keys(&mut self, result: Result<HttpResponse, HttpFailure>, now: Now) {
        let asked = self.provider.keys_request.take();
        let candidates = mem::take(&mut self.provider.waiting_for_keys);
        if asked == Some(Asked::Ahead) && result.is_err() && !candidates.is_empty() {
            // They were under way before they were needed, and the code can't be had again.
            self.provider.waiting_for_keys = candidates;
            self.request_keys();
            return;
        }
        let result = match result {
            // EXPOSE: a key set is public.
            Ok(response) if response.status == 200 => KeySet::parse(response.body.expose()),
            Ok(response) if response.status >= 500 => Err(Code::ServerUnavailable.into()),
            Ok(_) => Err(Error::with(
                Code::JwksInvalid,
                "there is none at `jwks_uri`",
            )),
            Err(failure) => Err(failure.into()),
        };
        match result {
            Ok(keys) => {
                self.provider.keys = Some(keys);
                for candidate in candidates {
                    self.verify(candidate, now);
                }
            }
            Err(error) => {
                for candidate in candidates {
                    self.refuse_candidate(candidate, error.clone(), now);
                }
            }
        }
    }

    fn request_metadata(&mut self, place: WellKnown) {
        let url = place.url(&self.config.issuer);
        self.request(url, None, Pending::Metadata(place));
    }

    fn request_keys(&mut self) {
        let metadata = self.provider.metadata.as_ref();
        let Some(url) = metadata.and_then(|metadata| metadata.jwks_uri.clone()) else {
            return;
        };
        if self.provider.keys_request.is_none() {
            self.provider.keys_request = Some(Asked::WhenNeeded);
            self.request(url, None, Pending::Keys);
        }
    }

    fn go_on(&mut self, job: AfterMetadata, metadata: &Metadata, now: Now) {
        match job {
            AfterMetadata::Keys => {
                if self.provider.keys_request.is_none() {
                    self.prefetch_keys();
                    let request = &mut self.provider.keys_request;
                    *request = request.map(|_| Asked::Ahead);
                }
            }
            AfterMetadata::SignIn(sign_in) => self.prepare_key(sign_in, metadata, now),
            AfterMetadata::Response(command, response) => {
                self.take_transaction(command, response, now);
            }
            AfterMetadata::Callback(callback) => self.exchange_code(callback, metadata, now),
            AfterMetadata::Refresh => self.send_refresh(&metadata.token_endpoint, now),
            AfterMetadata::Userinfo(id) => self.ask_userinfo(id, metadata, now),
            AfterMetadata::Revoke(refresh_token) => {
                if let Some(url) = self.config.profile.revocation_endpoint(metadata) {
                    let form =
                        token::revocation_request(&self.config, &refresh_token, REFRESH_TOKEN);
                    self.request(url.clone(), Some(form), Pending::Revocation(None));
                }
            }
            AfterMetadata::SignOut(step) => self.sign_out_at_server(step, metadata),
        }
    }

    fn stop(&mut self, job: AfterMetadata, error: Error, now: Now) {
        match job {
            AfterMetadata::SignIn(sign_in) => self.reply(sign_in.command, Phase::Login, Err(error)),
            AfterMetadata::Response(command, _)
            | AfterMetadata::Callback(PendingCallback { command, .. }) => {
                self.reply(command, Phase::Callback, Err(error));
            }
            AfterMetadata::Refresh => self.give_up_refresh(None, error, 0, now),
            AfterMetadata::Userinfo(id) => self.end_userinfo(id, Err(error)),
            // Best effort.
            AfterMetadata::Revoke(_) | AfterMetadata::Keys => {}
            AfterMetadata::SignOut(step) => self.stop_sign_out(&step),
        }
    }
}

fn read_metadata(response: &HttpResponse, config: &Config) -> Result<Metadata, Error> {
    match response.status {
        200 => {
            // EXPOSE: metadata is public.
            let document = json::parse(response.body.expose())
                .ok_or_else(|| Error::with(Code::DiscoveryInvalid, "it is no JSON"))?;
            Metadata::parse(
                document,
                &config.given_metadata,
                &config.issuer,
                config.is_openid,
            )
        }
        429 | 500..=599 => Err(Code::ServerUnavailable.into()),
        status => Err(Error::with(
            Code::DiscoveryInvalid,
            ["the server answered ", &decimal(status.into())].concat(),
        )),
    }
}
