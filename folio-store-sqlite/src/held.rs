//! What is held by anybody, kept beside the portfolios.

use std::collections::HashSet;

use folio_core::store::HeldAsset;
use folio_core::{AssetClass, AssetId, Error, ErrorKind, Result};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::SqliteStore;
use crate::connections::Write;
use crate::encode::read_portfolio;
use crate::error::corrupt;

/// How many portfolios a sweep reads, and assets it removes, before it lets go of the file.
const SWEEP_PAGE: usize = 500;

/// A held asset as the columns of its row: class, symbol, currency, date of a cost or nothing.
pub(crate) type HeldRow = (i64, String, String, String);

/// The number by which a class is stored; the numbers follow the order of the classes.
fn class_number(class: AssetClass) -> Result<i64> {
    match class {
        AssetClass::Crypto => Ok(0),
        AssetClass::Stock => Ok(1),
        AssetClass::Currency => Ok(2),
        AssetClass::Custom => Ok(3),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            format!("assets of class {class} cannot be stored"),
        )),
    }
}

fn class_of(number: i64) -> Result<AssetClass> {
    match number {
        0 => Ok(AssetClass::Crypto),
        1 => Ok(AssetClass::Stock),
        2 => Ok(AssetClass::Currency),
        3 => Ok(AssetClass::Custom),
        _ => Err(corrupt("asset class", number)),
    }
}

fn to_row(held: &HeldAsset) -> Result<HeldRow> {
    Ok((
        class_number(held.asset.class())?,
        held.asset.symbol().to_owned(),
        held.currency.to_string(),
        held.cost_date.map(|date| date.to_string()).unwrap_or_default(),
    ))
}

fn from_row((class, symbol, currency, cost_date): HeldRow) -> Result<HeldAsset> {
    Ok(HeldAsset {
        asset: AssetId::new(class_of(class)?, &symbol).map_err(|error| corrupt("asset", error))?,
        currency: currency.parse().map_err(|error| corrupt("currency", error))?,
        cost_date: match cost_date.as_str() {
            "" => None,
            date => Some(date.parse().map_err(|error| corrupt("date", error))?),
        },
    })
}

fn columns(row: &SqliteRow) -> sqlx::Result<HeldRow> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
}

/// The rows as a JSON array, which one statement takes apart however many they are.
fn json(rows: &[HeldRow]) -> Result<String> {
    serde_json::to_string(rows)
        .map_err(|error| Error::new(ErrorKind::Internal, "held assets cannot be written as JSON").with_source(error))
}

/// Lists assets, in the transaction that goes on to write the portfolio that holds them.
pub(crate) async fn insert(write: &mut Write<'_>, held: &[HeldAsset]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let rows = held.iter().map(to_row).collect::<Result<Vec<_>>>()?;
    sqlx::query(
        "INSERT INTO held_assets (class, symbol, currency, cost_date, seen)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, (SELECT sweep FROM store)
         FROM json_each(?1) WHERE true
         ON CONFLICT DO UPDATE SET seen = excluded.seen WHERE seen < excluded.seen",
    )
    .bind(json(&rows)?)
    .execute(&mut **write)
    .await
    .map_err(|error| write.failure(error))?;
    Ok(())
}

impl SqliteStore {
    pub(crate) async fn list_held(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        let (class, symbol, currency, date) = match after {
            Some(held) => to_row(held)?,
            None => (-1, String::new(), String::new(), String::new()),
        };
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(
            "SELECT class, symbol, currency, cost_date FROM held_assets
             WHERE (class, symbol, currency, cost_date) > (?1, ?2, ?3, ?4)
             ORDER BY class, symbol, currency, cost_date LIMIT ?5",
        )
        .bind(class)
        .bind(symbol)
        .bind(currency)
        .bind(date)
        .bind(crate::store::count(limit))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.iter()
            .map(|row| from_row(columns(row).map_err(|error| self.connections.failure(error))?))
            .collect()
    }

    /// A sweep has a number, and who writes a portfolio marks its assets with the number of the last sweep. An
    /// asset goes only if the sweep has found it in no portfolio and nobody has marked it since the sweep began,
    /// so a portfolio that is written meanwhile loses nothing.
    pub(crate) async fn sweep_held(&self) -> Result<u64> {
        let mut write = self.connections.begin().await?;
        let sweep: i64 = sqlx::query_scalar("UPDATE store SET sweep = sweep + 1 RETURNING sweep")
            .fetch_one(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
        write.commit().await?;

        let held = self.all_held().await?;
        let mut after: HeldRow = (-1, String::new(), String::new(), String::new());
        let mut removed = 0;
        loop {
            let page = self.unmarked(&after, sweep).await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = last.clone();
            let gone: Vec<_> = page.into_iter().filter(|row| !held.contains(row)).collect();
            if !gone.is_empty() {
                removed += self.remove_held(&gone, sweep).await?;
            }
        }
    }

    /// What the portfolios hold, each read once; as many as there are distinct assets.
    async fn all_held(&self) -> Result<HashSet<HeldRow>> {
        let mut held = HashSet::new();
        let mut after: Vec<u8> = Vec::new();
        loop {
            let mut connection = self.connections.read().await?;
            let page: Vec<(Vec<u8>, String)> =
                sqlx::query_as("SELECT id, document FROM portfolios WHERE id > ?1 ORDER BY id LIMIT ?2")
                    .bind(after)
                    .bind(crate::store::count(SWEEP_PAGE))
                    .fetch_all(&mut *connection)
                    .await
                    .map_err(|error| self.connections.failure(error))?;
            connection.done();
            let Some((last, _)) = page.last() else {
                return Ok(held);
            };
            after = last.clone();
            for (_, document) in &page {
                for asset in HeldAsset::of(&read_portfolio(document)?) {
                    held.insert(to_row(&asset)?);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn unmarked(&self, after: &HeldRow, sweep: i64) -> Result<Vec<HeldRow>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(
            "SELECT class, symbol, currency, cost_date FROM held_assets
             WHERE (class, symbol, currency, cost_date) > (?1, ?2, ?3, ?4) AND seen < ?5
             ORDER BY class, symbol, currency, cost_date LIMIT ?6",
        )
        .bind(after.0)
        .bind(after.1.as_str())
        .bind(after.2.as_str())
        .bind(after.3.as_str())
        .bind(sweep)
        .bind(crate::store::count(SWEEP_PAGE))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.iter()
            .map(|row| columns(row).map_err(|error| self.connections.failure(error)))
            .collect()
    }

    async fn remove_held(&self, rows: &[HeldRow], sweep: i64) -> Result<u64> {
        let mut write = self.connections.begin().await?;
        let result = sqlx::query(
            "DELETE FROM held_assets WHERE seen < ?2 AND (class, symbol, currency, cost_date) IN
             (SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1))",
        )
        .bind(json(rows)?)
        .bind(sweep)
        .execute(&mut *write)
        .await
        .map_err(|error| write.failure(error))?;
        write.commit().await?;
        Ok(result.rows_affected())
    }
}
