//! The options of `createAuthClient`, as the vault reads them.

use holdfast::core::{
    config::{Config, ReplayLostRefresh},
    error::Code,
    json::{Value, json, parse},
    options::Mode,
    resource::Target,
};

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
    assert_eq!((config.dpop, config.par), (Mode::Off, Mode::Auto));
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
        ("host", json!("everywhere")),
        ("host", json!(true)),
        ("resources", json!("https://api.example/")),
        ("resources", json!([1])),
        ("resources", json!(["*"])),
        ("resources", json!(["https://*.example/"])),
        ("resources", json!(["http://api.example/"])),
        ("resources", json!(["https://api.example/?q"])),
        ("authorizationParams", json!("prompt=login")),
        ("authorizationParams", json!({ "login_hint": { "a": 1 } })),
        ("authorizationParams", json!({ "claims": "a" })),
        ("authorizationParams", json!({ "claims": "[]" })),
        ("authorizationParams", json!({ "claims": 7 })),
        ("authorizationParams", json!({ "claims": [] })),
        ("authorizationParams", json!({ "claims": { "a": 0.5 } })),
        ("clockToleranceSeconds", json!(-1)),
        ("clockToleranceSeconds", json!(301)),
        ("rotationGraceSeconds", json!("10")),
        ("replayLostRefresh", json!("never")),
        ("dpop", json!("on")),
        ("dpop", json!(true)),
        ("par", json!("on")),
        ("httpTimeoutSeconds", json!(0)),
        ("httpTimeoutSeconds", json!(1.5)),
        ("exposeAccessToken", json!("true")),
        ("metadata", json!("https://login.example/metadata")),
        ("metadata", json!([])),
        ("openid", json!("false")),
        ("openid", json!(0)),
    ] {
        let detail = refusal(with(name, value));
        assert!(
            detail.starts_with(&format!("`{name}` must be ")),
            "{name}: {detail}"
        );
    }
}

#[test]
fn each_wrong_member_of_given_metadata_is_named() {
    for (name, value) in [
        ("issuer", json!("https://login.example/")),
        ("issuer", json!(null)),
        ("token_endpoint", json!("http://login.example/token")),
        ("token_endpoint", json!(null)),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!(null)),
        ("jwks_uri", json!(null)),
        ("userinfo_endpoint", json!(7)),
        ("pushed_authorization_request_endpoint", json!("/par")),
        ("require_pushed_authorization_requests", json!("true")),
        (
            "authorization_response_iss_parameter_supported",
            json!("true"),
        ),
        ("id_token_signing_alg_values_supported", json!("RS256")),
        ("code_challenge_methods_supported", json!([])),
    ] {
        let detail = refusal(with("metadata", json!({ name: value })));
        assert!(
            detail.starts_with(&["`metadata` is wrong: `", name, "` "].concat()),
            "{detail}"
        );
    }
}

#[test]
fn metadata_may_be_given_in_part() {
    let config = |metadata: Value| Config::parse(with("metadata", metadata)).unwrap();
    assert!(config(json!({})).metadata.is_none());
    let mut whole = json!({
        "authorization_endpoint": "https://login.example/auth",
        "token_endpoint": "https://login.example/token",
    });
    assert!(config(whole.clone()).metadata.is_none());
    whole["jwks_uri"] = json!("https://login.example/keys");
    assert!(config(whole.clone()).metadata.is_some());
    whole["issuer"] = valid()["issuer"].clone();
    assert!(config(whole).metadata.is_some());
}

#[test]
fn without_openid_nothing_asks_for_an_id_token() {
    let plain = |name: &str, value: Value| {
        let mut options = with(name, value);
        options["openid"] = json!(false);
        options
    };
    let scope = |options: Value| Config::parse(options).unwrap().scope;
    assert_eq!(scope(with("openid", json!(false))), "");
    assert_eq!(scope(plain("scope", json!("read write"))), "read write");
    for (name, value, named) in [
        ("scope", json!("read openid"), "scope"),
        (
            "resources",
            json!([{ "url": "https://api.example/", "scope": "openid" }]),
            "scope",
        ),
        (
            "authorizationParams",
            json!({ "max_age": 60 }),
            "authorizationParams",
        ),
        (
            "authorizationParams",
            json!({ "claims": "{}" }),
            "authorizationParams",
        ),
    ] {
        let detail = refusal(plain(name, value));
        assert!(
            detail.starts_with(&format!("`{named}` must be without `")),
            "{detail}"
        );
    }
}

#[test]
fn without_openid_metadata_is_whole_without_keys() {
    let mut options = with(
        "metadata",
        json!({
            "authorization_endpoint": "https://login.example/auth",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": null,
        }),
    );
    assert!(refusal(options.clone()).contains("jwks_uri"));
    options["openid"] = json!(false);
    assert!(Config::parse(options).unwrap().metadata.is_some());
}

#[test]
fn parameters_that_decide_on_security_are_ours_alone() {
    for name in OWN {
        let detail = refusal(with("authorizationParams", json!({ name: "x" })));
        assert!(detail.contains(name), "{detail}");
    }
}
const OWN: [&str; 10] = [
    "client_assertion",
    "registration",
    "request",
    "request_uri",
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
    let one = Config::parse(parse(r#"{"issuer":"https://l.example","clientId":"a","redirectUri":"https://a.example/","resources":[]}"#).unwrap()).unwrap();
    let two = Config::parse(parse(r#"{"clientId":"a","issuer":"https://l.example","resources":[],"redirectUri":"https://a.example/"}"#).unwrap()).unwrap();
    let three = Config::parse(parse(r#"{"clientId":"a","issuer":"https://l.example","resources":["https://api.example/"],"redirectUri":"https://a.example/"}"#).unwrap()).unwrap();
    assert_eq!(one.fingerprint, two.fingerprint);
    assert_ne!(one.fingerprint, three.fingerprint);
}
