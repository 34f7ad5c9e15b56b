//! The small records of running.

use async_trait::async_trait;
use folio_core::Result;
use folio_core::store::{NewRecord, OpsStore, Record, RecordKind, Scan};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::SqliteStore;
use crate::encode::{instant, millis};
use crate::store::count;

/// The columns that [`SqliteStore::decode_record`] reads.
macro_rules! select {
    ($rest:literal) => {
        select!("records", $rest)
    };
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT key, version, due_at, expires_at, body FROM ",
            $from,
            " WHERE kind = ?1 AND ",
            $rest
        )
    };
}

impl SqliteStore {
    fn decode_record(&self, row: &SqliteRow) -> Result<Record> {
        let read = |error| self.connections.failure(error);
        let version: i64 = row.try_get(1).map_err(read)?;
        let due_at: Option<i64> = row.try_get(2).map_err(read)?;
        let expires_at: Option<i64> = row.try_get(3).map_err(read)?;
        Ok(Record {
            key: row.try_get(0).map_err(read)?,
            version: version.cast_unsigned(),
            due_at: due_at.map(instant).transpose()?,
            expires_at: expires_at.map(instant).transpose()?,
            body: row.try_get(4).map_err(read)?,
        })
    }
}

/// How many records one transaction writes, so that other processes get their turn.
const BATCH: usize = 100;

#[async_trait]
impl OpsStore for SqliteStore {
    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool> {
        let inserted = self.insert_records(kind, std::slice::from_ref(record)).await?;
        Ok(inserted == [true])
    }

    async fn insert_records(&self, kind: RecordKind, records: &[NewRecord]) -> Result<Vec<bool>> {
        let mut inserted = Vec::with_capacity(records.len());
        for some in records.chunks(BATCH) {
            let mut write = self.connections.begin().await?;
            for record in some {
                let result = sqlx::query(
                    "INSERT INTO records (kind, key, version, due_at, expires_at, body) VALUES (?1, ?2, 1, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                )
                .bind(kind.0)
                .bind(record.key.as_str())
                .bind(record.due_at.map(millis))
                .bind(record.expires_at.map(millis))
                .bind(record.body.as_str())
                .execute(&mut *write)
                .await
                .map_err(|error| write.failure(error))?;
                inserted.push(result.rows_affected() > 0);
            }
            write.commit().await?;
        }
        Ok(inserted)
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        let mut connection = self.connections.read().await?;
        let row = sqlx::query(select!("key = ?2"))
            .bind(kind.0)
            .bind(key)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        row.map(|row| self.decode_record(&row)).transpose()
    }

    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool> {
        let replaced = self.replace_records(kind, &[(record.clone(), expected)]).await?;
        Ok(replaced == [true])
    }

    async fn replace_records(&self, kind: RecordKind, records: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let mut replaced = Vec::with_capacity(records.len());
        for some in records.chunks(BATCH) {
            let mut write = self.connections.begin().await?;
            for (record, expected) in some {
                let result = sqlx::query(
                    "UPDATE records SET version = version + 1, due_at = ?4, expires_at = ?5, body = ?6
                     WHERE kind = ?1 AND key = ?2 AND version = ?3",
                )
                .bind(kind.0)
                .bind(record.key.as_str())
                .bind(expected.cast_signed())
                .bind(record.due_at.map(millis))
                .bind(record.expires_at.map(millis))
                .bind(record.body.as_str())
                .execute(&mut *write)
                .await
                .map_err(|error| write.failure(error))?;
                replaced.push(result.rows_affected() > 0);
            }
            write.commit().await?;
        }
        Ok(replaced)
    }

    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        let mut write = self.connections.begin().await?;
        let result = sqlx::query("DELETE FROM records WHERE kind = ?1 AND key = ?2")
            .bind(kind.0)
            .bind(key)
            .execute(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        write.commit().await?;
        Ok(result.rows_affected() > 0)
    }

    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        let (low, high) = bounds(scan);
        // Few of many records are open. SQLite would rather go through all by their key, not knowing that.
        let sql = match (scan.open, scan.descending) {
            (false, false) => select!("key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4"),
            (false, true) => select!("key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4"),
            (true, false) => select!(
                "records INDEXED BY records_open",
                "key >= ?2 AND key < ?3 AND due_at IS NOT NULL ORDER BY key LIMIT ?4"
            ),
            (true, true) => select!(
                "records INDEXED BY records_open",
                "key >= ?2 AND key < ?3 AND due_at IS NOT NULL ORDER BY key DESC LIMIT ?4"
            ),
        };
        let query = sqlx::query(sql).bind(kind.0).bind(low);
        let query = match high {
            Some(high) => query.bind(high),
            // To SQLite every blob is greater than every text.
            None => query.bind(Vec::<u8>::new()),
        };
        let mut connection = self.connections.read().await?;
        let rows = query
            .bind(count(scan.limit))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.iter().map(|row| self.decode_record(row)).collect()
    }

    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(select!("due_at <= ?2 ORDER BY due_at, key LIMIT ?3"))
            .bind(kind.0)
            .bind(millis(until))
            .bind(count(limit))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.iter().map(|row| self.decode_record(row)).collect()
    }

    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let mut write = self.connections.begin().await?;
        let result = sqlx::query(
            "DELETE FROM records WHERE (kind, key) IN
             (SELECT kind, key FROM records WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        )
        .bind(millis(now))
        .bind(count(limit))
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        write.commit().await?;
        Ok(result.rows_affected())
    }
}

/// The keys of a scan as a half-open range; no upper bound is none.
fn bounds(scan: &Scan) -> (String, Option<String>) {
    let mut low = scan.prefix.clone();
    let mut high = successor(&scan.prefix);
    if let Some(after) = &scan.after {
        if scan.descending {
            high = Some(high.map_or(after.clone(), |high| high.min(after.clone())));
        } else {
            // The least text that is greater.
            low = low.max(format!("{after}\0"));
        }
    }
    (low, high)
}

/// The least text that is greater than everything that begins with `prefix`, by bytes, which is the order of
/// UTF-8 text too; `None` when there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, expected: Option<&str>) {
        assert_eq!(successor(prefix).as_deref(), expected);
    }

    #[test]
    fn the_end_of_a_prefix() {
        check("", None);
        check("a", Some("b"));
        check("tick:", Some("tick;"));
        check("a\u{7f}", Some("a\u{80}"));
        check("a\u{d7ff}", Some("a\u{e000}"));
        check("a\u{10ffff}", Some("b"));
        check("\u{10ffff}", None);
    }

    #[test]
    fn bounds_of_scans() {
        let scan = |prefix: &str, after: Option<&str>, descending| {
            bounds(&Scan {
                prefix: prefix.into(),
                after: after.map(Into::into),
                descending,
                ..Scan::default()
            })
        };
        assert_eq!(scan("a", None, false), ("a".into(), Some("b".into())));
        assert_eq!(scan("a", Some("ab"), false), ("ab\0".into(), Some("b".into())));
        assert_eq!(scan("a", Some("0"), false), ("a".into(), Some("b".into())));
        assert_eq!(scan("a", Some("ab"), true), ("a".into(), Some("ab".into())));
        assert_eq!(scan("a", Some("z"), true), ("a".into(), Some("b".into())));
        assert_eq!(scan("", Some("z"), true), (String::new(), Some("z".into())));
    }
}
