//! What an owner stated, taken out and put back.

use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::store::{NewRecord, OpsStore, RecordKind};
use folio_core::{
    AlertRuleInput, Belongings, Clock, Condition, Currency, ErrorKind, ManualClock, ManualPrice, OnDifference, OwnerId,
    Percent, Portfolio, Price, PutBack, PutBackReport, Tracker,
};
use jiff::SignedDuration;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-04T10:00:00Z".parse().unwrap()))
}

fn tracker(store: &Arc<MemoryStore>, clock: &Arc<ManualClock>) -> Tracker {
    let builder = Tracker::builder()
        .clock(Arc::clone(clock) as _)
        .store(Arc::clone(store) as _);
    builder.build().unwrap()
}

/// Two portfolios, the second with a rule of its own, and a price by hand.
async fn filled(clock: &Arc<ManualClock>) -> Belongings {
    let tracker = tracker(&Arc::default(), clock);
    let owner = OwnerId::default();
    let core = Portfolio::new("Core", Currency::EUR, clock.now());
    let other = Portfolio::new("Other", Currency::USD, clock.now());
    for portfolio in [core, other.clone()] {
        tracker.create_portfolio(portfolio).await.unwrap();
    }
    let threshold_percent = Percent::parse("7").unwrap();
    let rule = AlertRuleInput::new(Condition::Loss { threshold_percent });
    tracker.set_alert_rules(&owner, other.id, &[rule], None).await.unwrap();
    let house = "custom:house".parse().unwrap();
    let price = ManualPrice::new(Price::parse("450000", Currency::EUR).unwrap());
    tracker.set_manual_price(&owner, &house, price).await.unwrap();
    tracker.belongings(&owner).await.unwrap()
}

fn outcomes(report: &PutBackReport) -> Vec<PutBack> {
    let portfolios = report.portfolios.iter().map(|(_, outcome)| *outcome);
    portfolios.chain(report.manual_prices.iter().copied()).collect()
}

#[tokio::test]
async fn an_import_that_was_broken_off_is_finished_by_the_next() {
    let clock = clock();
    let belongings = filled(&clock).await;
    assert_eq!((belongings.portfolios.len(), belongings.manual_prices.len()), (2, 1));
    let store = Arc::new(MemoryStore::new());
    let tracker = tracker(&store, &clock);
    // As a process that ended after the rules of the second portfolio leaves it.
    let half = Belongings {
        portfolios: belongings.portfolios[..1].to_vec(),
        manual_prices: Vec::new(),
        ..belongings.clone()
    };
    tracker.put_back(&half, OnDifference::Refuse).await.unwrap();
    let second = &belongings.portfolios[1];
    let whole = tracker_of(&belongings, &clock).await;
    let kind = RecordKind("alerts");
    let rules = whole
        .record(kind, &second.portfolio.id.to_string())
        .await
        .unwrap()
        .unwrap();
    let left = NewRecord {
        key: rules.key,
        due_at: rules.due_at,
        expires_at: rules.expires_at,
        body: rules.body,
    };
    assert!(store.insert_record(kind, &left).await.unwrap());

    clock.advance(SignedDuration::from_hours(1));
    let report = tracker.put_back(&belongings, OnDifference::Refuse).await.unwrap();
    assert_eq!(
        outcomes(&report),
        [PutBack::Unchanged, PutBack::Created, PutBack::Created]
    );
    assert_eq!(tracker.belongings(&belongings.owner).await.unwrap(), belongings);
    let report = tracker.put_back(&belongings, OnDifference::Refuse).await.unwrap();
    assert_eq!(outcomes(&report), [PutBack::Unchanged; 3]);
}

/// A store with all of the belongings.
async fn tracker_of(belongings: &Belongings, clock: &Arc<ManualClock>) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    tracker(&store, clock)
        .put_back(belongings, OnDifference::Refuse)
        .await
        .unwrap();
    store
}

#[tokio::test]
async fn a_currency_of_totals_is_not_replaced() {
    let clock = clock();
    let belongings = filled(&clock).await;
    let store = tracker_of(&belongings, &clock).await;
    let mut other = belongings.clone();
    other.portfolios[0].portfolio.base_currency = Currency::GBP;
    let error = tracker(&store, &clock)
        .put_back(&other, OnDifference::Replace)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.field_errors()[0].pointer, "/portfolios/0/base_currency");
    assert_eq!(
        tracker(&store, &clock).belongings(&belongings.owner).await.unwrap(),
        belongings
    );
}
