//! The dispatcher: what is due goes to the queue, for the first time or again.
//!
//! One pass does the first push and every repair. It asks the store what is unfinished and due, raises
//! the attempt by compare-and-set, and pushes; any number of processes may do so at once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use folio_core::Result;
use folio_core::store::{Row, Scan, Versioned};
use jiff::Timestamp;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::chunk_row::Chunk;
use crate::context::Context;
use crate::dispatch::{Dispatch, LOOK_AHEAD, Loss, Phase, Work, queue_key};
use crate::hand_on;
use crate::job::JobRow;
use crate::ledger::Missed;
use crate::outbox::OutboxRow;
use crate::queue::Delivery;
use crate::scheduler;
use crate::tick::{self, Tick, TickState};

/// Between two passes when nothing wakes the dispatcher.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two passes when the store or the queue failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Rows of one kind that a pass reads at once.
const PAGE: usize = 64;
/// The most deliveries that may wait in the queue, however many workers there are.
const MOST_WAITING: usize = 1_000;
/// How many deliveries may wait for one slot of a worker.
const WAITING_PER_SLOT: usize = 4;
/// A push that failed is tried again after so long.
const PUSH_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassReport {
    /// Deliveries that were pushed.
    pub pushed: usize,
    /// Ticks that became complete.
    pub completed: usize,
    /// Ticks that are not finished.
    pub open_ticks: usize,
}

/// Goes through what is unfinished once.
pub(crate) async fn pass(context: &Context, now: Timestamp) -> Result<PassReport> {
    let mut report = PassReport::default();
    let mut round = Round {
        context,
        now,
        waiting: None,
        deliveries: Vec::new(),
    };
    // What fails for one sort of rows keeps none of the others waiting.
    let handed_on = hand_on::pass(context, now).await;
    // Messages and chunks share half of the room; in turns, so that many of one sort never keep the other out.
    let (messages, chunks) = if context.messages_first.fetch_not(Ordering::Relaxed) {
        let messages = notifications(&mut round).await;
        (messages, ticks(&mut round, &mut report).await)
    } else {
        let chunks = ticks(&mut round, &mut report).await;
        (notifications(&mut round).await, chunks)
    };
    let looked = handed_on.and(messages).and(chunks).and(jobs(&mut round).await);
    // What was claimed is pushed even when something failed after it.
    report.pushed = round.push().await?;
    metrics::gauge!("folio_open_ticks").set(report.open_ticks as f64);
    looked.map(|()| report)
}

/// Passes until everything is to end.
pub(crate) async fn run(context: &Context) {
    loop {
        let now = context.now();
        context.pulse.pass(now);
        let fired = scheduler::check(context, now).await;
        let passed = pass(context, now).await;
        let mut pause = PAUSE;
        if let Err(error) = fired.and(passed) {
            warn!(%error, "the dispatcher could not do its work; it goes on");
            metrics::counter!("folio_dispatcher_failures_total").increment(1);
            pause = PAUSE_AFTER_FAILURE;
        }
        tokio::select! {
            () = context.stopped() => return,
            () = context.wake.notified() => {}
            () = sleep(pause) => {}
        }
    }
}

/// Ticks in their order: those without chunks are planned as they come, but the chunks of one wait for
/// all before it.
async fn ticks(round: &mut Round<'_>, report: &mut PassReport) -> Result<()> {
    let context = round.context;
    let scan = Scan {
        prefix: tick::PREFIX.to_owned(),
        open: true,
        limit: PAGE,
        ..Scan::default()
    };
    let mut is_first = true;
    for tick in context.table::<Tick>().scan(&scan).await? {
        if tick.state == TickState::Planning && round.wants(&tick.dispatch).await? {
            round.claim(vec![tick], 1).await?;
        } else if is_first && tick.state == TickState::Open && !chunks(round, tick.as_of).await? {
            complete(context, tick, round.now).await?;
            report.completed += 1;
            continue;
        }
        is_first = false;
        report.open_ticks += 1;
    }
    Ok(())
}

/// Pushes what is due of a tick's chunks; whether any is unfinished.
async fn chunks(round: &mut Round<'_>, as_of: Timestamp) -> Result<bool> {
    let table = round.context.table::<Chunk>();
    let mut scan = Scan {
        prefix: Chunk::prefix_of(as_of),
        open: true,
        limit: PAGE,
        ..Scan::default()
    };
    let mut waiting = 0;
    loop {
        let page = table.scan(&scan).await?;
        let more = page.len() == PAGE;
        let Some(last) = page.last() else {
            return Ok(scan.after.is_some());
        };
        scan.after = Some(last.key());
        let mut wanted = Vec::new();
        for chunk in page {
            if round.wants(&chunk.dispatch).await? {
                wanted.push(chunk);
            } else {
                waiting += usize::from(chunk.dispatch.phase == Phase::Pushed);
            }
        }
        // Half of the room is left to what people ask for.
        let is_full = !round.claim(wanted, 2).await?;
        if is_full || !more || waiting >= MOST_WAITING {
            return Ok(true);
        }
    }
}

async fn jobs(round: &mut Round<'_>) -> Result<()> {
    let jobs = round.due::<JobRow>().await?;
    round.claim(jobs, 1).await.map(|_| ())
}

/// Pushes what is to be sent. Half of the room is left to the rest.
async fn notifications(round: &mut Round<'_>) -> Result<()> {
    let rows = round.due::<OutboxRow>().await?;
    round.claim(rows, 2).await.map(|_| ())
}

/// Ends a tick whose chunks are all finished.
async fn complete(context: &Context, mut tick: Versioned<Tick>, now: Timestamp) -> Result<()> {
    tick.finish(TickState::Complete, now);
    if context.table().replace(&mut tick).await? {
        info!(as_of = %tick.as_of, "a tick is complete");
        metrics::counter!("folio_ticks_total", "state" => "complete").increment(1);
    }
    Ok(())
}

/// One pass.
struct Round<'a> {
    context: &'a Context,
    now: Timestamp,
    /// How many deliveries wait in the queue; asked for when somebody has to know.
    waiting: Option<u64>,
    deliveries: Vec<Delivery>,
}

impl Round<'_> {
    /// The rows that are to be pushed: those that are due, and behind them those that were lost on their way.
    async fn due<T: Work>(&mut self) -> Result<Vec<Versioned<T>>> {
        let mut wanted = Vec::new();
        for row in self.context.table::<T>().due(self.now + LOOK_AHEAD, PAGE).await? {
            if self.wants(row.dispatch()).await? {
                wanted.push(row);
            }
        }
        Ok(wanted)
    }

    /// Whether a row is to be pushed: it is due, or it was on its way to a worker and the queue is empty.
    async fn wants(&mut self, dispatch: &Dispatch) -> Result<bool> {
        Ok(dispatch.is_due(self.now) || dispatch.may_be_lost(self.now) && self.waiting().await? == 0)
    }

    async fn waiting(&mut self) -> Result<u64> {
        if let Some(waiting) = self.waiting {
            return Ok(waiting);
        }
        let waiting = self.context.queue.depth().await?;
        metrics::gauge!("folio_queue_waiting").set(waiting as f64);
        Ok(*self.waiting.insert(waiting))
    }

    /// How many more deliveries may be pushed by those who may use one `share`th of the room.
    async fn room(&mut self, share: usize) -> Result<usize> {
        let most = (WAITING_PER_SLOT * self.context.config.concurrency.get()).min(MOST_WAITING);
        let waiting = usize::try_from(self.waiting().await?).unwrap_or(usize::MAX);
        Ok(most
            .saturating_sub(waiting)
            .saturating_sub(self.deliveries.len())
            .saturating_sub(most - most / share))
    }

    /// Raises the attempt of the first of these rows, as many as there is room for; whether there is for all. A row
    /// whose start died is told so first, and may be given up over it.
    async fn claim<T: Work>(&mut self, mut rows: Vec<Versioned<T>>, share: usize) -> Result<bool> {
        if rows.is_empty() {
            return Ok(true);
        }
        let (wanted, room) = (rows.len(), self.room(share).await?);
        rows.truncate(room);
        for row in &mut rows {
            if row.dispatch().phase == Phase::Running {
                let interval = self.context.config.schedule.interval(self.now);
                let attempt = row.dispatch().attempt;
                warn!(row = queue_key(&**row), attempt, "a worker died over a row");
                metrics::counter!("folio_dead_starts_total", "row" => T::WORD).increment(1);
                row.died(self.now, interval);
                note(self.context, &**row, self.now).await?;
            }
            if row.dispatch().phase != Phase::Closed {
                row.dispatch_mut().push(self.now);
            }
        }
        let claimed = self.context.table::<T>().replace_many(&mut rows).await?;
        for (row, claimed) in rows.iter().zip(claimed) {
            if claimed && row.dispatch().phase == Phase::Pushed {
                let delivery = Delivery::new(queue_key(&**row), row.dispatch().attempt);
                self.deliveries.push(delivery);
            }
        }
        Ok(wanted <= room)
    }

    async fn push(self) -> Result<usize> {
        if self.deliveries.is_empty() {
            return Ok(0);
        }
        if let Err(error) = self.context.queue.push(&self.deliveries).await {
            for delivery in &self.deliveries {
                self.hand_back(delivery).await;
            }
            return Err(error);
        }
        debug!(deliveries = self.deliveries.len(), "pushed");
        metrics::counter!("folio_deliveries_total").increment(self.deliveries.len() as u64);
        Ok(self.deliveries.len())
    }

    /// Has a row that may not have arrived in the queue pushed again sooner than one that did.
    async fn hand_back(&self, delivery: &Delivery) {
        let due_at = self.now + PUSH_AGAIN;
        let attempt = delivery.attempt;
        let done = match delivery.row.split_once('/') {
            Some((Tick::WORD, key)) => sooner::<Tick>(self.context, key, attempt, due_at).await,
            Some((Chunk::WORD, key)) => sooner::<Chunk>(self.context, key, attempt, due_at).await,
            Some((JobRow::WORD, key)) => sooner::<JobRow>(self.context, key, attempt, due_at).await,
            Some((OutboxRow::WORD, key)) => sooner::<OutboxRow>(self.context, key, attempt, due_at).await,
            _ => Ok(()),
        };
        if let Err(error) = done {
            debug!(%error, row = delivery.row, "the row is pushed again in a minute");
        }
    }
}

async fn sooner<T: Work>(context: &Context, key: &str, attempt: u32, due_at: Timestamp) -> Result<()> {
    context
        .table::<T>()
        .modify(key, |row| {
            let pushed = row.dispatch().may_start(attempt);
            if pushed {
                row.dispatch_mut().due_at = due_at;
            }
            Ok(pushed)
        })
        .await
        .map(|_| ())
}

/// Names what was given up over a row, before the row itself says so: a note of what did not happen after
/// all is better than none of what did.
pub(crate) async fn note<T: Work>(context: &Context, row: &T, now: Timestamp) -> Result<()> {
    for loss in row.losses(now) {
        match loss {
            Loss::Part(incident) => {
                if context.table().insert(&incident).await? {
                    warn!(?incident, "part of a tick is given up");
                    let what = if incident.portfolio_id.is_some() {
                        "portfolio"
                    } else {
                        "chunk"
                    };
                    metrics::counter!("folio_given_up_total", "what" => what).increment(1);
                }
            }
            Loss::Tick(as_of) => {
                let missed = Missed::given_up(&context.config.schedule, as_of, now);
                if context.table().insert(&missed).await? {
                    warn!(%as_of, "a tick is given up");
                    metrics::counter!("folio_given_up_total", "what" => "tick").increment(1);
                }
            }
        }
    }
    Ok(())
}
