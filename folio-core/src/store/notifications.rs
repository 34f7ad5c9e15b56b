//! The notifications of owners, newest first.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::owner_prefix;
use super::{OpsStore, Page, RecordKind, Row, Scan, Table};
use crate::Result;
use crate::alert::Event;
use crate::id::{OwnerId, PortfolioId};
use crate::notification::{Notification, NotificationKind};

/// How long notifications are kept.
pub const NOTIFICATIONS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many records are read at once.
const PAGE: usize = 200;

/// Which notifications of an owner to list, newest first.
#[derive(Clone, Debug)]
pub struct NotificationQuery {
    /// Whose.
    pub owner: OwnerId,
    /// Only those about this portfolio.
    pub portfolio_id: Option<PortfolioId>,
    /// Only those of this kind.
    pub kind: Option<NotificationKind>,
    /// Only those after this one in the list: where the page before ended.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: usize,
}

impl NotificationQuery {
    /// The newest `limit` of an owner.
    #[must_use]
    pub fn newest(owner: OwnerId, limit: usize) -> Self {
        Self {
            owner,
            portfolio_id: None,
            kind: None,
            after: None,
            limit,
        }
    }
}

/// A notification as it is kept. Its key sorts by owner and time.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    event: Event,
}

fn key_of(owner: &OwnerId, created_at: Timestamp, id: Uuid) -> String {
    format!("{}{created_at:.3}/{id}", owner_prefix(owner))
}

impl Row for Kept {
    const KIND: RecordKind = RecordKind("notifications");

    fn key(&self) -> String {
        let notification = &self.event.notification;
        key_of(&notification.owner, notification.created_at, notification.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.event.notification.created_at + NOTIFICATIONS_KEPT)
    }
}

/// The notifications of a store.
#[derive(Clone, Copy, Debug)]
pub struct Notifications<'a> {
    table: Table<'a, Kept>,
}

impl<'a> Notifications<'a> {
    /// Those of this store.
    pub fn new(store: &'a dyn OpsStore) -> Self {
        Self {
            table: Table::new(store),
        }
    }

    /// Keeps notifications; those that are kept already stay as they are.
    ///
    /// # Errors
    /// `Unavailable`; some may then be kept and others not.
    pub async fn insert(&self, events: &[Event]) -> Result<()> {
        let rows: Vec<_> = events.iter().map(|event| Kept { event: event.clone() }).collect();
        self.table.insert_many(&rows).await.map(|_| ())
    }

    /// One notification with the channels that it goes through.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn get(&self, owner: &OwnerId, created_at: Timestamp, id: Uuid) -> Result<Option<Event>> {
        let kept = self.table.get(&key_of(owner, created_at, id)).await?;
        Ok(kept.map(|kept| kept.into_inner().event))
    }

    /// An owner's notifications with the channels that they go through, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn list(&self, query: &NotificationQuery) -> Result<Page<Event>> {
        // Where none is left out, one more than is asked for says whether there are more.
        let takes_all = query.portfolio_id.is_none() && query.kind.is_none();
        let enough = query.limit.saturating_add(1);
        let mut scan = Scan {
            prefix: owner_prefix(&query.owner),
            after: query.after.map(|(at, id)| key_of(&query.owner, at, id)),
            descending: true,
            open: false,
            limit: if takes_all { enough.min(PAGE) } else { PAGE },
        };
        let mut items = Vec::new();
        loop {
            let rows = self.table.scan(&scan).await?;
            let is_last = rows.len() < scan.limit;
            scan.after = rows.last().map(|row| row.key());
            for row in rows {
                let notification = &row.event.notification;
                let about = query.portfolio_id.is_none() || notification.portfolio_id == query.portfolio_id;
                if !about || query.kind.is_some_and(|kind| kind != notification.kind) {
                    continue;
                }
                if items.len() == query.limit {
                    return Ok(Page { items, more: true });
                }
                items.push(row.into_inner().event);
            }
            if is_last {
                return Ok(Page { items, more: false });
            }
        }
    }

    /// Removes these notifications.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove(&self, events: &[Event]) -> Result<()> {
        for event in events {
            self.remove_one(&event.notification).await?;
        }
        Ok(())
    }

    /// Removes a notification.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove_one(&self, notification: &Notification) -> Result<()> {
        let key = key_of(&notification.owner, notification.created_at, notification.id);
        self.table.remove(&key).await.map(|_| ())
    }

    /// Removes what an owner was told of a portfolio.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn remove_of(&self, owner: &OwnerId, portfolio: PortfolioId) -> Result<()> {
        let mut query = NotificationQuery::newest(owner.clone(), PAGE);
        query.portfolio_id = Some(portfolio);
        loop {
            let page = self.list(&query).await?;
            self.remove(&page.items).await?;
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            query.after = Some((last.notification.created_at, last.notification.id));
        }
    }
}
