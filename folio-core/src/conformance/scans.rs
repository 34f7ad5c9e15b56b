//! What an [`OpsStore`](crate::OpsStore) has to do with many records at once: scan, find what is due, purge.

use jiff::Timestamp;

use super::check::{Outcome, Suite, ensure, ensure_eq, run};
use super::records::{KIND, OTHER, Store, insert_all, keys, new, stored};
use super::samples::{at, time};
use crate::store::{NewRecord, Scan};

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            a_scan_is_in_order_of_bytes,
            a_scan_reads_a_prefix_and_nothing_else,
            a_scan_goes_on_after_a_key,
            a_scan_of_the_open_leaves_out_the_finished,
            due_records_are_the_longest_due_first,
            a_purge_removes_only_expired_records
        ]
    );
}

/// Keys in the order of their bytes, with everything that a pattern or a collation treats in its own way.
const IN_ORDER: [&str; 24] = [
    "", " ", "%", "%%", "*", "A", "B", "_", "a", "a%", "a%b", "a*", "a/000001", "a/000002", "a/000010", "aB", "a_",
    "a_b", "ab", "abc", "b", "é", "\u{ffff}", "🏖",
];

async fn a_scan_is_in_order_of_bytes(store: Store) -> Outcome {
    let records: Vec<_> = IN_ORDER.iter().rev().map(|key| new(key)).collect();
    insert_all(&store, &records).await?;
    let found = store
        .scan_records(
            KIND,
            &Scan {
                limit: 100,
                ..Scan::default()
            },
        )
        .await?;
    ensure_eq!(keys(&found), IN_ORDER, "scan_records() of everything");
    ensure_eq!(found[9], stored(&new("a%"), 1), "a record in a scan");
    let mut backwards = IN_ORDER;
    backwards.reverse();
    let found = store
        .scan_records(
            KIND,
            &Scan {
                limit: 100,
                descending: true,
                ..Scan::default()
            },
        )
        .await?;
    ensure_eq!(keys(&found), backwards, "scan_records() of everything, descending");
    for limit in [0, 1, 5] {
        let found = store
            .scan_records(
                KIND,
                &Scan {
                    limit,
                    ..Scan::default()
                },
            )
            .await?;
        ensure_eq!(
            keys(&found),
            IN_ORDER[..limit],
            "scan_records() with a limit of {limit}"
        );
        let found = store
            .scan_records(
                KIND,
                &Scan {
                    limit,
                    descending: true,
                    ..Scan::default()
                },
            )
            .await?;
        ensure_eq!(
            keys(&found),
            backwards[..limit],
            "scan_records() with a limit of {limit}, descending"
        );
    }
    Ok(())
}

async fn a_scan_reads_a_prefix_and_nothing_else(store: Store) -> Outcome {
    let odd = [
        "\u{10ffff}",
        "\u{10ffff}a",
        "\u{d7ff}",
        "\u{d7ff}x",
        "\u{e000}",
        "z\u{10ffff}",
        "z\u{10ffff}\u{10ffff}",
        "~",
        "\u{7f}",
        "\u{7f}x",
        "\u{80}",
    ];
    let mut all: Vec<_> = IN_ORDER.into_iter().chain(odd).collect();
    insert_all(&store, &all.iter().map(|key| new(key)).collect::<Vec<_>>()).await?;
    all.sort_unstable();
    let prefixes = [
        "%",
        "_",
        "*",
        "a",
        "a%",
        "a/",
        "a_",
        "A",
        "é",
        "\u{d7ff}",
        "\u{10ffff}",
        "z\u{10ffff}",
        "\u{7f}",
        "none",
        "🏖",
    ];
    for prefix in prefixes {
        let mut wanted: Vec<_> = all.iter().copied().filter(|key| key.starts_with(prefix)).collect();
        let scan = Scan {
            prefix: prefix.to_owned(),
            limit: 100,
            ..Scan::default()
        };
        let found = store.scan_records(KIND, &scan).await?;
        ensure_eq!(keys(&found), wanted, "scan_records() of the prefix {prefix:?}");
        wanted.reverse();
        let found = store
            .scan_records(
                KIND,
                &Scan {
                    descending: true,
                    ..scan
                },
            )
            .await?;
        ensure_eq!(
            keys(&found),
            wanted,
            "scan_records() of the prefix {prefix:?}, descending"
        );
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
                let scan = Scan {
                    prefix: prefix.to_owned(),
                    after,
                    descending,
                    open: false,
                    limit: 4,
                };
                let page = store.scan_records(KIND, &scan).await?;
                ensure!(
                    page.len() <= 4,
                    "scan_records() has {} records with a limit of 4",
                    page.len()
                );
                let last_page = page.len() < 4;
                found.extend(page.into_iter().map(|record| record.key));
                if last_page || found.len() > IN_ORDER.len() {
                    break;
                }
            }
            ensure_eq!(
                found,
                wanted,
                "the pages of scan_records() of {prefix:?}, descending: {descending}"
            );
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
        let scan = Scan {
            prefix: prefix.to_owned(),
            after: Some(after.to_owned()),
            descending,
            open: false,
            limit: 1,
        };
        let found = store.scan_records(KIND, &scan).await?;
        ensure_eq!(keys(&found).first().copied(), wanted, "scan_records() of {scan:?}");
    }
    Ok(())
}

async fn a_scan_of_the_open_leaves_out_the_finished(store: Store) -> Outcome {
    let open = |key: &str, millis: i64| NewRecord {
        due_at: Some(at(millis)),
        ..new(key)
    };
    insert_all(
        &store,
        &[open("a1", 9), new("a2"), open("a3", -9), open("b1", 0), new("a4")],
    )
    .await?;
    ensure!(
        store.replace_record(KIND, &new("a1"), 1).await?,
        "replace_record() of version 1 says false"
    );
    ensure!(
        store.replace_record(KIND, &open("a2", 1), 1).await?,
        "replace_record() of version 1 says false"
    );
    let scan = Scan {
        prefix: "a".to_owned(),
        open: true,
        limit: 10,
        ..Scan::default()
    };
    let found = store.scan_records(KIND, &scan).await?;
    ensure_eq!(keys(&found), ["a2", "a3"], "scan_records() of the open ones");
    let found = store
        .scan_records(
            KIND,
            &Scan {
                limit: 1,
                descending: true,
                ..scan
            },
        )
        .await?;
    ensure_eq!(keys(&found), ["a3"], "scan_records() of the last open one");
    Ok(())
}

async fn due_records_are_the_longest_due_first(store: Store) -> Outcome {
    let due = |key: &str, millis: i64| NewRecord {
        due_at: Some(at(millis)),
        ..new(key)
    };
    insert_all(
        &store,
        &[
            due("a", 30),
            due("b", 10),
            new("c"),
            due("d", 40),
            due("e", -86_400_000),
            due("f", 20),
        ],
    )
    .await?;
    for (until, limit, wanted) in [
        (30, 10, vec!["e", "b", "f", "a"]),
        (29, 10, vec!["e", "b", "f"]),
        (1_000, 2, vec!["e", "b"]),
        (1_000, 0, vec![]),
        (-86_400_001, 10, vec![]),
    ] {
        let found = store.due_records(KIND, at(until), limit).await?;
        ensure_eq!(
            keys(&found),
            wanted,
            "due_records() until {} with a limit of {limit}",
            at(until)
        );
    }
    ensure!(
        store.replace_record(KIND, &new("e"), 1).await?,
        "replace_record() of version 1 says false"
    );
    let later = due("b", 35);
    ensure!(
        store.replace_record(KIND, &later, 1).await?,
        "replace_record() of version 1 says false"
    );
    let found = store.due_records(KIND, at(1_000), 10).await?;
    ensure_eq!(
        keys(&found),
        ["f", "a", "b", "d"],
        "due_records() after one is finished and one put off"
    );
    ensure_eq!(found[2], stored(&later, 2), "a record among the due ones");
    Ok(())
}

async fn a_purge_removes_only_expired_records(store: Store) -> Outcome {
    // Instants to come, so that a database that removes by itself what is over does not take part.
    let end = |millis: i64| -> Option<Timestamp> {
        Some(time("2990-01-01T00:00:00Z") + jiff::SignedDuration::from_millis(millis))
    };
    let expiring = |key: &str, millis: i64| NewRecord {
        expires_at: end(millis),
        ..new(key)
    };
    insert_all(
        &store,
        &[
            expiring("a", 10),
            expiring("b", 20),
            new("c"),
            expiring("d", 10),
            expiring("e", 10),
        ],
    )
    .await?;
    ensure!(
        store.insert_record(OTHER, &expiring("a", 9)).await?,
        "insert_record() of the new key \"a\" says false"
    );
    let open = NewRecord {
        due_at: Some(at(0)),
        ..expiring("e", 30)
    };
    ensure!(
        store.replace_record(KIND, &open, 1).await?,
        "replace_record() of version 1 says false"
    );
    let (Some(before), Some(now), Some(later)) = (end(8), end(10), end(25)) else {
        return Ok(());
    };
    ensure_eq!(
        store.purge_records(before, 10).await?,
        0,
        "purge_records() before anything is over"
    );
    ensure_eq!(
        store.purge_records(now, 0).await?,
        0,
        "purge_records() with a limit of 0"
    );
    ensure_eq!(
        store.purge_records(now, 2).await?,
        2,
        "purge_records() of three that are over, with a limit of 2"
    );
    ensure_eq!(
        store.purge_records(now, 2).await?,
        1,
        "purge_records() of the one that is left over"
    );
    let everything = Scan {
        limit: 10,
        ..Scan::default()
    };
    ensure_eq!(
        keys(&store.scan_records(KIND, &everything).await?),
        ["b", "c", "e"],
        "the records after a purge"
    );
    ensure_eq!(
        store.scan_records(OTHER, &everything).await?,
        [],
        "the records of another kind after a purge"
    );
    ensure_eq!(store.purge_records(later, 10).await?, 1, "purge_records() later");
    ensure_eq!(
        keys(&store.scan_records(KIND, &everything).await?),
        ["c", "e"],
        "the records after a later purge"
    );
    insert_all(&store, [&new("a")]).await
}
