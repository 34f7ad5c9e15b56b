//! The small records of running, by kind and key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryStore, lock};
use crate::Result;
use crate::store::{NewRecord, OpsStore, Record, RecordKind, Scan};

#[derive(Debug, Default)]
pub(super) struct Records(BTreeMap<RecordKind, BTreeMap<String, Record>>);

impl Records {
    fn insert(&mut self, kind: RecordKind, new: &NewRecord) -> bool {
        match self.0.entry(kind).or_default().entry(new.key.clone()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(record(new, 1));
                true
            }
        }
    }

    fn get(&self, kind: RecordKind, key: &str) -> Option<Record> {
        self.0.get(&kind).and_then(|rows| rows.get(key)).cloned()
    }

    fn replace(&mut self, kind: RecordKind, new: &NewRecord, expected: u64) -> bool {
        let stored = self.0.get_mut(&kind).and_then(|rows| rows.get_mut(&new.key));
        let Some(stored) = stored.filter(|stored| stored.version == expected) else {
            return false;
        };
        *stored = record(new, expected + 1);
        true
    }
}

fn record(new: &NewRecord, version: u64) -> Record {
    Record {
        key: new.key.clone(),
        version,
        due_at: new.due_at,
        expires_at: new.expires_at,
        body: new.body.clone(),
    }
}

#[async_trait]
impl OpsStore for MemoryStore {
    async fn now(&self) -> Result<Option<Timestamp>> {
        Ok(self.clock.as_ref().map(|clock| clock.now()))
    }

    async fn insert_record(&self, kind: RecordKind, new: &NewRecord) -> Result<bool> {
        Ok(lock(&self.records).insert(kind, new))
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        Ok(lock(&self.records).get(kind, key))
    }

    async fn replace_record(&self, kind: RecordKind, new: &NewRecord, expected: u64) -> Result<bool> {
        Ok(lock(&self.records).replace(kind, new, expected))
    }

    async fn records(&self, kind: RecordKind, keys: &[String]) -> Result<Vec<Record>> {
        let records = lock(&self.records);
        Ok(keys.iter().filter_map(|key| records.get(kind, key)).collect())
    }

    async fn insert_records(&self, kind: RecordKind, new: &[NewRecord]) -> Result<Vec<bool>> {
        let mut records = lock(&self.records);
        Ok(new.iter().map(|new| records.insert(kind, new)).collect())
    }

    async fn replace_records(&self, kind: RecordKind, new: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let mut records = lock(&self.records);
        let replaced = new.iter().map(|(new, expected)| records.replace(kind, new, *expected));
        Ok(replaced.collect())
    }

    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        Ok(lock(&self.records)
            .0
            .get_mut(&kind)
            .is_some_and(|rows| rows.remove(key).is_some()))
    }

    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        let records = lock(&self.records);
        let Some(rows) = records.0.get(&kind) else {
            return Ok(Vec::new());
        };
        let with_prefix = rows
            .range::<str, _>((Bound::Included(scan.prefix.as_str()), Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(&scan.prefix))
            .map(|(_, record)| record)
            .filter(|record| !scan.open || record.due_at.is_some());
        let after = scan.after.as_deref();
        if scan.descending {
            let wanted: Vec<_> = with_prefix
                .filter(|record| after.is_none_or(|after| *record.key < *after))
                .collect();
            return Ok(wanted.into_iter().rev().take(scan.limit).cloned().collect());
        }
        let wanted = with_prefix.filter(|record| after.is_none_or(|after| *record.key > *after));
        Ok(wanted.take(scan.limit).cloned().collect())
    }

    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        let records = lock(&self.records);
        let Some(rows) = records.0.get(&kind) else {
            return Ok(Vec::new());
        };
        let mut due: Vec<_> = rows
            .values()
            .filter(|record| record.due_at.is_some_and(|at| at <= until))
            .collect();
        due.sort_by_key(|record| record.due_at);
        Ok(due.into_iter().take(limit).cloned().collect())
    }

    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let mut records = lock(&self.records);
        let mut left = limit;
        let mut may_stay = |record: &Record| {
            let goes = left > 0 && record.expires_at.is_some_and(|at| at <= now);
            left -= usize::from(goes);
            !goes
        };
        for rows in records.0.values_mut() {
            rows.retain(|_, record| may_stay(record));
        }
        Ok((limit - left) as u64)
    }
}
