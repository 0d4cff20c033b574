//! Pushed authorization requests (RFC 9126), as whole stories.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::Command,
    json::{Value, json},
    output::{Failure, Reply},
    secret::Secret,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    form::Form,
    server::{CLIENT_ID, Endpoint},
    story::{API, options, sign_in_command, with},
};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:1";

/// A vault of which `par` is the option, at a server that has the endpoint, and perhaps insists.
fn vault(par: Option<&str>, insists: bool) -> Driver {
    let mut driver = Driver::new(with("par", json!(par)));
    driver.server.metadata["pushed_authorization_request_endpoint"] =
        json!("https://login.example/par?tenant=1");
    driver.server.metadata["require_pushed_authorization_requests"] = json!(insists);
    driver
}

/// The same with DPoP.
fn vault_with_key() -> Driver {
    let mut options = with("dpop", json!("required"));
    options["par"] = json!("required");
    let mut driver = Driver::new(options);
    driver.server.metadata = vault(None, true).server.metadata;
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver
}

fn pushes(driver: &Driver) -> Vec<&Form> {
    let requests = driver.server.requests_to(Endpoint::Par).into_iter();
    requests.map(|request| &request.form).collect()
}

/// The names of the parameters that the browser carries.
fn carried(url: &str) -> Vec<String> {
    Form::of_url(url)
        .0
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

fn code(result: Result<String, Failure>) -> Result<String, (Code, Phase)> {
    result.map_err(|failure| (failure.error.code, failure.phase))
}

#[test]
fn a_server_that_insists_gets_the_parameters_by_itself() {
    let mut plain = Driver::signed_out();
    let asked = json!({ "authorizationParams": { "prompt": "login", "ui_locales": "de" } });
    let all = Form::of_url(&plain.begin_sign_in(asked.clone()).unwrap());
    for par in [None, Some("auto"), Some("required")] {
        let mut driver = vault(par, true);
        driver.server.metadata["authorization_endpoint"] =
            json!("https://login.example/authorize?tenant=1");
        let url = driver.begin_sign_in(asked.clone()).unwrap();
        assert_eq!(carried(&url), ["tenant", "client_id", "request_uri"]);
        assert_eq!(Form::of_url(&url).get("client_id"), Some(CLIENT_ID));
        let pushed = pushes(&driver)[0].clone();
        let names = |form: &Form| {
            form.0
                .iter()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&pushed), names(&all));
        let callback = driver.server.authorize(&url);
        driver.handle_callback(&callback.url()).unwrap().unwrap();
        assert_eq!(driver.call(API), Ok(()));
    }
}

#[test]
fn a_server_that_does_not_insist_is_asked_only_where_the_app_requires_it() {
    for (par, is_pushed) in [
        (None, false),
        (Some("auto"), false),
        (Some("required"), true),
    ] {
        let mut driver = vault(par, false);
        driver.sign_in();
        assert_eq!(pushes(&driver).len(), usize::from(is_pushed), "{par:?}");
    }
    let mut driver = vault(Some("off"), true);
    driver.sign_in();
    assert!(pushes(&driver).is_empty(), "never");
}

#[test]
fn without_an_endpoint_there_is_no_sign_in_where_it_is_required() {
    for (par, insists) in [("auto", true), ("required", true), ("required", false)] {
        let mut driver = vault(Some(par), insists);
        driver.server.metadata["pushed_authorization_request_endpoint"] = Value::Null;
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::DiscoveryInvalid, Phase::Login)
        );
        let detail = failure.error.detail.unwrap();
        assert!(detail.contains("`pushed_authorization_request_endpoint`"));
        assert!(driver.storage.is_empty());
    }
    let mut driver = vault(Some("off"), true);
    driver.server.metadata["pushed_authorization_request_endpoint"] = Value::Null;
    driver.sign_in();
}

#[test]
fn a_reference_is_used_once_and_each_sign_in_pushes_anew() {
    let mut driver = vault(None, true);
    let first = driver.begin_sign_in(json!({})).unwrap();
    let second = driver.begin_sign_in(json!({})).unwrap();
    let [one, two] = pushes(&driver)[..] else {
        panic!("two requests")
    };
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one.require(name), two.require(name), "{name}");
    }
    let callbacks = [second, first].map(|url| driver.server.authorize(&url));
    for callback in callbacks {
        driver.handle_callback(&callback.url()).unwrap().unwrap();
    }
}

#[test]
fn a_silent_sign_in_goes_the_same_way() {
    let mut driver = vault(None, true);
    let entropy = Secret::new([7; 96]);
    let options = json!({ "redirect": true });
    let Ok(Reply::SilentSignIn(url)) = driver.ask(Command::CheckSession { options, entropy })
    else {
        panic!("a URL")
    };
    assert_eq!(carried(&url), ["client_id", "request_uri"]);
    assert_eq!(pushes(&driver)[0].get("prompt"), Some("none"));
}

#[test]
fn a_popup_goes_the_same_way() {
    let mut driver = vault(None, true);
    let entropy = Secret::new([7; 96]);
    let options = json!({});
    let Ok(Reply::Popup { url, state }) = driver.ask(Command::SignInByPopup { options, entropy })
    else {
        panic!("a URL")
    };
    assert_eq!(carried(&url), ["client_id", "request_uri"]);
    assert_eq!(pushes(&driver)[0].get("state"), Some(&*state));
    let callback = driver.server.authorize(&url);
    driver.handle_callback(&callback.url()).unwrap().unwrap();
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn both_statuses_and_a_missing_lifetime_are_taken() {
    for (status, expires_in) in [
        (201, json!(60)),
        (200, json!(60)),
        (201, json!(1.5)),
        (201, Value::Null),
    ] {
        let mut driver = vault(None, true);
        let answer = json!({ "request_uri": REQUEST_URI, "expires_in": expires_in, "more": [{}] });
        driver
            .server
            .next(Endpoint::Par, Answer::json(status, &answer));
        let url = driver.begin_sign_in(json!({})).unwrap();
        assert_eq!(Form::of_url(&url).get("request_uri"), Some(REQUEST_URI));
    }
    let mut driver = vault(None, true);
    let answer = json!({ "request_uri": REQUEST_URI });
    driver
        .server
        .next(Endpoint::Par, Answer::json(201, &answer));
    assert!(driver.begin_sign_in(json!({})).is_ok());
}

#[test]
fn a_reference_cannot_add_parameters() {
    let mut driver = vault(None, true);
    let hostile = "https://login.example/r?a=b&client_id=evil&redirect_uri=x+y%26state=z";
    driver.server.next(
        Endpoint::Par,
        Answer::json(201, &json!({ "request_uri": hostile, "expires_in": 60 })),
    );
    let url = driver.begin_sign_in(json!({})).unwrap();
    assert!(url.starts_with("https://login.example/authorize?client_id=app&request_uri=https%3A"));
    assert_eq!(carried(&url), ["client_id", "request_uri"]);
    assert_eq!(Form::of_url(&url).get("request_uri"), Some(hostile));
}

#[test]
fn an_answer_that_cannot_be_used_is_refused() {
    let long = format!("urn:{}", "x".repeat(2_045));
    let mut answers = Vec::new();
    for request_uri in [
        json!(null),
        json!(""),
        json!(7),
        json!([REQUEST_URI]),
        json!({ "uri": REQUEST_URI }),
        json!("no-uri"),
        json!("urn:"),
        json!("urn:a b"),
        json!("urn:a\nb"),
        json!("urn:a\u{0}b"),
        json!("urn:ü"),
        json!("urn:a#fragment"),
        json!(":x"),
        json!(long),
    ] {
        answers.push(json!({ "request_uri": request_uri, "expires_in": 60 }).to_string());
    }
    for expires_in in ["0", "0.5", "-1", "\"60\"", "true", "1e300", "1e400", "[60]"] {
        answers.push(format!(
            r#"{{"request_uri":"{REQUEST_URI}","expires_in":{expires_in}}}"#
        ));
    }
    answers.extend(
        [
            "",
            "{}",
            "[]",
            "null",
            "\"urn:x\"",
            "<html>",
            "{\"request_uri\":\"urn:x\"",
        ]
        .map(String::from),
    );
    answers.push(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    answers.push(format!(
        r#"{{"request_uri":"{REQUEST_URI}","x":{}1{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    ));
    for body in answers {
        let mut driver = vault(None, true);
        driver.sign_in();
        driver.server.next(
            Endpoint::Par,
            Answer::Fixed {
                status: 201,
                body: body.clone(),
                retry_after: None,
                is_html: false,
            },
        );
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            code(driver.begin_sign_in(json!({}))),
            Err((Code::ParResponseInvalid, Phase::Login)),
            "{shown}"
        );
        assert!(driver.storage.is_empty(), "nothing is remembered: {shown}");
        assert_eq!(driver.call(API), Ok(()));
    }
    let mut driver = vault(None, true);
    let answer = json!({ "request_uri": format!("urn:{}", "x".repeat(2_044)) });
    driver
        .server
        .next(Endpoint::Par, Answer::json(201, &answer));
    assert!(driver.begin_sign_in(json!({})).is_ok());
}

#[test]
fn the_server_s_refusals_are_told_apart_and_the_session_stays() {
    let refused = Code::AuthorizationRefused;
    for (answer, expected) in [
        (Answer::refused(400, "invalid_request"), refused),
        (Answer::refused(400, "invalid_scope"), refused),
        (Answer::refused(400, "invalid_target"), refused),
        (Answer::refused(401, "invalid_client"), refused),
        (Answer::refused(403, "unauthorized_client"), refused),
        (Answer::refused(400, "invalid_grant"), refused),
        (Answer::refused(413, "invalid_request"), refused),
        (Answer::empty(400), refused),
        (
            Answer::json(202, &json!({ "request_uri": REQUEST_URI })),
            Code::ParResponseInvalid,
        ),
        (Answer::busy(429, Some(1)), Code::ServerUnavailable),
        (
            Answer::refused(429, "invalid_request"),
            Code::ServerUnavailable,
        ),
        (Answer::busy(503, None), Code::ServerUnavailable),
        (
            Answer::refused(500, "server_error"),
            Code::ServerUnavailable,
        ),
        (Answer::html(403), Code::ServerUnavailable),
        (Answer::empty(404), Code::ServerUnavailable),
        (Answer::Lost, Code::NetworkError),
        (Answer::LostOnTheWayBack, Code::NetworkError),
        (Answer::TimedOut, Code::Timeout),
    ] {
        let mut driver = vault(None, true);
        driver.sign_in();
        driver.server.next(Endpoint::Par, answer.clone());
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        let oauth = failure
            .error
            .oauth
            .as_ref()
            .map(|oauth| oauth.error.clone());
        if let (Answer::Fixed { body, .. }, true) = (&answer, expected == refused) {
            assert!(
                oauth.is_none_or(|oauth| body.contains(&oauth)),
                "{answer:?}"
            );
            assert_eq!(body.is_empty(), failure.error.oauth.is_none());
        }
        assert_eq!(
            (failure.error.code, failure.phase),
            (expected, Phase::Login),
            "{answer:?}"
        );
        assert_eq!(
            pushes(&driver).len(),
            2,
            "nothing is sent twice: {answer:?}"
        );
        assert_eq!(driver.call(API), Ok(()), "{answer:?}");
        driver.sign_in();
    }
}

#[test]
fn a_reference_that_was_too_long_on_its_way_is_not_used() {
    for (seconds, outcome) in [(4, true), (5, false)] {
        let mut driver = vault(None, true);
        driver.server.next(
            Endpoint::Par,
            Answer::json(201, &json!({ "request_uri": REQUEST_URI, "expires_in": 5 })),
        );
        driver.hold(Step::Http(Endpoint::Par));
        let id = driver.command(sign_in_command(json!({}), 1));
        driver.settle();
        driver.clock.advance(seconds * 1_000);
        driver.release(Step::Http(Endpoint::Par));
        let reply = driver.reply(id).unwrap();
        assert_eq!(reply.is_ok(), outcome);
        if let Err(failure) = reply {
            assert_eq!(failure.error.code, Code::Timeout);
        }
    }
}

#[test]
fn the_key_is_named_and_needs_no_proof() {
    let mut driver = vault_with_key();
    driver.sign_in();
    let [pushed] = pushes(&driver)[..] else {
        panic!("one request")
    };
    assert_eq!(
        pushed.get("dpop_jkt"),
        Some(&*driver.server.desk.thumbprints[0])
    );
    assert_eq!(driver.server.desk.claims.len(), 1, "at the token endpoint");
}

#[test]
fn a_server_that_wants_a_proof_gets_one_with_its_nonce() {
    for error in ["use_dpop_nonce", "invalid_dpop_proof"] {
        let mut driver = vault_with_key();
        driver.server.desk.nonce = Some("nonce-a".into());
        driver.server.next(
            Endpoint::Par,
            Answer::WithNonce(400, json!({ "error": error }).to_string(), "nonce-a".into()),
        );
        driver.sign_in();
        let forms = pushes(&driver);
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0], forms[1], "and `dpop_jkt` once");
        let claims = &driver.server.desk.claims[0];
        assert_eq!(claims["htu"], "https://login.example/par");
        assert_eq!(claims["nonce"], "nonce-a");
        assert_eq!(driver.made_keys, 1);
        // The token endpoint is of the same server, and is told the nonce at once.
        assert_eq!(driver.token_requests(), 1);
    }
}

#[test]
fn a_server_that_is_never_content_with_a_proof_ends_it() {
    let mut driver = vault_with_key();
    driver.server.desk.nonce = Some("n".into());
    driver.server.always(
        Endpoint::Par,
        Answer::WithNonce(400, r#"{"error":"use_dpop_nonce"}"#.into(), "n".into()),
    );
    assert_eq!(
        code(driver.begin_sign_in(json!({}))),
        Err((Code::DpopRefused, Phase::Login))
    );
    assert_eq!(pushes(&driver).len(), 3);
    let mut driver = vault_with_key();
    driver
        .server
        .always(Endpoint::Par, Answer::refused(400, "use_dpop_nonce"));
    assert_eq!(
        code(driver.begin_sign_in(json!({}))),
        Err((Code::DpopNonceHidden, Phase::Login))
    );
    assert_eq!(pushes(&driver).len(), 1);
    // Without a key there is nothing to prove.
    let mut driver = vault(None, true);
    driver.server.always(
        Endpoint::Par,
        Answer::WithNonce(400, r#"{"error":"use_dpop_nonce"}"#.into(), "n".into()),
    );
    assert!(driver.begin_sign_in(json!({})).is_err());
    assert_eq!(pushes(&driver).len(), 1);
}

#[test]
fn a_wrong_option_is_named() {
    let mut wrong = options();
    wrong["par"] = json!("always");
    let error = holdfast::core::config::Config::parse(wrong).err().unwrap();
    assert!(error.detail.unwrap().starts_with("`par` must be"));
}
