//! The last events of an owner, kept once for all listeners and for those that come back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::watch;
use tokio::time::Instant;

use super::event::{Event, EventId, Kind};

/// The most bytes that are kept of an owner's events.
const BYTES: usize = 2 * 1024 * 1024;
/// The same, once all owners together have more than [`BYTES_OF_ALL`].
const BYTES_IN_NEED: usize = 64 * 1024;
const BYTES_OF_ALL: usize = 128 * 1024 * 1024;
/// How long an event is kept.
const KEPT: Duration = Duration::from_secs(300);
/// How many bytes a listener takes at once.
const TAKEN: usize = 64 * 1024;

/// Where a log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether it was looked at once.
    pub(super) ready: bool,
    /// Whether nothing more comes.
    pub(super) ended: bool,
    /// The number of the next event.
    pub(super) next: u64,
}

/// What a listener gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// These bytes; then the listener is at `next`.
    Events {
        chunk: Bytes,
        next: u64,
        /// How many there are of each kind, in the order of [`Kind::ALL`].
        counts: [u64; Kind::ALL.len()],
    },
    /// The listener has everything and is at this position.
    Nothing(EventId),
    /// What comes next is not kept any more.
    Lost,
}

struct Entry {
    number: u64,
    kind: Kind,
    block: Bytes,
    since: Instant,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The number of the last event; the first one is 1.
    last: u64,
    /// When the last look began that succeeded, in milliseconds.
    at: i64,
}

/// The last events of an owner.
pub(super) struct Log {
    id: u32,
    state: Mutex<State>,
    head: watch::Sender<Head>,
    /// The bytes of all logs of the process.
    of_all: Arc<AtomicUsize>,
}

impl Log {
    pub(super) fn new(id: u32, of_all: Arc<AtomicUsize>) -> Self {
        Self {
            id,
            state: Mutex::default(),
            head: watch::Sender::default(),
            of_all,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    /// Adds what a look found that began at `at`, and lets go of what is old.
    pub(super) fn push(&self, at: Option<i64>, events: &[Event]) {
        let mut state = self.state();
        let now = Instant::now();
        // A clock that is set back does not bring ids back.
        state.at = state.at.max(at.unwrap_or_default());
        for event in events {
            state.last += 1;
            let id = self.position_of(&state);
            let block = event.block(Some(&id));
            state.bytes += block.len();
            self.of_all.fetch_add(block.len(), Ordering::Relaxed);
            state.entries.push_back(Entry {
                number: id.number,
                kind: event.kind,
                block,
                since: now,
            });
        }
        let most = if self.of_all.load(Ordering::Relaxed) > BYTES_OF_ALL {
            BYTES_IN_NEED
        } else {
            BYTES
        };
        while let Some(first) = state.entries.front()
            && (state.bytes > most || now.duration_since(first.since) > KEPT)
        {
            let size = first.block.len();
            state.bytes -= size;
            self.of_all.fetch_sub(size, Ordering::Relaxed);
            state.entries.pop_front();
        }
        let next = state.last + 1;
        drop(state);
        self.head.send_if_modified(|head| {
            let before = *head;
            (head.ready, head.next) = (true, next);
            *head != before
        });
    }

    /// Ends it: nothing more comes.
    pub(super) fn end(&self) {
        self.head.send_modify(|head| head.ended = true);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.head.borrow().ended
    }

    fn position_of(&self, state: &State) -> EventId {
        EventId {
            at: state.at,
            number: state.last,
            log: self.id,
        }
    }

    /// Where somebody begins who wants only what comes: their next event, and the id of what was before it.
    pub(super) fn position(&self) -> (u64, EventId) {
        let state = self.state();
        (state.last + 1, self.position_of(&state))
    }

    /// Where somebody goes on who has everything up to `id`; `None` if that is of another log or not kept.
    pub(super) fn after(&self, id: &EventId) -> Option<u64> {
        let state = self.state();
        let next = id.number.checked_add(1)?;
        let oldest = state.entries.front().map_or(state.last + 1, |entry| entry.number);
        (id.log == self.id && (oldest..=state.last + 1).contains(&next)).then_some(next)
    }

    /// What comes at `next`.
    pub(super) fn take(&self, next: u64) -> Taken {
        let state = self.state();
        if next > state.last {
            return Taken::Nothing(self.position_of(&state));
        }
        let Some(first) = state.entries.front().filter(|first| first.number <= next) else {
            return Taken::Lost;
        };
        let skipped = usize::try_from(next - first.number).unwrap_or(usize::MAX);
        let mut chunk = BytesMut::new();
        let mut counts = [0; Kind::ALL.len()];
        let mut next = next;
        for entry in state.entries.iter().skip(skipped) {
            if !chunk.is_empty() && chunk.len() + entry.block.len() > TAKEN {
                break;
            }
            chunk.extend_from_slice(&entry.block);
            if let Some(place) = Kind::ALL.iter().position(|kind| *kind == entry.kind) {
                counts[place] += 1;
            }
            next = entry.number + 1;
        }
        let chunk = chunk.freeze();
        Taken::Events { chunk, next, counts }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let bytes = self.state().bytes;
        self.of_all.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Log {
        Log::new(9, Arc::default())
    }

    fn event(size: usize) -> Event {
        Event {
            kind: Kind::Job,
            data: "x".repeat(size),
        }
    }

    fn taken(log: &Log, next: u64) -> (String, u64) {
        match log.take(next) {
            Taken::Events { chunk, next, .. } => (String::from_utf8(chunk.to_vec()).unwrap(), next),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_gets_each_event_once_and_in_order() {
        let log = log();
        let (mut next, id) = log.position();
        assert_eq!((next, id.number), (1, 0));
        log.push(Some(5), &[event(1), event(2)]);
        let (text, after) = taken(&log, next);
        assert_eq!(
            text,
            "id: 5-1-00000009\nevent: job\ndata: x\n\nid: 5-2-00000009\nevent: job\ndata: xx\n\n"
        );
        next = after;
        // A clock that goes back: ids do not.
        log.push(Some(3), &[event(3)]);
        assert!(taken(&log, next).0.starts_with("id: 5-3-00000009\n"));
        assert!(matches!(log.take(4), Taken::Nothing(id) if id.number == 3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_is_bounded_and_who_is_behind_it_is_told() {
        let log = log();
        for _ in 0..40 {
            log.push(Some(1), &[event(100_000)]);
        }
        assert!(log.state().bytes <= BYTES && log.of_all.load(Ordering::Relaxed) <= BYTES);
        assert_eq!(log.take(1), Taken::Lost);
        let first = log.state().entries.front().unwrap().number;
        assert!(taken(&log, first).1 > first);
        let id = |number| EventId { at: 1, number, log: 9 };
        assert_eq!(log.after(&id(0)), None);
        assert_eq!(log.after(&id(first - 1)), Some(first));
        assert_eq!(log.after(&id(40)), Some(41));
        assert_eq!(log.after(&id(41)), None, "of another life");
        assert_eq!(log.after(&EventId { log: 8, ..id(39) }), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_old_goes_and_so_does_a_log() {
        let of_all = Arc::<AtomicUsize>::default();
        let log = Log::new(9, Arc::clone(&of_all));
        log.push(Some(1), &[event(10)]);
        tokio::time::advance(KEPT + Duration::from_secs(1)).await;
        log.push(Some(2), &[]);
        assert_eq!((of_all.load(Ordering::Relaxed), log.take(1)), (0, Taken::Lost));
        log.push(Some(3), &[event(10)]);
        assert!(of_all.load(Ordering::Relaxed) > 0);
        drop(log);
        assert_eq!(of_all.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn owners_share_one_bound() {
        let of_all = Arc::<AtomicUsize>::default();
        let logs: Vec<_> = (0..100).map(|id| Log::new(id, Arc::clone(&of_all))).collect();
        for log in &logs {
            for _ in 0..20 {
                log.push(Some(1), &[event(100_000)]);
            }
        }
        assert!(of_all.load(Ordering::Relaxed) <= BYTES_OF_ALL + BYTES);
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_takes_parts_of_much() {
        let log = log();
        log.push(Some(1), &vec![event(30_000); 5]);
        let (text, next) = taken(&log, 1);
        assert!(text.len() <= TAKEN && next == 3, "{next}");
        log.push(Some(1), &[event(TAKEN * 2)]);
        assert_eq!(taken(&log, 6).1, 7, "one that is larger goes alone");
    }
}
