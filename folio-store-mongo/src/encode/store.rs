//! What the database says of itself.

use bson::raw::RawDocument;
use folio_core::Result;

use super::read::{Field, fields};
use crate::schema::Stored;

pub(crate) fn read_store(document: &RawDocument) -> Result<Stored> {
    fields!(document => store_id, schema);
    Ok(Stored {
        id: store_id.required(Field::id)?,
        schema: schema.required(Field::integer)?,
    })
}
