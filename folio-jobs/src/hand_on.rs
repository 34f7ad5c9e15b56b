//! Handing on what was recorded with a state: a notification for its owner, and a row for each channel.
//!
//! Whoever recorded it does so at once; what a crash left the dispatcher finds. Everything here may be done
//! again: rows that are there stay as they are.

use std::collections::BTreeSet;

use folio_core::store::{Notifications, Row, Versioned};
use folio_core::{Event, Outgoing, Result, SourceWatch, Watch};
use tracing::info;

use crate::context::Context;
use crate::outbox::OutboxRow;

/// How many rows are handed on at once.
const PAGE: usize = 64;

/// A row with events that are to be handed on.
pub(crate) trait Sender: Row + Clone {
    fn outgoing(&self) -> &Outgoing;
    fn outgoing_mut(&mut self) -> &mut Outgoing;
}

impl Sender for Watch {
    fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    fn outgoing_mut(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }
}

impl Sender for SourceWatch {
    fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    fn outgoing_mut(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }
}

/// Hands on what these rows have.
pub(crate) async fn all<T: Sender>(context: &Context, mut rows: Vec<Versioned<T>>) -> Result<()> {
    rows.retain(|row| !row.outgoing().events.is_empty());
    if rows.is_empty() {
        return Ok(());
    }
    let events: Vec<Event> = rows
        .iter()
        .flat_map(|row| row.outgoing().events.iter().cloned())
        .collect();
    let store = &**context.store();
    let notifications = Notifications::new(store);
    notifications.insert(&events).await?;
    let now = context.now();
    let outbox: Vec<_> = events.iter().flat_map(|event| OutboxRow::of(event, now)).collect();
    context.table::<OutboxRow>().insert_many(&outbox).await?;
    for event in &events {
        let notification = &event.notification;
        metrics::counter!("folio_notifications_total", "kind" => notification.kind.as_str()).increment(1);
        info!(id = %notification.id, kind = %notification.kind, title = notification.title, "a notification");
    }
    let table = context.table::<T>();
    for row in &mut rows {
        row.outgoing_mut().remove(&events);
    }
    let done = table.replace_many(&mut rows).await?;
    let overtaken = rows.iter().zip(done).filter(|(_, done)| !done);
    for (row, _) in overtaken {
        let left = table
            .modify(&row.key(), |row| Ok(row.outgoing_mut().remove(&events)))
            .await?;
        if left.is_none() {
            withdraw(context, &events, &row.key()).await?;
        }
    }
    context.wake.notify_one();
    Ok(())
}

/// Takes back what was handed on for a portfolio that was deleted meanwhile.
async fn withdraw(context: &Context, events: &[Event], key: &str) -> Result<()> {
    let of = |event: &&Event| {
        let portfolio = event.notification.portfolio_id;
        portfolio.is_some_and(|portfolio| Watch::key_of(portfolio) == key)
    };
    let events: Vec<Event> = events.iter().filter(of).cloned().collect();
    Notifications::new(&**context.store()).remove(&events).await?;
    let now = context.now();
    let keys: BTreeSet<_> = events
        .iter()
        .flat_map(|event| OutboxRow::of(event, now))
        .map(|row| row.key())
        .collect();
    for key in keys {
        context.table::<OutboxRow>().remove(&key).await?;
    }
    Ok(())
}

/// Hands on what whoever recorded it did not.
pub(crate) async fn pass(context: &Context, now: jiff::Timestamp) -> Result<()> {
    all(context, context.table::<Watch>().due(now, PAGE).await?).await?;
    all(context, context.table::<SourceWatch>().due(now, PAGE).await?).await
}
