//! A channel that remembers what it was told.

use std::sync::Mutex;

use async_trait::async_trait;

use super::lock;
use crate::notification::{Delivery, Notification, Notifier};
use crate::{Error, ErrorKind, Result};

/// A [`Notifier`] that keeps every message instead of sending it.
///
/// ```
/// use folio_core::{ErrorKind, Notifier, memory::RecordingNotifier};
/// # use folio_core::{Notification, OwnerId};
/// # let notification = Notification::sample(OwnerId::default(), "2026-03-01T09:00:00Z".parse().unwrap());
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let channel = RecordingNotifier::new("webhook");
/// channel.set_failure(Some(ErrorKind::Unavailable));
/// assert!(channel.notify(&notification).await.unwrap_err().is_retryable());
///
/// channel.set_failure(None);
/// channel.notify(&notification).await.unwrap();
/// channel.notify(&notification).await.unwrap();
/// assert_eq!(channel.attempts(), 3);
/// assert_eq!(channel.delivered(), [notification], "the same notification is told once");
/// # });
/// ```
#[derive(Debug)]
pub struct RecordingNotifier {
    channel: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Notification>,
    delivered: Vec<Notification>,
    failure: Option<ErrorKind>,
}

impl RecordingNotifier {
    /// A channel of this name that takes everything.
    pub fn new(channel: impl Into<String>) -> Self {
        Self {
            channel: channel.into(),
            state: Mutex::default(),
        }
    }

    /// Lets every further message fail with this kind, or none.
    pub fn set_failure(&self, failure: Option<ErrorKind>) {
        lock(&self.state).failure = failure;
    }

    /// How often a message was handed over, failures and repetitions included.
    #[must_use]
    pub fn attempts(&self) -> usize {
        lock(&self.state).received.len()
    }

    /// Every message as it was handed over, failures and repetitions included, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Notification> {
        lock(&self.state).received.clone()
    }

    /// The messages that were taken, each id once, oldest first.
    #[must_use]
    pub fn delivered(&self) -> Vec<Notification> {
        lock(&self.state).delivered.clone()
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    fn channel(&self) -> &str {
        &self.channel
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let mut state = lock(&self.state);
        state.received.push(notification.clone());
        if let Some(kind) = state.failure {
            return Err(Error::new(
                kind,
                format!("the channel {} was told to fail", self.channel),
            ));
        }
        if state.delivered.iter().all(|known| known.id != notification.id) {
            state.delivered.push(notification.clone());
        }
        Ok(Delivery {
            reference: Some(notification.id.to_string()),
        })
    }
}
