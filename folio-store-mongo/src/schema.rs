//! Telling whose the database is, making the collections' indexes, and bringing its schema up to date.

use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{Document, doc};
use folio_core::{Error, ErrorKind, Result};
use mongodb::options::ReturnDocument;
use uuid::Uuid;

use crate::encode::{binary, read_store};
use crate::error::corrupt;
use crate::store::{MongoStore, write_concern};

/// The schema that this crate reads and writes.
const SCHEMA: i64 = 1;
/// The `_id` of the one document that says whose the database is.
const STORE: &str = "store";

/// What to do about a store that an older folio has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Leave it as it is and fail: for tools that run beside a server.
    Refuse,
    /// Bring it up to date.
    Apply,
}

/// What the database says of itself.
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) schema: i64,
}

/// The indexes of each collection beside that of `_id`, as keys and condition.
fn indexes() -> [(&'static str, Vec<Document>); 3] {
    let exists = |field: &str| doc! { field: { "$exists": true } };
    let index = |name: &str, key: Document| doc! { "name": name, "key": key };
    let partial = |name: &str, key: Document, field: &str| {
        let mut index = index(name, key);
        index.insert("partialFilterExpression", exists(field));
        index
    };
    [
        (
            "portfolios",
            vec![
                index("by_owner", doc! { "owner": 1, "archived": 1, "_id": 1 }),
                partial(LIVING, doc! { "_id": 1, "created_at": 1 }, "created_at"),
                partial(DELETED, doc! { "_id": 1, "deleted_at": 1 }, "deleted_at"),
            ],
        ),
        (
            "portfoliovaluations",
            vec![
                index("by_portfolio", doc! { "portfolio_id": 1, "as_of": -1 }),
                partial("by_expiry", doc! { "expire_at": 1 }, "expire_at"),
            ],
        ),
        (
            "records",
            vec![
                partial("due", doc! { "kind": 1, "due_at": 1, "_id": 1 }, "due_at"),
                partial(OPEN_RECORDS, doc! { "_id": 1, "kind": 1 }, "due_at"),
                partial("by_expiry", doc! { "expires_at": 1 }, "expires_at"),
            ],
        ),
    ]
}

/// The index of the portfolios that are not deleted, by id.
pub(crate) const LIVING: &str = "living";
/// The index of what is left of deleted portfolios, by id.
pub(crate) const DELETED: &str = "deleted";
/// The index of the records that are not finished, by key.
pub(crate) const OPEN_RECORDS: &str = "open";

/// Makes the store in a database that has none, or brings the one that is there up to date; its id.
pub(crate) async fn make(store: &MongoStore) -> Result<Uuid> {
    let stored = match stored(store).await? {
        Some(stored) => stored,
        None => {
            refuse_foreign(store).await?;
            claim(store).await?
        }
    };
    prepare(store, &stored).await?;
    Ok(stored.id)
}

/// Finds the store that is there; its id.
pub(crate) async fn find(store: &MongoStore, migrate: Migrate) -> Result<Uuid> {
    let Some(stored) = stored(store).await? else {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no store yet: run `folio serve` to make one",
        )
        .with_context("mongodb", store.place()));
    };
    if migrate == Migrate::Apply {
        prepare(store, &stored).await?;
    } else if stored.schema < SCHEMA {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "this database was written by an older folio: run `folio serve` or `folio migrate` once to bring it up to date",
        )
        .with_context("mongodb", store.place()));
    } else {
        refuse_newer(store, &stored)?;
    }
    Ok(stored.id)
}

/// The id of the store as the database has it now.
pub(crate) async fn stored_id(store: &MongoStore) -> Result<Option<Uuid>> {
    Ok(stored(store).await?.map(|stored| stored.id))
}

async fn stored(store: &MongoStore) -> Result<Option<Stored>> {
    let found = store.done(store.meta.find_one(doc! { "_id": STORE })).await?;
    found.as_deref().map(read_store).transpose()
}

/// The first process to say so gives the store its id.
async fn claim(store: &MongoStore) -> Result<Stored> {
    let new = doc! { "store_id": binary(&Uuid::new_v4()), "schema": SCHEMA, "sweep": 0_i64 };
    let claim = store
        .meta
        .find_one_and_update(doc! { "_id": STORE }, doc! { "$setOnInsert": new })
        .upsert(true)
        .return_document(ReturnDocument::After);
    match store.call(claim).await {
        Ok(Some(document)) => read_store(&document),
        Ok(None) => Err(corrupt("store", "it is missing")),
        // Another process was first at the same moment.
        Err(failed) => stored(store).await?.ok_or_else(|| store.failure(failed)),
    }
}

/// A database whose collections somebody else made is left alone.
async fn refuse_foreign(store: &MongoStore) -> Result<()> {
    let names = store.done(store.database.list_collection_names()).await?;
    let ours = ["portfolios", "portfoliovaluations", "records", "meta"];
    match names.iter().find(|name| ours.contains(&name.as_str())) {
        None => Ok(()),
        // Another process may have begun to make the store a moment ago.
        Some(_) if stored(store).await?.is_some() => Ok(()),
        Some(name) => Err(Error::new(
            ErrorKind::NotConfigured,
            "this database belongs to another program: name another one in the path of the address",
        )
        .with_context("mongodb", store.place())
        .with_context("collection", name)),
    }
}

fn refuse_newer(store: &MongoStore, stored: &Stored) -> Result<()> {
    if stored.schema <= SCHEMA {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        "this database was written by a newer folio: use that version, or another database",
    )
    .with_context("mongodb", store.place()))
}

async fn prepare(store: &MongoStore, stored: &Stored) -> Result<()> {
    refuse_newer(store, stored)?;
    for (collection, indexes) in indexes() {
        let command = doc! { "createIndexes": collection, "indexes": indexes, "writeConcern": write_concern() };
        // Without a limit of time: an index of a large collection takes as long as it takes.
        let made = store.database.run_command(command).await;
        made.map_err(|error| store.failure(error.into()))?;
    }
    if stored.schema < SCHEMA {
        let newer = doc! { "$max": { "schema": SCHEMA } };
        store.done(store.meta.update_one(doc! { "_id": STORE }, newer)).await?;
    }
    Ok(())
}

/// The number of the last sweep of held assets.
pub(crate) async fn last_sweep(store: &MongoStore) -> Result<i64> {
    let found = store.done(store.meta.find_one(doc! { "_id": STORE })).await?;
    sweep_of(found)
}

/// Begins a sweep; its number.
pub(crate) async fn next_sweep(store: &MongoStore) -> Result<i64> {
    let next = store
        .meta
        .find_one_and_update(doc! { "_id": STORE }, doc! { "$inc": { "sweep": 1_i64 } })
        .return_document(ReturnDocument::After);
    sweep_of(store.done(next).await?)
}

fn sweep_of(document: Option<RawDocumentBuf>) -> Result<i64> {
    document
        .and_then(|document| document.get_i64("sweep").ok())
        .ok_or_else(|| corrupt("store", "the number of the sweep is missing"))
}

/// A name for one write, by which it is known again after a connection broke.
pub(crate) fn write_id() -> ObjectId {
    ObjectId::new()
}
