//! Price books in the store: written once, read by every chunk of a run, and the last accepted prices
//! when no source answers.

use std::sync::Arc;

use jiff::Timestamp;
use moka::future::Cache;
use serde::{Deserialize, Serialize};

use super::{OpsStore, RecordKind, Row, Scan, Table};
use crate::book::{BookEntry, PriceBook};
use crate::id::BookId;
use crate::{Error, Result};

/// The most entries of one part.
const PART_ENTRIES: usize = 5_000;
/// How many books a process keeps in memory.
const KEPT_IN_MEMORY: u64 = 4;

/// A part of a book; insert only.
#[derive(Debug, Serialize, Deserialize)]
struct BookPart {
    book_id: BookId,
    part: usize,
    written_at: Timestamp,
    entries: Vec<BookEntry>,
}

impl Row for BookPart {
    const KIND: RecordKind = RecordKind("book");

    fn key(&self) -> String {
        format!("{}/{:06}", self.book_id, self.part)
    }
}

/// Which book is the newest.
#[derive(Debug, Serialize, Deserialize)]
struct NewestBook {
    book_id: BookId,
    as_of: Timestamp,
}

impl NewestBook {
    const KEY: &'static str = "newest";
}

impl Row for NewestBook {
    const KIND: RecordKind = RecordKind("newest_book");

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }
}

/// The price books of a store.
#[derive(Clone, Debug)]
pub struct Books {
    store: Arc<dyn OpsStore>,
    recent: Cache<BookId, Arc<PriceBook>>,
}

impl Books {
    /// The books of this store.
    pub fn new(store: Arc<dyn OpsStore>) -> Self {
        Self {
            store,
            recent: Cache::new(KEPT_IN_MEMORY),
        }
    }

    fn parts(&self) -> Table<'_, BookPart> {
        Table::new(&*self.store)
    }

    fn newest_row(&self) -> Table<'_, NewestBook> {
        Table::new(&*self.store)
    }

    /// Writes a book under a fresh id; nobody reads it before the id is handed on.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn write(&self, book: &PriceBook, now: Timestamp) -> Result<BookId> {
        let book_id = BookId::new(now);
        let entries: Vec<_> = book.entries().cloned().collect();
        let mut parts: Vec<_> = entries.chunks(PART_ENTRIES).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        for (part, entries) in parts.into_iter().enumerate() {
            self.parts()
                .insert(&BookPart {
                    book_id,
                    part,
                    written_at: now,
                    entries,
                })
                .await?;
        }
        Ok(book_id)
    }

    /// The book with this id. It never changes, so a process reads it once.
    ///
    /// # Errors
    /// `NotFound` when it was removed, `Unavailable`, `CorruptData`.
    pub async fn read(&self, id: BookId) -> Result<Arc<PriceBook>> {
        if let Some(book) = self.recent.get(&id).await {
            return Ok(book);
        }
        let mut book = PriceBook::new();
        book.id = Some(id);
        let mut scan = Scan {
            prefix: format!("{id}/"),
            limit: 8,
            ..Scan::default()
        };
        let mut found = false;
        loop {
            let parts = self.parts().scan(&scan).await?;
            let Some(last) = parts.last() else { break };
            found = true;
            scan.after = Some(last.key());
            parts
                .into_iter()
                .flat_map(|part| part.into_inner().entries)
                .for_each(|entry| book.insert(entry));
        }
        if !found {
            return Err(Error::not_found("price book").with_context("id", id));
        }
        let book = Arc::new(book);
        self.recent.insert(id, Arc::clone(&book)).await;
        Ok(book)
    }

    /// Removes a book that nobody chose.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove(&self, id: BookId) -> Result<()> {
        let scan = Scan {
            prefix: format!("{id}/"),
            limit: 1_000,
            ..Scan::default()
        };
        for part in self.parts().scan(&scan).await? {
            self.parts().remove(&part.key()).await?;
        }
        self.recent.invalidate(&id).await;
        Ok(())
    }

    /// Notes the book of the run at `as_of` as the newest, unless a later run's already is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn publish(&self, id: BookId, as_of: Timestamp) -> Result<()> {
        let newest = NewestBook { book_id: id, as_of };
        while !self.newest_row().insert(&newest).await? {
            let done = self
                .newest_row()
                .modify(NewestBook::KEY, |row| {
                    let later = row.as_of < as_of;
                    if later {
                        (row.book_id, row.as_of) = (id, as_of);
                    }
                    Ok(later)
                })
                .await?;
            if done.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// The newest book, which holds the last accepted price of everything that was held then.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn newest(&self) -> Result<Option<Arc<PriceBook>>> {
        match self.newest_row().get(NewestBook::KEY).await? {
            Some(row) => self.read(row.book_id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Removes the books written before `before`, the newest one excepted; answers how many parts.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64> {
        let newest = self.newest_row().get(NewestBook::KEY).await?.map(|row| row.book_id);
        let mut removed = 0;
        let mut scan = Scan {
            limit: 16,
            ..Scan::default()
        };
        loop {
            let parts = self.parts().scan(&scan).await?;
            let Some(last) = parts.last() else { return Ok(removed) };
            // Ids are ordered by the time they were made, so the first young one ends the sweep.
            if parts.first().is_some_and(|part| part.written_at >= before) {
                return Ok(removed);
            }
            scan.after = Some(last.key());
            for part in parts {
                if part.written_at < before && Some(part.book_id) != newest {
                    removed += u64::from(self.parts().remove(&part.key()).await?);
                }
            }
        }
    }
}
