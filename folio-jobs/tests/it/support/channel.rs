//! A channel that does what it is told.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::{Delivery, Error, ErrorKind, Notification, Notifier, Result};
use uuid::Uuid;

use super::faults::Faults;

/// What a channel does with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It takes it.
    Take,
    /// It answers with an error.
    Fail(ErrorKind),
    /// It asks for so many seconds.
    Wait(ErrorKind, u64),
    /// It never answers, having taken the message or not.
    Hang { taken: bool },
    /// The process is killed while it answers, when the message was taken or not.
    Die { taken: bool },
}

#[derive(Debug, Default)]
struct State {
    destination: String,
    next: VecDeque<Answer>,
    then: Option<Answer>,
    calls: Vec<Uuid>,
    taken: Vec<Uuid>,
}

/// A channel that does what it is told, and remembers.
#[derive(Debug)]
pub(crate) struct Channel {
    name: &'static str,
    faults: Arc<Faults>,
    state: Mutex<State>,
}

impl Channel {
    pub(crate) fn new(name: &'static str, faults: &Arc<Faults>) -> Arc<Self> {
        Arc::new(Self {
            name,
            faults: Arc::clone(faults),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it does with the next messages, before it does what it always does.
    pub(crate) fn next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state().next.extend(answers);
    }

    /// What it does with every message from now on.
    pub(crate) fn always(&self, answer: Answer) {
        let mut state = self.state();
        state.next.clear();
        state.then = Some(answer);
    }

    pub(crate) fn move_to(&self, destination: &str) {
        self.state().destination = destination.to_owned();
    }

    /// The ids of all messages that came, in order.
    pub(crate) fn calls(&self) -> Vec<Uuid> {
        self.state().calls.clone()
    }

    /// The ids of the messages that were taken, repetitions included.
    pub(crate) fn taken(&self) -> Vec<Uuid> {
        self.state().taken.clone()
    }
}

#[async_trait]
impl Notifier for Channel {
    fn channel(&self) -> &str {
        self.name
    }

    fn destination(&self) -> String {
        self.state().destination.clone()
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let answer = {
            let mut state = self.state();
            state.calls.push(notification.id);
            let answer = state.next.pop_front().or(state.then).unwrap_or(Answer::Take);
            let taken = [Answer::Take, Answer::Hang { taken: true }, Answer::Die { taken: true }];
            if taken.contains(&answer) {
                state.taken.push(notification.id);
            }
            answer
        };
        match answer {
            Answer::Take => Ok(Delivery::default()),
            Answer::Fail(kind) => Err(Error::new(kind, format!("{} does not want it", self.name))),
            Answer::Wait(kind, seconds) => {
                Err(Error::new(kind, "not now").with_retry_after(Duration::from_secs(seconds)))
            }
            Answer::Hang { .. } => pending().await,
            Answer::Die { .. } => {
                self.faults.dead.notify_one();
                pending().await
            }
        }
    }
}
