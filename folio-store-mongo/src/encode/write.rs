//! Building documents. A field whose value is not known is left out.
//!
//! A snapshot has hundreds of fields and a run writes thousands of snapshots, so what is within a document is written
//! where it belongs and never copied there.

use bson::oid::ObjectId;
use bson::raw::{CStr, RawDocumentBuf};
use bson::spec::{BinarySubtype, ElementType};
use folio_core::money::Decimal;
use folio_core::{AssetId, Currency, Error, ErrorKind, Money, Result};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::decimal::to_decimal128;
use super::millis;

/// A document that is being written, in the form of <https://bsonspec.org/spec.html>.
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Where the documents and lists begin that have no end yet, the innermost last.
    open: Vec<usize>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self::with_capacity(256)
    }

    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut writer = Self {
            bytes: Vec::with_capacity(bytes),
            open: Vec::with_capacity(4),
        };
        writer.open_here();
        writer
    }

    pub(super) fn finish(mut self) -> Result<RawDocumentBuf> {
        while !self.open.is_empty() {
            self.end();
        }
        RawDocumentBuf::from_bytes(self.bytes)
            .map_err(|error| Error::new(ErrorKind::Internal, "a document cannot be written").with_source(error))
    }

    /// Begins a document within this one, up to [`end`](Self::end).
    pub(super) fn part(&mut self, name: &CStr) {
        self.key(ElementType::EmbeddedDocument, name.as_str());
        self.open_here();
    }

    /// Begins a list of documents, up to [`end`](Self::end).
    pub(super) fn list(&mut self, name: &CStr) {
        self.key(ElementType::Array, name.as_str());
        self.open_here();
    }

    /// Begins the document at a place of the list.
    pub(super) fn item(&mut self, place: usize) {
        self.place(ElementType::EmbeddedDocument, place);
        self.open_here();
    }

    pub(super) fn end(&mut self) {
        self.bytes.push(0);
        let Some(start) = self.open.pop() else { return };
        // One that is longer is refused before it is sent.
        let length = (self.bytes.len() - start) as i32;
        if let Some(room) = self.bytes.get_mut(start..start + 4) {
            room.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn open_here(&mut self) {
        self.open.push(self.bytes.len());
        self.bytes.extend([0; 4]);
    }

    fn key(&mut self, kind: ElementType, name: &str) {
        self.bytes.push(kind as u8);
        self.bytes.extend(name.as_bytes());
        self.bytes.push(0);
    }

    /// The key of a place of a list, which is its number.
    fn place(&mut self, kind: ElementType, place: usize) {
        const LONGEST: usize = 20;
        let mut digits = [0; LONGEST];
        let (mut start, mut rest) = (LONGEST, place);
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes.push(kind as u8);
        self.bytes.extend(&digits[start..]);
        self.bytes.push(0);
    }

    fn string(&mut self, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.bytes.extend((length as i32 + 1).to_le_bytes());
        for part in parts {
            self.bytes.extend(part.as_bytes());
        }
        self.bytes.push(0);
    }

    pub(super) fn text(&mut self, name: &CStr, value: &str) {
        self.key(ElementType::String, name.as_str());
        self.string(&[value]);
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
        self.list(name);
        for (place, value) in values.iter().enumerate() {
            self.place(ElementType::String, place);
            self.string(&[value]);
        }
        self.end();
    }

    pub(super) fn flag(&mut self, name: &CStr, value: bool) {
        self.key(ElementType::Boolean, name.as_str());
        self.bytes.push(value.into());
    }

    pub(super) fn integer(&mut self, name: &CStr, value: i64) {
        self.key(ElementType::Int64, name.as_str());
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn instant(&mut self, name: &CStr, value: Option<Timestamp>) {
        if let Some(value) = value {
            self.key(ElementType::DateTime, name.as_str());
            self.bytes.extend(millis(value).to_le_bytes());
        }
    }

    pub(super) fn id(&mut self, name: &CStr, value: &Uuid) {
        self.key(ElementType::Binary, name.as_str());
        self.bytes.extend(16_i32.to_le_bytes());
        self.bytes.push(BinarySubtype::Uuid.into());
        self.bytes.extend(value.as_bytes());
    }

    pub(super) fn object_id(&mut self, name: &CStr, value: ObjectId) {
        self.key(ElementType::ObjectId, name.as_str());
        self.bytes.extend(value.bytes());
    }

    pub(super) fn asset(&mut self, name: &CStr, value: &AssetId) {
        self.key(ElementType::String, name.as_str());
        self.string(&[value.class().as_str(), ":", value.symbol()]);
    }

    pub(super) fn decimal(&mut self, name: &CStr, value: Option<Decimal>) {
        if let Some(value) = value {
            self.key(ElementType::Decimal128, name.as_str());
            self.bytes.extend(to_decimal128(value).bytes());
        }
    }

    /// An amount; where its currency is not `usual` a document that names it.
    pub(super) fn money(&mut self, name: &CStr, value: Option<Money>, usual: Currency) {
        match value {
            Some(value) if value.currency() != usual => {
                self.part(name);
                self.decimal(bson::raw::cstr!("amount"), Some(value.amount()));
                self.text(bson::raw::cstr!("currency"), value.currency().as_str());
                self.end();
            }
            value => self.decimal(name, value.map(Money::amount)),
        }
    }

    /// The name that serde gives to the variant of an enum.
    pub(super) fn word(&mut self, name: &CStr, value: Option<impl Serialize>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => self.text(name, &word),
            _ => return Err(Error::new(ErrorKind::Internal, "a variant has no name to store")),
        }
        Ok(())
    }
}
