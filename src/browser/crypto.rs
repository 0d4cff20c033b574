//! Signatures, verified by WebCrypto.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::convert;
use crate::core::{input::SignatureVerdict, jwks::Algorithm, output::SignatureCheck};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = verify)]
    fn verify_signature(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Verifies the signature that `check` describes.
pub async fn verify(check: SignatureCheck) -> SignatureVerdict {
    try_verify(check)
        .await
        .unwrap_or(SignatureVerdict::Unsupported)
}

async fn try_verify(check: SignatureCheck) -> Result<SignatureVerdict, JsValue> {
    let key = convert::to_js(&check.key);
    let algorithm = parameters(check.algorithm);
    let usages = Array::of1(&"verify".into());
    let key = JsFuture::from(import_key("jwk", &key, &algorithm, false, &usages)?).await?;
    let signature = Uint8Array::from(check.signature.as_slice());
    // EXPOSE: WebCrypto hashes the token inside the vault.
    let data = Uint8Array::from(check.signing_input.expose().as_bytes());
    let valid = JsFuture::from(verify_signature(&algorithm, &key, &signature, &data)?).await?;
    Ok(if valid.is_truthy() {
        SignatureVerdict::Valid
    } else {
        SignatureVerdict::Invalid
    })
}

/// The algorithm in the words of WebCrypto, for import and verification alike.
///
/// WebCrypto passes over the members that an algorithm does not know.
fn parameters(algorithm: Algorithm) -> JsValue {
    let name = match algorithm {
        Algorithm::Rs256 => "RSASSA-PKCS1-v1_5",
        Algorithm::Ps256 => "RSA-PSS",
        Algorithm::Es256 => "ECDSA",
        Algorithm::EdDsa => "Ed25519",
    };
    convert::object(&[
        ("name", name.into()),
        ("hash", "SHA-256".into()),
        // RFC 7518 section 3.5: the salt is as long as the hash.
        ("saltLength", 32.into()),
        ("namedCurve", "P-256".into()),
    ])
}
