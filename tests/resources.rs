//! Who may receive a token, seen from the outside: default deny.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::{Command, Redirect, ResourceRequest},
    json::json,
};
use support::{
    api::ApiAnswer,
    driver::{Driver, Step},
    seen::What,
    story::{API, with},
};

#[test]
fn a_url_outside_the_allow_list_gets_no_token() {
    let mut driver = Driver::signed_in_with(with("resources", json!(["https://api.example/v1/"])));
    for url in [
        "https://evil.example/v1/items",
        "https://api.example/",
        "https://api.example/v10",
        "https://api.example/V1/items",
        "https://api.example/v1/..%2fadmin",
        "https://api.example/v1/%2e%2e/admin",
        "https://api.example:8443/v1/items",
        "https://api.example./v1/items",
        "https://api.example@evil.example/v1/items",
        "https://evil.example\\@api.example/v1/items",
        "http://api.example/v1/items",
        "wss://api.example/v1/items",
        "https://login.example/token",
        "https://app.example/",
        "/v1/items",
        "data:text/plain,x",
        "",
    ] {
        assert_eq!(driver.call(url), Err(Code::ResourceNotAllowed), "{url}");
    }
    assert!(driver.api.calls.is_empty());
    assert_eq!(driver.call("https://api.example/v1/items?q=1"), Ok(()));
}

#[test]
fn without_resources_nothing_gets_a_token() {
    let mut driver = Driver::signed_in_with(with("resources", json!([])));
    assert_eq!(driver.call(API), Err(Code::ResourceNotAllowed));
}

#[test]
fn the_allow_list_is_asked_before_the_session() {
    let mut driver = Driver::signed_out();
    assert_eq!(
        driver.call("https://evil.example/"),
        Err(Code::ResourceNotAllowed)
    );
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
}

#[test]
fn a_url_outside_the_allow_list_costs_no_refresh() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    assert_eq!(
        driver.call("https://evil.example/"),
        Err(Code::ResourceNotAllowed)
    );
    assert!(driver.server.refreshes().is_empty());
}

#[test]
fn a_caller_s_own_authorization_header_is_refused() {
    let mut driver = Driver::signed_in();
    for url in [API, "https://evil.example/"] {
        let request = ResourceRequest {
            url: url.into(),
            method: "GET".into(),
            has_authorization: true,
            ..ResourceRequest::default()
        };
        let failure = driver.ask(Command::Fetch(request)).unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::AuthorizationHeader, Phase::Fetch)
        );
    }
    assert!(driver.api.calls.is_empty());
}

#[test]
fn an_answer_from_outside_the_allow_list_is_not_delivered() {
    for elsewhere in [
        "https://evil.example/",
        "http://api.example/items",
        "https://api.example:444/",
        "about:blank",
        "",
    ] {
        let mut driver = Driver::signed_in();
        driver.api.next(ApiAnswer::From(elsewhere));
        assert_eq!(driver.call(API), Err(Code::RedirectRefused), "{elsewhere}");
        assert_eq!(driver.call(API), Ok(()));
    }
}

#[test]
fn an_answer_from_elsewhere_inside_the_allow_list_is_delivered() {
    let mut driver = Driver::signed_in();
    driver
        .api
        .next(ApiAnswer::From("https://api.example/moved"));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_redirect_that_cost_the_token_costs_no_refresh() {
    // As browsers have it after another origin, and WebKit after any redirect.
    for (challenge, refreshes) in [
        (None, 0),
        (Some("Bearer"), 0),
        (Some("Bearer error=\"invalid_token\""), 1),
    ] {
        let mut driver = Driver::signed_in();
        driver.hold(Step::Api);
        let id = driver.fetch(API);
        driver.todo.clear();
        let answer = holdfast::core::input::ResourceAnswer {
            status: 401,
            url: "https://api.example/moved".into(),
            challenge: challenge.map(Into::into),
            dpop_nonce: None,
            date: None,
        };
        driver.input(holdfast::core::input::Input::ResourceAnswered { id, answer });
        driver.release(Step::Api);
        assert_eq!(driver.outcome(id), Some(Ok(())));
        assert_eq!(driver.server.refreshes().len(), refreshes, "{challenge:?}");
    }
}

fn call_with(driver: &mut Driver, request: ResourceRequest) -> Result<(), Code> {
    let id = driver.command(Command::Fetch(request));
    driver.settle();
    driver.outcome(id).expect("an answer to the call")
}

#[test]
fn a_token_follows_a_redirect_only_within_an_origin_that_is_a_resource_as_a_whole() {
    let resources = json!(["https://api.example/v1/", "https://files.example"]);
    let mut driver = Driver::signed_in_with(with("resources", resources));
    let mut outcome = |url: &str, redirect| {
        let request = ResourceRequest {
            url: url.into(),
            redirect,
            ..ResourceRequest::default()
        };
        call_with(&mut driver, request)
    };
    for redirect in [Redirect::Error, Redirect::Manual] {
        assert_eq!(outcome("https://api.example/v1/x", redirect), Ok(()));
        assert_eq!(outcome("https://files.example/x", redirect), Ok(()));
    }
    let followed = Redirect::Follow;
    assert_eq!(
        outcome("https://api.example/v1/x", followed),
        Err(Code::InvalidArgument)
    );
    assert_eq!(outcome("https://files.example/x", followed), Ok(()));
    assert_eq!(
        outcome("https://evil.example/", followed),
        Err(Code::ResourceNotAllowed)
    );
}

#[test]
fn the_most_specific_resource_decides_on_redirects_too() {
    let resources = json!(["https://api.example/", "https://api.example/admin"]);
    let mut driver = Driver::signed_in_with(with("resources", resources));
    let mut outcome = |url: &str| {
        let request = ResourceRequest {
            url: url.into(),
            redirect: Redirect::Follow,
            ..ResourceRequest::default()
        };
        call_with(&mut driver, request)
    };
    assert_eq!(outcome("https://api.example/x"), Ok(()));
    assert_eq!(
        outcome("https://api.example/admin/x"),
        Err(Code::InvalidArgument)
    );
}

#[test]
fn a_redirect_is_an_error_unless_somebody_asks() {
    for (asked, expected) in [
        (None, Redirect::Error),
        (Some("error"), Redirect::Error),
        (Some("manual"), Redirect::Manual),
        (Some("follow"), Redirect::Follow),
        (Some("FOLLOW"), Redirect::Error),
        (Some(""), Redirect::Error),
    ] {
        assert_eq!(Redirect::parse(asked), expected, "{asked:?}");
    }
    for redirect in [Redirect::Error, Redirect::Manual, Redirect::Follow] {
        assert_eq!(Redirect::parse(Some(redirect.as_str())), redirect);
    }
}

#[test]
fn a_mode_without_headers_is_refused() {
    let mut driver = Driver::signed_in();
    let request = ResourceRequest {
        url: API.into(),
        is_no_cors: true,
        ..ResourceRequest::default()
    };
    assert_eq!(call_with(&mut driver, request), Err(Code::InvalidArgument));
    assert!(driver.api.calls.is_empty());
}

#[test]
fn a_401_from_outside_the_allow_list_costs_no_refresh() {
    let mut driver = Driver::signed_in();
    driver.hold(Step::Api);
    let id = driver.fetch(API);
    driver.todo.clear();
    let answer = holdfast::core::input::ResourceAnswer {
        status: 401,
        url: "https://evil.example/".into(),
        challenge: Some("Bearer error=\"invalid_token\"".into()),
        dpop_nonce: None,
        date: None,
    };
    driver.input(holdfast::core::input::Input::ResourceAnswered { id, answer });
    driver.settle();
    assert_eq!(driver.outcome(id), Some(Err(Code::RedirectRefused)));
    assert!(driver.server.refreshes().is_empty());
}

#[test]
fn whatever_the_api_answers_is_the_app_s_business() {
    for status in [200, 204, 304, 400, 403, 404, 429, 500, 503] {
        let mut driver = Driver::signed_in();
        driver.api.next(ApiAnswer::Status(status, None));
        assert_eq!(driver.call(API), Ok(()), "{status}");
        assert!(driver.server.refreshes().is_empty());
    }
}

#[test]
fn a_scope_that_is_missing_costs_no_refresh() {
    const CHALLENGE: &str = "Bearer error=\"insufficient_scope\", scope=\"write\"";
    for status in [403, 401] {
        let mut driver = Driver::signed_in();
        driver
            .api
            .always(ApiAnswer::Status(status, Some(CHALLENGE)));
        assert_eq!(driver.call(API), Ok(()), "{status}");
        assert_eq!(driver.api.calls.len(), 1);
        assert!(driver.server.refreshes().is_empty());
    }
}

#[test]
fn a_call_that_fails_on_its_way_is_not_sent_again() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Failed);
    let id = driver.fetch(API);
    driver.settle();
    assert!(
        driver.outcome(id).is_none(),
        "the shell itself tells the page"
    );
    assert_eq!(driver.api.calls.len(), 1);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn each_call_goes_out_once() {
    let mut driver = Driver::signed_in();
    let ids: Vec<_> = (0..50).map(|_| driver.fetch(API)).collect();
    driver.settle();
    for id in ids {
        let sent = driver
            .seen
            .iter()
            .filter(|seen| seen.what == What::Call(id))
            .count();
        assert_eq!((sent, driver.outcome(id)), (1, Some(Ok(()))));
    }
}
