//! What one listener gets.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::event::{Event, EventId, Kind};
use super::feed::Inner;
use super::log::{Head, Taken};
use super::seats::Seated;
use crate::app::App;
use crate::auth::Principal;

/// How often something is sent where nothing happens, so that nobody between takes the connection for dead.
const COMMENT: Duration = Duration::from_secs(15);
/// How often it is made sure that the listener may still listen.
const CHECK: Duration = Duration::from_secs(2);
/// How long a listener goes on while that cannot be looked up.
const UNCHECKED: Duration = Duration::from_secs(30);
/// How long one look-up may take.
const LOOK_UP: Duration = Duration::from_secs(5);
/// When a client comes back whose connection broke, in milliseconds.
const RETRY: u32 = 3_000;

/// Somebody who listens.
pub struct Listener {
    app: App,
    principal: Arc<Principal>,
    counters: Arc<Inner>,
    head: watch::Receiver<Head>,
    seated: Seated,
    /// What is sent first.
    opening: VecDeque<Bytes>,
    /// The number of the next event.
    next: u64,
    comment_at: Instant,
    check_at: Instant,
    checked_at: Instant,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("owner", &self.seated.feed.owner)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Listener {
    /// A listener who is told `told` and then what comes at `next`, after `position`.
    pub(super) fn new(
        app: App,
        principal: Arc<Principal>,
        counters: Arc<Inner>,
        seated: Seated,
        told: Vec<Event>,
        next: u64,
        position: EventId,
    ) -> Self {
        let mut opening = VecDeque::with_capacity(told.len() + 2);
        opening.push_back(format!("retry: {RETRY}\n\n").into());
        // None of these has an id: a client that loses the connection among them asks for all of them again.
        for event in &told {
            opening.push_back(event.block(None));
            counters.count(event.kind, 1);
        }
        opening.push_back(where_it_is(&position));
        let now = Instant::now();
        Self {
            app,
            principal,
            counters,
            head: seated.feed.log.head(),
            seated,
            opening,
            next,
            comment_at: now + COMMENT,
            check_at: now + CHECK,
            checked_at: now,
        }
    }

    /// The bytes for the client, until they may listen no longer, do not keep up, or the server stops.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        futures::stream::unfold(self, |mut listener| async move {
            let bytes = listener.bytes().await?;
            Some((Ok(bytes), listener))
        })
    }

    async fn bytes(&mut self) -> Option<Bytes> {
        loop {
            // A client that reads slowly is checked when it reads on, before it is told anything.
            if self.check_at <= Instant::now() && !self.may_listen().await {
                return None;
            }
            if self.head.borrow_and_update().ended {
                return None;
            }
            if let Some(bytes) = self.opening.pop_front() {
                return Some(bytes);
            }
            let position = match self.seated.feed.log.take(self.next) {
                Taken::Events { chunk, next, counts } => {
                    self.next = next;
                    self.comment_at = Instant::now() + COMMENT;
                    for (kind, events) in Kind::ALL.into_iter().zip(counts) {
                        self.counters.count(kind, events);
                    }
                    return Some(chunk);
                }
                Taken::Lost => {
                    self.counters.count_lost();
                    tracing::debug!("a listener did not keep up and is let go");
                    return None;
                }
                Taken::Nothing(position) => position,
            };
            tokio::select! {
                changed = self.head.changed() => changed.ok()?,
                () = sleep_until(self.check_at) => {}
                () = sleep_until(self.comment_at) => {
                    self.comment_at = Instant::now() + COMMENT;
                    let mut text = String::from(": still here\n");
                    text.push_str(&id_line(&position));
                    return Some(text.into());
                }
            }
        }
    }

    /// Whether the listener may go on: what they showed is still good, or was until a moment ago.
    async fn may_listen(&mut self) -> bool {
        let looked_up = timeout(LOOK_UP, self.app.access.is_valid(&self.principal)).await;
        let now = Instant::now();
        self.check_at = now + CHECK;
        match looked_up {
            Ok(Ok(valid)) => {
                self.checked_at = now;
                valid
            }
            _ => self.checked_at.elapsed() < UNCHECKED,
        }
    }
}

/// Tells a client how far it is without an event: browsers keep the id and dispatch nothing.
fn where_it_is(position: &EventId) -> Bytes {
    id_line(position).into()
}

fn id_line(position: &EventId) -> String {
    format!("id: {position}\n\n")
}
