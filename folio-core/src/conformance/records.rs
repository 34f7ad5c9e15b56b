//! What an [`OpsStore`](crate::OpsStore) has to do.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{Failure, Outcome, Suite, at_once, ensure, ensure_eq, run};
use super::samples::{AWKWARD, at, time};
use crate::store::{NewRecord, OpsStore, Record, RecordKind, Row, Scan, Table};

const KIND: RecordKind = RecordKind("conformance");
/// A kind whose name begins with the other's.
const OTHER: RecordKind = RecordKind("conformance_other");

type Store = Arc<dyn OpsStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(suite, fresh, [
        every_field_of_a_record_reads_back,
        a_key_is_inserted_once,
        of_concurrent_inserts_of_a_key_one_is_told,
        a_record_is_replaced_only_if_unchanged,
        concurrent_changes_lose_no_update,
        of_concurrent_replacements_one_is_told,
        a_removed_record_is_gone,
        kinds_do_not_meet,
        a_scan_is_in_order_of_bytes,
        a_scan_reads_a_prefix_and_nothing_else,
        a_scan_goes_on_after_a_key,
        a_scan_of_the_open_leaves_out_the_finished,
        due_records_are_the_longest_due_first,
        a_purge_removes_only_expired_records,
        a_clock_does_not_go_back,
    ]);
}

fn new(key: &str) -> NewRecord {
    NewRecord { key: key.to_owned(), due_at: None, expires_at: None, body: "{}".to_owned() }
}

fn stored(new: &NewRecord, version: u64) -> Record {
    let NewRecord { key, due_at, expires_at, body } = new.clone();
    Record { key, version, due_at, expires_at, body }
}

fn keys(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.key.as_str()).collect()
}

async fn insert_all<'a>(store: &Store, records: impl IntoIterator<Item = &'a NewRecord>) -> Outcome {
    for record in records {
        ensure!(store.insert_record(KIND, record).await?, "insert_record() of the new key {:?} says false", record.key);
    }
    Ok(())
}

async fn every_field_of_a_record_reads_back(store: Store) -> Outcome {
    let number = r#"{"amount":0.12345678901234567890123456780,"n":[1e400,-0.0],"text":"日\u0000\"' %_$"}"#;
    let large = format!("\"{}\"", "日x".repeat(250_000));
    let records = [
        new("plain"),
        NewRecord { due_at: Some(time("1970-01-01T00:00:00Z")), body: number.to_owned(), ..new(AWKWARD) },
        NewRecord { due_at: Some(at(1)), expires_at: Some(time("2999-12-31T23:59:59.999Z")), body: large, ..new("times") },
        NewRecord { expires_at: Some(time("2990-01-01T00:00:00.001Z")), body: "null".to_owned(), ..new("x/y:z|{a}/000001") },
        NewRecord { body: "[1, 2 ,3]".to_owned(), ..new(&"k".repeat(500)) },
    ];
    insert_all(&store, &records).await?;
    for record in &records {
        let found = store.record(KIND, &record.key).await?;
        ensure_eq!(found, Some(stored(record, 1)), "record() after insert_record()");
    }
    for (record, replacement) in records.iter().zip(records.iter().rev()) {
        let replacement = NewRecord { key: record.key.clone(), ..replacement.clone() };
        ensure!(store.replace_record(KIND, &replacement, 1).await?, "replace_record() of version 1 says false");
        let found = store.record(KIND, &record.key).await?;
        ensure_eq!(found, Some(stored(&replacement, 2)), "record() after replace_record()");
    }
    Ok(())
}

async fn a_key_is_inserted_once(store: Store) -> Outcome {
    let first = NewRecord { body: "1".to_owned(), ..new("key") };
    insert_all(&store, [&first]).await?;
    let second = NewRecord { body: "2".to_owned(), due_at: Some(at(0)), ..new("key") };
    ensure!(!store.insert_record(KIND, &second).await?, "insert_record() of a key that is there says true");
    ensure_eq!(store.record(KIND, "key").await?, Some(stored(&first, 1)), "the record after a second insert");
    // Keys that a comparison without care takes for the same.
    for key in ["Key", "KEY", "key ", " key", "ke\u{301}y", ""] {
        ensure_eq!(store.record(KIND, key).await?, None, "record() of {key:?} where there is \"key\"");
    }
    insert_all(&store, &["Key", "key ", "ké", "ke\u{301}"].map(new)).await
}

async fn of_concurrent_inserts_of_a_key_one_is_told(store: Store) -> Outcome {
    const WRITERS: usize = 16;
    for round in 0..5 {
        let calls = at_once(WRITERS, |writer| {
            let store = store.clone();
            let record = NewRecord { body: writer.to_string(), ..new(&format!("raced-{round}")) };
            async move { store.insert_record(KIND, &record).await.map(|told| told.then_some(record)) }
        });
        let mut winners = Vec::new();
        for call in calls.await? {
            winners.extend(call?);
        }
        ensure_eq!(winners.len(), 1, "how many of {WRITERS} concurrent insert_record() of one key were told true");
        let found = store.record(KIND, &winners[0].key).await?;
        ensure_eq!(found, Some(stored(&winners[0], 1)), "the record after concurrent inserts");
    }
    Ok(())
}

async fn a_record_is_replaced_only_if_unchanged(store: Store) -> Outcome {
    let absent = store.replace_record(KIND, &new("key"), 0).await? || store.replace_record(KIND, &new("key"), 1).await?;
    ensure!(!absent, "replace_record() of a key that is not there says true");
    ensure_eq!(store.record(KIND, "key").await?, None, "the record after a replacement of nothing");
    insert_all(&store, [&new("key"), &new("bystander")]).await?;
    for version in 1..4 {
        let next = NewRecord { body: version.to_string(), due_at: Some(at(0)), ..new("key") };
        for stale in [0, version - 1, version + 1] {
            ensure!(!store.replace_record(KIND, &next, stale).await?, "replace_record() of version {stale} where it is {version} says true");
        }
        ensure!(store.replace_record(KIND, &next, version).await?, "replace_record() of version {version} says false");
        ensure_eq!(store.record(KIND, "key").await?, Some(stored(&next, version + 1)), "the record after a replacement");
    }
    let finished = new("key");
    ensure!(store.replace_record(KIND, &finished, 4).await?, "replace_record() of version 4 says false");
    ensure_eq!(store.record(KIND, "key").await?, Some(stored(&finished, 5)), "the record without its due_at");
    ensure_eq!(store.record(KIND, "bystander").await?, Some(stored(&new("bystander"), 1)), "another record");
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
    let table = Table::<Counter>::new(&*store);
    table.insert(&Counter { name: "counter".to_owned(), count: 0 }).await?;
    let calls = at_once(WRITERS, |_| {
        let store = store.clone();
        async move {
            for _ in 0..EACH {
                let increment = |counter: &mut Counter| {
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
    ensure_eq!(found, Some((wanted, wanted + 1)), "count and version after {WRITERS} tasks added 1 {EACH} times each");
    Ok(())
}

async fn of_concurrent_replacements_one_is_told(store: Store) -> Outcome {
    const WRITERS: usize = 16;
    insert_all(&store, [&new("raced")]).await?;
    for version in 1..=5 {
        let calls = at_once(WRITERS, |writer| {
            let store = store.clone();
            let record = NewRecord { body: format!("[{version},{writer}]"), ..new("raced") };
            async move { store.replace_record(KIND, &record, version).await.map(|told| told.then_some(record)) }
        });
        let mut winners = Vec::new();
        for call in calls.await? {
            winners.extend(call?);
        }
        ensure_eq!(winners.len(), 1, "how many of {WRITERS} concurrent replace_record() of version {version} were told true");
        let found = store.record(KIND, "raced").await?;
        ensure_eq!(found, Some(stored(&winners[0], version + 1)), "the record after concurrent replacements");
    }
    Ok(())
}

async fn a_removed_record_is_gone(store: Store) -> Outcome {
    insert_all(&store, [&new("key"), &new("key2")]).await?;
    ensure!(store.remove_record(KIND, "key").await?, "remove_record() of a key that is there says false");
    ensure!(!store.remove_record(KIND, "key").await?, "remove_record() of a key that is gone says true");
    ensure_eq!(store.record(KIND, "key").await?, None, "record() of one that was removed");
    ensure!(!store.replace_record(KIND, &new("key"), 1).await?, "replace_record() of one that was removed says true");
    ensure_eq!(store.record(KIND, "key2").await?, Some(stored(&new("key2"), 1)), "another record");
    insert_all(&store, [&new("key")]).await?;
    ensure_eq!(store.record(KIND, "key").await?, Some(stored(&new("key"), 1)), "a record inserted anew");
    Ok(())
}

async fn kinds_do_not_meet(store: Store) -> Outcome {
    let due = NewRecord { due_at: Some(at(0)), expires_at: Some(time("2990-01-01T00:00:00Z")), ..new("key") };
    insert_all(&store, [&due]).await?;
    ensure_eq!(store.record(OTHER, "key").await?, None, "record() of another kind");
    ensure!(!store.replace_record(OTHER, &due, 1).await?, "replace_record() of another kind says true");
    ensure!(!store.remove_record(OTHER, "key").await?, "remove_record() of another kind says true");
    let everything = Scan { limit: 10, ..Scan::default() };
    ensure_eq!(store.scan_records(OTHER, &everything).await?, [], "scan_records() of another kind");
    ensure_eq!(store.due_records(OTHER, at(10), 10).await?, [], "due_records() of another kind");
    let other = NewRecord { body: "2".to_owned(), ..new("key") };
    ensure!(store.insert_record(OTHER, &other).await?, "insert_record() of a key that another kind has says false");
    ensure_eq!(store.record(KIND, "key").await?, Some(stored(&due, 1)), "the record beside one of another kind");
    let purged = store.purge_records(time("2990-01-01T00:00:00Z"), 10).await?;
    ensure_eq!(purged, 1, "how many records purge_records() removed");
    ensure_eq!(store.record(OTHER, "key").await?, Some(stored(&other, 1)), "a record of another kind after a purge");
    Ok(())
}

/// Keys in the order of their bytes, with everything that a pattern or a collation treats in its own way.
const IN_ORDER: [&str; 24] = [
    "", " ", "%", "%%", "*", "A", "B", "_", "a", "a%", "a%b", "a*", "a/000001", "a/000002", "a/000010", "aB", "a_",
    "a_b", "ab", "abc", "b", "é", "\u{ffff}", "🏖",
];

async fn a_scan_is_in_order_of_bytes(store: Store) -> Outcome {
    let records: Vec<_> = IN_ORDER.iter().rev().map(|key| new(key)).collect();
    insert_all(&store, &records).await?;
    let found = store.scan_records(KIND, &Scan { limit: 100, ..Scan::default() }).await?;
    ensure_eq!(keys(&found), IN_ORDER, "scan_records() of everything");
    ensure_eq!(found[9], stored(&new("a%"), 1), "a record in a scan");
    let mut backwards = IN_ORDER;
    backwards.reverse();
    let found = store.scan_records(KIND, &Scan { limit: 100, descending: true, ..Scan::default() }).await?;
    ensure_eq!(keys(&found), backwards, "scan_records() of everything, descending");
    for limit in [0, 1, 5] {
        let found = store.scan_records(KIND, &Scan { limit, ..Scan::default() }).await?;
        ensure_eq!(keys(&found), IN_ORDER[..limit], "scan_records() with a limit of {limit}");
        let found = store.scan_records(KIND, &Scan { limit, descending: true, ..Scan::default() }).await?;
        ensure_eq!(keys(&found), backwards[..limit], "scan_records() with a limit of {limit}, descending");
    }
    Ok(())
}

async fn a_scan_reads_a_prefix_and_nothing_else(store: Store) -> Outcome {
    let odd = ["\u{10ffff}", "\u{10ffff}a", "\u{d7ff}", "\u{d7ff}x", "\u{e000}", "z\u{10ffff}", "z\u{10ffff}\u{10ffff}", "~", "\u{7f}", "\u{7f}x", "\u{80}"];
    let mut all: Vec<_> = IN_ORDER.into_iter().chain(odd).collect();
    insert_all(&store, &all.iter().map(|key| new(key)).collect::<Vec<_>>()).await?;
    all.sort_unstable();
    let prefixes = ["%", "_", "*", "a", "a%", "a/", "a_", "A", "é", "\u{d7ff}", "\u{10ffff}", "z\u{10ffff}", "\u{7f}", "none", "🏖"];
    for prefix in prefixes {
        let mut wanted: Vec<_> = all.iter().copied().filter(|key| key.starts_with(prefix)).collect();
        let scan = Scan { prefix: prefix.to_owned(), limit: 100, ..Scan::default() };
        let found = store.scan_records(KIND, &scan).await?;
        ensure_eq!(keys(&found), wanted, "scan_records() of the prefix {prefix:?}");
        wanted.reverse();
        let found = store.scan_records(KIND, &Scan { descending: true, ..scan }).await?;
        ensure_eq!(keys(&found), wanted, "scan_records() of the prefix {prefix:?}, descending");
    }
    Ok(())
}

async fn a_scan_goes_on_after_a_key(store: Store) -> Outcome {
    insert_all(&store, &IN_ORDER.map(new)).await?;
    for descending in [false, true] {
        for prefix in ["", "a"] {
            let mut wanted: Vec<_> = IN_ORDER.into_iter().filter(|key| key.starts_with(prefix)).collect();
            if descending {
                wanted.reverse();
            }
            let mut found: Vec<String> = Vec::new();
            loop {
                let after = found.last().cloned();
                let scan = Scan { prefix: prefix.to_owned(), after, descending, open: false, limit: 4 };
                let page = store.scan_records(KIND, &scan).await?;
                ensure!(page.len() <= 4, "scan_records() has {} records with a limit of 4", page.len());
                let last_page = page.len() < 4;
                found.extend(page.into_iter().map(|record| record.key));
                if last_page || found.len() > IN_ORDER.len() {
                    break;
                }
            }
            ensure_eq!(found, wanted, "the pages of scan_records() of {prefix:?}, descending: {descending}");
        }
    }
    for (prefix, after, descending, wanted) in [
        // Keys that are not there, and ones beyond the prefix on either side.
        ("a/", "a/000001x", false, Some("a/000002")),
        ("a/", "a/000009", true, Some("a/000002")),
        ("a/", "A", false, Some("a/000001")),
        ("a/", "b", false, None),
        ("a/", "b", true, Some("a/000010")),
        ("a/", "A", true, None),
    ] {
        let scan = Scan { prefix: prefix.to_owned(), after: Some(after.to_owned()), descending, open: false, limit: 1 };
        let found = store.scan_records(KIND, &scan).await?;
        ensure_eq!(keys(&found).first().copied(), wanted, "scan_records() of {scan:?}");
    }
    Ok(())
}

async fn a_scan_of_the_open_leaves_out_the_finished(store: Store) -> Outcome {
    let open = |key: &str, millis: i64| NewRecord { due_at: Some(at(millis)), ..new(key) };
    insert_all(&store, &[open("a1", 9), new("a2"), open("a3", -9), open("b1", 0), new("a4")]).await?;
    ensure!(store.replace_record(KIND, &new("a1"), 1).await?, "replace_record() of version 1 says false");
    ensure!(store.replace_record(KIND, &open("a2", 1), 1).await?, "replace_record() of version 1 says false");
    let scan = Scan { prefix: "a".to_owned(), open: true, limit: 10, ..Scan::default() };
    let found = store.scan_records(KIND, &scan).await?;
    ensure_eq!(keys(&found), ["a2", "a3"], "scan_records() of the open ones");
    let found = store.scan_records(KIND, &Scan { limit: 1, descending: true, ..scan }).await?;
    ensure_eq!(keys(&found), ["a3"], "scan_records() of the last open one");
    Ok(())
}

async fn due_records_are_the_longest_due_first(store: Store) -> Outcome {
    let due = |key: &str, millis: i64| NewRecord { due_at: Some(at(millis)), ..new(key) };
    insert_all(&store, &[due("a", 30), due("b", 10), new("c"), due("d", 40), due("e", -86_400_000), due("f", 20)]).await?;
    for (until, limit, wanted) in [
        (30, 10, vec!["e", "b", "f", "a"]),
        (29, 10, vec!["e", "b", "f"]),
        (1_000, 2, vec!["e", "b"]),
        (1_000, 0, vec![]),
        (-86_400_001, 10, vec![]),
    ] {
        let found = store.due_records(KIND, at(until), limit).await?;
        ensure_eq!(keys(&found), wanted, "due_records() until {} with a limit of {limit}", at(until));
    }
    ensure!(store.replace_record(KIND, &new("e"), 1).await?, "replace_record() of version 1 says false");
    let later = due("b", 35);
    ensure!(store.replace_record(KIND, &later, 1).await?, "replace_record() of version 1 says false");
    let found = store.due_records(KIND, at(1_000), 10).await?;
    ensure_eq!(keys(&found), ["f", "a", "b", "d"], "due_records() after one is finished and one put off");
    ensure_eq!(found[2], stored(&later, 2), "a record among the due ones");
    Ok(())
}

async fn a_purge_removes_only_expired_records(store: Store) -> Outcome {
    // Instants to come, so that a database that removes by itself what is over does not take part.
    let end = |millis: i64| -> Option<Timestamp> { Some(time("2990-01-01T00:00:00Z") + jiff::SignedDuration::from_millis(millis)) };
    let expiring = |key: &str, millis: i64| NewRecord { expires_at: end(millis), ..new(key) };
    insert_all(&store, &[expiring("a", 10), expiring("b", 20), new("c"), expiring("d", 10), expiring("e", 10)]).await?;
    ensure!(store.insert_record(OTHER, &expiring("a", 9)).await?, "insert_record() of the new key \"a\" says false");
    let open = NewRecord { due_at: Some(at(0)), ..expiring("e", 30) };
    ensure!(store.replace_record(KIND, &open, 1).await?, "replace_record() of version 1 says false");
    let (Some(before), Some(now), Some(later)) = (end(8), end(10), end(25)) else { return Ok(()) };
    ensure_eq!(store.purge_records(before, 10).await?, 0, "purge_records() before anything is over");
    ensure_eq!(store.purge_records(now, 0).await?, 0, "purge_records() with a limit of 0");
    ensure_eq!(store.purge_records(now, 2).await?, 2, "purge_records() of three that are over, with a limit of 2");
    ensure_eq!(store.purge_records(now, 2).await?, 1, "purge_records() of the one that is left over");
    let everything = Scan { limit: 10, ..Scan::default() };
    ensure_eq!(keys(&store.scan_records(KIND, &everything).await?), ["b", "c", "e"], "the records after a purge");
    ensure_eq!(store.scan_records(OTHER, &everything).await?, [], "the records of another kind after a purge");
    ensure_eq!(store.purge_records(later, 10).await?, 1, "purge_records() later");
    ensure_eq!(keys(&store.scan_records(KIND, &everything).await?), ["c", "e"], "the records after a later purge");
    insert_all(&store, [&new("a")]).await
}

async fn a_clock_does_not_go_back(store: Store) -> Outcome {
    let first = store.now().await?;
    let second = store.now().await?;
    ensure_eq!(first.is_some(), second.is_some(), "whether now() tells a time, asked twice");
    ensure!(first <= second, "now() goes back from {first:?} to {second:?}");
    Ok(())
}
