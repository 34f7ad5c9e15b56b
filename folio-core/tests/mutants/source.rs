use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use folio_core::conformance::{self, SourceFixture};
use folio_core::memory::MemorySource;
use folio_core::{
    AssetClass, AssetInfo, AssetKind, Capabilities, Currency, Error, ErrorKind, HistoryRequest, Price, PriceHistory,
    PriceKey, PriceSource, QuoteBatch, QuoteRequest, Reason, Resolution, Result, SourceId, Unpriced,
};
use jiff::SignedDuration;

use super::{RuntimeClock, check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AnswersBackwards,
    AnswersFirstBatchOnly,
    CallsForNothing,
    DropsTheUnknown,
    FetchedWhenQuoted,
    FindsForeignClasses,
    HistoryBackwards,
    HistoryBeyondRange,
    HistoryProvisional,
    HistoryTwiceADay,
    IgnoresTheCurrency,
    IgnoresTheDeadline,
    OffersNoHistoryAsUnavailable,
    PricesFromTheFuture,
    PricesTheUnknownAtZero,
    PricesZero,
    RefusesRepeatedKeys,
    ShowsTheSecret,
    ShowsTheSecretInErrors,
    UnknownFailsAll,
    UnknownHistoryIsEmpty,
    UnknownIsUnavailable,
}

#[derive(Debug)]
struct Faulty {
    fault: Fault,
    #[expect(dead_code, reason = "it is there to be shown by Debug")]
    key: String,
    inner: MemorySource,
}

const SECRET: &str = "k-8841-canary";

impl Faulty {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

fn unheard_of(key: &PriceKey) -> bool {
    key.asset.symbol() == "unheard-of"
}

#[async_trait]
impl PriceSource for Faulty {
    fn id(&self) -> SourceId {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        let mut abilities = self.inner.capabilities();
        if self.is(Fault::OffersNoHistoryAsUnavailable) {
            abilities.hourly_days = None;
        }
        abilities
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        if self.is(Fault::IgnoresTheDeadline) && request.deadline.remaining().is_zero() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if self.is(Fault::UnknownFailsAll) && request.keys.iter().any(unheard_of) {
            return Err(Error::new(ErrorKind::Unavailable, "the vendor says 404"));
        }
        let repeated = request.keys.windows(2).any(|pair| pair[0] == pair[1]);
        if self.is(Fault::RefusesRepeatedKeys) && repeated {
            return Err(Error::invalid("a key is there twice"));
        }
        if self.is(Fault::CallsForNothing) && request.keys.is_empty() {
            self.inner.search("x").await?;
        }
        let mut batch = self.inner.quotes(request).await?;
        match self.fault {
            Fault::AnswersBackwards => batch.outcomes.reverse(),
            Fault::AnswersFirstBatchOnly => batch.outcomes.truncate(2),
            Fault::DropsTheUnknown => batch.outcomes.retain(|(key, _)| !unheard_of(key)),
            _ => {}
        }
        for (key, outcome) in &mut batch.outcomes {
            match (self.fault, &mut *outcome) {
                (Fault::FetchedWhenQuoted, Ok(quote)) => quote.fetched_at -= SignedDuration::from_mins(1),
                (Fault::PricesFromTheFuture, Ok(quote)) => quote.as_of += SignedDuration::from_mins(11),
                (Fault::PricesZero, Ok(quote)) => quote.price = Price::new(0.into(), quote.price.currency()).unwrap(),
                (Fault::IgnoresTheCurrency, Ok(quote)) => quote.price = Price::new(1.into(), Currency::GBP).unwrap(),
                (Fault::UnknownIsUnavailable, Err(unpriced)) => *unpriced = Unpriced::new(Reason::Unavailable, "?"),
                (Fault::PricesTheUnknownAtZero, Err(_)) => {
                    let now = "2026-03-01T09:30:00Z".parse().unwrap();
                    let nothing = Price::new(0.into(), Currency::USD).unwrap();
                    *outcome = Ok(folio_core::Quote::manual(key.asset.clone(), nothing, now));
                }
                _ => {}
            }
        }
        Ok(batch)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        if self.is(Fault::OffersNoHistoryAsUnavailable) && request.resolution == Resolution::Hourly {
            return Err(Error::new(ErrorKind::Unavailable, "no"));
        }
        let mut history = match self.inner.history(request).await {
            Err(error) if self.is(Fault::ShowsTheSecretInErrors) => {
                return Err(error.with_context("url", format!("https://example.org/?key={SECRET}")));
            }
            Err(_) if self.is(Fault::UnknownHistoryIsEmpty) => PriceHistory {
                asset: request.key.asset.clone(),
                currency: Currency::USD,
                resolution: request.resolution,
                source: self.id(),
                fetched_at: "2026-03-01T09:30:00Z".parse().unwrap(),
                points: Vec::new(),
                splits: Vec::new(),
            },
            other => other?,
        };
        let points = &mut history.points;
        match self.fault {
            Fault::HistoryBackwards => points.reverse(),
            Fault::HistoryProvisional => points.iter_mut().for_each(|point| point.provisional = true),
            Fault::HistoryTwiceADay => {
                let mut twice = points[0].clone();
                twice.time += SignedDuration::from_secs(1);
                points.insert(1, twice);
            }
            Fault::HistoryBeyondRange => {
                for back in 1..3 {
                    let mut earlier = points[0].clone();
                    earlier.time -= SignedDuration::from_hours(24 * back);
                    earlier.date = earlier.date.saturating_sub(jiff::Span::new().days(back));
                    points.insert(0, earlier);
                }
            }
            _ => {}
        }
        Ok(history)
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        let mut found = self.inner.search(text).await?;
        if self.is(Fault::FindsForeignClasses) {
            found[0].asset = "custom:bitcoin".parse().unwrap();
        }
        Ok(found)
    }
}

fn native(asset: &str) -> PriceKey {
    PriceKey::native(asset.parse().unwrap())
}

async fn suite(fault: Fault) -> std::collections::BTreeSet<String> {
    let clock = RuntimeClock::start();
    let bitcoin = AssetInfo {
        asset: "crypto:bitcoin".parse().unwrap(),
        name: "Bitcoin".to_owned(),
        ticker: None,
        kind: AssetKind::Coin,
        currency: None,
        exchange: None,
    };
    let abilities = Capabilities::new([AssetClass::Crypto, AssetClass::Stock])
        .batches_of(2)
        .with_history(365, Some(30))
        .with_search();
    let inner = MemorySource::new(clock.clone())
        .with_capabilities(abilities)
        .with_price("crypto:bitcoin", "60000 USD")
        .and_then(|source| source.with_price("stock:VWCE.DE", "131.2 EUR"))
        .and_then(|source| source.with_price("crypto:ethereum", "2000 USD"))
        .and_then(|source| {
            source.with_daily(
                "crypto:bitcoin",
                &[("2026-02-27", "59000 USD"), ("2026-02-28", "59500 USD")],
            )
        })
        .unwrap()
        .with_info(bitcoin);
    let key = if fault == Fault::ShowsTheSecret { SECRET } else { "…" };
    let source = Arc::new(Faulty {
        fault,
        key: key.to_owned(),
        inner,
    });
    let known = ["crypto:bitcoin", "stock:VWCE.DE", "crypto:ethereum"].map(native);
    let (from, to) = (jiff::civil::date(2026, 2, 27), jiff::civil::date(2026, 3, 1));
    let calls = source.clone();
    let fixture = SourceFixture::new(clock, known, native("crypto:unheard-of"))
        .with_history(native("crypto:bitcoin"), Resolution::Daily, from, to)
        .with_search("bit")
        .with_secret(SECRET)
        .with_calls(move || calls.inner.calls());
    failures(conformance::price_source(source, fixture)).await
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_source_is_named() {
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::AnswersBackwards, "each_key_is_answered_once_in_order"),
        (Fault::AnswersFirstBatchOnly, "long_requests_are_split"),
        (Fault::CallsForNothing, "nothing_asked_is_nothing_called"),
        (Fault::DropsTheUnknown, "each_key_is_answered_once_in_order"),
        (Fault::FetchedWhenQuoted, "a_quote_has_the_times_it_should"),
        (Fault::FindsForeignClasses, "search_finds_assets_of_its_classes"),
        (Fault::HistoryBackwards, "history_is_in_order_and_in_its_range"),
        (Fault::HistoryBeyondRange, "history_is_in_order_and_in_its_range"),
        (Fault::HistoryProvisional, "history_is_in_order_and_in_its_range"),
        (Fault::HistoryTwiceADay, "history_is_in_order_and_in_its_range"),
        (Fault::IgnoresTheCurrency, "a_quote_is_for_its_key"),
        (Fault::IgnoresTheDeadline, "a_deadline_in_the_past_is_answered_at_once"),
        (
            Fault::OffersNoHistoryAsUnavailable,
            "what_is_not_offered_is_unsupported",
        ),
        (Fault::PricesFromTheFuture, "a_quote_has_the_times_it_should"),
        (Fault::PricesTheUnknownAtZero, "an_unknown_key_alone_is_no_error"),
        (Fault::PricesZero, "a_quote_is_for_its_key"),
        (Fault::RefusesRepeatedKeys, "a_repeated_key_is_tolerated"),
        (Fault::ShowsTheSecret, "no_secret_shows"),
        (Fault::ShowsTheSecretInErrors, "history_of_an_unknown_asset_is_an_error"),
        (Fault::UnknownFailsAll, "an_unknown_key_fails_nobody_else"),
        (Fault::UnknownHistoryIsEmpty, "history_of_an_unknown_asset_is_an_error"),
        (Fault::UnknownIsUnavailable, "an_unknown_key_alone_is_no_error"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
