//! What owners were told, through which channels, and how far that is.

use std::collections::BTreeMap;

use folio_core::store::{NotificationQuery, Notifications, Page, Row, Scan};
use folio_core::{Error, Event, Notification, OwnerId, Result};
use jiff::Timestamp;
use uuid::Uuid;

use crate::context::Context;
use crate::delivery::{self, DisabledChannel};
use crate::outbox::{DeliveryState, DeliveryStatus, OutboxRow};

/// The most channels of one notification that are read.
const CHANNELS: usize = 64;

/// A notification and how far its deliveries are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotificationRecord {
    /// What the owner is told.
    pub notification: Notification,
    /// Through which channels, in the order of the rule.
    pub deliveries: Vec<DeliveryStatus>,
}

/// A channel and whether it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelStatus {
    /// Its name.
    pub channel: String,
    /// Where it sends, as far as that may be shown.
    pub destination: String,
    /// Whether rules that name no channel go through it.
    pub is_default: bool,
    /// Since when it is not used, if it said that it takes nothing any more.
    pub disabled: Option<Disabled>,
}

/// That a channel said it takes nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Disabled {
    /// Since when.
    pub since: Timestamp,
    /// What it said.
    pub reason: String,
}

/// An owner's notifications, newest first.
pub(crate) async fn list(context: &Context, query: &NotificationQuery) -> Result<Page<NotificationRecord>> {
    let page = Notifications::new(&**context.store()).list(query).await?;
    let keys: Vec<_> = page.items.iter().flat_map(keys_of).collect();
    let rows = context.table::<OutboxRow>().get_many(&keys).await?;
    let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.key(), row.view())).collect();
    let items = page.items.into_iter().map(|event| NotificationRecord {
        deliveries: keys_of(&event).filter_map(|key| rows.remove(&key)).collect(),
        notification: event.notification,
    });
    Ok(Page {
        items: items.collect(),
        more: page.more,
    })
}

fn keys_of(event: &Event) -> impl Iterator<Item = String> {
    let id = event.notification.id;
    event.channels.iter().map(move |channel| OutboxRow::key_of(id, channel))
}

/// Has a notification sent once more through each of its channels.
pub(crate) async fn send_again(context: &Context, owner: &OwnerId, id: Uuid) -> Result<NotificationRecord> {
    let table = context.table::<OutboxRow>();
    let scan = Scan {
        prefix: OutboxRow::prefix_of(id),
        limit: CHANNELS,
        ..Scan::default()
    };
    let rows = table.scan(&scan).await?;
    let first = rows.first().filter(|row| row.owner == *owner);
    let kept = match first {
        Some(row) => {
            Notifications::new(&**context.store())
                .get(owner, row.noticed_at, id)
                .await?
        }
        None => None,
    };
    let notification = kept.ok_or_else(|| Error::not_found("notification"))?.notification;
    let now = context.now();
    let mut deliveries = Vec::with_capacity(rows.len());
    for row in rows {
        let row = table.modify(&row.key(), |row| Ok(row.again(now))).await?;
        deliveries.extend(row.map(|row| row.view()));
    }
    context.wake.notify_one();
    Ok(NotificationRecord {
        notification,
        deliveries,
    })
}

/// Sends a sample through a channel, at once. A channel that takes it is enabled again.
pub(crate) async fn test(context: &Context, owner: &OwnerId, channel: &str) -> Result<DeliveryStatus> {
    if context.tracker.channels().get(channel).is_none() {
        let names: Vec<_> = context.tracker.channels().names().collect();
        let detail = format!("no channel {channel:?} is set up; there are: {}", names.join(", "));
        return Err(Error::new(folio_core::ErrorKind::NotFound, detail));
    }
    let sample = Notification::sample(owner.clone(), context.now());
    let sent = delivery::try_send(context, channel, &sample).await;
    let mut status = DeliveryStatus {
        channel: channel.to_owned(),
        state: DeliveryState::Failed,
        attempts: 1,
        last_error: None,
        error_kind: None,
        delivered_at: None,
        next_attempt_at: None,
    };
    match sent {
        Ok(()) => {
            context.table::<DisabledChannel>().remove(channel).await?;
            (status.state, status.delivered_at) = (DeliveryState::Delivered, Some(context.now()));
        }
        Err(error) => {
            (status.last_error, status.error_kind) = (Some(error.message().to_owned()), Some(error.kind()));
        }
    }
    Ok(status)
}

/// The channels that are set up, in alphabetical order.
pub(crate) async fn channels(context: &Context) -> Result<Vec<ChannelStatus>> {
    let channels = context.tracker.channels();
    let mut found = Vec::new();
    for name in channels.names() {
        let Some(notifier) = channels.get(name) else {
            continue;
        };
        let disabled = delivery::disabled(context, name).await?;
        found.push(ChannelStatus {
            channel: name.to_owned(),
            destination: notifier.destination(),
            is_default: channels.defaults().iter().any(|default| default == name),
            disabled: disabled.map(|disabled| Disabled {
                since: disabled.since,
                reason: disabled.reason,
            }),
        });
    }
    Ok(found)
}
