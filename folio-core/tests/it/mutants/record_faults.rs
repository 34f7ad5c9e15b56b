//! The same store where it keeps records.

use std::collections::HashSet;

use async_trait::async_trait;
use folio_core::store::{NewRecord, Record, RecordKind, Scan};
use folio_core::{OpsStore, Result};
use jiff::Timestamp;

use super::store_faults::{Fault, Faulty, a_moment};

#[async_trait]
impl OpsStore for Faulty {
    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool> {
        if self.is(Fault::RecordInsertRaces) {
            let absent = self.inner.record(kind, &record.key).await?.is_none();
            a_moment().await;
            self.inner.insert_record(kind, record).await?;
            return Ok(absent);
        }
        self.inner.insert_record(kind, record).await
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        let found = self.inner.record(kind, key).await?;
        Ok(found.map(|record| {
            if self.is(Fault::VersionStays) {
                Record { version: 1, ..record }
            } else {
                record
            }
        }))
    }

    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool> {
        let Some(stored) = self.inner.record(kind, &record.key).await? else {
            return Ok(false);
        };
        if self.is(Fault::RecordReplaceRaces) {
            a_moment().await;
            if stored.version != expected {
                return Ok(false);
            }
            while let Some(now) = self.inner.record(kind, &record.key).await? {
                if self.inner.replace_record(kind, record, now.version).await? {
                    break;
                }
            }
            return Ok(true);
        }
        self.inner.replace_record(kind, record, expected).await
    }

    async fn records(&self, kind: RecordKind, keys: &[String]) -> Result<Vec<Record>> {
        let mut keys = keys.to_vec();
        match self.fault {
            Fault::RecordsEndAtNul => {
                for key in &mut keys {
                    key.truncate(key.find('\0').unwrap_or(key.len()));
                }
            }
            Fault::RecordsAreEachOnce => keys = unique(keys),
            _ => {}
        }
        let mut found = self.inner.records(kind, &keys).await?;
        match self.fault {
            Fault::RecordsAreByKey => found.sort_by(|a, b| a.key.cmp(&b.key)),
            Fault::RecordsOfAnyKind if found.is_empty() => {
                found = self.inner.records(RecordKind("conformance"), &keys).await?;
            }
            _ => {}
        }
        Ok(found)
    }

    async fn insert_records(&self, kind: RecordKind, records: &[NewRecord]) -> Result<Vec<bool>> {
        let keys: Vec<_> = records.iter().map(|record| record.key.clone()).collect();
        if self.is(Fault::InsertManyIsAllOrNothing) && !self.inner.records(kind, &keys).await?.is_empty() {
            return Ok(vec![false; records.len()]);
        }
        if self.is(Fault::InsertManyRaces) {
            let stored = self.inner.records(kind, &keys).await?;
            a_moment().await;
            self.inner.insert_records(kind, records).await?;
            let absent = |key: &String| stored.iter().all(|record| record.key != *key);
            return Ok(keys.iter().map(absent).collect());
        }
        self.inner.insert_records(kind, records).await
    }

    async fn replace_records(&self, kind: RecordKind, records: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let mut done = Vec::new();
        for (record, expected) in records {
            let stored = self.inner.record(kind, &record.key).await?.map(|stored| stored.version);
            let expected = match stored {
                Some(stored) if self.is(Fault::ReplaceManyIgnoresVersions) => stored,
                _ => *expected,
            };
            let stopped = self.is(Fault::ReplaceManyStopsAtStale) && done.contains(&false);
            done.push(!stopped && self.inner.replace_record(kind, record, expected).await?);
        }
        if self.is(Fault::ReplaceManyTellsFirstHundred) {
            done.truncate(100);
        }
        Ok(done)
    }

    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        self.inner.remove_record(kind, key).await
    }

    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        let mut scan = scan.clone();
        match self.fault {
            Fault::FinishedIsOpen => scan.open = false,
            Fault::LimitIsIgnored => scan.limit = 1_000,
            Fault::AfterKeyIsIncluded if !scan.descending => {
                // The key before, as bytes go.
                scan.after = scan.after.map(|mut after| {
                    after.pop();
                    after
                });
            }
            Fault::LikePattern if scan.prefix.ends_with(['%', '_']) => {
                scan.prefix.pop();
            }
            _ => {}
        }
        self.inner.scan_records(kind, &scan).await
    }

    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        let until = if self.is(Fault::DueIsExclusive) {
            until - jiff::SignedDuration::from_millis(1)
        } else {
            until
        };
        let mut due = self.inner.due_records(kind, until, limit).await?;
        if self.is(Fault::DueIsByKey) {
            due.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(due)
    }

    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let now = if self.is(Fault::PurgeRecordsAll) {
            Timestamp::MAX
        } else {
            now
        };
        self.inner.purge_records(now, limit).await
    }
}

fn unique(keys: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    keys.into_iter().filter(|key| seen.insert(key.clone())).collect()
}
