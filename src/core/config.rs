//! The configuration: parsed once from the page's options, then fixed for the life of the vault.

use alloc::{string::String, vec::Vec};

use super::{
    authorize::{names_a_target, needs_id_token},
    discovery::Metadata,
    error::{Code, Error},
    fingerprint,
    json::{Map, Value},
    options::{Mode, Options},
    profile::{self, Profile},
    resource::{Resource, Target, TargetIndex, UNNARROWED, is_ambiguous},
    url::HttpUrl,
};

/// What the vault was started with.
pub struct Config {
    /// The defaults for the server that the app named, or those of the standards.
    pub profile: &'static Profile,
    /// The issuer identifier, compared character by character.
    pub issuer: String,
    /// The client identifier that the server registered.
    pub client_id: String,
    /// Where the server sends the browser back to.
    pub redirect_uri: String,
    /// Where the server sends the browser after sign-out, if the app says so.
    pub post_logout_redirect_uri: Option<String>,
    /// Whether the server has OpenID Connect, so that there are ID tokens.
    pub is_openid: bool,
    /// The scope of the authorization request. With OpenID Connect it has `openid`, and without it
    /// may be empty.
    pub scope: String,
    /// Who may receive a token.
    pub resources: Vec<Resource>,
    /// The access tokens that the resources need. There is at least one.
    pub targets: Vec<Target>,
    /// Extra parameters for each authorization request.
    pub authorization_params: Vec<(String, String)>,
    /// By how many seconds the server's clock may differ from this device's.
    pub clock_tolerance_seconds: u64,
    /// How long the server takes a refresh token again after it was rotated.
    pub rotation_grace_seconds: u64,
    /// Whether a refresh whose answer was lost is repeated after the grace period, too.
    pub replay_lost_refresh: ReplayLostRefresh,
    /// Whether the app may have access tokens in its own hands.
    pub gives_access_tokens: bool,
    /// What the app wants of DPoP.
    pub dpop: Mode,
    /// What the app wants of pushed authorization requests.
    pub par: Mode,
    /// After how many milliseconds a request to the server counts as lost.
    pub http_timeout_milliseconds: u64,
    /// The server's metadata where what the app gave makes discovery needless.
    pub metadata: Option<Metadata>,
    /// What the app gave of the server's metadata. It goes over what the server says.
    pub given_metadata: Map,
    /// A digest of all options: two vaults are the same only where this is.
    pub fingerprint: [u8; 32],
    /// A digest of the options that decide who may get a token: a session may pass from one vault
    /// to another only where this is the same.
    pub recipients_fingerprint: [u8; 32],
}

/// What to do about a refresh of which nobody knows whether the server has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayLostRefresh {
    /// Send the same token again for as long as calls need one.
    Always,
    /// Only within the grace period; later, end the session rather than raise a reuse alarm.
    WithinGrace,
}

impl Config {
    /// Parses what the page gave to `createAuthClient`.
    ///
    /// # Errors
    /// [`Code::InvalidOptions`], naming the option, what it must be, and an example.
    pub fn parse(options: Value) -> Result<Self, Error> {
        let fingerprint = fingerprint::of(&options);
        let recipients_fingerprint = fingerprint::of_recipients(options.clone());
        let mut options = Options::new(options, "", Code::InvalidOptions);
        let profile = profile::parse(&mut options);
        let issuer = parse_issuer(&mut options);
        let client_id = options.required_text(
            "clientId",
            "the client id that the server registered, for example 'my-app'",
        );
        let redirect_uri = parse_redirect_uri(&mut options);
        let post_logout_redirect_uri = options.url(
            "postLogoutRedirectUri",
            "an absolute https URL that the server knows, for example 'https://app.example/'",
        );
        let is_openid = parse_openid(&mut options);
        let scope = parse_scope(&mut options, profile, is_openid);
        let (resources, targets) = parse_resources(&mut options);
        check_host(&mut options);
        let (metadata, given_metadata) = parse_metadata(&mut options, &issuer, is_openid);
        let config = Self {
            profile,
            metadata,
            given_metadata,
            issuer,
            client_id,
            redirect_uri,
            post_logout_redirect_uri,
            is_openid,
            scope,
            resources,
            targets,
            authorization_params: options.parameters("authorizationParams"),
            clock_tolerance_seconds: options.number("clockToleranceSeconds", 0..=300, 30),
            rotation_grace_seconds: options.number("rotationGraceSeconds", 0..=600, profile.grace),
            replay_lost_refresh: parse_replay(&mut options),
            gives_access_tokens: options.flag("exposeAccessToken", "true or false"),
            dpop: options.mode("dpop", Mode::Off),
            par: options.mode("par", Mode::Auto),
            http_timeout_milliseconds: options.number("httpTimeoutSeconds", 1..=120, 10) * 1_000,
            fingerprint,
            recipients_fingerprint,
        };
        let has_named = config
            .sign_in_targets()
            .any(|target| target.audience.is_some() || target.resource.is_some());
        if has_named && names_a_target(&config.authorization_params) {
            let allowed = "without `audience` and `resource` where `resources` has them: one token would be taken for another";
            options.refuse("authorizationParams", allowed);
        }
        if !is_openid {
            check_without_openid(&mut options, &config);
        }
        options.finish().map(|()| config)
    }

    /// The target that a sign-in's own access token is for: the first that names an audience, which
    /// is what the authorization request then asks for, or else the first.
    #[must_use]
    pub fn initial_target(&self) -> TargetIndex {
        let position = |is_it: fn(&Target) -> bool| {
            self.targets
                .iter()
                .position(|target| !target.is_exchanged && is_it(target))
        };
        let named = position(|target| target.audience.is_some());
        TargetIndex(named.or_else(|| position(|_| true)).unwrap_or_default())
    }

    /// The targets that a sign-in is for. Tokens for the others are bought with its own (RFC 8693).
    pub fn sign_in_targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| !target.is_exchanged)
    }

    /// Whether the access token for `target` is bought with the initial target's (RFC 8693).
    #[must_use]
    pub fn is_exchanged(&self, target: TargetIndex) -> bool {
        self.target(target)
            .is_some_and(|target| target.is_exchanged)
    }

    /// Whether a sign-in's access token is exactly what the initial target asks for. The
    /// authorization request asks for the scopes of all targets, and a code can't be redeemed for
    /// fewer.
    #[must_use]
    pub fn initial_token_is_exact(&self) -> bool {
        self.sign_in_targets().count() == 1
            || self
                .target(self.initial_target())
                .is_none_or(|target| target.scope.is_none())
    }

    /// The target of an index that this configuration gave out, or of the next one: that asks for
    /// all that the sign-in was given.
    #[must_use]
    pub fn target(&self, index: TargetIndex) -> Option<&Target> {
        let is_unnarrowed = index.0 == self.targets.len();
        let target = self.targets.get(index.0);
        target.or_else(|| is_unnarrowed.then_some(UNNARROWED))
    }
}

fn parse_issuer(options: &mut Options) -> String {
    let allowed = "the server's issuer identifier: an https URL without query and fragment, exactly as the server writes it (http only on this machine), for example 'https://login.example'";
    let issuer = options.required_text("issuer", allowed);
    if !HttpUrl::parse_of_server(&issuer).is_some_and(|url| is_plain(&url)) {
        options.refuse("issuer", allowed);
    }
    issuer
}

fn parse_redirect_uri(options: &mut Options) -> String {
    let allowed = "an absolute https URL without fragment that the server knows (http only on this machine), for example 'https://app.example/callback'";
    let redirect_uri = options.url("redirectUri", allowed).unwrap_or_default();
    if redirect_uri.is_empty() {
        options.miss("redirectUri", allowed);
    }
    if redirect_uri.contains('#') {
        options.refuse("redirectUri", allowed);
    }
    redirect_uri
}

fn parse_openid(options: &mut Options) -> bool {
    match options.value("openid") {
        None => true,
        Some(Value::Bool(is_openid)) => is_openid,
        Some(_) => {
            options.refuse("openid", "true (the default) or false");
            true
        }
    }
}

fn parse_scope(options: &mut Options, profile: &Profile, is_openid: bool) -> String {
    let allowed = "scopes with one space between them, for example 'openid profile offline_access'";
    let Some(scope) = options.text("scope", allowed) else {
        return if is_openid { profile.scope } else { "" }.into();
    };
    if !is_scope(&scope) {
        options.refuse("scope", allowed);
    }
    if !is_openid || has_openid(&scope) {
        scope
    } else {
        ["openid ", &scope].concat()
    }
}

fn has_openid(scope: &str) -> bool {
    scope.split(' ').any(|token| token == "openid")
}

/// What asks for an ID token, or can't be checked without one, is not asked for.
fn check_without_openid(options: &mut Options, config: &Config) {
    let scopes = config
        .targets
        .iter()
        .filter_map(|target| target.scope.as_deref());
    if scopes.chain([config.scope.as_str()]).any(has_openid) {
        options.refuse("scope", "without `openid` where `openid` is false");
    }
    if needs_id_token(&config.authorization_params) {
        let allowed = "without `max_age` and `claims` where `openid` is false";
        options.refuse("authorizationParams", allowed);
    }
}

/// `scope = scope-token *( SP scope-token )` (RFC 6749 section 3.3).
#[must_use]
pub fn is_scope(text: &str) -> bool {
    text.split(' ').all(|token| {
        !token.is_empty()
            && token
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    })
}

fn parse_resources(options: &mut Options) -> (Vec<Resource>, Vec<Target>) {
    let allowed = "a list of URLs that may receive a token, for example ['https://api.example/v1/'] or [{ url: 'https://api.example/', audience: 'my-api' }]";
    let allowed_url = "https URLs in normal form, without user, query, fragment and wildcard (http only on this machine), for example 'https://api.example/v1/'";
    let mut resources = Vec::new();
    let mut targets = Vec::new();
    let entries = match options.value("resources") {
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            options.refuse("resources", allowed);
            Vec::new()
        }
        None => {
            options.miss("resources", allowed);
            Vec::new()
        }
    };
    for entry in entries {
        let (text, target) = match entry {
            Value::String(text) => (text, Target::default()),
            entry @ Value::Object(_) => parse_resource(entry, options),
            _ => {
                options.refuse("resources", allowed);
                continue;
            }
        };
        let index = targets
            .iter()
            .position(|known| *known == target)
            .unwrap_or(targets.len());
        if index == targets.len() {
            targets.push(target);
        }
        match HttpUrl::parse(&text) {
            Some(url) if is_plain(&url) && !is_ambiguous(url.path) && !url.path.contains('*') => {
                resources.push(Resource::new(&url, TargetIndex(index)));
            }
            _ => options.refuse("resources", allowed_url),
        }
    }
    if targets.iter().all(|target| target.is_exchanged) {
        targets.push(Target::default());
    }
    (resources, targets)
}

fn parse_resource(entry: Value, options: &mut Options) -> (String, Target) {
    let mut entry = Options::new(entry, "resources[].", Code::InvalidOptions);
    let url = entry.required_text("url", "a URL, for example 'https://api.example/v1/'");
    let audience = entry.text(
        "audience",
        "the API's identifier, for example 'https://api.example'",
    );
    let allowed = "an absolute URI without fragment (RFC 8707), for example 'https://api.example'";
    let resource = entry.text("resource", allowed);
    if resource
        .as_ref()
        .is_some_and(|resource| !is_absolute_uri(resource))
    {
        entry.refuse("resource", allowed);
    }
    let scope_allowed = "scopes with one space between them, for example 'read write'";
    let scope = entry.text("scope", scope_allowed);
    if scope.as_ref().is_some_and(|scope| !is_scope(scope)) {
        entry.refuse("scope", scope_allowed);
    }
    let is_exchanged = entry.flag("exchange", "true or false");
    if is_exchanged && audience.is_none() && resource.is_none() {
        let allowed = "given with `audience` or `resource`, which say whom the token is for";
        entry.refuse("exchange", allowed);
    }
    if let Err(error) = entry.finish() {
        options.fail(error);
    }
    (
        url,
        Target {
            audience,
            resource,
            scope,
            is_exchanged,
        },
    )
}

/// The page has acted on it by now: what is no host was 'auto' to it.
fn check_host(options: &mut Options) {
    let allowed = "'auto' (the default), 'shared' or 'dedicated'";
    let host = options.text("host", allowed);
    if host.is_some_and(|host| !matches!(host.as_str(), "auto" | "shared" | "dedicated")) {
        options.refuse("host", allowed);
    }
}

fn parse_replay(options: &mut Options) -> ReplayLostRefresh {
    let allowed = "'always' (the default) or 'within-grace'";
    match options.text("replayLostRefresh", allowed).as_deref() {
        None | Some("always") => {}
        Some("within-grace") => return ReplayLostRefresh::WithinGrace,
        Some(_) => options.refuse("replayLostRefresh", allowed),
    }
    ReplayLostRefresh::Always
}

fn parse_metadata(options: &mut Options, issuer: &str, is_openid: bool) -> (Option<Metadata>, Map) {
    let given = match options.value("metadata") {
        None => return (None, Map::new()),
        Some(Value::Object(given)) => given,
        Some(_) => {
            let allowed = "an object with members of the server's metadata, for example { userinfo_endpoint: null }";
            options.refuse("metadata", allowed);
            return (None, Map::new());
        }
    };
    let metadata = Metadata::parse_given(&given, issuer, is_openid).unwrap_or_else(|error| {
        let problem = error.detail.as_deref().unwrap_or_default();
        let detail = ["`metadata` is wrong: ", problem].concat();
        options.fail(Error::with(Code::InvalidOptions, detail));
        None
    });
    (metadata, given)
}

/// A URL by which the server or an API is named.
fn is_plain(url: &HttpUrl<'_>) -> bool {
    url.is_confidential() && url.query.is_none() && url.fragment.is_none()
}

/// An absolute URI without a fragment, as a resource indicator is (RFC 8707 section 2).
pub(super) fn is_absolute_uri(text: &str) -> bool {
    let scheme_is_fine = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && !rest.is_empty()
    });
    scheme_is_fine && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !text.contains('#')
}
