//! The outbox: a row for each channel that a notification goes through.

use folio_core::store::{NOTIFICATIONS_KEPT, RecordKind, Row};
use folio_core::{Error, ErrorKind, Event, OwnerId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dispatch::{Dispatch, Phase, Work};

/// After how many seconds a message that a channel did not take is sent again: that of Standard Webhooks'
/// kind, for every channel. Then once an hour.
const RETRIES: [i64; 5] = [5, 15, 30, 60, 300];
const HOURLY: i64 = 3_600;
/// For how long it is tried.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How far the delivery of a notification through one channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeliveryState {
    /// It waits for its first try.
    Queued,
    /// It is being sent.
    Sending,
    /// A try failed; another follows.
    Retrying,
    /// The channel has taken it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// The word for the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// The delivery of a notification through one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryStatus {
    /// The channel.
    pub channel: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// What went wrong at the last try, where it did.
    pub last_error: Option<String>,
    /// Its kind, of a sample that was just sent.
    pub error_kind: Option<ErrorKind>,
    /// When the channel took it.
    pub delivered_at: Option<Timestamp>,
    /// When it is sent next, where it is.
    pub next_attempt_at: Option<Timestamp>,
}

/// A notification on its way through one channel. What it says is kept once, with the notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutboxRow {
    pub notification_id: Uuid,
    pub owner: OwnerId,
    /// When the notification was created, by which it is found.
    pub noticed_at: Timestamp,
    pub channel: String,
    pub dispatch: Dispatch,
    pub attempts: u32,
    /// How many tries failed since the first, or since it was asked for again.
    pub refusals: u32,
    /// When it was sent first, or first again.
    pub tried_since: Option<Timestamp>,
    pub last_error: Option<String>,
    pub delivered_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl OutboxRow {
    /// The rows of an event.
    pub(crate) fn of(event: &Event, now: Timestamp) -> impl Iterator<Item = Self> {
        event.channels.iter().map(move |channel| Self {
            notification_id: event.notification.id,
            owner: event.notification.owner.clone(),
            noticed_at: event.notification.created_at,
            channel: channel.clone(),
            dispatch: Dispatch::open(now),
            attempts: 0,
            refusals: 0,
            tried_since: None,
            last_error: None,
            delivered_at: None,
            created_at: now,
            finished_at: None,
        })
    }

    pub(crate) fn key_of(notification: Uuid, channel: &str) -> String {
        format!("{}{channel}", Self::prefix_of(notification))
    }

    /// What the keys of a notification's rows begin with.
    pub(crate) fn prefix_of(notification: Uuid) -> String {
        format!("{notification}:")
    }

    /// The channel has taken it.
    pub(crate) fn deliver(&mut self, now: Timestamp) {
        self.last_error = None;
        self.delivered_at = Some(now);
        self.finish(now);
    }

    /// The channel did not take it: it is sent again later, or given up.
    pub(crate) fn refuse(&mut self, now: Timestamp, error: &Error) {
        self.last_error = Some(error.message().to_owned());
        self.refusals = self.refusals.saturating_add(1);
        let next = now + delay(self.refusals, error);
        let until = self.tried_since.unwrap_or(now) + TRIED_FOR;
        if error.is_retryable() && next <= until {
            self.dispatch.release(next);
        } else {
            self.finish(now);
        }
    }

    /// Somebody wants it sent again, at once; whether that changes anything.
    pub(crate) fn again(&mut self, now: Timestamp) -> bool {
        if matches!(self.dispatch.phase, Phase::Running | Phase::Pushed) {
            return false;
        }
        (self.refusals, self.tried_since, self.finished_at) = (0, None, None);
        (self.delivered_at, self.last_error) = (None, None);
        self.dispatch.release(now);
        true
    }

    fn finish(&mut self, now: Timestamp) {
        self.finished_at = Some(now);
        self.dispatch.close();
    }

    /// As clients see it.
    pub(crate) fn view(&self) -> DeliveryStatus {
        let state = match self.dispatch.phase {
            Phase::Closed if self.delivered_at.is_some() => DeliveryState::Delivered,
            Phase::Closed => DeliveryState::Failed,
            Phase::Running => DeliveryState::Sending,
            Phase::Open | Phase::Pushed if self.refusals == 0 => DeliveryState::Queued,
            Phase::Open | Phase::Pushed => DeliveryState::Retrying,
        };
        DeliveryStatus {
            channel: self.channel.clone(),
            state,
            attempts: self.attempts,
            last_error: self.last_error.clone(),
            error_kind: None,
            delivered_at: self.delivered_at,
            next_attempt_at: (self.dispatch.phase == Phase::Open).then_some(self.dispatch.due_at),
        }
    }
}

/// How long to wait after so many tries that failed, and not less than the channel asks for.
fn delay(refusals: u32, error: &Error) -> SignedDuration {
    let index = usize::try_from(refusals).unwrap_or(usize::MAX).saturating_sub(1);
    let scheduled = SignedDuration::from_secs(RETRIES.get(index).copied().unwrap_or(HOURLY));
    let asked = error
        .retry_after()
        .map(|delay| SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX))
        .unwrap_or_default();
    scheduled.max(asked.min(TRIED_FOR))
}

impl Row for OutboxRow {
    const KIND: RecordKind = RecordKind("outbox");

    fn key(&self) -> String {
        Self::key_of(self.notification_id, &self.channel)
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.dispatch.due_at()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.finished_at.map(|at| at + NOTIFICATIONS_KEPT)
    }
}

impl Work for OutboxRow {
    const WORD: &'static str = "send-notification";
    /// Longer than a channel may take, so that no two send it at once.
    const SILENT_FOR: SignedDuration = SignedDuration::from_secs(60);

    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn dispatch_mut(&mut self) -> &mut Dispatch {
        &mut self.dispatch
    }

    fn started(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.tried_since.get_or_insert(now);
    }

    fn died(&mut self, now: Timestamp, _: SignedDuration) {
        if now.duration_since(self.tried_since.unwrap_or(now)) >= TRIED_FOR {
            self.last_error = Some("the workers that sent it ended without an outcome".to_owned());
            self.finish(now);
        }
    }

    fn failed(&mut self, now: Timestamp, _: SignedDuration, error: &Error) {
        self.dispatch.fail(now, error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folio_core::Notification;
    use std::time::Duration;

    fn row() -> OutboxRow {
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        let event = Event {
            notification: Notification::sample(OwnerId::default(), now),
            channels: vec!["webhook".to_owned()],
        };
        OutboxRow::of(&event, now).next().unwrap()
    }

    /// Tries at once whenever it is due and has each fail; after how many seconds each try was.
    fn tries(error: &Error) -> Vec<i64> {
        let mut row = row();
        let start = row.created_at;
        let mut seconds = Vec::new();
        while let Some(now) = row.due_at() {
            seconds.push(now.duration_since(start).as_secs());
            row.started(now);
            row.refuse(now, error);
        }
        assert_eq!(row.view().state, DeliveryState::Failed);
        assert_eq!(row.view().attempts as usize, seconds.len());
        seconds
    }

    #[test]
    fn a_refused_message_is_tried_for_a_day() {
        let tries = tries(&Error::new(ErrorKind::Unavailable, "down"));
        assert_eq!(tries[..7], [0, 5, 20, 50, 110, 410, 4_010]);
        assert_eq!(*tries.last().unwrap(), 410 + 23 * 3_600);
        assert_eq!(tries.len(), 6 + 23);
    }

    #[test]
    fn what_no_waiting_mends_is_given_up_at_once() {
        assert_eq!(tries(&Error::new(ErrorKind::InvalidInput, "no")), [0]);
        assert_eq!(tries(&Error::new(ErrorKind::NotConfigured, "gone")), [0]);
    }

    #[test]
    fn a_channel_that_asks_for_time_gets_it() {
        let asked =
            |seconds| Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Duration::from_secs(seconds));
        assert_eq!(tries(&asked(50_000)), [0, 50_000]);
        assert_eq!(
            delay(1, &asked(1)),
            SignedDuration::from_secs(5),
            "not less than the schedule"
        );
        assert_eq!(tries(&asked(u64::MAX)), [0, 86_400]);
    }

    #[test]
    fn a_row_is_sent_again_only_when_nobody_sends_it() {
        let mut row = row();
        let now = row.created_at;
        row.dispatch.push(now);
        assert!(!row.again(now), "it is on its way");
        row.dispatch.run(now, OutboxRow::SILENT_FOR);
        assert!(!row.again(now), "it is being sent");
        row.deliver(now);
        assert_eq!(row.view().state, DeliveryState::Delivered);
        assert!(row.expires_at().is_some() && row.due_at().is_none());
        assert!(row.again(now));
        assert_eq!((row.view().state, row.due_at()), (DeliveryState::Queued, Some(now)));
        assert_eq!(row.expires_at(), None);
    }
}
