//! The run loop: drains the core's outputs, performs them, and feeds the results back.

use alloc::{boxed::Box, vec::Vec};
use core::cell::{OnceCell, RefCell};

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
    output::{Failure, Output, Reply},
    table::Table,
};

/// Drives one session.
pub(super) struct Driver {
    session: RefCell<Session>,
    commands: RefCell<Table<CommandId, PendingCommand>>,
    timer: OnceCell<Timer>,
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
    /// Drives `session`, and tells `emit` its events, until the worker ends.
    pub(super) fn new(session: Session, emit: Function) -> &'static Self {
        Box::leak(Box::new(Self {
            session: RefCell::new(session),
            commands: RefCell::new(Table::new()),
            timer: OnceCell::new(),
            emit,
        }))
    }

    /// Whether the session was made with a configuration of this fingerprint.
    pub(super) fn has_fingerprint(&self, fingerprint: &[u8; 32]) -> bool {
        self.session.borrow().fingerprint() == fingerprint
    }

    /// Gives `command` to the core. The promise is settled by the core's reply.
    pub(super) fn command(
        &'static self,
        id: CommandId,
        command: Command,
        request: Option<PageRequest>,
    ) -> Promise {
        let mut request = Some(request);
        let promise = Promise::new(&mut |resolve, reject| {
            let request = request.take().flatten();
            let pending = PendingCommand {
                resolve,
                reject,
                request,
                response: None,
            };
            self.commands.borrow_mut().insert(id, pending);
        });
        self.handle(Input::Command { id, command });
        promise
    }

    /// Forgets a command: nobody waits for it any longer. Its promise is rejected with `reason`.
    pub(super) fn abandon(&'static self, id: CommandId, reason: &JsValue) {
        if let Some(input) = self.reject(id, reason) {
            self.handle(input);
        }
    }

    fn handle(&'static self, input: Input) {
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
        self.timer
            .get_or_init(|| Timer::new(|| self.handle(Input::Wake)))
            .set(wake_at);
        for output in outputs {
            self.perform(output);
        }
    }

    fn perform(&'static self, output: Output) {
        match output {
            Output::Reply { id, result } => {
                let pending = self.commands.borrow_mut().remove(id);
                if let Some(pending) = pending {
                    pending.settle(result);
                }
            }
            Output::Event(event) => {
                let _ = self
                    .emit
                    .call1(&JsValue::UNDEFINED, &convert::event(&event));
            }
            output => {
                spawn_local(async move {
                    if let Some(input) = self.result(output).await {
                        self.handle(input);
                    }
                });
            }
        }
    }

    /// Performs an output that takes its time. All of them are one future: each kind of future
    /// brings its own copy of what runs futures into the module.
    async fn result(&self, output: Output) -> Option<Input> {
        Some(match output {
            Output::Http(request) => Input::HttpDone {
                id: request.id,
                result: http::send(request).await,
            },
            Output::SendResourceRequest { id, authorization } => {
                return match resource::send(self.request(id)?, authorization).await {
                    Ok(response) => self.answered(id, response),
                    Err(error) => self.reject(id, &error),
                };
            }
            Output::VerifySignature { id, check } => Input::SignatureVerified {
                id,
                verdict: crypto::verify(check).await,
            },
            Output::StoreTransaction {
                id,
                key,
                record,
                expires_at,
                now,
            } => Input::TransactionStored {
                id,
                result: store::put(key, record, expires_at, now).await,
            },
            Output::TakeTransaction { id, key } => Input::TransactionTaken {
                id,
                result: store::take(key).await,
            },
            // Done at once, elsewhere.
            Output::Reply { .. } | Output::Event(_) | Output::Idle { .. } => return None,
        })
    }

    /// The request to send for a command, perhaps once more: then the answer before is of no use.
    fn request(&self, id: CommandId) -> Option<PageRequest> {
        let mut commands = self.commands.borrow_mut();
        let pending = commands.find(id)?;
        cancel(pending.response.take());
        pending.request.clone()
    }

    fn answered(&self, id: CommandId, response: Response) -> Option<Input> {
        let answer = resource::answer(&response);
        self.commands.borrow_mut().find(id)?.response = Some(response);
        Some(Input::ResourceAnswered { id, answer })
    }

    fn reject(&self, id: CommandId, reason: &JsValue) -> Option<Input> {
        let pending = self.commands.borrow_mut().remove(id)?;
        let _ = pending.reject.call1(&JsValue::UNDEFINED, reason);
        Some(Input::Abandoned(id))
    }
}

impl PendingCommand {
    fn settle(self, result: Result<Reply, Failure>) {
        let (settle, value) = match (result, self.response) {
            (Ok(Reply::Deliver), Some(response)) => (self.resolve, response.into()),
            (Ok(reply), _) => (self.resolve, convert::reply(reply)),
            (Err(Failure { error, phase }), response) => {
                cancel(response);
                (self.reject, convert::failure(&error, phase))
            }
        };
        let _ = settle.call1(&JsValue::UNDEFINED, &value);
    }
}

/// Nobody will read the answer, so the network need not bring it.
fn cancel(response: Option<Response>) {
    if let Some(body) = response.and_then(|response| response.body()) {
        let _ = body.cancel();
    }
}
