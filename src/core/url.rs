//! http(s) URLs, read strictly.
//!
//! The core does not normalize: the browser does (WHATWG URL), and hands over what it will really
//! request. Anything that is not in that normal form is refused, so that no two readings of one
//! URL can disagree.

use alloc::string::String;

use super::form;

/// A URL in the browser's normal form, cut into the parts that decisions are made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpUrl<'a> {
    /// Scheme, host and port as in `https://api.example:8443`, without a final slash.
    pub origin: &'a str,
    /// The host, without the port; IPv6 with its brackets.
    pub host: &'a str,
    /// Whether the scheme is `https`.
    pub secure: bool,
    /// The path, which begins with a slash.
    pub path: &'a str,
    /// What follows the first `?`, if there is one.
    pub query: Option<&'a str>,
    /// What follows the `#`, if there is one.
    pub fragment: Option<&'a str>,
}

impl<'a> HttpUrl<'a> {
    /// Reads `text`. `None` where it is no http(s) URL in normal form: user information, upper case
    /// in the host, a default port, a dot segment, white space and the like.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        Self::parse_as(text, Form::Normal)
    }

    /// Reads the URL of an authorization server as the server writes it. Servers are known to spell
    /// out a default port or to write their host in upper case, and an issuer must be kept to the
    /// letter; everything else is as strict as [`parse`](Self::parse).
    #[must_use]
    pub fn parse_of_server(text: &'a str) -> Option<Self> {
        Self::parse_as(text, Form::AsWritten)
    }

    fn parse_as(text: &'a str, form: Form) -> Option<Self> {
        if !text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
            return None;
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let authority_length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(authority_length)?;
        let host = parse_host(authority, secure, form)?;
        let origin = text.strip_suffix(tail)?;

        let (tail, fragment) = split_at_first(tail, '#');
        let (path, query) = split_at_first(tail, '?');
        let path = if path.is_empty() { "/" } else { path };
        // A browser writes neither of these into a path.
        let is_odd = |byte| matches!(byte, b'\\' | b'"');
        if path.bytes().any(is_odd) || path.split('/').any(is_dot_segment) {
            return None;
        }
        Some(Self {
            origin,
            host,
            secure,
            path,
            query,
            fragment,
        })
    }

    /// Whether a plain-http URL of this host never leaves the machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host == "[::1]"
            || is_ipv4(self.host) && self.host.starts_with("127.")
    }

    /// Whether secrets may travel to it: https, or http that stays on this machine.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.secure || self.is_loopback()
    }

    /// The URL up to its path, as `redirect_uri`s are compared.
    #[must_use]
    pub fn without_query(&self) -> String {
        [self.origin, self.path].concat()
    }
}

/// Adds `parameters` to the query of `url`, form-encoded. A fragment may not be there.
#[must_use]
pub fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    with_form(url, &form::write(parameters))
}

/// Adds the parameters of `form` to the query of `url`, as [`with_query`] does.
#[must_use]
pub fn with_form(url: &str, form: &str) -> String {
    let separator = match url.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    [url, separator, form].concat()
}

fn split_at_first(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Normal,
    AsWritten,
}

fn parse_host(authority: &str, secure: bool, form: Form) -> Option<&str> {
    let (inner, rest, is_ipv6) = if let Some(bracketed) = authority.strip_prefix('[') {
        bracketed
            .split_once(']')
            .map(|(inner, rest)| (inner, rest, true))?
    } else {
        let length = authority.find(':').unwrap_or(authority.len());
        authority
            .split_at_checked(length)
            .map(|(inner, rest)| (inner, rest, false))?
    };
    if !rest.is_empty() {
        let port = decimal(rest.strip_prefix(':')?, 65_535)?;
        let default = if secure { 443 } else { 80 };
        if port == default && form == Form::Normal {
            return None;
        }
    }
    let allowed = |byte: u8| match byte {
        b'a'..=b'f' | b'0'..=b'9' => true,
        b':' => is_ipv6,
        b'g'..=b'z' | b'-' | b'_' | b'.' => !is_ipv6,
        b'A'..=b'Z' => !is_ipv6 && form == Form::AsWritten,
        _ => false,
    };
    if inner.is_empty() || !inner.bytes().all(allowed) || !is_normal_name(inner, is_ipv6) {
        return None;
    }
    authority.strip_suffix(rest)
}

/// A host whose last label is a number is an IPv4 address to browsers, in any of its odd spellings.
/// Only the plain one is normal.
fn is_normal_name(host: &str, is_ipv6: bool) -> bool {
    if is_ipv6 {
        return host.contains(':');
    }
    let last = after_last(host.strip_suffix('.').unwrap_or(host), b".");
    let is_numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    !is_numeric || is_ipv4(host)
}

/// Four numbers in their shortest form.
fn is_ipv4(host: &str) -> bool {
    host.split('.').count() == 4 && host.split('.').all(|part| decimal(part, 255).is_some())
}

/// A number in its shortest form, up to `largest`.
fn decimal(text: &str, largest: u64) -> Option<u64> {
    if text.starts_with(['0', '+']) && text != "0" {
        return None;
    }
    text.parse().ok().filter(|number| *number <= largest)
}

/// What follows the last of `separators` in `text`.
#[must_use]
pub fn after_last<'t>(text: &'t str, separators: &[u8]) -> &'t str {
    let start = text
        .bytes()
        .rposition(|byte| separators.contains(&byte))
        .map_or(0, |index| index + 1);
    text.get(start..).unwrap_or_default()
}

fn is_dot_segment(segment: &str) -> bool {
    let is = |pattern: &str| segment.eq_ignore_ascii_case(pattern);
    is(".") || is("..") || is("%2e") || is("%2e.") || is(".%2e") || is("%2e%2e")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_a_url_apart() {
        let url = HttpUrl::parse("https://api.example:8443/v1/items?q=a?b#top").unwrap();
        assert_eq!(url.origin, "https://api.example:8443");
        assert_eq!(url.host, "api.example");
        assert_eq!(url.path, "/v1/items");
        assert_eq!(url.query, Some("q=a?b"));
        assert_eq!(url.fragment, Some("top"));
        assert_eq!(HttpUrl::parse("https://api.example").unwrap().path, "/");
        assert_eq!(HttpUrl::parse("http://[::1]:9000/").unwrap().host, "[::1]");
    }

    #[test]
    fn refuses_what_is_not_in_normal_form() {
        for text in [
            "",
            "api.example",
            "//api.example/",
            "ftp://api.example/",
            "HTTPS://api.example/",
            "https://API.example/",
            "https://user@api.example/",
            "https://user:password@api.example/",
            "https://api.example:443/",
            "http://api.example:80/",
            "https://api.example:0443/",
            "https://api.example:/",
            "https://api.example:99999/",
            "https://api.example/a/../b",
            "https://api.example/%2E%2e/b",
            "https://api.example/.",
            "https://api.example\\@evil.example/",
            "https://api.example/a b",
            "https://api.example/\ta",
            "https://bücher.example/",
            "https://[::1/",
            "https://[]/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https:///path",
            "blob:https://api.example/1",
            "data:text/plain,x",
        ] {
            assert_eq!(HttpUrl::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_server_may_spell_out_its_port_and_shout_its_name() {
        for text in ["https://login.example:443/am", "https://Login.Example/am"] {
            assert!(
                HttpUrl::parse_of_server(text).is_some_and(|url| url.secure),
                "{text}"
            );
        }
        for text in [
            "https://user@login.example/",
            "https://login.example\\/",
            "https://login.example/a/../b",
        ] {
            assert_eq!(HttpUrl::parse_of_server(text), None, "{text}");
        }
    }

    #[test]
    fn knows_what_stays_on_this_machine() {
        for text in [
            "http://localhost:1/",
            "http://app.localhost/",
            "http://127.0.0.1/",
            "http://[::1]/",
        ] {
            assert!(HttpUrl::parse(text).unwrap().is_confidential(), "{text}");
        }
        for text in [
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://127.0.0.1.example/",
        ] {
            assert!(!HttpUrl::parse(text).unwrap().is_confidential(), "{text}");
        }
    }

    #[test]
    fn adds_to_a_query_that_is_there() {
        assert_eq!(
            with_query("https://a.example/x", &[("a", "b c")]),
            "https://a.example/x?a=b+c"
        );
        assert_eq!(
            with_query("https://a.example/x?t=1", &[("a", "&")]),
            "https://a.example/x?t=1&a=%26"
        );
    }

    proptest! {
        /// Whatever the browser's own parser makes of a text, we read its result in the same way.
        #[test]
        fn agrees_with_the_oracle_on_normal_urls(text in "https?://[a-zA-Z0-9.:@%\\[\\]-]{1,20}[/\\\\a-z0-9.%?#@ ]{0,20}") {
            if let Ok(oracle) = url::Url::parse(&text) {
                let normal = oracle.as_str();
                if let Some(read) = HttpUrl::parse(normal) {
                    prop_assert_eq!(read.origin, oracle.origin().ascii_serialization());
                    prop_assert_eq!(Some(read.host), oracle.host_str());
                    prop_assert_eq!(read.path, oracle.path());
                    prop_assert_eq!(read.query, oracle.query());
                    prop_assert_eq!(read.fragment, oracle.fragment());
                    prop_assert!(oracle.username().is_empty() && oracle.password().is_none());
                }
            }
        }

        /// Nothing that the browser would read differently is taken.
        #[test]
        fn takes_only_what_the_oracle_leaves_as_it_is(text in "https?://[a-z0-9.:@%-]{1,16}/[/a-z0-9.%?#@]{0,16}") {
            if HttpUrl::parse(&text).is_some()
                && let Ok(oracle) = url::Url::parse(&text)
            {
                prop_assert_eq!(oracle.as_str(), text);
            }
        }
    }
}
