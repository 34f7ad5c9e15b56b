//! The looks that are made for those who listen.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use folio_core::{Error, ErrorKind, OwnerId, Result, Tracker};
use folio_jobs::{Jobs, TickStatus};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::event::{Cause, Event, EventId, Kind};
use super::log::{Head, Log};
use super::look::Looks;
use super::prices::Prices;
use super::resume;
use super::seats::{OwnerFeed, Seats};
use super::stream::Listener;
use crate::app::App;
use crate::auth::Principal;
use crate::error::Problem;

/// How often an owner is looked at while few are listened to.
const EVERY: Duration = Duration::from_secs(1);
/// At most a hundred looks are made in a second, however many owners are listened to.
const EACH: Duration = Duration::from_millis(10);
/// How often prices are looked at.
const PRICES_EVERY: Duration = Duration::from_secs(15);
/// How many looks, and looks at prices, are made at once.
const LOOKS: usize = 8;
const PRICE_LOOKS: usize = 32;
/// For how long the instants of the schedule that were read count as those that are.
const TICKS_FOR: Duration = Duration::from_millis(900);
/// How many of them are read.
const TICKS: usize = 16;
/// How long a listener waits for the first look.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many events were sent, and how many listeners were let go because they did not keep up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Who listens at this moment.
    pub listeners: usize,
    /// Events that were sent, in the order of [`Kind::ALL`].
    pub sent: [u64; Kind::ALL.len()],
    /// Listeners that did not keep up.
    pub lost: u64,
}

pub(super) struct Inner {
    tracker: Tracker,
    jobs: Jobs,
    seats: Arc<Seats>,
    looks: Semaphore,
    price_looks: Semaphore,
    ticks: AsyncMutex<Option<(Instant, Arc<[TickStatus]>)>>,
    logs: AtomicU64,
    bytes: Arc<AtomicUsize>,
    sent: [AtomicU64; Kind::ALL.len()],
    lost: AtomicU64,
}

/// The live events of a process. Cheap to clone, every clone the same.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Feed {
    /// The events of what a tracker keeps and jobs do. Nothing is looked at until somebody listens.
    #[must_use]
    pub fn new(tracker: Tracker, jobs: Jobs) -> Self {
        let mut start = [0; 4];
        // Without randomness a client that comes back after a restart is told a little less than all, at worst.
        let _ = getrandom::fill(&mut start);
        Self(Arc::new(Inner {
            tracker,
            jobs,
            seats: Arc::default(),
            looks: Semaphore::new(LOOKS),
            price_looks: Semaphore::new(PRICE_LOOKS),
            ticks: AsyncMutex::default(),
            logs: AtomicU64::new(u32::from_be_bytes(start).into()),
            bytes: Arc::default(),
            sent: Default::default(),
            lost: AtomicU64::new(0),
        }))
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            listeners: self.0.seats.listeners(),
            sent: std::array::from_fn(|kind| self.0.sent[kind].load(Ordering::Relaxed)),
            lost: self.0.lost.load(Ordering::Relaxed),
        }
    }

    /// Ends every stream; nobody listens from here on.
    pub fn stop(&self) {
        self.0.seats.stop();
    }

    /// Listens for somebody who was found, from `last` on if they name it as the last event that they have.
    ///
    /// # Errors
    /// 429 when too many listen for the owner, 503 when too many listen at all, when the server stops, and when
    /// the store cannot be read.
    pub async fn listen(&self, app: &App, principal: Arc<Principal>, last: Option<&str>) -> Result<Listener, Problem> {
        let seated = self
            .0
            .seats
            .sit_down(&principal.owner, || self.begin(&principal.owner))?;
        let feed = &seated.feed;
        let mut head = feed.log.head();
        let is_settled = |head: &Head| head.ready || head.ended;
        match timeout(PATIENCE, head.wait_for(is_settled)).await {
            Ok(Ok(head)) if !head.ended => {}
            _ => return Err(Error::new(ErrorKind::Unavailable, "what there is to tell cannot be read").into()),
        }
        let (mut next, mut position) = feed.log.position();
        let mut told = Vec::new();
        if let Some(last) = last {
            let id = EventId::parse(last);
            match id.and_then(|id| Some((id, feed.log.after(&id)?))) {
                Some((id, after)) => (next, position) = (after, id),
                None => told = self.0.since(feed, id).await?,
            }
        }
        let counters = Arc::clone(&self.0);
        Ok(Listener::new(
            app.clone(),
            principal,
            counters,
            seated,
            told,
            next,
            position,
        ))
    }

    /// Begins to look at an owner.
    fn begin(&self, owner: &OwnerId) -> Arc<OwnerFeed> {
        let id = self.0.logs.fetch_add(1, Ordering::Relaxed) as u32;
        let feed = Arc::new(OwnerFeed {
            owner: owner.clone(),
            log: Log::new(id, Arc::clone(&self.0.bytes)),
            retell: AtomicBool::new(false),
        });
        tokio::spawn(Arc::clone(&self.0).run(Arc::clone(&feed)));
        feed
    }
}

/// Whatever ends the looks ends the streams: a client then comes back and others are begun.
struct Ending<'a>(&'a Inner, &'a Arc<OwnerFeed>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.1.log.end();
        self.0.seats.remove(self.1);
    }
}

impl Inner {
    /// Counts events that a listener was sent.
    pub(super) fn count(&self, kind: Kind, events: u64) {
        if let Some(place) = Kind::ALL.iter().position(|known| *known == kind) {
            self.sent[place].fetch_add(events, Ordering::Relaxed);
        }
    }

    /// Counts a listener that did not keep up.
    pub(super) fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    async fn run(self: Arc<Self>, feed: Arc<OwnerFeed>) {
        let _ending = Ending(&self, &feed);
        let mut head = feed.log.head();
        tokio::select! {
            () = self.look_on(&feed) => {}
            () = self.look_at_prices(&feed) => {}
            () = self.left(&feed) => {}
            _ = head.wait_for(|head| head.ended) => {}
        }
    }

    /// Comes when nobody has listened for a while.
    async fn left(&self, feed: &Arc<OwnerFeed>) {
        while !self.seats.give_up(feed) {
            sleep(EVERY).await;
        }
    }

    async fn look_on(&self, feed: &OwnerFeed) {
        let mut looks = Looks::default();
        loop {
            let began = self.tracker.clock().now().as_millisecond();
            match self.look(&mut looks, feed).await {
                Ok(events) => feed.log.push(Some(began), &events),
                Err(error) => tracing::debug!(%error, "what is new for listeners cannot be read; it is tried again"),
            }
            let owners = u32::try_from(self.seats.owners()).unwrap_or(u32::MAX);
            sleep(EVERY.max(EACH.saturating_mul(owners))).await;
        }
    }

    async fn look(&self, looks: &mut Looks, feed: &OwnerFeed) -> Result<Vec<Event>> {
        let _turn = self.looks.acquire().await;
        let ticks = self.ticks().await?;
        looks.look(&self.tracker, &self.jobs, &feed.owner, &ticks).await
    }

    async fn look_at_prices(&self, feed: &OwnerFeed) {
        let mut prices = Prices::default();
        let mut head = feed.log.head();
        // What was there before the first look is not new.
        if head.wait_for(|head| head.ready).await.is_err() {
            return;
        }
        loop {
            if feed.retell.swap(false, Ordering::Relaxed) {
                prices.forget();
            }
            let turn = self.price_looks.acquire().await;
            match prices.look(&self.tracker, &feed.owner).await {
                Ok(events) => feed.log.push(None, &events),
                Err(error) => tracing::debug!(%error, "prices for listeners cannot be read; it is tried again"),
            }
            drop(turn);
            sleep(PRICES_EVERY).await;
        }
    }

    /// The last instants of the schedule, read once for all owners.
    async fn ticks(&self) -> Result<Arc<[TickStatus]>> {
        let mut kept = self.ticks.lock().await;
        if let Some((at, ticks)) = &*kept
            && at.elapsed() < TICKS_FOR
        {
            return Ok(Arc::clone(ticks));
        }
        let began = Instant::now();
        let ticks: Arc<[TickStatus]> = self.jobs.ticks(TICKS).await?.into();
        *kept = Some((began, Arc::clone(&ticks)));
        Ok(ticks)
    }

    /// What happened since the event with an id of another log or one that is not kept any more.
    async fn since(&self, feed: &OwnerFeed, id: Option<EventId>) -> Result<Vec<Event>> {
        let begin = id.and_then(|id| resume::begin(id.at, self.tracker.clock().now()));
        let Some(begin) = begin else {
            return Ok(vec![Event::reset(Cause::TooLongAgo)?]);
        };
        // Nobody notes when a price was told, so all of them are.
        feed.retell.store(true, Ordering::Relaxed);
        let read = async {
            let _turn = self.looks.acquire().await;
            let ticks = self.ticks().await?;
            resume::since(&self.tracker, &self.jobs, &feed.owner, &ticks, begin).await
        };
        let found = timeout(resume::PATIENCE, read).await;
        let late = |_| Error::new(ErrorKind::Timeout, "what happened meanwhile could not be read in time");
        match found.map_err(late)?? {
            Some(events) => Ok(events),
            None => Ok(vec![Event::reset(Cause::TooMuch)?]),
        }
    }
}
