//! Authorization responses as an attacker writes them, where no browser is needed to see it. What is
//! expected of each case stands in `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{error::Code, output::Failure};
use support::{bob, driver::Driver, hostile, hostile::Row};

/// Alice is signed in and comes back from another sign-in at a URL that `write` makes of the true code
/// and state; "accepted" is what changes nothing or signs her in.
fn at(row: &Row, write: impl FnOnce(&str, &str) -> String) {
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    let requests = driver.token_requests();
    let url = write(callback.get("code"), callback.get("state"));
    let result = driver.handle_callback(&url);
    if !matches!(result, Ok(Some(_))) {
        assert_eq!(driver.token_requests(), requests, "the code went somewhere");
        bob::goes_on(&mut driver);
        // Where the answer is not that of the sign-in, the true one is still worth something.
        if failure_of(&result) != Some(Code::IssuerMismatch) {
            let signed_in = driver.handle_callback(&callback.url());
            assert!(signed_in.is_ok(), "{row:?} used the sign-in up");
        }
    }
    row.compare(result.map(drop).map_err(|failure| failure.error.code));
}

fn failure_of<T>(result: &Result<T, Failure>) -> Option<Code> {
    result.as_ref().err().map(|failure| failure.error.code)
}

const CALLBACK: &str = "https://app.example/callback";
const ISSUER: &str = "https%3A%2F%2Flogin.example";

#[test]
fn parameters() {
    at(
        &hostile::row("own-response-url-issuer-encoded-twice"),
        |code, state| {
            format!("{CALLBACK}?code={code}&state={state}&iss=https%253A%252F%252Flogin.example")
        },
    );
    at(
        &hostile::row("own-response-url-issuer-plain"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&iss=https://login.example"),
    );
    at(
        &hostile::row("own-response-url-issuer-twice-same"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&iss={ISSUER}&iss={ISSUER}"),
    );
    at(
        &hostile::row("own-response-url-state-twice-encoded"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&%73tate={state}&iss={ISSUER}"),
    );
    at(
        &hostile::row("own-response-url-state-encoded"),
        |code, state| {
            let encoded: String = state.bytes().map(|byte| format!("%{byte:02x}")).collect();
            format!("{CALLBACK}?code={code}&state={encoded}&iss={ISSUER}")
        },
    );
    at(
        &hostile::row("own-response-url-state-case"),
        |code, state| {
            format!(
                "{CALLBACK}?code={code}&state={}&iss={ISSUER}",
                state.to_ascii_uppercase()
            )
        },
    );
    at(&hostile::row("own-response-url-overlong"), |code, state| {
        format!("{CALLBACK}?code={code}&state={state}%C0%80&iss={ISSUER}")
    });
    at(&hostile::row("own-response-url-plus"), |code, state| {
        format!("{CALLBACK}?code={code}&state=+{state}&iss={ISSUER}")
    });
    at(&hostile::row("own-response-url-huge-code"), |_, state| {
        format!(
            "{CALLBACK}?code={}&state=x{state}&iss={ISSUER}",
            "c".repeat(1_000_000)
        )
    });
    at(
        &hostile::row("own-response-url-many-parameters"),
        |code, state| {
            let many: String = (0..10_000).map(|number| format!("x{number}=1&")).collect();
            format!("{CALLBACK}?{many}code={code}&state={state}&iss={ISSUER}")
        },
    );
}

#[test]
fn separators() {
    at(
        &hostile::row("own-response-url-second-query"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&iss={ISSUER}?code=evil"),
    );
    at(
        &hostile::row("own-response-url-second-fragment"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&iss={ISSUER}#a#code=evil"),
    );
    at(
        &hostile::row("own-response-url-fragment-code"),
        |code, state| format!("{CALLBACK}?code={code}&state={state}&iss={ISSUER}#code=evil"),
    );
    at(
        &hostile::row("own-response-url-semicolons"),
        |code, state| format!("{CALLBACK}?code={code};state={state};iss={ISSUER}"),
    );
    at(&hostile::row("own-response-url-only-separators"), |_, _| {
        format!("{CALLBACK}?&&&=&#&&&")
    });
}

#[test]
fn places() {
    at(&hostile::row("own-response-url-user"), |code, state| {
        format!("https://app.example@evil.example/callback?code={code}&state={state}")
    });
    at(&hostile::row("own-response-url-port"), |code, state| {
        format!("https://app.example:8443/callback?code={code}&state={state}")
    });
    at(&hostile::row("own-response-url-dots"), |code, state| {
        format!("https://app.example/x/../callback?code={code}&state={state}")
    });
    at(&hostile::row("own-response-url-scheme"), |code, state| {
        format!("http://app.example/callback?code={code}&state={state}")
    });
}
