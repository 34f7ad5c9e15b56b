//! Snapshots.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use folio_core::store::{Inserted, NewSnapshot, Page, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore};
use folio_core::{Error, ErrorKind, PortfolioId, Result, Valuation, ValuationId};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::SqliteStore;
use crate::connections::Write;
use crate::encode::{
    SnapshotRow, instant, millis, read_holdings, read_snapshot, read_totals, write_head, write_holdings,
};
use crate::portfolios::portfolio_id;
use crate::store::count;

/// How many snapshots are written before others get a turn, within the process and between processes.
const TRANSACTION: usize = 100;
/// How many days a deleted portfolio is remembered: longer than any tick that may still write snapshots of it.
const TOMBSTONE_DAYS: i64 = 7;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Statements that insert a number of rows at once, since the way to SQLite's thread and back costs more than
/// a row. Few sizes, so that they stay prepared.
struct Batches([(usize, Arc<str>); 4]);

impl Batches {
    const SIZES: [usize; 4] = [50, 16, 4, 1];

    fn new(head: &str, row: &str, tail: &str) -> Self {
        Self(Self::SIZES.map(|size| {
            let mut sql = format!("{head} VALUES {row}");
            for _ in 1..size {
                sql.push(',');
                sql.push_str(row);
            }
            sql.push_str(tail);
            (size, sql.into())
        }))
    }

    /// The largest statement for at most so many rows, and how many it takes.
    fn at_most(&self, rows: usize) -> (usize, Arc<str>) {
        let [.., smallest] = &self.0;
        self.0
            .iter()
            .find(|(size, _)| *size <= rows)
            .unwrap_or(smallest)
            .clone()
    }
}

static INSERT_HEADS: LazyLock<Batches> = LazyLock::new(|| {
    Batches::new(
        "INSERT INTO portfoliovaluations (portfolio_id, as_of, expire_at, status, holdings_id, head)",
        "(?,?,?,?,?,?)",
        " ON CONFLICT DO NOTHING",
    )
});

static INSERT_HOLDINGS: LazyLock<Batches> =
    LazyLock::new(|| Batches::new("INSERT INTO valuation_holdings (id, holdings)", "(?,?)", ""));

/// A snapshot as it is written.
struct Encoded {
    portfolio_id: [u8; 16],
    as_of: i64,
    expire_at: Option<i64>,
    status: &'static str,
    head: String,
    holdings: String,
}

fn encode(snapshot: &NewSnapshot) -> Result<Encoded> {
    let valuation = &snapshot.valuation;
    // The id is not stored: it follows from portfolio and instant.
    if valuation.id != ValuationId::derived(valuation.portfolio_id, valuation.as_of) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the id of a snapshot has to be the one derived from its portfolio and instant",
        )
        .with_context("portfolio", valuation.portfolio_id));
    }
    Ok(Encoded {
        portfolio_id: *valuation.portfolio_id.as_uuid().as_bytes(),
        as_of: millis(valuation.as_of),
        expire_at: snapshot.expire_at.map(millis),
        status: valuation.status.as_str(),
        head: write_head(valuation)?,
        holdings: write_holdings(valuation)?,
    })
}

/// The keys of snapshots as a JSON array, which one statement takes apart however many they are.
fn keys_json<'a>(keys: impl IntoIterator<Item = (&'a [u8; 16], i64)>) -> String {
    let mut json = String::from("[");
    for (id, as_of) in keys {
        let separator = if json.len() == 1 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(json, "{separator}[\"{:032X}\",{as_of}]", u128::from_be_bytes(*id));
    }
    json.push(']');
    json
}

/// Inserts rows in one transaction; the first with a key wins.
async fn insert(write: &mut Write<'_>, rows: Vec<Encoded>) -> Result<Vec<Inserted>> {
    let first: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) + 1 FROM valuation_holdings")
        .fetch_one(&mut **write)
        .await
        .map_err(|error| write.failure(error))?;
    let mut inserted = 0;
    let mut id = first;
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (size, sql) = INSERT_HEADS.at_most(rest.len());
        let (batch, later) = rest.split_at(size);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in batch {
            query = query
                .bind(row.portfolio_id.to_vec())
                .bind(row.as_of)
                .bind(row.expire_at)
                .bind(row.status)
                .bind(id)
                .bind(row.head.as_str());
            id += 1;
        }
        let result = query
            .execute(&mut **write)
            .await
            .map_err(|error| write.failure(error))?;
        inserted += result.rows_affected();
        rest = later;
    }
    let outcomes = if usize::try_from(inserted) == Ok(rows.len()) {
        vec![Inserted::New; rows.len()]
    } else {
        outcomes(write, &rows, first).await?
    };
    insert_holdings(write, rows, &outcomes, first).await?;
    Ok(outcomes)
}

/// Which of the rows are the ones that are stored, seen from the ids of their holdings.
async fn outcomes(write: &mut Write<'_>, rows: &[Encoded], first: i64) -> Result<Vec<Inserted>> {
    let stored: Vec<i64> = sqlx::query_scalar(
        "SELECT stored.holdings_id FROM json_each(?1) AS wanted CROSS JOIN portfoliovaluations AS stored
         ON stored.portfolio_id = unhex(wanted.value ->> 0) AND stored.as_of = wanted.value ->> 1 ORDER BY wanted.key",
    )
    .bind(keys_json(rows.iter().map(|row| (&row.portfolio_id, row.as_of))))
    .fetch_all(&mut **write)
    .await
    .map_err(|error| write.failure(error))?;
    if stored.len() != rows.len() {
        return Err(Error::new(ErrorKind::Internal, "an inserted snapshot cannot be found"));
    }
    let outcome = |(stored, own)| {
        if stored == own {
            Inserted::New
        } else {
            Inserted::Duplicate
        }
    };
    Ok(stored.into_iter().zip(first..).map(outcome).collect())
}

async fn insert_holdings(write: &mut Write<'_>, rows: Vec<Encoded>, outcomes: &[Inserted], first: i64) -> Result<()> {
    let new = rows
        .into_iter()
        .zip(outcomes)
        .zip(first..)
        .filter(|((_, outcome), _)| **outcome == Inserted::New);
    let mut new: Vec<_> = new.map(|((row, _), id)| (id, row.holdings)).collect();
    while !new.is_empty() {
        let (size, sql) = INSERT_HOLDINGS.at_most(new.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (id, holdings) in new.drain(..size) {
            query = query.bind(id).bind(holdings);
        }
        query
            .execute(&mut **write)
            .await
            .map_err(|error| write.failure(error))?;
    }
    Ok(())
}

/// Removes at most `limit` snapshots of a portfolio; answers how many.
pub(crate) async fn remove_snapshots(write: &mut Write<'_>, portfolio: PortfolioId, limit: usize) -> Result<usize> {
    let holdings: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM portfoliovaluations WHERE portfolio_id = ?1 AND as_of IN
         (SELECT as_of FROM portfoliovaluations WHERE portfolio_id = ?1 ORDER BY as_of LIMIT ?2) RETURNING holdings_id",
    )
    .bind(portfolio.as_uuid().as_bytes().to_vec())
    .bind(count(limit))
    .fetch_all(&mut **write)
    .await
    .map_err(|error| write.failure(error))?;
    remove_holdings(write, &holdings).await?;
    Ok(holdings.len())
}

async fn remove_holdings(write: &mut Write<'_>, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut json = String::from("[");
    for id in ids {
        let separator = if json.len() == 1 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(json, "{separator}{id}");
    }
    json.push(']');
    sqlx::query("DELETE FROM valuation_holdings WHERE id IN (SELECT value FROM json_each(?1))")
        .bind(json)
        .execute(&mut **write)
        .await
        .map_err(|error| write.failure(error))?;
    Ok(())
}

/// The columns that [`decode`] reads, before those of the holdings.
macro_rules! columns {
    () => {
        "v.portfolio_id, v.as_of, v.status, v.head"
    };
}

impl SqliteStore {
    fn decode(&self, row: &SqliteRow, holdings: bool) -> Result<Valuation> {
        let read = |error| self.connections.failure(error);
        let id: &[u8] = row.try_get(0).map_err(read)?;
        let stored = SnapshotRow {
            portfolio_id: portfolio_id(id)?,
            as_of: row.try_get(1).map_err(read)?,
            status: row.try_get(2).map_err(read)?,
            head: row.try_get(3).map_err(read)?,
        };
        let context = |error: Error| {
            error
                .with_context("portfolio", stored.portfolio_id)
                .with_context("as_of_millis", stored.as_of)
        };
        let mut valuation = read_snapshot(&stored).map_err(context)?;
        if holdings {
            let text: &str = row.try_get(4).map_err(read)?;
            valuation.holdings = read_holdings(text, valuation.base_currency, valuation.as_of).map_err(context)?;
        }
        Ok(valuation)
    }

    /// The instant of the snapshot with an id. Ids are derived and an index of them would cost every write more
    /// than this costs the rare read of a single old snapshot.
    async fn instant_of(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<i64>> {
        let mut connection = self.connections.read().await?;
        let instants: Option<String> =
            sqlx::query_scalar("SELECT group_concat(as_of) FROM portfoliovaluations WHERE portfolio_id = ?1")
                .bind(portfolio.as_uuid().as_bytes().to_vec())
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let is_wanted = |millis: &i64| instant(*millis).is_ok_and(|as_of| ValuationId::derived(portfolio, as_of) == id);
        Ok(instants
            .unwrap_or_default()
            .split(',')
            .filter_map(|millis| millis.parse().ok())
            .find(is_wanted))
    }

    /// Removes what is left of deleted portfolios, and forgets those deleted long ago; answers how many snapshots.
    async fn purge_deleted(&self, now: Timestamp, limit: usize) -> Result<usize> {
        let mut connection = self.connections.read().await?;
        let deleted: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT id FROM deleted_portfolios AS gone WHERE deleted_at <= ?1
             OR EXISTS (SELECT 1 FROM portfoliovaluations WHERE portfolio_id = gone.id) LIMIT ?2",
        )
        .bind(millis(now) - TOMBSTONE_DAYS * DAY)
        .bind(count(limit))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let mut removed = 0;
        for id in deleted {
            if removed == limit {
                break;
            }
            let mut write = self.connections.begin().await?;
            removed += remove_snapshots(&mut write, portfolio_id(&id)?, limit - removed).await?;
            sqlx::query(
                "DELETE FROM deleted_portfolios WHERE id = ?1 AND deleted_at <= ?2
                 AND NOT EXISTS (SELECT 1 FROM portfoliovaluations WHERE portfolio_id = ?1)",
            )
            .bind(id)
            .bind(millis(now) - TOMBSTONE_DAYS * DAY)
            .execute(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
            write.commit().await?;
        }
        Ok(removed)
    }
}

#[async_trait]
impl ValuationStore for SqliteStore {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        let mut outcomes = Vec::with_capacity(snapshots.len());
        for part in snapshots.chunks(TRANSACTION) {
            let rows = part.iter().map(encode).collect::<Result<Vec<_>>>()?;
            let mut write = self.connections.begin().await?;
            let inserted = insert(&mut write, rows).await?;
            write.commit().await?;
            outcomes.extend(inserted);
        }
        Ok(outcomes)
    }

    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        let Some(as_of) = self.instant_of(portfolio, id).await? else {
            return Ok(None);
        };
        let mut connection = self.connections.read().await?;
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", h.holdings FROM portfoliovaluations AS v
             JOIN valuation_holdings AS h ON h.id = v.holdings_id WHERE v.portfolio_id = ?1 AND v.as_of = ?2",
        ))
        .bind(portfolio.as_uuid().as_bytes().to_vec())
        .bind(as_of)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        row.map(|row| self.decode(&row, true)).transpose()
    }

    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        let sql = if query.holdings {
            concat!(
                "SELECT ",
                columns!(),
                ", h.holdings FROM portfoliovaluations AS v
                 JOIN valuation_holdings AS h ON h.id = v.holdings_id
                 WHERE v.portfolio_id = ?1 AND v.as_of >= ?2 AND v.as_of <= ?3 AND v.as_of < ?4
                 ORDER BY v.as_of DESC LIMIT ?5",
            )
        } else {
            concat!(
                "SELECT ",
                columns!(),
                " FROM portfoliovaluations AS v
                 WHERE v.portfolio_id = ?1 AND v.as_of >= ?2 AND v.as_of <= ?3 AND v.as_of < ?4
                 ORDER BY v.as_of DESC LIMIT ?5",
            )
        };
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(sql)
            .bind(query.portfolio_id.as_uuid().as_bytes().to_vec())
            .bind(query.from.map_or(i64::MIN, millis_up))
            .bind(query.to.map_or(i64::MAX, millis))
            .bind(query.before.map_or(i64::MAX, millis_up))
            .bind(count(query.limit.saturating_add(1)))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let items = rows
            .iter()
            .take(query.limit)
            .map(|row| self.decode(row, query.holdings))
            .collect::<Result<_>>()?;
        Ok(Page {
            items,
            more: rows.len() > query.limit,
        })
    }

    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(
            "SELECT as_of, status, head FROM portfoliovaluations
             WHERE portfolio_id = ?1 AND as_of >= ?2 AND as_of <= ?3 ORDER BY as_of LIMIT ?4",
        )
        .bind(query.portfolio_id.as_uuid().as_bytes().to_vec())
        .bind(query.from.map_or(i64::MIN, millis_up))
        .bind(query.to.map_or(i64::MAX, millis))
        .bind(count(query.limit))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let read = |error| self.connections.failure(error);
        rows.iter()
            .map(|row| {
                let (as_of, status, head): (i64, &str, &str) = (
                    row.try_get(0).map_err(read)?,
                    row.try_get(1).map_err(read)?,
                    row.try_get(2).map_err(read)?,
                );
                read_totals(as_of, status, head).map_err(|error| {
                    error
                        .with_context("portfolio", query.portfolio_id)
                        .with_context("as_of_millis", as_of)
                })
            })
            .collect()
    }

    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", h.holdings, v.expire_at FROM portfoliovaluations AS v
             JOIN valuation_holdings AS h ON h.id = v.holdings_id
             WHERE v.portfolio_id = ?1 AND (?2 IS NULL OR v.as_of > ?2) ORDER BY v.as_of LIMIT ?3",
        ))
        .bind(portfolio.as_uuid().as_bytes().to_vec())
        .bind(after.map(millis))
        .bind(count(limit))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        let read = |row: &SqliteRow| {
            let expire_at: Option<i64> = row.try_get(5).map_err(|error| self.connections.failure(error))?;
            Ok(NewSnapshot {
                valuation: self.decode(row, true)?,
                expire_at: expire_at.map(instant).transpose()?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        let mut connection = self.connections.read().await?;
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM json_each(?1) AS wanted CROSS JOIN portfoliovaluations AS v
             ON v.portfolio_id = unhex(wanted.value ->> 0) AND v.as_of =
             (SELECT max(as_of) FROM portfoliovaluations WHERE portfolio_id = unhex(wanted.value ->> 0))
             ORDER BY wanted.key",
        ))
        .bind(keys_json(portfolios.iter().map(|id| (id.as_uuid().as_bytes(), 0))))
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.connections.failure(error))?;
        connection.done();
        rows.iter().map(|row| self.decode(row, false)).collect()
    }

    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let mut removed = self.purge_deleted(now, limit).await?;
        while removed < limit {
            let batch = (limit - removed).min(TRANSACTION);
            let mut write = self.connections.begin().await?;
            let holdings: Vec<i64> = sqlx::query_scalar(
                "DELETE FROM portfoliovaluations WHERE (portfolio_id, as_of) IN
                 (SELECT portfolio_id, as_of FROM portfoliovaluations WHERE expire_at <= ?1 ORDER BY expire_at LIMIT ?2)
                 RETURNING holdings_id",
            )
            .bind(millis(now))
            .bind(count(batch))
            .fetch_all(&mut *write)
            .await
            .map_err(|error| write.failure(error))?;
            remove_holdings(&mut write, &holdings).await?;
            write.commit().await?;
            removed += holdings.len();
            if holdings.len() < batch {
                break;
            }
        }
        Ok(removed as u64)
    }
}

/// The first whole millisecond that is not before an instant.
fn millis_up(at: Timestamp) -> i64 {
    let cut = millis(at);
    if folio_core::to_millis(at) == at { cut } else { cut + 1 }
}
