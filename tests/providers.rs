//! The option `provider`: defaults for the servers that people use, from one file of data.

mod support;

use std::fs;

use holdfast::core::{
    config::Config,
    error::Code,
    json::{self, Value, json},
    profile::STANDARD,
};
use support::{
    driver::Driver,
    form::Form,
    server::CLIENT_ID,
    story::{API, options, with},
};

/// Every provider of the data that can work, with what it sets.
fn providers() -> Vec<(String, Value)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/core/providers.json");
    let text = fs::read_to_string(path).unwrap();
    let data = json::parse(&text).expect("JSON");
    let Value::Object(providers) = data["providers"].clone() else {
        panic!("no providers");
    };
    providers
        .into_iter()
        .map(|(name, provider)| (name, provider["client"].clone()))
        .collect()
}

fn refusal(options: Value) -> String {
    let error = Config::parse(options).err().expect("a refusal");
    assert_eq!(error.code, Code::InvalidOptions);
    error.detail.expect("words")
}

fn without_scope(provider: &str) -> Value {
    let mut options = with("provider", json!(provider));
    options["scope"] = Value::Null;
    options
}

/// A server that says this of where people sign out.
fn signed_in_at(provider: &str, end_session_endpoint: Value) -> Driver {
    let mut driver = Driver::new(with("provider", json!(provider)));
    driver.server.metadata["end_session_endpoint"] = end_session_endpoint;
    driver.sign_in();
    driver
}

#[test]
fn each_provider_sets_what_the_data_says_and_nothing_else() {
    let mut count = 0;
    for (name, client) in providers() {
        if client["impossible"].as_str().is_some() {
            continue;
        }
        count += 1;
        let config = Config::parse(without_scope(&name)).unwrap();
        let scope = client["scope"].as_str().unwrap_or(STANDARD.scope);
        assert_eq!(config.scope, scope, "{name}");
        let grace = json::whole_number(&client["rotationGraceSeconds"]).unwrap_or(STANDARD.grace);
        assert_eq!(config.rotation_grace_seconds, grace, "{name}");
        assert_eq!(config.profile.revokes, client["revokes"] != false, "{name}");
        let page = &client["signOut"];
        let text = |member: &str| page[member].as_str().unwrap_or_default();
        let sign_out = match text("path") {
            "" => String::new(),
            path => [path, text("returnTo")].join("?"),
        };
        assert_eq!(config.profile.sign_out, sign_out, "{name}");
    }
    assert_eq!(count, 7);
}

#[test]
fn what_the_app_says_itself_counts() {
    let mut options = with("provider", json!("okta"));
    options["scope"] = json!("openid profile");
    options["rotationGraceSeconds"] = json!(5);
    let config = Config::parse(options).unwrap();
    assert_eq!(config.scope, "openid profile");
    assert_eq!(config.rotation_grace_seconds, 5);
}

#[test]
fn without_a_provider_the_standards_hold() {
    assert_eq!(*Config::parse(options()).unwrap().profile, STANDARD);
    assert_eq!(
        *Config::parse(with("provider", Value::Null))
            .unwrap()
            .profile,
        STANDARD
    );
}

#[test]
fn another_name_is_refused_with_those_that_there_are() {
    for wrong in [
        json!("Auth0"),
        json!("azure"),
        json!(""),
        json!(7),
        json!({}),
    ] {
        let detail = refusal(with("provider", wrong));
        for (name, _) in providers() {
            assert!(detail.contains(&format!("'{name}'")), "{name}: {detail}");
        }
    }
}

#[test]
fn google_is_refused_with_the_reason() {
    let detail = refusal(with("provider", json!("google")));
    assert!(detail.contains("client secret"), "{detail}");
    assert!(detail.contains("docs/providers/google.md"), "{detail}");
}

#[test]
fn auth0_without_an_end_session_endpoint_has_a_page_of_its_own() {
    let mut driver = signed_in_at("auth0", Value::Null);
    let url = driver.sign_out(json!({})).unwrap().expect("a page");
    assert!(url.starts_with("https://login.example/v2/logout?"), "{url}");
    let query = Form::of_url(&url);
    assert_eq!(query.get("client_id"), Some(CLIENT_ID));
    assert_eq!(query.get("returnTo"), Some("https://app.example/"));
    for name in ["id_token_hint", "post_logout_redirect_uri"] {
        assert_eq!(query.get(name), None, "{name}");
    }
}

#[test]
fn an_end_session_endpoint_of_the_standard_is_used_by_the_standard() {
    let listed = json!("https://login.example/oidc/logout");
    let mut driver = signed_in_at("auth0", listed);
    let url = driver.sign_out(json!({})).unwrap().expect("a page");
    assert!(
        url.starts_with("https://login.example/oidc/logout?"),
        "{url}"
    );
    let query = Form::of_url(&url);
    assert!(query.get("id_token_hint").is_some());
    assert_eq!(
        query.get("post_logout_redirect_uri"),
        Some("https://app.example/")
    );
    assert_eq!(query.get("returnTo"), None);
}

#[test]
fn cognito_lists_its_own_page_as_if_it_were_the_standards() {
    for listed in [json!("https://people.example/logout"), Value::Null] {
        let host = if listed.is_null() { "login" } else { "people" };
        let mut driver = signed_in_at("cognito", listed);
        let return_to = json!({ "returnTo": "https://app.example/bye" });
        let url = driver.sign_out(return_to).unwrap().expect("a page");
        assert!(
            url.starts_with(&format!("https://{host}.example/logout?")),
            "{url}"
        );
        let query = Form::of_url(&url);
        assert_eq!(query.get("client_id"), Some(CLIENT_ID));
        assert_eq!(query.get("logout_uri"), Some("https://app.example/bye"));
        assert_eq!(query.get("id_token_hint"), None);
    }
}

#[test]
fn a_place_that_the_app_names_as_the_page_does_is_there_once() {
    for (provider, name) in [("auth0", "returnTo"), ("cognito", "logout_uri")] {
        let mut driver = signed_in_at(provider, Value::Null);
        let options = json!({ "logoutParams": { name: "https://app.example/named" } });
        let url = driver.sign_out(options).unwrap().expect("a page");
        // `get` fails where it is there twice.
        let place = Form::of_url(&url).get(name).map(String::from);
        assert_eq!(place.as_deref(), Some("https://app.example/named"));
    }
}

#[test]
fn without_a_provider_no_page_is_guessed() {
    let mut driver = Driver::signed_out();
    driver.server.metadata["end_session_endpoint"] = Value::Null;
    driver.sign_in();
    assert_eq!(driver.sign_out(json!({})).unwrap(), None);
}

#[test]
fn at_keycloak_nothing_is_revoked_as_that_would_end_the_new_session_too() {
    for (provider, revoked) in [(json!("keycloak"), 0), (Value::Null, 1)] {
        let mut driver = Driver::signed_in_with(with("provider", provider));
        driver.sign_in();
        driver.settle();
        assert_eq!(driver.server.revocations().len(), revoked, "the one before");
        assert_eq!(driver.call(API), Ok(()));
        let url = driver.sign_out(json!({})).unwrap();
        assert_eq!(
            driver.server.revocations().len(),
            2 * revoked,
            "at the sign-out"
        );
        assert!(url.is_some(), "it ends at the server all the same");
    }
}

#[test]
fn an_issuer_that_is_a_template_is_named_as_the_trouble() {
    for provider in [json!("entra"), Value::Null] {
        let mut driver = Driver::new(with("provider", provider));
        driver.server.metadata["issuer"] = json!("https://login.example/{tenantid}/v2.0");
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        assert_eq!(failure.error.code, Code::IssuerMismatch);
        let detail = failure.error.detail.expect("words");
        assert!(detail.contains("must name one tenant"), "{detail}");
    }
}
