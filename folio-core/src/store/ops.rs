//! The small records of running: ticks, books, chunks, jobs, budgets, tokens.
//!
//! They all change in one of two ways, inserted if absent or replaced if unchanged, so a backend knows
//! only rows with a kind, a key, a version and two times; what is in them is the business of [`Table`].

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::OwnerId;
use crate::{Error, ErrorKind, Result};

/// How often a change may be overtaken by another before it is given up: a store whose versions are stuck
/// is a failure, not an endless wait.
const MOST_OVERTAKEN: usize = 1_000;

/// What a record is: the name of its table, as it were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKind(pub &'static str);

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its key, unique within the kind, ordered by bytes.
    pub key: String,
    /// 1 when inserted, raised by one at every replacement.
    pub version: u64,
    /// When somebody has to look at it; `None` when it is finished.
    pub due_at: Option<Timestamp>,
    /// When it may be removed; `None` keeps it.
    pub expires_at: Option<Timestamp>,
    /// JSON.
    pub body: String,
}

/// A record to insert or to put in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Its key.
    pub key: String,
    /// When somebody has to look at it; `None` when it is finished.
    pub due_at: Option<Timestamp>,
    /// When it may be removed; `None` keeps it.
    pub expires_at: Option<Timestamp>,
    /// JSON.
    pub body: String,
}

/// Which records of a kind to read, by key.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Only keys after this, in the order of the scan.
    pub after: Option<String>,
    /// From the last key to the first.
    pub descending: bool,
    /// Only records that are not finished: those with a `due_at`.
    pub open: bool,
    /// At most so many; zero reads none.
    pub limit: usize,
}

/// Keeps records.
///
/// # Contract
/// - Insert-if-absent and replace-if-unchanged are atomic, also between processes: of two that race, one
///   is told `true`.
/// - An acknowledged write survives a crash of the process and of the machine, and is seen by every later
///   read of any process.
#[async_trait]
pub trait OpsStore: Send + Sync + Debug + 'static {
    /// The store's own clock, where it has one; a tick is never made before its instant by this clock.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn now(&self) -> Result<Option<Timestamp>> {
        Ok(None)
    }

    /// Inserts a record unless there is one with its key; whether it was inserted.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool>;

    /// One record.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>>;

    /// Puts a record in the place of the one with its key if that has version `expected`; whether it did.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool>;

    /// The records with these keys, those that there are, in the order of the keys asked for. A backend that
    /// reads many at once answers this in one round trip; what is here by itself asks for each.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn records(&self, kind: RecordKind, keys: &[String]) -> Result<Vec<Record>> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.extend(self.record(kind, key).await?);
        }
        Ok(found)
    }

    /// Inserts each record unless there is one with its key; of each, in order, whether it was inserted. Each
    /// by itself is as [`OpsStore::insert_record`]: after a failure some may be there and others not.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn insert_records(&self, kind: RecordKind, records: &[NewRecord]) -> Result<Vec<bool>> {
        let mut done = Vec::with_capacity(records.len());
        for record in records {
            done.push(self.insert_record(kind, record).await?);
        }
        Ok(done)
    }

    /// Puts each record in the place of the one with its key if that has the version beside it; of each, in
    /// order, whether it did. Each by itself is as [`OpsStore::replace_record`]: after a failure some may be
    /// replaced and others not.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn replace_records(&self, kind: RecordKind, records: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        let mut done = Vec::with_capacity(records.len());
        for (record, expected) in records {
            done.push(self.replace_record(kind, record, *expected).await?);
        }
        Ok(done)
    }

    /// Removes a record; whether there was one.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool>;

    /// Records by key.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>>;

    /// Unfinished records whose `due_at` is not later than `until`, the longest due first.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>>;

    /// Removes at most `limit` records of any kind whose time has come at `now`; answers how many.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64>;
}

/// What a kind of record holds.
pub trait Row: Serialize + DeserializeOwned + Send + Sync {
    /// The kind.
    const KIND: RecordKind;

    /// The key.
    fn key(&self) -> String;

    /// When somebody has to look at it; `None` when it is finished.
    fn due_at(&self) -> Option<Timestamp> {
        None
    }

    /// When it may be removed; `None` keeps it.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// A row as it was read, to be changed and written back.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    row: T,
    version: u64,
}

impl<T> Versioned<T> {
    /// The row without its version.
    pub fn into_inner(self) -> T {
        self.row
    }

    /// The version that was read.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<T> Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.row
    }
}

impl<T> DerefMut for Versioned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.row
    }
}

/// The records of one kind as typed rows.
#[derive(Debug)]
pub struct Table<'a, T> {
    store: &'a dyn OpsStore,
    row: PhantomData<fn() -> T>,
}

impl<T> Clone for Table<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Table<'_, T> {}

impl<'a, T: Row> Table<'a, T> {
    /// The rows of a store.
    pub fn new(store: &'a dyn OpsStore) -> Self {
        Self {
            store,
            row: PhantomData,
        }
    }

    /// Inserts a row unless there is one with its key; whether it was inserted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn insert(&self, row: &T) -> Result<bool> {
        self.store.insert_record(T::KIND, &encode(row)?).await
    }

    /// The row with this key.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn get(&self, key: &str) -> Result<Option<Versioned<T>>> {
        self.store.record(T::KIND, key).await?.map(decode).transpose()
    }

    /// Writes a changed row back unless somebody else changed it since it was read; whether it did. The
    /// row then carries its new version.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn replace(&self, row: &mut Versioned<T>) -> Result<bool> {
        let done = self
            .store
            .replace_record(T::KIND, &encode(&row.row)?, row.version)
            .await?;
        if done {
            row.version += 1;
        }
        Ok(done)
    }

    /// The rows with these keys, those that there are, in the order of the keys asked for.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn get_many(&self, keys: &[String]) -> Result<Vec<Versioned<T>>> {
        let records = self.store.records(T::KIND, keys).await?;
        records.into_iter().map(decode).collect()
    }

    /// Inserts each row unless there is one with its key; of each, in order, whether it was inserted.
    ///
    /// # Errors
    /// `Unavailable`; some may then be there and others not.
    pub async fn insert_many<'r>(&self, rows: impl IntoIterator<Item = &'r T> + Send) -> Result<Vec<bool>>
    where
        T: 'r,
    {
        let records = rows.into_iter().map(encode).collect::<Result<Vec<_>>>()?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        self.store.insert_records(T::KIND, &records).await
    }

    /// Writes changed rows back, each unless somebody else changed it since it was read; of each, in order,
    /// whether it did. The rows that were written then carry their new versions.
    ///
    /// # Errors
    /// `Unavailable`; some may then be written and others not.
    pub async fn replace_many(&self, rows: &mut [Versioned<T>]) -> Result<Vec<bool>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let records = rows.iter().map(|row| Ok((encode(&row.row)?, row.version)));
        let records = records.collect::<Result<Vec<_>>>()?;
        let done = self.store.replace_records(T::KIND, &records).await?;
        for (row, done) in rows.iter_mut().zip(&done) {
            row.version += u64::from(*done);
        }
        Ok(done)
    }

    /// Changes the row with this key until the change is not overtaken by another. `change` says whether
    /// there is anything to write; it is called anew on what somebody else wrote. The row as it then is,
    /// or `None` when there is none.
    ///
    /// # Errors
    /// `Unavailable`, also when others were first a thousand times; `CorruptData`; what `change` answers.
    pub async fn modify<F>(&self, key: &str, mut change: F) -> Result<Option<Versioned<T>>>
    where
        F: FnMut(&mut T) -> Result<bool> + Send,
    {
        for _ in 0..MOST_OVERTAKEN {
            let Some(mut row) = self.get(key).await? else {
                return Ok(None);
            };
            if !change(&mut row.row)? || self.replace(&mut row).await? {
                return Ok(Some(row));
            }
            tokio::task::yield_now().await;
        }
        Err(
            Error::new(ErrorKind::Unavailable, "others changed a record at every try")
                .with_context("kind", T::KIND.0)
                .with_context("key", key),
        )
    }

    /// Removes a row; whether there was one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove(&self, key: &str) -> Result<bool> {
        self.store.remove_record(T::KIND, key).await
    }

    /// Rows by key.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn scan(&self, scan: &Scan) -> Result<Vec<Versioned<T>>> {
        self.store
            .scan_records(T::KIND, scan)
            .await?
            .into_iter()
            .map(decode)
            .collect()
    }

    /// Unfinished rows whose time has come, the longest due first.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<Versioned<T>>> {
        self.store
            .due_records(T::KIND, until, limit)
            .await?
            .into_iter()
            .map(decode)
            .collect()
    }
}

fn encode<T: Row>(row: &T) -> Result<NewRecord> {
    let body = serde_json::to_string(row).map_err(|error| {
        Error::new(ErrorKind::Internal, "a record cannot be written as JSON")
            .with_context("kind", T::KIND.0)
            .with_source(error)
    })?;
    Ok(NewRecord {
        key: row.key(),
        due_at: row.due_at(),
        expires_at: row.expires_at(),
        body,
    })
}

fn decode<T: Row>(record: Record) -> Result<Versioned<T>> {
    let row = serde_json::from_str(&record.body).map_err(|error| {
        Error::new(ErrorKind::CorruptData, "a stored record cannot be read back")
            .with_context("kind", T::KIND.0)
            .with_context("key", &record.key)
            .with_source(error)
    })?;
    Ok(Versioned {
        row,
        version: record.version,
    })
}

/// What the keys of an owner's records begin with, where a kind has many owners. Whatever is not plain in a name is
/// escaped, the slash too, so no owner's records begin like another's.
#[must_use]
pub fn owner_prefix(owner: &OwnerId) -> String {
    let mut prefix = String::with_capacity(owner.as_str().len() + 1);
    for byte in owner.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte) {
            prefix.push(char::from(byte));
        } else {
            prefix.push_str(&format!("%{byte:02X}"));
        }
    }
    prefix.push('/');
    prefix
}
