//! What an [`OpsStore`](crate::OpsStore) has to do.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::check::{Failure, Outcome, Suite, at_once, ensure, ensure_eq, run};
use super::samples::{AWKWARD, at, time};
use crate::store::{NewRecord, OpsStore, Record, RecordKind, Row, Scan, Table};
use crate::{Error, ErrorKind};

pub(super) const KIND: RecordKind = RecordKind("conformance");
/// A kind whose name begins with the other's.
pub(super) const OTHER: RecordKind = RecordKind("conformance_other");

pub(super) type Store = Arc<dyn OpsStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            every_field_of_a_record_reads_back,
            a_key_is_inserted_once,
            of_concurrent_inserts_of_a_key_one_is_told,
            a_record_is_replaced_only_if_unchanged,
            concurrent_changes_lose_no_update,
            of_concurrent_replacements_one_is_told,
            a_removed_record_is_gone,
            kinds_do_not_meet,
            a_clock_does_not_go_back,
        ]
    );
}

pub(super) fn new(key: &str) -> NewRecord {
    NewRecord {
        key: key.to_owned(),
        due_at: None,
        expires_at: None,
        body: "{}".to_owned(),
    }
}

pub(super) fn stored(new: &NewRecord, version: u64) -> Record {
    let NewRecord {
        key,
        due_at,
        expires_at,
        body,
    } = new.clone();
    Record {
        key,
        version,
        due_at,
        expires_at,
        body,
    }
}

pub(super) fn keys(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.key.as_str()).collect()
}

pub(super) async fn insert_all<'a>(store: &Store, records: impl IntoIterator<Item = &'a NewRecord>) -> Outcome {
    for record in records {
        ensure!(
            store.insert_record(KIND, record).await?,
            "insert_record() of the new key {:?} says false",
            record.key
        );
    }
    Ok(())
}

async fn every_field_of_a_record_reads_back(store: Store) -> Outcome {
    let number = r#"{"amount":0.12345678901234567890123456780,"n":[1e400,-0.0],"text":"日\u0000\"' %_$"}"#;
    let large = format!("\"{}\"", "日x".repeat(250_000));
    let records = [
        new("plain"),
        NewRecord {
            due_at: Some(time("1970-01-01T00:00:00Z")),
            body: number.to_owned(),
            ..new(AWKWARD)
        },
        NewRecord {
            due_at: Some(at(1)),
            expires_at: Some(time("2999-12-31T23:59:59.999Z")),
            body: large,
            ..new("times")
        },
        NewRecord {
            expires_at: Some(time("2990-01-01T00:00:00.001Z")),
            body: "null".to_owned(),
            ..new("x/y:z|{a}/000001")
        },
        NewRecord {
            body: "[1, 2 ,3]".to_owned(),
            ..new(&"k".repeat(500))
        },
    ];
    insert_all(&store, &records).await?;
    for record in &records {
        let found = store.record(KIND, &record.key).await?;
        ensure_eq!(found, Some(stored(record, 1)), "record() after insert_record()");
    }
    for (record, replacement) in records.iter().zip(records.iter().rev()) {
        let replacement = NewRecord {
            key: record.key.clone(),
            ..replacement.clone()
        };
        ensure!(
            store.replace_record(KIND, &replacement, 1).await?,
            "replace_record() of version 1 says false"
        );
        let found = store.record(KIND, &record.key).await?;
        ensure_eq!(found, Some(stored(&replacement, 2)), "record() after replace_record()");
    }
    Ok(())
}

async fn a_key_is_inserted_once(store: Store) -> Outcome {
    let first = NewRecord {
        body: "1".to_owned(),
        ..new("key")
    };
    insert_all(&store, [&first]).await?;
    let second = NewRecord {
        body: "2".to_owned(),
        due_at: Some(at(0)),
        ..new("key")
    };
    ensure!(
        !store.insert_record(KIND, &second).await?,
        "insert_record() of a key that is there says true"
    );
    ensure_eq!(
        store.record(KIND, "key").await?,
        Some(stored(&first, 1)),
        "the record after a second insert"
    );
    // Keys that a comparison without care takes for the same.
    for key in ["Key", "KEY", "key ", " key", "ke\u{301}y", ""] {
        ensure_eq!(
            store.record(KIND, key).await?,
            None,
            "record() of {key:?} where there is \"key\""
        );
    }
    insert_all(&store, &["Key", "key ", "ké", "ke\u{301}"].map(new)).await
}

async fn of_concurrent_inserts_of_a_key_one_is_told(store: Store) -> Outcome {
    const WRITERS: usize = 16;
    for round in 0..5 {
        let calls = at_once(WRITERS, |writer| {
            let store = store.clone();
            let record = NewRecord {
                body: writer.to_string(),
                ..new(&format!("raced-{round}"))
            };
            async move {
                store
                    .insert_record(KIND, &record)
                    .await
                    .map(|told| told.then_some(record))
            }
        });
        let mut winners = Vec::new();
        for call in calls.await? {
            winners.extend(call?);
        }
        ensure_eq!(
            winners.len(),
            1,
            "how many of {WRITERS} concurrent insert_record() of one key were told true"
        );
        let found = store.record(KIND, &winners[0].key).await?;
        ensure_eq!(
            found,
            Some(stored(&winners[0], 1)),
            "the record after concurrent inserts"
        );
    }
    Ok(())
}

async fn a_record_is_replaced_only_if_unchanged(store: Store) -> Outcome {
    let absent =
        store.replace_record(KIND, &new("key"), 0).await? || store.replace_record(KIND, &new("key"), 1).await?;
    ensure!(!absent, "replace_record() of a key that is not there says true");
    ensure_eq!(
        store.record(KIND, "key").await?,
        None,
        "the record after a replacement of nothing"
    );
    insert_all(&store, [&new("key"), &new("bystander")]).await?;
    for version in 1..4 {
        let next = NewRecord {
            body: version.to_string(),
            due_at: Some(at(0)),
            ..new("key")
        };
        for stale in [0, version - 1, version + 1] {
            ensure!(
                !store.replace_record(KIND, &next, stale).await?,
                "replace_record() of version {stale} where it is {version} says true"
            );
        }
        ensure!(
            store.replace_record(KIND, &next, version).await?,
            "replace_record() of version {version} says false"
        );
        ensure_eq!(
            store.record(KIND, "key").await?,
            Some(stored(&next, version + 1)),
            "the record after a replacement"
        );
    }
    let finished = new("key");
    ensure!(
        store.replace_record(KIND, &finished, 4).await?,
        "replace_record() of version 4 says false"
    );
    ensure_eq!(
        store.record(KIND, "key").await?,
        Some(stored(&finished, 5)),
        "the record without its due_at"
    );
    ensure_eq!(
        store.record(KIND, "bystander").await?,
        Some(stored(&new("bystander"), 1)),
        "another record"
    );
    Ok(())
}

#[derive(Debug, Serialize, Deserialize)]
struct Counter {
    name: String,
    count: u64,
}

impl Row for Counter {
    const KIND: RecordKind = KIND;

    fn key(&self) -> String {
        self.name.clone()
    }
}

async fn concurrent_changes_lose_no_update(store: Store) -> Outcome {
    const WRITERS: usize = 8;
    const EACH: u64 = 10;
    // The others' changes at most, each of which can overtake one try, and as many again.
    const MOST_TRIES: u64 = 2 * WRITERS as u64 * EACH;
    let table = Table::<Counter>::new(&*store);
    table
        .insert(&Counter {
            name: "counter".to_owned(),
            count: 0,
        })
        .await?;
    let calls = at_once(WRITERS, |_| {
        let store = store.clone();
        async move {
            for _ in 0..EACH {
                let mut tries = 0;
                let increment = |counter: &mut Counter| {
                    tries += 1;
                    if tries > MOST_TRIES {
                        return Err(Error::new(ErrorKind::Internal, "no try to replace the record succeeds"));
                    }
                    counter.count += 1;
                    Ok(true)
                };
                let changed = Table::<Counter>::new(&*store).modify("counter", increment).await?;
                ensure!(changed.is_some(), "Table::modify() does not find the row");
            }
            Ok::<_, Failure>(())
        }
    });
    for call in calls.await? {
        call?;
    }
    let wanted = WRITERS as u64 * EACH;
    let found = table.get("counter").await?.map(|row| (row.count, row.version()));
    ensure_eq!(
        found,
        Some((wanted, wanted + 1)),
        "count and version after {WRITERS} tasks added 1 {EACH} times each"
    );
    Ok(())
}

async fn of_concurrent_replacements_one_is_told(store: Store) -> Outcome {
    const WRITERS: usize = 16;
    insert_all(&store, [&new("raced")]).await?;
    for version in 1..=5 {
        let calls = at_once(WRITERS, |writer| {
            let store = store.clone();
            let record = NewRecord {
                body: format!("[{version},{writer}]"),
                ..new("raced")
            };
            async move {
                store
                    .replace_record(KIND, &record, version)
                    .await
                    .map(|told| told.then_some(record))
            }
        });
        let mut winners = Vec::new();
        for call in calls.await? {
            winners.extend(call?);
        }
        ensure_eq!(
            winners.len(),
            1,
            "how many of {WRITERS} concurrent replace_record() of version {version} were told true"
        );
        let found = store.record(KIND, "raced").await?;
        ensure_eq!(
            found,
            Some(stored(&winners[0], version + 1)),
            "the record after concurrent replacements"
        );
    }
    Ok(())
}

async fn a_removed_record_is_gone(store: Store) -> Outcome {
    insert_all(&store, [&new("key"), &new("key2")]).await?;
    ensure!(
        store.remove_record(KIND, "key").await?,
        "remove_record() of a key that is there says false"
    );
    ensure!(
        !store.remove_record(KIND, "key").await?,
        "remove_record() of a key that is gone says true"
    );
    ensure_eq!(
        store.record(KIND, "key").await?,
        None,
        "record() of one that was removed"
    );
    ensure!(
        !store.replace_record(KIND, &new("key"), 1).await?,
        "replace_record() of one that was removed says true"
    );
    ensure_eq!(
        store.record(KIND, "key2").await?,
        Some(stored(&new("key2"), 1)),
        "another record"
    );
    insert_all(&store, [&new("key")]).await?;
    ensure_eq!(
        store.record(KIND, "key").await?,
        Some(stored(&new("key"), 1)),
        "a record inserted anew"
    );
    Ok(())
}

async fn kinds_do_not_meet(store: Store) -> Outcome {
    let due = NewRecord {
        due_at: Some(at(0)),
        expires_at: Some(time("2990-01-01T00:00:00Z")),
        ..new("key")
    };
    insert_all(&store, [&due]).await?;
    ensure_eq!(store.record(OTHER, "key").await?, None, "record() of another kind");
    ensure!(
        !store.replace_record(OTHER, &due, 1).await?,
        "replace_record() of another kind says true"
    );
    ensure!(
        !store.remove_record(OTHER, "key").await?,
        "remove_record() of another kind says true"
    );
    let everything = Scan {
        limit: 10,
        ..Scan::default()
    };
    ensure_eq!(
        store.scan_records(OTHER, &everything).await?,
        [],
        "scan_records() of another kind"
    );
    ensure_eq!(
        store.due_records(OTHER, at(10), 10).await?,
        [],
        "due_records() of another kind"
    );
    let other = NewRecord {
        body: "2".to_owned(),
        ..new("key")
    };
    ensure!(
        store.insert_record(OTHER, &other).await?,
        "insert_record() of a key that another kind has says false"
    );
    ensure_eq!(
        store.record(KIND, "key").await?,
        Some(stored(&due, 1)),
        "the record beside one of another kind"
    );
    let purged = store.purge_records(time("2990-01-01T00:00:00Z"), 10).await?;
    ensure_eq!(purged, 1, "how many records purge_records() removed");
    ensure_eq!(
        store.record(OTHER, "key").await?,
        Some(stored(&other, 1)),
        "a record of another kind after a purge"
    );
    Ok(())
}

async fn a_clock_does_not_go_back(store: Store) -> Outcome {
    let first = store.now().await?;
    let second = store.now().await?;
    ensure_eq!(
        first.is_some(),
        second.is_some(),
        "whether now() tells a time, asked twice"
    );
    ensure!(first <= second, "now() goes back from {first:?} to {second:?}");
    Ok(())
}
