//! What a [`Cache`](crate::Cache) has to do.
//!
//! A cache may forget at any time; the one under test has no reason to, so what was just put must be there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, run};
use super::samples::AWKWARD;
use crate::Error;
use crate::cache::Cache;

type Shared = Arc<dyn Cache>;

const HOUR: Duration = Duration::from_secs(3_600);

/// Checks a cache that knows claims. It takes about four seconds, since times to live are waited for.
///
/// `fresh` makes an empty cache each time it is called; the suite calls it for every check. Its clock has to
/// run: that of the machine, or one that follows the runtime's.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn cache(fresh: impl AsyncFn() -> Arc<dyn Cache>) {
    let mut suite = Suite::new("cache");
    run!(
        suite,
        fresh,
        [
            what_was_put_is_got,
            any_bytes_are_kept,
            any_key_is_its_own,
            answers_are_in_the_order_asked,
            what_was_there_is_replaced,
            a_removed_key_is_gone,
            many_keys_are_one_call,
            a_value_is_gone_after_its_time,
            no_time_stores_nothing,
            any_time_is_taken,
            concurrent_callers_do_not_mix,
            a_claim_is_granted_once,
            a_claim_ends,
            claims_and_values_do_not_touch,
            of_concurrent_callers_one_gets_the_claim,
        ]
    );
    suite.finish();
}

fn keys<const N: usize>(keys: [&str; N]) -> Vec<String> {
    keys.map(str::to_owned).into()
}

async fn what_was_put_is_got(cache: Shared) -> Outcome {
    ensure_eq!(cache.get("a").await?, None, "get() of an empty cache");
    cache.put("a", "1".into(), HOUR).await?;
    cache
        .put_many(vec![("b".to_owned(), "2".into()), ("c".to_owned(), "3".into())], HOUR)
        .await?;
    ensure_eq!(cache.get("a").await?, Some("1".into()), "get() after put()");
    ensure_eq!(cache.get("c").await?, Some("3".into()), "get() after put_many()");
    ensure_eq!(cache.get("d").await?, None, "get() of a key that was never put");
    Ok(())
}

async fn any_bytes_are_kept(cache: Shared) -> Outcome {
    let every: Bytes = (0..=255).collect();
    let large: Bytes = every.repeat(16_384).into();
    for (key, value) in [
        ("every", every),
        ("large", large),
        ("empty", Bytes::new()),
        ("invalid", Bytes::from_static(b"\xff\xfe\0")),
    ] {
        cache.put(key, value.clone(), HOUR).await?;
        let found = cache.get(key).await?;
        ensure!(
            found.as_ref() == Some(&value),
            "the value {key:?} of {} bytes does not come back as it was",
            value.len()
        );
    }
    Ok(())
}

async fn any_key_is_its_own(cache: Shared) -> Outcome {
    let long = "k".repeat(1_000);
    let keys = [
        "price:crypto:bitcoin:USD",
        "price:crypto:bitcoin",
        "price:crypto:Bitcoin:USD",
        "*",
        "?",
        "price:*",
        "{a}b",
        "{a}",
        "a b",
        "a\r\nb",
        "%",
        "_",
        "é",
        "e\u{301}",
        AWKWARD,
        "",
        &long,
    ];
    let entries = keys
        .iter()
        .map(|key| ((*key).to_owned(), Bytes::copy_from_slice(format!("<{key}>").as_bytes())))
        .collect();
    cache.put_many(entries, HOUR).await?;
    cache.remove("*").await?;
    for key in keys {
        let wanted = (key != "*").then(|| format!("<{key}>").into());
        ensure_eq!(
            cache.get(key).await?,
            wanted,
            "get() of {key:?} among keys like it, after remove() of \"*\""
        );
    }
    Ok(())
}

async fn answers_are_in_the_order_asked(cache: Shared) -> Outcome {
    cache
        .put_many(
            vec![
                ("a".to_owned(), "1".into()),
                ("b".to_owned(), "2".into()),
                ("c".to_owned(), "3".into()),
            ],
            HOUR,
        )
        .await?;
    let found = cache.get_many(&keys(["c", "none", "a", "c", "b"])).await?;
    let wanted = [Some("3"), None, Some("1"), Some("3"), Some("2")].map(|value| value.map(Bytes::from));
    ensure_eq!(found, wanted, "get_many() of c, a key that was never put, a, c, b");
    Ok(())
}

async fn what_was_there_is_replaced(cache: Shared) -> Outcome {
    cache.put("a", "a longer first value".into(), HOUR).await?;
    cache.put("a", "2".into(), HOUR).await?;
    ensure_eq!(cache.get("a").await?, Some("2".into()), "get() after a second put()");
    cache
        .put_many(vec![("a".to_owned(), "3".into()), ("b".to_owned(), "4".into())], HOUR)
        .await?;
    ensure_eq!(
        cache.get("a").await?,
        Some("3".into()),
        "get() after put_many() of a key that is there"
    );
    Ok(())
}

async fn a_removed_key_is_gone(cache: Shared) -> Outcome {
    cache
        .put_many(vec![("a".to_owned(), "1".into()), ("ab".to_owned(), "2".into())], HOUR)
        .await?;
    cache.remove("a").await?;
    cache.remove("a").await?;
    cache.remove("never").await?;
    let found = cache.get_many(&keys(["a", "ab"])).await?;
    ensure_eq!(
        found,
        [None, Some("2".into())],
        "get_many() of a removed key and one like it"
    );
    cache.put("a", "3".into(), HOUR).await?;
    ensure_eq!(
        cache.get("a").await?,
        Some("3".into()),
        "get() of a key that was removed and put again"
    );
    Ok(())
}

async fn many_keys_are_one_call(cache: Shared) -> Outcome {
    const MANY: usize = 5_000;
    ensure_eq!(cache.get_many(&[]).await?, [], "get_many() of nothing");
    cache.put_many(Vec::new(), HOUR).await?;
    let entry = |index: usize| (format!("key:{index}"), Bytes::from(index.to_string()));
    cache.put_many((0..MANY).map(entry).collect(), HOUR).await?;
    let asked: Vec<_> = (0..MANY).rev().map(|index| entry(index).0).collect();
    let wanted: Vec<_> = (0..MANY).rev().map(|index| Some(entry(index).1)).collect();
    ensure!(
        cache.get_many(&asked).await? == wanted,
        "get_many() of {MANY} keys does not answer all of them in order"
    );
    Ok(())
}

async fn a_value_is_gone_after_its_time(cache: Shared) -> Outcome {
    let second = Duration::from_secs(1);
    cache.put("short", "1".into(), second).await?;
    cache.put("shortened", "1".into(), HOUR).await?;
    cache.put("shortened", "2".into(), second).await?;
    cache.put("lengthened", "1".into(), second).await?;
    cache.put("lengthened", "2".into(), HOUR).await?;
    cache.put("long", "1".into(), HOUR).await?;
    cache.put_many(vec![("batch".to_owned(), "1".into())], second).await?;
    let asked = keys(["short", "shortened", "batch", "lengthened", "long"]);
    // Kept to the second: a second more, and it is over for certain.
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    let wanted = [None, None, None, Some("2".into()), Some("1".into())];
    ensure_eq!(
        cache.get_many(&asked).await?,
        wanted,
        "get_many() of {asked:?} two seconds later"
    );
    ensure_eq!(cache.get("short").await?, None, "get() of a value whose second is over");
    Ok(())
}

async fn no_time_stores_nothing(cache: Shared) -> Outcome {
    cache.put("a", "1".into(), Duration::ZERO).await?;
    ensure_eq!(cache.get("a").await?, None, "get() after put() with no time to live");
    Ok(())
}

async fn any_time_is_taken(cache: Shared) -> Outcome {
    cache.put("instant", "1".into(), Duration::from_nanos(1)).await?;
    cache.put("year", "1".into(), HOUR * 24 * 400).await?;
    ensure_eq!(
        cache.get("year").await?,
        Some("1".into()),
        "get() after put() for more than a year"
    );
    cache.put("ever", "1".into(), Duration::MAX).await?;
    ensure_eq!(
        cache.get("ever").await?,
        Some("1".into()),
        "get() after put() for the longest time there is"
    );
    Ok(())
}

async fn concurrent_callers_do_not_mix(cache: Shared) -> Outcome {
    const CALLERS: usize = 16;
    let calls = at_once(CALLERS, |caller| {
        let cache = cache.clone();
        async move {
            for round in 0..20 {
                let key = format!("caller:{caller}:{}", round % 3);
                let value = Bytes::from(format!("{caller}/{round}"));
                cache.put(&key, value.clone(), HOUR).await?;
                let found = cache.get(&key).await?;
                if found.as_ref() != Some(&value) {
                    return Ok::<_, Error>(Some((value, found)));
                }
            }
            Ok(None)
        }
    });
    for call in calls.await? {
        ensure_eq!(
            call?,
            None,
            "what a caller put and what it got while {CALLERS} did the same"
        );
    }
    Ok(())
}

async fn a_claim_is_granted_once(cache: Shared) -> Outcome {
    ensure!(
        cache.claim_many(&[], HOUR).await?.is_empty(),
        "claim_many() of nothing grants something"
    );
    cache.release_many(&[]).await?;
    let granted = cache.claim_many(&keys(["a", "b"]), HOUR).await?;
    ensure_eq!(granted, [true, true], "claim_many() of keys that nobody holds");
    let granted = cache.claim_many(&keys(["c", "a", "d"]), HOUR).await?;
    ensure_eq!(
        granted,
        [true, false, true],
        "claim_many() of three keys of which one is held"
    );
    cache.release_many(&keys(["a", "never"])).await?;
    let granted = cache.claim_many(&keys(["a", "b", "c"]), HOUR).await?;
    ensure_eq!(
        granted,
        [true, false, false],
        "claim_many() of three keys of which the first was released"
    );
    Ok(())
}

async fn a_claim_ends(cache: Shared) -> Outcome {
    let second = Duration::from_secs(1);
    let both = keys(["short", "long"]);
    cache.claim_many(&both[..1], second).await?;
    cache.claim_many(&both[1..], HOUR).await?;
    ensure_eq!(
        cache.claim_many(&both, HOUR).await?,
        [false, false],
        "claim_many() of keys that are held for a second and for an hour"
    );
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    ensure_eq!(
        cache.claim_many(&both, HOUR).await?,
        [true, false],
        "claim_many() of the same keys two seconds later"
    );
    Ok(())
}

async fn claims_and_values_do_not_touch(cache: Shared) -> Outcome {
    let key = keys(["a"]);
    cache.claim_many(&key, HOUR).await?;
    ensure_eq!(cache.get("a").await?, None, "get() of a key that is claimed");
    cache.put("a", "1".into(), HOUR).await?;
    cache.release_many(&key).await?;
    ensure_eq!(
        cache.get("a").await?,
        Some("1".into()),
        "get() after release_many() of the same key"
    );
    cache.claim_many(&key, HOUR).await?;
    cache.remove("a").await?;
    ensure_eq!(
        cache.claim_many(&key, HOUR).await?,
        [false],
        "claim_many() of a key that is held, after remove() of the same key"
    );
    Ok(())
}

async fn of_concurrent_callers_one_gets_the_claim(cache: Shared) -> Outcome {
    const CALLERS: usize = 24;
    let asked: Vec<_> = (0..40).map(|index| format!("key:{index}")).collect();
    let calls = at_once(CALLERS, |_| {
        let (cache, asked) = (cache.clone(), asked.clone());
        async move { cache.claim_many(&asked, HOUR).await }
    });
    let mut holders = vec![0; asked.len()];
    for call in calls.await? {
        for (holders, granted) in holders.iter_mut().zip(call?) {
            *holders += usize::from(granted);
        }
    }
    ensure_eq!(
        holders,
        vec![1; asked.len()],
        "how many of {CALLERS} concurrent callers were granted each of the keys"
    );
    Ok(())
}
