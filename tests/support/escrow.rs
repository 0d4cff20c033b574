//! The escrow as plain functions: what the service worker does, for tests without a browser.

use std::collections::BTreeSet;

use holdfast::core::{
    input::{EscrowAnswer, HttpFailure, HttpResponse},
    output::{Deposit, EscrowMessage},
};

/// A vault, as the browser names the clients of a service worker.
pub type Client = u32;

/// The escrow's memory.
#[derive(Default)]
pub struct Escrow {
    /// Whether the browser has stopped it for good, or the app never had one.
    pub is_absent: bool,
    /// The vaults that are gone, or as good as gone.
    pub gone: BTreeSet<Client>,
    /// The newest deposit comes last.
    entries: Vec<Entry>,
    forgotten: BTreeSet<String>,
    /// How many deposits were made.
    pub deposits: usize,
}

struct Entry {
    ticket: String,
    owner: Client,
    state: String,
    carried: Option<(String, Option<Carried>)>,
}

/// The answer to a carried request.
pub type Carried = Result<(u16, String, Option<u64>, bool, Option<String>), HttpFailure>;

impl Escrow {
    /// The browser stops the service worker: everything is forgotten.
    pub fn stop(&mut self) {
        self.entries.clear();
        self.forgotten.clear();
    }

    /// What `client` is answered.
    pub fn answer(&mut self, client: Client, message: &EscrowMessage) -> EscrowAnswer {
        match message {
            _ if self.is_absent => EscrowAnswer::Absent,
            EscrowMessage::Claim { .. } => self.claim(client),
            EscrowMessage::Park(deposit) | EscrowMessage::Resume(deposit) => {
                self.park(client, deposit)
            }
            EscrowMessage::Forget { ticket, sweep } => {
                self.forget(client, ticket.as_deref(), *sweep);
                EscrowAnswer::Kept
            }
        }
    }

    /// The answer that is there already for the carried request of `deposit`.
    pub fn carried(&self, deposit: &Deposit) -> Option<Carried> {
        let wanted = deposit.carried.as_ref()?;
        let (name, answer) = self.find(&deposit.ticket)?.carried.as_ref()?;
        answer.clone().filter(|_| name == wanted)
    }

    /// Keeps the answer to the carried request of `deposit`.
    pub fn keep(&mut self, deposit: &Deposit, answer: &Result<HttpResponse, HttpFailure>) {
        let carried = match answer {
            Ok(response) => Ok((
                response.status,
                response.body.expose().clone(), // EXPOSE: a test
                response.retry_after_seconds,
                response.looks_like_html,
                response.dpop_nonce.clone(),
            )),
            Err(failure) => Err(*failure),
        };
        let name = deposit.carried.clone();
        let entry = self.entries.iter_mut();
        if let Some(entry) = entry
            .into_iter()
            .find(|entry| entry.ticket == deposit.ticket)
        {
            entry.carried = name.map(|name| (name, Some(carried)));
        }
    }

    /// Also for a carried request, before it is sent.
    pub fn park(&mut self, client: Client, deposit: &Deposit) -> EscrowAnswer {
        self.deposits += 1;
        if self.forgotten.contains(&deposit.ticket) {
            return EscrowAnswer::Forgotten;
        }
        let state = deposit.state.expose().clone(); // EXPOSE: a test
        let position = self
            .entries
            .iter()
            .position(|entry| entry.ticket == deposit.ticket);
        let known = position.map(|position| self.entries.remove(position));
        match known {
            Some(mut entry) if entry.owner != client => {
                let answer = self.take(&mut entry, client);
                self.entries.push(entry);
                answer.unwrap_or(EscrowAnswer::Lost)
            }
            known => {
                let answer = known
                    .as_ref()
                    .map_or(EscrowAnswer::New, |_| EscrowAnswer::Kept);
                let carried = known.and_then(|entry| entry.carried);
                self.entries.push(Entry {
                    ticket: deposit.ticket.clone(),
                    owner: client,
                    state,
                    carried: carried.filter(|(name, _)| deposit.carried.as_ref() == Some(name)),
                });
                answer
            }
        }
    }

    fn claim(&mut self, client: Client) -> EscrowAnswer {
        let mut entries = std::mem::take(&mut self.entries);
        let mut newest_first = entries.iter_mut().rev();
        let answer = newest_first.find_map(|entry| self.take(entry, client));
        self.entries = entries;
        answer.unwrap_or(EscrowAnswer::Nothing)
    }

    /// Makes the session `client`'s where no living vault has it.
    fn take(&self, entry: &mut Entry, client: Client) -> Option<EscrowAnswer> {
        let is_free = entry.owner == client || self.gone.contains(&entry.owner);
        is_free.then(|| {
            entry.owner = client;
            EscrowAnswer::State(entry.state.as_str().into())
        })
    }

    fn forget(&mut self, client: Client, ticket: Option<&str>, sweep: bool) {
        let (over, kept) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| {
                let has_owner = entry.owner != client && !self.gone.contains(&entry.owner);
                Some(entry.ticket.as_str()) == ticket || sweep && !has_owner
            });
        self.entries = kept;
        let over: Vec<Entry> = over;
        self.forgotten
            .extend(over.into_iter().map(|entry| entry.ticket));
        self.forgotten.extend(ticket.map(String::from));
    }

    fn find(&self, ticket: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.ticket == ticket)
    }
}

/// A carried answer as the vault gets it.
pub fn response(carried: Carried) -> Result<HttpResponse, HttpFailure> {
    carried.map(
        |(status, body, retry_after_seconds, looks_like_html, dpop_nonce)| HttpResponse {
            status,
            body: body.into(),
            retry_after_seconds,
            looks_like_html,
            dpop_nonce,
            date: None,
            challenge: None,
        },
    )
}
