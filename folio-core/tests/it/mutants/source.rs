use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::conformance::{self, SourceFixture};
use folio_core::memory::MemorySource;
use folio_core::{
    AssetClass, AssetInfo, AssetKind, Capabilities, Currency, Deadline, Error, ErrorKind, HistoryRequest, Price,
    PriceHistory, PriceKey, PriceSource, QuoteBatch, QuoteRequest, Reason, Resolution, Result, SourceId, Split,
    Unpriced,
};
use jiff::SignedDuration;

use super::{RuntimeClock, check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AnswersAHundredOnly,
    AnswersBackwards,
    AnswersFirstBatchOnly,
    AnswersInItsOwnCurrency,
    AnswersLongRequestsTwice,
    CallsForNothing,
    DescribesOthers,
    DescribesTheUnknown,
    DescribesTwice,
    DescribesWithoutName,
    DropsTheUnknown,
    FailsLateForGood,
    FailsLateWithAnotherKind,
    FetchedWhenQuoted,
    FindsForeignClasses,
    HangsAfterADroppedHistory,
    HistoryBackwards,
    HistoryBeyondRange,
    HistoryOfTheFuture,
    HistoryProvisional,
    HistoryToComeIsEmpty,
    HistoryTwiceADay,
    HistoryZero,
    IgnoresTheCurrency,
    IgnoresTheDeadline,
    IgnoresTheDeadlineOfHistories,
    IgnoresTheDeadlineOfLists,
    ListsForeignClasses,
    ListsNothing,
    ListsTwice,
    ListsWithoutName,
    OffersNoHistoryAsUnavailable,
    OffersNoListAsUnavailable,
    PricesFromTheFuture,
    PricesTheUnknownAtZero,
    PricesZero,
    RefusesRepeatedKeys,
    ShowsTheSecret,
    ShowsTheSecretInErrors,
    SplitToCome,
    SplitsBackwards,
    SplitsBeyondRange,
    SplitsTwiceADay,
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
    busy: AtomicBool,
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
        if self.is(Fault::OffersNoListAsUnavailable) {
            abilities.list = false;
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
        let late = request.deadline.remaining().is_zero();
        match self.fault {
            Fault::FailsLateForGood if late => return Err(Error::new(ErrorKind::NotConfigured, "late")),
            Fault::FailsLateWithAnotherKind if late => return Err(Error::new(ErrorKind::Conflict, "late")),
            _ => {}
        }
        let mut batch = self.inner.quotes(request).await?;
        match self.fault {
            Fault::AnswersAHundredOnly => batch.outcomes.truncate(100),
            Fault::AnswersLongRequestsTwice if batch.outcomes.len() > 100 => {
                let again = batch.outcomes[99].clone();
                batch.outcomes.insert(100, again);
            }
            Fault::DescribesOthers => batch.infos = vec![info("stock:VWCE.DE", "Vanguard")],
            Fault::DescribesTheUnknown if request.keys.iter().any(unheard_of) => {
                batch.infos.push(info("crypto:unheard-of", "Unheard"));
            }
            Fault::DescribesTwice => batch.infos.extend(batch.infos.clone()),
            Fault::DescribesWithoutName => batch.infos.iter_mut().for_each(|info| info.name = " ".to_owned()),
            Fault::AnswersBackwards => batch.outcomes.reverse(),
            Fault::AnswersFirstBatchOnly => batch.outcomes.truncate(2),
            Fault::DropsTheUnknown => batch.outcomes.retain(|(key, _)| !unheard_of(key)),
            _ => {}
        }
        for (key, outcome) in &mut batch.outcomes {
            match (self.fault, &mut *outcome) {
                (Fault::AnswersInItsOwnCurrency, Err(_)) if !unheard_of(key) => {
                    let own = Price::new(1.into(), Currency::USD).unwrap();
                    let now = "2026-03-01T09:30:00Z".parse().unwrap();
                    *outcome = Ok(folio_core::Quote::manual(key.asset.clone(), own, now));
                }
                (Fault::SplitToCome, Ok(quote)) => quote.split = Some(split("2026-03-05")),
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
        if self.is(Fault::IgnoresTheDeadlineOfHistories) && request.deadline.remaining().is_zero() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if self.is(Fault::HangsAfterADroppedHistory) {
            if self.busy.swap(true, Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Unavailable, "a call is under way"));
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
            self.busy.store(false, Ordering::SeqCst);
        }
        let mut history = match self.inner.history(request).await {
            Err(error) if self.is(Fault::ShowsTheSecretInErrors) => {
                return Err(error.with_context("url", format!("https://example.org/?key={SECRET}")));
            }
            Err(error)
                if self.is(Fault::UnknownHistoryIsEmpty) && error.kind() == ErrorKind::NotFound
                    || self.is(Fault::HistoryToComeIsEmpty) && error.kind() == ErrorKind::MissingPrice =>
            {
                PriceHistory {
                    asset: request.key.asset.clone(),
                    currency: Currency::USD,
                    resolution: request.resolution,
                    source: self.id(),
                    fetched_at: "2026-03-01T09:30:00Z".parse().unwrap(),
                    points: Vec::new(),
                    splits: Vec::new(),
                }
            }
            other => other?,
        };
        let points = &mut history.points;
        match self.fault {
            Fault::HistoryBackwards => points.reverse(),
            Fault::HistoryOfTheFuture => points[1].time += SignedDuration::from_hours(24 * 3),
            Fault::HistoryZero => points[0].price = 0.into(),
            Fault::SplitsBackwards => history.splits = vec![split("2026-02-28"), split("2026-02-27")],
            Fault::SplitsBeyondRange => history.splits = vec![split("2026-02-20")],
            Fault::SplitsTwiceADay => history.splits = vec![split("2026-02-28"), split("2026-02-28")],
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

    async fn list(&self, deadline: Deadline) -> Result<Vec<AssetInfo>> {
        if self.is(Fault::OffersNoListAsUnavailable) {
            return Err(Error::new(ErrorKind::Unavailable, "no"));
        }
        if self.is(Fault::IgnoresTheDeadlineOfLists) && deadline.remaining().is_zero() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let mut listed = self.inner.list(deadline).await?;
        match self.fault {
            Fault::ListsForeignClasses => listed.push(info("custom:house", "House")),
            Fault::ListsNothing => listed.clear(),
            Fault::ListsTwice => listed.extend(listed.clone()),
            Fault::ListsWithoutName => listed[0].name.clear(),
            _ => {}
        }
        Ok(listed)
    }
}

fn info(asset: &str, name: &str) -> AssetInfo {
    AssetInfo {
        asset: asset.parse().unwrap(),
        name: name.to_owned(),
        ticker: None,
        kind: AssetKind::Other,
        currency: None,
        exchange: None,
    }
}

fn split(on: &str) -> Split {
    Split {
        on: on.parse().unwrap(),
        numerator: 2.try_into().unwrap(),
        denominator: 1.try_into().unwrap(),
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
        .with_search()
        .with_list();
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
        busy: AtomicBool::default(),
    });
    let known = ["crypto:bitcoin", "stock:VWCE.DE", "crypto:ethereum"].map(native);
    let (from, to) = (jiff::civil::date(2026, 2, 27), jiff::civil::date(2026, 3, 1));
    let calls = source.clone();
    let fixture = SourceFixture::new(clock, known, native("crypto:unheard-of"))
        .with_history(native("crypto:bitcoin"), Resolution::Daily, from, to)
        .with_search("bit")
        .with_listed("crypto:bitcoin".parse().unwrap())
        .with_secret(SECRET)
        .with_calls(move || calls.inner.calls());
    failures(conformance::price_source(source, fixture)).await
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_source_is_named() {
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::AnswersAHundredOnly, "each_of_250_keys_is_answered_once"),
        (
            Fault::AnswersInItsOwnCurrency,
            "a_currency_that_is_asked_for_is_kept_to",
        ),
        (Fault::AnswersLongRequestsTwice, "each_of_250_keys_is_answered_once"),
        (Fault::DescribesOthers, "infos_are_of_what_was_asked"),
        (Fault::DescribesTheUnknown, "infos_are_of_what_was_asked"),
        (Fault::DescribesTwice, "infos_are_of_what_was_asked"),
        (Fault::DescribesWithoutName, "infos_are_of_what_was_asked"),
        (Fault::FailsLateForGood, "a_deadline_in_the_past_is_answered_at_once"),
        (
            Fault::FailsLateWithAnotherKind,
            "a_deadline_in_the_past_is_answered_at_once",
        ),
        (Fault::HangsAfterADroppedHistory, "a_dropped_history_does_no_harm"),
        (Fault::HistoryOfTheFuture, "history_is_in_order_and_in_its_range"),
        (Fault::HistoryToComeIsEmpty, "a_range_without_prices_is_an_error"),
        (Fault::HistoryZero, "history_is_in_order_and_in_its_range"),
        (
            Fault::IgnoresTheDeadlineOfHistories,
            "a_history_after_its_deadline_is_answered_at_once",
        ),
        (
            Fault::IgnoresTheDeadlineOfLists,
            "a_list_after_its_deadline_is_answered_at_once",
        ),
        (Fault::ListsForeignClasses, "the_list_has_each_asset_once"),
        (Fault::ListsNothing, "the_list_has_each_asset_once"),
        (Fault::ListsTwice, "the_list_has_each_asset_once"),
        (Fault::ListsWithoutName, "the_list_has_each_asset_once"),
        (Fault::OffersNoListAsUnavailable, "what_is_not_offered_is_unsupported"),
        (Fault::SplitToCome, "a_split_is_none_of_the_future"),
        (Fault::SplitsBackwards, "splits_are_in_order_and_in_their_range"),
        (Fault::SplitsBeyondRange, "splits_are_in_order_and_in_their_range"),
        (Fault::SplitsTwiceADay, "splits_are_in_order_and_in_their_range"),
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
