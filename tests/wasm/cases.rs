//! What the browser shell must do in every kind of worker, with the browser's own parts.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::{
    browser::{clock, convert, crypto, http, store},
    core::{
        input::{HttpFailure, RequestId, SignatureVerdict},
        jwks::Algorithm,
        output::{HttpRequest, SignatureCheck},
        secret::Secret,
    },
};
use js_sys::Reflect;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Signatures made by another implementation, one for each algorithm.
fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/signatures.json")).unwrap()
}

fn check(vector: &Value) -> SignatureCheck {
    let text = |name: &str| vector[name].as_str().unwrap();
    SignatureCheck {
        algorithm: Algorithm::from_name(text("alg")).unwrap(),
        key: vector["key"].clone(),
        signing_input: Secret::from(text("signing_input")),
        signature: Base64UrlUnpadded::decode_vec(text("signature")).unwrap(),
    }
}

#[wasm_bindgen_test]
async fn good_signatures_are_valid() {
    for vector in vectors() {
        assert_eq!(
            crypto::verify(check(&vector)).await,
            SignatureVerdict::Valid,
            "{}",
            vector["alg"]
        );
    }
}

#[wasm_bindgen_test]
async fn wrong_signatures_are_invalid() {
    for vector in vectors() {
        let mut wrong = check(&vector);
        wrong.signature[10] ^= 1;
        assert_eq!(
            crypto::verify(wrong).await,
            SignatureVerdict::Invalid,
            "{}",
            vector["alg"]
        );
        let mut other = check(&vector);
        other.signing_input = Secret::from("e30.e30");
        assert_eq!(
            crypto::verify(other).await,
            SignatureVerdict::Invalid,
            "{}",
            vector["alg"]
        );
    }
}

#[wasm_bindgen_test]
async fn a_key_that_is_none_is_unsupported() {
    let mut wrong = check(&vectors()[0]);
    wrong.key = json!({ "kty": "EC", "crv": "P-256" });
    assert_eq!(crypto::verify(wrong).await, SignatureVerdict::Unsupported);
}

#[wasm_bindgen_test]
async fn a_transaction_is_taken_once() {
    let record = json!({ "nonce": "n", "maxAge": null, "appState": { "deep": [1, "two", false] } });
    store::put("taken-once".into(), record.clone(), 2_000, 1_000)
        .await
        .unwrap();
    assert_eq!(store::take("taken-once".into()).await, Ok(Some(record)));
    assert_eq!(store::take("taken-once".into()).await, Ok(None));
    assert_eq!(store::take("never-stored".into()).await, Ok(None));
}

#[wasm_bindgen_test]
async fn of_two_who_ask_at_once_one_gets_the_transaction() {
    store::put("contested".into(), json!(1), 2_000, 1_000)
        .await
        .unwrap();
    let (one, other) = futures_of_two(
        store::take("contested".into()),
        store::take("contested".into()),
    )
    .await;
    assert_eq!(
        usize::from(one == Ok(Some(json!(1)))) + usize::from(other == Ok(Some(json!(1)))),
        1
    );
}

#[wasm_bindgen_test]
async fn expired_transactions_go_when_the_next_one_comes() {
    store::put("old".into(), json!("old"), 100, 50)
        .await
        .unwrap();
    store::put("young".into(), json!("young"), 300, 50)
        .await
        .unwrap();
    store::put("new".into(), json!("new"), 400, 200)
        .await
        .unwrap();
    assert_eq!(store::take("old".into()).await, Ok(None));
    assert_eq!(store::take("young".into()).await, Ok(Some(json!("young"))));
    assert_eq!(store::take("new".into()).await, Ok(Some(json!("new"))));
}

fn request(url: &str, timeout_milliseconds: u64) -> HttpRequest {
    HttpRequest {
        id: RequestId(1),
        url: url.into(),
        form: None,
        timeout_milliseconds,
    }
}

#[wasm_bindgen_test]
async fn an_answer_is_read_with_what_decisions_need() {
    let answer = http::send(request(
        "data:text/html;charset=utf-8,<p>Sign in to the Wi-Fi",
        10_000,
    ))
    .await
    .ok()
    .unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.looks_like_html);
    assert_eq!(answer.body.expose(), "<p>Sign in to the Wi-Fi");
    let answer = http::send(request("data:application/json,{}", 10_000))
        .await
        .ok()
        .unwrap();
    assert!(!answer.looks_like_html && answer.retry_after_seconds.is_none());
}

#[wasm_bindgen_test]
async fn no_answer_is_a_network_failure() {
    // Port 1 is forbidden to every browser, so nothing has to be listening or not.
    let failure = http::send(request("http://127.0.0.1:1/", 10_000))
        .await
        .err();
    assert_eq!(failure, Some(HttpFailure::Network));
}

#[wasm_bindgen_test]
fn values_cross_the_border_and_come_back() {
    let value = json!({
        "text": "ünï", "whole": 9_007_199_254_740_991_u64, "part": -1.5, "yes": true, "none": null,
        "list": [1, [2], {}], "object": { "a": { "b": "c" } },
    });
    assert_eq!(convert::from_js(&convert::to_js(&value)), Ok(value));
}

#[wasm_bindgen_test]
fn a_server_s_claim_can_t_change_what_objects_are() {
    let value = serde_json::from_str(r#"{"__proto__":{"isAdmin":true},"constructor":1}"#).unwrap();
    let object = convert::to_js(&value);
    assert!(
        Reflect::get(&object, &JsValue::from("isAdmin"))
            .unwrap()
            .is_undefined()
    );
    assert_eq!(convert::from_js(&object), Ok(value));
}

#[wasm_bindgen_test]
fn what_is_not_plain_data_is_refused() {
    assert_eq!(convert::from_js(&JsValue::UNDEFINED), Ok(Value::Null));
    assert!(convert::from_js(&JsValue::symbol(None)).is_err());
    assert!(convert::from_js(&js_sys::Function::new_no_args("").into()).is_err());
}

#[wasm_bindgen_test]
fn randomness_differs_and_time_goes_on() {
    assert_ne!(clock::entropy().expose(), clock::entropy().expose());
    assert_ne!(clock::entropy().expose(), &[0; 96]);
    let (before, after) = (clock::now(), clock::now());
    assert!(after.monotonic >= before.monotonic);
    assert!(after.unix.seconds() > 1_700_000_000);
}

/// Both results, of futures that run side by side.
async fn futures_of_two<T: 'static>(
    one: impl Future<Output = T> + 'static,
    other: impl Future<Output = T> + 'static,
) -> (T, T) {
    let (sender, mut results) = (
        std::rc::Rc::new(std::cell::RefCell::new(Vec::new())),
        Vec::new(),
    );
    let finished = sender.clone();
    let promise = wasm_bindgen_futures::future_to_promise(async move {
        let result = other.await;
        finished.borrow_mut().push(result);
        Ok(JsValue::UNDEFINED)
    });
    results.push(one.await);
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
    results.append(&mut sender.borrow_mut());
    let other = results.pop().unwrap();
    (results.pop().unwrap(), other)
}
