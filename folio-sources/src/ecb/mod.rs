//! The European Central Bank's own files: its reference rates for one euro, for when nobody else passes
//! them on.
//!
//! See <https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates>. The rates
//! are those that [`Frankfurter`](crate::Frankfurter) has from the bank, digit for digit, and their quotes
//! name the same source, `ecb`.

mod config;
mod parse;
mod wire;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{
    AssetClass, Capabilities, Clock, Error, ErrorKind, HistoryRequest, PriceHistory, PriceSource, QuoteBatch,
    QuoteRequest, RateBudget, Resolution, Result, SourceId,
};
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::timeout_at;

pub use config::EcbConfig;

use crate::answers::Answers;
use crate::http::{BaseUrl, Caller, Content, Failure, FailureKind, Http, Manner};
use crate::reference::{self, DAILY_DAYS, per_euro};
use parse::File;
use wire::RateFile;

/// The name of the source, for budgets and health.
const ID: &str = "ecb-xml";
/// How many currencies one call prices; the bank publishes some thirty.
const BATCH: usize = 100;

/// Exchange rates from the European Central Bank's files.
///
/// It answers keys as [`PriceKey::per_euro`](folio_core::PriceKey::per_euro) makes them and no others. A
/// file holds all currencies and is kept for an hour, or until the next publication, so any number of
/// them makes one call.
#[derive(Debug)]
pub struct Ecb {
    id: SourceId,
    publisher: SourceId,
    base: BaseUrl,
    http: Http,
    daily: Mutex<Option<Kept>>,
    quarter: Mutex<Option<Kept>>,
    whole: Mutex<Option<Kept>>,
}

struct Kept {
    until: Timestamp,
    file: Arc<RateFile>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept(until {})", self.until)
    }
}

impl Ecb {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` when the address is neither https nor on this machine.
    pub fn new(config: EcbConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        let id = SourceId::new(ID);
        let [daily, quarter, whole] = Default::default();
        Ok(Self {
            base: config.base_url()?,
            http: Http::new(id.clone(), clock, budget, Manner::PLAIN).with_content(Content::Xml),
            id,
            publisher: SourceId::new("ecb"),
            daily,
            quarter,
            whole,
        })
    }

    /// A file, asked for if none is kept.
    async fn file(&self, file: File, caller: Caller) -> Result<Arc<RateFile>, Failure> {
        let slot = match file {
            File::Daily => &self.daily,
            File::Quarter => &self.quarter,
            File::Whole => &self.whole,
        };
        // Held during the call, so that all who want the file make one.
        let Ok(mut kept) = timeout_at(caller.deadline.instant(), slot.lock()).await else {
            let detail = "the European Central Bank's file did not come in time";
            return Err(Failure::new(FailureKind::Timeout, detail));
        };
        let now = self.http.clock().now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(Arc::clone(&kept.file));
        }
        let url = self.base.join(&[file.name()], &[]);
        let file = Arc::new(self.http.get(url, caller, wire::file).await?);
        *kept = Some(Kept {
            until: parse::kept_until(now),
            file: Arc::clone(&file),
        });
        Ok(file)
    }

    /// The smallest file that holds the days from the request's first on.
    async fn covering(&self, request: &HistoryRequest, now: Timestamp) -> Result<Arc<RateFile>, Failure> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let smallest = File::since(request.from, now);
        let file = self.file(smallest, caller).await?;
        let reaches = file.oldest().is_some_and(|oldest| oldest <= request.from);
        if smallest == File::Whole || reaches {
            return Ok(file);
        }
        self.file(File::Whole, caller).await
    }
}

#[async_trait]
impl PriceSource for Ecb {
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
                    format!("the European Central Bank publishes units of a currency for one euro, not {key}"),
                ),
            }
        }
        if wanted.is_empty() {
            return answers.finish(&self.id);
        }
        let file = self.file(File::Daily, caller).await;
        let now = self.http.clock().now();
        for (index, currency) in wanted {
            match &file {
                Ok(file) => answers.answer(index, parse::quote(file, currency, &self.publisher, now)),
                Err(failure) => answers.fail(&[index], failure, now),
            }
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
                format!("the European Central Bank keeps no {step} history of {key}"),
            ));
        };
        let now = self.http.clock().now();
        let points = if request.from > request.to.min(reference::today(now)) {
            Vec::new()
        } else {
            let file = self.covering(request, now).await;
            let file = file.map_err(|failure| failure.into_error(&self.id))?;
            parse::history(&file, currency, request.from, request.to, now)
        };
        if points.is_empty() {
            let detail = format!(
                "the European Central Bank has no rates of {currency} from {} to {}",
                request.from, request.to
            );
            return Err(Failure::new(FailureKind::NoData, detail).into_error(&self.id));
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency,
            resolution: Resolution::Daily,
            source: self.publisher.clone(),
            fetched_at: self.http.clock().now(),
            points,
            splits: Vec::new(),
        })
    }
}
