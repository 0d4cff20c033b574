//! The escrow as the world sees it: keeps sessions for vaults, gives each to one at a time, carries
//! token requests. It does what `pkg-template/src/escrow.ts` does.

use std::collections::BTreeSet;

use holdfast::core::{
    input::{EscrowAnswer, Input, RequestId},
    output::{Deposit, EscrowMessage, HttpRequest},
    secret::Secret,
};

use super::{
    network::Answer,
    scenario::Host,
    server::{FamilyId, number},
    vault::VaultId,
    world::{Event, World},
};

/// How long a message is on its way, in milliseconds.
const WAY: u64 = 2;
/// How long other vaults may take to deposit what they have, in milliseconds.
const ECHO: u64 = 300;
/// A browser stops a service worker that has heard nothing for so long, in milliseconds.
const IDLE: u64 = 30_000;

/// What it remembers.
#[derive(Default)]
pub struct Escrow {
    entries: Vec<Entry>,
    /// Requests whose answer is not kept; who waits for it hears it all the same.
    dropped: Vec<Carried>,
    forgotten: BTreeSet<String>,
    heard_at: u64,
}

/// A session, and whose it is.
struct Entry {
    ticket: String,
    owner: VaultId,
    state: String,
    carried: Option<Carried>,
}

/// A token request that the escrow sends, or has sent.
struct Carried {
    name: String,
    answer: Option<Answer>,
    waiting: Vec<(VaultId, RequestId)>,
}

/// What a vault tells it.
pub enum Message {
    Plain(EscrowMessage),
    Carry(HttpRequest, Deposit),
}

/// What it answers.
pub enum Said {
    Kept,
    New,
    Nothing,
    State(String),
    Lost,
    Forgotten,
}

impl World<'_> {
    pub fn tell_escrow(&mut self, vault: VaultId, id: RequestId, message: Message) {
        if !matches!(message, Message::Plain(EscrowMessage::Claim { .. })) {
            self.watch.escrow_asked(vault, id);
        }
        let event = Event::EscrowHears { vault, id, message };
        self.queue.push(self.time + WAY, event);
    }

    /// A message has arrived.
    pub fn escrow_hears(&mut self, vault: VaultId, id: RequestId, message: Message) {
        if !self.vaults[vault].is_alive && !self.scenario.setting.messages_outlive_senders {
            if let Message::Plain(EscrowMessage::Forget { .. }) = message {
                self.watch.sign_out_was_lost(vault);
            }
            if let Message::Plain(EscrowMessage::Park(_)) = message {
                self.watch.deposit_was_lost(vault);
            }
            return;
        }
        let heard_at = std::mem::replace(&mut self.escrow.heard_at, self.time);
        let is_carrying = self.escrow.entries.iter().any(Entry::is_carrying);
        if self.scenario.setting.escrow_stops_when_idle
            && self.time - heard_at > IDLE
            && !is_carrying
        {
            self.stop_escrow();
        }
        let said = match message {
            Message::Plain(EscrowMessage::Claim { only_ownerless }) => {
                self.claim(vault, only_ownerless)
            }
            Message::Plain(EscrowMessage::Resume(deposit)) => {
                let message = Message::Plain(EscrowMessage::Park(deposit));
                return self.ask_the_others(vault, id, message);
            }
            Message::Plain(EscrowMessage::Park(deposit)) => self.park(vault, deposit),
            Message::Plain(EscrowMessage::Forget { ticket, sweep }) => self.forget(ticket, sweep),
            Message::Carry(request, deposit) => match self.carry(vault, id, request, deposit) {
                Some(said) => said,
                None => return,
            },
        };
        self.say(|| format!("escrow: tells vault {vault} {}", said.name()));
        self.queue.push(
            self.time + WAY,
            Event::EscrowSays {
                vault,
                id,
                said,
                is_late: false,
            },
        );
    }

    /// A vault that has slept: one that lives and has the session deposits it first, where the escrow
    /// does not know whose it is.
    fn ask_the_others(&mut self, vault: VaultId, id: RequestId, message: Message) {
        let Message::Plain(EscrowMessage::Park(deposit)) = &message else {
            return;
        };
        let mut entries = self.escrow.entries.iter();
        let is_known = entries.any(|entry| entry.ticket == deposit.ticket)
            || self.escrow.forgotten.contains(&deposit.ticket);
        let after = if is_known { 0 } else { ECHO };
        if !is_known {
            self.tell_of_takeover(vault);
        }
        let event = Event::EscrowHears { vault, id, message };
        self.queue.push(self.time + after, event);
    }

    /// All other vaults hear that they should make sure of their sessions.
    fn tell_of_takeover(&mut self, vault: VaultId) {
        for (other, state) in self.vaults.iter().enumerate() {
            if other != vault && state.is_alive && !state.is_frozen {
                let event = Event::HearsOfTakeover(other);
                self.queue.push(self.time + 1, event);
            }
        }
    }

    /// The vault hears the answer.
    pub fn escrow_says(&mut self, vault: VaultId, id: RequestId, said: Said, is_late: bool) {
        let is_current = self.watch.is_current(vault, id);
        let answer = match said {
            // The core does not listen, but has to be told.
            Said::State(state) if !is_current => EscrowAnswer::State(Secret::new(state)),
            Said::Lost if !is_current => EscrowAnswer::Lost,
            Said::Forgotten if !is_current => EscrowAnswer::Forgotten,
            Said::Kept => EscrowAnswer::Kept,
            Said::New => EscrowAnswer::New,
            Said::Nothing => EscrowAnswer::Nothing,
            // A vault that was frozen meanwhile has stopped to wait for it.
            Said::State(_) if is_late => EscrowAnswer::Absent,
            Said::State(state) => {
                let now = self.clocks.show(self.time);
                self.watch
                    .adopts(vault, self.family_of(&state), self.time, now);
                self.tell_of_takeover(vault);
                EscrowAnswer::State(Secret::new(state))
            }
            Said::Lost => {
                self.watch.leaves(vault);
                EscrowAnswer::Lost
            }
            Said::Forgotten => {
                self.watch.leaves(vault);
                EscrowAnswer::Forgotten
            }
        };
        self.tell(vault, Input::EscrowAnswered { id, answer });
    }

    /// The browser ends it, and starts it anew when it is needed.
    pub fn stop_escrow(&mut self) {
        self.say(|| "the escrow is stopped".into());
        self.watch.escrow_stopped();
        let lost = std::mem::take(&mut self.escrow);
        let carried = lost.entries.into_iter().filter_map(|entry| entry.carried);
        for (vault, id) in carried
            .chain(lost.dropped)
            .flat_map(|carried| carried.waiting)
        {
            let answer = Answer::LOST;
            self.queue
                .push(self.time + WAY, Event::Carried { vault, id, answer });
        }
        self.escrow.heard_at = self.time;
    }

    /// The answer to a request that the escrow carries has come.
    pub fn carried_answered(&mut self, name: &str, answer: &Answer) {
        let carried = self
            .escrow
            .entries
            .iter_mut()
            .filter_map(|entry| entry.carried.as_mut())
            .chain(&mut self.escrow.dropped)
            .find(|carried| carried.name == name && carried.answer.is_none());
        if let Some(carried) = carried {
            carried.answer = Some(answer.clone());
            for (vault, id) in std::mem::take(&mut carried.waiting) {
                let answer = answer.clone();
                self.queue
                    .push(self.time + WAY, Event::Carried { vault, id, answer });
            }
        }
    }

    fn claim(&mut self, vault: VaultId, only_ownerless: bool) -> Said {
        let is_shared = self.scenario.setting.host != Host::Dedicated;
        let found = (0..self.escrow.entries.len()).rev().find(|index| {
            // After a deploy the vault of the old version lives on in old tabs.
            let owner = self.escrow.entries[*index].owner;
            let is_successor = self.vaults[owner].version != self.vaults[vault].version;
            is_shared && is_successor && !only_ownerless || self.is_free_for(vault, *index)
        });
        found.map_or(Said::Nothing, |index| self.hand_out(index, vault))
    }

    fn park(&mut self, vault: VaultId, deposit: Deposit) -> Said {
        if self.escrow.forgotten.contains(&deposit.ticket) {
            return Said::Forgotten;
        }
        let known = self
            .escrow
            .entries
            .iter()
            .position(|entry| entry.ticket == deposit.ticket);
        let old = match known {
            Some(index) if self.escrow.entries[index].owner != vault => {
                if self.is_free_for(vault, index) {
                    return self.hand_out(index, vault);
                }
                return Said::Lost;
            }
            Some(index) => Some(self.escrow.entries.remove(index)),
            None => None,
        };
        let said = if old.is_some() { Said::Kept } else { Said::New };
        if old.is_none() {
            let family = self.family_of(deposit.state.expose());
            self.watch.handed_out(family, vault, self.time);
        }
        let mut carried = old.and_then(|old| old.carried);
        let is_other = |carried: &mut Carried| deposit.carried.as_ref() != Some(&carried.name);
        self.escrow.dropped.extend(carried.take_if(is_other));
        self.escrow.entries.push(Entry {
            ticket: deposit.ticket,
            owner: vault,
            state: deposit.state.expose().clone(),
            carried,
        });
        said
    }

    fn forget(&mut self, ticket: Option<String>, sweep: bool) -> Said {
        let orphans: Vec<_> = self
            .escrow
            .entries
            .iter()
            .filter(|entry| sweep && self.is_gone(entry.owner))
            .map(|entry| entry.ticket.clone())
            .collect();
        self.escrow.forgotten.extend(orphans);
        self.escrow.forgotten.extend(ticket);
        let Escrow {
            entries,
            forgotten,
            dropped,
            ..
        } = &mut self.escrow;
        for entry in entries.extract_if(.., |entry| forgotten.contains(&entry.ticket)) {
            dropped.extend(entry.carried);
        }
        Said::Kept
    }

    /// `None`: the answer is on its way.
    fn carry(
        &mut self,
        vault: VaultId,
        id: RequestId,
        request: HttpRequest,
        deposit: Deposit,
    ) -> Option<Said> {
        let ticket = deposit.ticket.clone();
        let name = deposit.carried.clone()?;
        match self.park(vault, deposit) {
            Said::Kept | Said::New => {}
            said => return Some(said),
        }
        let entries = &mut self.escrow.entries;
        let entry = entries.iter_mut().find(|entry| entry.ticket == ticket)?;
        if let Some(carried) = &mut entry.carried {
            match carried.answer.clone() {
                Some(answer) => self
                    .queue
                    .push(self.time + WAY, Event::Carried { vault, id, answer }),
                None => carried.waiting.push((vault, id)),
            }
            return None;
        }
        entry.carried = Some(Carried {
            name: name.clone(),
            answer: None,
            waiting: vec![(vault, id)],
        });
        self.send(vault, &request, Some(name));
        None
    }

    fn hand_out(&mut self, index: usize, vault: VaultId) -> Said {
        self.escrow.entries[index].owner = vault;
        let state = self.escrow.entries[index].state.clone();
        let family = self.family_of(&state);
        self.watch.handed_out(family, vault, self.time);
        Said::State(state)
    }

    /// Whose session this is.
    fn family_of(&self, state: &str) -> FamilyId {
        const WORD: usize = 4;
        let token = state.split(' ').nth(WORD).and_then(number);
        self.server.refresh_tokens[token.expect("a session has a refresh token")].family
    }

    fn is_free_for(&self, vault: VaultId, index: usize) -> bool {
        let owner = self.escrow.entries[index].owner;
        owner == vault || self.is_gone(owner)
    }

    /// Whether the browser no longer knows this vault.
    fn is_gone(&self, vault: VaultId) -> bool {
        let state = &self.vaults[vault];
        !state.is_alive || (state.is_frozen && self.scenario.setting.frozen_is_gone)
    }

    /// Whether the escrow waits for the answer to this request.
    pub fn is_carried(&self, name: &str) -> bool {
        let carried = self
            .escrow
            .entries
            .iter()
            .filter_map(|entry| entry.carried.as_ref());
        carried
            .filter(|carried| carried.answer.is_none())
            .any(|carried| carried.name == name)
    }
}

impl Entry {
    fn is_carrying(&self) -> bool {
        self.carried
            .as_ref()
            .is_some_and(|carried| carried.answer.is_none())
    }
}

impl Said {
    const fn name(&self) -> &'static str {
        match self {
            Self::Kept => "that it is kept",
            Self::New => "that it is new",
            Self::Nothing => "that nothing is there",
            Self::State(_) => "a session",
            Self::Lost => "that another vault has the session",
            Self::Forgotten => "that the session is over",
        }
    }
}
