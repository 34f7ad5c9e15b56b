//! The prices of what an owner holds, asked for like a person asks and told when they changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use folio_core::pricing::SourceStatus;
use folio_core::source::{BudgetState, QuotaState};
use folio_core::store::PortfolioQuery;
use folio_core::{
    AssetClass, AssetId, Currency, Freshness, OwnerId, Portfolio, PortfolioId, PriceAnswer, Result, Tracker,
};
use jiff::{SignedDuration, Timestamp};

use super::event::{Event, Kind};
use super::look::FOLLOWED;
use super::seen::mark;
use crate::dto::QuoteDto;

/// How many prices of a currency one look asks for; where more are held they take turns.
const ASKED: usize = 500;
/// In how many currencies prices are told.
const CURRENCIES: usize = 8;
/// The most assets of a currency that are followed.
const ASSETS: usize = 5_000;
/// How many portfolios, and holdings of them, one query reads.
const READ: usize = 100;
const READ_HOLDINGS: usize = 10_000;
/// How many such queries one look makes; the rest waits for the next one.
const READS: usize = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a portfolio holds.
#[derive(Debug)]
struct Held {
    version: u64,
    currency: Currency,
    assets: BTreeSet<AssetId>,
}

/// The prices of what one owner holds.
#[derive(Debug, Default)]
pub(super) struct Prices {
    portfolios: HashMap<PortfolioId, Held>,
    held: BTreeMap<Currency, Vec<AssetId>>,
    /// Where the next look goes on, by currency.
    turns: HashMap<Currency, usize>,
    /// The mark of what was told last.
    told: HashMap<(Currency, AssetId), u64>,
}

impl Prices {
    /// Has all prices told again, changed or not.
    pub(super) fn forget(&mut self) {
        self.told.clear();
    }

    /// Looks at the prices that it is the turn of; those that changed.
    pub(super) async fn look(&mut self, tracker: &Tracker, owner: &OwnerId) -> Result<Vec<Event>> {
        self.read_held(tracker, owner).await?;
        if self.held.is_empty() {
            return Ok(Vec::new());
        }
        let spared = spared(&tracker.sources().await?, tracker.clock().now());
        let mut events = Vec::new();
        for (currency, assets) in &self.held {
            let turn = self.turns.entry(*currency).or_default();
            let asked: Vec<_> = turns(assets, turn, |asset| !spared.contains(&asset.class()));
            if asked.is_empty() {
                continue;
            }
            let quotes = match tracker.quotes(owner, &asked, Some(*currency)).await {
                Ok(quotes) => quotes,
                Err(error) if events.is_empty() => return Err(error),
                // What was taken note of is told; the rest has its turn again.
                Err(_) => break,
            };
            for (asset, outcome) in quotes {
                // Why there is no price is what a valuation says.
                let Ok(answer) = outcome else { continue };
                let now = mark(&what_counts(&answer));
                if self.told.get(&(*currency, asset.clone())) != Some(&now) {
                    events.push(Event::new(Kind::Quote, &QuoteDto::from(answer))?);
                    self.told.insert((*currency, asset), now);
                }
            }
        }
        Ok(events)
    }

    /// Brings what is held up to date: portfolios that changed are read, many at once.
    async fn read_held(&mut self, tracker: &Tracker, owner: &OwnerId) -> Result<()> {
        let query = PortfolioQuery {
            owner: owner.clone(),
            archived: false,
            after: None,
            limit: FOLLOWED,
        };
        let page = tracker.portfolios(&query).await?;
        let there: BTreeSet<_> = page.items.iter().map(|summary| summary.id).collect();
        let before = self.portfolios.len();
        self.portfolios.retain(|id, _| there.contains(id));
        let mut changed = self.portfolios.len() != before;
        let known = |id| self.portfolios.get(id).map(|held| held.version);
        let stale: Vec<_> = page
            .items
            .iter()
            .filter(|summary| known(&summary.id) != Some(summary.version))
            .map(|summary| (summary.id, summary.holding_count))
            .collect();
        for part in parts(&stale).into_iter().take(READS) {
            for portfolio in tracker.store().portfolios_with_ids(owner, &part).await? {
                self.portfolios.insert(portfolio.id, Held::of(&portfolio));
                changed = true;
            }
        }
        if changed {
            self.add_up();
        }
        Ok(())
    }

    fn add_up(&mut self) {
        let mut held: BTreeMap<Currency, BTreeSet<&AssetId>> = BTreeMap::new();
        for portfolio in self.portfolios.values() {
            held.entry(portfolio.currency).or_default().extend(&portfolio.assets);
        }
        held.retain(|_, assets| !assets.is_empty());
        let held = held.into_iter().take(CURRENCIES);
        self.held = held
            .map(|(currency, assets)| (currency, assets.into_iter().take(ASSETS).cloned().collect()))
            .collect();
        let held = &self.held;
        let is_held = |currency: &Currency, asset: &AssetId| {
            held.get(currency)
                .is_some_and(|assets| assets.binary_search(asset).is_ok())
        };
        self.told.retain(|(currency, asset), _| is_held(currency, asset));
        self.turns.retain(|currency, _| held.contains_key(currency));
    }
}

impl Held {
    fn of(portfolio: &Portfolio) -> Self {
        let currency = portfolio.base_currency;
        let assets = portfolio.holdings.iter().map(|holding| &holding.asset);
        Self {
            version: portfolio.version,
            currency,
            // A currency is worth 1 in itself at every moment.
            assets: assets
                .filter(|asset| asset.as_currency() != Some(currency))
                .cloned()
                .collect(),
        }
    }
}

/// Portfolios by how much is read at once; each is given with the number of its holdings.
fn parts(portfolios: &[(PortfolioId, usize)]) -> Vec<Vec<PortfolioId>> {
    let mut parts: Vec<Vec<PortfolioId>> = Vec::new();
    let mut holdings = 0;
    for (id, count) in portfolios {
        holdings += count;
        match parts.last_mut() {
            Some(part) if part.len() < READ && holdings <= READ_HOLDINGS => part.push(*id),
            _ => {
                holdings = *count;
                parts.push(vec![*id]);
            }
        }
    }
    parts
}

/// The next assets in turn, beginning at `turn`, which moves on.
fn turns(assets: &[AssetId], turn: &mut usize, is_asked: impl Fn(&AssetId) -> bool) -> Vec<AssetId> {
    let begin = *turn % assets.len().max(1);
    let around = assets[begin..].iter().chain(&assets[..begin]);
    let mut passed = 0;
    let mut asked = Vec::new();
    for asset in around {
        if asked.len() == ASKED {
            break;
        }
        passed += 1;
        if is_asked(asset) {
            asked.push(asset.clone());
        }
    }
    *turn = begin + passed;
    asked
}

/// What makes a price another one. That it was fetched again and is the same is not told, and a price is as good
/// whether it was fetched for this look or a minute before.
fn what_counts(answer: &PriceAnswer) -> String {
    let quote = &answer.quote;
    format!(
        "{} {} {} {:?} {:?} {}",
        answer.price,
        quote.as_of,
        quote.source,
        quote.change_24h_percent,
        answer.fx.as_ref().map(|fx| (fx.rate, fx.as_of)),
        answer.freshness == Freshness::Stale,
    )
}

/// The classes whose prices are not asked for at this moment. A page that is open all day must not use up what
/// people and the schedule need: half of the minute's calls are left to them, and of a day's or month's calls no
/// more than four fifths of what is due by now are used.
fn spared(sources: &[SourceStatus], now: Timestamp) -> BTreeSet<AssetClass> {
    let mut decided = BTreeSet::new();
    let mut spared = BTreeSet::new();
    for source in sources {
        for class in &source.classes {
            // The first source of a class is the one that is asked.
            if decided.insert(*class) && source.budget.is_some_and(|budget| is_scarce(&budget, now)) {
                spared.insert(*class);
            }
        }
    }
    spared
}

fn is_scarce(budget: &BudgetState, now: Timestamp) -> bool {
    budget.remaining.saturating_mul(2) < budget.limit_per_minute
        || budget.day.is_some_and(|quota| is_ahead(&quota, DAY, now))
        || budget.month.is_some_and(|quota| is_ahead(&quota, MONTH, now))
}

/// Whether more than four fifths of the calls that are due by `now` were made.
fn is_ahead(quota: &QuotaState, span: SignedDuration, now: Timestamp) -> bool {
    let left = quota.resets_at.duration_since(now).clamp(SignedDuration::ZERO, span);
    let passed = i128::from((span - left).as_secs());
    i128::from(quota.used) * i128::from(span.as_secs()) * 5 > i128::from(quota.limit) * passed * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(count: usize) -> Vec<AssetId> {
        let mut assets: Vec<AssetId> = (0..count).map(|n| format!("stock:S{n}").parse().unwrap()).collect();
        assets.sort();
        assets
    }

    #[test]
    fn each_asset_has_its_turn() {
        let all = assets(ASKED * 2 + 7);
        let mut turn = 0;
        let mut asked = BTreeSet::new();
        for looks in 1..=3 {
            let part = turns(&all, &mut turn, |_| true);
            assert_eq!(part.len(), ASKED);
            asked.extend(part);
            assert_eq!(asked.len(), all.len().min(ASKED * looks));
        }
        let few = assets(3);
        assert_eq!(turns(&few, &mut turn, |_| true).len(), 3, "none twice in a look");
        assert_eq!(turns(&few, &mut turn, |asset| *asset == few[1]), [few[1].clone()]);
        assert_eq!(turns(&[], &mut turn, |_| true), []);
    }

    #[test]
    fn what_is_read_at_once_is_bounded() {
        let id = |n: u128| PortfolioId::from_uuid(uuid::Uuid::from_u128(n));
        let small: Vec<_> = (0..250).map(|n| (id(n), 10)).collect();
        assert_eq!(parts(&small).iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
        let large = [(id(1), 9_000), (id(2), 2_000), (id(3), 10_000), (id(4), 1)];
        assert_eq!(parts(&large), [vec![id(1)], vec![id(2)], vec![id(3)], vec![id(4)]]);
        assert_eq!(parts(&[]), Vec::<Vec<PortfolioId>>::new());
    }

    #[test]
    fn a_page_that_is_open_all_day_leaves_calls_to_others() {
        let midnight: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let quota = |used| QuotaState {
            limit: 800,
            used,
            resets_at: midnight,
        };
        let noon = midnight - SignedDuration::from_hours(12);
        for (used, ahead) in [(0, false), (320, false), (321, true), (800, true)] {
            assert_eq!(is_ahead(&quota(used), DAY, noon), ahead, "{used}");
        }
        let evening = midnight - SignedDuration::from_secs(1);
        assert!(!is_ahead(&quota(639), DAY, evening) && is_ahead(&quota(641), DAY, evening));
        let budget = |remaining| BudgetState {
            limit_per_minute: 5,
            remaining,
            retry_at: None,
            day: None,
            month: None,
        };
        assert!(!is_scarce(&budget(3), noon) && is_scarce(&budget(2), noon));
        let of_day = BudgetState {
            day: Some(quota(321)),
            ..budget(5)
        };
        assert!(is_scarce(&of_day, noon) && !is_scarce(&of_day, evening));
    }
}
