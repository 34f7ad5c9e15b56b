//! Portfolios.
//!
//! What is left of a deleted one is a document of its id and the time: it belongs to no owner and was made at no
//! instant, so no query for portfolios finds it. It turns into that in one write, and its snapshots follow.

use std::collections::HashMap;

use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{DateTime, Document, doc};
use folio_core::store::{HeldAsset, IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};
use folio_core::{
    AssetId, AssetInfo, Currency, Error, ErrorKind, OwnerId, Portfolio, PortfolioId, ReferenceRate, Result,
};
use jiff::Timestamp;
use jiff::civil::Date;
use mongodb::options::Hint;

use crate::encode::{binary, date, read_id, read_portfolio, read_summary, write_deleted, write_portfolio};
use crate::error::{Failed, unknown};
use crate::schema::{LIVING, write_id};
use crate::store::{MongoStore, batch, check_size, count};

/// How many portfolios one query asks for by their ids.
const KEYS: usize = 1_000;

fn absent() -> Error {
    Error::not_found("portfolio")
}

#[async_trait]
impl PortfolioStore for MongoStore {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        let id = write_id();
        let document = write_portfolio(portfolio, id)?;
        check_size(&document)?;
        let announced = self.announce(&HeldAsset::of(portfolio)).await?;
        let created = self.insert_portfolio(portfolio.id, &document, id).await;
        self.withdraw(announced).await;
        created
    }

    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        let filter = doc! { "_id": binary(id.as_uuid()), "owner": owner.as_str() };
        let found = self.done(self.portfolios.find_one(filter)).await?;
        read_portfolio(&found.ok_or_else(absent)?)
    }

    async fn portfolios_with_ids(&self, owner: &OwnerId, ids: &[PortfolioId]) -> Result<Vec<Portfolio>> {
        let mut found = HashMap::with_capacity(ids.len());
        for part in ids.chunks(KEYS) {
            let wanted: Vec<_> = part.iter().map(|id| binary(id.as_uuid())).collect();
            let find = self
                .portfolios
                .find(doc! { "_id": { "$in": wanted }, "owner": owner.as_str() });
            let portfolios = self.read(find.batch_size(batch(part.len())), read_portfolio).await?;
            found.extend(portfolios.into_iter().map(|portfolio| (portfolio.id, portfolio)));
        }
        Ok(ids.iter().filter_map(|id| found.get(id)).cloned().collect())
    }

    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        let archived = match query.archived {
            true => doc! { "$eq": true },
            // A document of an older version may not have the field.
            false => doc! { "$in": [false, null] },
        };
        let mut filter = doc! { "owner": query.owner.as_str(), "archived": archived };
        if let Some(after) = query.after {
            filter.insert("_id", doc! { "$gt": binary(after.as_uuid()) });
        }
        let counted = doc! { "$ifNull": ["$holding_count", { "$size": { "$ifNull": ["$holdings", []] } }] };
        let summary = doc! { "name": 1, "base_currency": 1, "archived": 1, "version": 1, "created_at": 1,
        "updated_at": 1, "holding_count": counted };
        let one_more = query.limit.saturating_add(1);
        let find = self.portfolios.find(filter).sort(doc! { "_id": 1 }).projection(summary);
        let mut items = self
            .read(find.limit(count(one_more)).batch_size(batch(one_more)), read_summary)
            .await?;
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        Ok(Page { items, more })
    }

    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        let id = write_id();
        let document = write_portfolio(portfolio, id)?;
        check_size(&document)?;
        let announced = self.announce(&HeldAsset::of(portfolio)).await?;
        let updated = self.replace_portfolio(portfolio, &document, id, expected).await;
        self.withdraw(announced).await;
        updated
    }

    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        let alive = doc! { "_id": binary(id.as_uuid()), "owner": owner.as_str() };
        let deleted = write_deleted(id, self.clock.now())?;
        let mut replaced = self.call(self.portfolios.replace_one(alive.clone(), &deleted)).await;
        let again = replaced.as_ref().is_err_and(Failed::is_broken_connection);
        if again {
            replaced = self.call(self.portfolios.replace_one(alive, &deleted)).await;
        }
        let matched = replaced.map_err(|failed| self.failure(failed))?.matched_count;
        // Of two tries the first may have done it.
        if matched == 0 && !(again && self.is_deleted(id).await?) {
            return Err(absent());
        }
        // The portfolio is gone from here on. What is left of it after a failure goes with the next purge.
        if let Err(error) = self.remove_snapshots(id).await {
            tracing::warn!(portfolio = %id, %error, "snapshots of a deleted portfolio are left for the next purge");
        }
        Ok(())
    }

    async fn portfolios_between(
        &self,
        range: &IdRange,
        created_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Portfolio>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut ids = Document::new();
        if let Some(lo) = range.lo {
            ids.insert(if range.after { "$gt" } else { "$gte" }, binary(lo.as_uuid()));
        }
        if let Some(hi) = range.hi {
            ids.insert("$lt", binary(hi.as_uuid()));
        }
        let mut filter = doc! { "created_at": { "$lte": date(created_until) } };
        if !ids.is_empty() {
            filter.insert("_id", ids);
        }
        let find = self.portfolios.find(filter).sort(doc! { "_id": 1 });
        self.read(find.limit(count(limit)).batch_size(batch(limit)), read_portfolio)
            .await
    }

    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, places: usize) -> Result<Option<PortfolioId>> {
        // The server answers from the index alone where it is asked for what is in it; that a field exists is not.
        let mut filter = doc! { "created_at": { "$gte": DateTime::MIN } };
        if let Some(lo) = lo {
            filter.insert("_id", doc! { "$gte": binary(lo.as_uuid()) });
        }
        let find = self.portfolios.find(filter).sort(doc! { "_id": 1 });
        let find = find.hint(Hint::Name(LIVING.to_owned()));
        let find = find.skip(places as u64).limit(1).projection(doc! { "_id": 1 });
        let found = self.read(find, read_id).await?;
        Ok(found.first().copied().map(PortfolioId::from_uuid))
    }

    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        self.list_held(after, limit).await
    }

    async fn sweep_held_assets(&self) -> Result<u64> {
        self.sweep_held().await
    }

    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        self.put_infos(infos).await
    }

    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        self.find_infos(assets).await
    }

    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        self.infos_after(after, limit).await
    }

    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        self.put_rates(rates).await
    }

    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        self.find_rates(wanted).await
    }

    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        self.rates_after(after, limit).await
    }
}

impl MongoStore {
    async fn insert_portfolio(&self, id: PortfolioId, document: &RawDocumentBuf, write: ObjectId) -> Result<()> {
        let mut inserted = self.call(self.portfolios.insert_one(document)).await;
        let again = inserted.as_ref().is_err_and(Failed::is_broken_connection);
        if again {
            inserted = self.call(self.portfolios.insert_one(document)).await;
        }
        match inserted {
            Ok(_) => Ok(()),
            Err(failed) if failed.is_duplicate() => {
                if again && self.has_written(id, write).await? {
                    return Ok(());
                }
                self.revive_portfolio(id, document).await
            }
            Err(failed) => Err(self.failure(failed)),
        }
    }

    /// Puts a portfolio in the place of a deleted one with its id, from an export say. It must not find snapshots of
    /// its former life.
    async fn revive_portfolio(&self, id: PortfolioId, document: &RawDocumentBuf) -> Result<()> {
        if self.is_deleted(id).await? {
            self.remove_snapshots(id).await?;
            let deleted = doc! { "_id": binary(id.as_uuid()), "deleted_at": { "$exists": true } };
            let revived = self.done(self.portfolios.replace_one(deleted, document)).await?;
            if revived.matched_count > 0 {
                return Ok(());
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "there is a portfolio with this id already",
        ))
    }

    async fn replace_portfolio(
        &self,
        portfolio: &Portfolio,
        document: &RawDocumentBuf,
        write: ObjectId,
        expected: u64,
    ) -> Result<()> {
        let own = doc! { "_id": binary(portfolio.id.as_uuid()), "owner": portfolio.owner.as_str() };
        let mut unchanged = own.clone();
        unchanged.insert("version", expected.cast_signed());
        let mut replaced = self
            .call(self.portfolios.replace_one(unchanged.clone(), document))
            .await;
        let again = replaced.as_ref().is_err_and(Failed::is_broken_connection);
        if again {
            replaced = self.call(self.portfolios.replace_one(unchanged, document)).await;
        }
        if replaced.map_err(|failed| self.failure(failed))?.matched_count > 0 {
            return Ok(());
        }
        if again {
            // Either the first try was made or somebody else was first; a third writer hides which.
            return match self.has_written(portfolio.id, write).await? {
                true => Ok(()),
                false => Err(unknown(self.place())),
            };
        }
        let found = self.portfolios.find_one(own).projection(doc! { "version": 1 });
        let found = self.done(found).await?.ok_or_else(absent)?;
        let version = found.get_i64("version").unwrap_or_default();
        Err(Error::new(
            ErrorKind::PreconditionFailed,
            format!("the portfolio has version {version}, not {expected}"),
        ))
    }

    /// Whether a portfolio is as this write left it.
    async fn has_written(&self, id: PortfolioId, write: ObjectId) -> Result<bool> {
        let written = doc! { "_id": binary(id.as_uuid()), "write_id": write };
        let found = self.portfolios.find_one(written).projection(doc! { "_id": 1 });
        Ok(self.done(found).await?.is_some())
    }

    async fn is_deleted(&self, id: PortfolioId) -> Result<bool> {
        let deleted = doc! { "_id": binary(id.as_uuid()), "deleted_at": { "$exists": true } };
        Ok(self.done(self.portfolios.find_one(deleted)).await?.is_some())
    }
}
