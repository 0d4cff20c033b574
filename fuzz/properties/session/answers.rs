//! What the world answers: what one hopes, or anything else.

use holdfast::core::{
    input::{
        CommandId, EscrowAnswer, HttpFailure, HttpResponse, Input, RequestId, ResourceAnswer,
        SignatureVerdict, StorageFailure,
    },
    json::{Map, Value, json},
    output::{EscrowMessage, HttpRequest, Output, Reply},
    secret::Secret,
};

use super::{Bytes, World, watch::SECRET};
use crate::properties::oracle;

pub const ISSUER: &str = "https://login.example";
pub const USERINFO: &str = "https://login.example/me";
pub const PAR: &str = "https://login.example/par";

/// Something that the core waits for.
pub enum Question {
    Http(HttpRequest),
    Resource(CommandId),
    Signature(RequestId),
    Stored(RequestId, String, Value),
    Taken(RequestId, String),
    Escrow(RequestId, bool),
    Key(RequestId),
    /// A request that nobody sent.
    Nothing(RequestId),
}

impl Question {
    pub fn id(&self) -> Option<RequestId> {
        match self {
            Self::Http(request) => Some(request.id),
            Self::Resource(_) => None,
            Self::Signature(id)
            | Self::Stored(id, ..)
            | Self::Taken(id, _)
            | Self::Escrow(id, _)
            | Self::Key(id)
            | Self::Nothing(id) => Some(*id),
        }
    }

    /// One that was never asked under this id, or long ago.
    pub fn of_nobody(id: RequestId, kind: u8) -> Self {
        match kind % 6 {
            0 => Self::Nothing(id),
            1 => Self::Signature(id),
            2 => Self::Stored(id, String::new(), Value::Null),
            3 => Self::Taken(id, String::new()),
            4 => Self::Escrow(id, false),
            _ => Self::Key(id),
        }
    }
}

impl World {
    /// Keeps what an output asks for.
    pub fn take(&mut self, output: Output) {
        self.questions.push(match output {
            Output::Http(request) => Question::Http(request),
            Output::SendResourceRequest { id, .. } => Question::Resource(id),
            Output::VerifySignature { id, .. } => Question::Signature(id),
            Output::StoreTransaction {
                id, key, record, ..
            } => Question::Stored(id, key, record),
            Output::TakeTransaction { id, key } => Question::Taken(id, key),
            Output::Escrow { id, message } => {
                Question::Escrow(id, matches!(message, EscrowMessage::Claim { .. }))
            }
            Output::MakeKey { id, .. } => Question::Key(id),
            Output::Reply {
                result:
                    Ok(Reply::Navigate(url) | Reply::SilentSignIn(url) | Reply::Popup { url, .. }),
                ..
            } => {
                self.url = Some(url);
                return;
            }
            _ => return,
        });
    }

    /// Answers the question at `index`, where there is one, as one hopes.
    pub fn answer_well(&mut self, index: usize) {
        if index >= self.questions.len() {
            return;
        }
        let input = match self.questions.remove(index) {
            Question::Http(request) => {
                self.watch.see_answer(request.id);
                let body = self.serve(&request);
                Input::HttpDone {
                    id: request.id,
                    result: Ok(oracle::response(200, &body.to_string())),
                }
            }
            Question::Resource(id) => Input::ResourceAnswered {
                id,
                answer: ResourceAnswer {
                    status: 200,
                    url: self.watch.url(id).into(),
                    challenge: None,
                    dpop_nonce: None,
                    date: None,
                },
            },
            Question::Signature(id) => Input::SignatureVerified {
                id,
                verdict: SignatureVerdict::Valid,
            },
            Question::Stored(id, key, record) => {
                self.transactions.push((key, record));
                Input::TransactionStored { id, result: Ok(()) }
            }
            Question::Taken(id, key) => {
                let place = self
                    .transactions
                    .iter()
                    .position(|(known, _)| *known == key);
                let record = place.map(|place| self.transactions.remove(place).1);
                Input::TransactionTaken {
                    id,
                    result: Ok(record),
                }
            }
            Question::Escrow(id, is_claim) => Input::EscrowAnswered {
                id,
                answer: if is_claim {
                    EscrowAnswer::Nothing
                } else {
                    EscrowAnswer::Kept
                },
            },
            Question::Nothing(id) => Input::HttpDone {
                id,
                result: Ok(oracle::response(200, "{}")),
            },
            Question::Key(id) => Input::KeyMade {
                id,
                key: Some(
                    [
                        r#"ES256 {"crv":"P-256","kty":"EC","x":"AA","y":"AA"} "#,
                        SECRET,
                        "AA",
                    ]
                    .concat()
                    .into(),
                ),
            },
        };
        self.input(input);
    }

    fn serve(&mut self, request: &HttpRequest) -> Value {
        if request.url.contains("/.well-known/") {
            return json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://login.example/authorize",
                "token_endpoint": "https://login.example/token",
                "jwks_uri": "https://login.example/keys",
                "userinfo_endpoint": USERINFO,
                "end_session_endpoint": "https://login.example/end",
                "revocation_endpoint": "https://login.example/revoke",
                "pushed_authorization_request_endpoint": PAR,
                "dpop_signing_alg_values_supported": ["ES256"],
                "authorization_response_iss_parameter_supported": true,
            });
        }
        if request.authorization.is_some() {
            return json!({ "sub": "alice", "email": "alice@example" });
        }
        if request.form.is_none() {
            let coordinate = oracle::encode(&[1; 32]);
            return json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "x": coordinate, "y": coordinate }] });
        }
        let form = request.form.as_ref().map_or("", |form| form.expose()); // EXPOSE: a test
        if request.url == PAR {
            self.pushed = form.into();
            return json!({ "request_uri": "urn:request:1", "expires_in": 60 });
        }
        self.tokens += 1;
        let number = self.tokens;
        let token_type = if request.proof.is_some() {
            "DPoP"
        } else {
            "Bearer"
        };
        let mut response = json!({
            "access_token": format!("{SECRET}a{number}"),
            "refresh_token": format!("{SECRET}r{number}"),
            "token_type": token_type,
            "expires_in": 60,
        });
        if form.contains("token-exchange") {
            response["issued_token_type"] = json!("urn:ietf:params:oauth:token-type:access_token");
        }
        if form.contains("grant_type=authorization_code") {
            response["id_token"] = json!(self.id_token());
        }
        response
    }

    /// For the sign-in that was begun last.
    fn id_token(&self) -> String {
        let now = self.clock.unix.seconds();
        let part = |value: &Value| oracle::encode(value.to_string().as_bytes());
        let header = json!({ "alg": "ES256", "kid": "k" });
        let claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": "app", "iat": now, "exp": now + 300,
            "nonce": self.sent("nonce"),
        });
        [part(&header), part(&claims), [SECRET, "id"].concat()].join(".")
    }

    /// Answers with what one does not hope for.
    pub fn answer_badly(&mut self, question: Question, bytes: &mut Bytes<'_>) {
        let choice = bytes.byte();
        let input = match question {
            Question::Http(request) => {
                self.watch.see_answer(request.id);
                let id = request.id;
                match choice % 8 {
                    0 => Input::HttpDone {
                        id,
                        result: Err(HttpFailure::Network),
                    },
                    1 => Input::HttpDone {
                        id,
                        result: Err(HttpFailure::Timeout),
                    },
                    2 if request.proof.is_some() => Input::HttpDone {
                        id,
                        result: Err(HttpFailure::KeyLost),
                    },
                    3 if request.carry.is_some() => Input::EscrowAnswered {
                        id,
                        answer: escrow_answer(bytes),
                    },
                    _ => Input::HttpDone {
                        id,
                        result: Ok(self.bad_response(&request, bytes)),
                    },
                }
            }
            Question::Nothing(id) => Input::HttpDone {
                id,
                result: Ok(oracle::response(u16::from(choice) * 4, &bytes.text())),
            },
            Question::Resource(id) if choice == 3 => Input::KeyLost(id),
            Question::Resource(id) => Input::ResourceAnswered {
                id,
                answer: ResourceAnswer {
                    status: [200, 401, 401, 403, 500][bytes.below(5)],
                    url: if choice & 4 == 0 {
                        self.watch.url(id).into()
                    } else {
                        bytes.text()
                    },
                    challenge: (choice & 8 != 0).then(|| challenge(bytes)),
                    dpop_nonce: (choice & 16 != 0).then(|| bytes.text()),
                    date: (choice & 32 != 0).then(|| u64::from(choice) << 24),
                },
            },
            Question::Signature(id) => Input::SignatureVerified {
                id,
                verdict: [SignatureVerdict::Invalid, SignatureVerdict::Unsupported]
                    [usize::from(choice & 1)],
            },
            Question::Stored(id, ..) => Input::TransactionStored {
                id,
                result: Err(StorageFailure),
            },
            Question::Taken(id, _) => Input::TransactionTaken {
                id,
                result: match choice % 3 {
                    0 => Err(StorageFailure),
                    1 => Ok(None),
                    _ => Ok(Some(bytes.value())),
                },
            },
            Question::Escrow(id, _) => Input::EscrowAnswered {
                id,
                answer: escrow_answer(bytes),
            },
            Question::Key(id) => Input::KeyMade {
                id,
                key: (choice & 1 != 0).then(|| ["ES256 {} ", &bytes.text()].concat().into()),
            },
        };
        self.input(input);
    }

    fn bad_response(&mut self, request: &HttpRequest, bytes: &mut Bytes<'_>) -> HttpResponse {
        let status = [200, 400, 401, 403, 404, 429, 500, 302][bytes.below(8)];
        let body = match bytes.byte() % 4 {
            0 => {
                let mut body = self.serve(request);
                let members = body.as_object().map_or(0, Map::len);
                let place = bytes.below(members);
                let name = body.as_object().and_then(|object| object.iter().nth(place));
                let name = name.map_or_else(|| "x".into(), |(name, _)| name.clone());
                body[name.as_str()] = bytes.value();
                body.to_string()
            }
            // It shows what it was sent.
            1 => {
                let form = request.form.as_ref().map_or("", |form| form.expose()); // EXPOSE: a test
                let sent: Vec<_> = oracle::parameters(form).into_values().flatten().collect();
                let error = [
                    "invalid_grant",
                    "invalid_request",
                    "login_required",
                    "use_dpop_nonce",
                ][bytes.below(4)];
                json!({ "error": error, "error_description": sent.join(" ") }).to_string()
            }
            2 => json!({ "error": bytes.text(), "error_description": bytes.text() }).to_string(),
            _ => bytes.text(),
        };
        let more = bytes.byte();
        let mut response = oracle::response(status, &body);
        response.retry_after_seconds = (more & 1 != 0).then(|| u64::from(more) << 3);
        response.looks_like_html = more & 2 != 0;
        response.dpop_nonce = (more & 4 != 0).then(|| bytes.text());
        response.date = (more & 8 != 0).then(|| u64::from(more) << 24);
        response.challenge = (more & 16 != 0).then(|| challenge(bytes));
        response
    }
}

fn challenge(bytes: &mut Bytes<'_>) -> String {
    let known = [
        "Bearer error=\"invalid_token\"",
        "DPoP error=\"use_dpop_nonce\"",
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"a\", max_age=5",
        "Bearer error=\"insufficient_scope\", scope=\"x\"",
    ];
    match known.get(bytes.below(6)) {
        Some(known) => (*known).into(),
        None => bytes.text(),
    }
}

fn escrow_answer(bytes: &mut Bytes<'_>) -> EscrowAnswer {
    match bytes.byte() % 7 {
        0 => EscrowAnswer::Absent,
        1 => EscrowAnswer::Kept,
        2 => EscrowAnswer::New,
        3 => EscrowAnswer::Nothing,
        4 => EscrowAnswer::Lost,
        5 => EscrowAnswer::Forgotten,
        _ => EscrowAnswer::State(Secret::new(bytes.text())),
    }
}
