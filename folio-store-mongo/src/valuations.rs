//! Snapshots.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use bson::raw::{RawDocument, RawDocumentBuf};
use bson::{Document, doc};
use folio_core::store::{Inserted, NewSnapshot, Page, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore};
use folio_core::{Error, ErrorKind, PortfolioId, Result, Valuation, ValuationId};
use jiff::{SignedDuration, Timestamp};
use mongodb::options::Hint;
use uuid::Uuid;

use crate::encode::{
    binary, date, date_up, read_deleted, read_id, read_new_snapshot, read_snapshot, read_snapshot_key, read_totals,
    write_snapshot,
};
use crate::error::unknown;
use crate::schema::DELETED;
use crate::store::{MongoStore, batch, check_size, count};

/// How many snapshots one command inserts. The driver divides it where the server takes less.
const INSERTED_AT_ONCE: usize = 1_000;
/// How often the rest of an insert is tried whose connection broke or whose duplicates went away meanwhile.
const TRIES: usize = 3;
/// How many snapshots one command removes, so that other writes come in between.
const REMOVED_AT_ONCE: usize = 1_000;
/// How many portfolios one query asks for.
const KEYS: usize = 5_000;
/// How many days a deleted portfolio is remembered: longer than any tick that may still write snapshots of it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Everything but the holdings, which most lists leave out.
fn without_holdings() -> Document {
    doc! { "holdings": 0 }
}

/// Instants of a portfolio's snapshots, as a condition.
fn window(portfolio: PortfolioId, from: Option<Timestamp>, to: Option<Timestamp>) -> (Document, Document) {
    let mut instants = Document::new();
    if let Some(from) = from {
        instants.insert("$gte", date_up(from));
    }
    if let Some(to) = to {
        instants.insert("$lte", date(to));
    }
    (doc! { "portfolio_id": binary(portfolio.as_uuid()) }, instants)
}

fn with_instants((mut filter, instants): (Document, Document)) -> Document {
    if !instants.is_empty() {
        filter.insert("as_of", instants);
    }
    filter
}

#[async_trait]
impl ValuationStore for MongoStore {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        let mut outcomes = Vec::with_capacity(snapshots.len());
        for part in snapshots.chunks(INSERTED_AT_ONCE) {
            let mut documents = Vec::with_capacity(part.len());
            for snapshot in part {
                let document = write_snapshot(snapshot)?;
                check_size(&document)?;
                documents.push(document);
            }
            outcomes.extend(self.insert_snapshots(&documents).await?);
        }
        Ok(outcomes)
    }

    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        let filter = doc! { "_id": binary(id.as_uuid()), "portfolio_id": binary(portfolio.as_uuid()) };
        let found = self.done(self.snapshots.find_one(filter)).await?;
        found.as_deref().map(read_snapshot).transpose()
    }

    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        let (filter, mut instants) = window(query.portfolio_id, query.from, query.to);
        if let Some(before) = query.before {
            instants.insert("$lt", date_up(before));
        }
        let one_more = query.limit.saturating_add(1);
        let find = self.snapshots.find(with_instants((filter, instants)));
        let mut find = find
            .sort(doc! { "as_of": -1 })
            .limit(count(one_more))
            .batch_size(batch(one_more));
        if !query.holdings {
            find = find.projection(without_holdings());
        }
        let mut items = self.read(find, read_snapshot).await?;
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        Ok(Page { items, more })
    }

    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let filter = with_instants(window(query.portfolio_id, query.from, query.to));
        let fields = doc! { "_id": 0, "as_of": 1, "status": 1, "base_currency": 1, "total_value": 1,
        "value_with_cost": 1, "total_cost": 1 };
        let find = self.snapshots.find(filter).sort(doc! { "as_of": 1 }).projection(fields);
        self.read(
            find.limit(count(query.limit)).batch_size(batch(query.limit)),
            read_totals,
        )
        .await
    }

    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (filter, mut instants) = window(portfolio, None, None);
        if let Some(after) = after {
            instants.insert("$gt", date(after));
        }
        let find = self
            .snapshots
            .find(with_instants((filter, instants)))
            .sort(doc! { "as_of": 1 });
        self.read(find.limit(count(limit)).batch_size(batch(limit)), read_new_snapshot)
            .await
    }

    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        let mut found = HashMap::with_capacity(portfolios.len());
        for part in portfolios.chunks(KEYS) {
            let newest = self.newest(part).await?;
            if newest.is_empty() {
                continue;
            }
            let find = self.snapshots.find(doc! { "_id": { "$in": newest } });
            let find = find.projection(without_holdings()).batch_size(batch(KEYS));
            let valuations = self.read(find, read_snapshot).await?;
            found.extend(valuations.into_iter().map(|one| (one.portfolio_id, one)));
        }
        Ok(portfolios.iter().filter_map(|id| found.get(id)).cloned().collect())
    }

    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let mut removed = self.purge_deleted(now, limit).await?;
        while removed < limit {
            let size = (limit - removed).min(REMOVED_AT_ONCE);
            let over = doc! { "expire_at": { "$lte": date(now) } };
            let find = self.snapshots.find(over).sort(doc! { "expire_at": 1 });
            let find = find
                .projection(doc! { "_id": 1 })
                .limit(count(size))
                .batch_size(batch(size));
            let ids = self.read(find, read_id).await?;
            removed += self.remove_by_id(&ids).await?;
            if ids.len() < size {
                break;
            }
        }
        Ok(removed as u64)
    }
}

impl MongoStore {
    /// Inserts documents in one round trip; the first with an `_id` wins. Only where some were there already is there
    /// a second one, which makes sure that they are.
    async fn insert_snapshots(&self, documents: &[RawDocumentBuf]) -> Result<Vec<Inserted>> {
        let mut outcomes = vec![Inserted::New; documents.len()];
        // The places that are still to be inserted.
        let mut open: Vec<usize> = (0..documents.len()).collect();
        for _ in 0..TRIES {
            let inserted = match open.len() == documents.len() {
                true => self.call(self.snapshots.insert_many(documents).ordered(false)).await,
                false => {
                    let rest = open.iter().map(|place| &documents[*place]);
                    self.call(self.snapshots.insert_many(rest).ordered(false)).await
                }
            };
            let failed = match inserted {
                Ok(_) => return Ok(outcomes),
                Err(failed) => failed,
            };
            if failed.is_broken_connection() {
                // Whatever was written is a duplicate the next time.
                continue;
            }
            let Some(duplicates) = failed.duplicates() else {
                return Err(self.failure(failed));
            };
            let duplicates: Vec<usize> = duplicates
                .into_iter()
                .filter_map(|index| open.get(index).copied())
                .collect();
            for place in &duplicates {
                outcomes[*place] = Inserted::Duplicate;
            }
            open = self.missing(documents, duplicates).await?;
            if open.is_empty() {
                return Ok(outcomes);
            }
            // They went away meanwhile, with a purge say, so these are the first again.
            for place in &open {
                outcomes[*place] = Inserted::New;
            }
        }
        Err(unknown(self.place()))
    }

    /// Which of the documents at these places are not there.
    async fn missing(&self, documents: &[RawDocumentBuf], places: Vec<usize>) -> Result<Vec<usize>> {
        let ids = places
            .iter()
            .map(|place| read_id(&documents[*place]))
            .collect::<Result<Vec<_>>>()?;
        let asked: Vec<_> = ids.iter().map(binary).collect();
        let find = self.snapshots.find(doc! { "_id": { "$in": asked } });
        let find = find.projection(doc! { "_id": 1 }).batch_size(batch(ids.len()));
        let found: HashSet<Uuid> = self.read(find, read_id).await?.into_iter().collect();
        let missing = places.into_iter().zip(ids).filter(|(_, id)| !found.contains(id));
        Ok(missing.map(|(place, _)| place).collect())
    }

    /// The ids of the newest snapshots of portfolios, from the index alone.
    async fn newest(&self, portfolios: &[PortfolioId]) -> Result<Vec<bson::Binary>> {
        let ids: Vec<_> = portfolios.iter().map(|id| binary(id.as_uuid())).collect();
        let newest = self
            .snapshots
            .aggregate(newest_pipeline(ids))
            .batch_size(batch(portfolios.len()));
        let id_of = |document: &RawDocument| {
            let (portfolio, as_of) = read_snapshot_key(document)?;
            Ok(binary(ValuationId::derived(portfolio, as_of).as_uuid()))
        };
        self.read(newest.with_type::<RawDocumentBuf>(), id_of).await
    }

    /// Removes a deleted portfolio's snapshots, a batch at a time so that other writes come in between.
    pub(crate) async fn remove_snapshots(&self, portfolio: PortfolioId) -> Result<()> {
        loop {
            let ids = self.snapshots_of(&[*portfolio.as_uuid()], REMOVED_AT_ONCE).await?;
            self.remove_by_id(&ids).await?;
            if ids.len() < REMOVED_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// At most `limit` snapshots of these portfolios.
    async fn snapshots_of(&self, portfolios: &[Uuid], limit: usize) -> Result<Vec<Uuid>> {
        let ids: Vec<_> = portfolios.iter().map(binary).collect();
        let find = self.snapshots.find(doc! { "portfolio_id": { "$in": ids } });
        let find = find
            .projection(doc! { "_id": 1 })
            .limit(count(limit))
            .batch_size(batch(limit));
        self.read(find, read_id).await
    }

    async fn remove_by_id(&self, ids: &[Uuid]) -> Result<usize> {
        if ids.is_empty() {
            return Ok(0);
        }
        let ids: Vec<_> = ids.iter().map(binary).collect();
        let removed = self
            .done(self.snapshots.delete_many(doc! { "_id": { "$in": ids } }))
            .await?;
        usize::try_from(removed.deleted_count)
            .map_err(|_| Error::new(ErrorKind::Internal, "more was removed than was asked for"))
    }

    /// Removes what is left of deleted portfolios, and forgets those deleted long ago; answers how many snapshots.
    async fn purge_deleted(&self, now: Timestamp, limit: usize) -> Result<usize> {
        let mut removed = 0;
        let mut after: Option<Uuid> = None;
        while removed < limit {
            let page = self.deleted_after(after).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            let gone: Vec<_> = page.iter().map(|(id, _)| *id).collect();
            loop {
                let size = (limit - removed).min(REMOVED_AT_ONCE);
                let ids = self.snapshots_of(&gone, size).await?;
                removed += self.remove_by_id(&ids).await?;
                if ids.len() < size {
                    break;
                }
                if removed == limit {
                    return Ok(removed);
                }
            }
            let long_ago = |deleted_at: Timestamp| now.duration_since(deleted_at) >= REMEMBERED;
            let forgotten = page.into_iter().filter(|(_, deleted_at)| long_ago(*deleted_at));
            let forgotten: Vec<_> = forgotten.map(|(id, _)| binary(&id)).collect();
            if !forgotten.is_empty() {
                let forgotten = doc! { "_id": { "$in": forgotten }, "deleted_at": { "$exists": true } };
                self.done(self.portfolios.delete_many(forgotten)).await?;
            }
        }
        Ok(removed)
    }

    /// Deleted portfolios by id, and when they were deleted.
    async fn deleted_after(&self, after: Option<Uuid>) -> Result<Vec<(Uuid, Timestamp)>> {
        let mut filter = doc! { "deleted_at": { "$exists": true } };
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": binary(&after) });
        }
        let find = self.portfolios.find(filter).sort(doc! { "_id": 1 });
        // Few of many portfolios are deleted, and the server does not know that.
        let find = find.hint(Hint::Name(DELETED.to_owned()));
        self.read(find.limit(count(KEYS)).batch_size(batch(KEYS)), read_deleted)
            .await
    }
}

/// The newest instant of each portfolio: the first key of each in the index by portfolio and instant.
fn newest_pipeline(portfolios: Vec<bson::Binary>) -> [Document; 3] {
    [
        doc! { "$match": { "portfolio_id": { "$in": portfolios } } },
        doc! { "$sort": { "portfolio_id": 1, "as_of": -1 } },
        doc! { "$group": { "_id": "$portfolio_id", "as_of": { "$first": "$as_of" } } },
    ]
}
