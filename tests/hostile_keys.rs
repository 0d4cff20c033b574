//! A hostile server's keys (RFC 7517), and ID tokens that are signed with keys which are none. What is
//! expected of each case stands in `tests/vectors/hostile-host.json`.

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    json::{Value, json},
    jwks::Algorithm,
};
use support::{
    answer::Answer,
    bob,
    driver::Driver,
    hostile::{self, Row},
    id_token::Draft,
    keys::{ED25519, ES256, OTHER_ED25519, OTHER_ES256, PS256, RS256, TestKey},
    server::Endpoint,
};

const fn as_it_is(_: &mut Draft) {}

fn without_key_id(draft: &mut Draft) {
    draft.header("kid", json!(null));
}

/// Bob's token is signed by `key`, of which `spoil` is done to the signature's bytes.
fn signed_by(row: &Row, key: TestKey, is_spoilt: bool) {
    let mut driver = Driver::signed_out();
    driver.server.keys.clear();
    driver.server.sign_with(key);
    if is_spoilt {
        driver.server.tamper(|draft| {
            draft.finish = |token| {
                let (input, signature) = token.rsplit_once('.').unwrap();
                let mut bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
                let last = bytes.len() - 2;
                bytes[last] ^= 1;
                format!("{input}.{}", Base64UrlUnpadded::encode_string(&bytes))
            };
        });
    }
    bob::signs_in_at(driver, row);
}

/// The one key of the server's, with a member of its own.
fn key_with(row: &Row, name: &str, value: Value) {
    let mut key = ED25519.public();
    key[name] = value;
    bob::has_keys(row, vec![key], as_it_is);
}

/// The key set is this, to the letter.
fn key_set(row: &Row, text: &'static str) {
    let mut driver = Driver::signed_out();
    let answer = Answer::Fixed {
        status: 200,
        body: text.into(),
        retry_after: None,
        is_html: false,
    };
    driver.server.always(Endpoint::Keys, answer);
    bob::signs_in_at(driver, row);
}

#[test]
fn each_algorithm() {
    signed_by(
        &hostile::row("oidcc-client-test-idtoken-sig-rs256"),
        RS256,
        false,
    );
    signed_by(
        &hostile::row("oidcc-client-test-invalid-sig-rs256"),
        RS256,
        true,
    );
    signed_by(
        &hostile::row("oidcc-client-test-invalid-sig-es256"),
        ES256,
        true,
    );
    signed_by(&hostile::row("own-keys-signature-of-ps256"), PS256, true);
    let mut driver = Driver::signed_out();
    driver.server.keys.clear();
    driver.server.sign_with(RS256);
    driver.server.metadata["id_token_signing_alg_values_supported"] = json!(["ES256", "PS256"]);
    let row = hostile::row("fapi2-security-profile-final-client-test-invalid-alternate-alg");
    bob::signs_in_at(driver, &row);
}

#[test]
fn key_ids() {
    let one = vec![RS256.public(), ED25519.public()];
    bob::has_keys(
        &hostile::row("oidcc-client-test-kid-absent-single-jwks"),
        one,
        without_key_id,
    );
    let two = vec![ED25519.public(), OTHER_ED25519.public()];
    bob::has_keys(
        &hostile::row("oidcc-client-test-kid-absent-multiple-jwks"),
        two,
        without_key_id,
    );
    let mut other = OTHER_ED25519.public();
    other["kid"] = json!(ED25519.id);
    bob::has_keys(
        &hostile::row("IDT-14-same-id"),
        vec![other, ED25519.public()],
        as_it_is,
    );
    let mut other = ES256.public();
    other["kid"] = json!(ED25519.id);
    bob::has_keys(
        &hostile::row("IDT-14-same-id-other-kind"),
        vec![other, ED25519.public()],
        as_it_is,
    );
    key_with(
        &hostile::row("own-keys-id-list"),
        "kid",
        json!([ED25519.id]),
    );
    key_with(
        &hostile::row("own-keys-id-space"),
        "kid",
        json!("ed25519-1 "),
    );
    bob::has_keys(
        &hostile::row("own-keys-signed-by-another"),
        vec![ED25519.public(), OTHER_ED25519.public()],
        |draft| {
            draft.signer = OTHER_ED25519;
        },
    );
}

#[test]
fn keys_that_do_not_fit() {
    key_with(&hostile::row("IDT-16-use"), "use", json!("enc"));
    key_with(
        &hostile::row("own-keys-operations"),
        "key_ops",
        json!(["sign"]),
    );
    key_with(
        &hostile::row("own-keys-operations-none"),
        "key_ops",
        json!([]),
    );
    key_with(
        &hostile::row("own-keys-operations-verify"),
        "key_ops",
        json!(["verify"]),
    );
    key_with(
        &hostile::row("own-keys-other-algorithm"),
        "alg",
        json!("ES256"),
    );
    key_with(&hostile::row("own-keys-other-curve"), "crv", json!("Ed448"));
    key_with(
        &hostile::row("own-keys-agreement-curve"),
        "crv",
        json!("X25519"),
    );
    key_with(
        &hostile::row("own-keys-private-part"),
        "d",
        json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
    );
    key_with(
        &hostile::row("own-keys-certificate"),
        "x5u",
        json!("https://evil.example/certificate"),
    );
    let weak = json!({ "kty": "RSA", "kid": "rsa-1", "e": "AQAB", "n": Base64UrlUnpadded::encode_string(&[0xf1; 128]) });
    let by_rsa = |draft: &mut Draft| {
        draft.signer = RS256;
        draft.header("alg", json!("RS256"));
        draft.header("kid", json!("rsa-1"));
        draft.claim("at_hash", json!(null));
    };
    bob::has_keys(&hostile::row("IDT-16-weak"), vec![weak], by_rsa);
    let mut long = [0; 256];
    long[128..].fill(0xf1);
    let zeros = json!({ "kty": "RSA", "kid": "rsa-1", "e": "AQAB", "n": Base64UrlUnpadded::encode_string(&long) });
    bob::has_keys(
        &hostile::row("own-keys-weak-with-zeros"),
        vec![zeros],
        by_rsa,
    );
    let mut elliptic = OTHER_ES256.public();
    elliptic["kid"] = json!("rsa-1");
    bob::has_keys(&hostile::row("IDT-16-kind"), vec![elliptic], by_rsa);
}

#[test]
fn a_public_key_as_a_secret() {
    bob::has_keys(
        &hostile::row("own-keys-public-key-as-secret"),
        vec![RS256.public()],
        |draft| {
            draft.header("alg", json!("HS256"));
            draft.header("kid", json!("rsa-1"));
        },
    );
    let secret =
        json!({ "kty": "oct", "kid": ED25519.id, "k": "c2VjcmV0", "alg": Algorithm::EdDsa.name() });
    bob::has_keys(&hostile::row("own-keys-secret"), vec![secret], as_it_is);
}

#[test]
fn key_sets_that_are_none() {
    key_set(
        &hostile::row("own-keys-object"),
        r#"{"keys":{"ed25519-1":{}}}"#,
    );
    key_set(&hostile::row("own-keys-missing"), "{}");
    key_set(&hostile::row("own-keys-empty"), r#"{"keys":[]}"#);
    key_set(
        &hostile::row("own-keys-members-twice"),
        r#"{"keys":[],"keys":[{"kty":"OKP"}]}"#,
    );
    key_set(
        &hostile::row("own-keys-no-json"),
        "-----BEGIN PUBLIC KEY-----",
    );
    key_set(
        &hostile::row("own-keys-odd-entries"),
        r#"{"keys":[null,7,"key",[],{}]}"#,
    );
}
