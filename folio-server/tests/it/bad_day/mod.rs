//! A day on which the vendors fail in every way they know, hour after hour, between good hours: real
//! clients over real connections, the real planner and its chunks, and a clock that is set.
//!
//! At every tick every holding of every portfolio is compared with what the script says it has to be.

mod market;
mod model;
#[path = "../../../../folio-jobs/tests/it/support/queue.rs"]
#[expect(dead_code, reason = "this test uses a part of it")]
mod queue;
mod vendor;
mod weather;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::source::LocalBudget;
use folio_core::store::{SnapshotQuery, Store};
use folio_core::{
    AssetClass, Clock, HoldingValuation, ManualClock, Portfolio, PriceState, RateBudget, Reason, Status, Tracker,
    Valuation,
};
use folio_jobs::{Jobs, JobsConfig};
use folio_sources::{CoinGecko, CoinGeckoConfig, Frankfurter, FrankfurterConfig, Yahoo, YahooConfig};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use jiff::{SignedDuration, Timestamp};

use market::instant;
use model::{Model, Row, Scene, Told};
use queue::MemoryQueue;
use vendor::{Kind, Vendor};
use weather::{DAY, Hour, Weather};

/// CoinGecko's calls a minute. A scheduled run may make four fifths of them.
const PER_MINUTE: usize = 20;
const FOR_JOBS: usize = 16;
/// How many differences of an hour are shown.
const SHOWN: usize = 6;

struct Day {
    clock: Arc<ManualClock>,
    store: Arc<dyn Store>,
    tracker: Tracker,
    jobs: Jobs,
    queue: Arc<MemoryQueue>,
    vendors: [Vendor; 3],
    portfolios: Vec<Portfolio>,
    model: Model,
    /// How often each thing was said, so that none of it is only promised.
    said: BTreeMap<String, usize>,
    /// What differs from the script, some of it of every hour.
    wrong: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_holding_says_what_the_script_says_in_memory() {
    play(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_holding_says_what_the_script_says_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    play(Some(directory.path())).await;
}

async fn play(sqlite: Option<&std::path::Path>) {
    let mut day = Day::begin(sqlite).await;
    for (place, hour) in DAY.iter().enumerate() {
        day.hour(place, hour).await;
    }
    assert!(day.wrong.is_empty(), "{}", day.wrong.join("\n"));
    for vendor in &day.vendors {
        assert_eq!(
            vendor.too_early(),
            [""; 0],
            "a vendor was asked before the time it had named"
        );
    }
    println!("{:?}", day.said);
    let reasons = [
        Reason::NotFound,
        Reason::NoData,
        Reason::RateLimited,
        Reason::Timeout,
        Reason::Unavailable,
        Reason::NoRate,
        Reason::Outdated,
        Reason::OutOfRange,
        Reason::Pending,
    ];
    for reason in reasons {
        assert!(day.said.contains_key(reason.as_str()), "nothing was {reason}");
    }
}

impl Day {
    async fn begin(sqlite: Option<&std::path::Path>) -> Self {
        let clock = Arc::new(ManualClock::new(market::start() - SignedDuration::from_mins(30)));
        let dynamic: Arc<dyn Clock> = clock.clone();
        let store: Arc<dyn Store> = match sqlite {
            Some(directory) => {
                let config = SqliteConfig::new(directory.join("folio.db"));
                Arc::new(SqliteStore::open(config, Arc::clone(&dynamic)).await.unwrap())
            }
            None => Arc::new(MemoryStore::new()),
        };
        let vendors = [
            Vendor::start(Kind::CoinGecko, &clock).await,
            Vendor::start(Kind::Yahoo, &clock).await,
            Vendor::start(Kind::Frankfurter, &clock).await,
        ];
        let (calls, coins) = (PER_MINUTE.to_string(), vendors[0].url("/api/v3"));
        let coins = CoinGeckoConfig::from_pairs([("url", coins), ("per_minute", calls)]).unwrap();
        let shares = YahooConfig::from_pairs([("url", vendors[1].url("")), ("spacing_ms", "0".to_owned())]).unwrap();
        let rates = FrankfurterConfig::from_pairs([("url", vendors[2].url("/v2"))]).unwrap();
        let limits = [coins.budget(), shares.budget(), rates.budget()];
        let budget: Arc<dyn RateBudget> = Arc::new(LocalBudget::new(Arc::clone(&dynamic), limits));
        let tracker = Tracker::builder()
            .store(Arc::clone(&store))
            .clock(Arc::clone(&dynamic))
            .budget(Arc::clone(&budget))
            .source(Arc::new(
                CoinGecko::new(coins, Arc::clone(&dynamic), Arc::clone(&budget)).unwrap(),
            ))
            .source(Arc::new(
                Yahoo::new(shares, Arc::clone(&dynamic), Arc::clone(&budget)).unwrap(),
            ))
            .source(Arc::new(Frankfurter::new(rates, dynamic, budget).unwrap()))
            .build()
            .unwrap();
        let queue = Arc::new(MemoryQueue::default());
        // The histories are left alone, so that every call that a vendor gets is the tick's.
        let config = JobsConfig::with_schedule("0 * * * *", "0 9 * * *", "0 0 1 1 *").unwrap();
        let jobs = Jobs::new(tracker.clone(), queue.clone(), config);
        let mut day = Self {
            clock,
            store,
            tracker,
            jobs,
            queue,
            vendors,
            portfolios: Vec::new(),
            model: Model::default(),
            said: BTreeMap::new(),
            wrong: Vec::new(),
        };
        day.add(market::portfolios(day.clock.now())).await;
        day.jobs.fire(day.clock.now()).await.unwrap();
        day
    }

    async fn add(&mut self, portfolios: Vec<Portfolio>) {
        for portfolio in portfolios {
            self.store.create_portfolio(&portfolio).await.unwrap();
            self.portfolios.push(portfolio);
        }
    }

    /// One tick, from the planner's coming to the last comparison.
    async fn hour(&mut self, place: usize, hour: &Hour) {
        let tick = instant(place);
        self.clock.set(tick - SignedDuration::from_mins(30));
        self.add(market::newcomers(place, self.clock.now())).await;
        let delay = if hour.late {
            SignedDuration::from_secs(630)
        } else {
            SignedDuration::ZERO
        };
        let now = tick + delay;
        self.clock.set(now);
        for (vendor, weather) in self.vendors.iter_mut().zip([hour.coins, hour.shares, hour.rates]) {
            vendor.turn(weather, place).await;
        }
        if hour.crowded {
            self.crowd(place).await;
        }
        let before = self.vendors[0].calls();
        self.drive().await;
        if hour.crowded {
            assert_eq!(self.vendors[0].calls(), before, "the budget of hour {place} is used up");
        }
        self.learn(place, hour, now);
        self.compare(place, tick).await;
    }

    /// People ask for coins that nobody holds until no call is left for jobs.
    async fn crowd(&self, place: usize) {
        for n in 0..FOR_JOBS {
            let symbol = format!("coin-other-{n}");
            let answer = self
                .tracker
                .quote(
                    &folio_core::OwnerId::default(),
                    &format!("crypto:{symbol}").parse().unwrap(),
                    None,
                )
                .await
                .unwrap();
            assert_eq!(answer.price.amount(), market::price(&symbol, place));
        }
    }

    /// Lets the process do all that there is to do at this moment.
    async fn drive(&self) {
        self.jobs.fire(self.clock.now()).await.unwrap();
        loop {
            let report = self.jobs.pass(self.clock.now()).await.unwrap();
            let mut handled = 0;
            while let Some(delivery) = self.queue.pop() {
                self.jobs.handler().handle(delivery).await;
                handled += 1;
            }
            if report.pushed + handled == 0 {
                return;
            }
        }
    }

    fn learn(&mut self, place: usize, hour: &Hour, now: Timestamp) {
        let weathers = [hour.coins, hour.shares, hour.rates];
        let kinds = [Kind::CoinGecko, Kind::Yahoo, Kind::Frankfurter];
        for ((kind, weather), vendor) in kinds.into_iter().zip(weathers).zip(&self.vendors) {
            let held = self.held(kind);
            let is_asked = !self.model.is_closed(kind, now) && !matches!(weather, Weather::Refused);
            if is_asked != (vendor.calls() > 0) {
                self.wrong.push(format!(
                    "hour {place}: {} calls of {kind:?} in {weather:?}",
                    vendor.calls()
                ));
            }
            let hit = vendor.hit();
            self.model.learn(&Scene {
                kind,
                weather,
                hour: place,
                now,
                crowded: hour.crowded && kind == Kind::CoinGecko,
                held: &held,
                hit: &hit,
            });
        }
    }

    /// The symbols of a vendor's that somebody holds.
    fn held(&self, kind: Kind) -> BTreeSet<String> {
        let class = match kind {
            Kind::CoinGecko => "crypto",
            Kind::Yahoo => "stock",
            Kind::Frankfurter => return ["GBP", "USD"].map(str::to_owned).into(),
        };
        let holdings = self.portfolios.iter().flat_map(|portfolio| &portfolio.holdings);
        holdings
            .filter(|holding| holding.asset.class().as_str() == class)
            .map(|holding| holding.asset.symbol().to_owned())
            .collect()
    }

    async fn compare(&mut self, place: usize, tick: Timestamp) {
        let mut differences = Vec::new();
        for portfolio in &self.portfolios {
            let query = SnapshotQuery {
                from: Some(tick),
                to: Some(tick),
                holdings: true,
                ..SnapshotQuery::newest(portfolio.id, 2)
            };
            let found = self.store.valuations(&query).await.unwrap().items;
            let [found] = &found[..] else {
                panic!("hour {place}: {} snapshots of {}", found.len(), portfolio.name)
            };
            let (wanted, got) = (self.model.value(portfolio, tick), told(found));
            for row in &found.holdings {
                let word = row.pricing.reason.map_or("priced", Reason::as_str);
                *self.said.entry(word.to_owned()).or_default() += 1;
                if !self.was_sent(row) {
                    differences.push(format!("nobody sent {:?} for {}", row.price, row.asset));
                }
            }
            if wanted.status != got.status || wanted.total != got.total {
                differences.push(format!(
                    "{} in {} under {}: expected {} {:?}, got {} {:?}",
                    portfolio.name,
                    portfolio.base_currency,
                    portfolio.policy,
                    wanted.status.as_str(),
                    wanted.total,
                    got.status.as_str(),
                    got.total,
                ));
            }
            for ((holding, wanted), got) in portfolio.holdings.iter().zip(&wanted.rows).zip(&got.rows) {
                if wanted != got {
                    differences.push(format!("{}: expected {wanted:?}\n    got {got:?}", holding.asset));
                }
            }
            if place >= market::BACK && found.status != Status::Complete {
                differences.push(format!(
                    "all is back, and {} is {}",
                    portfolio.name,
                    found.status.as_str()
                ));
            }
        }
        if !differences.is_empty() {
            let count = differences.len();
            differences.truncate(SHOWN);
            let shown = differences.join("\n");
            self.wrong
                .push(format!("hour {place}, {:?}: {count} differences\n{shown}", DAY[place]));
        }
    }

    /// Whether what a row is valued with was sent by its vendor as a price.
    fn was_sent(&self, row: &HoldingValuation) -> bool {
        let vendor = match row.asset.class() {
            AssetClass::Crypto => &self.vendors[0],
            AssetClass::Stock => &self.vendors[1],
            _ => return true,
        };
        let price = row
            .price
            .map(|price| vendor.has_sent(&row.asset.to_string(), price.amount()));
        row.pricing.state == PriceState::Unpriced || price == Some(true)
    }
}

fn told(valuation: &Valuation) -> Told {
    let rows = valuation.holdings.iter().map(|row| Row {
        state: row.pricing.state,
        reason: row.pricing.reason,
        price: row.price.map(|price| (price.amount(), price.currency().to_string())),
        as_of: row.pricing.as_of,
        fetched_at: row.pricing.fetched_at,
        value: row.value.map(|value| value.amount()),
    });
    Told {
        status: valuation.status,
        total: valuation.total_value.map(|total| total.amount()),
        rows: rows.collect(),
    }
}
