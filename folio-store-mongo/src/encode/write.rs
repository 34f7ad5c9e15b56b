//! Building documents. A field whose value is not known is left out.

use bson::oid::ObjectId;
use bson::raw::{CStr, RawArrayBuf, RawBsonRef, RawDocumentBuf, cstr};
use bson::spec::BinarySubtype;
use bson::{DateTime, RawBinaryRef};
use folio_core::money::Decimal;
use folio_core::{AssetId, Currency, Error, ErrorKind, Money, Result};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::decimal::to_decimal128;
use super::millis;

/// A document that is being written.
pub(super) struct Writer(RawDocumentBuf);

impl Writer {
    pub(super) fn new() -> Self {
        Self(RawDocumentBuf::new())
    }

    pub(super) fn finish(self) -> RawDocumentBuf {
        self.0
    }

    pub(super) fn text(&mut self, name: &CStr, value: &str) {
        self.0.append(name, value);
    }

    pub(super) fn optional_text(&mut self, name: &CStr, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Left out when there are none.
    pub(super) fn texts(&mut self, name: &CStr, values: &[String]) {
        if values.is_empty() {
            return;
        }
        let mut list = RawArrayBuf::new();
        for value in values {
            list.push(value.as_str());
        }
        self.list(name, list);
    }

    pub(super) fn flag(&mut self, name: &CStr, value: bool) {
        self.0.append(name, value);
    }

    pub(super) fn integer(&mut self, name: &CStr, value: i64) {
        self.0.append(name, value);
    }

    pub(super) fn instant(&mut self, name: &CStr, value: Option<Timestamp>) {
        if let Some(value) = value {
            self.0.append(name, DateTime::from_millis(millis(value)));
        }
    }

    pub(super) fn id(&mut self, name: &CStr, value: &Uuid) {
        self.0.append(name, id_value(value));
    }

    pub(super) fn object_id(&mut self, name: &CStr, value: ObjectId) {
        self.0.append(name, value);
    }

    pub(super) fn asset(&mut self, name: &CStr, value: &AssetId) {
        self.text(name, &value.to_string());
    }

    pub(super) fn decimal(&mut self, name: &CStr, value: Option<Decimal>) {
        if let Some(value) = value {
            self.0.append(name, to_decimal128(value));
        }
    }

    /// An amount; where its currency is not `usual` a document that names it.
    pub(super) fn money(&mut self, name: &CStr, value: Option<Money>, usual: Currency) {
        match value {
            Some(value) if value.currency() != usual => {
                let mut part = Self::new();
                part.decimal(cstr!("amount"), Some(value.amount()));
                part.text(cstr!("currency"), value.currency().as_str());
                self.part(name, part);
            }
            value => self.decimal(name, value.map(Money::amount)),
        }
    }

    /// The name that serde gives to the variant of an enum.
    pub(super) fn word(&mut self, name: &CStr, value: impl Serialize) -> Result<()> {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => self.text(name, &word),
            Ok(serde_json::Value::Null) => {}
            _ => return Err(Error::new(ErrorKind::Internal, "a variant has no name to store")),
        }
        Ok(())
    }

    pub(super) fn part(&mut self, name: &CStr, part: Self) {
        self.0.append(name, &*part.0);
    }

    pub(super) fn list(&mut self, name: &CStr, list: RawArrayBuf) {
        self.0.append(name, &*list);
    }
}

/// An id as BSON has it.
fn id_value(id: &Uuid) -> RawBsonRef<'_> {
    RawBsonRef::Binary(RawBinaryRef {
        subtype: BinarySubtype::Uuid,
        bytes: id.as_bytes(),
    })
}
