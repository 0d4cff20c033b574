//! APIs that need a token each (RFC 8707, and `audience` as Auth0 has it): one refresh token buys
//! them, so they are refreshed one after the other.

mod support;

use holdfast::core::{error::Code, json::json};
use support::{
    answer::Answer,
    api::ApiAnswer,
    driver::{Driver, Step},
    server::Endpoint,
    story::{FILES, MAIL, two_targets, with},
};

const TOKEN: Step = Step::Http(Endpoint::Token);

/// Asserts that each call so far went out with a token of its own API's.
fn assert_tokens_are_in_place(driver: &Driver, calls: &[(holdfast::core::input::CommandId, &str)]) {
    for (id, token) in &driver.api.calls {
        let url = calls.iter().find(|(known, _)| known == id).unwrap().1;
        let record = driver.server.grants.access_token(token);
        let expected = if url == MAIL {
            (Some("mail"), None)
        } else {
            (None, Some("https://files.example"))
        };
        assert_eq!(
            (record.audience.as_deref(), record.resource.as_deref()),
            expected,
            "{url}"
        );
    }
}

#[test]
fn each_api_gets_a_token_of_its_own_one_refresh_after_the_other() {
    let mut driver = Driver::signed_in_with(two_targets());
    driver.expire_access_token();
    driver.hold(TOKEN);
    let calls: Vec<_> = [MAIL, FILES, MAIL, FILES]
        .map(|url| (driver.fetch(url), url))
        .into();
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1, "one at a time");
    driver.release(TOKEN);
    for (id, url) in &calls {
        assert_eq!(driver.outcome(*id), Some(Ok(())), "{url}");
    }
    assert_tokens_are_in_place(&driver, &calls);
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes.len(), 2);
    assert_ne!(
        refreshes[0], refreshes[1],
        "the second is bought with the token that the first brought"
    );
}

#[test]
fn a_refresh_asks_for_what_its_api_needs_and_no_more() {
    let mut driver = Driver::signed_in_with(two_targets());
    assert_eq!(driver.call(FILES), Ok(()));
    let form = &driver.server.requests.last().unwrap().form;
    assert_eq!(form.get("resource"), Some("https://files.example"));
    assert_eq!(form.get("scope"), Some("files"));
    assert_eq!(form.get("audience"), None);
    driver.expire_access_token();
    assert_eq!(driver.call(MAIL), Ok(()));
    let form = &driver.server.requests.last().unwrap().form;
    assert_eq!(
        (
            form.get("audience"),
            form.get("resource"),
            form.get("scope")
        ),
        (Some("mail"), None, None)
    );
}

#[test]
fn a_token_for_one_api_is_no_token_for_the_other() {
    let mut driver = Driver::signed_in_with(two_targets());
    let calls = [(driver.fetch(MAIL), MAIL), (driver.fetch(FILES), FILES)];
    driver.settle();
    assert_eq!(driver.api.calls.len(), 2);
    assert_tokens_are_in_place(&driver, &calls);
}

#[test]
fn a_new_token_for_one_api_leaves_the_other_s_alone() {
    let mut driver = Driver::signed_in_with(two_targets());
    assert_eq!(driver.call(FILES), Ok(()));
    driver.api.next(ApiAnswer::Status(401, None));
    assert_eq!(driver.call(MAIL), Ok(()));
    assert_eq!(driver.call(FILES), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);
    let tokens = driver.api.tokens();
    assert_eq!(tokens[0], tokens[3]);
}

#[test]
fn a_target_that_the_server_refuses_fails_its_own_calls_alone() {
    for error in ["invalid_target", "invalid_scope"] {
        let mut driver = Driver::signed_in_with(two_targets());
        driver.expire_access_token();
        driver
            .server
            .next(Endpoint::Token, Answer::refused(400, error));
        driver.hold(TOKEN);
        let (files, mail) = (driver.fetch(FILES), driver.fetch(MAIL));
        driver.settle();
        driver.release(TOKEN);
        assert_eq!(driver.outcome(files), Some(Err(Code::TokenRefused)));
        assert_eq!(driver.outcome(mail), Some(Ok(())), "{error}");
        assert!(driver.expiries().is_empty());
    }
}

#[test]
fn a_server_that_is_away_fails_the_calls_for_all_apis() {
    let mut driver = Driver::signed_in_with(two_targets());
    driver.expire_access_token();
    driver.server.always(Endpoint::Token, Answer::Lost);
    let (files, mail) = (driver.fetch(FILES), driver.fetch(MAIL));
    driver.run();
    assert_eq!(driver.outcome(files), Some(Err(Code::NetworkError)));
    assert_eq!(driver.outcome(mail), Some(Err(Code::NetworkError)));
}

#[test]
fn apis_with_equal_parameters_share_a_token() {
    let resources = json!([
        "https://one.example/",
        { "url": "https://two.example/" },
    ]);
    let mut driver = Driver::signed_in_with(with("resources", resources));
    assert_eq!(driver.call("https://one.example/a"), Ok(()));
    assert_eq!(driver.call("https://two.example/b"), Ok(()));
    assert!(driver.server.refreshes().is_empty());
    let tokens = driver.api.tokens();
    assert_eq!(tokens[0], tokens[1]);
}

#[test]
fn a_lifetime_of_nothing_does_not_play_ping_pong() {
    let mut driver = Driver::new(two_targets());
    driver.server.expires_in = json!(0);
    driver.sign_in();
    let ids = [MAIL, FILES, MAIL, FILES].map(|url| driver.fetch(url));
    driver.settle();
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn without_a_refresh_token_one_api_s_token_is_not_lost_for_another_s_sake() {
    let mut driver = Driver::new(two_targets());
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    assert_eq!(driver.call(MAIL), Ok(()), "the sign-in's token");
    assert_eq!(driver.call(FILES), Err(Code::InteractionRequired));
    assert!(driver.expiries().is_empty());
    assert_eq!(driver.call(MAIL), Ok(()), "it is still good");
    driver.expire_access_token();
    assert_eq!(driver.call(FILES), Err(Code::SessionExpired));
    assert_eq!(driver.expiries().len(), 1);
}

#[test]
fn a_sign_in_s_token_goes_to_the_api_that_it_is_for_wherever_that_stands_in_the_list() {
    let resources = json!([
        FILES,
        { "url": MAIL, "audience": "mail" },
    ]);
    let mut driver = Driver::signed_in_with(with("resources", resources));
    assert_eq!(driver.call(MAIL), Ok(()));
    assert_eq!(driver.token_requests(), 1, "the sign-in's own token");
    assert_eq!(driver.call(FILES), Ok(()));
    assert_eq!(driver.token_requests(), 2, "one of its own");
    let audiences: Vec<_> = driver
        .api
        .tokens()
        .iter()
        .map(|token| driver.server.grants.access_token(token).audience.clone())
        .collect();
    assert_eq!(audiences, [Some("mail".into()), None]);
}

#[test]
fn a_token_with_another_api_s_scope_is_used_for_neither() {
    let resources = json!([
        { "url": MAIL, "scope": "read" },
        { "url": FILES, "scope": "admin" },
    ]);
    let mut driver = Driver::signed_in_with(with("resources", resources));
    assert_eq!(driver.call(MAIL), Ok(()));
    assert_eq!(driver.call(FILES), Ok(()));
    let scopes: Vec<_> = driver
        .api
        .tokens()
        .iter()
        .map(|token| driver.server.grants.access_token(token).scope.clone())
        .collect();
    assert_eq!(scopes, [Some("read".into()), Some("admin".into())]);
}
