//! What owners were told: whose it is, in which order, page by page, and for how long.

use std::collections::BTreeSet;

use folio_core::memory::MemoryStore;
use folio_core::store::{NOTIFICATIONS_KEPT, NotificationQuery, Notifications};
use folio_core::{Event, Notification, NotificationKind, OpsStore, OwnerId, PortfolioId, ValuationId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn minute(minute: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minute)
}

fn event(owner: &str, id: u128, kind: NotificationKind, at: Timestamp, portfolio: Option<PortfolioId>) -> Event {
    let notification = Notification::new(Uuid::from_u128(id), OwnerId::new(owner), kind, at);
    let notification = match portfolio {
        Some(portfolio) => notification.with_snapshot(portfolio, ValuationId::derived(portfolio, at)),
        None => notification,
    };
    Event {
        notification: notification.with_text(format!("No. {id}"), "What\nto do"),
        channels: vec!["mail".to_owned(), "phone".to_owned()],
    }
}

/// All pages of a query, and how long each was.
async fn pages(notifications: Notifications<'_>, query: &NotificationQuery) -> (Vec<Event>, Vec<usize>) {
    let (mut query, mut all, mut lengths) = (query.clone(), Vec::new(), Vec::new());
    loop {
        let page = notifications.list(&query).await.unwrap();
        lengths.push(page.items.len());
        query.after = page
            .items
            .last()
            .map(|event| (event.notification.created_at, event.notification.id));
        all.extend(page.items);
        if !page.more {
            return (all, lengths);
        }
    }
}

fn numbers(events: &[Event]) -> Vec<u128> {
    events.iter().map(|event| event.notification.id.as_u128()).collect()
}

#[tokio::test]
async fn they_are_listed_newest_first_page_by_page() {
    let store = MemoryStore::new();
    let notifications = Notifications::new(&store);
    // Three of each minute, whose ids decide; some end a page of the store's.
    let events: Vec<_> = (0..450)
        .map(|id| event("me", id, NotificationKind::LossAlert, minute(id as i64 / 3), None))
        .collect();
    for part in events.rchunks(70) {
        notifications.insert(part).await.unwrap();
    }
    let newest_first: Vec<_> = events.iter().rev().cloned().collect();
    for (limit, lengths) in [
        (50, vec![50; 9]),
        (200, vec![200, 200, 50]),
        (149, vec![149, 149, 149, 3]),
        (449, vec![449, 1]),
        (450, vec![450]),
        (1_000, vec![450]),
    ] {
        let (all, found) = pages(notifications, &NotificationQuery::newest(OwnerId::new("me"), limit)).await;
        assert_eq!(found, lengths);
        assert_eq!(numbers(&all), numbers(&newest_first), "{limit}");
    }
    let (all, _) = pages(notifications, &NotificationQuery::newest(OwnerId::new("me"), 200)).await;
    assert_eq!(all, newest_first, "every field reads back");

    // What comes meanwhile is newer, so no page is shifted by it.
    let mut query = NotificationQuery::newest(OwnerId::new("me"), 10);
    let page = notifications.list(&query).await.unwrap();
    let last = &page.items[9].notification;
    query.after = Some((last.created_at, last.id));
    let late = event("me", 900, NotificationKind::LossAlert, minute(9_000), None);
    notifications.insert(&[late]).await.unwrap();
    assert_eq!(
        numbers(&notifications.list(&query).await.unwrap().items),
        (430..440).rev().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn filters_look_as_far_as_it_takes() {
    let store = MemoryStore::new();
    let notifications = Notifications::new(&store);
    let (often, seldom) = (PortfolioId::new(start()), PortfolioId::new(start()));
    let events: Vec<_> = (0..450)
        .map(|id| {
            let portfolio = if id % 150 == 0 { seldom } else { often };
            let kind = if id % 100 == 0 {
                NotificationKind::PriceAlert
            } else {
                NotificationKind::GainAlert
            };
            event("me", id, kind, minute(id as i64), Some(portfolio))
        })
        .collect();
    notifications.insert(&events).await.unwrap();
    let check = async |portfolio, kind, limit, expected: &[u128], lengths: &[usize]| {
        let query = NotificationQuery {
            portfolio_id: portfolio,
            kind,
            ..NotificationQuery::newest(OwnerId::new("me"), limit)
        };
        let (all, found) = pages(notifications, &query).await;
        assert_eq!((numbers(&all).as_slice(), found.as_slice()), (expected, lengths));
    };
    let price = Some(NotificationKind::PriceAlert);
    check(Some(seldom), None, 50, &[300, 150, 0], &[3]).await;
    check(Some(seldom), None, 2, &[300, 150, 0], &[2, 1]).await;
    check(None, price, 2, &[400, 300, 200, 100, 0], &[2, 2, 1]).await;
    check(Some(seldom), price, 50, &[300, 0], &[2]).await;
    check(Some(seldom), price, 1, &[300, 0], &[1, 1]).await;
    check(None, Some(NotificationKind::DataDegraded), 50, &[], &[0]).await;
    check(Some(PortfolioId::new(start())), None, 50, &[], &[0]).await;
    notifications.remove_of(&OwnerId::new("me"), often).await.unwrap();
    check(None, None, 50, &[300, 150, 0], &[3]).await;
}

#[tokio::test]
async fn owners_whose_names_begin_alike_do_not_meet() {
    let store = MemoryStore::new();
    let notifications = Notifications::new(&store);
    let owners = [
        "a",
        "ab",
        "a/",
        "a/b",
        "a%2Fb",
        "A",
        "a b",
        "ä",
        "a\0",
        "a/2026-03-02T09:00:00.000Z",
        "a%",
        "a_",
        "日本",
    ];
    let portfolio = PortfolioId::new(start());
    let of = |index: usize| {
        let newer = [(0, 100), (1, 200)].map(|(age, id)| (minute(-age), id + index as u128));
        newer.map(|(at, id)| event(owners[index], id, NotificationKind::LossAlert, at, Some(portfolio)))
    };
    for index in 0..owners.len() {
        notifications.insert(&of(index)).await.unwrap();
    }
    for (index, owner) in owners.iter().enumerate() {
        let (found, _) = pages(notifications, &NotificationQuery::newest(OwnerId::new(owner), 1)).await;
        assert_eq!(found, of(index), "{owner:?}");
    }
    notifications.remove_of(&OwnerId::new("a/"), portfolio).await.unwrap();
    for (index, owner) in owners.iter().enumerate() {
        let (found, _) = pages(notifications, &NotificationQuery::newest(OwnerId::new(owner), 10)).await;
        assert_eq!(found.len(), if *owner == "a/" { 0 } else { 2 }, "{owner:?} {index}");
    }
}

#[tokio::test]
async fn the_first_that_is_kept_of_an_id_stays() {
    let store = MemoryStore::new();
    let notifications = Notifications::new(&store);
    let first = event("me", 1, NotificationKind::LossAlert, minute(0), None);
    let mut again = first.clone();
    again.channels.clear();
    let second = event("me", 2, NotificationKind::LossAlert, minute(0), None);
    notifications.insert(std::slice::from_ref(&first)).await.unwrap();
    notifications.insert(&[again, second.clone()]).await.unwrap();
    notifications.insert(&[]).await.unwrap();
    let query = NotificationQuery::newest(OwnerId::new("me"), 10);
    assert_eq!(
        notifications.list(&query).await.unwrap().items,
        [second.clone(), first.clone()]
    );
    notifications.remove(&[second.clone(), second]).await.unwrap();
    assert_eq!(notifications.list(&query).await.unwrap().items, [first]);
}

#[tokio::test]
async fn they_are_kept_for_ninety_days() {
    let store = MemoryStore::new();
    let notifications = Notifications::new(&store);
    let events: Vec<_> = (0..3)
        .map(|id| event("me", id, NotificationKind::LossAlert, minute(id as i64), None))
        .collect();
    notifications.insert(&events).await.unwrap();
    assert_eq!(NOTIFICATIONS_KEPT, SignedDuration::from_hours(90 * 24));
    let left = async || -> BTreeSet<u128> {
        let query = NotificationQuery::newest(OwnerId::new("me"), 10);
        numbers(&notifications.list(&query).await.unwrap().items)
            .into_iter()
            .collect()
    };
    let over = |at: i64| minute(at) + NOTIFICATIONS_KEPT;
    assert_eq!(
        store
            .purge_records(over(0) - SignedDuration::from_millis(1), 10)
            .await
            .unwrap(),
        0
    );
    assert_eq!(left().await.len(), 3);
    assert_eq!(store.purge_records(over(1), 10).await.unwrap(), 2);
    assert_eq!(left().await, BTreeSet::from([2]));
}
