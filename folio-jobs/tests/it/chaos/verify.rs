//! What a run must have left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use folio_core::store::{NotificationQuery, SnapshotQuery};
use folio_core::{Notification, NotificationKind, PortfolioId};
use jiff::Timestamp;
use uuid::Uuid;

use super::CROSSINGS;
use super::child::Parts;
use super::run::Run;
use super::story::{Story, instant};
use crate::support::owner;

/// Compares what is in the store, and what was sent, with what the prices demand.
pub(crate) async fn verify(here: &Parts, run: &Run, paths: &[Story], owned: &[(PortfolioId, usize, bool)]) {
    let mut told: BTreeMap<PortfolioId, Vec<Notification>> = BTreeMap::new();
    let mut query = NotificationQuery::newest(owner(), 1_000);
    loop {
        let page = here.jobs.notifications(&query).await.unwrap();
        for record in &page.items {
            let portfolio = record.notification.portfolio_id.expect("no source failed as a whole");
            told.entry(portfolio).or_default().push(record.notification.clone());
            assert!(record.deliveries.iter().all(|delivery| delivery.delivered_at.is_some()));
            assert_eq!(record.deliveries.len(), 1);
        }
        let Some(last) = page.items.last().filter(|_| page.more) else {
            break;
        };
        query.after = Some((last.notification.created_at, last.notification.id));
    }
    let instants: Vec<_> = (0..run.ticks).map(instant).collect();
    let (mut values, mut degraded, mut snapshots) = (0, 0, 0);
    for (id, group, excludes) in owned {
        let path = &paths[*group];
        let told = told.remove(id).unwrap_or_default();
        let rules = here.tracker.alert_rules(&owner(), *id).await.unwrap();
        let rule = &rules.items[0].rule;
        let expected: BTreeMap<Uuid, Timestamp> = (1..)
            .zip(&path.crossings)
            .map(|(episode, tick)| (rule.event_id(*id, episode), instant(*tick)))
            .collect();
        let (missing, value): (Vec<_>, Vec<_>) = told
            .iter()
            .partition(|notification| notification.kind == NotificationKind::DataDegraded);
        let found: BTreeMap<_, _> = value
            .iter()
            .map(|notification| (notification.id, notification.created_at))
            .collect();
        let surprise = value
            .iter()
            .find(|notification| !expected.contains_key(&notification.id));
        assert_eq!(
            found, expected,
            "group {group} of {id}: {surprise:?} of {:?}",
            path.said
        );
        assert_eq!(value.len(), CROSSINGS, "none twice");
        let mut at_ticks: Vec<_> = missing.iter().map(|notification| notification.created_at).collect();
        at_ticks.sort_unstable();
        let expected = path.degraded(*excludes);
        let surprise = missing
            .iter()
            .find(|notification| !expected.contains(&notification.created_at));
        assert_eq!(at_ticks, expected, "group {group}: {surprise:?}");
        let ids: BTreeSet<_> = missing.iter().map(|notification| notification.id).collect();
        assert_eq!(ids.len(), missing.len());
        values += value.len();
        degraded += missing.len();

        let mut query = SnapshotQuery::newest(*id, 500);
        let mut rows = Vec::new();
        loop {
            let page = here.store.valuations(&query).await.unwrap();
            rows.extend(page.items.iter().map(|row| row.as_of));
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            query.before = Some(last.as_of);
        }
        rows.reverse();
        assert_eq!(rows, instants, "a snapshot of each tick, none twice");
        snapshots += rows.len();
    }
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(values, CROSSINGS * owned.len());
    let health = here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty() && health.missed.is_empty(), "{health:?}");

    let sent = fs::read_to_string(run.directory.path().join("sent")).unwrap();
    let sent: Vec<_> = sent.lines().collect();
    let unique: BTreeSet<_> = sent.iter().collect();
    assert_eq!(unique.len(), values + degraded, "every id is delivered");
    let extras = sent.len() - unique.len();
    println!("{values} value alerts, {degraded} of missing data, {snapshots} snapshots, {extras} deliveries repeated");
    assert!(extras <= run.killed, "{extras} extras of {} kills", run.killed);
}
