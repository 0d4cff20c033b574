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

impl TargetIndex {
    /// The index of this number, which is out of every range where it is too large to be one.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(usize::try_from(number).unwrap_or(usize::MAX))
    }
}

/// What an access token is asked for with. Resources with equal targets share one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The `audience` parameter, as Auth0 has it.
    pub audience: Option<String>,
    /// The `resource` parameter (RFC 8707 section 2).
    pub resource: Option<String>,
    /// The scope to narrow a refresh to (RFC 6749 section 6).
    pub scope: Option<String>,
    /// Whether it is bought with the sign-in's own access token (RFC 8693).
    pub is_exchanged: bool,
}

/// Asks for all that the sign-in was given.
pub(super) const UNNARROWED: &Target = &Target {
    audience: None,
    resource: None,
    scope: None,
    is_exchanged: false,
};

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

    /// Whether it is all of an origin.
    #[must_use]
    pub const fn is_whole_origin(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether `url` lies under this resource.
    fn covers(&self, url: &HttpUrl<'_>) -> bool {
        if self.origin != url.origin {
            return false;
        }
        // To the server it may have another prefix.
        if !self.segments.is_empty() && is_ambiguous(url.path) {
            return false;
        }
        let mut path = segments(url.path);
        self.segments
            .iter()
            .all(|segment| path.next() == Some(segment))
    }
}

/// The resource whose token the request to `url` gets. The most specific one wins.
///
/// `url` is the URL that the browser itself will request, in the browser's own serialization.
///
/// # Errors
/// [`Code::ResourceNotAllowed`] where no resource covers it.
pub fn resource_for<'r>(resources: &'r [Resource], url: &str) -> Result<&'r Resource, Code> {
    let url = HttpUrl::parse(url).ok_or(Code::ResourceNotAllowed)?;
    resources
        .iter()
        .filter(|resource| resource.covers(&url))
        .max_by_key(|resource| resource.segments.len())
        .ok_or(Code::ResourceNotAllowed)
}

/// The path's segments; none for the empty path and for `/`.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let count = if path.is_empty() { 0 } else { usize::MAX };
    path.split('/').take(count)
}

/// Whether a server may take `path` for another one: it may decode it before it looks for dot
/// segments, even twice, and leave out what a segment has behind a `;`, as Java's servers do.
#[must_use]
pub fn is_ambiguous(path: &str) -> bool {
    let mut escapes = path.split('%').skip(1);
    escapes.any(hides_separator)
        || path
            .split('/')
            .any(|segment| segment.starts_with("..;") || segment.starts_with(".;"))
}

/// Whether `escape`, which follows a percent sign, stands for `%`, `.`, `/`, `;` or a backslash, or for
/// nothing at all.
fn hides_separator(escape: &str) -> bool {
    let mut digits = escape.chars().map(|digit| digit.to_digit(16));
    match (digits.next().flatten(), digits.next().flatten()) {
        (Some(high), Some(low)) => matches!(high * 16 + low, 0x25 | 0x2e | 0x2f | 0x3b | 0x5c),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(url: &str, target: usize) -> Resource {
        Resource::new(&HttpUrl::parse(url).unwrap(), TargetIndex(target))
    }

    fn is_allowed(resources: &[Resource], url: &str) -> bool {
        resource_for(resources, url).is_ok()
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert_eq!(
            resource_for(&[], "https://api.example/"),
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
                "/v1/\"",
                "/v1/..%2fadmin",
                "/v1/%2E%2E%5cadmin",
                "/v1/%252e%252e/admin",
                "/v1/%%32e%%32e/admin",
                "/v1/..%3b/admin",
                "/v1/..;/admin",
                "/v1/..;x=y/admin",
                "/v1/.;/x",
            ] {
                assert!(
                    !is_allowed(&allowed, &format!("https://api.example{url}")),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn an_escape_that_separates_nothing_is_an_escape() {
        let allowed = [resource("https://api.example/v1", 0)];
        for url in ["/v1/a%20b", "/v1/%C3%BC", "/v1/%41"] {
            assert!(
                is_allowed(&allowed, &format!("https://api.example{url}")),
                "{url}"
            );
        }
    }

    #[test]
    fn a_resource_without_a_path_is_a_whole_origin() {
        assert!(resource("https://api.example/", 0).is_whole_origin());
        assert!(!resource("https://api.example/v1", 0).is_whole_origin());
    }

    #[test]
    fn the_most_specific_resource_decides_on_the_token() {
        let allowed = [
            resource("https://api.example/", 0),
            resource("https://api.example/admin", 1),
            resource("https://api.example/admin/audit", 2),
        ];
        assert_eq!(
            resource_for(&allowed, "https://api.example/x").map(|resource| resource.target),
            Ok(TargetIndex(0))
        );
        assert_eq!(
            resource_for(&allowed, "https://api.example/admin/x").map(|resource| resource.target),
            Ok(TargetIndex(1))
        );
        assert_eq!(
            resource_for(&allowed, "https://api.example/admin/audit/x")
                .map(|resource| resource.target),
            Ok(TargetIndex(2))
        );
    }
}
