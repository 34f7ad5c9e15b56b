//! The file as a price source.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{
    AssetClass, AssetId, Capabilities, Clock, Deadline, Error, ErrorKind, HistoryRequest, Price, PriceHistory,
    PriceKey, PricePoint, PriceSource, Quote, QuoteBatch, QuoteKind, QuoteRequest, Reason, Resolution, Result,
    SourceId, Unpriced,
};
use jiff::Timestamp;

use crate::closing::Closing;
use crate::file::{Closes, parse};

/// Daily closes of shares from a CSV file, which is read anew for each request: whoever replaces the file
/// changes the prices of a running program.
#[derive(Debug)]
pub struct CsvFeed {
    path: PathBuf,
    closing: Closing,
    clock: Arc<dyn Clock>,
}

impl CsvFeed {
    /// A feed of the file at `path`, of a market that closes at `closing`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, closing: Closing, clock: Arc<dyn Clock>) -> Self {
        Self {
            path: path.into(),
            closing,
            clock,
        }
    }

    async fn read(&self, deadline: Deadline) -> Result<HashMap<AssetId, Closes>> {
        let name = self.path.display();
        let read = tokio::time::timeout_at(deadline.instant(), tokio::fs::read_to_string(&self.path));
        match read.await {
            Ok(Ok(text)) => parse(&text).map_err(|error| error.with_context("file", name)),
            Ok(Err(error)) => {
                Err(Error::new(ErrorKind::Unavailable, format!("{name} cannot be read")).with_source(error))
            }
            Err(_) => Err(Error::new(ErrorKind::Timeout, format!("{name} was not read in time"))),
        }
    }

    /// The last close that is known at `now`.
    fn quote(&self, key: &PriceKey, shares: &HashMap<AssetId, Closes>, now: Timestamp) -> Result<Quote, Unpriced> {
        let Some(closes) = shares.get(&key.asset) else {
            return Err(Unpriced::new(
                Reason::NotFound,
                format!("the file does not have {}", key.asset),
            ));
        };
        let no_data = |detail: String| Unpriced::new(Reason::NoData, detail);
        if key.currency.is_some_and(|currency| currency != closes.currency) {
            return Err(no_data(format!(
                "the file has {} in {} only",
                key.asset, closes.currency
            )));
        }
        let past = |(date, close)| Some((self.closing.on(date).ok().filter(|at| *at <= now)?, close));
        let newest = closes
            .by_day
            .iter()
            .rev()
            .find_map(|(date, close)| past((*date, *close)));
        let (as_of, close) = newest.ok_or_else(|| no_data(format!("no close of {} is past yet", key.asset)))?;
        let price = Price::new(close, closes.currency);
        Ok(Quote {
            price: price.map_err(|error| Unpriced::new(Reason::OutOfRange, error.message()))?,
            asset: key.asset.clone(),
            as_of,
            fetched_at: now,
            source: self.id(),
            kind: QuoteKind::Close,
            change_24h_percent: None,
            market_cap: None,
            split: None,
        })
    }
}

#[async_trait]
impl PriceSource for CsvFeed {
    fn id(&self) -> SourceId {
        SourceId::new("csv")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Stock])
            .batches_of(1_000)
            .with_history(365, None)
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        if request.keys.is_empty() {
            return Ok(QuoteBatch::default());
        }
        let shares = self.read(request.deadline).await?;
        let now = self.clock.now();
        let outcomes = request
            .keys
            .iter()
            .map(|key| (key.clone(), self.quote(key, &shares, now)));
        Ok(QuoteBatch::new(outcomes.collect()))
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        if request.resolution != Resolution::Daily || key.asset.class() != AssetClass::Stock {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the file has daily closes of shares only",
            ));
        }
        let mut shares = self.read(request.deadline).await?;
        let now = self.clock.now();
        let Some(closes) = shares.remove(&key.asset) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the file does not have {}", key.asset),
            ));
        };
        let currency = closes.currency;
        let mut points = Vec::new();
        if key.currency.is_none_or(|wanted| wanted == currency) && request.from <= request.to {
            for (date, price) in closes.by_day.range(request.from..=request.to) {
                let time = self.closing.on(*date)?;
                if time <= now {
                    points.push(PricePoint {
                        date: *date,
                        time,
                        price: *price,
                        provisional: false,
                    });
                }
            }
        }
        if points.is_empty() {
            let message = format!("the file has no close of {key} from {} to {}", request.from, request.to);
            return Err(Error::new(ErrorKind::MissingPrice, message));
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency,
            resolution: Resolution::Daily,
            source: self.id(),
            fetched_at: now,
            points,
            splits: Vec::new(),
        })
    }
}
