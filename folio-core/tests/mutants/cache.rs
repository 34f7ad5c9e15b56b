use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use folio_core::memory::MemoryCache;
use folio_core::{Cache, Result, conformance};

use super::{RuntimeClock, check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AnswersLastFirst,
    Forgets,
    FoldsCase,
    KeepsTheFirst,
    KeepsTwice,
    NeverExpires,
    OnlyText,
    RemovesByPattern,
    RemovesNothing,
    ZeroIsForEver,
}

#[derive(Debug)]
struct Faulty {
    fault: Fault,
    inner: MemoryCache,
}

impl Faulty {
    fn key(&self, key: &str) -> String {
        if self.fault == Fault::FoldsCase {
            key.to_lowercase()
        } else {
            key.to_owned()
        }
    }
}

#[async_trait]
impl Cache for Faulty {
    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        let keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        let mut found = self.inner.get_many(&keys).await?;
        if self.fault == Fault::AnswersLastFirst {
            found.reverse();
        }
        Ok(found)
    }

    async fn put_many(&self, entries: Vec<(String, Bytes)>, ttl: Duration) -> Result<()> {
        let ttl = match self.fault {
            Fault::Forgets => Duration::ZERO,
            Fault::NeverExpires => Duration::MAX,
            Fault::KeepsTwice => ttl.saturating_mul(3),
            Fault::ZeroIsForEver if ttl.is_zero() => Duration::MAX,
            _ => ttl,
        };
        for (key, value) in entries {
            let known = self.inner.get(&key).await?.is_some();
            if self.fault == Fault::KeepsTheFirst && known {
                continue;
            }
            let value = match self.fault {
                Fault::OnlyText => String::from_utf8_lossy(&value).into_owned().into(),
                _ => value,
            };
            self.inner.put(&self.key(&key), value, ttl).await?;
        }
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        match self.fault {
            Fault::RemovesNothing => Ok(()),
            Fault::RemovesByPattern if key == "*" => self.inner.remove("a b").await,
            _ => self.inner.remove(&self.key(key)).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_cache_is_named() {
    let suite = |fault| {
        failures(conformance::cache(async move || {
            Arc::new(Faulty {
                fault,
                inner: MemoryCache::new(RuntimeClock::start()),
            }) as Arc<dyn Cache>
        }))
    };
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::AnswersLastFirst, "answers_are_in_the_order_asked"),
        (Fault::FoldsCase, "any_key_is_its_own"),
        (Fault::Forgets, "what_was_put_is_got"),
        (Fault::KeepsTheFirst, "what_was_there_is_replaced"),
        (Fault::KeepsTwice, "a_value_is_gone_after_its_time"),
        (Fault::NeverExpires, "a_value_is_gone_after_its_time"),
        (Fault::OnlyText, "any_bytes_are_kept"),
        (Fault::RemovesByPattern, "any_key_is_its_own"),
        (Fault::RemovesNothing, "a_removed_key_is_gone"),
        (Fault::ZeroIsForEver, "no_time_stores_nothing"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
