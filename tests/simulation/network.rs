//! What happens to requests: they arrive or not, once or twice, late, and so do their answers.

use holdfast::core::{
    input::{CommandId, HttpFailure, HttpResponse, Input, RequestId, ResourceAnswer},
    output::HttpRequest,
    time::Now,
};

use super::{
    escrow::Message,
    invariant::Invariant,
    scenario::{CallFate, Fate, How, OutageKind},
    server::{Given, TokenId, number},
    vault::{API, KEYS, REVOCATION_ENDPOINT, TOKEN_ENDPOINT, VaultId},
    watch::{Answered, Moment},
    world::{Event, World},
};

/// A request to the server.
pub struct Request {
    /// Who asked.
    pub vault: VaultId,
    id: RequestId,
    /// The name under which the escrow carries it.
    pub carried: Option<String>,
    what: What,
    asked_at: (u64, Now),
    fate: Fate,
    /// Whether its vault was told how it went, so that nothing else can come.
    is_done: bool,
}

enum What {
    Refresh(TokenId),
    Code(String),
    Revocation(TokenId),
    Keys,
}

/// What comes back.
#[derive(Clone)]
pub struct Answer {
    result: Result<Response, HttpFailure>,
    means: Answered,
    given: Option<Given>,
}

impl Answer {
    /// Nothing has come back, and nothing will.
    pub const LOST: Self = Self::failure(HttpFailure::Network);

    const fn failure(failure: HttpFailure) -> Self {
        Self {
            result: Err(failure),
            means: Answered::Lost,
            given: None,
        }
    }

    const fn response(response: Response, means: Answered) -> Self {
        Self {
            result: Ok(response),
            means,
            given: None,
        }
    }

    const fn busy(status: u16, retry_after: Option<u64>) -> Self {
        Self::response(Response::empty(status, retry_after), Answered::Busy)
    }

    fn html(status: u16) -> Self {
        let response = Response {
            body: "<!doctype html>".into(),
            is_html: true,
            ..Response::empty(status, None)
        };
        Self::response(response, Answered::Busy)
    }

    fn document(status: u16, body: String, means: Answered) -> Self {
        let response = Response {
            body,
            ..Response::empty(status, None)
        };
        Self::response(response, means)
    }

    /// What is left of it after half the way.
    fn half(&self) -> Self {
        let (status, body) = match &self.result {
            Ok(response) => (response.status, &response.body[..response.body.len() / 2]),
            Err(_) => (502, ""),
        };
        Self::document(status, body.into(), Answered::Busy)
    }
}

#[derive(Clone)]
struct Response {
    status: u16,
    body: String,
    retry_after: Option<u64>,
    is_html: bool,
}

impl Response {
    const fn empty(status: u16, retry_after: Option<u64>) -> Self {
        Self {
            status,
            body: String::new(),
            retry_after,
            is_html: false,
        }
    }
}

impl World<'_> {
    /// The core wants a request to be sent.
    pub fn ask_server(&mut self, vault: VaultId, mut request: HttpRequest) {
        let form = request.form.as_ref().map_or("", |form| form.expose());
        let token = value(form, "refresh_token").and_then(number);
        if let (TOKEN_ENDPOINT, Some(token)) = (request.url.as_str(), token) {
            let moment = Moment {
                time: self.time,
                now: self.clocks.show(self.time),
                server: &self.server,
            };
            self.watch.refresh_asked(vault, request.id, token, moment);
        }
        match request.carry.take() {
            Some(deposit) => {
                self.tell_escrow(vault, request.id, Message::Carry(request, deposit));
            }
            None => self.send(vault, &request, None),
        }
    }

    /// A request leaves the machine; `carried` is its name where the escrow sends it.
    pub fn send(&mut self, vault: VaultId, request: &HttpRequest, carried: Option<String>) {
        let form = request.form.as_ref().map_or("", |form| form.expose());
        let token = |name: &str| value(form, name).and_then(number);
        let what = match request.url.as_str() {
            KEYS => What::Keys,
            REVOCATION_ENDPOINT => What::Revocation(token("token").expect("a token")),
            TOKEN_ENDPOINT => match token("refresh_token") {
                Some(token) => What::Refresh(token),
                None => What::Code(value(form, "code").expect("a code").into()),
            },
            url => panic!("the core asked for {url}"),
        };
        let now = self.clocks.show(self.time);
        let mut asked_at = (self.time, now);
        let number = self.requests.len();
        let mut fate = Fate::NORMAL;
        if matches!(what, What::Refresh(_) | What::Code(_)) {
            let next = self.scenario.fates.get(self.fates_used).copied();
            self.fates_used += 1;
            fate = next.unwrap_or(Fate::NORMAL);
        }
        match what {
            What::Refresh(token) => {
                self.refreshes += 1;
                self.say(|| format!("vault {vault}: asks for tokens with r{token} ({fate})"));
                let asked = self.watch.refresh_sent(vault, request.id, token, self.time);
                asked_at = asked.unwrap_or(asked_at);
                self.check_overlap(vault, token);
            }
            What::Revocation(token) => {
                self.say(|| format!("vault {vault}: revokes r{token}"));
                self.watch.revoked(vault, token);
            }
            What::Code(_) | What::Keys => {}
        }
        self.requests.push(Request {
            vault,
            id: request.id,
            carried,
            what,
            asked_at,
            fate,
            is_done: false,
        });
        let timeout = Answer::failure(HttpFailure::Timeout);
        self.answer_in(request.timeout_milliseconds, number, timeout);
        self.begin_journey(number);
    }

    fn begin_journey(&mut self, request: usize) {
        let Fate {
            how,
            out,
            back,
            copy,
        } = self.requests[request].fate;
        match self.outage_now() {
            Some(OutageKind::Refuses) => return self.answer_in(10, request, Answer::LOST),
            Some(OutageKind::Hangs) => return,
            Some(OutageKind::Busy) => {
                return self.answer_in(out + back, request, Answer::busy(503, None));
            }
            None => {}
        }
        let early = match how {
            How::Lost => Some(Answer::LOST),
            How::Busy(status, retry_after) => Some(Answer::busy(status, retry_after)),
            How::Html(status) => Some(Answer::html(status)),
            How::Empty => Some(Answer::document(400, String::new(), Answered::Unclear)),
            _ => None,
        };
        if let Some(answer) = early {
            return self.answer_in(out + back, request, answer);
        }
        if how == How::Hangs {
            return;
        }
        let arrives = |is_copy| Event::Arrives { request, is_copy };
        self.queue.push(self.time + out, arrives(false));
        if let Some(later) = copy {
            self.queue.push(self.time + out + later, arrives(true));
        }
    }

    /// A request is at the server.
    pub fn arrive(&mut self, request: usize, is_copy: bool) {
        let Fate { how, back, .. } = self.requests[request].fate;
        if self.outage_now().is_some() {
            if !is_copy {
                self.answer_in(back, request, Answer::LOST);
            }
            return;
        }
        let answer = self.work(request);
        if is_copy {
            return;
        }
        let answer = match how {
            How::AnswerHangs => return,
            How::AnswerLost => Answer::LOST,
            How::BadGateway => Answer::busy(502, None),
            How::Cut => answer.half(),
            _ => answer,
        };
        self.answer_in(back, request, answer);
    }

    fn work(&mut self, request: usize) -> Answer {
        let time = self.time;
        let asked_at = self.requests[request].asked_at;
        let given = match &self.requests[request].what {
            What::Keys => {
                let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAA"}]}"#;
                return Answer::document(200, keys.into(), Answered::Tokens);
            }
            What::Revocation(token) => {
                self.server.revoke(*token);
                return Answer::document(200, String::new(), Answered::Tokens);
            }
            What::Code(code) => self.server.redeem(code, time, asked_at),
            What::Refresh(token) => self.server.refresh(*token, time, asked_at),
        };
        self.say(|| match &given {
            Some((given, _)) => match given.refresh_token {
                Some(token) => format!("server: gives r{token} and a{}", given.access_token),
                None => format!("server: gives a{}", given.access_token),
            },
            None => "server: refuses".into(),
        });
        match given {
            Some((given, document)) => Answer {
                given: Some(given),
                ..Answer::document(200, document.to_string(), Answered::Tokens)
            },
            None => Answer::document(
                400,
                r#"{"error":"invalid_grant"}"#.into(),
                Answered::Refused,
            ),
        }
    }

    fn answer_in(&mut self, after: u64, request: usize, answer: Answer) {
        let event = Event::Answered { request, answer };
        self.queue.push(self.time + after, event);
    }

    /// It is known how a request went.
    pub fn answer(&mut self, request: usize, answer: Answer) {
        let known = &mut self.requests[request];
        if std::mem::replace(&mut known.is_done, true) {
            return;
        }
        let (vault, id) = (known.vault, known.id);
        match (&known.what, known.carried.clone()) {
            (_, Some(name)) => self.carried_answered(&name, &answer),
            (What::Refresh(_), None) => self.refresh_answered(vault, id, answer),
            (What::Code(_), None) => {
                self.watch.code_answered(vault, answer.given);
                self.tell_answer(vault, id, answer);
            }
            (What::Revocation(_) | What::Keys, None) => self.tell_answer(vault, id, answer),
        }
    }

    /// The vault hears how a refresh went.
    pub fn refresh_answered(&mut self, vault: VaultId, id: RequestId, answer: Answer) {
        self.watch
            .refresh_answered(vault, id, answer.means, answer.given, self.time);
        self.tell_answer(vault, id, answer);
    }

    fn tell_answer(&mut self, vault: VaultId, id: RequestId, answer: Answer) {
        self.say(|| match &answer.result {
            Ok(response) => format!("vault {vault}: hears {}", response.status),
            Err(failure) => format!("vault {vault}: hears of a failure: {failure:?}"),
        });
        let result = answer.result.map(|response| HttpResponse {
            status: response.status,
            body: response.body.into(),
            retry_after_seconds: response.retry_after,
            looks_like_html: response.is_html,
            dpop_nonce: None,
            date: None,
            challenge: None,
        });
        self.tell(vault, Input::HttpDone { id, result });
    }

    /// No other refresh of this session may be under way, from whichever vault.
    fn check_overlap(&mut self, vault: VaultId, token: TokenId) {
        let family = self.server.refresh_tokens[token].family;
        let overlaps = self.requests.iter().any(|other| {
            let is_heard = match &other.carried {
                Some(name) => self.is_carried(name),
                None => self.vaults[other.vault].is_alive,
            };
            let is_of_family = matches!(other.what, What::Refresh(other) if self.server.refresh_tokens[other].family == family);
            is_of_family && !other.is_done && is_heard
        });
        if overlaps && !self.watch.is_doubtful(family) {
            self.watch.report(Invariant::OneRefresh, self.time, || {
                format!("vault {vault} sent r{token} while another refresh is in flight")
            });
        }
    }

    /// Connections don't outlive a long sleep or a freeze.
    pub fn break_connections(&mut self, of: impl Fn(VaultId) -> bool, of_escrow: bool, after: u64) {
        for request in 0..self.requests.len() {
            let known = &self.requests[request];
            if !known.is_done && of(known.vault) && (of_escrow || known.carried.is_none()) {
                self.requests[request].fate.how = How::AnswerHangs;
                self.answer_in(after, request, Answer::LOST);
            }
        }
    }

    pub fn call_arrives(
        &mut self,
        vault: VaultId,
        id: CommandId,
        token: TokenId,
        fate: CallFate,
        takes: u64,
    ) {
        let outcome = match fate {
            CallFate::Normal => Some(self.server.accepts(token, self.time)),
            CallFate::Refused => Some(false),
            CallFate::Failed => None,
        };
        let event = Event::CallAnswered { vault, id, outcome };
        self.queue.push(self.time + takes / 2, event);
    }

    pub fn call_answered(&mut self, vault: VaultId, id: CommandId, outcome: Option<bool>) {
        let Some(is_accepted) = outcome else {
            self.watch.call_ended(vault, id);
            self.asked.remove(&id);
            return self.tell(vault, Input::Abandoned(id));
        };
        self.say(|| {
            format!(
                "vault {vault}: call {} {}",
                id.0,
                if is_accepted {
                    "succeeds"
                } else {
                    "is refused"
                }
            )
        });
        self.watch.call_answered(vault, id, !is_accepted, self.time);
        let (status, challenge) = if is_accepted {
            (200, None)
        } else {
            (401, Some("Bearer error=\"invalid_token\"".into()))
        };
        let answer = ResourceAnswer {
            status,
            url: API.into(),
            challenge,
            dpop_nonce: None,
            date: None,
        };
        self.tell(vault, Input::ResourceAnswered { id, answer });
    }

    fn outage_now(&self) -> Option<OutageKind> {
        self.outage
            .filter(|(_, until)| self.time < *until)
            .map(|(kind, _)| kind)
    }
}

/// The value of a form's parameter. Nothing here needs to be decoded.
fn value<'f>(form: &'f str, name: &str) -> Option<&'f str> {
    form.split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
