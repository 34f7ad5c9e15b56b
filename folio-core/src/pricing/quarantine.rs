//! Prices that are held back until somebody confirms them: a second source, three scheduled collections
//! in a row, or a person.
//!
//! A row is an episode of one key, from the first price that was held back to the verdict. Rows of a key
//! are numbered, and the next is inserted only when the last has its verdict, so that a key has at most
//! one open row whatever processes there are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache as Memory;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plausibility::{Doubt, PriceRange, Suspicion, agree, judge};
use crate::clock::Clock;
use crate::id::QuarantineId;
use crate::money::Price;
use crate::quote::{PriceKey, Quote, Reason, SourceId, Unpriced};
use crate::store::{OpsStore, Page, RecordKind, Row, Scan, Table};
use crate::{Error, ErrorKind, Result};

/// How many collections in a row confirm a price.
const BOOKS: u32 = 3;
/// Collections that begin within so long of each other are one: a planner that runs again for the same
/// tick confirms nothing.
const BOOK_SPAN: SignedDuration = SignedDuration::from_mins(10);
/// How long a row is kept after its verdict.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long the list of open rows is taken for current.
const LIST_AGE: SignedDuration = SignedDuration::from_secs(60);
/// How many rows are read at once.
const PAGE: usize = 500;
/// How many keys a process remembers not to ask for.
const IN_MEMORY: u64 = 50_000;
/// How often another process may be first before a row is given up.
const MOST_OVERTAKEN: usize = 16;

/// What became of a price that was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was right and is used.
    Accepted,
    /// Its source came back to plausible prices.
    Refuted,
}

impl Verdict {
    /// The word for the verdict: `"accepted"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refuted => "refuted",
        }
    }
}

/// A price that was held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantinedQuote {
    /// Its id.
    pub id: QuarantineId,
    /// What was asked for.
    pub key: PriceKey,
    /// How many times a price of the key has been held back, this one included.
    pub episode: u32,
    /// What the source said last.
    pub candidate: Quote,
    /// The last accepted quote; `None` where there is none, as of a price of the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Quote>,
    /// Why it was held back.
    pub doubt: Doubt,
    /// Between which prices it would have been believed, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<PriceRange>,
    /// When the first price of the episode was held back.
    pub first_seen: Timestamp,
    /// When the last one was.
    pub last_seen: Timestamp,
    /// How many scheduled collections in a row found prices that agree with each other.
    pub books: u32,
    /// What became of it; `None` while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// When that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

impl QuarantinedQuote {
    /// Its place in the list, for [`QuarantineQuery::after`].
    #[must_use]
    pub fn position(&self) -> String {
        format!("{}{:08}", prefix(&self.key), self.episode)
    }
}

/// An episode as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Episode {
    quote: QuarantinedQuote,
    /// The lowest and highest price of the collections that were counted, and when the last one was.
    low: Price,
    high: Price,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted_at: Option<Timestamp>,
}

impl Row for Episode {
    const KIND: RecordKind = RecordKind("quarantine");

    fn key(&self) -> String {
        self.quote.position()
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.quote.verdict.is_none().then_some(self.quote.first_seen)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.quote.decided_at.and_then(|at| at.checked_add(KEPT).ok())
    }
}

/// What the keys of a price's rows begin with. No symbol and no currency has a blank.
fn prefix(key: &PriceKey) -> String {
    format!("{key} ")
}

/// A quote that is not believed.
#[derive(Clone, Debug)]
pub(super) struct Suspect {
    pub(super) quote: Quote,
    pub(super) reference: Option<Arc<Quote>>,
    pub(super) suspicion: Suspicion,
}

/// What was found on a suspect.
#[derive(Debug)]
pub(super) enum Ruling {
    /// It is right.
    Accepted(Quote),
    /// It waits.
    Held,
}

/// Whether a price can be taken at all once it is confirmed.
fn acceptable(key: &PriceKey, quote: &Quote, doubt: Doubt) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::Conflict, message));
    match key.currency {
        _ if doubt == Doubt::Future => refuse(format!(
            "a price of the future cannot be accepted: {} states {}",
            quote.source, quote.as_of
        )),
        Some(asked) if asked != quote.price.currency() => refuse(format!(
            "a price in {} cannot be accepted where {asked} was asked for",
            quote.price.currency()
        )),
        _ => Ok(()),
    }
}

impl Suspect {
    fn episode(&self, key: &PriceKey, number: u32, now: Timestamp) -> Episode {
        Episode {
            quote: QuarantinedQuote {
                id: QuarantineId::new(now),
                key: key.clone(),
                episode: number,
                candidate: self.quote.clone(),
                reference: self.reference.as_deref().cloned(),
                doubt: self.suspicion.doubt,
                expected: self.suspicion.expected,
                first_seen: now,
                last_seen: now,
                books: 0,
                verdict: None,
                decided_at: None,
            },
            low: self.quote.price,
            high: self.quote.price,
            counted_at: None,
        }
    }

    /// What happened, for whoever wonders at the old price.
    fn detail(&self) -> String {
        let Quote {
            source, price, as_of, ..
        } = &self.quote;
        let said = format!("{source} says {price} of {as_of}");
        match (self.suspicion.doubt, &self.reference) {
            (Doubt::Future, _) => format!("{said}, which is yet to come"),
            (Doubt::Currency, None) => format!("{said}, which is not the currency that was asked for"),
            (_, None) => said,
            (_, Some(last)) => {
                let expected = match self.suspicion.expected {
                    Some(range) => format!("{} to {}", range.low, range.high),
                    None => format!("a price in {}", last.price.currency()),
                };
                format!(
                    "{said}; the last accepted price is {} of {} by {}, and {expected} is expected",
                    last.price, last.as_of, last.source
                )
            }
        }
    }

    /// The outcome of a key whose only price is this one.
    pub(super) fn unpriced(&self, until: Timestamp) -> Unpriced {
        Unpriced::new(Reason::Quarantined, self.detail()).until(Some(until))
    }

    /// Whether another source's quote says that this one is right.
    pub(super) fn is_confirmed_by(&self, key: &PriceKey, other: &Quote) -> bool {
        self.quote.source != other.source
            && agree(self.quote.price, other.price)
            && acceptable(key, &self.quote, self.suspicion.doubt).is_ok()
    }
}

impl Episode {
    /// Notes a further suspect; whether with it the price is confirmed.
    fn observe(&mut self, suspect: &Suspect, is_book: bool, now: Timestamp) {
        let price = suspect.quote.price;
        let confirmed = suspect.is_confirmed_by(&self.quote.key, &self.quote.candidate)
            && acceptable(&self.quote.key, &self.quote.candidate, self.quote.doubt).is_ok();
        let counts = is_book
            && self
                .counted_at
                .is_none_or(|at| now.duration_since(at).abs() >= BOOK_SPAN);
        if counts {
            let (low, high) = self.span_with(price);
            if self.quote.books > 0 && agree(low, high) {
                (self.low, self.high) = (low, high);
                self.quote.books += 1;
            } else {
                (self.low, self.high) = (price, price);
                self.quote.books = 1;
            }
            self.counted_at = Some(now);
        }
        self.quote.candidate = suspect.quote.clone();
        self.quote.reference = suspect.reference.as_deref().cloned();
        self.quote.doubt = suspect.suspicion.doubt;
        self.quote.expected = suspect.suspicion.expected;
        self.quote.last_seen = now;
        let acceptable = acceptable(&self.quote.key, &suspect.quote, suspect.suspicion.doubt).is_ok();
        if acceptable && (confirmed || self.quote.books >= BOOKS) {
            self.decide(Verdict::Accepted, now);
        }
    }

    /// The lowest and the highest price so far, this one included; of two currencies any two that differ.
    fn span_with(&self, price: Price) -> (Price, Price) {
        let low = if price < self.low { price } else { self.low };
        let high = if price <= self.high { self.high } else { price };
        (low, high)
    }

    fn decide(&mut self, verdict: Verdict, now: Timestamp) {
        self.quote.verdict = Some(verdict);
        self.quote.decided_at = Some(now);
    }
}

/// The prices that are held back.
pub(crate) struct Quarantine {
    clock: Arc<dyn Clock>,
    store: Arc<dyn OpsStore>,
    factor: Decimal,
    /// How long a key whose price was held back is not asked for again.
    pause: SignedDuration,
    held: Memory<PriceKey, Unpriced>,
    open: Mutex<OpenRows>,
}

/// Which keys have an open row, and whose price waits there, as of when.
#[derive(Debug, Default)]
struct OpenRows {
    read_at: Option<Timestamp>,
    sources: HashMap<PriceKey, SourceId>,
}

impl Quarantine {
    pub(super) fn new(clock: Arc<dyn Clock>, store: Arc<dyn OpsStore>, factor: Decimal, pause: SignedDuration) -> Self {
        Self {
            clock,
            store,
            factor,
            pause,
            held: Memory::new(IN_MEMORY),
            open: Mutex::default(),
        }
    }

    fn rows(&self) -> Table<'_, Episode> {
        Table::new(&*self.store)
    }

    fn open(&self) -> MutexGuard<'_, OpenRows> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The factor within ten minutes.
    pub(super) fn factor(&self) -> Decimal {
        self.factor
    }

    /// Why a key is not to be asked for at this moment.
    pub(super) fn held(&self, key: &PriceKey, now: Timestamp) -> Option<Unpriced> {
        self.held
            .get(key)
            .filter(|failure| failure.retry_at.is_some_and(|until| until > now))
    }

    /// Reads which keys have an open row, unless that was done within the last minute.
    pub(super) async fn refresh(&self) {
        let now = self.clock.now();
        let current = |read_at: Timestamp| now.duration_since(read_at).abs() < LIST_AGE;
        if self.open().read_at.is_some_and(current) {
            return;
        }
        let mut sources = HashMap::new();
        let mut after = None;
        loop {
            match self.page(after.as_deref(), PAGE, false).await {
                Ok(page) => {
                    after = page.last().map(Row::key);
                    let last = page.len() < PAGE;
                    sources.extend(page.into_iter().map(|row| (row.quote.key, row.quote.candidate.source)));
                    if last {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the prices that were held back cannot be read");
                    return;
                }
            }
        }
        *self.open() = OpenRows {
            read_at: Some(now),
            sources,
        };
    }

    /// Holds a suspect back, or finds that it is right. A store that does not answer holds it back too.
    pub(super) async fn hold(&self, key: &PriceKey, suspect: &Suspect, is_book: bool) -> Result<Quote, Unpriced> {
        let now = self.clock.now();
        match self.record(key, suspect, is_book, now).await {
            Ok(Ruling::Accepted(quote)) => {
                tracing::info!(%key, price = %quote.price, source = %quote.source, "a price that was held back is accepted");
                self.forget(key);
                return Ok(quote);
            }
            Ok(Ruling::Held) => {
                self.open().sources.insert(key.clone(), suspect.quote.source.clone());
            }
            Err(error) => tracing::warn!(%error, %key, "a price is held back and cannot be listed"),
        }
        let failure = suspect.unpriced(now.checked_add(self.pause).unwrap_or(now));
        tracing::warn!(%key, detail = failure.detail, "a price is held back");
        self.held.insert(key.clone(), failure.clone());
        Err(failure)
    }

    async fn record(&self, key: &PriceKey, suspect: &Suspect, is_book: bool, now: Timestamp) -> Result<Ruling> {
        for _ in 0..MOST_OVERTAKEN {
            let newest = self.newest(key).await?;
            let number = match newest {
                Some(row) if row.quote.verdict.is_none() => {
                    let changed = self
                        .rows()
                        .modify(&row.key(), |row| {
                            let open = row.quote.verdict.is_none();
                            if open {
                                row.observe(suspect, is_book, now);
                            }
                            Ok(open)
                        })
                        .await?;
                    match changed {
                        Some(row) if row.quote.verdict.is_none() => return Ok(Ruling::Held),
                        Some(row) if row.quote.decided_at == Some(now) && row.quote.candidate == suspect.quote => {
                            return Ok(Ruling::Accepted(suspect.quote.clone()));
                        }
                        _ => continue,
                    }
                }
                Some(row) => {
                    if self.is_settled_by(&row.quote, suspect) {
                        return Ok(Ruling::Accepted(suspect.quote.clone()));
                    }
                    row.quote.episode.saturating_add(1)
                }
                None => 1,
            };
            let mut episode = suspect.episode(key, number, now);
            if is_book {
                (episode.quote.books, episode.counted_at) = (1, Some(now));
            }
            if self.rows().insert(&episode).await? {
                return Ok(Ruling::Held);
            }
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "others changed what is held back at every try",
        ))
    }

    /// Whether an earlier verdict, perhaps of another process, makes the suspect plausible: a price that
    /// was accepted after the one that this process knows as the last.
    fn is_settled_by(&self, decided: &QuarantinedQuote, suspect: &Suspect) -> bool {
        let newer = suspect
            .reference
            .as_ref()
            .is_none_or(|reference| reference.fetched_at <= decided.candidate.fetched_at);
        decided.verdict == Some(Verdict::Accepted)
            && newer
            && acceptable(&decided.key, &suspect.quote, suspect.suspicion.doubt).is_ok()
            && judge(&decided.candidate, &suspect.quote, self.factor).is_ok()
    }

    async fn newest(&self, key: &PriceKey) -> Result<Option<Episode>> {
        let scan = Scan {
            prefix: prefix(key),
            descending: true,
            limit: 1,
            ..Scan::default()
        };
        let rows = self.rows().scan(&scan).await?;
        Ok(rows.into_iter().next().map(crate::store::Versioned::into_inner))
    }

    /// Notes an accepted quote: a row that waits for its source's return is closed, or, when this is the
    /// confirmed price itself, accepted.
    pub(super) async fn believed(&self, key: &PriceKey, quote: &Quote, verdict: Verdict) {
        let concerns = self
            .open()
            .sources
            .get(key)
            .is_some_and(|source| verdict == Verdict::Accepted || *source == quote.source);
        if !concerns {
            return;
        }
        match self.close(key, quote, verdict).await {
            Ok(()) => self.forget(key),
            Err(error) => tracing::warn!(%error, %key, "a price that was held back stays in the list"),
        }
    }

    async fn close(&self, key: &PriceKey, quote: &Quote, verdict: Verdict) -> Result<()> {
        let Some(row) = self.newest(key).await?.filter(|row| row.quote.verdict.is_none()) else {
            return Ok(());
        };
        let now = self.clock.now();
        self.rows()
            .modify(&row.key(), |row| {
                let open = row.quote.verdict.is_none();
                if open {
                    if verdict == Verdict::Accepted {
                        row.quote.candidate = quote.clone();
                        row.quote.last_seen = now;
                    }
                    row.decide(verdict, now);
                }
                Ok(open)
            })
            .await?;
        Ok(())
    }

    fn forget(&self, key: &PriceKey) {
        self.held.invalidate(key);
        self.open().sources.remove(key);
    }

    /// Rows by key, at most `limit` after the position `after`.
    async fn page(&self, after: Option<&str>, limit: usize, all: bool) -> Result<Vec<Episode>> {
        let scan = Scan {
            after: after.map(str::to_owned),
            open: !all,
            limit,
            ..Scan::default()
        };
        let rows = self.rows().scan(&scan).await?;
        Ok(rows.into_iter().map(crate::store::Versioned::into_inner).collect())
    }

    /// See [`crate::Tracker::quarantined`].
    pub(crate) async fn list(&self, query: &QuarantineQuery) -> Result<Page<QuarantinedQuote>> {
        let mut rows = self
            .page(query.after.as_deref(), query.limit.saturating_add(1), query.all)
            .await?;
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let items = rows.into_iter().map(|row| row.quote).collect();
        Ok(Page { items, more })
    }

    /// See [`crate::Tracker::accept_quarantined`].
    pub(crate) async fn accept(&self, id: QuarantineId) -> Result<QuarantinedQuote> {
        let row = self
            .find(id)
            .await?
            .ok_or_else(|| Error::not_found("quarantined quote"))?;
        let now = self.clock.now();
        let accepted = self
            .rows()
            .modify(&row.key(), |row| {
                let quote = &row.quote;
                if let Some(verdict) = quote.verdict {
                    let message = format!("the price was decided on before: it is {}", verdict.as_str());
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
                acceptable(&quote.key, &quote.candidate, quote.doubt)?;
                row.decide(Verdict::Accepted, now);
                Ok(true)
            })
            .await?
            .ok_or_else(|| Error::not_found("quarantined quote"))?
            .into_inner()
            .quote;
        self.forget(&accepted.key);
        Ok(accepted)
    }

    async fn find(&self, id: QuarantineId) -> Result<Option<Episode>> {
        let mut after = None;
        loop {
            let page = self.page(after.as_deref(), PAGE, true).await?;
            after = page.last().map(Row::key);
            let last = page.len() < PAGE;
            if let Some(found) = page.into_iter().find(|row| row.quote.id == id) {
                return Ok(Some(found));
            }
            if last {
                return Ok(None);
            }
        }
    }
}

/// Which of the prices that were held back to list, by key.
#[derive(Clone, Debug)]
pub struct QuarantineQuery {
    /// Only those after this position; see [`QuarantinedQuote::position`].
    pub after: Option<String>,
    /// Those with a verdict too.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}
