//! Portfolios, what is known of assets, and old exchange rates.

use async_trait::async_trait;
use folio_core::money::decimal;
use folio_core::store::{HeldAsset, IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};
use folio_core::{
    AssetId, AssetInfo, Currency, Error, ErrorKind, OwnerId, Portfolio, PortfolioId, ReferenceRate, Result, SourceId,
};
use futures::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::SqliteStore;
use crate::encode::{instant, millis, read_portfolio, write_portfolio};
use crate::error::corrupt;
use crate::held;
use crate::store::count;
use crate::valuations::remove_snapshots;

/// How many snapshots of a deleted portfolio go in one transaction.
const DELETE_BATCH: usize = 500;
/// After how many portfolios reading a page lets other work of the thread go on.
const YIELD_AFTER: usize = 32;
/// A bound that is greater than every id, which are 16 bytes.
const BEYOND_ALL: [u8; 17] = [0xff; 17];

fn id_bytes(id: PortfolioId) -> Vec<u8> {
    id.as_uuid().as_bytes().to_vec()
}

pub(crate) fn portfolio_id(bytes: &[u8]) -> Result<PortfolioId> {
    Uuid::from_slice(bytes)
        .map(PortfolioId::from_uuid)
        .map_err(|error| corrupt("portfolio id", error))
}

fn absent() -> Error {
    Error::not_found("portfolio")
}

/// A list as a JSON array, which one statement takes apart however long it is.
fn json<T: serde::Serialize>(list: &[T]) -> Result<String> {
    serde_json::to_string(list)
        .map_err(|error| Error::new(ErrorKind::Internal, "a list cannot be written as JSON").with_source(error))
}

/// Currency, day, rate, day of publication and source, as they are stored.
type RateRow = (String, String, String, String, String);

fn reference_rate((currency, date, per_euro, published_on, source): RateRow) -> Result<ReferenceRate> {
    Ok(ReferenceRate {
        currency: currency.parse().map_err(|error| corrupt("currency", error))?,
        date: date.parse().map_err(|error| corrupt("date", error))?,
        per_euro: decimal::from_text(&per_euro).map_err(|error| corrupt("rate", error))?,
        published_on: published_on.parse().map_err(|error| corrupt("date", error))?,
        source: SourceId::new(source),
    })
}

fn summary(row: &SqliteRow) -> sqlx::Result<Result<PortfolioSummary>> {
    let id: &[u8] = row.try_get(0)?;
    let currency: &str = row.try_get(2)?;
    let (name, held, archived): (String, i64, bool) = (row.try_get(1)?, row.try_get(3)?, row.try_get(4)?);
    let (version, created_at, updated_at): (i64, i64, i64) = (row.try_get(5)?, row.try_get(6)?, row.try_get(7)?);
    let summary = || {
        Ok(PortfolioSummary {
            id: portfolio_id(id)?,
            name,
            base_currency: currency.parse().map_err(|error| corrupt("currency", error))?,
            holding_count: usize::try_from(held).map_err(|_| corrupt("number", held))?,
            archived,
            version: version.cast_unsigned(),
            created_at: instant(created_at)?,
            updated_at: instant(updated_at)?,
        })
    };
    Ok(summary())
}

#[async_trait]
impl PortfolioStore for SqliteStore {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        let held = HeldAsset::of(portfolio);
        let document = write_portfolio(portfolio);
        let mut write = self.connections.begin().await?;
        held::insert(&mut write, &held).await?;
        let created = sqlx::query(
            "INSERT INTO portfolios (id, owner, archived, version, created_at, updated_at, base_currency, holding_count, name, document)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        )
        .bind(id_bytes(portfolio.id))
        .bind(portfolio.owner.as_str())
        .bind(portfolio.archived)
        .bind(portfolio.version.cast_signed())
        .bind(millis(portfolio.created_at))
        .bind(millis(portfolio.updated_at))
        .bind(portfolio.base_currency.as_str())
        .bind(count(portfolio.holdings.len()))
        .bind(portfolio.name.as_str())
        .bind(document)
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        if created.rows_affected() == 0 {
            write.rollback().await?;
            return Err(Error::new(
                ErrorKind::Conflict,
                "there is a portfolio with this id already",
            ));
        }
        // One that is put back, from an export say, must not find snapshots of its former life.
        let deleted = sqlx::query("DELETE FROM deleted_portfolios WHERE id = ?1")
            .bind(id_bytes(portfolio.id))
            .execute(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        if deleted.rows_affected() > 0 {
            remove_snapshots(&mut write, portfolio.id, usize::MAX).await?;
        }
        write.commit().await
    }

    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        let mut connection = self.connections.read().await?;
        let document: Option<String> =
            sqlx::query_scalar("SELECT document FROM portfolios WHERE id = ?1 AND owner = ?2")
                .bind(id_bytes(id))
                .bind(owner.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let document = document.ok_or_else(absent)?;
        read_portfolio(&document).map_err(|error| error.with_context("portfolio", id))
    }

    async fn portfolios_with_ids(&self, owner: &OwnerId, ids: &[PortfolioId]) -> Result<Vec<Portfolio>> {
        let wanted: Vec<_> = ids.iter().map(|id| id.as_uuid().simple().to_string()).collect();
        let mut connection = self.connections.read().await?;
        let mut portfolios = Vec::with_capacity(ids.len());
        {
            // Rows are decoded while SQLite reads the next ones.
            let mut rows = sqlx::query(
                "SELECT p.document FROM json_each(?1) AS wanted
                 CROSS JOIN portfolios AS p ON p.id = unhex(wanted.value) WHERE p.owner = ?2 ORDER BY wanted.key",
            )
            .bind(json(&wanted)?)
            .bind(owner.as_str())
            .fetch(&mut *connection);
            while let Some(row) = rows.try_next().await.map_err(|error| self.connections.failure(error))? {
                let document: &str = row.try_get(0).map_err(|error| self.connections.failure(error))?;
                portfolios.push(read_portfolio(document)?);
                if portfolios.len() % YIELD_AFTER == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
        connection.done();
        Ok(portfolios)
    }

    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(
            "SELECT id, name, base_currency, holding_count, archived, version, created_at, updated_at
             FROM portfolios WHERE owner = ?1 AND archived = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
        )
        .bind(query.owner.as_str())
        .bind(query.archived)
        .bind(query.after.map(id_bytes).unwrap_or_default())
        .bind(count(query.limit.saturating_add(1)))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let mut items = Vec::with_capacity(rows.len().min(query.limit));
        for row in rows.iter().take(query.limit) {
            items.push(summary(row).map_err(|error| self.connections.failure(error))??);
        }
        Ok(Page {
            items,
            more: rows.len() > query.limit,
        })
    }

    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        let held = HeldAsset::of(portfolio);
        let document = write_portfolio(portfolio);
        let mut write = self.connections.begin().await?;
        held::insert(&mut write, &held).await?;
        let updated = sqlx::query(
            "UPDATE portfolios SET archived = ?1, version = ?2, created_at = ?3, updated_at = ?4, base_currency = ?5,
             holding_count = ?6, name = ?7, document = ?8 WHERE id = ?9 AND owner = ?10 AND version = ?11",
        )
        .bind(portfolio.archived)
        .bind(portfolio.version.cast_signed())
        .bind(millis(portfolio.created_at))
        .bind(millis(portfolio.updated_at))
        .bind(portfolio.base_currency.as_str())
        .bind(count(portfolio.holdings.len()))
        .bind(portfolio.name.as_str())
        .bind(document)
        .bind(id_bytes(portfolio.id))
        .bind(portfolio.owner.as_str())
        .bind(expected.cast_signed())
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        if updated.rows_affected() > 0 {
            return write.commit().await;
        }
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM portfolios WHERE id = ?1 AND owner = ?2")
            .bind(id_bytes(portfolio.id))
            .bind(portfolio.owner.as_str())
            .fetch_optional(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        write.rollback().await?;
        Err(match version {
            Some(version) => Error::new(
                ErrorKind::PreconditionFailed,
                format!("the portfolio has version {version}, not {expected}"),
            ),
            None => absent(),
        })
    }

    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        let mut write = self.connections.begin().await?;
        let deleted = sqlx::query("DELETE FROM portfolios WHERE id = ?1 AND owner = ?2")
            .bind(id_bytes(id))
            .bind(owner.as_str())
            .execute(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        if deleted.rows_affected() == 0 {
            write.rollback().await?;
            return Err(absent());
        }
        sqlx::query("INSERT OR REPLACE INTO deleted_portfolios (id, deleted_at) VALUES (?1, ?2)")
            .bind(id_bytes(id))
            .bind(millis(self.clock.now()))
            .execute(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        write.commit().await?;
        // The portfolio is gone from here on. What is left of it after a failure goes with the next purge.
        if let Err(error) = self.remove_all_snapshots(id).await {
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
        let lo = match range.lo {
            None => Vec::new(),
            Some(lo) if range.after => match lo.as_uuid().as_u128().checked_add(1) {
                Some(next) => next.to_be_bytes().to_vec(),
                None => return Ok(Vec::new()),
            },
            Some(lo) => id_bytes(lo),
        };
        let mut connection = self.connections.read().await?;
        let mut portfolios = Vec::with_capacity(limit.min(1000));
        {
            // Rows are decoded while SQLite reads the next ones.
            let mut rows = sqlx::query(
                "SELECT document FROM portfolios WHERE id >= ?1 AND id < ?2 AND created_at <= ?3 ORDER BY id LIMIT ?4",
            )
            .bind(lo)
            .bind(range.hi.map_or(BEYOND_ALL.to_vec(), id_bytes))
            .bind(millis(created_until))
            .bind(count(limit))
            .fetch(&mut *connection);
            while let Some(row) = rows.try_next().await.map_err(|error| self.connections.failure(error))? {
                let document: &str = row.try_get(0).map_err(|error| self.connections.failure(error))?;
                portfolios.push(read_portfolio(document)?);
                if portfolios.len() % YIELD_AFTER == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
        connection.done();
        Ok(portfolios)
    }

    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, places: usize) -> Result<Option<PortfolioId>> {
        let mut connection = self.connections.read().await?;
        let id: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT id FROM portfolios WHERE id >= ?1 ORDER BY id LIMIT 1 OFFSET ?2")
                .bind(lo.map(id_bytes).unwrap_or_default())
                .bind(count(places))
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| self.connections.failure(error))?;
        connection.done();
        id.as_deref().map(portfolio_id).transpose()
    }

    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        self.list_held(after, limit).await
    }

    async fn sweep_held_assets(&self) -> Result<u64> {
        self.sweep_held().await
    }

    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        if infos.is_empty() {
            return Ok(());
        }
        let mut write = self.connections.begin().await?;
        sqlx::query(
            "INSERT INTO asset_infos (asset, body) SELECT value ->> 'asset', value FROM json_each(?1) WHERE true
             ON CONFLICT DO UPDATE SET body = excluded.body WHERE body <> excluded.body",
        )
        .bind(json(infos)?)
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        write.commit().await
    }

    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        let mut connection = self.connections.read().await?;
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT known.body FROM json_each(?1) AS wanted CROSS JOIN asset_infos AS known ON known.asset = wanted.value
             ORDER BY wanted.key",
        )
        .bind(json(assets)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        bodies
            .iter()
            .map(|body| serde_json::from_str(body).map_err(|error| corrupt("asset", error)))
            .collect()
    }

    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        let mut connection = self.connections.read().await?;
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM asset_infos WHERE asset > ?1 ORDER BY asset LIMIT ?2")
                .bind(after.map(ToString::to_string).unwrap_or_default())
                .bind(count(limit))
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.connections.failure(error))?;
        connection.done();
        bodies
            .iter()
            .map(|body| serde_json::from_str(body).map_err(|error| corrupt("asset", error)))
            .collect()
    }

    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        if rates.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = rates
            .iter()
            .map(|rate| {
                let per_euro = decimal::to_text(rate.per_euro).as_str().to_owned();
                (rate.currency, rate.date, per_euro, rate.published_on, &rate.source)
            })
            .collect();
        let mut write = self.connections.begin().await?;
        sqlx::query(
            "INSERT INTO reference_rates (currency, date, per_euro, published_on, source)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1) WHERE true
             ON CONFLICT DO NOTHING",
        )
        .bind(json(&rows)?)
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        write.commit().await
    }

    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        let mut connection = self.connections.read().await?;
        let rows: Vec<RateRow> = sqlx::query_as(
            "SELECT known.currency, known.date, known.per_euro, known.published_on, known.source
             FROM json_each(?1) AS wanted CROSS JOIN reference_rates AS known
             ON known.currency = wanted.value ->> 0 AND known.date = wanted.value ->> 1 ORDER BY wanted.key",
        )
        .bind(json(wanted)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.into_iter().map(reference_rate).collect()
    }

    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        let (currency, date) = after.map_or_else(Default::default, |(currency, date)| {
            (currency.as_str().to_owned(), date.to_string())
        });
        let mut connection = self.connections.read().await?;
        let rows: Vec<RateRow> = sqlx::query_as(
            "SELECT currency, date, per_euro, published_on, source FROM reference_rates
             WHERE (currency, date) > (?1, ?2) ORDER BY currency, date LIMIT ?3",
        )
        .bind(currency)
        .bind(date)
        .bind(count(limit))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.into_iter().map(reference_rate).collect()
    }
}

impl SqliteStore {
    /// Removes a deleted portfolio's snapshots, a batch at a time so that other writes come in between.
    async fn remove_all_snapshots(&self, id: PortfolioId) -> Result<()> {
        loop {
            let mut write = self.connections.begin().await?;
            let removed = remove_snapshots(&mut write, id, DELETE_BATCH).await?;
            write.commit().await?;
            if removed < DELETE_BATCH {
                return Ok(());
            }
        }
    }
}
