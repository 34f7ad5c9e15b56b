//! The rules of portfolios, and what a valuation is compared with to evaluate them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Tracker;
use crate::alert::{AlertRule, AlertState, Condition, Inactive, MAX_RULES, Watch};
use crate::asset::AssetId;
use crate::id::{OwnerId, PortfolioId, new_uuid};
use crate::money::Percent;
use crate::portfolio::Portfolio;
use crate::quote::Split;
use crate::store::{Notifications, SnapshotQuery, Table, Versioned};
use crate::valuation::{CHANGE_SPANS, Valuation};
use crate::{Error, ErrorKind, FieldError, Result};

/// A rule as an owner states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRuleInput {
    /// The id of a rule that the portfolio has, to keep what is remembered of it; `None` makes a rule, unless
    /// the portfolio has the very same one.
    pub id: Option<Uuid>,
    /// When it fires.
    pub condition: Condition,
    /// See [`AlertRule::band_percent`].
    pub band_percent: Percent,
    /// See [`AlertRule::cooldown_hours`].
    pub cooldown_hours: u32,
    /// See [`AlertRule::channels`].
    pub channels: Option<Vec<String>>,
}

impl AlertRuleInput {
    /// A new rule with the default band and cool-down, through the operator's channels.
    #[must_use]
    pub const fn new(condition: Condition) -> Self {
        Self {
            id: None,
            condition,
            band_percent: AlertRule::DEFAULT_BAND,
            cooldown_hours: AlertRule::DEFAULT_COOLDOWN_HOURS,
            channels: None,
        }
    }
}

impl AlertRuleInput {
    /// Whether `rule` is what is stated here, its id aside.
    fn states(&self, rule: &AlertRule) -> bool {
        self.condition == rule.condition
            && self.band_percent == rule.band_percent
            && self.cooldown_hours == rule.cooldown_hours
            && self.channels == rule.channels
    }
}

impl From<AlertRule> for AlertRuleInput {
    fn from(rule: AlertRule) -> Self {
        Self {
            id: Some(rule.id),
            condition: rule.condition,
            band_percent: rule.band_percent,
            cooldown_hours: rule.cooldown_hours,
            channels: rule.channels,
        }
    }
}

/// A rule and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedRule {
    /// The rule.
    pub rule: AlertRule,
    /// What is remembered of it.
    pub state: AlertState,
    /// Why it can say nothing of the portfolio as it is and was valued last.
    pub inactive: Option<Inactive>,
}

/// The rules of a portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRules {
    /// In the owner's order.
    pub items: Vec<WatchedRule>,
    /// Raised by one when the owner changes the rules.
    pub version: u64,
}

impl Tracker {
    /// The rules of a portfolio and how they stand.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `CorruptData`.
    pub async fn alert_rules(&self, owner: &OwnerId, id: PortfolioId) -> Result<AlertRules> {
        let portfolio = self.0.store.portfolio(owner, id).await?;
        let watch = self.watch(&portfolio).await?;
        self.standing(&portfolio, &watch).await
    }

    /// Puts other rules in the place of a portfolio's. With `expected` only those of that version are
    /// replaced. A rule with the id of one that was there keeps its state, unless it watches something else; one
    /// without an id that says the same as one that was there is that one, so that the same call again changes
    /// nothing.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the version is another; `InvalidInput` or `OutOfRange` at the
    /// pointer of the wrong field: see [`AlertRule::validate`], and an id that no rule of the portfolio has,
    /// an id twice, a channel that is not set up or named twice, more than [`MAX_RULES`]; `Unavailable`, `CorruptData`.
    pub async fn set_alert_rules(
        &self,
        owner: &OwnerId,
        id: PortfolioId,
        rules: &[AlertRuleInput],
        expected: Option<u64>,
    ) -> Result<AlertRules> {
        loop {
            let portfolio = self.0.store.portfolio(owner, id).await?;
            let mut watch = self.watch(&portfolio).await?;
            if expected.is_some_and(|version| version != watch.version) {
                let detail = format!(
                    "the rules have changed meanwhile and are at version {}; read them again",
                    watch.version
                );
                return Err(Error::new(ErrorKind::PreconditionFailed, detail));
            }
            let rules = self.validated(&portfolio, &watch, rules)?;
            let valued_at = self.valued_before(id, None).await?;
            if !watch.set_rules(rules, valued_at) || self.watches().replace(&mut watch).await? {
                return self.standing(&portfolio, &watch).await;
            }
        }
    }

    fn validated(&self, portfolio: &Portfolio, watch: &Watch, inputs: &[AlertRuleInput]) -> Result<Vec<AlertRule>> {
        if inputs.len() > MAX_RULES {
            let detail = format!("a portfolio has at most {MAX_RULES} rules");
            return Err(Error::field(ErrorKind::OutOfRange, "/items", detail));
        }
        let mut wrong = Vec::new();
        let mut rules: Vec<AlertRule> = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.iter().enumerate() {
            let mut refuse = |pointer: &str, detail: String| {
                wrong.push(FieldError {
                    pointer: format!("/items/{index}{pointer}"),
                    kind: ErrorKind::InvalidInput,
                    detail,
                });
            };
            if let Some(id) = input.id {
                if rules.iter().any(|rule| rule.id == id) {
                    refuse("/id", "two rules have this id".to_owned());
                } else if !watch.rules.iter().any(|rule| rule.id == id) {
                    refuse(
                        "/id",
                        "no rule of the portfolio has this id; leave it out to make a rule".to_owned(),
                    );
                }
            }
            let named = input.channels.as_deref().unwrap_or_default();
            for (at, detail) in self.0.channels.faults(named) {
                refuse(&format!("/channels/{at}"), detail);
            }
            let is_named = |rule: &&AlertRule| {
                let stated = inputs.iter().filter_map(|input| input.id);
                stated.chain(rules.iter().map(|rule| rule.id)).any(|id| id == rule.id)
            };
            let same = || {
                let mut there = watch.rules.iter().filter(|rule| !is_named(rule));
                there.find(|rule| input.states(rule)).map(|rule| rule.id)
            };
            let rule = AlertRule {
                id: input.id.or_else(same).unwrap_or_else(|| new_uuid(self.0.clock.now())),
                condition: input.condition.clone(),
                band_percent: input.band_percent,
                cooldown_hours: input.cooldown_hours,
                channels: input.channels.clone(),
            };
            // A rule that was there outlives the sale of its asset, and says that it is not held.
            let is_kept = |field: &&FieldError| {
                let kept = watch.rules.iter().find(|kept| kept.id == rule.id);
                field.pointer == "/asset" && kept.is_some_and(|kept| kept.condition == rule.condition)
            };
            if let Err(error) = rule.validate(portfolio) {
                let fields = error.field_errors().iter().filter(|field| !is_kept(field));
                wrong.extend(fields.map(|field| FieldError {
                    pointer: format!("/items/{index}{}", field.pointer),
                    ..field.clone()
                }));
            }
            rules.push(rule);
        }
        match Error::fields(wrong) {
            Some(error) => Err(error),
            None => Ok(rules),
        }
    }

    /// What is watched of a portfolio; of one that has nothing yet, what it begins with, written.
    ///
    /// # Errors
    /// `NotFound` when the portfolio is gone by now, `Unavailable`, `CorruptData`.
    pub async fn watch(&self, portfolio: &Portfolio) -> Result<Versioned<Watch>> {
        self.watch_from(portfolio, None).await
    }

    /// The same for the valuation at an instant: of a portfolio that has nothing yet and was not valued
    /// before that instant, the rules are armed.
    ///
    /// # Errors
    /// `NotFound` when the portfolio is gone by now, `Unavailable`, `CorruptData`.
    pub async fn watch_from(&self, portfolio: &Portfolio, as_of: Option<Timestamp>) -> Result<Versioned<Watch>> {
        let table = self.watches();
        let key = Watch::key_of(portfolio.id);
        loop {
            if let Some(watch) = table.get(&key).await? {
                return Ok(watch);
            }
            let valued_at = self.valued_before(portfolio.id, as_of).await?;
            let watch = Watch::new(portfolio, &self.0.alert_defaults, valued_at);
            if table.insert(&watch).await? {
                // A portfolio that is deleted meanwhile must not stay watched: whoever deletes it removes what is
                // there by then, and what comes later is removed here.
                let exists = self.0.store.portfolio(&portfolio.owner, portfolio.id).await;
                if let Err(error) = exists {
                    if error.kind() == ErrorKind::NotFound {
                        table.remove(&key).await?;
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Writes what a new portfolio begins with.
    pub(super) async fn begin_watch(&self, portfolio: &Portfolio) -> Result<()> {
        let watch = Watch::new(portfolio, &self.0.alert_defaults, None);
        self.watches().insert(&watch).await.map(|_| ())
    }

    /// Removes what is watched of a portfolio that was deleted, and what its owner was told of it.
    pub(super) async fn end_watch(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        let notifications = Notifications::new(&*self.0.store);
        // The record is what a clean-up finds the rest by, so it goes after the rest; then what was handed on
        // meanwhile.
        notifications.remove_of(owner, id).await?;
        self.watches().remove(&Watch::key_of(id)).await?;
        notifications.remove_of(owner, id).await
    }

    /// Where the windows of a portfolio's rules begin, seen from a valuation: the snapshots that its changes
    /// compare with, with their holdings, and the splits of what is held. Nothing is read for rules without
    /// windows.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn evidence(
        &self,
        watch: &Watch,
        valuation: &Valuation,
    ) -> Result<(BTreeMap<u32, Valuation>, BTreeMap<AssetId, Vec<Split>>)> {
        let windows = watch.windows();
        if windows.is_empty() {
            return Ok((BTreeMap::new(), BTreeMap::new()));
        }
        let mut starts = BTreeMap::new();
        for hours in windows {
            let length = SignedDuration::from_hours(hours.into());
            let Some(span) = CHANGE_SPANS.iter().find(|span| span.span == length) else {
                continue;
            };
            let start = self.start_of(*span, valuation).await?;
            starts.extend(start.map(|start| (hours, start)));
        }
        let assets: BTreeSet<_> = valuation.holdings.iter().map(|row| &row.asset).collect();
        let splits = self.0.splits.of(assets).await?;
        Ok((starts, splits))
    }

    async fn standing(&self, portfolio: &Portfolio, watch: &Watch) -> Result<AlertRules> {
        let query = SnapshotQuery {
            holdings: true,
            ..SnapshotQuery::newest(watch.portfolio_id, 1)
        };
        let newest = self.0.store.valuations(&query).await?.items.into_iter().next();
        // A snapshot of what the portfolio was before it was changed says nothing of what it is.
        let newest = newest.filter(|newest| newest.portfolio_version == portfolio.version);
        let items = watch.rules.iter().map(|rule| WatchedRule {
            rule: rule.clone(),
            state: watch.state(rule.id),
            inactive: rule
                .inactive_in(portfolio)
                .or_else(|| newest.as_ref().and_then(|newest| rule.inactive(newest))),
        });
        Ok(AlertRules {
            items: items.collect(),
            version: watch.version,
        })
    }

    /// The instant of a portfolio's newest snapshot, or of the newest before an instant.
    pub(super) async fn valued_before(&self, id: PortfolioId, before: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let query = SnapshotQuery {
            before,
            ..SnapshotQuery::newest(id, 1)
        };
        let page = self.0.store.valuations(&query).await?;
        Ok(page.items.first().map(|newest| newest.as_of))
    }

    pub(super) fn watches(&self) -> Table<'_, Watch> {
        Table::new(&*self.0.store)
    }
}
