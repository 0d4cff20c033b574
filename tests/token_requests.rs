//! What goes to the token endpoint to the letter, and what each of its refusals means (RFC 6749 sections
//! 4.1.3, 5.2 and 6, RFC 7009, RFC 8693).

mod support;

use holdfast::core::{
    config::Config,
    error::Code,
    input::HttpResponse,
    json::json,
    resource::Target,
    secret::Secret,
    token::{
        TokenFailure, code_request, exchange_request, parse_response, refresh_request,
        revocation_request,
    },
};
use support::{
    answer::document,
    form::Form,
    story::{options, with},
};

fn config() -> Config {
    Config::parse(options()).ok().unwrap()
}

fn target() -> Target {
    let resources = json!([{ "url": "https://a.example/", "audience": "a", "resource": "https://r.example", "scope": "x y" }]);
    let config = Config::parse(with("resources", resources)).ok().unwrap();
    config.targets[0].clone()
}

fn assert_form(form: &Secret<String>, expected: &[(&str, &str)]) {
    let text = form.expose();
    let form = Form::parse(text);
    for (name, value) in expected {
        assert_eq!(form.get(name), Some(*value), "{name}");
    }
    assert_eq!(text.split('&').count(), expected.len(), "{text}");
}

#[test]
fn a_code_is_redeemed_with_its_verifier() {
    let form = code_request(&config(), &"c+/=".into(), &"verifier".into());
    assert_form(
        &form,
        &[
            ("grant_type", "authorization_code"),
            ("code", "c+/="),
            ("code_verifier", "verifier"),
            ("redirect_uri", "https://app.example/callback"),
            ("client_id", "app"),
        ],
    );
}

#[test]
fn a_refresh_asks_for_its_target_alone() {
    let plain = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "r"),
        ("client_id", "app"),
    ];
    let form = refresh_request(&config(), &"r".into(), &Target::default());
    assert_form(&form, &plain);
    let named = [
        ("audience", "a"),
        ("resource", "https://r.example"),
        ("scope", "x y"),
    ];
    let form = refresh_request(&config(), &"r".into(), &target());
    assert_form(&form, &[&plain[..], &named[..]].concat());
}

#[test]
fn an_exchange_names_both_tokens_types() {
    let form = exchange_request(&config(), &"t".into(), &target());
    assert_form(
        &form,
        &[
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("subject_token", "t"),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            ),
            (
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            ),
            ("client_id", "app"),
            ("audience", "a"),
            ("resource", "https://r.example"),
            ("scope", "x y"),
        ],
    );
}

#[test]
fn a_revocation_names_the_token_and_its_kind() {
    let form = revocation_request(&config(), &"r".into(), "refresh_token");
    let expected = [
        ("token", "r"),
        ("token_type_hint", "refresh_token"),
        ("client_id", "app"),
    ];
    assert_form(&form, &expected);
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Ended,
    Interaction,
    Refused,
    Proof(Code),
    Unclear,
    Unavailable,
    Invalid,
}

fn kind(status: u16, error: &str, nonce: Option<&str>) -> Kind {
    let mut response: HttpResponse = document(status, &json!({ "error": error }));
    response.dpop_nonce = nonce.map(String::from);
    match parse_response(&response, &[], true)
        .err()
        .expect("a failure")
    {
        TokenFailure::Ended(_) => Kind::Ended,
        TokenFailure::Interaction(_) => Kind::Interaction,
        TokenFailure::Refused(_) => Kind::Refused,
        TokenFailure::Proof(error) => Kind::Proof(error.code),
        TokenFailure::Unclear(_) => Kind::Unclear,
        TokenFailure::Unavailable(_) => Kind::Unavailable,
        TokenFailure::Invalid(_) => Kind::Invalid,
    }
}

#[test]
fn each_error_code_has_its_meaning() {
    for (status, error, expected) in [
        (400, "invalid_grant", Kind::Ended),
        (401, "invalid_client", Kind::Ended),
        (400, "mfa_required", Kind::Interaction),
        (400, "temporarily_unavailable", Kind::Unavailable),
        (400, "server_error", Kind::Unavailable),
        (400, "slow_down", Kind::Unavailable),
        (400, "invalid_scope", Kind::Refused),
        (401, "invalid_target", Kind::Refused),
        (400, "invented", Kind::Unclear),
        (401, "invented", Kind::Unclear),
        (403, "invented", Kind::Refused),
        (400, "invalid_dpop_proof", Kind::Proof(Code::DpopRefused)),
        (400, "use_dpop_nonce", Kind::Proof(Code::DpopNonceHidden)),
        (200, "invalid_grant", Kind::Invalid),
    ] {
        assert_eq!(kind(status, error, None), expected, "{status} {error}");
    }
    assert_eq!(
        kind(400, "use_dpop_nonce", Some("n")),
        Kind::Proof(Code::DpopRefused)
    );
}

#[test]
fn a_success_that_is_no_document_is_somebody_else_s() {
    let mut response = document(200, &json!([]));
    let failure = parse_response(&response, &[], true).err();
    assert_eq!(failure, Some(TokenFailure::Unavailable(None)));
    response.body = "<html>".into();
    // Its wishes are not the server's either.
    response.retry_after_seconds = Some(7);
    let failure = parse_response(&response, &[], true).err();
    assert_eq!(failure, Some(TokenFailure::Unavailable(None)));
}

#[test]
fn what_kind_of_token_it_is_is_told() {
    let parse = |token_type: &str, issued: &str| {
        let issued = format!("urn:ietf:params:oauth:token-type:{issued}");
        let body =
            json!({ "access_token": "a", "token_type": token_type, "issued_token_type": issued });
        let tokens = parse_response(&document(200, &body), &[], true)
            .ok()
            .unwrap();
        (tokens.is_bound, tokens.is_exchanged)
    };
    assert_eq!(parse("DPoP", "access_token"), (true, true));
    assert_eq!(parse("Bearer", "id_token"), (false, false));
}
