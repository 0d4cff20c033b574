//! An authorization server as plain functions: it keeps to the standards unless a test scripts
//! otherwise, and remembers every request.

use std::collections::{BTreeMap, VecDeque};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    input::{HttpFailure, HttpResponse},
    output::HttpRequest,
    time::Now,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    answer::{Answer, document},
    callback::Callback,
    form::Form,
    grants::{Grants, Rotation},
    id_token::{Draft, Tamper},
    keys::{ED25519, TestKey},
};

pub const ISSUER: &str = "https://login.example";
pub const CLIENT_ID: &str = "app";

/// A place at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    OpenIdConfiguration,
    OauthMetadata,
    Keys,
    Token,
    Revocation,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub endpoint: Endpoint,
    pub url: String,
    /// Empty for a `GET`.
    pub form: Form,
    /// When it arrived, on the monotonic clock.
    pub at: u64,
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
    /// Whether a refresh ends the access token that came before, as several servers do.
    pub ends_old_access_tokens: bool,
    /// What a test does to each ID token.
    pub tamper: Option<Tamper>,
    pub requests: Vec<Request>,
    pub grants: Grants,
    /// Each code, verifier and token there was.
    pub secrets: Vec<String>,
    codes: BTreeMap<String, Authorization>,
    script: VecDeque<(Endpoint, Answer)>,
    always: BTreeMap<Endpoint, Answer>,
}

struct Authorization {
    code_challenge: String,
    redirect_uri: String,
    nonce: String,
    subject: String,
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
            ends_old_access_tokens: false,
            tamper: None,
            requests: Vec::new(),
            grants: Grants::default(),
            secrets: Vec::new(),
            codes: BTreeMap::new(),
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

    /// The person signs in at `url` and is sent back.
    pub fn authorize(&mut self, url: &str) -> Callback {
        let query = Form::of_url(url);
        assert_eq!(query.get("response_type"), Some("code"));
        assert_eq!(query.get("code_challenge_method"), Some("S256"));
        assert_eq!(query.get("client_id"), Some(CLIENT_ID));
        let code = self.grants.mint("code");
        let required = |name: &str| query.require(name).to_string();
        let authorization = Authorization {
            code_challenge: required("code_challenge"),
            redirect_uri: required("redirect_uri"),
            nonce: required("nonce"),
            subject: self.person.clone(),
        };
        let mut callback = Callback::new(&authorization.redirect_uri)
            .with("code", &code)
            .with("state", &required("state"));
        if self.metadata["authorization_response_iss_parameter_supported"] == true {
            callback = callback.with("iss", self.metadata["issuer"].as_str().unwrap());
        }
        self.secrets.push(code.clone());
        self.codes.insert(code, authorization);
        callback
    }

    /// Takes a request of the core's.
    pub fn handle(&mut self, request: &HttpRequest, now: Now) -> Result<HttpResponse, HttpFailure> {
        let endpoint = self.endpoint(&request.url);
        let form = request
            .form
            .as_ref()
            .map(|form| Form::parse(form.expose()))
            .unwrap_or_default();
        let is_post = matches!(endpoint, Endpoint::Token | Endpoint::Revocation);
        assert_eq!(request.form.is_some(), is_post, "{}", request.url);
        self.secrets
            .extend(form.get("code_verifier").map(String::from));
        self.requests.push(Request {
            endpoint,
            url: request.url.clone(),
            form: form.clone(),
            at: now.monotonic.0,
        });
        self.answer_to(endpoint)
            .result(|| self.work(endpoint, &form, now.unix.seconds()))
    }

    fn endpoint(&self, url: &str) -> Endpoint {
        let is = |name: &str| self.metadata[name] == url;
        match url {
            _ if is("token_endpoint") => Endpoint::Token,
            _ if is("jwks_uri") => Endpoint::Keys,
            _ if is("revocation_endpoint") => Endpoint::Revocation,
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

    fn work(&mut self, endpoint: Endpoint, form: &Form, now: u64) -> HttpResponse {
        match endpoint {
            Endpoint::OpenIdConfiguration | Endpoint::OauthMetadata => {
                document(200, &self.metadata)
            }
            Endpoint::Keys => document(200, &json!({ "keys": self.keys })),
            Endpoint::Revocation => {
                self.grants.revoke(form.require("token"));
                document(200, &json!({}))
            }
            Endpoint::Token => {
                let result = match form.get("grant_type") {
                    Some("authorization_code") => self.redeem(form, now),
                    Some("refresh_token") => self.refresh(form, now),
                    _ => None,
                };
                match result {
                    Some(response) => document(200, &response),
                    None => document(400, &json!({ "error": "invalid_grant" })),
                }
            }
        }
    }

    fn redeem(&mut self, form: &Form, now: u64) -> Option<Value> {
        let authorization = self.codes.remove(form.get("code")?)?;
        let verifier = form.get("code_verifier")?;
        let is_right = form.get("client_id") == Some(CLIENT_ID)
            && form.get("redirect_uri") == Some(&authorization.redirect_uri)
            && authorization.code_challenge
                == Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
        if !is_right {
            return None;
        }
        let access_token = self.grants.issue(form);
        let refresh_token = self
            .gives_refresh_tokens
            .then(|| self.grants.begin(&authorization.subject));
        let nonce = json!(authorization.nonce);
        let id_token = self.id_token(&authorization.subject, &access_token, Some(nonce), now);
        Some(self.response(access_token, refresh_token, Some(id_token)))
    }

    fn refresh(&mut self, form: &Form, now: u64) -> Option<Value> {
        assert_eq!(form.get("client_id"), Some(CLIENT_ID));
        let (refresh_token, subject) = self
            .grants
            .rotate(form.get("refresh_token")?, self.rotation)?;
        if self.ends_old_access_tokens {
            self.grants.end_access_tokens();
        }
        let access_token = self.grants.issue(form);
        let id_token = self
            .id_token_on_refresh
            .then(|| self.id_token(&subject, &access_token, None, now));
        Some(self.response(access_token, refresh_token, id_token))
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
        let mut response = json!({ "access_token": access_token, "token_type": "Bearer", "unknown": { "to": "us" } });
        for (name, value) in [
            ("refresh_token", json!(refresh_token)),
            ("id_token", json!(id_token)),
            ("expires_in", self.expires_in.clone()),
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
