//! The store answers what the reference store in memory answers, whatever is asked in whatever order.

use folio_core::memory::MemoryStore;
use folio_core::store::{
    HeldAsset, IdRange, NewRecord, PortfolioQuery, PortfolioStore, RecordKind, Scan, SnapshotQuery, Store,
};
use folio_core::{ErrorKind, OwnerId, Result, Valuation, ValuationId};
use folio_testkit::Mongod;

use crate::common::{hours, id, open, portfolio, snapshot, start};

const STEPS: usize = 1_200;

/// An answer; snapshots as such, since 1 and 1.0 are equal and look different.
#[derive(Debug, PartialEq)]
enum Answer {
    Snapshots(Vec<Valuation>, bool),
    Text(String),
    Failed(ErrorKind),
}

fn seen<T: std::fmt::Debug>(answer: Result<T>) -> Answer {
    match answer {
        Ok(answer) => Answer::Text(format!("{answer:?}")),
        Err(error) => Answer::Failed(error.kind()),
    }
}

fn snapshots(answer: Result<Vec<Valuation>>, more: bool) -> Answer {
    match answer {
        Ok(answer) => Answer::Snapshots(answer, more),
        Err(error) => Answer::Failed(error.kind()),
    }
}

/// One random question or change.
#[derive(Clone, Debug)]
struct Step {
    what: u8,
    a: u128,
    b: i64,
    limit: usize,
    flag: bool,
}

fn key(number: u128) -> String {
    ["", "a", "a:1", "a:2", "ab", "b", "b:é", "ü", "a:\u{10ffff}"][usize::try_from(number % 9).unwrap()].to_owned()
}

async fn run(store: &dyn Store, step: &Step) -> Answer {
    let Step {
        what,
        a,
        b,
        limit,
        flag,
    } = step.clone();
    let snapshots_of = if limit % 2 == 0 { id(a + 10) } else { id(a) };
    let owner = OwnerId::new(if flag { "admin" } else { "mallory" });
    let kind = RecordKind(if a % 2 == 0 { "tick" } else { "chunk" });
    let due_at = flag.then(|| hours(b));
    let record = NewRecord {
        key: key(a),
        due_at,
        expires_at: (b > 3).then(|| hours(b)),
        body: format!("{{\"b\":{b}}}"),
    };
    match what {
        0 => seen(store.create_portfolio(&portfolio(a, u32::try_from(b).unwrap())).await),
        1 => {
            let mut changed = portfolio(a, u32::try_from(b).unwrap());
            changed.version = 2 + u64::from(flag);
            changed.archived = limit % 2 == 0;
            seen(store.update_portfolio(&changed, 1 + u64::from(flag)).await)
        }
        2 => seen(store.delete_portfolio(&owner, id(a)).await),
        3 => seen(store.portfolio(&owner, id(a)).await),
        4 => {
            let after = flag.then(|| id(a));
            seen(
                store
                    .portfolios(&PortfolioQuery {
                        owner: OwnerId::default(),
                        archived: b > 4,
                        after,
                        limit,
                    })
                    .await,
            )
        }
        5 => {
            let range = IdRange {
                lo: (b % 3 > 0).then(|| id(a)),
                after: flag,
                hi: (b % 2 > 0).then(|| id(a + 4)),
            };
            seen(store.portfolios_between(&range, start(), limit).await)
        }
        6 => seen(store.portfolio_id_after(flag.then(|| id(a)), limit).await),
        7 => {
            let after = HeldAsset::of(&portfolio(a, 9))
                .into_iter()
                .nth(usize::try_from(b).unwrap());
            // A change that is refused leaves the assets that it was about, until a sweep.
            let swept = store.sweep_held_assets().await;
            assert!(swept.is_ok(), "{swept:?}");
            seen(store.held_assets(after.filter(|_| flag).as_ref(), limit).await)
        }
        8 if limit == 0 => seen(store.sweep_held_assets().await.map(|_| ())),
        8 | 9 => {
            // Snapshots that arrive after their portfolio went are removed some time later, which the reference
            // does not do; so they are of portfolios that are there, or of ones that never were.
            let mut many = Vec::new();
            for number in a..=a + limit as u128 {
                let number = if b % 2 == 0 { number % 7 + 10 } else { number % 7 };
                if number >= 10 || store.portfolio(&OwnerId::default(), id(number)).await.is_ok() {
                    let mut one = snapshot(&portfolio(number, 2), hours(b));
                    one.expire_at = flag.then(|| hours(b + 2));
                    many.push(one);
                }
            }
            seen(store.insert_valuations(&many).await)
        }
        10 => {
            let one = store
                .valuation(snapshots_of, ValuationId::derived(snapshots_of, hours(b)))
                .await;
            snapshots(one.map(|one| one.into_iter().collect()), false)
        }
        11 => {
            let mut query = SnapshotQuery::newest(snapshots_of, limit);
            query.holdings = flag;
            query.from = (b % 2 == 0).then(|| hours(b - 3));
            query.to = (b % 3 == 0).then(|| hours(b + 3));
            query.before = (b % 4 == 0).then(|| hours(b + 1));
            match store.valuations(&query).await {
                Ok(page) => snapshots(Ok(page.items), page.more),
                Err(error) => snapshots(Err(error), false),
            }
        }
        12 => snapshots(
            store
                .latest_valuations(&[id(a), id(99), id(a + 1), id(a + 10), id(a)])
                .await,
            false,
        ),
        13 => seen(store.purge_valuations(hours(b), limit).await.map(|_| ())),
        14 => seen(store.insert_record(kind, &record).await),
        15 => seen(
            store
                .replace_record(kind, &record, u64::try_from(b).unwrap() % 3 + 1)
                .await,
        ),
        16 => seen(store.record(kind, &key(a)).await),
        17 => seen(store.remove_record(kind, &key(a)).await),
        18 => {
            let after = (b % 2 == 0).then(|| key(a + 1));
            let scan = Scan {
                prefix: key(a),
                after,
                descending: flag,
                open: b % 3 == 0,
                limit,
            };
            seen(store.scan_records(kind, &scan).await)
        }
        19 => {
            let due = store.due_records(kind, hours(b), 100).await;
            // Records that are due at the same instant have no order among each other.
            seen(due.map(|mut due| {
                due.sort_by(|a, b| (a.due_at, &a.key).cmp(&(b.due_at, &b.key)));
                due
            }))
        }
        _ => seen(store.purge_records(hours(b), 100).await),
    }
}

async fn answers_are_those_of_the_reference(server: &Mongod) {
    let seed = std::env::var("FOLIO_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_260_301);
    println!("FOLIO_TEST_SEED={seed}, {STEPS} steps");
    let mut random = fastrand::Rng::with_seed(seed);
    let store = open(server, "differential").await;
    let reference = MemoryStore::new();
    for number in 0..STEPS {
        let step = Step {
            what: random.u8(0..=20),
            a: random.u128(0..7),
            b: random.i64(0..9),
            limit: random.usize(0..6),
            flag: random.bool(),
        };
        // What is purged first where not everything is, is for each store to choose.
        let step = if step.what == 13 {
            Step { limit: 1_000, ..step }
        } else {
            step
        };
        let (expected, answer) = (run(&reference, &step).await, run(&store, &step).await);
        assert_eq!(answer, expected, "step {number}: {step:?}");
    }
    store.check().await.unwrap();
    store.close().await;
    assert_eq!(
        store.portfolio(&OwnerId::default(), id(1)).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_replica_set() {
    answers_are_those_of_the_reference(&Mongod::replica_set().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_standalone() {
    answers_are_those_of_the_reference(&Mongod::standalone().await).await;
}
