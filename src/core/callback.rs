//! The authorization response: what the server put into the redirect URI's query
//! (RFC 6749 section 4.1.2, RFC 9207).

use alloc::string::{String, ToString as _};

use super::{
    config::Config,
    error::{Code, Error, OAuthError},
    form,
    secret::Secret,
    url::HttpUrl,
};

/// An authorization response, syntactically sound and not yet believed.
pub struct AuthorizationResponse {
    /// The value that binds the response to a sign-in.
    pub state: String,
    /// Who says to have answered, where the response says it.
    pub issuer: Option<String>,
    /// The code, or the server's refusal.
    pub outcome: Result<Secret<String>, OAuthError>,
}

impl AuthorizationResponse {
    /// Reads `url`. `Ok(None)` where it is no authorization response at all, so that an app may
    /// ask for any URL that it was opened at.
    ///
    /// # Errors
    /// [`Code::CallbackInvalid`] for a response that breaks the rules, and [`Code::StateMissing`].
    pub fn parse(url: &str, config: &Config) -> Result<Option<Self>, Error> {
        let Some((path, query, fragment)) = split(url) else {
            return Ok(None);
        };
        let redirect_uri = HttpUrl::parse(&config.redirect_uri);
        if redirect_uri.is_none_or(|redirect_uri| redirect_uri.without_query() != path) {
            return Ok(None);
        }
        // Tokens in a fragment belong to the implicit grant, which nobody asked for (RFC 10017
        // section 7.2). They are not looked at.
        let is_answer = |(name, value): &(String, String)| {
            // A mere `#code` is a place in a page.
            matches!(name.as_str(), "access_token" | "id_token" | "code") && !value.is_empty()
        };
        if form::read(fragment).any(|parameter| is_answer(&parameter)) {
            return Err(Error::with(
                Code::CallbackInvalid,
                "it has an answer in the fragment",
            ));
        }
        let Parameters {
            code,
            error,
            error_description,
            error_uri,
            state,
            issuer,
        } = Parameters::parse(query)?;
        let outcome = match (code, error) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(Error::with(
                    Code::CallbackInvalid,
                    "it has both `code` and `error`",
                ));
            }
            (Some(code), None) if code.is_empty() => {
                return Err(Error::with(Code::CallbackInvalid, "`code` is empty"));
            }
            (Some(code), None) => Ok(Secret::new(code)),
            (None, Some(error)) => Err(OAuthError::new(
                &error,
                error_description.as_deref(),
                error_uri.as_deref(),
            )),
        };
        let state = state
            .filter(|state| !state.is_empty())
            .ok_or(Code::StateMissing)?;
        Ok(Some(Self {
            state,
            issuer,
            outcome,
        }))
    }

    /// Whether the response comes from the configured issuer (RFC 9207 section 2.4). To be asked
    /// before the code or the error is looked at: an error of another issuer's is no error of ours.
    ///
    /// # Errors
    /// [`Code::IssuerMismatch`] where it names another one.
    pub fn check_issuer(&self, config: &Config) -> Result<(), Error> {
        match &self.issuer {
            Some(issuer) if *issuer != config.issuer => Err(Error::with(
                Code::IssuerMismatch,
                "`iss` of the callback URL",
            )),
            _ => Ok(()),
        }
    }
}

/// The parameters of an authorization response.
#[derive(Default)]
struct Parameters {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
}

impl Parameters {
    /// Reads `query`. A parameter that is given twice could be read in two ways, so it is refused.
    fn parse(query: &str) -> Result<Self, Error> {
        let mut found = Self::default();
        for (name, value) in form::read(query) {
            let place = match name.as_str() {
                "code" => &mut found.code,
                "error" => &mut found.error,
                "error_description" => &mut found.error_description,
                "error_uri" => &mut found.error_uri,
                "state" => &mut found.state,
                "iss" => &mut found.issuer,
                "access_token" | "id_token" if !value.is_empty() => {
                    return Err(Error::with(
                        Code::CallbackInvalid,
                        "it has a token in the query",
                    ));
                }
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Error::with(
                    Code::CallbackInvalid,
                    ["`", &name, "` is there more than once"].concat(),
                ));
            }
        }
        Ok(found)
    }
}

/// What a code, a `state` and an error do not belong to: where the person wants to be afterwards.
///
/// A place in the app itself: a path, or a URL of the redirect URI's origin. Anything else would
/// make the app an open redirector (RFC 9700 section 4.11.1).
///
/// # Errors
/// [`Code::InvalidArgument`].
pub fn check_return_to(return_to: String, config: &Config) -> Result<String, Error> {
    let refuse = || {
        let allowed = "a path of this app or a URL of its own origin, for example '/inbox?unread'";
        Error::with(
            Code::InvalidArgument,
            ["`returnTo` must be ", allowed].concat(),
        )
    };
    let is_plain = |text: &str| !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let path = match HttpUrl::parse(&return_to) {
        Some(url) => {
            let app = HttpUrl::parse(&config.redirect_uri);
            if app.is_none_or(|app| app.origin != url.origin) {
                return Err(refuse());
            }
            match return_to.strip_prefix(url.origin) {
                None | Some("") => "/".to_string(),
                Some(path) => path.to_string(),
            }
        }
        None => return_to,
    };
    // In a path, browsers take a backslash for a slash.
    let is_path = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    if is_path && is_plain(&path) {
        Ok(path)
    } else {
        Err(refuse())
    }
}

/// The URL up to its path, its query and its fragment, the last two empty where absent. What stands
/// in them is not restricted: servers are not careful.
fn split(url: &str) -> Option<(String, &str, &str)> {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    HttpUrl::parse(base).map(|base| (base.without_query(), query, fragment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;
    use proptest::prelude::*;

    fn config() -> Config {
        Config::parse(json!({
            "issuer": "https://login.example",
            "clientId": "app",
            "redirectUri": "https://app.example/callback",
            "resources": [],
        }))
        .unwrap()
    }

    fn parse(tail: &str) -> Result<Option<AuthorizationResponse>, Error> {
        AuthorizationResponse::parse(&format!("https://app.example{tail}"), &config())
    }

    fn refusal(tail: &str) -> Code {
        parse(tail)
            .err()
            .unwrap_or_else(|| panic!("{tail} should be refused"))
            .code
    }

    #[test]
    fn reads_a_code() {
        let response =
            parse("/callback?code=a%2Bb&state=s&iss=https%3A%2F%2Flogin.example&extra=1")
                .unwrap()
                .unwrap();
        assert_eq!(response.state, "s");
        assert!(response.check_issuer(&config()).is_ok());
        assert!(response.outcome.ok().unwrap().expose() == "a+b"); // EXPOSE: a test
    }

    #[test]
    fn reads_a_refusal_and_cleans_its_words() {
        let response = parse("/callback?error=access_denied&error_description=no%00%0Away&state=s")
            .unwrap()
            .unwrap();
        let error = response.outcome.err().unwrap();
        assert_eq!(error.error, "access_denied");
        assert_eq!(error.description.as_deref(), Some("noway"));
    }

    #[test]
    fn other_urls_are_no_callback() {
        for tail in [
            "/",
            "/callback",
            "/callback?tab=1",
            "/callback?state=s",
            "/other?code=c&state=s",
            "/callback/?code=c&state=s",
        ] {
            assert!(parse(tail).unwrap().is_none(), "{tail}");
        }
        let other =
            AuthorizationResponse::parse("https://evil.example/callback?code=c&state=s", &config());
        assert!(other.unwrap().is_none());
    }

    #[test]
    fn the_server_s_page_about_a_refusal_is_read_once() {
        let page = "error_uri=https%3A%2F%2Flogin.example%2Fwhy";
        let response = parse(&format!("/callback?error=e&state=s&{page}")).unwrap();
        let error = response.unwrap().outcome.err().unwrap();
        assert_eq!(error.uri.as_deref(), Some("https://login.example/why"));
        assert_eq!(
            refusal(&format!("/callback?error=e&state=s&{page}&{page}")),
            Code::CallbackInvalid
        );
    }

    #[test]
    fn what_is_empty_or_in_a_place_of_the_page_is_no_token() {
        for tail in [
            "?code=c&state=s&access_token=&id_token=",
            "?code=c&state=s#code",
            "?code=c&state=s#section=2",
        ] {
            assert!(
                parse(&format!("/callback{tail}")).unwrap().is_some(),
                "{tail}"
            );
        }
    }

    #[test]
    fn refuses_what_breaks_the_rules() {
        assert_eq!(refusal("/callback?code=c"), Code::StateMissing);
        assert_eq!(refusal("/callback?code=c&state="), Code::StateMissing);
        assert_eq!(refusal("/callback?error=access_denied"), Code::StateMissing);
        for tail in [
            "/callback?code=c&code=d&state=s",
            "/callback?code=c&state=s&state=s",
            "/callback?code=c&state=s&iss=a&iss=b",
            "/callback?code=c&error=e&state=s",
            "/callback?code=&state=s",
            "/callback?code=c&state=s&access_token=t",
            "/callback?state=s#access_token=t",
            "/callback#code=c&state=s",
            "/callback?c%6fde=c&code=d&state=s",
        ] {
            assert_eq!(refusal(tail), Code::CallbackInvalid, "{tail}");
        }
    }

    #[test]
    fn another_issuer_is_a_mismatch_to_the_letter() {
        for issuer in [
            "https://evil.example",
            "https://login.example/",
            "https://LOGIN.example",
            "",
        ] {
            let tail = format!("/callback?error=access_denied&state=s&iss={issuer}");
            let response = parse(&tail).unwrap().unwrap();
            assert_eq!(
                response.check_issuer(&config()).unwrap_err().code,
                Code::IssuerMismatch,
                "{issuer}"
            );
        }
    }

    #[test]
    fn the_app_is_no_open_redirector() {
        let check = |text: &str| check_return_to(text.into(), &config());
        for (text, path) in [
            ("/", "/"),
            ("/inbox?unread#3", "/inbox?unread#3"),
            ("https://app.example/inbox", "/inbox"),
            ("https://app.example", "/"),
            ("/search?q=C:\\temp#\\", "/search?q=C:\\temp#\\"),
        ] {
            assert_eq!(check(text).as_deref(), Ok(path));
        }
        for text in [
            "",
            "inbox",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "https://app.example@evil.example/",
            "https://app.example//evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a b",
            "/\0",
        ] {
            assert_eq!(
                check(text).map_err(|error| error.code),
                Err(Code::InvalidArgument),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(tail in "\\PC{0,80}") {
            let _ = parse(&format!("/callback?{tail}"));
            let _ = check_return_to(tail, &config());
        }
    }
}
