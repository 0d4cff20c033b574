//! Who gets a token, with the `url` crate in the browser's place.

use holdfast::core::{
    config::Config,
    error::Code,
    json::json,
    resource::{Resource, TargetIndex, resource_for},
    url::HttpUrl,
};
use url::Url;

/// A page of the app's, from which relative URLs are read.
pub const PAGE: &str = "http://localhost:5173/app/page?q#f";

/// Two lines: an entry of `resources`, and a URL that is called.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (resource, url) = text.split_once('\n').unwrap_or(("", text));
    check_resource(resource);
    for resource in [
        resource,
        "http://127.0.0.1:9001/",
        "http://127.0.0.1:9001/v1/",
        "https://api.example/v1/items",
    ] {
        check_match(resource, url);
    }
}

/// What is taken as a resource is what a browser would make of it, and nothing that surprises.
pub fn check_resource(text: &str) {
    let options = json!({
        "issuer": "https://login.example",
        "clientId": "app",
        "redirectUri": "https://app.example/callback",
        "resources": [text],
    });
    let url = match Config::parse(options) {
        Ok(_) => match parse(text) {
            Some(url) => url,
            None => return,
        },
        Err(error) => return assert_eq!(error.code, Code::InvalidOptions),
    };
    let slash = if url.path() == "/" && !text.ends_with('/') {
        "/"
    } else {
        ""
    };
    // These the page's side has escaped, as everywhere in a path: here they match nothing, nor does an
    // IPv6 address that is not in its shortest form.
    if !text.contains(['[', '"', '<', '>', '`', '{', '}', '^']) {
        assert_eq!(url.as_str(), format!("{text}{slash}"));
    }
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "{text:?}"
    );
    assert!(
        url.query().is_none() && url.fragment().is_none(),
        "{text:?}"
    );
    assert!(!text.contains('*'), "{text:?}");
    let host = url.host_str().unwrap_or_default();
    let stays_here = host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.starts_with("127.");
    assert!(url.scheme() == "https" || stays_here, "{text:?}");
}

/// Whether a call of `url` gets the token of `resource`, with the `url` crate in the browser's
/// place, and in no case where another reader of the URL would be of another mind.
pub fn check_match(resource: &str, url: &str) {
    let Some(own) = HttpUrl::parse(resource) else {
        return;
    };
    let resources = [Resource::new(&own, TargetIndex(0))];
    let Some(resource) = parse(resource) else {
        return;
    };
    let page = Url::parse(PAGE).expect("a URL");
    // An IPv6 address that is not in its shortest form: no browser ever asks for it.
    if own.origin != resource.origin().ascii_serialization() {
        let asked = page.join(url).ok();
        return assert!(
            asked.is_none_or(|asked| resource_for(&resources, asked.as_str()).is_err())
        );
    }
    // As the page may write it, with nobody between: what is taken is taken for what it is.
    if resource_for(&resources, url).is_ok() {
        let parsed = Url::parse(url).expect("a URL in normal form");
        assert!(is_safe(&resource, &parsed), "{url:?} as it stands");
    }
    let Ok(requested) = page.join(url) else {
        return;
    };
    let is_allowed = resource_for(&resources, requested.as_str()).is_ok();
    if is_allowed {
        assert!(is_safe(&resource, &requested), "{requested}");
    }
    let is_plain = !requested.path().contains(['%', ';'])
        && requested.username().is_empty()
        && requested.password().is_none();
    if is_plain && requested.host_str().is_some_and(str::is_ascii) {
        let expected = requested.origin() == resource.origin()
            && begins_with(&segments(requested.path()), &prefix_of(&resource));
        assert_eq!(is_allowed, expected && is_http(&requested), "{requested}");
    }
}

/// A URL in normal form. `None` where its host is Punycode that stands for nothing, or digits and colons
/// that are no address: no browser calls it, so nobody has to know.
fn parse(text: &str) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) => Some(url),
        Err(url::ParseError::IdnaError) if text.contains("xn--") => None,
        Err(url::ParseError::InvalidIpv6Address) => None,
        Err(error) => panic!("{text:?} is no URL: {error}"),
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether every reader finds `url` under `resource`.
fn is_safe(resource: &Url, url: &Url) -> bool {
    let prefix = prefix_of(resource);
    is_http(url)
        && url.origin() == resource.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && readings(url.path())
            .iter()
            .any(|path| begins_with(&segments(path), &prefix))
        && (prefix.is_empty()
            || readings(url.path()).iter().all(|path| {
                readings(resource.path()).iter().any(|prefix| {
                    begins_with(&resolved(path), &segments(prefix.trim_end_matches('/')))
                })
            }))
}

/// The path as servers may read it: as it is, decoded once, decoded as long as there is something,
/// and each with and without what stands behind a semicolon.
fn readings(path: &str) -> Vec<String> {
    let mut readings = vec![path.to_string()];
    for _ in 0..4 {
        let decoded = decode(readings.last().map_or("", String::as_str));
        readings.push(decoded);
    }
    let stripped: Vec<_> = readings
        .iter()
        .map(|path| without_parameters(path))
        .collect();
    readings.extend(stripped);
    readings
}

/// Bytes beyond ASCII are kept as one character each: they separate nothing.
fn decode(path: &str) -> String {
    let mut decoded = String::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        let code = rest.get(1..3).filter(|_| first == '%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if !code.is_some_and(|code| code.starts_with('+')) => {
                decoded.push(char::from(byte));
                rest = &rest[3..];
            }
            _ => {
                decoded.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    decoded
}

fn without_parameters(path: &str) -> String {
    let names: Vec<_> = path
        .split('/')
        .map(|segment| segment.split(';').next().unwrap_or_default())
        .collect();
    names.join("/")
}

fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() {
        return Vec::new();
    }
    path.split('/').map(Into::into).collect()
}

fn prefix_of(resource: &Url) -> Vec<String> {
    let path = resource.path();
    segments(path.strip_suffix('/').unwrap_or(path))
}

/// The segments where dot segments, by either slash, have done their work.
fn resolved(path: &str) -> Vec<String> {
    let mut resolved = Vec::new();
    for segment in segments(&path.replace('\\', "/")) {
        match segment.as_str() {
            "." => {}
            ".." => drop(resolved.pop()),
            _ => resolved.push(segment),
        }
    }
    resolved
}

fn begins_with(path: &[String], prefix: &[String]) -> bool {
    path.starts_with(prefix)
}
