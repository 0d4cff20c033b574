//! Alice is signed in, and somebody wants to sign Bob in with what is not as it should be.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::json::{self, Value};

use super::{
    answer::Answer, driver::Driver, hostile::Row, id_token::Draft, keys::ED25519, server::Endpoint,
    story::API,
};

/// Bob's ID token is like `tamper` makes it.
pub fn has_id_token(row: &Row, tamper: impl FnMut(&mut Draft) + 'static) {
    let mut driver = Driver::signed_in();
    driver.server.tamper(tamper);
    signs_in_at(driver, row);
}

/// The same, whose claims or header, written as JSON, `change` rewrites before they are signed.
pub fn has_written(row: &Row, finish: fn(String) -> String) {
    has_id_token(row, move |draft| draft.finish = finish);
}

/// The server's keys are these, and Bob's ID token is like `tamper` makes it.
pub fn has_keys(row: &Row, keys: Vec<Value>, tamper: impl FnMut(&mut Draft) + 'static) {
    let mut driver = Driver::signed_out();
    driver.server.keys = keys;
    driver.server.tamper(tamper);
    signs_in_at(driver, row);
}

/// Bob's code is answered with this.
pub fn has_answer(row: &Row, answer: Answer) {
    let mut driver = Driver::signed_in();
    driver.server.next(Endpoint::Token, answer);
    signs_in_at(driver, row);
}

/// Bob's code is answered with a token response after `change`.
pub fn has_response(row: &Row, change: fn(&str) -> String) {
    has_answer(row, Answer::Rewritten(change));
}

/// A JSON object with one member set, or left out where `value` is null.
pub fn edited(body: &str, name: &str, value: Value) -> String {
    let mut body = json::parse(body).unwrap();
    if value.is_null() {
        body.as_object_mut().unwrap().remove(name);
    } else {
        body[name] = value;
    }
    body.to_string()
}

/// The same, where the member is there once more, behind the first.
pub fn doubled(body: &str, name: &str, value: &str) -> String {
    let body = body.strip_suffix('}').unwrap();
    format!("{body},\"{name}\":{value}}}")
}

/// Bob comes to `driver`, in which Alice, or nobody, is signed in.
pub fn signs_in_at(mut driver: Driver, row: &Row) {
    let before = driver.subject();
    let (calls, events) = (driver.api.calls.len(), driver.events.len());
    driver.server.person = "bob".into();
    let callback = driver.authorize();
    let requests = driver.token_requests();
    let result = driver.handle_callback(&callback.url());
    let result = result.map(|signed_in| assert!(signed_in.is_some()));
    let result = result.map_err(|failure| failure.error.code);
    driver.server.tamper = None;
    if result.is_ok() {
        assert_eq!(driver.subject().as_deref(), Some("bob"));
        assert_eq!(driver.call(API), Ok(()));
    } else {
        // Nothing of Bob's was used, and Alice's session goes on with what it had.
        assert!(driver.token_requests() <= requests + 1);
        assert_eq!(driver.events.len(), events);
        assert_eq!(driver.api.calls.len(), calls);
        assert_eq!(driver.subject(), before);
        if before.is_some() {
            goes_on(&mut driver);
        }
    }
    row.compare(result);
}

/// Alice's session has her own tokens, those of the first sign-in.
pub fn goes_on(driver: &mut Driver) {
    let calls = driver.api.calls.len();
    assert_eq!(driver.call(API), Ok(()));
    assert!(driver.api.tokens()[calls].starts_with("access-2-"));
    has_its_refresh_token(driver, "refresh-3-");
}

/// Its access token has expired, and this is its refresh token.
pub fn has_its_refresh_token(driver: &mut Driver, first: &str) {
    driver.expire_access_token();
    let refreshes = driver.server.refreshes().len();
    assert_eq!(driver.call(API), Ok(()));
    assert!(driver.server.refreshes()[refreshes].starts_with(first));
}

/// A token of which `change` has rewritten a part (0: the header, 1: the claims) as JSON, signed anew.
pub fn rewritten(token: &str, part: usize, change: impl Fn(&str) -> String) -> String {
    let mut parts: Vec<String> = token.split('.').map(String::from).collect();
    let text = Base64UrlUnpadded::decode_vec(&parts[part]).unwrap();
    let text = change(std::str::from_utf8(&text).unwrap());
    parts[part] = Base64UrlUnpadded::encode_string(text.as_bytes());
    signed(&format!("{}.{}", parts[0], parts[1]))
}

/// A token of which `change` has rewritten the claims as bytes, signed anew.
pub fn with_claims(token: &str, claims: &[u8]) -> String {
    let (header, _) = token.split_once('.').unwrap();
    signed(&format!(
        "{header}.{}",
        Base64UrlUnpadded::encode_string(claims)
    ))
}

/// A signing input, with its signature.
pub fn signed(input: &str) -> String {
    let signature = Base64UrlUnpadded::encode_string(&ED25519.sign(input));
    format!("{input}.{signature}")
}
