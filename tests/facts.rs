//! What an app may know of its session (`auth.session()`).

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::Command,
    json::{Value, json},
    output::{Failure, Reply},
};
use support::{
    driver::Driver,
    proofs::ProofDesk,
    server::Endpoint,
    story::{API, FILES, MAIL, two_targets, with},
};

fn ask(driver: &mut Driver, resource: Option<&str>) -> Result<Value, Failure> {
    let resource = resource.map(String::from);
    match driver.ask(Command::Facts { resource })? {
        Reply::Facts(facts) => Ok(facts),
        other => panic!("{other:?} is no answer to Facts"),
    }
}

fn facts(driver: &mut Driver) -> Value {
    ask(driver, None).expect("facts")
}

fn scopes(driver: &mut Driver, resource: &str) -> Value {
    ask(driver, Some(resource)).expect("facts")["scopes"].clone()
}

fn unix(driver: &Driver) -> u64 {
    driver.clock.now().unix.0
}

#[test]
fn nobody_is_signed_in_and_there_is_nothing_to_tell() {
    let mut driver = Driver::signed_out();
    assert_eq!(facts(&mut driver), Value::Null);
    let mut driver = Driver::signed_in();
    driver.sign_out(json!({ "localOnly": true })).unwrap();
    assert_eq!(facts(&mut driver), Value::Null);
}

#[test]
fn a_session_that_has_just_begun() {
    let mut driver = Driver::signed_in();
    let now = unix(&driver);
    let expected = json!({
        "startedAt": now,
        "scopes": ["openid", "profile", "offline_access"],
        "accessTokenExpiresAt": now + 300_000,
        "hasRefreshToken": true,
        "isDpopBound": false,
    });
    assert_eq!(facts(&mut driver), expected);
    let requests = driver.server.requests.len();
    driver.clock.advance(1_000_000);
    assert_eq!(facts(&mut driver), expected, "an expired one, too");
    assert_eq!(driver.server.requests.len(), requests, "nothing is renewed");
}

#[test]
fn what_the_server_leaves_open_stays_open() {
    let mut driver = Driver::signed_out();
    driver.server.expires_in = json!(null);
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    let facts = facts(&mut driver);
    assert_eq!(facts["accessTokenExpiresAt"], json!(null));
    assert_eq!(facts["hasRefreshToken"], json!(false));
}

#[test]
fn the_scope_that_the_server_says_counts() {
    let mut driver = Driver::signed_out();
    driver.server.scope = json!("openid profile");
    driver.sign_in();
    assert_eq!(facts(&mut driver)["scopes"], json!(["openid", "profile"]));
    // A refresh that says nothing grants the same (RFC 6749 section 6).
    driver.server.scope = json!(null);
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(facts(&mut driver)["scopes"], json!(["openid", "profile"]));
    driver.server.scope = json!("openid");
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(facts(&mut driver)["scopes"], json!(["openid"]));
}

#[test]
fn a_scope_that_is_none_says_nothing() {
    for scope in [
        json!(7),
        json!(""),
        json!("a  b"),
        json!("a\"b"),
        json!(["a"]),
    ] {
        let mut driver = Driver::signed_out();
        driver.server.scope = scope;
        driver.sign_in();
        assert_eq!(
            facts(&mut driver)["scopes"],
            json!(["openid", "profile", "offline_access"])
        );
    }
}

#[test]
fn a_refresh_changes_the_expiry_and_not_the_beginning() {
    let mut driver = Driver::signed_in();
    let began = unix(&driver);
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let facts = facts(&mut driver);
    assert_eq!(facts["startedAt"], json!(began));
    assert_eq!(
        facts["accessTokenExpiresAt"],
        json!(unix(&driver) + 300_000)
    );
}

#[test]
fn each_access_token_has_facts_of_its_own() {
    let mut driver = Driver::signed_in_with(two_targets());
    assert_eq!(
        scopes(&mut driver, FILES),
        json!(["files"]),
        "what is asked for when it is needed"
    );
    assert_eq!(
        ask(&mut driver, Some(FILES)).unwrap()["accessTokenExpiresAt"],
        json!(null)
    );
    driver.clock.advance(10_000);
    driver.server.scope = json!("files.read");
    assert_eq!(driver.call(FILES), Ok(()));
    assert_eq!(scopes(&mut driver, FILES), json!(["files.read"]));
    let files = ask(&mut driver, Some(FILES)).unwrap();
    let mail = ask(&mut driver, Some(MAIL)).unwrap();
    assert_ne!(files["accessTokenExpiresAt"], mail["accessTokenExpiresAt"]);
    assert_eq!(files["startedAt"], mail["startedAt"]);
    assert_eq!(facts(&mut driver), mail, "the sign-in's own");
    let failure = ask(&mut driver, Some("https://evil.example/")).unwrap_err();
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::ResourceNotAllowed, Phase::Init)
    );
}

/// RFC 6749 section 5.1: a server that is silent has granted what it was asked for, which is more than what
/// the API of the sign-in's token asks for.
#[test]
fn a_sign_in_without_a_scope_in_its_answer_was_granted_all_that_it_asked_for() {
    let file_store = json!({ "url": "https://files.example/", "scope": "files" });
    let mut driver = Driver::new(with("resources", json!([file_store])));
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    let asked = json!(["openid", "profile", "offline_access", "files"]);
    assert_eq!(facts(&mut driver)["scopes"], asked);
    assert_eq!(scopes(&mut driver, FILES), asked);
}

#[test]
fn what_is_bought_with_the_sign_in_s_token_has_none_of_its_scopes() {
    let books = |more: Value| {
        let mut books =
            json!({ "url": "https://books.example/", "audience": "b", "exchange": true });
        if !more.is_null() {
            books["scope"] = more;
        }
        let resources = json!(["https://api.example/", books]);
        Driver::signed_in_with(with("resources", resources))
    };
    const BOOKS: &str = "https://books.example/shelf";
    let mut driver = books(Value::Null);
    assert_eq!(scopes(&mut driver, BOOKS), json!([]), "nobody asked");
    assert_eq!(driver.call(BOOKS), Ok(()));
    assert_eq!(scopes(&mut driver, BOOKS), json!([]), "nobody said");
    let mut driver = books(json!("read"));
    assert_eq!(scopes(&mut driver, BOOKS), json!(["read"]));
    driver.server.scope = json!("read write");
    assert_eq!(driver.call(BOOKS), Ok(()));
    assert_eq!(scopes(&mut driver, BOOKS), json!(["read", "write"]));
}

#[test]
fn it_says_whether_the_token_is_bound_to_a_key() {
    let mut driver = Driver::new(with("dpop", json!("auto")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.api.desk = Some(ProofDesk::default());
    driver.sign_in();
    assert_eq!(facts(&mut driver)["isDpopBound"], json!(true));
    let mut driver = Driver::new(with("dpop", json!("auto")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.server.gives_bearer_tokens = true;
    driver.sign_in();
    assert_eq!(facts(&mut driver)["isDpopBound"], json!(false));
}

#[test]
fn a_reload_keeps_all_of_it() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.server.scope = json!("openid files:read");
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let before = facts(&mut driver);
    assert_eq!(before["scopes"], json!(["openid", "files:read"]));
    driver.clock.advance(20_000);
    let mut driver = driver.reload();
    driver.open();
    assert_eq!(facts(&mut driver), before);
    let mut driver = driver.reload();
    driver.open();
    assert_eq!(facts(&mut driver), before);
    assert_eq!(driver.server.requests_to(Endpoint::Token).len(), 2);
}

#[test]
fn times_are_by_the_clock_as_it_is_set_now() {
    let mut driver = Driver::signed_in();
    let began = unix(&driver);
    driver.clock.advance(60_000);
    driver.clock.set(began - 1_000_000);
    let facts = facts(&mut driver);
    assert_eq!(facts["startedAt"], json!(began - 1_060_000));
    assert_eq!(facts["accessTokenExpiresAt"], json!(began - 760_000));
}

#[test]
fn a_session_that_went_on_elsewhere_is_not_this_ones_to_tell_of() {
    let mut driver = Driver::signed_in_with_escrow();
    let mut twin = driver.twin();
    twin.escrow.gone.insert(driver.client);
    twin.open();
    twin.swap(&mut driver);
    assert_eq!(driver.resume(), Err(Code::SessionMoved));
    let failure = ask(&mut driver, None).unwrap_err();
    assert_eq!(failure.error.code, Code::SessionMoved);
}
