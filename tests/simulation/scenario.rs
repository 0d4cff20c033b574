//! What one simulated life consists of, as plain data: a setting, what people and machines do and
//! when, and how each request fares. All of it is there before the run begins, so that a failing
//! run can be cut down by leaving things out.

use std::fmt::{self, Display};

use super::random::Random;

/// How many tabs there may be.
pub const TABS: usize = 4;

/// A whole life.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub seed: u64,
    pub setting: Setting,
    /// What happens, and when, in milliseconds.
    pub actions: Vec<(u64, Action)>,
    /// How the requests to the token endpoint fare, in the order in which they are sent. Later ones
    /// arrive as they should.
    pub fates: Vec<Fate>,
}

/// What stays the same during a life.
#[derive(Clone, Debug)]
pub struct Setting {
    pub host: Host,
    /// Whether the app has registered the escrow.
    pub escrow: bool,
    pub rotation: Rotation,
    /// The server's grace period, in seconds, which the app has configured, too.
    pub grace: u64,
    /// The life of access tokens, in seconds. `None`: the server does not say, and it is an hour.
    pub expires_in: Option<u64>,
    /// Whether a refresh ends the access token that came before.
    pub ends_old_access_tokens: bool,
    pub id_token_on_refresh: bool,
    /// Whether the monotonic clock stands still while the machine sleeps.
    pub clock_stands_still: bool,
    pub replays_within_grace_only: bool,
    /// Whether the browser stops an escrow that has nothing to do.
    pub escrow_stops_when_idle: bool,
    /// Whether a message to the escrow arrives though its vault has ended meanwhile.
    pub messages_outlive_senders: bool,
    /// Whether the browser takes a frozen vault for one that is gone.
    pub frozen_is_gone: bool,
}

/// Where the vault runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// One for all tabs; with an extended lifetime it outlives them for a while.
    Shared { extended_lifetime: bool },
    /// One for each tab.
    Dedicated,
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new one each time; within the grace period another new one for the same old one.
    Branches,
    /// A new one each time; within the grace period the same new one again.
    Repeats,
    /// It stays, and the response does not have it.
    Omitted,
    /// It stays, and the response has it.
    Kept,
}

/// What people, pages and machines do.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Open(usize),
    Close(usize),
    /// The page is gone and the vault is not told.
    Crash(usize),
    Reload(usize),
    Freeze(usize),
    Thaw(usize),
    /// The person leaves for the server and comes back after so many milliseconds.
    SignIn(usize, u64),
    SignOut {
        tab: usize,
        local_only: bool,
    },
    Call {
        tab: usize,
        is_repeatable: bool,
        fate: CallFate,
        takes: u64,
    },
    /// The page gives up its oldest call.
    Abandon(usize),
    /// The vault is woken though nothing is due: a heartbeat.
    Heartbeat(usize),
    Sleep(u64),
    /// Somebody sets the time of day.
    SetClock(i64),
    /// The server is out of reach for so many milliseconds.
    Outage(OutageKind, u64),
    /// The server's operator ends all sessions.
    EndSessions,
    /// The browser stops the escrow: its memory is gone.
    StopEscrow,
    /// The page can be seen for so many milliseconds.
    Glance(usize, u64),
    /// A new version of the app: the next page starts a vault of its own.
    Deploy,
}

/// How an API answers a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFate {
    /// 200, or 401 where the token is no longer good.
    Normal,
    /// 401, whatever the token.
    Refused,
    /// Not at all.
    Failed,
}

/// How a server is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutageKind {
    /// Connections are refused.
    Refuses,
    /// Connections hang.
    Hangs,
    /// Something in front answers 503.
    Busy,
}

/// How a request to the token endpoint fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    pub how: How,
    /// How long it is on its way to the server, in milliseconds.
    pub out: u64,
    /// How long the answer is on its way back.
    pub back: u64,
    /// The network delivers it once more, so much later.
    pub copy: Option<u64>,
}

/// What comes back of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Normal,
    /// It does not arrive, and the client is told.
    Lost,
    /// It arrives, and the answer gets lost.
    AnswerLost,
    /// It does not arrive, and nobody says so.
    Hangs,
    /// It arrives, and nothing comes back.
    AnswerHangs,
    /// It arrives, and half of the answer comes back.
    Cut,
    /// It arrives, and a gateway answers 502 instead.
    BadGateway,
    /// Something in front of the server answers with this status.
    Busy(u16, Option<u64>),
    /// A portal or firewall answers with a page.
    Html(u16),
    /// Something in front of the server answers 400 and nothing else.
    Empty,
}

impl Fate {
    pub const NORMAL: Self = Self {
        how: How::Normal,
        out: 20,
        back: 20,
        copy: None,
    };
}

impl Scenario {
    /// The life of this seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let setting = Setting::new(&mut random);
        let mut actions = vec![(0, Action::Open(0)), (10, Action::SignIn(0, 2_000))];
        let mut at = 5_000;
        for _ in 0..random.between(40, 160) {
            at += match random.below(10) {
                0..=4 => random.below(400),
                5..=7 => random.spread(400, 30_000),
                8 => random.spread(30_000, 3_600_000),
                _ => setting.expires_in.unwrap_or(3_600) * 1_000,
            };
            actions.push((at, Action::new(&mut random)));
        }
        let calm = random.percent(20);
        let mut fates = vec![Fate::NORMAL];
        for _ in 0..60 {
            fates.push(Fate::new(&mut random, calm));
        }
        Self {
            seed,
            setting,
            actions,
            fates,
        }
    }
}

impl Setting {
    fn new(random: &mut Random) -> Self {
        let host = random.weighted(&[
            (
                3,
                Host::Shared {
                    extended_lifetime: false,
                },
            ),
            (
                2,
                Host::Shared {
                    extended_lifetime: true,
                },
            ),
            (3, Host::Dedicated),
        ]);
        Self {
            host,
            escrow: random.percent(60),
            rotation: random.weighted(&[
                (5, Rotation::Branches),
                (3, Rotation::Repeats),
                (1, Rotation::Omitted),
                (1, Rotation::Kept),
            ]),
            grace: random.pick(&[0, 10, 60]),
            expires_in: random.pick(&[Some(5), Some(60), Some(300), Some(3_600), None]),
            ends_old_access_tokens: random.percent(40),
            id_token_on_refresh: random.percent(20),
            clock_stands_still: random.percent(50),
            replays_within_grace_only: random.percent(10),
            escrow_stops_when_idle: random.percent(30),
            messages_outlive_senders: random.percent(50),
            frozen_is_gone: random.percent(50),
        }
    }
}

impl Action {
    fn new(random: &mut Random) -> Self {
        let tab = random.below(TABS as u64) as usize;
        // Most happens in the first tab, which is most likely there.
        let tab = if random.percent(50) { 0 } else { tab };
        match random.below(100) {
            0..=44 => Self::Call {
                tab,
                is_repeatable: random.percent(80),
                fate: random.weighted(&[
                    (20, CallFate::Normal),
                    (1, CallFate::Refused),
                    (1, CallFate::Failed),
                ]),
                takes: random.spread(20, 5_000),
            },
            45..=52 => Self::Open(tab),
            53..=55 => Self::Close(tab),
            56 => Self::Crash(tab),
            57..=63 => Self::Reload(tab),
            64..=67 => Self::Freeze(tab),
            68..=71 => Self::Thaw(tab),
            72..=75 => Self::SignIn(tab, random.spread(1_000, 60_000)),
            76..=77 => Self::SignOut {
                tab,
                local_only: random.percent(50),
            },
            78..=80 => Self::Abandon(tab),
            81..=82 => Self::Heartbeat(tab),
            83 => Self::Glance(tab, random.spread(1_000, 120_000)),
            84 => Self::Deploy,
            85..=88 => Self::Sleep(random.spread(1_000, 7_200_000)),
            89..=91 => Self::SetClock(random.between(0, 7_200_000).cast_signed() - 3_600_000),
            92..=95 => Self::Outage(
                random.pick(&[OutageKind::Refuses, OutageKind::Hangs, OutageKind::Busy]),
                random.spread(1_000, 600_000),
            ),
            96 => Self::EndSessions,
            97..=98 => Self::Heartbeat(tab),
            _ => Self::StopEscrow,
        }
    }
}

impl Fate {
    fn new(random: &mut Random, calm: bool) -> Self {
        let how = random.weighted(&[
            (if calm { 200 } else { 20 }, How::Normal),
            (3, How::Lost),
            (4, How::AnswerLost),
            (1, How::Hangs),
            (3, How::AnswerHangs),
            (1, How::Cut),
            (1, How::BadGateway),
            (1, How::Busy(503, None)),
            (1, How::Busy(429, Some(2))),
            (1, How::Busy(503, Some(30))),
            (1, How::Busy(500, None)),
            (1, How::Html(200)),
            (1, How::Html(403)),
            (1, How::Empty),
        ]);
        let delay = |random: &mut Random| match random.below(20) {
            0 => random.spread(1_000, 15_000),
            1..=3 => random.spread(200, 2_000),
            _ => random.between(5, 200),
        };
        Self {
            how,
            out: delay(random),
            back: delay(random),
            copy: random.percent(4).then(|| random.spread(10, 30_000)),
        }
    }
}

impl Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}, {} ms out, {} ms back",
            self.how, self.out, self.back
        )?;
        self.copy
            .map_or(Ok(()), |later| write!(f, ", and a copy {later} ms later"))
    }
}
