//! What an [`OpsStore`](crate::OpsStore) has to do with many records in one call.

use super::check::{Outcome, Suite, at_once, ensure_eq, run};
use super::records::{KIND, OTHER, Store, insert_all, new, stored};
use super::samples::{AWKWARD, at, time};
use crate::store::{NewRecord, Record};

/// More than a backend is likely to read or write in one round trip.
const MANY: usize = 250;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            records_come_in_the_order_of_their_keys,
            of_many_inserts_each_has_its_own_outcome,
            of_many_replacements_each_has_its_own_outcome,
            many_records_are_written_and_read,
            concurrent_calls_for_many_write_each_once,
            many_of_one_kind_leave_the_others,
        ]
    );
}

fn with_body(key: &str, body: impl ToString) -> NewRecord {
    NewRecord {
        body: body.to_string(),
        ..new(key)
    }
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// What there is of these keys, in their order, as key, version and body.
async fn found(store: &Store, keys: &[&str]) -> Outcome<Vec<(String, u64, String)>> {
    let records = store.records(KIND, &owned(keys)).await?;
    let brief = |record: Record| (record.key, record.version, record.body);
    Ok(records.into_iter().map(brief).collect())
}

fn wanted(rows: &[(&str, u64, &str)]) -> Vec<(String, u64, String)> {
    let owned = |(key, version, body): &(&str, u64, &str)| ((*key).to_owned(), *version, (*body).to_owned());
    rows.iter().map(owned).collect()
}

async fn records_come_in_the_order_of_their_keys(store: Store) -> Outcome {
    let records = [
        NewRecord {
            due_at: Some(at(1)),
            expires_at: Some(time("2999-12-31T23:59:59.999Z")),
            ..with_body("b", r#""日\u0000'""#)
        },
        with_body(AWKWARD, "0.12345678901234567890123456780"),
        with_body("a", "[1, 2 ,3]"),
        with_body("A", "2"),
        with_body("a ", "3"),
        with_body("a\0", "4"),
        with_body("a\0b", "5"),
        with_body("", "6"),
    ];
    insert_all(&store, &records).await?;
    let asked = ["a\0b", "gone", "b", "a ", "a", "", AWKWARD, "A", "a\0", "b", "ab", "a"];
    let all: Vec<_> = asked
        .iter()
        .filter_map(|key| records.iter().find(|record| record.key == *key))
        .map(|record| stored(record, 1))
        .collect();
    ensure_eq!(
        store.records(KIND, &owned(&asked)).await?,
        all,
        "records() of keys of which some are not there and two are asked for twice"
    );
    ensure_eq!(store.records(KIND, &[]).await?, [], "records() of no keys");
    ensure_eq!(
        store.records(KIND, &owned(&["gone"])).await?,
        [],
        "records() of a key that is not there"
    );
    Ok(())
}

async fn of_many_inserts_each_has_its_own_outcome(store: Store) -> Outcome {
    insert_all(&store, [&with_body("b", "0")]).await?;
    let records = [
        NewRecord {
            due_at: Some(at(0)),
            expires_at: Some(time("2990-01-01T00:00:00Z")),
            ..with_body("a", "1")
        },
        with_body("b", "2"),
        with_body("c", "3"),
        with_body("a", "4"),
        with_body(AWKWARD, "5"),
    ];
    ensure_eq!(
        store.insert_records(KIND, &records).await?,
        [true, false, true, false, true],
        "insert_records() of which the second is there and the fourth has the key of the first"
    );
    let rows = wanted(&[("a", 1, "1"), ("b", 1, "0"), ("c", 1, "3"), (AWKWARD, 1, "5")]);
    ensure_eq!(
        found(&store, &["a", "b", "c", AWKWARD]).await?,
        rows,
        "records after insert_records()"
    );
    ensure_eq!(
        store.record(KIND, "a").await?,
        Some(stored(&records[0], 1)),
        "record() after insert_records()"
    );
    ensure_eq!(
        store.insert_records(KIND, &records).await?,
        [false; 5],
        "insert_records() of the same once more"
    );
    ensure_eq!(
        found(&store, &["a", "b", "c", AWKWARD]).await?,
        rows,
        "records after insert_records() of the same"
    );
    ensure_eq!(
        store.insert_records(KIND, &[]).await?,
        [false; 0],
        "insert_records() of nothing"
    );
    Ok(())
}

async fn of_many_replacements_each_has_its_own_outcome(store: Store) -> Outcome {
    insert_all(&store, &["a", "b", "c", "d"].map(|key| with_body(key, "0"))).await?;
    let finished = NewRecord {
        due_at: Some(at(2)),
        ..with_body("a", "1")
    };
    let replacements = [
        (finished.clone(), 1),
        (with_body("b", "2"), 2),
        (with_body("gone", "3"), 1),
        (with_body("c", "4"), 1),
        (with_body("c", "5"), 1),
        (with_body("d", "6"), 1),
        (with_body("d", "7"), 2),
    ];
    ensure_eq!(
        store.replace_records(KIND, &replacements).await?,
        [true, false, false, true, false, true, true],
        "replace_records() of versions 1, 2 where it is 1, 1 of nothing, 1 and again 1, 1 and then 2"
    );
    ensure_eq!(
        found(&store, &["a", "b", "gone", "c", "d"]).await?,
        wanted(&[("a", 2, "1"), ("b", 1, "0"), ("c", 2, "4"), ("d", 3, "7")]),
        "records after replace_records()"
    );
    ensure_eq!(
        store.record(KIND, "a").await?,
        Some(stored(&finished, 2)),
        "record() after replace_records()"
    );
    ensure_eq!(
        store.replace_records(KIND, &[]).await?,
        [false; 0],
        "replace_records() of nothing"
    );
    Ok(())
}

async fn many_records_are_written_and_read(store: Store) -> Outcome {
    let keys: Vec<String> = (0..MANY).map(|index| format!("key-{index:04}")).collect();
    let records: Vec<_> = keys.iter().map(|key| with_body(key, "0")).collect();
    // Those in the middle are there already.
    insert_all(&store, &records[100..150]).await?;
    let new: Vec<_> = (0..MANY).map(|index| !(100..150).contains(&index)).collect();
    ensure_eq!(
        store.insert_records(KIND, &records).await?,
        new,
        "insert_records() of {MANY}"
    );
    let replacements: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| (with_body(key, index), if index % 3 == 0 { 2 } else { 1 }))
        .collect();
    let done: Vec<_> = (0..MANY).map(|index| index % 3 != 0).collect();
    ensure_eq!(
        store.replace_records(KIND, &replacements).await?,
        done,
        "replace_records() of {MANY}, every third of a version that it has not"
    );
    let backwards: Vec<String> = keys.iter().rev().cloned().collect();
    let mut found = store.records(KIND, &backwards).await?;
    found.reverse();
    let wanted: Vec<_> = replacements
        .iter()
        .zip(&records)
        .zip(&done)
        .map(|(((replacement, _), record), done)| match done {
            true => stored(replacement, 2),
            false => stored(record, 1),
        })
        .collect();
    ensure_eq!(
        found,
        wanted,
        "records() of {MANY}, asked for from the last to the first"
    );
    Ok(())
}

async fn concurrent_calls_for_many_write_each_once(store: Store) -> Outcome {
    const WRITERS: usize = 8;
    const KEYS: usize = 20;
    let keys: Vec<String> = (0..KEYS).map(|key| format!("raced-{key:02}")).collect();
    let of = |writer: usize| keys.iter().map(move |key| with_body(key, writer));
    let calls = at_once(WRITERS, |writer| {
        let (store, records) = (store.clone(), of(writer).collect::<Vec<_>>());
        async move { store.insert_records(KIND, &records).await }
    });
    let mut told = vec![Vec::new(); KEYS];
    for (writer, outcomes) in calls.await?.into_iter().enumerate() {
        for (key, outcome) in outcomes?.into_iter().enumerate() {
            told[key].extend(outcome.then_some(writer));
        }
    }
    let found = store.records(KIND, &keys).await?;
    let bodies: Vec<_> = found.iter().map(|record| vec![record.body.clone()]).collect();
    let wanted: Vec<Vec<_>> = told
        .iter()
        .map(|writers| writers.iter().map(ToString::to_string).collect())
        .collect();
    ensure_eq!(
        bodies,
        wanted,
        "what is stored, and who of {WRITERS} concurrent insert_records() was told true"
    );
    let calls = at_once(WRITERS, |writer| {
        let store = store.clone();
        let records: Vec<_> = of(writer + 100).map(|record| (record, 1)).collect();
        async move { store.replace_records(KIND, &records).await }
    });
    let mut told = vec![Vec::new(); KEYS];
    for (writer, outcomes) in calls.await?.into_iter().enumerate() {
        for (key, outcome) in outcomes?.into_iter().enumerate() {
            told[key].extend(outcome.then_some(((writer + 100).to_string(), 2)));
        }
    }
    let found = store.records(KIND, &keys).await?;
    let bodies: Vec<_> = found
        .into_iter()
        .map(|record| vec![(record.body, record.version)])
        .collect();
    ensure_eq!(
        bodies,
        told,
        "what is stored, and who of {WRITERS} concurrent replace_records() was told true"
    );
    Ok(())
}

async fn many_of_one_kind_leave_the_others(store: Store) -> Outcome {
    insert_all(&store, [&with_body("key", "0")]).await?;
    let keys = owned(&["key"]);
    ensure_eq!(store.records(OTHER, &keys).await?, [], "records() of another kind");
    ensure_eq!(
        store.replace_records(OTHER, &[(with_body("key", "1"), 1)]).await?,
        [false],
        "replace_records() of another kind"
    );
    ensure_eq!(
        store.insert_records(OTHER, &[with_body("key", "2")]).await?,
        [true],
        "insert_records() of a key that another kind has"
    );
    ensure_eq!(
        found(&store, &["key"]).await?,
        wanted(&[("key", 1, "0")]),
        "the record beside one of another kind"
    );
    Ok(())
}
