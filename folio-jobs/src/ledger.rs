//! What the schedules have behind them, what they left out, and what was given up.

use folio_core::PortfolioId;
use folio_core::store::{RecordKind, Row};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dispatch::KEEP;
use crate::job::JobType;

/// What a schedule has behind it. It claims nothing: the row of a tick or job does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Past {
    /// Whose.
    pub job_type: JobType,
    /// When the first process ever started: earlier instants are nobody's.
    pub since: Timestamp,
    /// The last instant that was claimed or left out.
    pub last: Option<Timestamp>,
}

impl Past {
    /// The instant after which nothing is settled yet.
    pub(crate) fn settled(&self) -> Timestamp {
        self.last.map_or(self.since, |last| last.max(self.since))
    }
}

impl Row for Past {
    const KIND: RecordKind = RecordKind("schedules");

    fn key(&self) -> String {
        self.job_type.as_str().to_owned()
    }
}

/// Scheduled instants that were left out, because no process was running or too much was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// What would have run.
    pub job_type: JobType,
    /// The first of them.
    pub from: Timestamp,
    /// The last of them.
    pub to: Timestamp,
    /// How many they are.
    pub count: u64,
    /// How many of them the daily schedule has.
    pub daily: u64,
    /// How many of them the hourly schedule has.
    pub hourly: u64,
    /// When that was found out.
    pub noticed_at: Timestamp,
    /// The instant that was run instead, or that was left out itself.
    pub(crate) at: Timestamp,
    /// Whether it was begun and given up.
    pub(crate) given_up: bool,
}

impl Missed {
    /// What the keys of all of a type begin with.
    pub(crate) fn prefix_of(job_type: JobType) -> String {
        format!("{}:", job_type.as_str())
    }
}

impl Row for Missed {
    const KIND: RecordKind = RecordKind("missed");

    fn key(&self) -> String {
        let given_up = if self.given_up { "/given-up" } else { "" };
        format!("{}{:.0}{given_up}", Self::prefix_of(self.job_type), self.at)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.noticed_at + KEEP)
    }
}

/// Part of a tick that was given up, so that the rest could be finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The instant of the tick.
    pub as_of: Timestamp,
    /// The number of the chunk within the tick.
    pub chunk: u32,
    /// The portfolio over which workers died; `None` when the whole chunk was given up.
    pub portfolio_id: Option<PortfolioId>,
    /// What went wrong last.
    pub detail: String,
    /// When it was given up.
    pub at: Timestamp,
}

impl Row for Incident {
    const KIND: RecordKind = RecordKind("incidents");

    fn key(&self) -> String {
        let portfolio = self.portfolio_id.map(|id| id.to_string()).unwrap_or_default();
        format!("{:.0}/{:08}/{portfolio}", self.as_of, self.chunk)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.at + KEEP)
    }
}

/// When the whole store was last looked through for what nobody needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Swept {
    /// The last time.
    pub at: Timestamp,
}

impl Swept {
    pub(crate) const KEY: &'static str = "held_assets";
}

impl Row for Swept {
    const KIND: RecordKind = RecordKind("sweeps");

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }
}
