//! Who may receive a token, in full: each odd spelling of a URL is decided as the browser reads it,
//! and never in a way that a server might read differently.
//!
//! The table is tests/vectors/resource-matching.json, which the browsers are held to as well; here
//! the `url` crate stands in their place.

#[path = "../fuzz/properties/resource_matching.rs"]
mod properties;

use holdfast::core::{
    config::Config,
    error::Code,
    json::{Value, json, parse},
    resource::{Resource, TargetIndex, resource_for},
    url::HttpUrl,
};
use proptest::prelude::*;
use url::Url;

fn vectors() -> Value {
    parse(include_str!("vectors/resource-matching.json")).expect("the table")
}

fn texts(row: &Value) -> Vec<&str> {
    let cells = row.as_array().expect("a row").iter();
    cells.map(|cell| cell.as_str().expect("a text")).collect()
}

#[test]
fn each_call_of_the_table_is_decided_as_it_says() {
    let vectors = vectors();
    let page = Url::parse(vectors["page"].as_str().unwrap()).unwrap();
    let api = vectors["api"].as_str().unwrap();
    let resources = ["", "/v1/"].map(|path| {
        let url = format!("{api}{path}");
        [Resource::new(
            &HttpUrl::parse(&url).unwrap(),
            TargetIndex(0),
        )]
    });
    for row in vectors["calls"].as_array().unwrap() {
        let &[url, whole_origin, path] = texts(row).as_slice() else {
            panic!("{row}");
        };
        let requested = page.join(url);
        for (resources, expected) in resources.iter().zip([whole_origin, path]) {
            let decision = match &requested {
                Err(_) => "invalid",
                Ok(url) if resource_for(resources, url.as_str()).is_ok() => "allowed",
                // Fetch standard, the constructor of Request.
                Ok(url) if !url.username().is_empty() || url.password().is_some() => "invalid",
                Ok(_) => "refused",
            };
            assert_eq!(decision, expected, "{url:?} for {resources:?}");
        }
    }
}

#[test]
fn each_resource_of_the_table_is_taken_or_refused_as_it_says() {
    for row in vectors()["resources"].as_array().unwrap() {
        let &[resource, expected] = texts(row).as_slice() else {
            panic!("{row}");
        };
        for entry in [json!(resource), json!({ "url": resource, "scope": "read" })] {
            let options = json!({
                "issuer": "https://login.example",
                "clientId": "app",
                "redirectUri": "https://app.example/callback",
                "resources": [entry],
            });
            match Config::parse(options) {
                Ok(_) => assert_eq!(expected, "accepted", "{resource:?}"),
                Err(error) => {
                    assert_eq!(expected, "refused", "{resource:?}");
                    assert_eq!(error.code, Code::InvalidOptions);
                    let detail = error.detail.unwrap_or_default();
                    assert!(detail.starts_with("`resources"), "{detail}");
                }
            }
        }
    }
}

/// Text that is likely to be misread: pieces of URLs, whole and broken, in any order that looks like
/// a URL.
fn url_text() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        6 => "http:|https:",
        2 => "HTTP:|hTTps:|ht\ttp:|\u{b}http:| http:",
        1 => "ws:|ftp:|blob:http:|data:|file:|http|",
    ];
    let slashes = prop_oneof![6 => "//", 2 => "[/\\\\]{0,4}", 1 => "/\t/"];
    let user = prop_oneof![
        6 => "",
        1 => "(user|127\\.0\\.0\\.1|api\\.example)?(:[a-z0-9]{0,4})?@",
        1 => "[a-z.\\\\#?]{0,6}@",
    ];
    let host = prop_oneof![
        4 => "127\\.0\\.0\\.1|api\\.example",
        2 => "API\\.Example|127\\.1|0x7f\\.1|0177\\.0\\.0\\.1|2130706433|127\\.0\\.0\\.1\\.|api\\.example\\.",
        2 => "\u{ff11}27\\.0\\.0\\.1|127\u{3002}0\\.0\\.1|%31%32%37\\.0\\.0\\.1|api%2eexample|%61pi\\.example|\u{430}pi\\.example|ap\u{ad}i\\.example|api\u{3002}example",
        1 => "localhost|\\[::1\\]|\\[::ffff:7f00:1\\]|b\u{fc}cher\\.localhost|a_b\\.example|api\\.example\\.evil\\.example|evil\\.example|xn--pi-7ba\\.example",
        1 => "[a-z0-9.%:\\[\\]-]{0,8}",
    ];
    let port = prop_oneof![
        4 => ":9001",
        2 => "",
        2 => ":09001|:443|:80|:9002|:",
        1 => ":[0-9a-z]{0,6}",
    ];
    let segment = prop_oneof![
        4 => "v1|items|admin|x",
        3 => "\\.|\\.\\.|%2e|%2E%2e|\\.%2e|%2e\\.|\\.\t\\.",
        2 => "\\.\\.;|\\.;x|v1;x|;|\\.\\.%3b|%2f|%5C|\\.\\.%2fadmin|%252e%252e|%%32e|%76%31|%|%zz|%2|%25",
        1 => "[a-z0-9.%;\u{e4} ]{0,5}",
    ];
    let separator = prop_oneof![6 => "/", 1 => "\\\\", 1 => "//"];
    let path = prop::collection::vec((separator, segment), 0..5)
        .prop_map(|parts| parts.into_iter().map(|(a, b)| a + &b).collect::<String>());
    let tail = prop_oneof![4 => "", 1 => "\\?[a-z/.@:]{0,6}", 1 => "#[a-z/.@:]{0,6}"];
    let whole = (
        scheme,
        slashes,
        user,
        host,
        port,
        path.clone(),
        tail.clone(),
    )
        .prop_map(|(scheme, slashes, user, host, port, path, tail)| {
            [scheme, slashes, user, host, port, path, tail].concat()
        });
    let relative = (path, tail).prop_map(|(path, tail)| path + &tail);
    prop_oneof![8 => whole, 1 => relative, 1 => "\\PC{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_call_is_decided_as_the_oracle_reads_it(url in url_text()) {
        for resource in [
            "http://127.0.0.1:9001",
            "http://127.0.0.1:9001/v1/",
            "https://api.example/v1",
            "https://api.example:9001/v1/items/",
            "https://api.example/",
        ] {
            properties::check_match(resource, &url);
        }
    }

    #[test]
    fn a_resource_is_taken_only_as_the_oracle_would_write_it(url in url_text()) {
        properties::check_resource(&url);
    }

    /// In the browser's own spelling as well: what is taken is what is matched.
    #[test]
    fn a_resource_that_is_taken_covers_what_lies_under_it(url in url_text(), below in "[a-z]{0,4}(/[a-z]{1,4}){0,2}") {
        let Ok(oracle) = Url::parse(&url) else { return Ok(()) };
        let text = oracle.as_str();
        properties::check_resource(text);
        let Some(own) = HttpUrl::parse(text).filter(|url| url.query.is_none() && url.fragment.is_none()) else {
            return Ok(());
        };
        let resources = [Resource::new(&own, TargetIndex(0))];
        let slash = if text.ends_with('/') { "" } else { "/" };
        let is_clear = !own.path.contains(['%', ';']);
        let target = format!("{text}{slash}{below}");
        prop_assert!(!is_clear || resource_for(&resources, &target).is_ok(), "{} under {}", target, text);
    }

    #[test]
    fn never_panics(resource in "\\PC{0,60}", url in "\\PC{0,60}") {
        properties::check(format!("{resource}\n{url}").as_bytes());
    }
}
