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

use super::episode::{Episode, QuarantinedQuote, Suspect, Verdict, acceptable, prefix};
use super::plausibility::judge;
use crate::clock::Clock;
use crate::id::QuarantineId;
use crate::quote::{PriceKey, Quote, SourceId, Unpriced};
use crate::store::{OpsStore, Page, Row, Scan, Table};
use crate::{Error, ErrorKind, Result};

/// How long the list of open rows is taken for current.
const LIST_AGE: SignedDuration = SignedDuration::from_secs(60);
/// How many rows are read at once.
const PAGE: usize = 500;
/// How many keys a process remembers not to ask for.
const IN_MEMORY: u64 = 50_000;
/// How often another process may be first before a row is given up.
const MOST_OVERTAKEN: usize = 16;

/// What was found on a suspect.
#[derive(Debug)]
pub(super) enum Ruling {
    /// It is right.
    Accepted(Quote),
    /// It waits.
    Held,
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
            let episode = suspect.episode(key, number, is_book, now);
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
