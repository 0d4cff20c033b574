//! Proof Key for Code Exchange (RFC 7636) and the random values of one sign-in.

use alloc::string::String;

use sha2::{Digest as _, Sha256};

use super::{base64url, secret::Secret};

/// The randomness of one sign-in: 256 bits for each of code verifier, state and nonce.
pub type Entropy = Secret<[u8; 96]>;

/// 32 random bytes in base64url without padding: 43 characters (RFC 7636 section 4.1).
pub type RandomText = String;

/// The three unguessable values of one sign-in.
pub struct SignInValues {
    /// Proves to the token endpoint that whoever redeems the code started the sign-in.
    pub code_verifier: Secret<String>,
    /// Binds the authorization response to this sign-in (RFC 6749 section 10.12).
    pub state: RandomText,
    /// Binds the ID token to this sign-in (OpenID Connect Core section 3.1.2.1).
    pub nonce: RandomText,
}

impl SignInValues {
    /// Cuts the values out of fresh randomness.
    #[must_use]
    pub fn new(entropy: &Entropy) -> Self {
        // EXPOSE: the randomness becomes the values; `state` and `nonce` are meant to be seen.
        let (code_verifier, rest) = entropy.expose().split_at(32);
        let (state, nonce) = rest.split_at(32);
        Self {
            code_verifier: Secret::new(base64url::encode(code_verifier)),
            state: base64url::encode(state),
            nonce: base64url::encode(nonce),
        }
    }
}

/// The S256 code challenge of a verifier (RFC 7636 section 4.2). The method `plain` is never used.
#[must_use]
pub fn code_challenge(code_verifier: &Secret<String>) -> String {
    // EXPOSE: only the hash leaves this function.
    base64url::encode(&Sha256::digest(code_verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_7636_appendix_b() {
        let verifier = Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            code_challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn values_are_43_unreserved_characters_and_differ() {
        let mut bytes = [0; 96];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(index * 7 % 256).unwrap();
        }
        let values = SignInValues::new(&Secret::new(bytes));
        let verifier = values.code_verifier.expose(); // EXPOSE: a test
        for value in [verifier, &values.state, &values.nonce] {
            assert_eq!(value.len(), 43);
            assert!(
                value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
        }
        assert!(verifier != &values.state && values.state != values.nonce);
    }
}
