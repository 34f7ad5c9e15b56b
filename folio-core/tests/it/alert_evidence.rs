//! What a valuation is compared with to look at rules on changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::store::{NewSnapshot, Splits};
use folio_core::{AssetId, ManualClock, Split, Tracker, ValuationId, ValuationStore};
use jiff::Timestamp;

use crate::scene::alerts::{at, rule, valued};
use crate::scene::{now, portfolio};

#[tokio::test]
async fn a_window_begins_at_the_snapshot_that_changes_compare_with() {
    let store = Arc::new(MemoryStore::new());
    let tracker = Tracker::builder().store(Arc::clone(&store) as _).build().unwrap();
    let portfolio = portfolio("USD", &["stock:A 1 cost=100:USD", "currency:USD 5"]);
    let portfolio = tracker.create_portfolio(portfolio).await.unwrap();
    let mut watch = tracker.watch(&portfolio).await.unwrap().into_inner();
    for (hour, price) in [(-180, 7), (-168, 6), (-26, 5), (-25, 4), (-23, 3), (0, 2)] {
        let snapshot = NewSnapshot {
            valuation: valued(&portfolio, hour, &format!("stock:A {price}:USD")),
            expire_at: None,
        };
        store.insert_valuations(&[snapshot]).await.unwrap();
    }
    let newest = valued(&portfolio, 0, "stock:A 2:USD");
    let splits = Splits::new(Arc::clone(&store) as _, Arc::new(ManualClock::new(now())));
    let asset: AssetId = "stock:A".parse().unwrap();
    let split = Split {
        on: "2026-03-01".parse().unwrap(),
        numerator: 2.try_into().unwrap(),
        denominator: 1.try_into().unwrap(),
    };
    splits.learn(&asset, &[split]).await.unwrap();
    let (starts, known) = tracker.evidence(&watch, &newest).await.unwrap();
    assert_eq!((starts.len(), known.len()), (0, 0), "no rule looks back");

    watch.set_rules(vec![rule("change 5 24"), rule("change 5 168 stock:A id=8")], None);
    let (starts, known) = tracker.evidence(&watch, &newest).await.unwrap();
    let prices: BTreeMap<_, _> = starts
        .iter()
        .map(|(hours, start)| (*hours, start.row_of(&asset).unwrap().price.unwrap().to_string()))
        .collect();
    assert_eq!(
        prices,
        BTreeMap::from([(24, "4 USD".to_owned()), (168, "6 USD".to_owned())])
    );
    assert_eq!(known[&asset], [split]);
    let early = valued(&portfolio, -50, "stock:A 2:USD");
    assert_eq!(tracker.evidence(&watch, &early).await.unwrap().0.len(), 0);

    // Those of the contract's changes, which the owner sees beside the value.
    let changes = tracker.changes(&newest).await.unwrap();
    let from = |name| -> Timestamp {
        changes
            .iter()
            .find(|(other, _)| *other == name)
            .unwrap()
            .1
            .unwrap()
            .from
    };
    assert_eq!((from("24h"), from("7d")), (starts[&24].as_of, starts[&168].as_of));
    assert_eq!(starts[&24].id, ValuationId::derived(portfolio.id, at(-25)));
}
