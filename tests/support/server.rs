//! An authorization server as plain functions: it keeps to the standards unless a test scripts
//! otherwise, and remembers every request.

use std::collections::{BTreeMap, VecDeque};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    input::{HttpFailure, HttpResponse},
    json::{Value, json},
    output::HttpRequest,
    time::Now,
};
use sha2::{Digest as _, Sha256};

use super::{
    answer::{Answer, document},
    api::USE_NONCE,
    authorization::Authorization,
    form::Form,
    grants::{Grants, Rotation},
    id_token::{Draft, Tamper},
    keys::{ED25519, TestKey},
    proofs::{ProofDesk, Proven, sign},
};

pub const ISSUER: &str = "https://login.example";
pub const CLIENT_ID: &str = "app";
/// The grant type of RFC 8693.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The token type of access tokens (RFC 8693 section 3).
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A place at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    OpenIdConfiguration,
    OauthMetadata,
    Keys,
    Token,
    Revocation,
    Userinfo,
    Par,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub endpoint: Endpoint,
    pub url: String,
    /// Empty for a `GET`.
    pub form: Form,
    /// The `Authorization` header's value.
    pub authorization: Option<String>,
    /// When it arrived, on the monotonic clock.
    pub at: u64,
    /// Whether it brought a refresh token that the server had replaced.
    pub is_outdated: bool,
    /// The status of the answer that the core was given, where there was one.
    pub status: Option<u16>,
}

/// The server, its settings and its memory.
pub struct Server {
    pub metadata: Value,
    /// The published keys.
    pub keys: Vec<Value>,
    pub signer: TestKey,
    /// Who signs in next.
    pub person: String,
    pub rotation: Rotation,
    /// Whether the server gives refresh tokens at all.
    pub gives_refresh_tokens: bool,
    /// The `expires_in` of each response; null leaves it out.
    pub expires_in: Value,
    pub id_token_on_refresh: bool,
    /// The `scope` of each response; null leaves it out.
    pub scope: Value,
    /// Whether it has OpenID Connect.
    pub is_openid: bool,
    /// What a server without it sends for an ID token all the same; null leaves it out.
    pub stray_id_token: Value,
    /// Whether a refresh ends the access token that came before, as several servers do.
    pub ends_old_access_tokens: bool,
    /// What a test does to each ID token.
    pub tamper: Option<Tamper>,
    pub requests: Vec<Request>,
    pub grants: Grants,
    /// Looks at proofs, where requests carry some.
    pub desk: ProofDesk,
    /// Whether tokens are of the type Bearer though a proof came along.
    pub gives_bearer_tokens: bool,
    /// More claims of the userinfo endpoint's, over those that it has.
    pub claims: Value,
    /// Each code, verifier and token there was.
    pub secrets: Vec<String>,
    pub(super) codes: BTreeMap<String, Authorization>,
    /// What was pushed, by its reference. Each is taken once.
    pub(super) pushed: BTreeMap<String, Form>,
    script: VecDeque<(Endpoint, Answer)>,
    always: BTreeMap<Endpoint, Answer>,
}

impl Server {
    pub fn new() -> Self {
        Self {
            metadata: json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://login.example/authorize",
                "token_endpoint": "https://login.example/token",
                "jwks_uri": "https://login.example/keys",
                "end_session_endpoint": "https://login.example/end",
                "revocation_endpoint": "https://login.example/revoke",
                "userinfo_endpoint": "https://login.example/userinfo",
                "authorization_response_iss_parameter_supported": true,
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256"],
            }),
            keys: vec![ED25519.public()],
            signer: ED25519,
            person: "alice".into(),
            rotation: Rotation::Rotates { grace: false },
            gives_refresh_tokens: true,
            expires_in: json!(300),
            id_token_on_refresh: false,
            scope: json!(null),
            is_openid: true,
            stray_id_token: json!(null),
            ends_old_access_tokens: false,
            tamper: None,
            requests: Vec::new(),
            grants: Grants::default(),
            desk: ProofDesk::default(),
            gives_bearer_tokens: false,
            claims: Value::Null,
            secrets: Vec::new(),
            codes: BTreeMap::new(),
            pushed: BTreeMap::new(),
            script: VecDeque::new(),
            always: BTreeMap::new(),
        }
    }

    /// Answers the next request to `endpoint` that no earlier `next` is for in this way.
    pub fn next(&mut self, endpoint: Endpoint, answer: Answer) {
        self.script.push_back((endpoint, answer));
    }

    /// Answers every request to `endpoint` in this way.
    pub fn always(&mut self, endpoint: Endpoint, answer: Answer) {
        self.always.insert(endpoint, answer);
    }

    /// Publishes `key` and signs with it from now on.
    pub fn sign_with(&mut self, key: TestKey) {
        self.keys.push(key.public());
        self.signer = key;
    }

    /// Does `tamper` to each ID token from now on.
    pub fn tamper(&mut self, tamper: impl FnMut(&mut Draft) + 'static) {
        self.tamper = Some(Box::new(tamper));
    }

    /// The requests to `endpoint` so far.
    pub fn requests_to(&self, endpoint: Endpoint) -> Vec<&Request> {
        self.requests
            .iter()
            .filter(|request| request.endpoint == endpoint)
            .collect()
    }

    /// The refresh tokens that were sent to the token endpoint, in order.
    pub fn refreshes(&self) -> Vec<&str> {
        let requests = self.requests_to(Endpoint::Token).into_iter();
        requests
            .filter_map(|request| request.form.get("refresh_token"))
            .collect()
    }

    /// The exchanges of access tokens that were asked for, in order.
    pub fn exchanges(&self) -> Vec<&Request> {
        let is_exchange =
            |request: &&Request| request.form.get("grant_type") == Some(TOKEN_EXCHANGE);
        let requests = self.requests_to(Endpoint::Token).into_iter();
        requests.filter(is_exchange).collect()
    }

    /// When each refresh arrived, in milliseconds after the first.
    pub fn refresh_times(&self) -> Vec<u64> {
        let refreshes = self
            .requests
            .iter()
            .filter(|request| request.form.get("refresh_token").is_some());
        let times: Vec<u64> = refreshes.map(|request| request.at).collect();
        times.iter().map(|time| time - times[0]).collect()
    }

    /// The tokens that were revoked, in order.
    pub fn revocations(&self) -> Vec<&str> {
        self.requests_to(Endpoint::Revocation)
            .into_iter()
            .map(|request| request.form.require("token"))
            .collect()
    }

    /// Takes a request of the core's.
    pub fn handle(&mut self, request: &HttpRequest, now: Now) -> Result<HttpResponse, HttpFailure> {
        let endpoint = self.endpoint(&request.url);
        let form = request
            .form
            .as_ref()
            .map(|form| Form::parse(form.expose()))
            .unwrap_or_default();
        let authorization = request.authorization.as_ref();
        let authorization = authorization.map(|value| value.expose().clone());
        let is_userinfo = endpoint == Endpoint::Userinfo;
        assert_eq!(authorization.is_some(), is_userinfo, "{}", request.url);
        let is_post = matches!(
            endpoint,
            Endpoint::Token | Endpoint::Revocation | Endpoint::Par
        );
        assert_eq!(request.form.is_some(), is_post, "{}", request.url);
        self.secrets
            .extend(form.get("code_verifier").map(String::from));
        self.requests.push(Request {
            endpoint,
            url: request.url.clone(),
            form: form.clone(),
            authorization: authorization.clone(),
            at: now.monotonic.0,
            is_outdated: form
                .get("refresh_token")
                .is_some_and(|token| self.grants.was_replaced(token)),
            status: None,
        });
        self.grants.now = now.unix.0;
        let proof = request.proof.as_ref().map(sign);
        let now = now.unix.seconds();
        let checked = proof.as_ref().map(|proof| {
            let takes_proofs = is_userinfo || matches!(endpoint, Endpoint::Token | Endpoint::Par);
            assert!(takes_proofs, "a proof for {endpoint:?}");
            self.desk.check(&Proven {
                proof,
                method: if is_userinfo { "GET" } else { "POST" },
                url: &request.url,
                access_token: authorization.as_deref().and_then(token_of),
                now,
            })
        });
        let mut result = self.answer_to(endpoint).result(|| match checked {
            Some(Err("use_dpop_nonce")) if is_userinfo => unauthorized(USE_NONCE),
            Some(Err(_)) if is_userinfo => unauthorized("DPoP error=\"invalid_dpop_proof\""),
            Some(Ok(thumbprint)) if is_userinfo => {
                self.tell_of_person(authorization.as_deref(), Some(thumbprint))
            }
            None if is_userinfo => self.tell_of_person(authorization.as_deref(), None),
            Some(Err(error)) => document(400, &json!({ "error": error })),
            Some(Ok(thumbprint)) => self.work(endpoint, &form, Some(&thumbprint), now),
            None => self.work(endpoint, &form, None, now),
        });
        if let (Ok(response), true) = (&mut result, proof.is_some()) {
            response.dpop_nonce = self.desk.offer();
            response.date = self.desk.date(now);
        }
        self.requests.last_mut().unwrap().status =
            result.as_ref().ok().map(|response| response.status);
        result
    }

    /// The place that `url` is.
    pub fn endpoint(&self, url: &str) -> Endpoint {
        let is = |name: &str| self.metadata[name] == url;
        match url {
            _ if is("token_endpoint") => Endpoint::Token,
            _ if is("jwks_uri") => Endpoint::Keys,
            _ if is("revocation_endpoint") => Endpoint::Revocation,
            _ if is("userinfo_endpoint") => Endpoint::Userinfo,
            _ if is("pushed_authorization_request_endpoint") => Endpoint::Par,
            _ if url.contains("/.well-known/openid-configuration") => Endpoint::OpenIdConfiguration,
            _ if url.contains("/.well-known/oauth-authorization-server") => Endpoint::OauthMetadata,
            _ => panic!("the core asked for {url}"),
        }
    }

    fn answer_to(&mut self, endpoint: Endpoint) -> Answer {
        match self.script.iter().position(|(place, _)| *place == endpoint) {
            Some(position) => self.script.remove(position).unwrap().1,
            None => self
                .always
                .get(&endpoint)
                .cloned()
                .unwrap_or(Answer::Normal),
        }
    }

    fn work(
        &mut self,
        endpoint: Endpoint,
        form: &Form,
        thumbprint: Option<&str>,
        now: u64,
    ) -> HttpResponse {
        match endpoint {
            Endpoint::OpenIdConfiguration | Endpoint::OauthMetadata => {
                document(200, &self.metadata)
            }
            Endpoint::Keys => document(200, &json!({ "keys": self.keys })),
            Endpoint::Revocation => {
                self.grants.revoke(form.require("token"));
                document(200, &json!({}))
            }
            Endpoint::Userinfo => unreachable!("`handle` has answered it"),
            Endpoint::Par => self.push(form, thumbprint),
            Endpoint::Token => {
                let (result, refusal) = match form.get("grant_type") {
                    Some("authorization_code") => {
                        (self.redeem(form, thumbprint, now), "invalid_grant")
                    }
                    Some("refresh_token") => (self.refresh(form, thumbprint, now), "invalid_grant"),
                    Some(TOKEN_EXCHANGE) => (self.exchange(form, thumbprint), "invalid_request"),
                    _ => (None, "unsupported_grant_type"),
                };
                match result {
                    Some(response) => document(200, &response),
                    None => document(400, &json!({ "error": refusal })),
                }
            }
        }
    }

    fn exchange(&mut self, form: &Form, thumbprint: Option<&str>) -> Option<Value> {
        let subject_token = form.get("subject_token")?;
        let is_right = form.get("subject_token_type") == Some(ACCESS_TOKEN_TYPE)
            && form.get("client_id") == Some(CLIENT_ID)
            && self.grants.is_alive(subject_token, thumbprint);
        if !is_right {
            return None;
        }
        let access_token = {
            let bound = self.bound_to(thumbprint);
            let subject = self.grants.access_token(subject_token).subject.clone();
            self.grants.issue(&subject, form, bound)
        };
        let mut response = self.response(access_token, None, None);
        response["issued_token_type"] = json!(ACCESS_TOKEN_TYPE);
        Some(response)
    }

    /// The userinfo endpoint: the scheme must fit the token, and the token be alive.
    fn tell_of_person(
        &self,
        authorization: Option<&str>,
        thumbprint: Option<String>,
    ) -> HttpResponse {
        let thumbprint = thumbprint.as_deref();
        let scheme = if thumbprint.is_some() {
            "DPoP "
        } else {
            "Bearer "
        };
        let token = authorization.and_then(|value| value.strip_prefix(scheme));
        match token.filter(|token| self.grants.is_alive(token, thumbprint)) {
            Some(token) => {
                let subject = &self.grants.access_token(token).subject;
                let mut claims =
                    json!({ "sub": subject, "name": "Alice", "email": "alice@example.org" });
                for (name, value) in self.claims.as_object().into_iter().flatten() {
                    claims[name.as_str()] = value.clone();
                }
                document(200, &claims)
            }
            None => unauthorized("Bearer error=\"invalid_token\""),
        }
    }

    fn redeem(&mut self, form: &Form, thumbprint: Option<&str>, now: u64) -> Option<Value> {
        let authorization = self.codes.remove(form.get("code")?)?;
        let verifier = form.get("code_verifier")?;
        let is_right = form.get("client_id") == Some(CLIENT_ID)
            && form.get("redirect_uri") == Some(&authorization.redirect_uri)
            && authorization.code_challenge
                == Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
        assert_eq!(authorization.thumbprint.as_deref(), thumbprint);
        if !is_right {
            return None;
        }
        let access_token = {
            let bound = self.bound_to(thumbprint);
            self.grants.issue(&authorization.subject, form, bound)
        };
        let refresh_token = self
            .gives_refresh_tokens
            .then(|| self.grants.begin(&authorization.subject, thumbprint));
        let nonce = json!(authorization.nonce);
        let id_token = self.id_token(&authorization.subject, &access_token, Some(nonce), now);
        Some(self.response(access_token, refresh_token, Some(id_token)))
    }

    fn refresh(&mut self, form: &Form, thumbprint: Option<&str>, now: u64) -> Option<Value> {
        assert_eq!(form.get("client_id"), Some(CLIENT_ID));
        let (refresh_token, subject) =
            self.grants
                .rotate(form.get("refresh_token")?, self.rotation, thumbprint)?;
        if self.ends_old_access_tokens {
            self.grants.end_access_tokens();
        }
        let access_token = {
            let bound = self.bound_to(thumbprint);
            self.grants.issue(&subject, form, bound)
        };
        let id_token = self
            .id_token_on_refresh
            .then(|| self.id_token(&subject, &access_token, None, now));
        Some(self.response(access_token, refresh_token, id_token))
    }

    /// What an access token is bound to.
    fn bound_to<'t>(&self, thumbprint: Option<&'t str>) -> Option<&'t str> {
        thumbprint.filter(|_| !self.gives_bearer_tokens)
    }

    fn id_token(
        &mut self,
        subject: &str,
        access_token: &str,
        nonce: Option<Value>,
        now: u64,
    ) -> String {
        let issuer = self.metadata["issuer"].as_str().unwrap();
        let mut draft = Draft::new(self.signer, issuer, subject, CLIENT_ID, access_token, now);
        draft.claim("nonce", nonce.unwrap_or_default());
        if let Some(tamper) = &mut self.tamper {
            tamper(&mut draft);
        }
        draft.sign()
    }

    fn response(
        &mut self,
        access_token: String,
        refresh_token: Option<String>,
        id_token: Option<String>,
    ) -> Value {
        let is_bound = self.grants.access_token(&access_token).thumbprint.is_some();
        let token_type = if is_bound { "DPoP" } else { "Bearer" };
        let mut response = json!({ "access_token": access_token, "token_type": token_type, "unknown": { "to": "us" } });
        let id_token = id_token.filter(|_| self.is_openid);
        let stray = self.stray_id_token.clone();
        for (name, value) in [
            ("refresh_token", json!(refresh_token)),
            (
                "id_token",
                if self.is_openid {
                    json!(id_token)
                } else {
                    stray
                },
            ),
            ("expires_in", self.expires_in.clone()),
            ("scope", self.scope.clone()),
        ] {
            if !value.is_null() {
                response[name] = value;
            }
        }
        self.secrets.push(access_token);
        self.secrets
            .extend(refresh_token.into_iter().chain(id_token));
        response
    }
}

/// The token of an `Authorization` header.
fn token_of(authorization: &str) -> Option<&str> {
    authorization.split_once(' ').map(|(_, token)| token)
}

fn unauthorized(challenge: &str) -> HttpResponse {
    HttpResponse {
        challenge: Some(challenge.into()),
        ..document(401, &json!({}))
    }
}
