//! A record of running as a document.

use bson::oid::ObjectId;
use bson::raw::{RawDocument, RawDocumentBuf, cstr};
use folio_core::Result;
use folio_core::store::{NewRecord, Record, RecordKind};

use super::read::{Field, fields};
use super::write::Writer;
use crate::error::corrupt;

/// The document of a record with this `_id` and version; `write_id` names the write that makes it.
pub(crate) fn write_record(
    id: &str,
    kind: RecordKind,
    record: &NewRecord,
    version: u64,
    write_id: ObjectId,
) -> Result<RawDocumentBuf> {
    let mut document = Writer::with_capacity(192 + id.len() + record.body.len());
    document.text(cstr!("_id"), id);
    document.text(cstr!("kind"), kind.0);
    document.integer(cstr!("version"), version.cast_signed());
    document.instant(cstr!("due_at"), record.due_at);
    document.instant(cstr!("expires_at"), record.expires_at);
    document.object_id(cstr!("write_id"), write_id);
    document.text(cstr!("body"), &record.body);
    document.finish()
}

/// Reads a record whose `_id` begins with `prefix`, which is not part of its key.
pub(crate) fn read_record(document: &RawDocument, prefix: &str) -> Result<Record> {
    fields!(document => _id, version, due_at, expires_at, body);
    let id = _id.required(Field::text)?;
    let read = || {
        Ok(Record {
            key: id.strip_prefix(prefix).ok_or_else(|| corrupt("key", id))?.to_owned(),
            version: version.required(Field::integer)?.cast_unsigned(),
            due_at: due_at.instant()?,
            expires_at: expires_at.instant()?,
            body: body.required(Field::owned_text)?,
        })
    };
    read().map_err(|error: folio_core::Error| error.with_context("record", id))
}
