//! What is known of the authorization server: its metadata and its keys, each fetched when first
//! needed, once for all who wait.

use alloc::vec::Vec;
use core::mem;

use super::{
    Pending, Session,
    callback::AuthorizationResponse,
    config::Config,
    discovery::{Metadata, WellKnown},
    error::{Code, Error, Phase},
    input::{CommandId, HttpFailure, HttpResponse},
    json,
    jwks::{Algorithm, KeySet},
    output::Reply,
    sign_in::{Candidate, PendingCallback, PendingSignIn},
    time::{Monotonic, Now},
};

/// The authorization server.
pub(super) struct Provider {
    metadata: Option<Metadata>,
    metadata_is_on_its_way: bool,
    waiting_for_metadata: Vec<AfterMetadata>,
    keys: Option<KeySet>,
    keys_are_on_their_way: bool,
    keys_refetched_at: Option<Monotonic>,
    waiting_for_keys: Vec<Candidate>,
}

/// What goes on once the metadata is there.
pub(super) enum AfterMetadata {
    /// Build the authorization request.
    SignIn(PendingSignIn),
    /// Look for the sign-in that an authorization response belongs to.
    Response(CommandId, AuthorizationResponse),
    /// Believe, or not, an authorization response.
    Callback(PendingCallback),
    /// Send the refresh.
    Refresh,
    /// Sign out at the server, too.
    SignOut(CommandId, super::sign_out::SignOutRequest),
}

/// How long after an unknown key id made us fetch the keys again no other one does, in milliseconds.
/// Tokens with made-up key ids must not turn us into a load on the server.
const KEYS_COOL_DOWN: u64 = 30_000;

impl Provider {
    /// A server of which nothing is known but what the configuration says.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            metadata: config.metadata.clone(),
            metadata_is_on_its_way: false,
            waiting_for_metadata: Vec::new(),
            keys: None,
            keys_are_on_their_way: false,
            keys_refetched_at: None,
            waiting_for_keys: Vec::new(),
        }
    }

    /// The metadata, where it is known.
    pub(super) const fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// The key for a token with this header, where it is known.
    pub(super) fn key(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> Option<serde_json::Value> {
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
        self.provider.waiting_for_metadata.push(job);
        if !mem::replace(&mut self.provider.metadata_is_on_its_way, true) {
            self.request_metadata(WellKnown::OpenIdConfiguration);
        }
    }

    pub(super) fn handle_metadata(
        &mut self,
        place: WellKnown,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let result = match result {
            // RFC 8414 section 3.1 and common practice: not there, so look at the other place.
            Ok(response) if matches!(response.status, 400..=499) && response.status != 429 => {
                if let Some(next) = place.next() {
                    self.request_metadata(next);
                    return;
                }
                Err(Error::with(
                    Code::DiscoveryInvalid,
                    "the server has none at either well-known URL",
                ))
            }
            Ok(response) => read_metadata(&response, &self.config.issuer),
            Err(failure) => Err(failure.into()),
        };
        self.provider.metadata_is_on_its_way = false;
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
                    self.stop(job, error.clone(), now);
                }
            }
        }
    }

    /// Asks for the keys while the code is on its way, so that they are there when they are needed.
    pub(super) fn prefetch_keys(&mut self) {
        if self.provider.keys.is_none() {
            self.request_keys();
        }
    }

    /// Goes on with `candidate` when the keys were fetched (again). The key that it needs may be
    /// newer than the keys at hand: servers rotate them (OpenID Connect Core section 10.1.1).
    pub(super) fn wait_for_keys(&mut self, candidate: Candidate, now: Now) {
        let provider = &mut self.provider;
        if provider.keys_are_on_their_way {
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
        self.provider.keys_are_on_their_way = false;
        let candidates = mem::take(&mut self.provider.waiting_for_keys);
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
        let Some(metadata) = &self.provider.metadata else {
            return;
        };
        let url = metadata.jwks_uri.clone();
        if !mem::replace(&mut self.provider.keys_are_on_their_way, true) {
            self.request(url, None, Pending::Keys);
        }
    }

    fn go_on(&mut self, job: AfterMetadata, metadata: &Metadata, now: Now) {
        match job {
            AfterMetadata::SignIn(sign_in) => self.send_to_server(sign_in, metadata, now),
            AfterMetadata::Response(command, response) => self.take_transaction(command, response),
            AfterMetadata::Callback(callback) => self.exchange_code(callback, metadata),
            AfterMetadata::Refresh => self.send_refresh(&metadata.token_endpoint, now),
            AfterMetadata::SignOut(command, request) => {
                let url = request.url(&self.config, metadata);
                self.reply(command, Phase::Logout, Ok(Reply::SignedOut(url)));
            }
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
            // The session is over here, which is what counts most.
            AfterMetadata::SignOut(command, _) => {
                self.reply(command, Phase::Logout, Ok(Reply::SignedOut(None)));
            }
        }
    }
}

fn read_metadata(response: &HttpResponse, issuer: &str) -> Result<Metadata, Error> {
    match response.status {
        200 => {
            // EXPOSE: metadata is public.
            let document = json::parse(response.body.expose())
                .ok_or_else(|| Error::with(Code::DiscoveryInvalid, "it is no JSON"))?;
            Metadata::parse(document, issuer)
        }
        429 | 500..=599 => Err(Code::ServerUnavailable.into()),
        status => Err(Error::with(
            Code::DiscoveryInvalid,
            alloc::format!("the server answered {}", u64::from(status)),
        )),
    }
}
