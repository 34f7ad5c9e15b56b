//! Many updates in one command, with the outcome of each.
//!
//! `Client::bulk_write` of the driver needs MongoDB 8.

use bson::{Bson, Document, doc};
use folio_core::Result;

use crate::error::{by_code, corrupt, unconfirmed};
use crate::store::{MongoStore, write_concern};

/// What became of the statements of a command.
#[derive(Debug)]
pub(crate) struct Updated {
    /// How many found the document that they are about, or inserted it.
    pub(crate) matched: usize,
    /// The places of those that were refused with the code that the caller expects.
    pub(crate) refused: Vec<usize>,
}

impl MongoStore {
    /// Runs updates one after the other, those behind a refused one too; `expected` is the code of a refusal that is an
    /// outcome and no failure.
    pub(crate) async fn update(&self, collection: &str, updates: Vec<Document>, expected: i32) -> Result<Updated> {
        let command =
            doc! { "update": collection, "updates": updates, "ordered": false, "writeConcern": write_concern() };
        let answer = self.command(command).await?;
        if answer.contains_key("writeConcernError") {
            return Err(unconfirmed(self.place()));
        }
        let mut refused = Vec::new();
        for error in answer.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default() {
            let (index, code) = outcome(error).ok_or_else(|| corrupt("outcome of an update", error))?;
            if code != expected {
                return Err(by_code(self.place(), code));
            }
            refused.push(index);
        }
        let matched = answer.get_i32("n").ok().and_then(|count| usize::try_from(count).ok());
        Ok(Updated {
            matched: matched.ok_or_else(|| corrupt("outcome of an update", &answer))?,
            refused,
        })
    }
}

fn outcome(error: &Bson) -> Option<(usize, i32)> {
    let error = error.as_document()?;
    let index = usize::try_from(error.get_i32("index").ok()?).ok()?;
    Some((index, error.get_i32("code").ok()?))
}
