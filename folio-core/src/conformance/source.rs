//! What a [`PriceSource`](crate::PriceSource) has to do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq};
use super::source_extras::{
    a_dropped_history_does_no_harm, a_history_after_its_deadline_is_answered_at_once,
    a_range_without_prices_is_an_error, history_is_in_order_and_in_its_range, history_of_an_unknown_asset_is_an_error,
    search_finds_assets_of_its_classes, splits_are_in_order_and_in_their_range, what_is_not_offered_is_unsupported,
};
use super::source_keys::{a_currency_that_is_asked_for_is_kept_to, each_of_250_keys_is_answered_once};
use super::source_lists::{
    a_list_after_its_deadline_is_answered_at_once, infos_are_of_what_was_asked, the_list_has_each_asset_once,
};
use crate::asset::AssetId;
use crate::clock::Clock;
use crate::quote::{PriceKey, Quote, Reason, Resolution};
use crate::source::{Deadline, PriceSource, Priority, QuoteBatch, QuoteRequest};
use crate::valuation::ADMISSION_WINDOW;
use crate::{Error, ErrorKind, Result};

/// How long an answer may take whose deadline has passed already.
pub(super) const AT_ONCE: Duration = Duration::from_secs(10);

/// What the vendor behind a source knows, and what the suite may ask for.
pub struct SourceFixture {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) known: Vec<PriceKey>,
    pub(super) unknown: PriceKey,
    pub(super) histories: Vec<(PriceKey, Resolution, Date, Date)>,
    pub(super) search: Option<String>,
    pub(super) listed: Option<AssetId>,
    pub(super) secrets: Vec<String>,
    pub(super) calls: Option<Box<dyn Fn() -> u64 + Send + Sync>>,
}

impl SourceFixture {
    /// A vendor that prices each of `known`, at least one, and has never heard of `unknown`; `clock` is the
    /// one that the source was given. More known keys than the source's batch limit check that it splits.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, known: impl Into<Vec<PriceKey>>, unknown: PriceKey) -> Self {
        Self {
            clock,
            known: known.into(),
            unknown,
            histories: Vec::new(),
            search: None,
            listed: None,
            secrets: Vec::new(),
            calls: None,
        }
    }

    /// The same with a history that the vendor has, at least one point of it from `from` to `to`.
    #[must_use]
    pub fn with_history(mut self, key: PriceKey, resolution: Resolution, from: Date, to: Date) -> Self {
        self.histories.push((key, resolution, from, to));
        self
    }

    /// The same with a text that the vendor's search finds something for.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// The same with an asset that is on the vendor's list.
    #[must_use]
    pub fn with_listed(mut self, asset: AssetId) -> Self {
        self.listed = Some(asset);
        self
    }

    /// The same with a secret that the source was given, which must not show.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The same with a count of the upstream calls so far.
    #[must_use]
    pub fn with_calls(mut self, calls: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.calls = Some(Box::new(calls));
        self
    }

    /// The known keys with the unknown one among them.
    pub(super) fn mixed(&self) -> Vec<PriceKey> {
        let mut keys = self.known.clone();
        keys.insert(keys.len() / 2, self.unknown.clone());
        keys
    }

    fn hides(&self, what: &str, text: &str) -> Outcome {
        let shown = self.secrets.iter().any(|secret| text.contains(secret.as_str()));
        ensure!(!shown, "{what} shows a secret");
        Ok(())
    }

    pub(super) fn hides_in<T>(&self, call: &str, answer: &Result<T>) -> Outcome {
        match answer {
            Ok(_) => Ok(()),
            Err(error) => self.hides(&format!("the error of {call}"), &format!("{error} {error:?}")),
        }
    }
}

impl fmt::Debug for SourceFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFixture")
            .field("known", &self.known)
            .field("unknown", &self.unknown)
            .field("histories", &self.histories)
            .field("search", &self.search)
            .field("listed", &self.listed)
            .finish_non_exhaustive()
    }
}

pub(super) type Source = Arc<dyn PriceSource>;

/// Checks a price source against a vendor, most often a mock server with recorded answers.
///
/// Abilities that the source does not claim must be refused; those that it claims are checked if the
/// fixture says what to ask for.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn price_source(source: Arc<dyn PriceSource>, fixture: SourceFixture) {
    let mut suite = Suite::new("price source");
    macro_rules! run {
        ($($check:ident),+ $(,)?) => {
            $(suite.check(stringify!($check), $check(&source, &fixture)).await;)+
        };
    }
    run![
        abilities_are_stated,
        each_key_is_answered_once_in_order,
        an_unknown_key_fails_nobody_else,
        an_unknown_key_alone_is_no_error,
        a_quote_is_for_its_key,
        a_quote_has_the_times_it_should,
        nothing_asked_is_nothing_called,
        a_repeated_key_is_tolerated,
        long_requests_are_split,
        each_of_250_keys_is_answered_once,
        a_currency_that_is_asked_for_is_kept_to,
        a_split_is_none_of_the_future,
        infos_are_of_what_was_asked,
        concurrent_requests_are_answered,
        a_dropped_call_does_no_harm,
        a_deadline_in_the_past_is_answered_at_once,
        history_is_in_order_and_in_its_range,
        splits_are_in_order_and_in_their_range,
        history_of_an_unknown_asset_is_an_error,
        a_range_without_prices_is_an_error,
        a_history_after_its_deadline_is_answered_at_once,
        a_dropped_history_does_no_harm,
        the_list_has_each_asset_once,
        a_list_after_its_deadline_is_answered_at_once,
        what_is_not_offered_is_unsupported,
        search_finds_assets_of_its_classes,
        no_secret_shows,
    ];
    suite.finish();
}

pub(super) async fn ask(source: &Source, keys: impl Into<Vec<PriceKey>>) -> Result<QuoteBatch> {
    source
        .quotes(&QuoteRequest::new(keys).for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(60))))
        .await
}

pub(super) fn keys_of(batch: &QuoteBatch) -> Vec<&PriceKey> {
    batch.outcomes.iter().map(|(key, _)| key).collect()
}

pub(super) fn all_of(keys: &[PriceKey]) -> Vec<&PriceKey> {
    keys.iter().collect()
}

/// The quotes of the known keys, each of which must have one.
async fn known_quotes(source: &Source, fixture: &SourceFixture) -> Outcome<Vec<(PriceKey, Quote)>> {
    let batch = ask(source, fixture.known.clone()).await?;
    let mut quotes = Vec::new();
    for (key, outcome) in batch.outcomes {
        match outcome {
            Ok(quote) => quotes.push((key, quote)),
            Err(unpriced) => ensure!(false, "quotes() has no price of the known key {key}: {unpriced}"),
        }
    }
    ensure!(!quotes.is_empty(), "quotes() has no outcome for the known keys");
    Ok(quotes)
}

pub(super) fn not_in_future(what: &str, time: Timestamp, now: Timestamp) -> Outcome {
    let ahead = time.duration_since(now);
    ensure!(
        ahead <= ADMISSION_WINDOW,
        "{what} is {time}, more than 10 minutes after {now}"
    );
    Ok(())
}

async fn abilities_are_stated(source: &Source, fixture: &SourceFixture) -> Outcome {
    let abilities = source.capabilities();
    ensure!(!source.id().as_str().trim().is_empty(), "id() is blank");
    ensure_eq!(source.id(), source.id(), "id(), asked twice");
    ensure_eq!(source.capabilities(), abilities, "capabilities(), asked twice");
    ensure!(!abilities.classes.is_empty(), "capabilities() has no class");
    ensure!(abilities.batch_limit >= 1, "capabilities() has a batch limit of 0");
    ensure!(!fixture.known.is_empty(), "the fixture has no known key");
    for key in fixture.mixed() {
        ensure!(
            abilities.prices(key.asset.class()),
            "capabilities() lacks the class of {key}, which the fixture asks for"
        );
    }
    Ok(())
}

async fn each_key_is_answered_once_in_order(source: &Source, fixture: &SourceFixture) -> Outcome {
    let mut keys = fixture.mixed();
    for _ in 0..2 {
        let batch = ask(source, keys.clone()).await?;
        ensure_eq!(keys_of(&batch), all_of(&keys), "the keys that quotes() answers");
        keys.reverse();
    }
    Ok(())
}

async fn an_unknown_key_fails_nobody_else(source: &Source, fixture: &SourceFixture) -> Outcome {
    let batch = ask(source, fixture.mixed()).await?;
    for (key, outcome) in &batch.outcomes {
        if *key != fixture.unknown {
            ensure!(
                outcome.is_ok(),
                "{key} has no price beside the unknown {}: {outcome:?}",
                fixture.unknown
            );
        }
    }
    Ok(())
}

async fn an_unknown_key_alone_is_no_error(source: &Source, fixture: &SourceFixture) -> Outcome {
    let batch = ask(source, [fixture.unknown.clone()]).await?;
    ensure_eq!(keys_of(&batch), [&fixture.unknown], "the keys that quotes() answers");
    for (_, outcome) in batch.outcomes {
        match outcome {
            Ok(quote) => ensure!(
                false,
                "quotes() has a price of the unknown {}: {quote:?}",
                fixture.unknown
            ),
            Err(unpriced) => {
                let fits = matches!(unpriced.reason, Reason::NotFound | Reason::NoData);
                ensure!(
                    fits,
                    "the reason for the unknown {} is {}, not not_found",
                    fixture.unknown,
                    unpriced.reason
                );
                ensure!(
                    !unpriced.detail.trim().is_empty(),
                    "the unknown {} has no detail",
                    fixture.unknown
                );
                fixture.hides("the detail of an unknown key", &unpriced.detail)?;
            }
        }
    }
    Ok(())
}

async fn a_quote_is_for_its_key(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (key, quote) in known_quotes(source, fixture).await? {
        ensure_eq!(quote.asset, key.asset, "the asset of the quote for {key}");
        if let Some(currency) = key.currency {
            ensure_eq!(quote.price.currency(), currency, "the currency of the quote for {key}");
        }
        ensure!(!quote.price.is_zero(), "the price of {key} is zero");
        // Who publishes may be somebody else than who is asked: a central bank behind a vendor.
        ensure!(
            !quote.source.as_str().trim().is_empty(),
            "the quote for {key} does not say whose it is"
        );
    }
    Ok(())
}

async fn a_quote_has_the_times_it_should(source: &Source, fixture: &SourceFixture) -> Outcome {
    let before = fixture.clock.now();
    let quotes = known_quotes(source, fixture).await?;
    let after = fixture.clock.now();
    for (key, quote) in quotes {
        let fetched_at = quote.fetched_at;
        let by_the_clock = before <= fetched_at && fetched_at <= after;
        ensure!(
            by_the_clock,
            "fetched_at of {key} is {fetched_at}, where the clock went from {before} to {after}"
        );
        not_in_future(&format!("as_of of {key}"), quote.as_of, after)?;
    }
    Ok(())
}

async fn nothing_asked_is_nothing_called(source: &Source, fixture: &SourceFixture) -> Outcome {
    let count = || fixture.calls.as_ref().map(|calls| calls());
    let before = count();
    let batch = ask(source, []).await?;
    ensure_eq!(
        keys_of(&batch).len(),
        0,
        "the number of keys that quotes() answers when none was asked"
    );
    ensure_eq!(count(), before, "the upstream calls after a request without keys");
    Ok(())
}

async fn a_repeated_key_is_tolerated(source: &Source, fixture: &SourceFixture) -> Outcome {
    let Some(key) = fixture.known.first() else {
        return Ok(());
    };
    let batch = ask(source, [key.clone(), key.clone()]).await?;
    let count = batch.outcomes.len();
    ensure!(
        count == 1 || count == 2,
        "quotes() has {count} outcomes for one key asked twice"
    );
    for (answered, outcome) in &batch.outcomes {
        ensure_eq!(answered, key, "the key that quotes() answers");
        ensure!(
            outcome.is_ok(),
            "{key} has no price when it is asked twice: {outcome:?}"
        );
    }
    Ok(())
}

async fn long_requests_are_split(source: &Source, fixture: &SourceFixture) -> Outcome {
    let limit = source.capabilities().batch_limit.max(1);
    let keys = &fixture.known;
    let before = fixture.calls.as_ref().map(|calls| calls());
    let quotes = known_quotes(source, fixture).await?;
    ensure_eq!(quotes.len(), keys.len(), "the number of quotes for all known keys");
    let (Some(before), Some(calls)) = (before, &fixture.calls) else {
        return Ok(());
    };
    let (made, fewest) = (calls() - before, keys.len().div_ceil(limit) as u64);
    ensure!(
        made == 0 || made >= fewest,
        "{made} upstream calls for {} keys at {limit} a call",
        keys.len()
    );
    Ok(())
}

/// Nothing can be said of any key: what the contract of `quotes` names, and no other kind.
pub(super) fn within_contract(call: &str, error: &Error) -> Outcome {
    let fits = matches!(
        error.kind(),
        ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::NotConfigured
    );
    ensure!(fits, "{call} fails with a kind that is not in its contract: {error:?}");
    Ok(())
}

async fn a_split_is_none_of_the_future(source: &Source, fixture: &SourceFixture) -> Outcome {
    let quotes = known_quotes(source, fixture).await?;
    let latest = last_day(fixture.clock.now());
    for (key, quote) in quotes {
        if let Some(split) = quote.split {
            ensure!(split.on <= latest, "the quote for {key} has a split to come: {split:?}");
        }
    }
    Ok(())
}

/// The day that it is at most anywhere.
pub(super) fn last_day(now: Timestamp) -> Date {
    let east = jiff::tz::TimeZone::fixed(jiff::tz::offset(14));
    now.to_zoned(east).date()
}

async fn concurrent_requests_are_answered(source: &Source, fixture: &SourceFixture) -> Outcome {
    let calls = at_once(4, |caller| {
        let source = source.clone();
        let mut keys = fixture.mixed();
        let shift = caller % keys.len();
        keys.rotate_left(shift);
        async move { ask(&source, keys.clone()).await.map(|batch| (keys, batch)) }
    });
    for call in calls.await? {
        let (keys, batch) = call?;
        ensure_eq!(
            keys_of(&batch),
            all_of(&keys),
            "the keys that one of 4 concurrent quotes() answers"
        );
    }
    Ok(())
}

async fn a_dropped_call_does_no_harm(source: &Source, fixture: &SourceFixture) -> Outcome {
    for patience in [0, 1, 5] {
        let _ = tokio::time::timeout(Duration::from_millis(patience), ask(source, fixture.mixed())).await;
    }
    known_quotes(source, fixture).await.map(drop)
}

async fn a_deadline_in_the_past_is_answered_at_once(source: &Source, fixture: &SourceFixture) -> Outcome {
    let keys = fixture.mixed();
    let request = QuoteRequest::new(keys.clone()).for_caller(Priority::Job, Deadline::after(Duration::ZERO));
    let answer = tokio::time::timeout(AT_ONCE, source.quotes(&request)).await;
    let Ok(answer) = answer else {
        ensure!(false, "quotes() works on {} s after its deadline", AT_ONCE.as_secs());
        return Ok(());
    };
    fixture.hides_in("quotes() after its deadline", &answer)?;
    if let Err(error) = &answer {
        within_contract("quotes() after its deadline", error)?;
    }
    match answer {
        Ok(batch) => ensure_eq!(
            keys_of(&batch),
            all_of(&keys),
            "the keys that quotes() answers after its deadline"
        ),
        Err(error) => ensure!(
            error.is_retryable(),
            "quotes() after its deadline fails for good: {error:?}"
        ),
    }
    Ok(())
}

async fn no_secret_shows(source: &Source, fixture: &SourceFixture) -> Outcome {
    fixture.hides("Debug of the source", &format!("{source:?} {source:#?}"))?;
    fixture.hides("id()", source.id().as_str())?;
    let batch = ask(source, fixture.mixed()).await?;
    fixture.hides("an answer of quotes()", &format!("{batch:?}"))
}
