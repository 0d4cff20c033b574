//! The run loop: drains the core's outputs, performs them, and feeds the results back.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Response;

use super::{
    clock::{self, Timer},
    convert, crypto, http,
    resource::{self, PageRequest},
    store,
};
use crate::core::{
    Session,
    input::{Command, CommandId, Input},
    output::{Output, Reply},
    table::Table,
};

/// Drives one session.
pub struct Driver {
    session: RefCell<Session>,
    commands: RefCell<Table<CommandId, PendingCommand>>,
    timer: RefCell<Option<Timer>>,
    emit: Function,
}

/// A command of the page's that was not answered yet.
struct PendingCommand {
    resolve: Function,
    reject: Function,
    /// The API request, for `fetch`.
    request: Option<PageRequest>,
    /// What the API answered, until the core says what becomes of it.
    response: Option<Response>,
}

impl Driver {
    /// Drives `session`, and tells `emit` its events.
    pub fn new(session: Session, emit: Function) -> Rc<Self> {
        Rc::new(Self {
            session: RefCell::new(session),
            commands: RefCell::new(Table::new()),
            timer: RefCell::new(None),
            emit,
        })
    }

    /// Whether the session was made with a configuration of this fingerprint.
    pub fn has_fingerprint(&self, fingerprint: &[u8; 32]) -> bool {
        self.session.borrow().fingerprint() == fingerprint
    }

    /// Gives `command` to the core. The promise is settled by the core's reply.
    pub fn command(self: &Rc<Self>, id: CommandId, command: Command, request: Option<PageRequest>) -> Promise {
        let mut request = Some(request);
        let promise = Promise::new(&mut |resolve, reject| {
            let request = request.take().flatten();
            let pending = PendingCommand { resolve, reject, request, response: None };
            self.commands.borrow_mut().insert(id, pending);
        });
        self.handle(Input::Command { id, command });
        promise
    }

    /// Forgets a command: nobody waits for it any longer. Its promise is rejected with `reason`.
    pub fn abandon(self: &Rc<Self>, id: CommandId, reason: &JsValue) {
        let pending = self.commands.borrow_mut().remove(id);
        if let Some(pending) = pending {
            let _ = pending.reject.call1(&JsValue::UNDEFINED, reason);
            self.handle(Input::Abandoned(id));
        }
    }

    fn handle(self: &Rc<Self>, input: Input) {
        let mut outputs = Vec::new();
        let wake_at = {
            let mut session = self.session.borrow_mut();
            session.handle_input(input, clock::now());
            loop {
                match session.poll_output() {
                    Output::Idle { wake_at } => break wake_at,
                    output => outputs.push(output),
                }
            }
        };
        let timer = wake_at.map(|at| {
            let driver = Rc::downgrade(self);
            Timer::new(at, move || {
                if let Some(driver) = driver.upgrade() {
                    // The timer that runs is dropped on the next turn, not under its own feet.
                    spawn_local(async move { driver.handle(Input::Wake) });
                }
            })
        });
        self.timer.replace(timer);
        for output in outputs {
            self.perform(output);
        }
    }

    fn perform(self: &Rc<Self>, output: Output) {
        let driver = Rc::clone(self);
        match output {
            Output::Http(request) => spawn_local(async move {
                let id = request.id;
                let result = http::send(request).await;
                driver.handle(Input::HttpDone { id, result });
            }),
            Output::SendResourceRequest { id, authorization } => {
                if let Some(request) = self.request(id) {
                    spawn_local(async move {
                        match resource::send(request, authorization).await {
                            Ok(response) => driver.answered(id, response),
                            Err(error) => driver.abandon(id, &error),
                        }
                    });
                }
            }
            Output::VerifySignature { id, check } => spawn_local(async move {
                let verdict = crypto::verify(check).await;
                driver.handle(Input::SignatureVerified { id, verdict });
            }),
            Output::StoreTransaction { id, key, record, expires_at, now } => spawn_local(async move {
                let result = store::put(key, record, expires_at, now).await;
                driver.handle(Input::TransactionStored { id, result });
            }),
            Output::TakeTransaction { id, key } => spawn_local(async move {
                let result = store::take(key).await;
                driver.handle(Input::TransactionTaken { id, result });
            }),
            Output::Reply { id, result } => {
                if let Some(pending) = self.commands.borrow_mut().remove(id) {
                    pending.settle(result.map_err(|failure| convert::failure(&failure.error, failure.phase)));
                }
            }
            Output::Event(event) => {
                let _ = self.emit.call1(&JsValue::UNDEFINED, &convert::event(event));
            }
            // Not reached: the drain stops there.
            Output::Idle { .. } => {}
        }
    }

    /// The request to send for a command, perhaps once more: then the answer before is of no use.
    fn request(&self, id: CommandId) -> Option<PageRequest> {
        let mut commands = self.commands.borrow_mut();
        let pending = commands.find(id)?;
        if let Some(body) = pending.response.take().and_then(|response| response.body()) {
            let _ = body.cancel();
        }
        pending.request.clone()
    }

    fn answered(self: &Rc<Self>, id: CommandId, response: Response) {
        let answer = resource::answer(&response);
        let is_wanted = match self.commands.borrow_mut().find(id) {
            Some(pending) => {
                pending.response = Some(response);
                true
            }
            None => false,
        };
        if is_wanted {
            self.handle(Input::ResourceAnswered { id, answer });
        }
    }
}

impl PendingCommand {
    fn settle(self, result: Result<Reply, JsValue>) {
        let (settle, value) = match (result, self.response) {
            (Ok(Reply::Deliver), Some(response)) => (self.resolve, response.into()),
            (Ok(reply), _) => (self.resolve, convert::reply(reply)),
            (Err(failure), _) => (self.reject, failure),
        };
        let _ = settle.call1(&JsValue::UNDEFINED, &value);
    }
}
