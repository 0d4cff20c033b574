//! What people and their pages do.

use holdfast::core::{
    input::{Command, CommandId, Input, ResourceRequest},
    json::json,
    pkce::Entropy,
    secret::Secret,
};

use super::{
    random::Random,
    scenario::{Action, CallFate, Host},
    vault::{API, REDIRECT_URI, Vault, VaultId},
    world::{Event, World},
};

/// A tab with the app in it.
pub struct Tab {
    /// Tells one page in this tab from the next.
    pub life: u32,
    vault: VaultId,
    frozen_at: Option<u64>,
    /// The person is at the server.
    is_away: bool,
    /// It came back from the cache, and its vault has not answered yet.
    is_resuming: bool,
}

/// For how long a new page can be seen, in milliseconds.
const FIRST_GLANCE: u64 = 40_000;

/// What a page asked of its vault.
pub enum Asked {
    Check,
    /// A page that has come back from the cache.
    Resume {
        tab: usize,
        life: u32,
    },
    Callback,
    SignIn {
        tab: usize,
        life: u32,
        takes: u64,
    },
    SignOut {
        tab: usize,
        life: u32,
    },
    Call {
        tab: usize,
        life: u32,
        fate: CallFate,
        takes: u64,
    },
}

impl Action {
    /// Whether it happens at the server, and not on the machine.
    pub const fn is_elsewhere(self) -> bool {
        matches!(self, Self::Outage(..) | Self::EndSessions)
    }
}

impl World<'_> {
    pub fn act(&mut self, action: Action) {
        self.say(|| format!("{action:?}"));
        match action {
            Action::Open(tab) => {
                if self.tabs[tab].is_none() {
                    self.load(tab);
                }
            }
            Action::Close(tab) => self.leave(tab, true),
            Action::Crash(tab) => self.leave(tab, false),
            Action::Reload(tab) => {
                if let Some((_, life)) = self.page(tab) {
                    self.reload(tab, life);
                }
            }
            Action::Freeze(tab) => self.freeze(tab),
            Action::Thaw(tab) => self.thaw(tab),
            Action::SignIn(tab, takes) => self.sign_in(tab, takes),
            Action::SignOut { tab, local_only } => self.sign_out(tab, local_only),
            Action::Call {
                tab,
                is_repeatable,
                fate,
                takes,
            } => self.call(tab, is_repeatable, fate, takes),
            Action::Abandon(tab) => {
                let id = self.calls_of(tab).first().copied();
                if let (true, Some(id)) = (self.is_here(tab), id) {
                    self.abandon(tab, id);
                }
            }
            Action::Heartbeat(tab) => {
                if let Some((vault, _)) = self.page(tab) {
                    self.tell(vault, Input::Wake);
                }
            }
            Action::Sleep(milliseconds) => self.sleep(milliseconds),
            Action::SetClock(by) => {
                self.clocks.set(by);
                self.watch.clock_was_set();
            }
            Action::Outage(kind, milliseconds) => {
                self.outage = Some((kind, self.time + milliseconds))
            }
            Action::EndSessions => self.server.end_sessions(),
            Action::StopEscrow => self.stop_escrow(),
            Action::Glance(tab, milliseconds) => self.glance(tab, milliseconds),
            Action::Deploy => self.version += 1,
        }
    }

    /// The vault of the page in this tab, where there is a page that does things.
    fn page(&self, tab: usize) -> Option<(VaultId, u32)> {
        let tab = self.tabs[tab].as_ref()?;
        (tab.frozen_at.is_none() && !tab.is_away && !tab.is_resuming)
            .then_some((tab.vault, tab.life))
    }

    fn is_here(&self, tab: usize) -> bool {
        self.page(tab).is_some()
    }

    fn load(&mut self, tab: usize) {
        let version = self.version;
        let is_right = |vault: &Vault| vault.is_alive && vault.version == version;
        let living = self.vaults.iter().position(is_right);
        let vault = match (self.scenario.setting.host, living) {
            (Host::Shared { .. }, Some(vault)) => vault,
            _ => {
                let seed = self.scenario.seed ^ (self.vaults.len() as u64 + 1) << 40;
                self.vaults
                    .push(Vault::new(&self.scenario.setting, version, seed));
                self.watch.vault_began();
                self.vaults.len() - 1
            }
        };
        self.vaults[vault].tabs.insert(tab);
        self.last_command += 1;
        self.tabs[tab] = Some(Tab {
            life: self.last_command,
            vault,
            frozen_at: None,
            is_away: false,
            is_resuming: false,
        });
        self.glance(tab, FIRST_GLANCE);
        self.ask(vault, Asked::Check, Command::Open);
        let command = Command::CheckSession {
            options: json!({}),
            entropy: self.entropy(),
        };
        self.ask(vault, Asked::Check, command);
    }

    /// The page is gone. `is_told`: its vault notices.
    fn leave(&mut self, tab: usize, is_told: bool) {
        let Some(page) = &self.tabs[tab] else { return };
        let (vault, is_away) = (page.vault, page.is_away);
        if is_told && page.frozen_at.is_none() && !is_away {
            for id in self.calls_of(tab) {
                self.abandon(tab, id);
            }
        }
        self.tabs[tab] = None;
        if !is_away {
            self.disconnect(tab, vault);
        }
    }

    fn disconnect(&mut self, tab: usize, vault: VaultId) {
        self.vaults[vault].tabs.remove(&tab);
        if self.vaults[vault].tabs.is_empty() {
            match self.scenario.setting.afterlife() {
                0 => self.end_vault(vault),
                afterlife => self
                    .queue
                    .push(self.time + afterlife, Event::VaultEnds(vault)),
            }
        }
    }

    pub fn end_vault(&mut self, vault: VaultId) {
        self.say(|| format!("vault {vault} ends"));
        self.vaults[vault].is_alive = false;
    }

    fn freeze(&mut self, tab: usize) {
        if !self.is_here(tab) {
            return;
        }
        let time = self.time;
        let Some(page) = &mut self.tabs[tab] else {
            return;
        };
        page.frozen_at = Some(time);
        let vault = page.vault;
        if self.scenario.setting.host == Host::Dedicated {
            self.tell(vault, Input::Sleep);
            self.vaults[vault].is_frozen = true;
        }
    }

    fn thaw(&mut self, tab: usize) {
        let time = self.time;
        let Some(page) = &mut self.tabs[tab] else {
            return;
        };
        let Some(frozen_at) = page.frozen_at.take() else {
            return;
        };
        page.is_resuming = true;
        let (vault, life) = (page.vault, page.life);
        if self.vaults[vault].is_frozen {
            self.vaults[vault].is_frozen = false;
            self.watch.vault_paused(vault, time - frozen_at);
            self.break_connections(|of| of == vault, false, 0);
            for (of, mut event) in std::mem::take(&mut self.frozen) {
                if let Event::EscrowSays { is_late, .. } = &mut event {
                    *is_late = true;
                }
                if of == vault {
                    self.queue.push(time, event);
                } else {
                    self.frozen.push((of, event));
                }
            }
        }
        self.queue.push(time + 1, Event::ComesBack { tab, life });
    }

    fn sleep(&mut self, milliseconds: u64) {
        const LONG: u64 = 10_000;
        self.clocks.sleep(self.time, milliseconds);
        self.watch.machine_slept(milliseconds);
        for vault in 0..self.vaults.len() {
            self.watch.vault_paused(vault, milliseconds);
        }
        if milliseconds >= LONG {
            self.break_connections(|_| true, true, milliseconds);
        }
    }

    fn ask(&mut self, vault: VaultId, asked: Asked, command: Command) {
        let id = self.next_command();
        if let Asked::Call { .. } = asked {
            self.watch.call_began(vault, id, self.time);
        }
        self.asked.insert(id, asked);
        self.tell(vault, Input::Command { id, command });
    }

    fn call(&mut self, tab: usize, is_repeatable: bool, fate: CallFate, takes: u64) {
        let Some((vault, life)) = self.page(tab) else {
            return;
        };
        let request = ResourceRequest {
            url: format!("{API}/{}", takes % 3),
            is_repeatable,
            ..ResourceRequest::default()
        };
        let asked = Asked::Call {
            tab,
            life,
            fate,
            takes,
        };
        self.ask(vault, asked, Command::Fetch(request));
    }

    fn calls_of(&self, tab: usize) -> Vec<CommandId> {
        let current = self.tabs[tab].as_ref().map(|page| page.life);
        let is_of_page = |asked: &Asked| matches!(asked, Asked::Call { tab: of, life, .. } if *of == tab && Some(*life) == current);
        let calls = self.asked.iter().filter(|(_, asked)| is_of_page(asked));
        calls.map(|(id, _)| *id).collect()
    }

    fn abandon(&mut self, tab: usize, id: CommandId) {
        let Some(page) = &self.tabs[tab] else { return };
        let vault = page.vault;
        self.asked.remove(&id);
        self.watch.call_ended(vault, id);
        self.tell(vault, Input::Abandoned(id));
    }

    fn entropy(&self) -> Entropy {
        let mut random = Random::new(self.scenario.seed << 32 ^ u64::from(self.last_command));
        let mut entropy = [0; 96];
        entropy.fill_with(|| random.next().to_le_bytes()[0]);
        Secret::new(entropy)
    }

    /// The page can be seen for a while.
    fn glance(&mut self, tab: usize, milliseconds: u64) {
        if let Some((vault, _)) = self.page(tab) {
            self.show(vault, true);
            let event = Event::Hides(vault);
            self.queue.push(self.time + milliseconds, event);
        }
    }

    pub fn show(&mut self, vault: VaultId, is_visible: bool) {
        self.vaults[vault].is_visible = is_visible;
        self.tell(vault, Input::Visibility(is_visible));
    }

    pub fn page_comes_back(&mut self, tab: usize, life: u32) {
        let page = self.tabs[tab].as_ref();
        let is_right = |page: &&Tab| page.life == life && page.is_resuming;
        if let Some(vault) = page.filter(is_right).map(|page| page.vault) {
            self.ask(vault, Asked::Resume { tab, life }, Command::Resume);
        }
    }

    /// The vault has answered a page that came back.
    pub fn came_back(&mut self, tab: usize, life: u32) {
        if let Some(page) = self.tabs[tab].as_mut().filter(|page| page.life == life) {
            page.is_resuming = false;
        }
    }

    pub fn reload(&mut self, tab: usize, life: u32) {
        if self.page(tab).is_some_and(|(_, known)| known == life) {
            self.leave(tab, true);
            self.load(tab);
        }
    }

    fn sign_in(&mut self, tab: usize, takes: u64) {
        let Some((vault, life)) = self.page(tab) else {
            return;
        };
        let command = Command::SignIn {
            options: json!({}),
            entropy: self.entropy(),
        };
        self.ask(vault, Asked::SignIn { tab, life, takes }, command);
    }

    /// The page has heard that nobody is signed in. As a rule the person signs in again.
    pub fn discover(&mut self, tab: usize, life: u32) {
        const TAKES: u64 = 3_000;
        if self.page(tab).is_some_and(|(_, known)| known == life) && !life.is_multiple_of(4) {
            self.sign_in(tab, TAKES);
        }
    }

    /// The page goes to the server, where the person signs in.
    pub fn leave_for_server(&mut self, tab: usize, life: u32, takes: u64, url: &str) {
        if self.page(tab).is_none_or(|(_, known)| known != life) {
            return;
        }
        let parameter = |name: &str| {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            let mut pairs = query.split('&');
            pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let (Some(state), Some(nonce)) = (parameter("state"), parameter("nonce")) else {
            return;
        };
        let code = self.server.authorize(nonce);
        let url = format!("{REDIRECT_URI}?code={code}&state={state}");
        for id in self.calls_of(tab) {
            self.abandon(tab, id);
        }
        if let Some(page) = &mut self.tabs[tab] {
            page.is_away = true;
            let vault = page.vault;
            self.disconnect(tab, vault);
            self.queue
                .push(self.time + takes, Event::Returns { tab, life, url });
        }
    }

    pub fn come_back(&mut self, tab: usize, life: u32, url: String) {
        let is_expected = self.tabs[tab]
            .as_ref()
            .is_some_and(|page| page.is_away && page.life == life);
        if !is_expected {
            return;
        }
        self.load(tab);
        if let Some((vault, _)) = self.page(tab) {
            let url = Secret::new(url);
            self.ask(vault, Asked::Callback, Command::HandleCallback { url });
        }
    }

    fn sign_out(&mut self, tab: usize, local_only: bool) {
        let Some((vault, life)) = self.page(tab) else {
            return;
        };
        let options = json!({ "localOnly": local_only });
        self.ask(
            vault,
            Asked::SignOut { tab, life },
            Command::SignOut { options },
        );
    }

    /// The page goes to the server, which signs the person out, and comes back.
    pub fn sign_out_at_server(&mut self, tab: usize, life: u32) {
        self.server.end_sessions();
        self.reload(tab, life);
    }
}
