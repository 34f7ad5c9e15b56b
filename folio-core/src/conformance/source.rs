//! What a [`PriceSource`](crate::PriceSource) has to do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, fails_with};
use crate::clock::Clock;
use crate::quote::{PriceHistory, PriceKey, Quote, Reason, Resolution};
use crate::source::{Deadline, HistoryRequest, PriceSource, Priority, QuoteBatch, QuoteRequest};
use crate::valuation::ADMISSION_WINDOW;
use crate::{Error, ErrorKind, Result};

/// How long an answer may take whose deadline has passed already.
const AT_ONCE: Duration = Duration::from_secs(10);

/// What the vendor behind a source knows, and what the suite may ask for.
pub struct SourceFixture {
    clock: Arc<dyn Clock>,
    known: Vec<PriceKey>,
    unknown: PriceKey,
    histories: Vec<(PriceKey, Resolution, Date, Date)>,
    search: Option<String>,
    secrets: Vec<String>,
    calls: Option<Box<dyn Fn() -> u64 + Send + Sync>>,
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
    fn mixed(&self) -> Vec<PriceKey> {
        let mut keys = self.known.clone();
        keys.insert(keys.len() / 2, self.unknown.clone());
        keys
    }

    fn hides(&self, what: &str, text: &str) -> Outcome {
        let shown = self.secrets.iter().any(|secret| text.contains(secret.as_str()));
        ensure!(!shown, "{what} shows a secret");
        Ok(())
    }

    fn hides_in<T>(&self, call: &str, answer: &Result<T>) -> Outcome {
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
            .finish_non_exhaustive()
    }
}

type Source = Arc<dyn PriceSource>;

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
        concurrent_requests_are_answered,
        a_dropped_call_does_no_harm,
        a_deadline_in_the_past_is_answered_at_once,
        history_is_in_order_and_in_its_range,
        history_of_an_unknown_asset_is_an_error,
        what_is_not_offered_is_unsupported,
        search_finds_assets_of_its_classes,
        no_secret_shows,
    ];
    suite.finish();
}

async fn ask(source: &Source, keys: impl Into<Vec<PriceKey>>) -> Result<QuoteBatch> {
    source.quotes(&QuoteRequest::new(keys).for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(60)))).await
}

fn keys_of(batch: &QuoteBatch) -> Vec<&PriceKey> {
    batch.outcomes.iter().map(|(key, _)| key).collect()
}

fn all_of(keys: &[PriceKey]) -> Vec<&PriceKey> {
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

fn not_in_future(what: &str, time: Timestamp, now: Timestamp) -> Outcome {
    let ahead = time.duration_since(now);
    ensure!(ahead <= ADMISSION_WINDOW, "{what} is {time}, more than 10 minutes after {now}");
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
        ensure!(abilities.prices(key.asset.class()), "capabilities() lacks the class of {key}, which the fixture asks for");
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
            ensure!(outcome.is_ok(), "{key} has no price beside the unknown {}: {outcome:?}", fixture.unknown);
        }
    }
    Ok(())
}

async fn an_unknown_key_alone_is_no_error(source: &Source, fixture: &SourceFixture) -> Outcome {
    let batch = ask(source, [fixture.unknown.clone()]).await?;
    ensure_eq!(keys_of(&batch), [&fixture.unknown], "the keys that quotes() answers");
    for (_, outcome) in batch.outcomes {
        match outcome {
            Ok(quote) => ensure!(false, "quotes() has a price of the unknown {}: {quote:?}", fixture.unknown),
            Err(unpriced) => {
                let fits = matches!(unpriced.reason, Reason::NotFound | Reason::NoData);
                ensure!(fits, "the reason for the unknown {} is {}, not not_found", fixture.unknown, unpriced.reason);
                ensure!(!unpriced.detail.trim().is_empty(), "the unknown {} has no detail", fixture.unknown);
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
        ensure_eq!(quote.source, source.id(), "the source of the quote for {key}");
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
        ensure!(by_the_clock, "fetched_at of {key} is {fetched_at}, where the clock went from {before} to {after}");
        not_in_future(&format!("as_of of {key}"), quote.as_of, after)?;
    }
    Ok(())
}

async fn nothing_asked_is_nothing_called(source: &Source, fixture: &SourceFixture) -> Outcome {
    let count = || fixture.calls.as_ref().map(|calls| calls());
    let before = count();
    let batch = ask(source, []).await?;
    ensure_eq!(keys_of(&batch).len(), 0, "the number of keys that quotes() answers when none was asked");
    ensure_eq!(count(), before, "the upstream calls after a request without keys");
    Ok(())
}

async fn a_repeated_key_is_tolerated(source: &Source, fixture: &SourceFixture) -> Outcome {
    let Some(key) = fixture.known.first() else { return Ok(()) };
    let batch = ask(source, [key.clone(), key.clone()]).await?;
    let count = batch.outcomes.len();
    ensure!(count == 1 || count == 2, "quotes() has {count} outcomes for one key asked twice");
    for (answered, outcome) in &batch.outcomes {
        ensure_eq!(answered, key, "the key that quotes() answers");
        ensure!(outcome.is_ok(), "{key} has no price when it is asked twice: {outcome:?}");
    }
    Ok(())
}

async fn long_requests_are_split(source: &Source, fixture: &SourceFixture) -> Outcome {
    let limit = source.capabilities().batch_limit.max(1);
    let keys = &fixture.known;
    let before = fixture.calls.as_ref().map(|calls| calls());
    let quotes = known_quotes(source, fixture).await?;
    ensure_eq!(quotes.len(), keys.len(), "the number of quotes for all known keys");
    let (Some(before), Some(calls)) = (before, &fixture.calls) else { return Ok(()) };
    let (made, fewest) = (calls() - before, keys.len().div_ceil(limit) as u64);
    ensure!(made == 0 || made >= fewest, "{made} upstream calls for {} keys at {limit} a call", keys.len());
    Ok(())
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
        ensure_eq!(keys_of(&batch), all_of(&keys), "the keys that one of 4 concurrent quotes() answers");
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
    match answer {
        Ok(batch) => ensure_eq!(keys_of(&batch), all_of(&keys), "the keys that quotes() answers after its deadline"),
        Err(error) => ensure!(error.is_retryable(), "quotes() after its deadline fails for good: {error:?}"),
    }
    for (key, resolution, from, to) in &fixture.histories {
        let request = history_request(key, *resolution, *from, *to).for_caller(Priority::Job, Deadline::after(Duration::ZERO));
        let answer = tokio::time::timeout(AT_ONCE, source.history(&request)).await;
        ensure!(answer.is_ok(), "history() works on {} s after its deadline", AT_ONCE.as_secs());
    }
    Ok(())
}

fn history_request(key: &PriceKey, resolution: Resolution, from: Date, to: Date) -> HistoryRequest {
    let request = HistoryRequest::daily(key.clone(), from, to);
    let request = if resolution == Resolution::Hourly { request.hourly() } else { request };
    request.for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(60)))
}

async fn history_is_in_order_and_in_its_range(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (key, resolution, from, to) in &fixture.histories {
        let before = fixture.clock.now();
        let history = source.history(&history_request(key, *resolution, *from, *to)).await?;
        let after = fixture.clock.now();
        ensure_eq!(history.asset, key.asset, "the asset of the history of {key}");
        if let Some(currency) = key.currency {
            ensure_eq!(history.currency, currency, "the currency of the history of {key}");
        }
        ensure_eq!(history.resolution, *resolution, "the resolution of the history of {key}");
        ensure_eq!(history.source, source.id(), "the source of the history of {key}");
        let fetched_at = history.fetched_at;
        let by_the_clock = before <= fetched_at && fetched_at <= after;
        ensure!(by_the_clock, "fetched_at of the history of {key} is {fetched_at}, not of {before} to {after}");
        check_points(&history, *from, *to, after)?;
    }
    Ok(())
}

fn check_points(history: &PriceHistory, from: Date, to: Date, now: Timestamp) -> Outcome {
    let (asset, points) = (&history.asset, &history.points);
    ensure!(!points.is_empty(), "the history of {asset} from {from} to {to} is empty");
    for pair in points.windows(2) {
        let (earlier, later) = (&pair[0], &pair[1]);
        let in_order = earlier.time < later.time && earlier.date <= later.date;
        ensure!(in_order, "the history of {asset} has {later:?} after {earlier:?}");
        let one_a_day = history.resolution != Resolution::Daily || earlier.date < later.date;
        ensure!(one_a_day, "the history of {asset} has two points for {}", later.date);
        ensure!(!earlier.provisional, "the history of {asset} has a provisional point that is not the last: {earlier:?}");
    }
    let early = points.iter().filter(|point| point.date < from).count();
    ensure!(early <= 1, "the history of {asset} has {early} points before {from}; it may begin with the last publication before it");
    for point in points {
        ensure!(point.date <= to, "the history of {asset} until {to} has {point:?}");
        ensure!(point.price > rust_decimal::Decimal::ZERO, "the history of {asset} has a price that is not above zero: {point:?}");
        not_in_future(&format!("a point of the history of {asset}"), point.time, now)?;
    }
    Ok(())
}

async fn history_of_an_unknown_asset_is_an_error(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (_, resolution, from, to) in &fixture.histories {
        let answer = source.history(&history_request(&fixture.unknown, *resolution, *from, *to)).await;
        fixture.hides_in("history()", &answer)?;
        match answer.map_err(|error: Error| error.kind()) {
            Err(ErrorKind::NotFound | ErrorKind::MissingPrice) => {}
            other => ensure!(false, "history() of the unknown {}: wanted the kind not_found, found {other:?}", fixture.unknown),
        }
    }
    Ok(())
}

async fn what_is_not_offered_is_unsupported(source: &Source, fixture: &SourceFixture) -> Outcome {
    let abilities = source.capabilities();
    let Some(key) = fixture.known.first() else { return Ok(()) };
    let today = fixture.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for (offered, resolution) in [(abilities.daily_days, Resolution::Daily), (abilities.hourly_days, Resolution::Hourly)] {
        if offered.is_none() {
            let answer = source.history(&history_request(key, resolution, today, today)).await;
            fails_with(answer, ErrorKind::Unsupported, &format!("{} history() that capabilities() lacks", resolution.as_str()))?;
            let asked = fixture.histories.iter().any(|(_, wanted, _, _)| *wanted == resolution);
            ensure!(!asked, "capabilities() lacks the {} history that the fixture has", resolution.as_str());
        }
    }
    if !abilities.search {
        fails_with(source.search("a").await, ErrorKind::Unsupported, "search() that capabilities() lacks")?;
        ensure!(fixture.search.is_none(), "capabilities() lacks the search that the fixture has");
    }
    Ok(())
}

async fn search_finds_assets_of_its_classes(source: &Source, fixture: &SourceFixture) -> Outcome {
    let Some(text) = &fixture.search else { return Ok(()) };
    let abilities = source.capabilities();
    let found = source.search(text).await?;
    ensure!(!found.is_empty(), "search() of {text:?} finds nothing");
    let mut seen = BTreeSet::new();
    for info in found {
        ensure!(abilities.prices(info.asset.class()), "search() finds {}, whose class the source does not price", info.asset);
        ensure!(!info.name.trim().is_empty(), "search() finds {} without a name", info.asset);
        ensure!(seen.insert(info.asset.clone()), "search() finds {} twice", info.asset);
    }
    Ok(())
}

async fn no_secret_shows(source: &Source, fixture: &SourceFixture) -> Outcome {
    fixture.hides("Debug of the source", &format!("{source:?} {source:#?}"))?;
    fixture.hides("id()", source.id().as_str())?;
    let batch = ask(source, fixture.mixed()).await?;
    fixture.hides("an answer of quotes()", &format!("{batch:?}"))
}
