//! A market that does what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::lock;
use super::script::{Script, Scripted, point_at};
use crate::asset::{AssetClass, AssetId, AssetInfo};
use crate::clock::Clock;
use crate::money::{Currency, Price, decimal};
use crate::quote::{
    PriceHistory, PriceKey, PricePoint, Quote, QuoteKind, Reason, Resolution, SourceId, Split, Unpriced,
};
use crate::source::{Capabilities, Deadline, HistoryRequest, PriceSource, QuoteBatch, QuoteRequest};
use crate::{Error, ErrorKind, Result};

/// A [`PriceSource`] that answers with what it was given, fails when it is told to, and remembers what it
/// was asked.
///
/// It prices coins, shares and currencies, a hundred a call, in the currencies that were set for them; the
/// first is the trading currency. Everything may be changed while it is in use, by everybody who shares it.
///
/// ```
/// use std::sync::Arc;
/// use folio_core::memory::MemorySource;
/// use folio_core::{ManualClock, PriceKey, PriceSource, QuoteRequest, Reason};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse()?));
/// let market = MemorySource::new(clock)
///     .with_price("crypto:bitcoin", "60000 USD")?
///     .with_price("stock:VWCE.DE", "131.2 EUR")?
///     .with_rate("1.25 USD")?;
/// market.set_failure_of("stock:VWCE.DE".parse()?, Some(Reason::Timeout));
///
/// let keys = ["crypto:bitcoin", "stock:VWCE.DE"].map(|asset| PriceKey::native(asset.parse().unwrap()));
/// let answer = market.quotes(&QuoteRequest::new(keys)).await?;
/// assert_eq!(answer.outcomes[0].1.as_ref().unwrap().price.to_string(), "60000 USD");
/// assert_eq!(answer.outcomes[1].1.as_ref().unwrap_err().reason, Reason::Timeout);
/// assert_eq!(market.calls(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MemorySource {
    id: SourceId,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    script: Mutex<Script>,
}

impl MemorySource {
    /// A source called `memory` that knows nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let classes = [AssetClass::Crypto, AssetClass::Stock, AssetClass::Currency];
        Self {
            id: SourceId::new("memory"),
            capabilities: Capabilities::new(classes)
                .batches_of(100)
                .with_history(365, Some(30))
                .with_search(),
            clock,
            script: Mutex::default(),
        }
    }

    /// The same source under another name.
    #[must_use]
    pub fn with_id(mut self, id: impl AsRef<str>) -> Self {
        self.id = SourceId::new(id);
        self
    }

    /// The same source with other abilities; what is beyond them it refuses, whatever it was given.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The same source with a price, written with its currency: `"60000 USD"`. See [`Self::set_price`].
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` when the asset or the price is not one.
    pub fn with_price(self, asset: &str, price: &str) -> Result<Self> {
        self.set_price(asset.parse()?, parse_price(price)?);
        Ok(self)
    }

    /// The same source with an exchange rate: `"1.25 USD"` is what one euro costs in dollars.
    ///
    /// # Errors
    /// As [`Self::with_price`].
    pub fn with_rate(self, per_euro: &str) -> Result<Self> {
        self.set_price(AssetId::currency(Currency::EUR), parse_price(per_euro)?);
        Ok(self)
    }

    /// The same source with daily prices of an asset, by UTC day: `[("2026-02-27", "59000 USD")]`, all in
    /// one currency. A day after the clock's present one is kept back until it comes; the present one is
    /// provisional.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` when the asset, a day or a price is not one, or two currencies occur.
    pub fn with_daily(self, asset: &str, prices: &[(&str, &str)]) -> Result<Self> {
        let asset: AssetId = asset.parse()?;
        let mut currency = None;
        let mut points = Vec::with_capacity(prices.len());
        for (date, price) in prices {
            let price = parse_price(price)?;
            if *currency.get_or_insert(price.currency()) != price.currency() {
                return Err(Error::invalid("the prices of a history are in one currency"));
            }
            let date: Date = date
                .parse()
                .map_err(|_| Error::invalid(format!("{date:?} is not a day")))?;
            points.push(PricePoint {
                date,
                time: end_of_day(date)?,
                price: price.amount(),
                provisional: false,
            });
        }
        let Some(currency) = currency else {
            return Ok(self);
        };
        self.set_history(PriceHistory {
            asset,
            currency,
            resolution: Resolution::Daily,
            source: self.id.clone(),
            fetched_at: self.clock.now(),
            points,
            splits: Vec::new(),
        });
        Ok(self)
    }

    /// The same source with what is known of an asset: [`search`](PriceSource::search) finds it,
    /// [`list`](PriceSource::list) has it in the order in which it was given, and it comes with the asset's
    /// price.
    #[must_use]
    pub fn with_info(self, info: AssetInfo) -> Self {
        self.set_info(info);
        self
    }

    /// Sets what is known of an asset, in the place of what was known before.
    pub fn set_info(&self, info: AssetInfo) {
        let infos = &mut lock(&self.script).infos;
        match infos.iter_mut().find(|known| known.asset == info.asset) {
            Some(known) => *known = info,
            None => infos.push(info),
        }
    }

    /// Adds a split of a share, which is told of from its day on by UTC. Prices stay as they were set.
    pub fn set_split(&self, asset: AssetId, split: Split) {
        let splits = &mut lock(&self.script).splits;
        splits.entry(asset).or_default().insert(split.on, split);
    }

    /// Sets the price of an asset in the price's currency. It is that of a market that never stops: the
    /// `as_of` of the quote is the clock's present.
    pub fn set_price(&self, asset: AssetId, price: Price) {
        self.put(asset, Scripted::Standing(price));
    }

    /// Sets a quote as it is, its time and kind included; only `fetched_at` and `source` become those of
    /// the answer.
    pub fn set_quote(&self, quote: Quote) {
        self.put(quote.asset.clone(), Scripted::Stated(quote));
    }

    fn put(&self, asset: AssetId, new: Scripted) {
        let mut script = lock(&self.script);
        let known = script.quotes.entry(asset).or_default();
        match known.iter_mut().find(|old| old.currency() == new.currency()) {
            Some(old) => *old = new,
            None => known.push(new),
        }
    }

    /// Forgets an asset: from now on it is unknown.
    pub fn forget(&self, asset: &AssetId) {
        let mut script = lock(&self.script);
        script.quotes.remove(asset);
        script.splits.remove(asset);
        script.histories.retain(|(known, _), _| known != asset);
    }

    /// Sets the history of an asset in its step, in the place of an earlier one; its splits are added to
    /// those of the asset.
    pub fn set_history(&self, history: PriceHistory) {
        for split in history.splits {
            self.set_split(history.asset.clone(), split);
        }
        let points = history.points.into_iter().map(|point| (point.time, point)).collect();
        let key = (history.asset, history.resolution);
        lock(&self.script).histories.insert(key, (history.currency, points));
    }

    /// Lets every further call fail with this kind, or none.
    pub fn set_failure(&self, failure: Option<ErrorKind>) {
        lock(&self.script).failure = failure;
    }

    /// Leaves one asset without a price for this reason, or ends that.
    pub fn set_failure_of(&self, asset: AssetId, failure: Option<Reason>) {
        let failures = &mut lock(&self.script).failures;
        match failure {
            Some(reason) => failures.insert(asset, reason),
            None => failures.remove(&asset),
        };
    }

    /// Sets how long an upstream call takes, on the runtime's clock.
    pub fn set_latency(&self, latency: Duration) {
        lock(&self.script).latency = latency;
    }

    /// How many upstream calls were begun: one for each batch, each history, each search, each list.
    #[must_use]
    pub fn calls(&self) -> u64 {
        lock(&self.script).calls
    }

    /// Every key that a present or past price was asked for, in order, repetitions included.
    #[must_use]
    pub fn asked(&self) -> Vec<PriceKey> {
        lock(&self.script).asked.clone()
    }

    /// One upstream call: counted, slow and failing as it was told.
    async fn call(&self, keys: &[PriceKey], deadline: Option<Deadline>) -> Result<()> {
        let (latency, failure) = {
            let mut script = lock(&self.script);
            script.calls += 1;
            script.asked.extend_from_slice(keys);
            (script.latency, script.failure)
        };
        let in_time = match deadline {
            Some(deadline) if deadline.remaining() <= latency => {
                tokio::time::sleep(deadline.remaining()).await;
                false
            }
            _ => true,
        };
        if !in_time {
            return Err(Error::new(
                ErrorKind::Timeout,
                format!("{} did not answer in time", self.id),
            ));
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        match failure {
            Some(kind) => Err(Error::new(kind, format!("{} was told to fail", self.id))),
            None => Ok(()),
        }
    }

    fn outcome(&self, key: &PriceKey) -> std::result::Result<Quote, Unpriced> {
        let script = lock(&self.script);
        if let Some(reason) = script.failures.get(&key.asset) {
            return Err(Unpriced::new(
                *reason,
                format!("{} was told to fail for {key}", self.id),
            ));
        }
        let known = script
            .quotes
            .get(&key.asset)
            .filter(|_| self.capabilities.prices(key.asset.class()));
        let Some(known) = known else {
            return Err(Unpriced::new(
                Reason::NotFound,
                format!("{} does not know {}", self.id, key.asset),
            ));
        };
        let wanted = |scripted: &&Scripted| key.currency.is_none_or(|currency| currency == scripted.currency());
        let Some(scripted) = known.iter().find(wanted) else {
            return Err(Unpriced::new(
                Reason::NoData,
                format!("{} has no price of {key}", self.id),
            ));
        };
        let now = self.clock.now();
        let quote = match scripted.clone() {
            Scripted::Standing(price) => Quote {
                kind: QuoteKind::Realtime,
                ..Quote::manual(key.asset.clone(), price, now)
            },
            Scripted::Stated(quote) => quote,
        };
        let newest = script.splits_until(&key.asset, now).last().copied();
        Ok(Quote {
            split: quote.split.or(newest),
            fetched_at: now,
            source: self.id.clone(),
            ..quote
        })
    }
}

#[async_trait]
impl PriceSource for MemorySource {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let mut outcomes = Vec::with_capacity(request.keys.len());
        let (mut answered, mut refused) = (false, None);
        for keys in request.keys.chunks(self.capabilities.batch_limit.max(1)) {
            match self.call(keys, Some(request.deadline)).await {
                Ok(()) => {
                    answered = true;
                    outcomes.extend(keys.iter().map(|key| (key.clone(), self.outcome(key))));
                }
                Err(error) => {
                    let failure = Unpriced::new(reason(error.kind()), error.message());
                    outcomes.extend(keys.iter().map(|key| (key.clone(), Err(failure.clone()))));
                    refused = Some(error);
                }
            }
        }
        match refused {
            Some(error) if !answered => Err(error),
            _ => {
                let asked = |info: &&AssetInfo| request.keys.iter().any(|key| key.asset == info.asset);
                let infos = lock(&self.script).infos.iter().filter(asked).cloned().collect();
                Ok(QuoteBatch::new(outcomes).with_infos(infos))
            }
        }
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let (key, resolution) = (&request.key, request.resolution);
        let days = match resolution {
            Resolution::Daily => self.capabilities.daily_days,
            Resolution::Hourly => self.capabilities.hourly_days,
        };
        if days.is_none() || !self.capabilities.prices(key.asset.class()) {
            let message = format!("{} keeps no {} history of {key}", self.id, resolution.as_str());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.call(std::slice::from_ref(key), Some(request.deadline)).await?;
        let now = self.clock.now();
        let script = lock(&self.script);
        let history = script.histories.get(&(key.asset.clone(), resolution));
        let history = history.filter(|(currency, _)| key.currency.is_none_or(|wanted| wanted == *currency));
        let Some((currency, points)) = history else {
            let known = script.quotes.contains_key(&key.asset);
            let kind = if known {
                ErrorKind::MissingPrice
            } else {
                ErrorKind::NotFound
            };
            return Err(Error::new(kind, format!("{} has no history of {key}", self.id)));
        };
        let points: Vec<_> = points
            .values()
            .filter(|point| (request.from..=request.to).contains(&point.date))
            .filter_map(|point| point_at(point, resolution, now))
            .collect();
        if points.is_empty() {
            let message = format!(
                "{} has no price of {key} from {} to {}",
                self.id, request.from, request.to
            );
            return Err(Error::new(ErrorKind::MissingPrice, message));
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency: *currency,
            resolution,
            source: self.id.clone(),
            fetched_at: now,
            points,
            splits: script
                .splits_until(&key.asset, now)
                .filter(|split| (request.from..=request.to).contains(&split.on))
                .copied()
                .collect(),
        })
    }

    async fn list(&self, deadline: Deadline) -> Result<Vec<AssetInfo>> {
        if !self.capabilities.list {
            let message = format!("{} publishes no list of assets", self.id);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.call(&[], Some(deadline)).await?;
        let priced = |info: &&AssetInfo| self.capabilities.prices(info.asset.class());
        Ok(lock(&self.script).infos.iter().filter(priced).cloned().collect())
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        if !self.capabilities.search {
            return Err(Error::new(ErrorKind::Unsupported, format!("{} has no search", self.id)));
        }
        self.call(&[], None).await?;
        let text = text.to_lowercase();
        let found = |info: &&AssetInfo| {
            let ticker = info.ticker.as_deref().unwrap_or_default();
            self.capabilities.prices(info.asset.class())
                && [info.asset.symbol(), &info.name, ticker]
                    .iter()
                    .any(|word| word.to_lowercase().contains(&text))
        };
        Ok(lock(&self.script).infos.iter().filter(found).cloned().collect())
    }
}

/// What the failure of a whole call means for one of its keys.
fn reason(kind: ErrorKind) -> Reason {
    match kind {
        ErrorKind::RateLimited => Reason::RateLimited,
        ErrorKind::Timeout => Reason::Timeout,
        ErrorKind::NotConfigured => Reason::NotConfigured,
        _ => Reason::Unavailable,
    }
}

fn parse_price(text: &str) -> Result<Price> {
    match text.split_once(' ') {
        Some((amount, currency)) => Price::new(decimal::parse(amount)?, currency.parse()?),
        None => Err(Error::invalid(format!(
            "{text:?} is not a price; write amount and currency, like \"60000 USD\""
        ))),
    }
}

/// The close of a UTC day: the next midnight.
fn end_of_day(date: Date) -> Result<Timestamp> {
    let midnight = date
        .to_zoned(TimeZone::UTC)
        .map_err(|_| Error::out_of_range("the day is out of range"))?;
    Ok(midnight.timestamp() + SignedDuration::from_hours(24))
}
