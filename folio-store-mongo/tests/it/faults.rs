//! Servers that are not there or do not answer, databases that are foreign, too new or from an older version.

use bson::{Binary, Bson, DateTime, Decimal128, Document, doc};
use folio_core::money::Decimal;
use folio_core::store::{
    IdRange, NewRecord, OpsStore, PortfolioQuery, PortfolioStore, RecordKind, Scan, SnapshotQuery, TotalsQuery,
    ValuationStore,
};
use folio_core::{Currency, Error, ErrorKind, Holding, HoldingId, OwnerId, ReferenceRate, SourceId};
use folio_store_mongo::{Migrate, MongoConfig, MongoStore};
use folio_testkit::{Mongod, free_port};
use uuid::Uuid;

use crate::common::{clock, config, hours, id, open, portfolio, raw, snapshot, start};

const KIND: RecordKind = RecordKind("test");

fn record(key: &str) -> NewRecord {
    NewRecord {
        key: key.to_owned(),
        due_at: None,
        expires_at: None,
        body: "{}".to_owned(),
    }
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error:?}");
    for part in parts {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let address = format!("mongodb://ann:s3cret@127.0.0.1:{}/prod", free_port());
    let config = MongoConfig::from_url(&address).unwrap();
    let error = MongoStore::open(config, clock()).await.unwrap_err();
    check(
        &error,
        ErrorKind::Unavailable,
        &["cannot be reached", "127.0.0.1:", "/prod"],
    );
    assert!(error.retry_after().is_some());
}

#[tokio::test]
async fn a_user_whom_the_server_does_not_know() {
    let server = Mongod::standalone().await;
    let address = format!("mongodb://ann:s3cret@127.0.0.1:{}/prod", server.port());
    let error = MongoStore::open(MongoConfig::from_url(&address).unwrap(), clock())
        .await
        .unwrap_err();
    check(&error, ErrorKind::NotConfigured, &["refused the user", "authSource"]);
}

#[tokio::test]
async fn whose_a_database_is() {
    let server = Mongod::standalone().await;
    let existing = async |name: &str, migrate| MongoStore::open_existing(config(&server, name), clock(), migrate).await;

    let error = existing("none", Migrate::Apply).await.unwrap_err();
    check(&error, ErrorKind::NotFound, &["no store yet", "/none"]);

    let foreign = raw(&server, "foreign").await;
    foreign
        .collection("portfolios")
        .insert_one(doc! { "_id": 1 })
        .await
        .unwrap();
    let error = MongoStore::open(config(&server, "foreign"), clock()).await.unwrap_err();
    check(&error, ErrorKind::NotConfigured, &["another program", "portfolios"]);

    let made = open(&server, "made").await;
    let again = existing("made", Migrate::Refuse).await.unwrap();
    assert_eq!(made.store_id(), again.store_id());
    assert_ne!(made.store_id(), open(&server, "other").await.store_id());
    made.check().await.unwrap();

    let meta = raw(&server, "made").await.collection::<Document>("meta");
    let schema = async |number: i64| {
        let set = doc! { "$set": { "schema": number } };
        meta.update_one(doc! { "_id": "store" }, set).await.unwrap();
    };
    schema(0).await;
    let error = existing("made", Migrate::Refuse).await.unwrap_err();
    check(&error, ErrorKind::Unsupported, &["older folio"]);
    existing("made", Migrate::Apply).await.unwrap();
    existing("made", Migrate::Refuse).await.unwrap();
    schema(99).await;
    for migrate in [Migrate::Apply, Migrate::Refuse] {
        let error = existing("made", migrate).await.unwrap_err();
        check(&error, ErrorKind::Unsupported, &["newer folio"]);
    }
    let error = MongoStore::open(config(&server, "made"), clock()).await.unwrap_err();
    check(&error, ErrorKind::Unsupported, &["newer folio"]);

    raw(&server, "made").await.drop().await.unwrap();
    check(
        &made.check().await.unwrap_err(),
        ErrorKind::CorruptData,
        &["not the store"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_make_one_store() {
    let server = Mongod::replica_set().await;
    let opens = (0..8).map(|_| MongoStore::open(config(&server, "folio"), clock()));
    let stores = futures::future::join_all(opens).await;
    let ids: std::collections::HashSet<Uuid> = stores.into_iter().map(|store| store.unwrap().store_id()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_holds_nobody_up_for_ever() {
    let server = Mongod::replica_set().await;
    let store = open(&server, "folio").await;
    store.create_portfolio(&portfolio(1, 2)).await.unwrap();
    server.freeze();
    let (owner, one, new) = (OwnerId::default(), portfolio(2, 1), record("a"));
    let snapshots = [snapshot(&one, start())];
    let newest = SnapshotQuery::newest(id(1), 5);
    let (read, written, inserted, listed, created, checked) = tokio::join!(
        store.portfolio(&owner, id(1)),
        store.insert_record(KIND, &new),
        store.insert_valuations(&snapshots),
        store.valuations(&newest),
        store.create_portfolio(&one),
        store.check(),
    );
    let errors = [
        read.err(),
        written.err(),
        inserted.err(),
        listed.err(),
        created.err(),
        checked.err(),
    ];
    for error in errors {
        let error = error.unwrap();
        check(&error, ErrorKind::Unavailable, &[]);
        assert!(error.retry_after().is_some(), "{error:?}");
    }
    server.thaw();
    let mut found = store.portfolio(&owner, id(1)).await;
    while found.as_ref().is_err_and(Error::is_retryable) {
        found = store.portfolio(&owner, id(1)).await;
    }
    assert_eq!(found.unwrap(), portfolio(1, 2));
}

#[tokio::test]
async fn what_is_larger_than_a_document_is_refused() {
    let server = Mongod::standalone().await;
    let store = open(&server, "folio").await;
    let mut large = portfolio(1, 0);
    for _ in 0..5_000 {
        let mut holding = Holding::new(
            HoldingId::new(start()),
            "stock:AAPL".parse().unwrap(),
            "1".parse().unwrap(),
        )
        .unwrap();
        holding.note = Some("n".repeat(4_000));
        large.holdings.push(holding);
    }
    let error = store.create_portfolio(&large).await.unwrap_err();
    check(&error, ErrorKind::PayloadTooLarge, &["16 MiB"]);
    assert_eq!(store.held_assets(None, 10).await.unwrap(), [], "nothing of it is kept");
}

fn uuid(id: &Uuid) -> Binary {
    Binary {
        subtype: bson::spec::BinarySubtype::Uuid,
        bytes: id.as_bytes().to_vec(),
    }
}

fn number(text: &str) -> Bson {
    Bson::Decimal128(text.parse::<Decimal128>().unwrap())
}

/// Documents as the first version wrote them, without what later ones added, are found by every query.
#[tokio::test]
async fn documents_of_an_older_version() {
    let server = Mongod::standalone().await;
    let store = open(&server, "folio").await;
    let database = raw(&server, "folio").await;
    let made = DateTime::from_millis(start().as_millisecond());
    let lot = doc! { "id": uuid(&Uuid::from_u128(5)), "asset": "crypto:bitcoin", "quantity": number("15E-1") };
    let old = doc! { "_id": uuid(id(1).as_uuid()), "owner": "admin", "name": "Old", "base_currency": "EUR",
    "version": 1, "created_at": made, "holdings": [lot] };
    database.collection("portfolios").insert_one(old).await.unwrap();
    let snapshot_id = folio_core::ValuationId::derived(id(1), start());
    let old = doc! { "_id": uuid(snapshot_id.as_uuid()), "portfolio_id": uuid(id(1).as_uuid()), "as_of": made,
    "trigger": "daily", "base_currency": "EUR", "status": "complete", "total_value": number("1.5E+3"), "holdings": [] };
    database
        .collection("portfoliovaluations")
        .insert_one(old)
        .await
        .unwrap();
    let old = doc! { "_id": "test:a", "kind": "test", "version": 1, "body": "{}" };
    database.collection("records").insert_one(old).await.unwrap();

    let owner = OwnerId::default();
    let mut read = store.portfolio(&owner, id(1)).await.unwrap();
    assert_eq!(read.holdings[0].quantity.to_string(), "1.5");
    let query = PortfolioQuery {
        owner: owner.clone(),
        archived: false,
        after: None,
        limit: 10,
    };
    let page = store.portfolios(&query).await.unwrap();
    assert_eq!((page.items[0].holding_count, page.items[0].archived), (1, false));
    let all = IdRange {
        lo: None,
        after: false,
        hi: None,
    };
    assert_eq!(
        store.portfolios_between(&all, start(), 10).await.unwrap(),
        [read.clone()]
    );
    let latest = store.latest_valuations(&[id(1)]).await.unwrap();
    assert_eq!(latest[0].total_value.unwrap().to_string(), "1500 EUR");
    assert_eq!(store.valuation(id(1), snapshot_id).await.unwrap().unwrap().gain, None);
    let kept = store.record(KIND, "a").await.unwrap().unwrap();
    assert_eq!((kept.version, kept.due_at), (1, None));

    // They are changed like any other.
    read.version = 2;
    store.update_portfolio(&read, 1).await.unwrap();
    assert_eq!(store.portfolio(&owner, id(1)).await.unwrap(), read);
    assert!(store.replace_record(KIND, &record("a"), 1).await.unwrap());
    assert_eq!(store.replace_records(KIND, &[(record("a"), 2)]).await.unwrap(), [true]);
    assert_eq!(store.sweep_held_assets().await.unwrap(), 0);
}

#[tokio::test]
async fn decimals_come_back_from_the_server_as_they_were() {
    let server = Mongod::standalone().await;
    let store = open(&server, "folio").await;
    let seed = 7;
    let mut random = fastrand::Rng::with_seed(seed);
    let first = start().to_zoned(jiff::tz::TimeZone::UTC).date();
    let rates: Vec<_> = (0..2_000)
        .map(|day| ReferenceRate {
            currency: Currency::USD,
            date: first + jiff::Span::new().days(day),
            per_euro: Decimal::from_parts(
                random.u32(..),
                random.u32(..),
                random.u32(..),
                random.bool(),
                random.u32(0..=28),
            ),
            published_on: first,
            source: SourceId::new("ecb"),
        })
        .collect();
    store.put_reference_rates(&rates).await.unwrap();
    let asked: Vec<_> = rates.iter().map(|rate| (rate.currency, rate.date)).collect();
    let mut found = store.reference_rates(&asked).await.unwrap();
    found.sort_by_key(|rate| rate.date);
    assert_eq!(found, rates, "seed {seed}");
    // Digit for digit, zeros at the end too.
    for (found, rate) in found.iter().zip(&rates) {
        assert_eq!(found.per_euro.to_string(), rate.per_euro.to_string());
    }
    let stored = raw(&server, "folio").await.collection::<Document>("rates");
    let kinds = stored.distinct("per_euro", doc! {}).await.unwrap();
    assert!(kinds.iter().all(|kind| matches!(kind, Bson::Decimal128(_))));
}

/// What the server did for everything that the store asked it, from the server's own profile.
#[tokio::test(flavor = "multi_thread")]
async fn queries_use_their_indexes() {
    const PORTFOLIOS: u128 = 30;
    const SNAPSHOTS: i64 = 40;
    let server = Mongod::standalone().await;
    let store = open(&server, "folio").await;
    let database = raw(&server, "folio").await;
    let mut snapshots = Vec::new();
    for number in 1..=PORTFOLIOS {
        let portfolio = portfolio(number, 2);
        store.create_portfolio(&portfolio).await.unwrap();
        for hour in 0..SNAPSHOTS {
            let mut one = snapshot(&portfolio, hours(hour));
            one.expire_at = (hour % 4 == 0).then(|| hours(hour + 500));
            snapshots.push(one);
        }
    }
    store.insert_valuations(&snapshots).await.unwrap();
    let records: Vec<_> = (0..400)
        .map(|number| NewRecord {
            due_at: (number % 20 == 0).then(|| hours(number)),
            expires_at: (number % 10 == 0).then(|| hours(number)),
            ..record(&format!("key-{number:04}"))
        })
        .collect();
    store.insert_records(KIND, &records).await.unwrap();
    store
        .delete_portfolio(&OwnerId::default(), id(PORTFOLIOS))
        .await
        .unwrap();

    database.run_command(doc! { "profile": 2 }).await.unwrap();
    let owner = OwnerId::default();
    store.portfolio(&owner, id(3)).await.unwrap();
    let query = PortfolioQuery {
        owner,
        archived: false,
        after: Some(id(3)),
        limit: 5,
    };
    assert_eq!(store.portfolios(&query).await.unwrap().items.len(), 5);
    let range = IdRange {
        lo: Some(id(3)),
        after: true,
        hi: Some(id(9)),
    };
    assert_eq!(store.portfolios_between(&range, hours(1), 4).await.unwrap().len(), 4);
    assert_eq!(store.portfolio_id_after(Some(id(3)), 4).await.unwrap(), Some(id(7)));
    let newest = SnapshotQuery::newest(id(3), 3);
    assert_eq!(store.valuations(&newest).await.unwrap().items.len(), 3);
    let oldest = TotalsQuery {
        portfolio_id: id(3),
        from: Some(hours(2)),
        to: None,
        limit: 3,
    };
    assert_eq!(store.totals(&oldest).await.unwrap().len(), 3);
    let asked: Vec<_> = (1..=10).map(id).collect();
    assert_eq!(store.latest_valuations(&asked).await.unwrap().len(), 10);
    assert_eq!(store.held_assets(None, 5).await.unwrap().len(), 2);
    let scan = Scan {
        prefix: "key-01".to_owned(),
        limit: 5,
        ..Scan::default()
    };
    assert_eq!(store.scan_records(KIND, &scan).await.unwrap().len(), 5);
    let open = Scan {
        open: true,
        descending: true,
        limit: 3,
        ..Scan::default()
    };
    assert_eq!(store.scan_records(KIND, &open).await.unwrap().len(), 3);
    assert_eq!(store.due_records(KIND, hours(100), 3).await.unwrap().len(), 3);
    assert_eq!(store.purge_records(hours(25), 10).await.unwrap(), 3);
    assert!(store.purge_valuations(hours(505), 10).await.unwrap() > 0);
    database.run_command(doc! { "profile": 0 }).await.unwrap();

    let profile = database.collection::<Document>("system.profile");
    let cursor = profile
        .find(doc! { "ns": { "$in": ["folio.portfolios", "folio.portfoliovaluations", "folio.records", "folio.held_assets"] } })
        .await
        .unwrap();
    let seen: Vec<Document> = futures::TryStreamExt::try_collect(cursor).await.unwrap();
    let mut looked = 0;
    for entry in &seen {
        let Ok(plan) = entry.get_str("planSummary") else {
            continue;
        };
        looked += 1;
        assert!(!plan.contains("COLLSCAN"), "{entry}");
        assert!(!entry.contains_key("hasSortStage"), "{entry}");
        let keys = entry.get_i32("keysExamined").unwrap_or_default();
        assert!(keys <= 40, "{keys} keys for one page: {entry}");
    }
    assert!(looked >= 14, "{looked} of {} commands have a plan", seen.len());
}
