//! Whose session it is, and what nobody could know: takeovers, lost messages, sleep and wrong clocks,
//! as far as the watch has to make allowance for them.

use holdfast::core::{input::RequestId, time::Now};

use super::{server::FamilyId, vault::VaultId, watch::Watch};

impl Watch {
    /// Somebody sets the time of day.
    pub fn clock_was_set(&mut self) {
        for session in &mut self.sessions {
            session.clock_was_set();
        }
    }

    /// The machine slept: nobody could hear anything.
    pub fn machine_slept(&mut self, milliseconds: u64) {
        for session in &mut self.sessions {
            session.taken_at += milliseconds;
            if let Some((at, _)) = &mut session.signed_out {
                *at += milliseconds;
            }
        }
    }

    /// A pause in which the vault could do nothing: callers don't wait for us, and tries may be late.
    pub fn vault_paused(&mut self, vault: VaultId, milliseconds: u64) {
        if let Some((_, until)) = &mut self.vaults[vault].must_end {
            *until += milliseconds;
        }
        for (_, until) in &mut self.vaults[vault].to_revoke {
            *until += milliseconds;
        }
        for call in self.vaults[vault].calls.values_mut() {
            call.paused += milliseconds;
        }
        if let Some(session) = self.vaults[vault].session {
            self.sessions[session].tries.is_excused = true;
        }
    }

    /// The vault tells the escrow something of its session.
    pub fn escrow_asked(&mut self, vault: VaultId, id: RequestId) {
        let state = &mut self.vaults[vault];
        state.questions.insert(id, state.generation);
    }

    /// Whether the answer is about the session that the vault still has.
    pub fn is_current(&self, vault: VaultId, id: RequestId) -> bool {
        let state = &self.vaults[vault];
        let asked = state.questions.get(&id);
        asked.is_none_or(|generation| *generation == state.generation)
    }

    /// The escrow has made `vault` the owner of a session.
    pub fn handed_out(&mut self, family: FamilyId, vault: VaultId, time: u64) {
        if let Some(session) = self
            .sessions
            .iter_mut()
            .find(|session| session.family == family)
        {
            if session.owner != vault {
                session.taken_at = time;
            }
            session.owner = vault;
            session.tries.is_excused = true;
        }
    }

    /// The vault is about to be given a session.
    pub fn adopts(&mut self, vault: VaultId, family: FamilyId, time: u64, now: Now) {
        self.leaves(vault);
        let session = self
            .sessions
            .iter()
            .position(|session| session.family == family);
        self.vaults[vault].session = session;
        if let Some(session) = session {
            self.sessions[session].adopted(time, now);
            let calls = &self.vaults[vault].calls;
            if !calls.is_empty() {
                self.sessions[session].asked_until = u64::MAX;
            }
        }
    }

    /// The vault is about to hear that its session is another's, or over.
    pub fn leaves(&mut self, vault: VaultId) {
        let state = &mut self.vaults[vault];
        state.generation += 1;
        state.session = None;
        state.refresh = None;
        state.received = None;
    }

    /// The vault has ended before the escrow knew that its refresh is done or given up, so the next
    /// one goes on with it.
    pub fn deposit_was_lost(&mut self, vault: VaultId) {
        for session in &mut self.sessions {
            if session.owner == vault {
                session.asked_until = u64::MAX;
            }
        }
    }

    /// The vault has ended before the escrow knew that somebody had signed out, and before the page
    /// was told that it is done.
    pub fn sign_out_was_lost(&mut self, vault: VaultId) {
        for session in &mut self.sessions {
            session.signed_out = session.signed_out.filter(|(_, by)| *by != vault);
        }
    }

    /// Whether the escrow has lost its memory during the session of this family.
    pub fn is_doubtful(&self, family: FamilyId) -> bool {
        let mut sessions = self.sessions.iter();
        sessions.any(|session| session.family == family && session.is_doubtful)
    }

    /// Nobody remembers which vault has which session.
    pub fn escrow_stopped(&mut self) {
        for session in &mut self.sessions {
            session.is_doubtful = true;
        }
    }

    /// The longest that a caller may be kept waiting: the pause after earlier failures, then each
    /// request of a burst with its time-out, and the pauses between them.
    pub const fn longest_allowed_wait(&self) -> u64 {
        const PAUSE: u64 = 10_000;
        const REQUESTS: u64 = 8 * 10_000;
        const BUSY: u64 = 3 * 12_500;
        const UNCLEAR: u64 = 1_000;
        PAUSE + REQUESTS + BUSY + UNCLEAR + self.setting.grace * 1_000
    }
}
