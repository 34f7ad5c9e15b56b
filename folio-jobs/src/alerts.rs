//! Evaluating rules on the snapshots that are stored, and recording what follows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use folio_core::store::{Inserted, NewSnapshot, Scan, Versioned};
use folio_core::{
    AssetClass, ErrorKind, Evidence, Portfolio, PriceBook, Result, SourceWatch, Valuation, ValuationId, Watch,
    failed_classes,
};
use jiff::Timestamp;
use tracing::error;

use crate::context::Context;
use crate::hand_on;
use crate::job::JobType;
use crate::ledger::Past;
use crate::tick::{self, Tick};

/// What is watched of portfolios; of those whose record is there and can be read.
pub(crate) async fn watches(context: &Context, portfolios: &[&Portfolio]) -> Result<Vec<Versioned<Watch>>> {
    let keys: Vec<_> = portfolios.iter().map(|portfolio| Watch::key_of(portfolio.id)).collect();
    match context.table::<Watch>().get_many(&keys).await {
        // One record that cannot be read is its portfolio's loss only: each is read by itself then.
        Err(error) if error.kind() == ErrorKind::CorruptData => Ok(Vec::new()),
        found => found,
    }
}

/// Evaluates the rules of portfolios on their snapshots of one instant. What was stored before counts, not
/// what was computed now. The records in `found` may be older than the snapshots: one that was changed since is
/// read again.
pub(crate) async fn observe(
    context: &Context,
    portfolios: &[&Portfolio],
    snapshots: &[NewSnapshot],
    inserted: &[Inserted],
    found: Vec<Versioned<Watch>>,
    failed: &BTreeSet<AssetClass>,
) -> Result<()> {
    let mut watches: BTreeMap<_, _> = found.into_iter().map(|watch| (watch.portfolio_id, watch)).collect();
    let mut changed = Vec::new();
    let mut subjects = Vec::new();
    for ((portfolio, snapshot), inserted) in portfolios.iter().zip(snapshots).zip(inserted) {
        let computed = &snapshot.valuation;
        let stored = match inserted {
            Inserted::New => None,
            Inserted::Duplicate => context.store().valuation(portfolio.id, computed.id).await?,
        };
        let subject = Subject {
            portfolio,
            valuation: stored.map_or(Cow::Borrowed(computed), Cow::Owned),
        };
        let watch = watches.remove(&portfolio.id);
        let Some(mut watch) = or_begin(context, watch, &subject).await? else {
            continue;
        };
        if subject.fold(context, &mut watch, failed).await? {
            changed.push(watch);
            subjects.push(subject);
        }
    }
    let done = context.table::<Watch>().replace_many(&mut changed).await?;
    let mut recorded = Vec::new();
    for ((watch, subject), done) in changed.into_iter().zip(subjects).zip(done) {
        if done {
            recorded.push(watch);
        } else {
            recorded.extend(record(context, &subject, failed).await?);
        }
    }
    hand_on::all(context, recorded).await
}

/// Evaluates the rules of a portfolio on a snapshot that somebody asked for, unless a tick before it is not
/// finished: then that tick's successor does it, in its place.
pub(crate) async fn observe_manual(context: &Context, portfolio: &Portfolio, valuation: Valuation) -> Result<()> {
    let subject = Subject {
        portfolio,
        valuation: Cow::Owned(valuation),
    };
    if is_next(context, subject.valuation.as_of).await? {
        let failed = failed_now(context).await?;
        let recorded = record(context, &subject, &failed).await?;
        return hand_on::all(context, recorded.into_iter().collect()).await;
    }
    loop {
        let Some(mut watch) = or_begin(context, None, &subject).await? else {
            return Ok(());
        };
        let as_of = subject.valuation.as_of;
        if !watch.deferred.insert(as_of) || context.table::<Watch>().replace(&mut watch).await? {
            return Ok(());
        }
    }
}

/// Records what follows from a snapshot, whoever else changes the row meanwhile; the row as it then is if it
/// changed.
async fn record(
    context: &Context,
    subject: &Subject<'_>,
    failed: &BTreeSet<AssetClass>,
) -> Result<Option<Versioned<Watch>>> {
    loop {
        let Some(mut watch) = or_begin(context, None, subject).await? else {
            return Ok(None);
        };
        if !subject.fold(context, &mut watch, failed).await? {
            // Recorded by somebody else, who may not have handed it on yet.
            return Ok(Some(watch));
        }
        if context.table::<Watch>().replace(&mut watch).await? {
            return Ok(Some(watch));
        }
    }
}

/// The row of a portfolio, made if there is none; `None` when the portfolio is gone or the row cannot be read.
async fn or_begin(
    context: &Context,
    watch: Option<Versioned<Watch>>,
    subject: &Subject<'_>,
) -> Result<Option<Versioned<Watch>>> {
    if watch.is_some() {
        return Ok(watch);
    }
    let as_of = Some(subject.valuation.as_of);
    match context.tracker.watch_from(subject.portfolio, as_of).await {
        Ok(watch) => Ok(Some(watch)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::CorruptData => {
            error!(%error, portfolio_id = %subject.portfolio.id, "the rules of a portfolio cannot be read");
            metrics::counter!("folio_unreadable_alerts_total").increment(1);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A snapshot to evaluate.
struct Subject<'a> {
    portfolio: &'a Portfolio,
    valuation: Cow<'a, Valuation>,
}

impl Subject<'_> {
    /// Goes on by the manual snapshots that were put off until now and then by this one; whether the row
    /// changed.
    async fn fold(&self, context: &Context, watch: &mut Watch, failed: &BTreeSet<AssetClass>) -> Result<bool> {
        let before: Vec<Timestamp> = watch.deferred.range(..self.valuation.as_of).copied().collect();
        let mut changed = false;
        for as_of in before {
            let id = ValuationId::derived(self.portfolio.id, as_of);
            changed |= match context.store().valuation(self.portfolio.id, id).await? {
                // Whether a source failed as a whole then is not known any more; what is told of it now is.
                Some(earlier) => self.step(context, watch, &earlier, failed).await?,
                None => watch.deferred.remove(&as_of),
            };
        }
        Ok(self.step(context, watch, &self.valuation, failed).await? || changed)
    }

    async fn step(
        &self,
        context: &Context,
        watch: &mut Watch,
        valuation: &Valuation,
        failed: &BTreeSet<AssetClass>,
    ) -> Result<bool> {
        let (starts, splits) = context.tracker.evidence(watch, valuation).await?;
        let evidence = Evidence {
            valuation,
            starts: &starts,
            splits: &splits,
        };
        let channels = context.tracker.channels().defaults();
        Ok(watch.observe(self.portfolio, evidence, failed, channels, context.now()))
    }
}

/// Whether every tick up to `as_of` is finished.
async fn is_next(context: &Context, as_of: Timestamp) -> Result<bool> {
    // An instant that is over and that nobody has claimed yet is about to be. The row of a tick is there before
    // the schedule says so, so it is looked for afterwards.
    let due = context.config.schedule.previous_valuation(as_of);
    let past = context
        .table::<Past>()
        .get(JobType::PortfolioValuation.as_str())
        .await?;
    if past.is_some_and(|past| due.is_some_and(|due| due > past.settled())) {
        return Ok(false);
    }
    let open = Scan {
        prefix: tick::PREFIX.to_owned(),
        open: true,
        limit: 1,
        ..Scan::default()
    };
    let open = context.table::<Tick>().scan(&open).await?;
    Ok(open.first().is_none_or(|tick| tick.as_of > as_of))
}

/// The classes of which no source answers at this moment.
async fn failed_now(context: &Context) -> Result<BTreeSet<AssetClass>> {
    let sources = context.tracker.sources().await?;
    let classes: BTreeSet<_> = sources.iter().flat_map(|source| &source.classes).copied().collect();
    let answers = |class: &AssetClass| {
        let mut of_class = sources.iter().filter(|source| source.classes.contains(class));
        of_class.any(|source| source.healthy)
    };
    Ok(classes.into_iter().filter(|class| !answers(class)).collect())
}

/// Tells the operator of the sources that did not answer when the prices of a tick were collected, from `since`
/// on, and notes those that answer again.
pub(crate) async fn observe_sources(
    context: &Context,
    as_of: Timestamp,
    book: &PriceBook,
    since: Timestamp,
) -> Result<()> {
    let failed = failed_classes(book);
    let mut recorded = Vec::new();
    for source in context.tracker.sources().await? {
        let alone = source.classes.iter().find(|class| failed.contains(class));
        let error = source.last_error.filter(|_| source.last_error_at >= Some(since));
        let problem = match (error, alone) {
            (Some(error), _) => Some(error),
            (None, Some(class)) => first_failure(book, *class),
            (None, None) if source.last_success_at >= Some(since) => None,
            // It was not asked, so nothing new is known of it.
            (None, None) => continue,
        };
        let table = context.table::<SourceWatch>();
        let key = source.id.to_string();
        let begin = SourceWatch::new(source.id.clone());
        if problem.is_some() && table.get(&key).await?.is_none() {
            table.insert(&begin).await?;
        }
        let channels = context.tracker.channels().defaults();
        let now = context.now();
        let row = table.modify(&key, |row| Ok(row.observe(as_of, problem.as_deref(), channels, now)));
        recorded.extend(row.await?);
    }
    hand_on::all(context, recorded).await
}

/// What was said of the first price of a class that is missing.
fn first_failure(book: &PriceBook, class: AssetClass) -> Option<String> {
    let failures = book
        .entries()
        .filter(|entry| entry.key.asset.class() == class)
        .filter_map(|entry| entry.failure.as_ref().map(|failure| (&entry.key.asset, failure)));
    let first = failures
        .filter(|(_, failure)| failure.reason.is_outage())
        .min_by_key(|(asset, _)| *asset);
    first.map(|(asset, failure)| format!("{asset}: {}", failure.detail))
}
