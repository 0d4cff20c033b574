//! A hostile server's ID tokens as text: what is no compact JWS (RFC 7515), and no JSON (RFC 8259). What
//! is expected of each case stands in `tests/vectors/hostile-host.json`.

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::json::json;
use support::{
    bob::{self, rewritten, signed, with_claims},
    hostile,
};

#[test]
fn forms() {
    let cut = |token: String| -> String { token[..token.rfind('.').unwrap()].into() };
    bob::has_written(&hostile::row("own-id-token-two-parts"), cut);
    bob::has_written(&hostile::row("own-id-token-four-parts"), |token| {
        token + ".e30"
    });
    bob::has_written(&hostile::row("IDT-1"), |token| token + ".e30.e30");
    bob::has_written(&hostile::row("own-id-token-padded"), |token| token + "=");
    bob::has_written(&hostile::row("own-id-token-line-break"), |token| {
        token.replacen('.', ".\n", 1)
    });
    bob::has_written(&hostile::row("own-id-token-other-alphabet"), |token| {
        token.replacen('.', "+/.", 1)
    });
    bob::has_written(&hostile::row("own-id-token-trailing-bits"), |token| {
        // 64 bytes leave four bits of the last character unused: there is a second spelling.
        let last = token.chars().last().unwrap();
        let other = char::from_u32(u32::from(last) + 1).unwrap();
        format!("{}{other}", &token[..token.len() - 1])
    });
    bob::has_written(&hostile::row("own-id-token-nested"), |token| {
        with_claims(&token, token.as_bytes())
    });
    bob::has_written(&hostile::row("own-id-token-claims-list"), |token| {
        with_claims(&token, b"[1]")
    });
    bob::has_written(&hostile::row("own-id-token-json-serialization"), |token| {
        let parts: Vec<_> = token.split('.').collect();
        let members = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] });
        Base64UrlUnpadded::encode_string(members.to_string().as_bytes())
    });
}

#[test]
fn claims_as_json() {
    bob::has_written(&hostile::row("own-id-token-claim-twice"), |token| {
        rewritten(&token, 1, |claims| bob::doubled(claims, "sub", "\"alice\""))
    });
    bob::has_written(&hostile::row("own-id-token-claim-twice-escaped"), |token| {
        rewritten(&token, 1, |claims| {
            bob::doubled(claims, "\\u0073ub", "\"alice\"")
        })
    });
    bob::has_written(&hostile::row("own-id-token-header-twice"), |token| {
        let header = |header: &str| bob::doubled(header, "alg", "\"none\"");
        rewritten(&token, 0, header)
    });
    bob::has_written(&hostile::row("own-id-token-nested-deeply"), |token| {
        let nested = "[".repeat(10_000) + &"]".repeat(10_000);
        rewritten(&token, 1, |claims| bob::doubled(claims, "x", &nested))
    });
    bob::has_written(&hostile::row("own-id-token-many-claims"), |token| {
        let many: String = (0..50_000)
            .map(|number| format!("\"x{number}\":{number},"))
            .collect();
        rewritten(&token, 1, |claims| {
            claims.replacen('{', &format!("{{{many}"), 1)
        })
    });
    bob::has_written(&hostile::row("own-id-token-byte-order-mark"), |token| {
        rewritten(&token, 1, |claims| format!("\u{feff}{claims}"))
    });
    bob::has_written(&hostile::row("own-id-token-null-byte"), |token| {
        rewritten(&token, 1, |claims| format!("{claims}\0"))
    });
    bob::has_written(&hostile::row("own-id-token-lone-surrogate"), |token| {
        rewritten(&token, 1, |claims| bob::doubled(claims, "x", "\"\\ud800\""))
    });
    bob::has_written(&hostile::row("own-id-token-not-utf-8"), |token| {
        with_claims(
            &token,
            b"{\"iss\":\"https://login.example\",\"x\":\"\xff\"}",
        )
    });
    bob::has_written(&hostile::row("own-id-token-prototype"), |token| {
        rewritten(&token, 1, |claims| {
            bob::doubled(claims, "__proto__", "{\"sub\":\"alice\"}")
        })
    });
    bob::has_written(&hostile::row("own-id-token-comment"), |token| {
        rewritten(&token, 1, |claims| claims.replacen('{', "{/**/", 1))
    });
    bob::has_written(&hostile::row("own-id-token-two-objects"), |token| {
        rewritten(&token, 1, |claims| format!("{claims}{claims}"))
    });
    bob::has_written(&hostile::row("own-id-token-header-no-object"), |token| {
        let (_, rest) = token.split_once('.').unwrap();
        let (claims, _) = rest.split_once('.').unwrap();
        signed(&format!(
            "{}.{claims}",
            Base64UrlUnpadded::encode_string(b"\"EdDSA\"")
        ))
    });
}
