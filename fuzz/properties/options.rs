//! What a page may hand to the vault: the options of `createAuthClient` and of `loginWithRedirect`.

use holdfast::core::{
    authorize::SignInRequest, config::Config, error::Code, json::json, pkce::SignInValues,
    resource::resource_for, secret::Secret, url::HttpUrl,
};

use super::oracle::{self, parameters};

/// The parameters by which a sign-in is safe.
const OWN: [&str; 8] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// One object, taken for both kinds of options.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some((options, _)) = oracle::read(text) else {
        return;
    };
    let usual = json!({
        "issuer": "https://login.example",
        "clientId": "app",
        "redirectUri": "https://app.example/callback",
        "resources": ["https://api.example/"],
    });
    let usual = Config::parse(usual).expect("good options");
    check_sign_in(text, &usual);
    match Config::parse(options.clone()) {
        Ok(config) => {
            check_config(&config);
            let again = Config::parse(options).expect("the same");
            assert_eq!(again.fingerprint, config.fingerprint);
            check_sign_in("{}", &config);
        }
        Err(error) => {
            assert_eq!(error.code, Code::InvalidOptions, "{text}");
            assert!(error.detail.is_some(), "{text}");
        }
    }
}

fn check_config(config: &Config) {
    for url in [&config.issuer, &config.redirect_uri] {
        let url = HttpUrl::parse_of_server(url).expect("a URL");
        assert!(url.is_confidential() && url.fragment.is_none());
    }
    assert!(!config.client_id.is_empty() && !config.targets.is_empty());
    // Nobody gets a token by default.
    for url in ["https://evil.invalid/", "http://evil.invalid/"] {
        let is_named = resource_for(&config.resources, url).is_ok();
        assert!(!is_named || url.starts_with("https://"), "{url}");
    }
    assert!(config.http_timeout_milliseconds >= 1_000);
}

fn check_sign_in(options: &str, config: &Config) {
    let (options, _) = oracle::read(options).expect("it was read before");
    let request = match SignInRequest::parse(options, config) {
        Ok(request) => request,
        Err(error) => return assert_eq!(error.code, Code::InvalidArgument),
    };
    let mut entropy = [1; 96];
    entropy[32..64].fill(2);
    entropy[64..].fill(3);
    let values = SignInValues::new(&Secret::new(entropy));
    let form = request.form(config, &values);
    let sent = parameters(&form);
    for name in OWN {
        assert_eq!(sent.get(name).map(Vec::len), Some(1), "{name} in {form}");
    }
    let is = |name: &str, value: &str| assert_eq!(sent[name], [value], "{form}");
    is("response_type", "code");
    is("code_challenge_method", "S256");
    is("client_id", &config.client_id);
    is("redirect_uri", &config.redirect_uri);
    is("state", &values.state);
    is("nonce", &values.nonce);
    let verifier = values.code_verifier.expose(); // EXPOSE: a test
    assert!(!form.contains(verifier.as_str()), "{form}");
    assert!(!sent.contains_key("client_secret") && !sent.contains_key("request_uri"));
    assert!(sent.values().all(|values| !values.is_empty()));
    if let Some(place) = request.return_to {
        assert!(
            place.starts_with('/') && !place.starts_with("//"),
            "{place}"
        );
    }
}
