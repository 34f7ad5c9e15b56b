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
    ClaimHidesTheValue,
    ClaimsForEver,
    ClaimsNothing,
    Forgets,
    FoldsCase,
    KeepsTheFirst,
    KeepsTwice,
    NeverExpires,
    OnlyText,
    RemovesByPattern,
    ReleasesNothing,
    RemovesNothing,
    RemovesTheClaim,
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

    async fn claim_many(&self, keys: &[String], ttl: Duration) -> Result<Vec<bool>> {
        match self.fault {
            Fault::ClaimsNothing => Ok(vec![true; keys.len()]),
            Fault::ClaimsForEver => self.inner.claim_many(keys, Duration::MAX).await,
            Fault::ClaimHidesTheValue => {
                let held = self.inner.claim_many(keys, ttl).await?;
                let mark = |key: &String| (key.clone(), Bytes::from_static(b"held"));
                self.inner.put_many(keys.iter().map(mark).collect(), ttl).await?;
                Ok(held)
            }
            _ => self.inner.claim_many(keys, ttl).await,
        }
    }

    async fn release_many(&self, keys: &[String]) -> Result<()> {
        match self.fault {
            Fault::ReleasesNothing => Ok(()),
            _ => self.inner.release_many(keys).await,
        }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        if self.fault == Fault::RemovesTheClaim {
            self.inner.release_many(&[key.to_owned()]).await?;
        }
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
        (Fault::ClaimHidesTheValue, "claims_and_values_do_not_touch"),
        (Fault::ClaimsForEver, "a_claim_ends"),
        (Fault::ClaimsNothing, "of_concurrent_callers_one_gets_the_claim"),
        (Fault::FoldsCase, "any_key_is_its_own"),
        (Fault::Forgets, "what_was_put_is_got"),
        (Fault::KeepsTheFirst, "what_was_there_is_replaced"),
        (Fault::KeepsTwice, "a_value_is_gone_after_its_time"),
        (Fault::NeverExpires, "a_value_is_gone_after_its_time"),
        (Fault::OnlyText, "any_bytes_are_kept"),
        (Fault::RemovesByPattern, "any_key_is_its_own"),
        (Fault::ReleasesNothing, "a_claim_is_granted_once"),
        (Fault::RemovesTheClaim, "claims_and_values_do_not_touch"),
        (Fault::RemovesNothing, "a_removed_key_is_gone"),
        (Fault::ZeroIsForEver, "no_time_stores_nothing"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
