//! Who listens, and how many may.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use folio_core::{Error, ErrorKind, OwnerId};
use http::StatusCode;
use tokio::time::Instant;

use super::log::Log;
use crate::error::{Problem, Result};

/// How long an owner is looked at after the last listener left: one whose connection broke comes back at once.
const LINGER: Duration = Duration::from_secs(30);
/// How many may listen to an owner, and to all owners of a process.
const PER_OWNER: usize = 32;
const PER_PROCESS: usize = 2_000;
/// When one who was refused comes back.
const COME_BACK: Duration = Duration::from_secs(30);

/// What is told of an owner, for as long as somebody listens.
pub(super) struct OwnerFeed {
    pub(super) owner: OwnerId,
    pub(super) log: Log,
    /// Whether all prices are to be told again.
    pub(super) retell: AtomicBool,
}

struct Seat {
    feed: Arc<OwnerFeed>,
    listeners: usize,
    left_at: Instant,
}

#[derive(Default)]
struct State {
    by_owner: HashMap<OwnerId, Seat>,
    listeners: usize,
    stopped: bool,
}

/// Those who listen, by owner.
#[derive(Default)]
pub(super) struct Seats(Mutex<State>);

impl Seats {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many listen.
    pub(super) fn listeners(&self) -> usize {
        self.state().listeners
    }

    /// How many owners are looked at.
    pub(super) fn owners(&self) -> usize {
        self.state().by_owner.len()
    }

    /// Counts a listener in. The first one of an owner has a feed made by `begin`.
    pub(super) fn sit_down(
        self: &Arc<Self>,
        owner: &OwnerId,
        begin: impl FnOnce() -> Arc<OwnerFeed>,
    ) -> Result<Seated> {
        let mut state = self.state();
        if state.stopped {
            return Err(Error::new(ErrorKind::Unavailable, "the server is stopping").into());
        }
        if state.listeners >= PER_PROCESS {
            let full = Error::new(ErrorKind::Unavailable, "too many listen to this server at the moment");
            return Err(full.with_retry_after(COME_BACK).into());
        }
        let listening = state.by_owner.get(owner).map_or(0, |seat| seat.listeners);
        if listening >= PER_OWNER {
            let detail = format!("at most {PER_OWNER} may listen for one owner: close another stream");
            let problem = Problem::with_status(StatusCode::TOO_MANY_REQUESTS, ErrorKind::RateLimited, detail);
            return Err(problem.retry_after(COME_BACK));
        }
        let ended = state.by_owner.get(owner).is_some_and(|seat| seat.feed.log.has_ended());
        if ended {
            state.by_owner.remove(owner);
        }
        let seat = state.by_owner.entry(owner.clone()).or_insert_with(|| Seat {
            feed: begin(),
            listeners: 0,
            left_at: Instant::now(),
        });
        seat.listeners += 1;
        let feed = Arc::clone(&seat.feed);
        state.listeners += 1;
        let seats = Arc::clone(self);
        Ok(Seated { seats, feed })
    }

    /// Whether nobody has listened to a feed for a while; it then has no seat any more.
    pub(super) fn give_up(&self, feed: &Arc<OwnerFeed>) -> bool {
        let mut state = self.state();
        let left = state.by_owner.get(&feed.owner).is_some_and(|seat| {
            Arc::ptr_eq(&seat.feed, feed) && seat.listeners == 0 && seat.left_at.elapsed() >= LINGER
        });
        if left {
            state.by_owner.remove(&feed.owner);
        }
        left
    }

    /// Takes the seat of a feed away, unless another feed has taken the owner's place.
    pub(super) fn remove(&self, feed: &Arc<OwnerFeed>) {
        let mut state = self.state();
        let place = state.by_owner.get(&feed.owner);
        if place.is_some_and(|seat| Arc::ptr_eq(&seat.feed, feed)) {
            state.by_owner.remove(&feed.owner);
        }
    }

    /// Ends all feeds; nobody sits down from here on.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        for seat in state.by_owner.values() {
            seat.feed.log.end();
        }
    }
}

/// That somebody listens; they do no longer when it is dropped.
pub(super) struct Seated {
    seats: Arc<Seats>,
    pub(super) feed: Arc<OwnerFeed>,
}

impl Drop for Seated {
    fn drop(&mut self) {
        let mut state = self.seats.state();
        state.listeners -= 1;
        // After a defect in a look another feed may have taken the owner's place.
        if let Some(seat) = state.by_owner.get_mut(&self.feed.owner)
            && Arc::ptr_eq(&seat.feed, &self.feed)
        {
            seat.listeners -= 1;
            seat.left_at = Instant::now();
        }
    }
}
