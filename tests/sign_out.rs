//! Signing out: here at once whatever the network does, and at the server where it has a way.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::Command,
    json::json,
    output::{Event, Reply},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    form::Form,
    seen::What,
    server::{CLIENT_ID, Endpoint},
    story::{API, options, with},
};

#[test]
fn the_session_is_over_before_the_page_leaves() {
    let mut driver = Driver::signed_in();
    let url = driver.sign_out(json!({})).unwrap().unwrap();
    assert!(url.starts_with("https://login.example/end?"));
    let position = |wanted: What| {
        driver
            .seen
            .iter()
            .position(|seen| seen.what == wanted)
            .unwrap()
    };
    assert!(position(What::SignedOut) < driver.seen.len() - 1);
    assert!(matches!(driver.seen.last().unwrap().what, What::Reply(_)));
    assert_eq!(driver.who(), None);
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
}

#[test]
fn the_server_learns_whose_session_it_is_and_where_to_send_the_person() {
    let mut driver = Driver::signed_in();
    let id_token = driver.server.secrets.last().unwrap().clone();
    let query = Form::of_url(&driver.sign_out(json!({})).unwrap().unwrap());
    assert_eq!(query.get("client_id"), Some(CLIENT_ID));
    assert_eq!(query.get("id_token_hint"), Some(id_token.as_str()));
    assert_eq!(
        query.get("post_logout_redirect_uri"),
        Some("https://app.example/")
    );
}

#[test]
fn the_hint_is_the_latest_id_token() {
    let mut driver = Driver::signed_in();
    driver.server.id_token_on_refresh = true;
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let latest = driver.server.secrets.last().unwrap().clone();
    let query = Form::of_url(&driver.sign_out(json!({})).unwrap().unwrap());
    assert_eq!(query.get("id_token_hint"), Some(latest.as_str()));
}

#[test]
fn the_app_may_choose_where_to_return_to() {
    let mut driver = Driver::signed_in();
    let url = driver
        .sign_out(json!({ "returnTo": "https://app.example/bye" }))
        .unwrap()
        .unwrap();
    assert_eq!(
        Form::of_url(&url).get("post_logout_redirect_uri"),
        Some("https://app.example/bye")
    );
}

#[test]
fn without_a_place_to_return_to_none_is_named() {
    let mut options = options();
    options
        .as_object_mut()
        .unwrap()
        .remove("postLogoutRedirectUri");
    let mut driver = Driver::signed_in_with(options);
    let url = driver.sign_out(json!({})).unwrap().unwrap();
    assert_eq!(Form::of_url(&url).get("post_logout_redirect_uri"), None);
}

#[test]
fn the_refresh_token_is_revoked() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let live = driver.server.grants.live_refresh_tokens()[0].to_string();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.server.revocations(), [live]);
    let form = &driver.server.requests_to(Endpoint::Revocation)[0].form;
    assert_eq!(form.get("token_type_hint"), Some("refresh_token"));
    assert_eq!(form.get("client_id"), Some(CLIENT_ID));
}

#[test]
fn the_page_leaves_when_the_revocation_is_done_however_it_went() {
    for answer in [
        Answer::Lost,
        Answer::TimedOut,
        Answer::busy(503, Some(5)),
        Answer::html(404),
        Answer::refused(400, "unsupported_token_type"),
    ] {
        let mut driver = Driver::signed_in();
        driver.server.always(Endpoint::Revocation, answer);
        driver.hold(Step::Http(Endpoint::Revocation));
        let id = driver.command(Command::SignOut { options: json!({}) });
        driver.settle();
        assert_eq!(driver.who(), None, "signed out at once");
        assert!(driver.reply(id).is_none(), "the page is still there");
        driver.release(Step::Http(Endpoint::Revocation));
        let Some(Ok(Reply::SignedOut(Some(_)))) = driver.reply(id) else {
            panic!("the page should leave")
        };
        assert_eq!(driver.server.revocations().len(), 1);
        driver.sign_in();
    }
}

#[test]
fn a_server_without_these_endpoints_is_fine() {
    let mut driver = Driver::signed_out();
    let metadata = driver.server.metadata.as_object_mut().unwrap();
    metadata.remove("end_session_endpoint");
    metadata.remove("revocation_endpoint");
    driver.sign_in();
    assert_eq!(driver.sign_out(json!({})).unwrap(), None);
    assert_eq!(driver.who(), None);
}

#[test]
fn a_local_sign_out_stays_here_but_revokes() {
    let mut driver = Driver::signed_in();
    assert_eq!(driver.sign_out(json!({ "localOnly": true })).unwrap(), None);
    assert_eq!(driver.who(), None);
    assert_eq!(driver.server.revocations().len(), 1);
}

#[test]
fn a_local_sign_out_is_done_when_the_revocation_is() {
    let mut driver = Driver::signed_in();
    driver.hold(Step::Http(Endpoint::Revocation));
    let id = driver.command(local());
    driver.settle();
    assert_eq!(driver.who(), None, "signed out at once");
    assert!(driver.reply(id).is_none(), "the page may leave too early");
    driver.release(Step::Http(Endpoint::Revocation));
    assert!(matches!(driver.reply(id), Some(Ok(Reply::SignedOut(None)))));
}

#[test]
fn a_local_sign_out_does_not_wait_for_the_metadata() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.open();
    driver.hold(Step::Http(Endpoint::OpenIdConfiguration));
    let id = driver.command(local());
    driver.settle();
    assert!(matches!(driver.reply(id), Some(Ok(Reply::SignedOut(None)))));
    driver.release(Step::Http(Endpoint::OpenIdConfiguration));
    assert_eq!(driver.server.revocations().len(), 1);
}

#[test]
fn without_an_id_token_the_client_is_named_alone() {
    let mut options = with("openid", json!(false));
    options["scope"] = json!("api offline_access");
    let mut driver = Driver::new(options);
    driver.server.is_openid = false;
    driver.sign_in();
    let query = Form::of_url(&driver.sign_out(json!({})).unwrap().unwrap());
    assert_eq!(query.get("client_id"), Some(CLIENT_ID));
    assert_eq!(query.get("id_token_hint"), None);
    assert_eq!(
        query.get("post_logout_redirect_uri"),
        Some("https://app.example/")
    );
}

#[test]
fn where_there_is_no_refresh_token_the_access_token_is_revoked() {
    let mut driver = Driver::signed_out();
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
    let token = driver.api.tokens()[0].to_string();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.server.revocations(), [token]);
    let form = &driver.server.requests_to(Endpoint::Revocation)[0].form;
    assert_eq!(form.get("token_type_hint"), Some("access_token"));
}

#[test]
fn what_was_bought_with_that_access_token_does_not_take_its_place() {
    let books = json!({ "url": "https://books.example/", "audience": "books", "exchange": true });
    let resources = json!(["https://api.example/", books]);
    let mut driver = Driver::new(with("resources", resources));
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.call("https://books.example/"), Ok(()));
    let token = driver.api.tokens()[0].to_string();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.server.revocations(), [token]);
}

#[test]
fn a_state_and_more_parameters_go_along() {
    let mut driver = Driver::signed_in();
    let url = driver
        .sign_out(json!({
            "state": "a&b=c",
            "logoutParams": { "logout_hint": "alice@example.org", "ui_locales": "de", "federated": true },
        }))
        .unwrap()
        .unwrap();
    let query = Form::of_url(&url);
    assert_eq!(query.get("state"), Some("a&b=c"));
    assert_eq!(query.get("logout_hint"), Some("alice@example.org"));
    assert_eq!(query.get("ui_locales"), Some("de"));
    assert_eq!(query.get("federated"), Some("true"));
    assert!(query.get("id_token_hint").is_some());

    let mut driver = Driver::signed_in();
    let url = driver.sign_out(json!({})).unwrap().unwrap();
    assert_eq!(Form::of_url(&url).get("state"), None, "none of our own");
}

/// The conformance suite's rp-init-logout-other-state and rp-init-logout-no-state: where the place to
/// return to is the redirect URI, too, each start asks whether its URL is a callback.
#[test]
fn whatever_state_comes_back_after_a_sign_out_is_no_callback() {
    let mut driver = Driver::signed_in();
    let returned = "https://app.example/callback";
    driver
        .sign_out(json!({ "returnTo": returned, "state": "mine" }))
        .unwrap();
    for query in ["", "?state=mine", "?state=other", "?state="] {
        let answer = driver.handle_callback(&[returned, query].concat());
        assert!(matches!(answer, Ok(None)), "{query}");
    }
    assert_eq!(driver.who(), None);
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
}

fn local() -> Command {
    Command::SignOut {
        options: json!({ "localOnly": true }),
    }
}

#[test]
fn every_page_is_told_once() {
    let mut driver = Driver::signed_in();
    driver.sign_out(json!({})).unwrap();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(
        driver
            .events
            .iter()
            .filter(|event| matches!(event, Event::SignedOut))
            .count(),
        1
    );
}

#[test]
fn nobody_s_sign_out_still_leads_to_the_server() {
    let mut driver = Driver::signed_out();
    let url = driver.sign_out(json!({})).unwrap().unwrap();
    assert_eq!(Form::of_url(&url).get("id_token_hint"), None);
    assert_eq!(Form::of_url(&url).get("client_id"), Some(CLIENT_ID));
    assert!(driver.events.is_empty());
}

#[test]
fn a_server_that_cannot_be_reached_hinders_no_sign_out() {
    let mut driver = Driver::signed_out();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Lost);
    assert_eq!(driver.sign_out(json!({})).unwrap(), None);
}

#[test]
fn wrong_options_end_no_session() {
    let mut driver = Driver::signed_in();
    for wrong in [
        json!({ "returnTo": "javascript:alert(1)" }),
        json!({ "returnTo": "/bye" }),
        json!({ "localOnly": "yes" }),
        json!({ "id_token_hint": "x" }),
        json!({ "state": 7 }),
        json!({ "state": "" }),
        json!({ "logoutParams": "ui_locales=de" }),
        json!({ "logoutParams": { "id_token_hint": "x" } }),
        json!({ "logoutParams": { "post_logout_redirect_uri": "https://evil.example/" } }),
        json!({ "logoutParams": { "client_id": "x" } }),
        json!({ "logoutParams": { "state": "x" } }),
    ] {
        let failure = driver.sign_out(wrong).unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::InvalidArgument, Phase::Logout)
        );
    }
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn somebody_else_may_sign_in_afterwards() {
    let mut driver = Driver::signed_in();
    driver.sign_out(json!({})).unwrap();
    driver.server.person = "bob".into();
    driver.sign_in();
    assert_eq!(driver.subject().as_deref(), Some("bob"));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        driver.server.revocations().len(),
        1,
        "there was nothing left to replace"
    );
}

#[test]
fn a_sign_in_that_was_under_way_is_not_finished_after_it() {
    for step in [Step::Http(Endpoint::Token), Step::Http(Endpoint::Keys)] {
        let mut driver = Driver::signed_out();
        let callback = driver.authorize();
        driver.hold(step);
        let id = driver.handle_callback_later(&callback.url());
        driver.sign_out(json!({ "localOnly": true })).unwrap();
        driver.release(step);
        let failure = driver.reply(id).unwrap().unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::LoginRequired, Phase::Callback)
        );
        assert_eq!(driver.who(), None);
        assert!(
            driver.server.grants.live_refresh_tokens().is_empty(),
            "its token is revoked"
        );
    }
}

#[test]
fn a_session_that_ends_by_itself_keeps_nobody_from_signing_in() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_sessions();
    let callback = driver.authorize();
    driver.hold(Step::Http(Endpoint::Token));
    let id = driver.handle_callback_later(&callback.url());
    driver.release(Step::Http(Endpoint::Token));
    assert!(driver.reply(id).unwrap().is_ok());
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_revocation_gets_two_seconds_at_most() {
    for (configured, expected) in [(10, 2_000), (1, 1_000)] {
        let mut driver = Driver::signed_in_with(with("httpTimeoutSeconds", json!(configured)));
        driver.hold(Step::Http(Endpoint::Revocation));
        driver.timeouts.clear();
        driver.command(Command::SignOut { options: json!({}) });
        driver.settle();
        assert_eq!(driver.timeouts, [expected]);
    }
}
