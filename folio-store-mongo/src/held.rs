//! What is held by anybody, kept beside the portfolios.
//!
//! There is no transaction over a portfolio and its assets, so whoever writes a portfolio first says so: it leaves a
//! document with the assets in `portfolio_writes`, then marks the assets with the number of the last sweep, then
//! writes the portfolio, and takes the document away. A sweep takes a number, then reads those documents, then the
//! portfolios, and removes what it found in neither, unless it is marked with its own number or a later one. A writer
//! that the sweep did not see began after it and marks with its number; one that it did see keeps its assets.

use std::collections::HashSet;
use std::sync::PoisonError;

use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{Document, doc};
use folio_core::Result;
use folio_core::store::HeldAsset;
use mongodb::options::{Acknowledgment, WriteConcern};

use crate::encode::{binary, read_held, read_portfolio, write_held};
use crate::error::{DUPLICATE_KEY, by_code, corrupt};
use crate::schema::{last_sweep, next_sweep, write_id};
use crate::store::{MongoStore, batch, count};

/// How many portfolios a sweep reads, and assets it looks at, in one round trip.
const SWEEP_PAGE: usize = 500;
/// How many assets one command marks.
const MARK_BATCH: usize = 1_000;
/// How many marks a process remembers.
const REMEMBERED: usize = 100_000;
/// A writer that has not finished after so many milliseconds is dead: no call takes as long.
const DEAD_WRITER: i64 = 60 * 60 * 1000;
/// How often a mark is tried again that another process makes at the same moment.
const TRIES: usize = 5;

/// A writer of a portfolio that has said what it is about to hold.
#[derive(Debug)]
pub(crate) struct Announced(Option<ObjectId>);

impl MongoStore {
    pub(crate) async fn list_held(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let filter = match after {
            Some(held) => doc! { "_id": { "$gt": write_held(held)?.0 } },
            None => Document::new(),
        };
        let find = self.held.find(filter).sort(doc! { "_id": 1 });
        self.read(find.limit(count(limit)).batch_size(batch(limit)), read_held)
            .await
    }

    /// Lists what a portfolio is about to hold, before it can be read with it.
    pub(crate) async fn announce(&self, held: &[HeldAsset]) -> Result<Announced> {
        if held.is_empty() {
            return Ok(Announced(None));
        }
        let rows = held.iter().map(write_held).collect::<Result<Vec<_>>>()?;
        let writer = write_id();
        let ids: Vec<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
        let begun = doc! { "$set": { "assets": ids }, "$currentDate": { "begun_at": true } };
        let insert = self.writers.update_one(doc! { "_id": writer }, begun).upsert(true);
        self.done(insert).await?;
        let marked = self.mark(rows).await;
        let announced = Announced(Some(writer));
        match marked {
            Ok(()) => Ok(announced),
            Err(error) => {
                self.withdraw(announced).await;
                Err(error)
            }
        }
    }

    /// Ends what [`announce`](Self::announce) began. One that stays behind keeps sold assets listed for an hour.
    pub(crate) async fn withdraw(&self, announced: Announced) {
        let Some(writer) = announced.0 else { return };
        let soon = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
        let removed = self.writers.delete_one(doc! { "_id": writer }).write_concern(soon);
        if let Err(error) = self.done(removed).await {
            tracing::debug!(%error, "the note of a writer stays until the next sweep after an hour");
        }
    }

    async fn mark(&self, mut rows: Vec<(String, RawDocumentBuf)>) -> Result<()> {
        let sweep = last_sweep(self).await?;
        rows.retain(|(id, _)| !self.is_marked(sweep, id));
        for part in rows.chunks(MARK_BATCH) {
            self.mark_part(part, sweep).await?;
        }
        self.remember(sweep, rows.into_iter().map(|(id, _)| id));
        Ok(())
    }

    async fn mark_part(&self, rows: &[(String, RawDocumentBuf)], sweep: i64) -> Result<()> {
        let mut updates = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            let row = Document::try_from(row).map_err(|error| corrupt("held asset", error))?;
            let change = doc! { "$max": { "seen": sweep }, "$setOnInsert": row };
            updates.push(doc! { "q": { "_id": id }, "u": change, "upsert": true });
        }
        for _ in 0..TRIES {
            let marked = self.update("held_assets", updates.clone(), DUPLICATE_KEY).await?;
            if marked.refused.is_empty() {
                return Ok(());
            }
            // Another process inserted one of them at the same moment.
        }
        Err(by_code(self.place(), DUPLICATE_KEY))
    }

    fn is_marked(&self, sweep: i64, id: &str) -> bool {
        let marked = self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        marked.0 == sweep && marked.1.contains(id)
    }

    fn remember(&self, sweep: i64, ids: impl Iterator<Item = String>) {
        let mut marked = self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        if marked.0 != sweep || marked.1.len() > REMEMBERED {
            *marked = (sweep, HashSet::new());
        }
        marked.1.extend(ids);
    }

    pub(crate) async fn sweep_held(&self) -> Result<u64> {
        let sweep = next_sweep(self).await?;
        let mut held = self.announced().await?;
        self.add_held(&mut held).await?;
        let mut after = String::new();
        let mut removed = 0;
        loop {
            let page = self.unmarked(&after, sweep).await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = last.clone();
            let gone: Vec<_> = page.into_iter().filter(|id| !held.contains(id)).collect();
            if !gone.is_empty() {
                let gone = doc! { "_id": { "$in": gone }, "seen": { "$lt": sweep } };
                removed += self.done(self.held.delete_many(gone)).await?.deleted_count;
            }
        }
    }

    /// What writers at work are about to hold; the notes of dead ones go.
    async fn announced(&self) -> Result<HashSet<String>> {
        let long_ago = doc! { "$expr": { "$lt": ["$begun_at", { "$subtract": ["$$NOW", DEAD_WRITER] }] } };
        self.done(self.writers.delete_many(long_ago)).await?;
        let writers = self
            .read(self.writers.find(Document::new()), |document| {
                let assets = document.get_array("assets").map_err(|error| corrupt("writer", error))?;
                let texts = assets
                    .into_iter()
                    .filter_map(|asset| asset.ok()?.as_str().map(str::to_owned));
                Ok(texts.collect::<Vec<_>>())
            })
            .await?;
        Ok(writers.into_iter().flatten().collect())
    }

    /// What the portfolios hold, each read once; as many as there are distinct assets.
    async fn add_held(&self, held: &mut HashSet<String>) -> Result<()> {
        let mut after = None;
        loop {
            let mut filter = doc! { "created_at": { "$exists": true } };
            if let Some(after) = after {
                filter.insert("_id", doc! { "$gt": binary(&after) });
            }
            let find = self.portfolios.find(filter).sort(doc! { "_id": 1 });
            let find = find.limit(count(SWEEP_PAGE)).batch_size(batch(SWEEP_PAGE));
            let page = self.read(find, read_portfolio).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(*last.id.as_uuid());
            for asset in page.iter().flat_map(HeldAsset::of) {
                held.insert(write_held(&asset)?.0);
            }
            tokio::task::yield_now().await;
        }
    }

    async fn unmarked(&self, after: &str, sweep: i64) -> Result<Vec<String>> {
        let filter = doc! { "_id": { "$gt": after }, "seen": { "$lt": sweep } };
        let find = self.held.find(filter).sort(doc! { "_id": 1 });
        let find = find.limit(count(SWEEP_PAGE)).projection(doc! { "_id": 1 });
        self.read(find, |document| {
            let id = document.get_str("_id").map_err(|error| corrupt("held asset", error))?;
            Ok(id.to_owned())
        })
        .await
    }
}
