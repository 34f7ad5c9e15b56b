//! `demo`: three sample portfolios with a history, on recorded prices, in a directory that is thrown away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use folio_core::pricing::{Caller, Needs};
use folio_core::store::NewSnapshot;
use folio_core::{
    Clock, CostBasis, Currency, Error, ErrorKind, Holding, HoldingId, ManualClock, Policy, Portfolio, PortfolioId,
    Price, Result, SystemClock, Trigger, value,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::args::{DemoArgs, Role};
use super::demo_data::{DAYS, PORTFOLIOS, SampleHolding, recordings};
use super::output::{self, patiently};
use super::serve::{Served, parts, serve};
use super::token::link;
use crate::app;
use crate::auth::Secret;
use crate::config::{Config, Sources};
use crate::server;
use crate::wiring::{self, Opened, Opening};

/// How many hours there are hourly snapshots of: a week's change finds its start at any time of the day.
const HOURS: i64 = 8 * 24;
/// How many snapshots are written at once.
const BATCH: usize = 50;

pub(super) async fn run(args: &DemoArgs, json: bool) -> Result<()> {
    let directory = Scratch::new()?;
    let mut config = config(&directory.0)?;
    config.channels.console_beside = json;
    crate::logging::start(&config);
    let address = SocketAddr::from(([127, 0, 0, 1], args.port.unwrap_or(0)));
    let listener = server::listen("--port", address).await?;
    let address = listener.local_addr().unwrap_or(address);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now = clock.now();
    let prices = directory.0.join("prices");
    for recording in recordings(now)? {
        recording.save(&prices)?;
    }
    let opened = wiring::open_store(&config, &clock, Opening::Serve).await?;
    patiently("inventing ninety days", seed(&config, &opened, now)).await?;
    let token = Secret::random()?.reveal().to_owned();
    let parts = parts(&config, &opened, &clock, token.clone()).await?;
    let (router, app) = app::router(&parts);
    let link = link(address, &token);
    if json {
        output::json(&json!({"url": format!("http://{address}/"), "link": link, "token": token}))?;
    } else {
        say!("folio's demonstration runs on invented prices, forgets everything at its end, and is at\n\n  {link}\n");
        say!("Stop it with Ctrl-C.");
    }
    let served = Served {
        api: Some((listener, router)),
        worker: None,
        app,
        jobs: true,
        role: Role::All,
    };
    serve(served).await
}

/// A directory that is removed at the end.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let name = format!("folio-demo-{}", &Secret::random()?.reveal()[..12]);
        let path = std::env::temp_dir().join(name);
        wiring::make_data_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Never the user's data: nothing is read from the environment or a file.
fn config(directory: &Path) -> Result<Config> {
    let recorded = format!("recorded:{}", directory.join("prices").display());
    let flags = [
        ("data_dir", directory.display().to_string()),
        ("crypto_sources", recorded.clone()),
        ("stock_sources", recorded),
        ("log", "warn".to_owned()),
    ];
    let flags: BTreeMap<_, _> = flags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let empty = directory.join("folio.toml");
    std::fs::write(&empty, "").map_err(|error| {
        Error::new(
            ErrorKind::Unavailable,
            format!("{} cannot be written: {error}", empty.display()),
        )
    })?;
    Config::load(&Sources {
        flags,
        environment: BTreeMap::new(),
        file: Some(empty),
    })
}

/// Makes the portfolios and a snapshot of each for every day that is past.
async fn seed(config: &Config, opened: &Opened, now: Timestamp) -> Result<()> {
    let start = now - SignedDuration::from_hours(DAYS * 24);
    let clock = Arc::new(ManualClock::new(start));
    let as_clock: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let tracker = wiring::tracker(config, opened, None, &as_clock)?;
    let mut portfolios = Vec::new();
    for (index, sample) in PORTFOLIOS.iter().enumerate() {
        let made = start + SignedDuration::from_secs(index as i64);
        let portfolio = portfolio(sample, made, now)?;
        portfolios.push(tracker.create_portfolio(portfolio).await?);
    }
    let mut needs = Needs::of(&portfolios[0]);
    for held in portfolios.iter().flat_map(folio_core::store::HeldAsset::of) {
        needs.add(&held);
    }
    let mut snapshots = Vec::new();
    for (as_of, trigger) in instants(start, now) {
        clock.set(as_of);
        let book = tracker.collect(&needs, Caller::manual_job()).await?;
        for portfolio in &portfolios {
            let mut valuation = value(portfolio, &book, Policy::default(), as_of);
            valuation.trigger = trigger;
            snapshots.push(NewSnapshot {
                valuation,
                expire_at: None,
            });
        }
        // What was known last is what is carried while a source is down.
        if as_of > now - SignedDuration::from_hours(20) {
            let id = tracker.books().write(&book, as_of).await?;
            tracker.books().publish(id, as_of).await?;
        }
    }
    for batch in snapshots.chunks(BATCH) {
        opened.store.insert_valuations(batch).await?;
    }
    Ok(())
}

/// Nine o'clock of every day, and every hour of the last eight days.
fn instants(start: Timestamp, now: Timestamp) -> impl Iterator<Item = (Timestamp, Trigger)> {
    const HOUR: i64 = 3600;
    let first = start.as_second().div_euclid(HOUR) + 1;
    let last = now.as_second().div_euclid(HOUR);
    (first..=last).filter_map(move |hour| {
        let trigger = if hour % 24 == 9 {
            Trigger::Daily
        } else {
            Trigger::Hourly
        };
        let is_kept = trigger == Trigger::Daily || hour > last - HOURS;
        let as_of = Timestamp::from_second(hour * HOUR).ok()?;
        is_kept.then_some((as_of, trigger))
    })
}

fn portfolio(sample: &(&str, &str, &str, &[SampleHolding]), made: Timestamp, now: Timestamp) -> Result<Portfolio> {
    let (name, currency, zone, holdings) = sample;
    let mut portfolio = Portfolio::new(*name, currency.parse::<Currency>()?, made);
    portfolio.id = PortfolioId::new(made);
    portfolio.time_zone = (*zone).to_owned();
    for (asset, quantity, cost, days_ago) in *holdings {
        let mut holding = Holding::new(HoldingId::new(made), asset.parse()?, quantity.parse()?)?;
        if let Some((amount, currency)) = cost {
            let bought = now - SignedDuration::from_hours(days_ago * 24);
            let price = Price::parse(amount, currency.parse()?)?;
            holding = holding
                .with_cost(CostBasis::Unit(price))
                .acquired_on(bought.to_zoned(TimeZone::UTC).date());
        }
        portfolio.holdings.push(holding);
    }
    Ok(portfolio)
}
