//! What an owner stated, taken out as a whole and put back: portfolios with their rules, prices by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Tracker;
use super::manual::check_days;
use crate::alert::{AlertRule, MAX_RULES, Watch};
use crate::asset::{AssetClass, AssetId};
use crate::id::{OwnerId, PortfolioId};
use crate::manual::ManualPoint;
use crate::portfolio::Portfolio;
use crate::store::{IdRange, PortfolioQuery};
use crate::valuation::ADMISSION_WINDOW;
use crate::{Error, ErrorKind, FieldError, Result};

/// How many portfolios are listed at once.
const PAGE: usize = 200;
/// The last version that a portfolio can have come to: the last whole number that every reader of JSON keeps.
const LAST_VERSION: u64 = (1 << 53) - 1;
/// The first instant that every store and every client can write down.
const FIRST_INSTANT: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// What an owner stated, and nothing that folio worked out from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongings {
    /// Whose it is.
    pub owner: OwnerId,
    /// The portfolios, oldest first, archived ones too.
    pub portfolios: Vec<OwnedPortfolio>,
    /// The prices by hand, by asset and by the instants that they are for.
    pub manual_prices: Vec<(AssetId, ManualPoint)>,
}

/// A portfolio with its alert rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPortfolio {
    /// The portfolio with its lots.
    pub portfolio: Portfolio,
    /// Its rules, without what is remembered of them.
    pub rules: Vec<AlertRule>,
}

/// What to do with a portfolio or price that is there and says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDifference {
    /// Refuse everything.
    Refuse,
    /// Put what is given in its place.
    Replace,
}

/// What became of something that was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PutBack {
    /// It was not there.
    Created,
    /// It was there and said the same.
    Unchanged,
    /// It was there and said something else.
    Replaced,
}

/// What became of each portfolio and price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutBackReport {
    /// Each portfolio, in the order in which they were given.
    pub portfolios: Vec<(PortfolioId, PutBack)>,
    /// Each price by hand, in the order of asset and instant.
    pub manual_prices: Vec<PutBack>,
}

/// What is to be written, decided before anything is.
#[derive(Debug)]
struct Step<'a> {
    given: &'a OwnedPortfolio,
    there: Option<Portfolio>,
    outcome: PutBack,
}

impl Tracker {
    /// Everything that an owner stated.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn belongings(&self, owner: &OwnerId) -> Result<Belongings> {
        let mut portfolios = Vec::new();
        for archived in [false, true] {
            let mut query = PortfolioQuery {
                owner: owner.clone(),
                archived,
                after: None,
                limit: PAGE,
            };
            loop {
                let page = self.0.store.portfolios(&query).await?;
                query.after = page.items.last().map(|last| last.id);
                for summary in &page.items {
                    match self.owned(owner, summary.id).await {
                        Ok(owned) => portfolios.push(owned),
                        // Deleted since it was listed.
                        Err(error) if error.kind() == ErrorKind::NotFound => {}
                        Err(error) => return Err(error),
                    }
                }
                if !page.more {
                    break;
                }
            }
        }
        portfolios.sort_by_key(|owned| owned.portfolio.id);
        // One that was archived between the two lists is in both.
        portfolios.dedup_by_key(|owned| owned.portfolio.id);
        let now = self.0.clock.now();
        let stated = self.manuals().of_owner(owner).await?;
        let manual_prices = stated.iter().flat_map(|row| {
            let points = row.known_at(now);
            points.map(|point| (row.asset().clone(), *point))
        });
        Ok(Belongings {
            owner: owner.clone(),
            portfolios,
            manual_prices: manual_prices.collect(),
        })
    }

    async fn owned(&self, owner: &OwnerId, id: PortfolioId) -> Result<OwnedPortfolio> {
        let portfolio = self.0.store.portfolio(owner, id).await?;
        let rules = self.watch(&portfolio).await?.rules.clone();
        Ok(OwnedPortfolio { portfolio, rules })
    }

    /// Puts an owner's belongings back under their own ids, here or on another store. What is there already
    /// and says the same stays untouched, so the same call again changes nothing.
    ///
    /// Everything is checked before the first write. What is written then is written one by one: after an
    /// outage the same call does the rest.
    ///
    /// # Errors
    /// At pointers into `/portfolios` (`/portfolios/0/alert_rules/1/id`) and `/manual_prices`:
    /// `InvalidInput` or `OutOfRange` for what folio would not take, `Conflict` for an id that is there twice
    /// or belongs to somebody else, and for what is there and says something else unless it is to be
    /// replaced. `Unavailable`, `CorruptData`.
    pub async fn put_back(&self, belongings: &Belongings, difference: OnDifference) -> Result<PutBackReport> {
        let now = self.0.clock.now();
        let mut wrong = self.faults(belongings, now);
        let mut steps = Vec::with_capacity(belongings.portfolios.len());
        if wrong.is_empty() {
            for (index, given) in belongings.portfolios.iter().enumerate() {
                match self.step(&belongings.owner, given, difference).await {
                    Ok(step) => steps.push(step),
                    Err(error) if error.field_errors().is_empty() => return Err(error),
                    Err(error) => wrong.extend_from_slice(error.at(&format!("/portfolios/{index}")).field_errors()),
                }
            }
        }
        let mut prices = Vec::new();
        match self.price_steps(belongings, difference).await {
            Ok(steps) => prices = steps,
            Err(error) if error.field_errors().is_empty() => return Err(error),
            Err(error) => wrong.extend_from_slice(error.field_errors()),
        }
        if let Some(error) = Error::fields(wrong) {
            return Err(error);
        }
        let mut report = PutBackReport::default();
        for step in steps {
            self.take_step(&step, now).await?;
            report.portfolios.push((step.given.portfolio.id, step.outcome));
        }
        for (asset, mut point, outcome) in prices {
            if outcome == PutBack::Replaced {
                point.stated_at = now;
            }
            if outcome != PutBack::Unchanged {
                self.manuals().state(&belongings.owner, asset, point).await?;
            }
            report.manual_prices.push(outcome);
        }
        Ok(report)
    }

    /// What is wrong with belongings by themselves.
    fn faults(&self, belongings: &Belongings, now: Timestamp) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        for (index, owned) in belongings.portfolios.iter().enumerate() {
            let at = format!("/portfolios/{index}");
            let OwnedPortfolio { portfolio, rules } = owned;
            if portfolio.owner != belongings.owner {
                let detail = format!(
                    "the portfolio belongs to {}, not to {}",
                    portfolio.owner, belongings.owner
                );
                faults.push(fault(ErrorKind::InvalidInput, &at, "/owner", detail));
            }
            if !ids.insert(portfolio.id) {
                let detail = "another portfolio in the list has this id";
                faults.push(fault(ErrorKind::Conflict, &at, "/id", detail));
            }
            if !(1..=LAST_VERSION).contains(&portfolio.version) {
                let detail = format!("versions go from 1 to {LAST_VERSION}");
                faults.push(fault(ErrorKind::InvalidInput, &at, "/version", detail));
            }
            for (field, time) in [
                ("/created_at", portfolio.created_at),
                ("/updated_at", portfolio.updated_at),
            ] {
                faults.extend(time_fault(&at, field, time, now));
            }
            if let Err(error) = portfolio.validate() {
                faults.extend_from_slice(error.at(&at).field_errors());
            }
            if rules.len() > MAX_RULES {
                let detail = format!("a portfolio has at most {MAX_RULES} rules");
                faults.push(fault(ErrorKind::OutOfRange, &at, "/alert_rules", detail));
            }
            let mut rule_ids = BTreeSet::new();
            for (place, rule) in rules.iter().enumerate() {
                let at = format!("{at}/alert_rules/{place}");
                if !rule_ids.insert(rule.id) {
                    let detail = "another rule of the portfolio has this id";
                    faults.push(fault(ErrorKind::Conflict, &at, "/id", detail));
                }
                self.rule_faults(rule, portfolio, &at, &mut faults);
            }
        }
        let mut stated = BTreeSet::new();
        for (index, (asset, point)) in belongings.manual_prices.iter().enumerate() {
            let at = format!("/manual_prices/{index}");
            if asset.class() == AssetClass::Currency {
                let detail = "a currency is worth its published rate, which nobody states by hand";
                faults.push(fault(ErrorKind::Unsupported, &at, "/asset", detail));
            }
            if !stated.insert((asset, point.as_of)) {
                let detail = "another price of the asset is for the same instant";
                faults.push(fault(ErrorKind::Conflict, &at, "/as_of", detail));
            }
            for (field, time) in [("/as_of", point.as_of), ("/stated_at", point.stated_at)] {
                faults.extend(time_fault(&at, field, time, now));
            }
            if let Err(error) = check_days(point.valid_days) {
                faults.extend_from_slice(error.at(&at).field_errors());
            }
        }
        faults
    }

    fn rule_faults(&self, rule: &AlertRule, portfolio: &Portfolio, at: &str, faults: &mut Vec<FieldError>) {
        let named = rule.channels.as_deref().unwrap_or_default();
        for (place, detail) in self.0.channels.faults(named) {
            let field = format!("/channels/{place}");
            faults.push(fault(ErrorKind::InvalidInput, at, &field, detail));
        }
        if let Err(error) = rule.validate(portfolio) {
            // A rule outlives the sale of its asset.
            let sold = |field: &&FieldError| {
                let asset = rule.condition.asset();
                let held = portfolio.holdings.iter().any(|holding| Some(&holding.asset) == asset);
                field.pointer == "/asset" && !held
            };
            let others = error.field_errors().iter().filter(|field| !sold(field));
            faults.extend(others.map(|field| FieldError {
                pointer: format!("{at}{}", field.pointer),
                ..field.clone()
            }));
        }
    }

    /// What has to be done about one portfolio.
    async fn step<'a>(&self, owner: &OwnerId, given: &'a OwnedPortfolio, difference: OnDifference) -> Result<Step<'a>> {
        let id = given.portfolio.id;
        let there = match self.0.store.portfolio(owner, id).await {
            Ok(there) => there,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let at_id = IdRange {
                    lo: Some(id),
                    after: false,
                    hi: None,
                };
                let found = self.0.store.portfolios_between(&at_id, Timestamp::MAX, 1).await?;
                if found.iter().any(|found| found.id == id) {
                    let detail = "there is a portfolio with this id that belongs to another owner";
                    return Err(Error::field(ErrorKind::Conflict, "/id", detail));
                }
                return Ok(Step {
                    given,
                    there: None,
                    outcome: PutBack::Created,
                });
            }
            Err(error) => return Err(error),
        };
        let rules = self.watch(&there).await?.rules.clone();
        let stated = says(&there, &given.portfolio);
        if stated == there && rules == given.rules {
            return Ok(Step {
                given,
                there: Some(there),
                outcome: PutBack::Unchanged,
            });
        }
        if difference == OnDifference::Refuse {
            let what = if stated == there { "/alert_rules" } else { "" };
            let detail = format!(
                "the portfolio is there at version {} and says something else",
                there.version
            );
            return Err(Error::field(ErrorKind::Conflict, what, detail));
        }
        if stated.base_currency != there.base_currency {
            let detail = format!("the portfolio is there in {}, which cannot change", there.base_currency);
            return Err(Error::field(ErrorKind::InvalidInput, "/base_currency", detail));
        }
        Ok(Step {
            given,
            there: Some(there),
            outcome: PutBack::Replaced,
        })
    }

    async fn take_step(&self, step: &Step<'_>, now: Timestamp) -> Result<()> {
        if step.outcome == PutBack::Unchanged {
            return Ok(());
        }
        let OwnedPortfolio { portfolio, rules } = step.given;
        match &step.there {
            // The rules go first: whoever sees the portfolio finds its own, not those of a new one.
            None => {
                self.put_rules(portfolio, rules).await?;
                self.0.store.create_portfolio(portfolio).await?;
            }
            Some(there) => {
                let mut after = says(there, portfolio);
                if after != *there {
                    after.version = there.version + 1;
                    after.updated_at = now;
                    self.0.store.update_portfolio(&after, there.version).await?;
                }
                self.put_rules(&after, rules).await?;
            }
        }
        Ok(())
    }

    async fn put_rules(&self, portfolio: &Portfolio, rules: &[AlertRule]) -> Result<()> {
        let table = self.watches();
        loop {
            let valued_at = self.valued_before(portfolio.id, None).await?;
            if let Some(mut watch) = table.get(&Watch::key_of(portfolio.id)).await? {
                if !watch.set_rules(rules.to_vec(), valued_at) || table.replace(&mut watch).await? {
                    return Ok(());
                }
                continue;
            }
            let mut watch = Watch::new(portfolio, &self.0.alert_defaults, valued_at);
            watch.set_rules(rules.to_vec(), valued_at);
            if table.insert(&watch).await? {
                return Ok(());
            }
        }
    }

    async fn price_steps<'a>(
        &self,
        belongings: &'a Belongings,
        difference: OnDifference,
    ) -> Result<Vec<(&'a AssetId, ManualPoint, PutBack)>> {
        let now = self.0.clock.now();
        let mut wanted: BTreeMap<OwnerId, BTreeSet<AssetId>> = BTreeMap::new();
        let assets = belongings.manual_prices.iter().map(|(asset, _)| asset.clone());
        wanted.insert(belongings.owner.clone(), assets.collect());
        let there = self.manuals().read(&wanted).await?;
        let (mut steps, mut wrong) = (Vec::new(), Vec::new());
        for (index, (asset, point)) in belongings.manual_prices.iter().enumerate() {
            let row = there.iter().find(|row| row.asset() == asset);
            let known = row.and_then(|row| row.known_at(now).find(|known| known.as_of == point.as_of));
            let outcome = match known {
                None => PutBack::Created,
                Some(known) if (known.price, known.valid_days) == (point.price, point.valid_days) => PutBack::Unchanged,
                Some(_) if difference == OnDifference::Replace => PutBack::Replaced,
                Some(known) => {
                    let detail = format!(
                        "the price that is stated for this instant says something else: {}",
                        known.price
                    );
                    wrong.push(fault(
                        ErrorKind::Conflict,
                        &format!("/manual_prices/{index}"),
                        "",
                        detail,
                    ));
                    continue;
                }
            };
            steps.push((asset, *point, outcome));
        }
        match Error::fields(wrong) {
            Some(error) => Err(error),
            None => Ok(steps),
        }
    }
}

/// `there` with what `given` states in its place; version and times stay.
fn says(there: &Portfolio, given: &Portfolio) -> Portfolio {
    Portfolio {
        version: there.version,
        created_at: there.created_at,
        updated_at: there.updated_at,
        ..given.clone()
    }
}

/// What is wrong with an instant that somebody stated.
fn time_fault(at: &str, field: &str, time: Timestamp, now: Timestamp) -> Option<FieldError> {
    let detail = if time.duration_since(now) > ADMISSION_WINDOW {
        "the instant is in the future"
    } else if time < FIRST_INSTANT {
        "the instant is before the year 1"
    } else {
        return None;
    };
    Some(fault(ErrorKind::InvalidInput, at, field, detail))
}

fn fault(kind: ErrorKind, at: &str, field: &str, detail: impl Into<String>) -> FieldError {
    FieldError {
        pointer: format!("{at}{field}"),
        kind,
        detail: detail.into(),
    }
}
