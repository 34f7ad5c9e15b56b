//! Sending: one try of one notification through one channel.

use std::time::Duration;

use folio_core::store::{Notifications, RecordKind, Row};
use folio_core::{Error, ErrorKind, Event, Notification, Result, Watch};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::context::Context;
use crate::lease::{Halt, Lease};
use crate::outbox::OutboxRow;

/// How long a channel may take; shorter than the lease of the row.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// A channel that said it will take nothing until somebody changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DisabledChannel {
    pub channel: String,
    /// Where it sent to; elsewhere it is tried again.
    pub destination: String,
    pub since: Timestamp,
    pub reason: String,
}

impl Row for DisabledChannel {
    const KIND: RecordKind = RecordKind("disabled_channels");

    fn key(&self) -> String {
        self.channel.clone()
    }
}

/// Sends a notification and writes down what became of it.
pub(crate) async fn run(context: &Context, lease: &mut Lease<OutboxRow>) -> Result<(), Halt> {
    let row = lease.row().clone();
    let Some(notification) = notification(context, &row).await? else {
        // The portfolio was deleted with all that belongs to it.
        context.table::<OutboxRow>().remove(&row.key()).await?;
        return Ok(());
    };
    let sent = match disabled(context, &row.channel).await? {
        Some(disabled) => Err(Error::new(
            ErrorKind::NotConfigured,
            format!(
                "the channel is disabled since {}: {}. Once that is mended, a restart enables it again, or a sample that \
                 goes through",
                disabled.since, disabled.reason
            ),
        )),
        None => send(context, &row.channel, &notification).await,
    };
    let now = context.now();
    let outcome = if sent.is_ok() { "delivered" } else { "refused" };
    metrics::counter!("folio_sends_total", "channel" => row.channel.clone(), "outcome" => outcome).increment(1);
    match sent {
        Ok(()) => info!(notification = %notification.id, channel = row.channel, "a notification was delivered"),
        Err(ref error) => {
            warn!(%error, notification = %notification.id, channel = row.channel, "a notification was not delivered");
        }
    }
    lease
        .update(|row| match &sent {
            Ok(()) => row.deliver(now),
            Err(error) => row.refuse(now, error),
        })
        .await
}

/// What is to be sent, unless it or its portfolio is gone.
async fn notification(context: &Context, row: &OutboxRow) -> Result<Option<Notification>> {
    let notifications = Notifications::new(&**context.store());
    let kept = notifications.get(&row.owner, row.noticed_at, row.notification_id);
    let Some(Event { notification, .. }) = kept.await? else {
        return Ok(None);
    };
    let Some(portfolio) = notification.portfolio_id else {
        return Ok(Some(notification));
    };
    match context.store().portfolio(&row.owner, portfolio).await {
        Ok(_) => Ok(Some(notification)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // What a crash left of the deletion goes now.
            notifications.remove_one(&notification).await?;
            context.table::<Watch>().remove(&Watch::key_of(portfolio)).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Sends a notification once. A channel that can send nothing until it is changed is disabled.
async fn send(context: &Context, channel: &str, notification: &Notification) -> Result<()> {
    let sent = try_send(context, channel, notification).await;
    if let Err(error) = &sent
        && error.kind() == ErrorKind::NotConfigured
        && let Some(notifier) = context.tracker.channels().get(channel)
    {
        disable(context, channel, notifier.destination(), error).await?;
    }
    sent
}

/// Sends a notification once and draws no conclusions.
pub(crate) async fn try_send(context: &Context, channel: &str, notification: &Notification) -> Result<()> {
    let Some(notifier) = context.tracker.channels().get(channel) else {
        // Another process may have it, or this one after its next start.
        let detail = "no channel of this name is set up where it was to be sent";
        return Err(Error::new(ErrorKind::Unavailable, detail));
    };
    let sent = timeout(SEND_TIMEOUT, notifier.notify(notification)).await;
    let sent = sent.unwrap_or_else(|_| {
        let detail = format!("the channel took more than {} seconds", SEND_TIMEOUT.as_secs());
        Err(Error::new(ErrorKind::Timeout, detail))
    });
    sent.map(|_| ())
}

async fn disable(context: &Context, channel: &str, destination: String, error: &Error) -> Result<()> {
    let row = DisabledChannel {
        channel: channel.to_owned(),
        destination,
        since: context.now(),
        reason: error.message().to_owned(),
    };
    let table = context.table::<DisabledChannel>();
    if table.insert(&row).await? {
        warn!(channel, reason = row.reason, "a channel is disabled");
        return Ok(());
    }
    let renew = |kept: &mut DisabledChannel| {
        let other = kept.destination != row.destination;
        if other {
            *kept = row.clone();
        }
        Ok(other)
    };
    table.modify(channel, renew).await.map(|_| ())
}

/// Enables every channel again: whoever restarts may have mended its settings, of which not all can be seen.
pub(crate) async fn enable_all(context: &Context) -> Result<()> {
    for channel in context.tracker.channels().names() {
        context.table::<DisabledChannel>().remove(channel).await?;
    }
    Ok(())
}

/// Whether a channel is disabled where it sends to now.
pub(crate) async fn disabled(context: &Context, channel: &str) -> Result<Option<DisabledChannel>> {
    let row = context.table::<DisabledChannel>().get(channel).await?;
    let destination = context
        .tracker
        .channels()
        .get(channel)
        .map(|channel| channel.destination());
    Ok(row
        .map(folio_core::store::Versioned::into_inner)
        .filter(|row| destination.as_ref() == Some(&row.destination)))
}
