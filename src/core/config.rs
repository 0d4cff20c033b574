//! The configuration: parsed once from the page's options, then fixed for the life of the vault.

use alloc::{format, string::String, vec::Vec};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    authorize::names_a_target,
    discovery::Metadata,
    error::{Code, Error},
    json,
    options::Options,
    resource::{Resource, Target, TargetIndex},
    url::HttpUrl,
};

/// What the vault was started with.
pub struct Config {
    /// The issuer identifier, compared character by character.
    pub issuer: String,
    /// The client identifier that the server registered.
    pub client_id: String,
    /// Where the server sends the browser back to.
    pub redirect_uri: String,
    /// Where the server sends the browser after sign-out, if the app says so.
    pub post_logout_redirect_uri: Option<String>,
    /// The scope of the authorization request, which always has `openid`.
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
    /// After how many milliseconds a request to the server counts as lost.
    pub http_timeout_milliseconds: u64,
    /// The server's metadata where the app gave it instead of discovery.
    pub metadata: Option<Metadata>,
    /// A digest of all options: two vaults are the same only where this is.
    pub fingerprint: [u8; 32],
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
        let mut hasher = Sha256::new();
        json::hash(&options, &mut hasher);
        let mut options = Options::new(options, "", Code::InvalidOptions);
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
        let scope = parse_scope(&mut options);
        let (resources, targets) = parse_resources(&mut options);
        let config = Self {
            metadata: parse_metadata(&mut options, &issuer),
            issuer,
            client_id,
            redirect_uri,
            post_logout_redirect_uri,
            scope,
            resources,
            targets,
            authorization_params: options.parameters("authorizationParams"),
            clock_tolerance_seconds: options.number("clockToleranceSeconds", 0..=300, 30),
            rotation_grace_seconds: options.number("rotationGraceSeconds", 0..=600, 10),
            replay_lost_refresh: parse_replay(&mut options),
            http_timeout_milliseconds: options.number("httpTimeoutSeconds", 1..=120, 10) * 1_000,
            fingerprint: hasher.finalize().into(),
        };
        let has_named = config
            .targets
            .iter()
            .any(|target| target.audience.is_some() || target.resource.is_some());
        if has_named && names_a_target(&config.authorization_params) {
            let allowed = "without `audience` and `resource` where `resources` has them: one token would be taken for another";
            options.refuse("authorizationParams", allowed);
        }
        let no_exposure = "false: no access token leaves the vault";
        if options.flag("exposeAccessToken", no_exposure) {
            options.refuse("exposeAccessToken", no_exposure);
        }
        options.finish().map(|()| config)
    }

    /// The target that a sign-in's own access token is for: the first that names an audience, which
    /// is what the authorization request then asks for, or else the first.
    #[must_use]
    pub fn initial_target(&self) -> TargetIndex {
        let named = self
            .targets
            .iter()
            .position(|target| target.audience.is_some());
        TargetIndex(named.unwrap_or_default())
    }

    /// Whether a sign-in's access token is exactly what the initial target asks for. The
    /// authorization request asks for the scopes of all targets, and a code can't be redeemed for
    /// fewer.
    #[must_use]
    pub fn initial_token_is_exact(&self) -> bool {
        self.targets.len() == 1
            || self
                .target(self.initial_target())
                .is_none_or(|target| target.scope.is_none())
    }

    /// The target of an index that this configuration gave out.
    #[must_use]
    pub fn target(&self, index: TargetIndex) -> Option<&Target> {
        self.targets.get(index.0)
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

fn parse_scope(options: &mut Options) -> String {
    let allowed = "scopes with one space between them, for example 'openid profile offline_access'";
    let scope = options
        .text("scope", allowed)
        .unwrap_or_else(|| "openid".into());
    if !is_scope(&scope) {
        options.refuse("scope", allowed);
    }
    if scope.split(' ').any(|token| token == "openid") {
        scope
    } else {
        ["openid ", &scope].concat()
    }
}

/// `scope = scope-token *( SP scope-token )` (RFC 6749 section 3.3).
fn is_scope(text: &str) -> bool {
    text.split(' ').all(|token| {
        !token.is_empty()
            && token
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    })
}

fn parse_resources(options: &mut Options) -> (Vec<Resource>, Vec<Target>) {
    let allowed = "a list of URLs that may receive a token, for example ['https://api.example/v1/'] or [{ url: 'https://api.example/', audience: 'my-api' }]";
    let allowed_url = "https URLs in normal form, without query and fragment (http only on this machine), for example 'https://api.example/v1/'";
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
            Some(url) if is_plain(&url) => resources.push(Resource::new(&url, TargetIndex(index))),
            _ => options.refuse("resources", allowed_url),
        }
    }
    if targets.is_empty() {
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
    if let Err(error) = entry.finish() {
        options.fail(error);
    }
    (
        url,
        Target {
            audience,
            resource,
            scope,
        },
    )
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

fn parse_metadata(options: &mut Options, issuer: &str) -> Option<Metadata> {
    match Metadata::parse(options.value("metadata")?, issuer) {
        Ok(metadata) => Some(metadata),
        Err(error) => {
            let problem = error
                .detail
                .as_deref()
                .unwrap_or_else(|| error.code.message());
            options.fail(Error::with(
                Code::InvalidOptions,
                format!("`metadata` is wrong: {problem}"),
            ));
            None
        }
    }
}

/// A URL by which the server or an API is named.
fn is_plain(url: &HttpUrl<'_>) -> bool {
    url.is_confidential() && url.query.is_none() && url.fragment.is_none()
}

/// A resource indicator: an absolute URI without a fragment (RFC 8707 section 2).
fn is_absolute_uri(text: &str) -> bool {
    let scheme_is_fine = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && !rest.is_empty()
    });
    scheme_is_fine && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !text.contains('#')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn valid() -> Value {
        json!({
            "issuer": "https://login.example",
            "clientId": "app",
            "redirectUri": "https://app.example/callback",
            "resources": ["https://api.example/"],
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut options = valid();
        options[name] = value;
        options
    }

    fn refusal(options: Value) -> String {
        let error = Config::parse(options)
            .err()
            .expect("these options should be refused");
        assert_eq!(error.code, Code::InvalidOptions);
        error.detail.unwrap_or_default()
    }

    #[test]
    fn defaults_are_filled_in() {
        let config = Config::parse(valid()).unwrap();
        assert_eq!(config.scope, "openid");
        assert_eq!(config.rotation_grace_seconds, 10);
        assert_eq!(config.http_timeout_milliseconds, 10_000);
        assert_eq!(config.replay_lost_refresh, ReplayLostRefresh::Always);
        assert_eq!(config.targets, [Target::default()]);
    }

    #[test]
    fn openid_is_always_asked_for() {
        let scope = |text: &str| Config::parse(with("scope", json!(text))).unwrap().scope;
        assert_eq!(
            scope("profile offline_access"),
            "openid profile offline_access"
        );
        assert_eq!(scope("profile openid"), "profile openid");
    }

    #[test]
    fn each_missing_option_is_named() {
        for name in ["issuer", "clientId", "redirectUri", "resources"] {
            let mut options = valid();
            options.as_object_mut().unwrap().remove(name);
            let detail = refusal(options);
            assert!(
                detail.starts_with(&format!("`{name}` is missing")),
                "{detail}"
            );
            assert!(detail.contains("for example"), "{detail}");
        }
    }

    #[test]
    fn each_wrong_option_is_named_with_what_is_allowed() {
        for (name, value) in [
            ("issuer", json!("http://login.example")),
            ("issuer", json!("https://login.example/?tenant=1")),
            ("issuer", json!("https://login.example/#")),
            ("issuer", json!("login.example")),
            ("issuer", json!(7)),
            ("clientId", json!("")),
            ("redirectUri", json!("/callback")),
            ("redirectUri", json!("https://app.example/#/callback")),
            ("redirectUri", json!("http://app.example/")),
            ("postLogoutRedirectUri", json!("javascript:alert(1)")),
            ("scope", json!("openid  profile")),
            ("scope", json!(["openid"])),
            ("resources", json!("https://api.example/")),
            ("resources", json!([1])),
            ("resources", json!(["*"])),
            ("resources", json!(["https://*.example/"])),
            ("resources", json!(["http://api.example/"])),
            ("resources", json!(["https://api.example/?q"])),
            ("authorizationParams", json!("prompt=login")),
            ("authorizationParams", json!({ "claims": { "a": 1 } })),
            ("clockToleranceSeconds", json!(-1)),
            ("clockToleranceSeconds", json!(301)),
            ("rotationGraceSeconds", json!("10")),
            ("replayLostRefresh", json!("never")),
            ("httpTimeoutSeconds", json!(0)),
            ("httpTimeoutSeconds", json!(1.5)),
            ("exposeAccessToken", json!(true)),
        ] {
            let detail = refusal(with(name, value));
            assert!(
                detail.starts_with(&format!("`{name}` must be ")),
                "{name}: {detail}"
            );
        }
    }

    #[test]
    fn parameters_that_decide_on_security_are_ours_alone() {
        for name in OWN {
            let detail = refusal(with("authorizationParams", json!({ name: "x" })));
            assert!(detail.contains(name), "{detail}");
        }
    }
    const OWN: [&str; 6] = [
        "state",
        "nonce",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "client_secret",
    ];

    #[test]
    fn a_typing_mistake_is_found() {
        assert_eq!(
            refusal(with("redirectURI", json!("x"))),
            "there is no option `redirectURI`"
        );
        let resources = json!([{ "url": "https://api.example/", "audiance": "x" }]);
        assert_eq!(
            refusal(with("resources", resources)),
            "there is no option `resources[].audiance`"
        );
    }

    #[test]
    fn resources_with_equal_targets_share_a_token() {
        let config = Config::parse(with(
            "resources",
            json!([
                "https://a.example/",
                { "url": "https://b.example/", "audience": "b" },
                { "url": "https://c.example/" },
                { "url": "https://d.example/", "audience": "b" },
            ]),
        ))
        .unwrap();
        assert_eq!(config.targets.len(), 2);
        assert_eq!(config.resources[0].target, config.resources[2].target);
        assert_eq!(config.resources[1].target, config.resources[3].target);
    }

    #[test]
    fn the_fingerprint_is_of_all_options_in_any_order() {
        let one = Config::parse(serde_json::from_str(r#"{"issuer":"https://l.example","clientId":"a","redirectUri":"https://a.example/","resources":[]}"#).unwrap()).unwrap();
        let two = Config::parse(serde_json::from_str(r#"{"clientId":"a","issuer":"https://l.example","resources":[],"redirectUri":"https://a.example/"}"#).unwrap()).unwrap();
        let three = Config::parse(serde_json::from_str(r#"{"clientId":"a","issuer":"https://l.example","resources":["https://api.example/"],"redirectUri":"https://a.example/"}"#).unwrap()).unwrap();
        assert_eq!(one.fingerprint, two.fingerprint);
        assert_ne!(one.fingerprint, three.fingerprint);
    }
}
