//! What is watched of one portfolio, or of one price source: rules, states, and what is still to be told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::evaluate::{Evidence, Inactive};
use super::message;
use super::quality::{Quality, quality};
use super::rule::{AlertDefaults, AlertRule, event_id};
use super::state::{AlertPhase, AlertState};
use crate::asset::AssetClass;
use crate::id::{OwnerId, PortfolioId};
use crate::notification::{Notification, NotificationKind};
use crate::portfolio::Portfolio;
use crate::quote::SourceId;
use crate::store::{RecordKind, Row};
use crate::valuation::Valuation;

/// How long whoever recorded a crossing has to hand it on before anybody else does.
const HANDED_ON_WITHIN: SignedDuration = SignedDuration::from_secs(15);
/// The namespace of the ids of what is watched of price sources.
const SOURCES: Uuid = Uuid::from_u128(0x41c5_0a4e_6c1f_4f0b_9d8a_7be2_30d6_59a1);

/// A notification and the channels that it goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What is told.
    pub notification: Notification,
    /// Through which channels, as it was decided at the crossing.
    pub channels: Vec<String>,
}

/// What was recorded with a state and is not yet handed on.
///
/// It is written in the same row as the state that it follows from, so there is never one without the other;
/// whoever hands it on, the writer at once or anybody later, makes a row for each channel and then takes it
/// out of here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// From when on anybody may hand them on.
    pub due_at: Option<Timestamp>,
}

impl Outgoing {
    /// Adds an event.
    fn push(&mut self, event: Event, now: Timestamp) {
        self.events.push(event);
        self.due_at = Some(now + HANDED_ON_WITHIN);
    }

    /// Takes out what was handed on; whether anything was.
    pub fn remove(&mut self, handed_on: &[Event]) -> bool {
        let before = self.events.len();
        let done: BTreeSet<Uuid> = handed_on.iter().map(|event| event.notification.id).collect();
        self.events.retain(|event| !done.contains(&event.notification.id));
        if self.events.is_empty() {
            self.due_at = None;
        }
        self.events.len() < before
    }
}

/// What is watched of a portfolio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// Whose it is.
    pub owner: OwnerId,
    /// The owner's rules, in their order.
    pub rules: Vec<AlertRule>,
    /// Raised by one when the owner changes the rules.
    pub version: u64,
    /// What is remembered of each rule, and of the data, by their ids. What is not here is armed.
    states: BTreeMap<Uuid, AlertState>,
    /// The instants of manual snapshots that the next tick goes through in their place, because one before
    /// them was not finished when they were made.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deferred: BTreeSet<Timestamp>,
    /// What is not yet handed on.
    #[serde(default)]
    pub outgoing: Outgoing,
}

impl Watch {
    /// A portfolio with the rules that it begins with. Of one that has snapshots, the newest for `valued_at`,
    /// nothing that is already so fires.
    #[must_use]
    pub fn new(portfolio: &Portfolio, defaults: &AlertDefaults, valued_at: Option<Timestamp>) -> Self {
        let mut watch = Self {
            portfolio_id: portfolio.id,
            owner: portfolio.owner.clone(),
            rules: defaults.rules(portfolio.id),
            version: 1,
            states: BTreeMap::new(),
            deferred: BTreeSet::new(),
            outgoing: Outgoing::default(),
        };
        if let Some(valued_at) = valued_at {
            watch.rebase(valued_at, |_| true);
        }
        watch
    }

    /// The key of a portfolio's.
    #[must_use]
    pub fn key_of(portfolio: PortfolioId) -> String {
        portfolio.to_string()
    }

    /// The state of a rule.
    #[must_use]
    pub fn state(&self, rule_id: Uuid) -> AlertState {
        self.states.get(&rule_id).copied().unwrap_or_default()
    }

    /// The state of the data, `fired` while the owner has been told that something is missing.
    #[must_use]
    pub fn data_state(&self) -> AlertState {
        self.state(data_id(self.portfolio_id))
    }

    /// Why each rule can say nothing of a valuation, in the order of the rules; `None` of one that can.
    #[must_use]
    pub fn inactive(&self, valuation: &Valuation) -> Vec<Option<Inactive>> {
        self.rules.iter().map(|rule| rule.inactive(valuation)).collect()
    }

    /// The windows that the rules look back over, in hours.
    #[must_use]
    pub fn windows(&self) -> BTreeSet<u32> {
        let windows = self.rules.iter().map(|rule| rule.condition.window_hours());
        windows.flatten().collect()
    }

    /// Puts other rules in the place of these; whether anything changed. What is remembered of a rule stays
    /// unless the rule watches something else now. Of a portfolio that has snapshots, the newest for `valued_at`,
    /// a new or changed rule takes its phase from the next one without firing.
    pub fn set_rules(&mut self, rules: Vec<AlertRule>, valued_at: Option<Timestamp>) -> bool {
        if rules == self.rules {
            return false;
        }
        let before = std::mem::replace(&mut self.rules, rules);
        self.version += 1;
        let data = data_id(self.portfolio_id);
        let rules = &self.rules;
        self.states
            .retain(|id, _| *id == data || rules.iter().any(|rule| rule.id == *id));
        if let Some(valued_at) = valued_at {
            self.rebase(valued_at, |rule| {
                !before.iter().any(|old| old.id == rule.id && old.watches_like(rule))
            });
        }
        true
    }

    fn rebase(&mut self, valued_at: Timestamp, which: impl Fn(&AlertRule) -> bool) {
        for rule in self.rules.iter().filter(|rule| which(rule)) {
            let state = self.states.entry(rule.id).or_default();
            *state = state.rebased(valued_at);
        }
    }

    /// Goes on by one snapshot, which has its holdings; whether anything changed, so that the row has to be
    /// written. `failed` are the classes whose sources failed as a whole, `default_channels` those of rules
    /// that name none.
    pub fn observe(
        &mut self,
        portfolio: &Portfolio,
        evidence: Evidence<'_>,
        failed: &BTreeSet<AssetClass>,
        default_channels: &[String],
        now: Timestamp,
    ) -> bool {
        let valuation = evidence.valuation;
        let mut changed = self.deferred.remove(&valuation.as_of);
        for index in 0..self.rules.len() {
            let rule = &self.rules[index];
            let before = self.state(rule.id);
            let (after, crossing) = rule.evaluate(&before, evidence);
            if after == before {
                continue;
            }
            changed = true;
            if let Some(crossing) = crossing {
                let (title, message) = message::crossed(portfolio, valuation, rule, crossing.observed);
                let kind = rule.kind().notification();
                let notification = Notification::new(crossing.event_id, self.owner.clone(), kind, crossing.as_of)
                    .with_text(title, message)
                    .with_rule(rule.id)
                    .with_snapshot(self.portfolio_id, crossing.valuation_id);
                let channels = rule.channels.as_deref().unwrap_or(default_channels).to_vec();
                self.outgoing.push(Event { notification, channels }, now);
            }
            self.states.insert(self.rules[index].id, after);
        }
        self.observe_data(portfolio, valuation, failed, default_channels, now) || changed
    }

    /// Tells once that the data is wanting, until a sound valuation.
    fn observe_data(
        &mut self,
        portfolio: &Portfolio,
        valuation: &Valuation,
        failed: &BTreeSet<AssetClass>,
        default_channels: &[String],
        now: Timestamp,
    ) -> bool {
        let id = data_id(self.portfolio_id);
        let before = self.state(id);
        let quality = quality(valuation, failed);
        let Some(after) = step(before, valuation.as_of, matches(&quality)) else {
            return false;
        };
        if let (AlertPhase::Fired, Quality::Degraded(rows)) = (after.phase, quality) {
            let (title, message) = message::degraded(portfolio, valuation, &rows);
            let event = event_id(id, after.episode);
            let notification = Notification::new(
                event,
                self.owner.clone(),
                NotificationKind::DataDegraded,
                valuation.as_of,
            )
            .with_text(title, message)
            .with_rule(id)
            .with_snapshot(self.portfolio_id, valuation.id);
            let channels = self.channels(default_channels);
            self.outgoing.push(Event { notification, channels }, now);
        }
        self.states.insert(id, after);
        true
    }

    /// Every channel that some rule goes through, so that whoever hears of crossings hears too why none come.
    fn channels(&self, default_channels: &[String]) -> Vec<String> {
        let mut channels: Vec<String> = Vec::new();
        let all = self
            .rules
            .iter()
            .map(|rule| rule.channels.as_deref().unwrap_or(default_channels));
        for channel in all.chain(self.rules.is_empty().then_some(default_channels)).flatten() {
            if !channels.contains(channel) {
                channels.push(channel.clone());
            }
        }
        channels
    }
}

impl Row for Watch {
    const KIND: RecordKind = RecordKind("alerts");

    fn key(&self) -> String {
        Self::key_of(self.portfolio_id)
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.outgoing.due_at
    }
}

/// What is watched of a price source: whether it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceWatch {
    /// The source.
    pub source: SourceId,
    /// `fired` while the operator has been told that it does not answer.
    pub state: AlertState,
    /// What is not yet handed on.
    #[serde(default)]
    pub outgoing: Outgoing,
}

impl SourceWatch {
    /// A source that nobody was told anything of.
    #[must_use]
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            state: AlertState::default(),
            outgoing: Outgoing::default(),
        }
    }

    /// Goes on by one scheduled run: whether the source answered, or with `problem` what it said instead;
    /// whether anything changed. The operator is told once, until it answers again.
    pub fn observe(&mut self, as_of: Timestamp, problem: Option<&str>, channels: &[String], now: Timestamp) -> bool {
        let Some(after) = step(self.state, as_of, Some(problem.is_some())) else {
            return false;
        };
        self.state = after;
        if let (AlertPhase::Fired, Some(problem)) = (after.phase, problem) {
            let id = Uuid::new_v5(&SOURCES, self.source.as_str().as_bytes());
            let (title, message) = message::source_degraded(&self.source, problem);
            let kind = NotificationKind::SourceDegraded;
            let notification = Notification::new(event_id(id, after.episode), OwnerId::default(), kind, as_of)
                .with_text(title, message)
                .with_rule(id);
            let channels = channels.to_vec();
            self.outgoing.push(Event { notification, channels }, now);
        }
        true
    }
}

impl Row for SourceWatch {
    const KIND: RecordKind = RecordKind("source_alerts");

    fn key(&self) -> String {
        self.source.to_string()
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.outgoing.due_at
    }
}

/// The id of what is told of a portfolio's data.
fn data_id(portfolio: PortfolioId) -> Uuid {
    Uuid::new_v5(portfolio.as_uuid(), NotificationKind::DataDegraded.as_str().as_bytes())
}

/// Whether the quality fires; `None` where it says nothing.
fn matches(quality: &Quality<'_>) -> Option<bool> {
    match quality {
        Quality::Sound => Some(false),
        Quality::Excused => None,
        Quality::Degraded(_) => Some(true),
    }
}

/// A step of what fires once and is armed again by the opposite: the next state, if it changes.
fn step(state: AlertState, as_of: Timestamp, fires: Option<bool>) -> Option<AlertState> {
    if state.has_seen(as_of) {
        return None;
    }
    match (state.phase, fires?) {
        (AlertPhase::Armed, true) => {
            let mut next = state.moved(AlertPhase::Fired, as_of);
            next.episode += 1;
            next.fired_as_of = Some(as_of);
            Some(next)
        }
        (AlertPhase::Fired, false) => Some(state.moved(AlertPhase::Armed, as_of)),
        _ => None,
    }
}
