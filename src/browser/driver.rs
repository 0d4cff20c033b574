//! The run loop: drains the core's outputs, and has the host perform them. The host calls an export
//! with each result.

use alloc::{boxed::Box, vec::Vec};
use core::cell::{Cell, RefCell};

use super::{clock, convert, host};
use crate::core::{
    Session, base64url,
    dpop::ProofOrder,
    input::Input,
    output::{Deposit, EscrowMessage, Failure, Output, Reply},
};

/// `setTimeout` takes a 32-bit number; a longer wait just wakes the core early.
const LONGEST: u64 = 2_147_483_647;

/// Drives one session.
pub(super) struct Driver(RefCell<Session>);

std::thread_local! {
    static DRIVER: Cell<Option<&'static Driver>> = const { Cell::new(None) };
}

/// The driver, once the host has begun.
pub(super) fn driver() -> Option<&'static Driver> {
    DRIVER.get()
}

/// Gives `input` to the core, and performs what comes of it.
pub(super) fn handle(input: Input) {
    if let Some(driver) = driver() {
        driver.handle(input);
    }
}

impl Driver {
    /// Drives `session` until the worker ends.
    pub(super) fn begin(session: Session) {
        DRIVER.set(Some(Box::leak(Box::new(Self(RefCell::new(session))))));
    }

    /// Whether the session was made with a configuration of this fingerprint.
    pub(super) fn has_fingerprint(&self, fingerprint: &[u8; 32]) -> bool {
        self.0.borrow().fingerprint() == fingerprint
    }

    /// Whether a call of `url` would get a token.
    pub(super) fn covers(&self, url: &str) -> bool {
        self.0.borrow().covers(url)
    }

    fn handle(&self, input: Input) {
        let mut outputs = Vec::new();
        let wake_at = {
            let mut session = self.0.borrow_mut();
            session.handle_input(input, clock::now());
            loop {
                match session.poll_output() {
                    Output::Idle { wake_at } => break wake_at,
                    output => outputs.push(output),
                }
            }
        };
        host::wake_after(wake_at.map_or(-1.0, |at| {
            let wait = at.0.saturating_sub(clock::now().monotonic.0);
            host::float(wait.min(LONGEST))
        }));
        // The host may come back with the next input meanwhile: the session is free.
        for output in outputs {
            self.perform(&output);
        }
    }

    fn perform(&self, output: &Output) {
        match output {
            Output::Reply { id, result } => match result {
                Ok(Reply::Deliver) => host::deliver(id.0),
                Ok(reply) => {
                    convert::reply(reply);
                    host::reply(id.0);
                }
                Err(Failure { error, phase }) => {
                    convert::failure(error, *phase);
                    host::fail(id.0);
                }
            },
            Output::AccessToken { id, token } => {
                // EXPOSE: the app asked for it, and its `exposeAccessToken` allows it.
                host::text(token.expose());
                host::reply(id.0);
            }
            Output::Event(event) => {
                convert::event(event);
                host::emit();
            }
            Output::Log(entry) => {
                convert::entry(entry);
                host::emit();
            }
            Output::Http(request) => {
                host::text(&request.url);
                // EXPOSE: the form leaves for the endpoint that the core chose.
                match &request.form {
                    Some(form) => host::text(form.expose()),
                    None => host::undefined(),
                };
                // EXPOSE: as above.
                match &request.authorization {
                    Some(authorization) => host::text(authorization.expose()),
                    None => host::undefined(),
                };
                host::count(request.timeout_milliseconds);
                proof(request.proof.as_ref());
                if let Some(deposit) = &request.carry {
                    self.fingerprint();
                    with_deposit("carry", deposit);
                }
                host::ask(request.id.0);
            }
            Output::SendResourceRequest {
                id,
                authorization,
                proof,
            } => {
                // EXPOSE: the header leaves on the one request that the core has allowed.
                host::text(authorization.expose());
                self::proof(proof.as_ref());
                host::send(id.0);
            }
            Output::MakeKey { id, algorithm } => {
                host::text(algorithm.name());
                host::make_key(id.0);
            }
            Output::VerifySignature { id, check } => {
                host::text(check.algorithm.name());
                host::value(&check.key);
                // EXPOSE: WebCrypto hashes the token inside the vault.
                host::text(check.signing_input.expose());
                host::text(&base64url::encode(&check.signature));
                host::verify(id.0);
            }
            Output::StoreTransaction {
                id,
                key,
                record,
                expires_at,
                now,
            } => {
                host::text(key);
                host::value(record);
                host::count(*expires_at);
                host::count(*now);
                host::store(id.0);
            }
            Output::TakeTransaction { id, key } => {
                host::text(key);
                host::take(id.0);
            }
            Output::Escrow { id, message } => {
                self.fingerprint();
                match message {
                    EscrowMessage::Claim { only_ownerless } => {
                        host::text("claim");
                        host::null();
                        host::flag(*only_ownerless);
                    }
                    EscrowMessage::Park(deposit) => with_deposit("park", deposit),
                    EscrowMessage::Resume(deposit) => with_deposit("resume", deposit),
                    EscrowMessage::Forget { ticket, sweep } => {
                        host::text("forget");
                        host::optional_text(ticket.as_deref());
                        host::flag(*sweep);
                    }
                }
                host::tell(id.0);
            }
            // Taken out before.
            Output::Idle { .. } => {}
        }
    }

    /// Sessions are the escrow's by this.
    fn fingerprint(&self) {
        host::text(&base64url::encode(self.0.borrow().recipients_fingerprint()));
    }
}

/// The key and what it is to sign, or twice nothing.
fn proof(order: Option<&ProofOrder>) {
    if let Some(ProofOrder { key, signing_input }) = order {
        // EXPOSE: WebCrypto imports the private key inside the vault, and gives it out no more.
        host::text(key.words().expose());
        host::text(signing_input);
    } else {
        host::undefined();
        host::undefined();
    }
}

fn with_deposit(kind: &str, deposit: &Deposit) {
    host::text(kind);
    host::text(&deposit.ticket);
    // EXPOSE: the session goes to the escrow, which gives it to a vault and to nobody else.
    host::text(deposit.state.expose());
    host::optional_text(deposit.carried.as_deref());
}
