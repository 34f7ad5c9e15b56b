//! The store: opening, closing, its state of health, and how every call is made.

use std::collections::HashSet;
use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bson::raw::{RawDocument, RawDocumentBuf};
use bson::{Document, doc};
use folio_core::{Clock, Error, ErrorKind, Result};
use jiff::Timestamp;
use mongodb::{Client, Collection, Cursor, Database};
use tokio::time::timeout;
use uuid::Uuid;

use crate::config::{MAJORITY, MongoConfig};
use crate::encode::instant;
use crate::error::{Failed, corrupt, failure, too_large};
use crate::schema::{self, Migrate};

/// How long a call may take in all: longer than the server waits for a majority, so that the server's own answer
/// comes first, and not for ever, since a server that is stopped keeps its connections open.
const CALL: Duration = Duration::from_secs(8);
/// The most bytes of one document.
const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// A [`Store`](folio_core::Store) in one database of MongoDB, which any number of processes may share.
///
/// What is acknowledged is in the journals of a majority of the servers. There are no transactions: every change is
/// one document, and what belongs together is written in an order that may stop anywhere. Instants are kept in
/// whole milliseconds.
pub struct MongoStore {
    client: Client,
    pub(crate) database: Database,
    pub(crate) portfolios: Collection<RawDocumentBuf>,
    pub(crate) snapshots: Collection<RawDocumentBuf>,
    pub(crate) records: Collection<RawDocumentBuf>,
    pub(crate) held: Collection<RawDocumentBuf>,
    pub(crate) writers: Collection<RawDocumentBuf>,
    pub(crate) assets: Collection<RawDocumentBuf>,
    pub(crate) rates: Collection<RawDocumentBuf>,
    pub(crate) meta: Collection<RawDocumentBuf>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Which held assets this process has marked with the number of which sweep.
    pub(crate) marked: Mutex<(i64, HashSet<String>)>,
    place: String,
    id: Uuid,
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore")
            .field("place", &self.place)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl MongoStore {
    /// Opens the store in the configured database; makes it where there is none, with all indexes before anything is
    /// written, and brings the schema of an older one up to date.
    ///
    /// # Errors
    /// `Unavailable` when the server cannot be reached within seconds, `NotConfigured` when it refuses the user or the
    /// database belongs to another program, `Unsupported` when a newer folio wrote it.
    pub async fn open(config: MongoConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut store = Self::connect(&config, clock).await?;
        store.id = schema::make(&store).await?;
        Ok(store)
    }

    /// Opens a store that is there already; `migrate` says what to do about one of an older schema.
    ///
    /// # Errors
    /// As [`MongoStore::open`], and `NotFound` when the database has no store, `Unsupported` when it is of an older
    /// schema and `migrate` is [`Migrate::Refuse`].
    pub async fn open_existing(config: MongoConfig, clock: Arc<dyn Clock>, migrate: Migrate) -> Result<Self> {
        let mut store = Self::connect(&config, clock).await?;
        store.id = schema::find(&store, migrate).await?;
        Ok(store)
    }

    async fn connect(config: &MongoConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        let place = format!("{}/{}", config.hosts(), config.database());
        let options = config.options().await?;
        // One that is there already is as good: there is one in the whole tree.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::with_options(options).map_err(|error| failure(&place, error.into()))?;
        let database = client.database(config.database());
        Ok(Self {
            portfolios: database.collection("portfolios"),
            snapshots: database.collection("portfoliovaluations"),
            records: database.collection("records"),
            held: database.collection("held_assets"),
            writers: database.collection("portfolio_writes"),
            assets: database.collection("assets"),
            rates: database.collection("rates"),
            meta: database.collection("meta"),
            client,
            database,
            clock,
            marked: Mutex::default(),
            place,
            id: Uuid::nil(),
        })
    }

    /// The id that this store was given when it was made; it stays with the database.
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        self.id
    }

    /// Whether a primary answers at this moment and has the store that was opened, cheaply.
    ///
    /// # Errors
    /// `Unavailable` or `NotConfigured`, as any read would answer; `CorruptData` when the database was replaced.
    pub async fn check(&self) -> Result<()> {
        match schema::stored_id(self).await? {
            Some(id) if id == self.id => Ok(()),
            _ => Err(Error::new(
                ErrorKind::CorruptData,
                "the database is not the store that was opened any more",
            )
            .with_context("mongodb", &self.place)),
        }
    }

    /// Closes the connections; whatever is asked of the store afterwards is `Unavailable`. A store that is dropped
    /// instead loses nothing.
    pub async fn close(&self) {
        self.client.clone().shutdown().immediate(true).await;
    }

    /// The server's own clock.
    pub(crate) async fn server_time(&self) -> Result<Timestamp> {
        let hello = self.command(doc! { "hello": 1 }).await?;
        let now = hello
            .get_datetime("localTime")
            .map_err(|error| corrupt("server time", error))?;
        instant(now.timestamp_millis())
    }

    /// Makes a call that ends in time, whatever the server does.
    pub(crate) async fn call<T>(
        &self,
        action: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, Failed> {
        match timeout(CALL, action.into_future()).await {
            Ok(answer) => answer.map_err(Failed::Driver),
            Err(_) => Err(Failed::TimedOut),
        }
    }

    /// Makes a call of which nothing but its success matters.
    pub(crate) async fn done<T>(&self, action: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
        self.call(action).await.map_err(|failed| self.failure(failed))
    }

    /// Runs a command; a write in it says its own concern, [`write_concern`].
    pub(crate) async fn command(&self, command: Document) -> Result<Document> {
        self.done(self.database.run_command(command)).await
    }

    /// Reads everything that a query finds.
    pub(crate) async fn read<T>(
        &self,
        query: impl IntoFuture<Output = mongodb::error::Result<Cursor<RawDocumentBuf>>>,
        mut decode: impl FnMut(&RawDocument) -> Result<T>,
    ) -> Result<Vec<T>> {
        let all = async {
            let mut cursor = query.await.map_err(|error| self.failure(error.into()))?;
            let mut found = Vec::new();
            while cursor.advance().await.map_err(|error| self.failure(error.into()))? {
                found.push(decode(cursor.current())?);
            }
            Ok(found)
        };
        match timeout(CALL, all).await {
            Ok(found) => found,
            Err(_) => Err(self.failure(Failed::TimedOut)),
        }
    }

    pub(crate) fn failure(&self, failed: Failed) -> Error {
        failure(&self.place, failed)
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }
}

/// The write concern of folio, for commands, which do not take it from the client.
pub(crate) fn write_concern() -> Document {
    let millis = i64::try_from(MAJORITY.as_millis()).unwrap_or(i64::MAX);
    doc! { "w": "majority", "j": true, "wtimeout": millis }
}

/// Refuses what the server would refuse, before it is sent.
pub(crate) fn check_size(document: &RawDocumentBuf) -> Result<()> {
    match document.as_bytes().len() <= MAX_DOCUMENT {
        true => Ok(()),
        false => Err(too_large()),
    }
}

/// A limit as MongoDB takes it, one above zero: zero is no limit to it.
pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit.max(1)).unwrap_or(i64::MAX)
}

/// How many documents come at once: all of a usual page, so that it takes one round trip.
pub(crate) fn batch(limit: usize) -> u32 {
    u32::try_from(limit.clamp(1, 10_000)).unwrap_or(u32::MAX)
}
