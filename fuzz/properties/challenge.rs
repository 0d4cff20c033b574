//! `WWW-Authenticate` headers.

use holdfast::core::challenge::{Challenge, Refusal, challenges, refusal};

/// What was read of it, written down plainly, is read as the same.
pub fn check(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else {
        return;
    };
    let read = challenges(header);
    let plain: Vec<_> = read.iter().map(write).collect();
    let plain = plain.join(", ");
    // Escapes make it longer, up to where nothing is read.
    if plain.len() > 8_000 {
        return;
    }
    assert_eq!(challenges(&plain), read, "{header:?} as {plain:?}");
    let has_error =
        |challenge: &Challenge<'_>| challenge.is_ours() && challenge.parameter("error").is_some();
    if !read.iter().any(has_error) {
        assert_eq!(refusal(Some(header)), Refusal::Unclear, "{header:?}");
    }
}

fn write(challenge: &Challenge<'_>) -> String {
    let parameters: Vec<_> = challenge
        .parameters
        .iter()
        .map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{name}=\"{value}\"")
        })
        .collect();
    format!("{} {}", challenge.scheme, parameters.join(", "))
}
