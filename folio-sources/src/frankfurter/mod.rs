//! Frankfurter, version 2: exchange rates over the euro, the European Central Bank's where it has them.
//!
//! See <https://frankfurter.dev>. Rates of currencies that the bank does not publish are a blend of
//! other banks; the source of a quote says which: `ecb` or `frankfurter-blend`.

mod config;
mod parse;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{
    AssetClass, Capabilities, Clock, Currency, Error, ErrorKind, HistoryRequest, PriceHistory, PriceSource, QuoteBatch,
    QuoteRequest, RateBudget, Reason, Resolution, Result, SourceId, Unpriced,
};
use futures::future::BoxFuture;
use jiff::civil::Date;

pub use config::FrankfurterConfig;

use crate::answers::Answers;
use crate::http::{BaseUrl, Caller, Failure, FailureKind, Http, Manner};
use crate::reference::{self, DAILY_DAYS, per_euro};
use wire::Row;

/// The name of the source, for budgets and health.
const ID: &str = "frankfurter";
/// The provider whose rates are taken first.
const ECB: &str = "ECB";
/// How many currencies one call asks for.
const BATCH: usize = 100;

/// Exchange rates from Frankfurter.
///
/// It answers keys as [`PriceKey::per_euro`](folio_core::PriceKey::per_euro) makes them and no others: rates between two other
/// currencies are rounded by the service, and folio crosses over the euro itself.
#[derive(Debug)]
pub struct Frankfurter {
    id: SourceId,
    ecb: SourceId,
    blend: SourceId,
    base: BaseUrl,
    http: Http,
}

/// Each asked currency, with its rows or the failure of its call.
type Rates = Vec<(Vec<Currency>, Result<Vec<Row>, Failure>)>;

impl Frankfurter {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` when the address is neither https nor on this machine.
    pub fn new(config: FrankfurterConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        let id = SourceId::new(ID);
        Ok(Self {
            base: config.base_url()?,
            http: Http::new(id.clone(), clock, budget, Manner::PLAIN).with_memory(),
            id,
            ecb: SourceId::new("ecb"),
            blend: SourceId::new("frankfurter-blend"),
        })
    }

    async fn rates(
        &self,
        currencies: &[Currency],
        provider: Option<&str>,
        span: Option<(Date, Date)>,
        caller: Caller,
    ) -> Result<Vec<Row>, Failure> {
        let codes: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
        let (codes, days) = (
            codes.join(","),
            span.map(|(from, to)| (from.to_string(), to.to_string())),
        );
        let mut query = vec![("base", "EUR"), ("quotes", codes.as_str())];
        if let Some((from, to)) = &days {
            query.extend([("from", from.as_str()), ("to", to.as_str())]);
        }
        query.extend(provider.map(|provider| ("providers", provider)));
        self.http
            .get(self.base.join(&["rates"], &query), caller, wire::rows)
            .await
    }

    /// The latest rates, by halves when one of the currencies is refused: the service then refuses all.
    fn latest<'a>(
        &'a self,
        currencies: &'a [Currency],
        provider: Option<&'a str>,
        caller: Caller,
    ) -> BoxFuture<'a, Rates> {
        Box::pin(async move {
            match self.rates(currencies, provider, None, caller).await {
                Err(failure) if failure.kind == FailureKind::SymbolNotFound && currencies.len() > 1 => {
                    let (left, right) = currencies.split_at(currencies.len() / 2);
                    let mut rates = self.latest(left, provider, caller).await;
                    rates.extend(self.latest(right, provider, caller).await);
                    rates
                }
                result => vec![(currencies.to_vec(), result)],
            }
        })
    }

    /// Writes down the rates of `provider`, and returns the currencies for which it has none.
    async fn collect(
        &self,
        wanted: &[(usize, Currency)],
        provider: Option<&str>,
        caller: Caller,
        answers: &mut Answers,
    ) -> Vec<(usize, Currency)> {
        let source = if provider.is_some() { &self.ecb } else { &self.blend };
        let mut without = Vec::new();
        for wanted in wanted.chunks(BATCH) {
            let currencies: Vec<Currency> = wanted.iter().map(|(_, currency)| *currency).collect();
            let rates = self.latest(&currencies, provider, caller).await;
            let now = self.http.clock().now();
            for (index, currency) in wanted {
                match rates
                    .iter()
                    .find(|(asked, _)| asked.contains(currency))
                    .map(|(_, result)| result)
                {
                    Some(Ok(rows)) => match parse::newest(rows, *currency) {
                        Some(row) => answers.answer(*index, parse::quote(row, *currency, source, now)),
                        None => without.push((*index, *currency)),
                    },
                    Some(Err(failure)) if failure.kind == FailureKind::SymbolNotFound && provider.is_some() => {
                        without.push((*index, *currency));
                    }
                    Some(Err(failure)) => answers.fail(&[*index], failure, now),
                    None => {}
                }
            }
        }
        without
    }

    async fn series(
        &self,
        currency: Currency,
        provider: Option<&str>,
        request: &HistoryRequest,
    ) -> Result<Vec<Row>, Failure> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let today = reference::today(self.http.clock().now());
        let mut rows = Vec::new();
        for piece in parse::pieces(request.from, request.to.min(today)) {
            rows.extend(self.rates(&[currency], provider, Some(piece), caller).await?);
        }
        Ok(rows)
    }
}

#[async_trait]
impl PriceSource for Frankfurter {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Currency])
            .batches_of(BATCH)
            .in_any_currency()
            .with_history(DAILY_DAYS, None)
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let mut answers = Answers::new(&request.keys);
        let mut wanted = Vec::new();
        for (index, key) in request.keys.iter().enumerate() {
            match per_euro(key) {
                Some(currency) => wanted.push((index, currency)),
                None => answers.refuse(
                    index,
                    format!("frankfurter is asked for units of a currency for one euro, not for {key}"),
                ),
            }
        }
        let without = self.collect(&wanted, Some(ECB), caller, &mut answers).await;
        for (index, currency) in self.collect(&without, None, caller, &mut answers).await {
            let detail = format!("no bank that frankfurter follows publishes a rate of {currency}");
            answers.answer(index, Err(Unpriced::new(Reason::NotFound, detail)));
        }
        answers.finish(&self.id)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        let currency = per_euro(key).filter(|_| request.resolution == Resolution::Daily);
        let Some(currency) = currency else {
            let step = request.resolution.as_str();
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("frankfurter keeps no {step} history of {key}"),
            ));
        };
        for (provider, source) in [(Some(ECB), &self.ecb), (None, &self.blend)] {
            let rows = match self.series(currency, provider, request).await {
                Err(failure) if failure.kind == FailureKind::SymbolNotFound && provider.is_some() => {
                    continue;
                }
                rows => rows.map_err(|failure| failure.into_error(&self.id))?,
            };
            let now = self.http.clock().now();
            let points = parse::history(&rows, currency, request.from, request.to, now);
            if !points.is_empty() {
                return Ok(PriceHistory {
                    asset: key.asset.clone(),
                    currency,
                    resolution: Resolution::Daily,
                    source: source.clone(),
                    fetched_at: now,
                    points,
                    splits: Vec::new(),
                });
            }
        }
        let detail = format!(
            "frankfurter has no rates of {currency} from {} to {}",
            request.from, request.to
        );
        Err(Failure::new(FailureKind::NoData, detail).into_error(&self.id))
    }
}
