//! The small records of running.
//!
//! The `_id` of a record is its kind and its key, so that a scan goes along the index of `_id`, in the order of bytes.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::raw::RawDocument;
use bson::{Document, doc};
use folio_core::Result;
use folio_core::store::{NewRecord, OpsStore, Record, RecordKind, Scan};
use jiff::Timestamp;
use mongodb::options::Hint;

use crate::encode::{date, read_record, write_record};
use crate::error::{Failed, corrupt, unknown};
use crate::schema::{OPEN_RECORDS, write_id};
use crate::store::{MongoStore, batch, check_size, count};

/// How many keys one query asks for.
const KEYS: usize = 5_000;
/// How many records one command writes, and of how many bytes together.
const WRITTEN_AT_ONCE: usize = 1_000;
const BYTES_AT_ONCE: usize = 8 * 1024 * 1024;
/// The code of an update whose result is no document.
const NO_DOCUMENT: i32 = 40_228;

/// What the `_id` of every record of a kind begins with.
fn prefix_of(kind: RecordKind) -> String {
    format!("{}:", kind.0)
}

fn id_of(kind: RecordKind, key: &str) -> String {
    format!("{}:{key}", kind.0)
}

#[async_trait]
impl OpsStore for MongoStore {
    async fn now(&self) -> Result<Option<Timestamp>> {
        self.server_time().await.map(Some)
    }

    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool> {
        let (id, write) = (id_of(kind, &record.key), write_id());
        let document = write_record(&id, kind, record, 1, write)?;
        check_size(&document)?;
        let mut inserted = self.call(self.records.insert_one(&document)).await;
        let again = inserted.as_ref().is_err_and(Failed::is_broken_connection);
        if again {
            inserted = self.call(self.records.insert_one(&document)).await;
        }
        match inserted {
            Ok(_) => Ok(true),
            Err(failed) if !failed.is_duplicate() => Err(self.failure(failed)),
            Err(_) if !again => Ok(false),
            Err(_) => self.outcome_of(&id, write, 1).await,
        }
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        let found = self
            .done(self.records.find_one(doc! { "_id": id_of(kind, key) }))
            .await?;
        let prefix = prefix_of(kind);
        found
            .as_deref()
            .map(|document| read_record(document, &prefix))
            .transpose()
    }

    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool> {
        let (id, write) = (id_of(kind, &record.key), write_id());
        let document = write_record(&id, kind, record, expected.wrapping_add(1), write)?;
        check_size(&document)?;
        let unchanged = doc! { "_id": id.as_str(), "version": expected.cast_signed() };
        let mut replaced = self.call(self.records.replace_one(unchanged.clone(), &document)).await;
        let again = replaced.as_ref().is_err_and(Failed::is_broken_connection);
        if again {
            replaced = self.call(self.records.replace_one(unchanged, &document)).await;
        }
        match replaced.map_err(|failed| self.failure(failed))?.matched_count {
            0 if again => self.outcome_of(&id, write, expected.wrapping_add(1)).await,
            matched => Ok(matched > 0),
        }
    }

    async fn records(&self, kind: RecordKind, keys: &[String]) -> Result<Vec<Record>> {
        let prefix = prefix_of(kind);
        let mut found = HashMap::with_capacity(keys.len());
        for part in keys.chunks(KEYS) {
            let ids: Vec<_> = part.iter().map(|key| id_of(kind, key)).collect();
            let find = self
                .records
                .find(doc! { "_id": { "$in": ids } })
                .batch_size(batch(part.len()));
            let records = self.read(find, |document| read_record(document, &prefix)).await?;
            found.extend(records.into_iter().map(|record| (record.key.clone(), record)));
        }
        Ok(keys.iter().filter_map(|key| found.get(key)).cloned().collect())
    }

    async fn insert_records(&self, kind: RecordKind, records: &[NewRecord]) -> Result<Vec<bool>> {
        let write = write_id();
        let mut outcomes = Vec::with_capacity(records.len());
        for part in records.chunks(WRITTEN_AT_ONCE) {
            let mut documents = Vec::with_capacity(part.len());
            for record in part {
                let document = write_record(&id_of(kind, &record.key), kind, record, 1, write)?;
                check_size(&document)?;
                documents.push(document);
            }
            let mut inserted = vec![true; part.len()];
            match self.call(self.records.insert_many(&documents).ordered(false)).await {
                Ok(_) => {}
                Err(failed) => match failed.duplicates() {
                    Some(places) => places.into_iter().for_each(|place| inserted[place] = false),
                    None => return Err(self.failure(failed)),
                },
            }
            outcomes.extend(inserted);
        }
        Ok(outcomes)
    }

    async fn replace_records(&self, kind: RecordKind, records: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let mut outcomes = Vec::with_capacity(records.len());
        let mut rest = records;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |(record, _): &&(NewRecord, u64)| {
                bytes += record.body.len() + record.key.len();
                bytes <= BYTES_AT_ONCE
            };
            let size = rest.iter().take(WRITTEN_AT_ONCE).take_while(fits).count().max(1);
            let (part, later) = rest.split_at(size);
            outcomes.extend(self.replace_part(kind, part).await?);
            rest = later;
        }
        Ok(outcomes)
    }

    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        let removed = self.records.delete_one(doc! { "_id": id_of(kind, key) });
        Ok(self.done(removed).await?.deleted_count > 0)
    }

    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        if scan.limit == 0 {
            return Ok(Vec::new());
        }
        let prefix = prefix_of(kind);
        let (low, high) = bounds(&prefix, scan);
        let mut filter = doc! { "_id": { "$gte": low, "$lt": high } };
        if scan.open {
            filter.insert("due_at", doc! { "$exists": true });
        }
        let direction = if scan.descending { -1 } else { 1 };
        let mut find = self.records.find(filter).sort(doc! { "_id": direction });
        if scan.open {
            // Few of many records are open, and the server does not know that.
            find = find.hint(Hint::Name(OPEN_RECORDS.to_owned()));
        }
        let find = find.limit(count(scan.limit)).batch_size(batch(scan.limit));
        self.read(find, |document| read_record(document, &prefix)).await
    }

    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let prefix = prefix_of(kind);
        let due = doc! { "kind": kind.0, "due_at": { "$lte": date(until) } };
        let find = self.records.find(due).sort(doc! { "due_at": 1, "_id": 1 });
        let find = find.limit(count(limit)).batch_size(batch(limit));
        self.read(find, |document| read_record(document, &prefix)).await
    }

    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        if limit == 0 {
            return Ok(0);
        }
        let over = doc! { "expires_at": { "$lte": date(now) } };
        let find = self.records.find(over.clone()).sort(doc! { "expires_at": 1 });
        let find = find
            .projection(doc! { "_id": 1 })
            .limit(count(limit))
            .batch_size(batch(limit));
        let ids = self.read(find, read_text_id).await?;
        let mut removed = 0;
        for part in ids.chunks(KEYS) {
            // One may have been given more time since.
            let mut gone = over.clone();
            gone.insert("_id", doc! { "$in": part });
            removed += self.done(self.records.delete_many(gone)).await?.deleted_count;
        }
        Ok(removed)
    }
}

impl MongoStore {
    /// Whether a write that was tried twice, since the connection broke in between, made this version of a record.
    async fn outcome_of(&self, id: &str, write: ObjectId, version: u64) -> Result<bool> {
        let find = self.records.find_one(doc! { "_id": id });
        let found = self.done(find.projection(doc! { "version": 1, "write_id": 1 })).await?;
        if let Some(found) = &found {
            if found.get_object_id("write_id").is_ok_and(|found| found == write) {
                return Ok(true);
            }
            if found
                .get_i64("version")
                .is_ok_and(|found| found.cast_unsigned() == version)
            {
                return Ok(false);
            }
        }
        // A later writer hides who made it.
        Err(unknown(self.place()))
    }

    /// Replaces records in one command, which says of each statement whether it was refused and of all together how
    /// many found their record. Only where some found none is there a second round trip, to see which.
    async fn replace_part(&self, kind: RecordKind, part: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let write = write_id();
        let ids: Vec<_> = part.iter().map(|(record, _)| id_of(kind, &record.key)).collect();
        let mut updates = Vec::with_capacity(part.len());
        for ((record, expected), id) in part.iter().zip(&ids) {
            let document = write_record(id, kind, record, expected.wrapping_add(1), write)?;
            check_size(&document)?;
            let document = Document::try_from(&document).map_err(|error| corrupt("record", error))?;
            let unchanged = doc! { "$eq": ["$version", expected.cast_signed()] };
            // Nothing in the place of a document is refused, and only this statement with it.
            let new = doc! { "$cond": [unchanged, { "$literal": document }, null] };
            updates.push(doc! { "q": { "_id": id }, "u": [{ "$replaceWith": new }] });
        }
        let updated = self.update("records", updates, NO_DOCUMENT).await?;
        let mut outcomes = vec![true; part.len()];
        for place in &updated.refused {
            if let Some(outcome) = outcomes.get_mut(*place) {
                *outcome = false;
            }
        }
        if updated.matched + updated.refused.len() < part.len() {
            let written = doc! { "_id": { "$in": ids.as_slice() }, "write_id": write };
            let find = self.records.find(written).projection(doc! { "_id": 1 });
            let written: HashSet<_> = self
                .read(find.batch_size(batch(ids.len())), read_text_id)
                .await?
                .into_iter()
                .collect();
            for (outcome, id) in outcomes.iter_mut().zip(&ids) {
                *outcome &= written.contains(id);
            }
            // Somebody else may have changed one of them since it was written.
            if outcomes.iter().filter(|outcome| **outcome).count() != updated.matched {
                return Err(unknown(self.place()));
            }
        }
        Ok(outcomes)
    }
}

fn read_text_id(document: &RawDocument) -> Result<String> {
    let id = document.get_str("_id").map_err(|error| corrupt("key", error))?;
    Ok(id.to_owned())
}

/// The ids of a scan as a half-open range; `kind` is what every id of the kind begins with.
fn bounds(kind: &str, scan: &Scan) -> (String, String) {
    let mut low = format!("{kind}{}", scan.prefix);
    let mut high = successor(&low);
    if let Some(after) = &scan.after {
        let after = format!("{kind}{after}");
        if scan.descending {
            high = high.min(after);
        } else {
            // The least text that is greater.
            low = low.max(format!("{after}\0"));
        }
    }
    (low, high)
}

/// The least text that is greater than everything that begins with `prefix`, by bytes, which is the order of UTF-8
/// text too. The name of a kind is before it, so there always is one.
fn successor(prefix: &str) -> String {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, expected: &str) {
        assert_eq!(successor(prefix), expected);
    }

    #[test]
    fn the_end_of_a_prefix() {
        check("tick:", "tick;");
        check("tick:a", "tick:b");
        check("k:a\u{7f}", "k:a\u{80}");
        check("k:a\u{d7ff}", "k:a\u{e000}");
        check("k:a\u{10ffff}", "k:b");
        check("k:\u{10ffff}", "k;");
    }

    #[test]
    fn bounds_of_scans() {
        let scan = |prefix: &str, after: Option<&str>, descending| {
            let (low, high) = bounds(
                "k:",
                &Scan {
                    prefix: prefix.into(),
                    after: after.map(Into::into),
                    descending,
                    ..Scan::default()
                },
            );
            format!("{low} {high}")
        };
        assert_eq!(scan("a", None, false), "k:a k:b");
        assert_eq!(scan("a", Some("ab"), false), "k:ab\0 k:b");
        assert_eq!(scan("a", Some("0"), false), "k:a k:b");
        assert_eq!(scan("a", Some("ab"), true), "k:a k:ab");
        assert_eq!(scan("a", Some("z"), true), "k:a k:b");
        assert_eq!(scan("", Some("z"), true), "k: k:z");
        assert_eq!(scan("", None, false), "k: k;");
    }
}
