//! Who may receive an access token: default deny, by exact origin and path segments.

use alloc::{string::String, vec::Vec};

use super::{error::Code, url::HttpUrl};

/// A place that may receive an access token: one entry of the `resources` option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    origin: String,
    segments: Vec<String>,
    /// Which of the configuration's targets its access token is asked for with.
    pub target: TargetIndex,
}

/// Position of a [`Target`] in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetIndex(pub usize);

/// What an access token is asked for with. Resources with equal targets share one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The `audience` parameter, as Auth0 has it.
    pub audience: Option<String>,
    /// The `resource` parameter (RFC 8707 section 2).
    pub resource: Option<String>,
    /// The scope to narrow a refresh to (RFC 6749 section 6).
    pub scope: Option<String>,
}

impl Resource {
    /// A resource at `url`: its origin, and its path as a prefix by segments.
    #[must_use]
    pub fn new(url: &HttpUrl<'_>, target: TargetIndex) -> Self {
        Self {
            origin: url.origin.into(),
            segments: segments(url.path.strip_suffix('/').unwrap_or(url.path))
                .map(Into::into)
                .collect(),
            target,
        }
    }

    /// Whether `url` lies under this resource.
    fn covers(&self, url: &HttpUrl<'_>) -> bool {
        if self.origin != url.origin {
            return false;
        }
        // A server may decode these before it routes, and then the prefix would be another one.
        if !self.segments.is_empty() && has_hidden_separator(url.path) {
            return false;
        }
        let mut path = segments(url.path);
        self.segments
            .iter()
            .all(|segment| path.next() == Some(segment))
    }
}

/// The target whose token the request to `url` gets. The most specific resource wins.
///
/// `url` is the URL that the browser itself will request, in the browser's own serialization.
///
/// # Errors
/// [`Code::ResourceNotAllowed`] where no resource covers it.
pub fn target_for(resources: &[Resource], url: &str) -> Result<TargetIndex, Code> {
    let url = HttpUrl::parse(url).ok_or(Code::ResourceNotAllowed)?;
    resources
        .iter()
        .filter(|resource| resource.covers(&url))
        .max_by_key(|resource| resource.segments.len())
        .map(|resource| resource.target)
        .ok_or(Code::ResourceNotAllowed)
}

/// The path's segments; none for the empty path and for `/`.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let count = if path.is_empty() { 0 } else { usize::MAX };
    path.split('/').take(count)
}

fn has_hidden_separator(path: &str) -> bool {
    path.split('%').skip(1).any(|escape| {
        let code = escape.as_bytes().get(..2).unwrap_or_default();
        [b"2e", b"2f", b"5c"]
            .iter()
            .any(|hidden| code.eq_ignore_ascii_case(*hidden))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resource(url: &str, target: usize) -> Resource {
        Resource::new(&HttpUrl::parse(url).unwrap(), TargetIndex(target))
    }

    fn is_allowed(resources: &[Resource], url: &str) -> bool {
        target_for(resources, url).is_ok()
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert_eq!(
            target_for(&[], "https://api.example/"),
            Err(Code::ResourceNotAllowed)
        );
    }

    #[test]
    fn an_origin_is_exact() {
        let allowed = [resource("https://api.example", 0)];
        assert!(is_allowed(&allowed, "https://api.example/"));
        assert!(is_allowed(&allowed, "https://api.example/any/thing?q#f"));
        for url in [
            "http://api.example/",
            "https://api.example:8443/",
            "https://api.example./",
            "https://api.example.evil.example/",
            "https://evil.example/?https://api.example/",
            "https://user@api.example/",
            "https://xapi.example/",
            "blob:https://api.example/id",
            "/relative",
        ] {
            assert!(!is_allowed(&allowed, url), "{url}");
        }
    }

    #[test]
    fn a_path_is_a_prefix_by_segments() {
        for prefix in ["https://api.example/v1", "https://api.example/v1/"] {
            let allowed = [resource(prefix, 0)];
            for url in ["/v1", "/v1/", "/v1/items", "/v1?q", "/v1//x"] {
                assert!(
                    is_allowed(&allowed, &format!("https://api.example{url}")),
                    "{url}"
                );
            }
            for url in [
                "/",
                "/v10",
                "/v1x/y",
                "/V1",
                "//v1",
                "/x/v1",
                "/v1/..%2fadmin",
                "/v1/%2E%2E%5cadmin",
            ] {
                assert!(
                    !is_allowed(&allowed, &format!("https://api.example{url}")),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn the_most_specific_resource_decides_on_the_token() {
        let allowed = [
            resource("https://api.example/", 0),
            resource("https://api.example/admin", 1),
            resource("https://api.example/admin/audit", 2),
        ];
        assert_eq!(
            target_for(&allowed, "https://api.example/x"),
            Ok(TargetIndex(0))
        );
        assert_eq!(
            target_for(&allowed, "https://api.example/admin/x"),
            Ok(TargetIndex(1))
        );
        assert_eq!(
            target_for(&allowed, "https://api.example/admin/audit/x"),
            Ok(TargetIndex(2))
        );
    }

    proptest! {
        /// Against the `url` crate as oracle: what we allow has the resource's origin, and its path
        /// begins with the resource's segments.
        #[test]
        fn allows_only_what_the_oracle_places_under_the_resource(
            text in "https?://(user@)?(api|API|evil)\\.example(:443|:8443|\\.)?[/\\\\]{1,2}(v1|v10|V1|%76%31|\\.\\.|%2e%2e|\t)?([/\\\\?#](v1|admin|\\.\\.|%2e|%2f)?){0,3}"
        ) {
            let allowed = [resource("https://api.example/v1", 0)];
            if let Ok(oracle) = url::Url::parse(&text) {
                let expected = oracle.origin().ascii_serialization() == "https://api.example"
                    && oracle.username().is_empty()
                    && oracle.path_segments().is_some_and(|mut segments| segments.next() == Some("v1"));
                let lowered = oracle.path().to_ascii_lowercase();
                let hidden = ["%2e", "%2f", "%5c"].iter().any(|escape| lowered.contains(escape));
                prop_assert_eq!(is_allowed(&allowed, oracle.as_str()), expected && !hidden);
            }
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = is_allowed(&[resource("https://api.example/v1", 0)], &text);
        }
    }
}
