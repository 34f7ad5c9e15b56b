//! Reading documents, of this version of folio or an older one.
//!
//! A document is gone through once. Fields that this version does not know are passed over; what one may lack is
//! for whoever asks for it.

use std::fmt::Display;
use std::str::FromStr;

use bson::raw::{RawArray, RawBsonRef, RawDocument};
use bson::spec::BinarySubtype;
use folio_core::money::Decimal;
use folio_core::{Currency, Error, Money, Result};
use jiff::Timestamp;
use serde::de::value::Error as WordError;
use serde::de::{Deserialize, IntoDeserializer};
use uuid::Uuid;

use super::decimal::from_decimal128;
use super::instant;
use crate::error::corrupt;

/// Goes through a document and binds each named field to a variable of its name.
macro_rules! fields {
    ($document:expr => $($name:ident),+ $(,)?) => {
        $(let mut $name = $crate::encode::read::Field::absent(stringify!($name));)+
        for element in $document.iter_elements() {
            let element = element.map_err(|error| $crate::error::corrupt("document", error))?;
            let key = element.key().as_str();
            $(if key == stringify!($name) {
                $name.set(&element)?;
                continue;
            })+
        }
    };
}
pub(super) use fields;

/// A field by its name, there or not.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    name: &'static str,
    value: Option<RawBsonRef<'a>>,
}

impl<'a> Field<'a> {
    pub(super) fn absent(name: &'static str) -> Self {
        Self { name, value: None }
    }

    pub(super) fn set(&mut self, element: &bson::raw::RawElement<'a>) -> Result<()> {
        let value = element.value().map_err(|error| corrupt(self.name, error))?;
        // Nothing is as good as absent.
        self.value = Some(value).filter(|value| value.as_null().is_none());
        Ok(())
    }

    fn wrong(&self) -> Error {
        let found = self.value.map_or_else(String::new, |value| format!("{value:?}"));
        corrupt(self.name, found)
    }

    fn read<T>(&self, take: impl FnOnce(RawBsonRef<'a>) -> Option<T>) -> Result<Option<T>> {
        match self.value {
            None => Ok(None),
            Some(value) => take(value).map(Some).ok_or_else(|| self.wrong()),
        }
    }

    /// What `read` finds, which has to be there.
    pub(super) fn required<T>(&self, read: impl FnOnce(&Self) -> Result<Option<T>>) -> Result<T> {
        read(self)?.ok_or_else(|| corrupt(self.name, "it is missing"))
    }

    pub(super) fn text(&self) -> Result<Option<&'a str>> {
        self.read(RawBsonRef::as_str)
    }

    pub(super) fn owned_text(&self) -> Result<Option<String>> {
        Ok(self.text()?.map(str::to_owned))
    }

    pub(super) fn texts(&self) -> Result<Vec<String>> {
        let Some(list) = self.array()? else {
            return Ok(Vec::new());
        };
        let text = |value: Result<RawBsonRef<'a>, bson::error::Error>| {
            let value = value.map_err(|error| corrupt(self.name, error))?;
            value.as_str().map(str::to_owned).ok_or_else(|| self.wrong())
        };
        list.into_iter().map(text).collect()
    }

    pub(super) fn flag(&self) -> Result<Option<bool>> {
        self.read(RawBsonRef::as_bool)
    }

    pub(super) fn integer(&self) -> Result<Option<i64>> {
        self.read(|value| value.as_i64().or_else(|| value.as_i32().map(i64::from)))
    }

    pub(super) fn count<T: TryFrom<i64>>(&self) -> Result<Option<T>> {
        self.integer()?
            .map(|value| T::try_from(value).map_err(|_| corrupt(self.name, value)))
            .transpose()
    }

    pub(super) fn instant(&self) -> Result<Option<Timestamp>> {
        let millis = self.read(|value| value.as_datetime().map(|at| at.timestamp_millis()))?;
        millis.map(instant).transpose()
    }

    pub(super) fn id(&self) -> Result<Option<Uuid>> {
        self.read(|value| {
            let binary = value
                .as_binary()
                .filter(|binary| binary.subtype == BinarySubtype::Uuid)?;
            Uuid::from_slice(binary.bytes).ok()
        })
    }

    pub(super) fn decimal(&self) -> Result<Option<Decimal>> {
        match self.value {
            None => Ok(None),
            Some(RawBsonRef::Decimal128(stored)) => from_decimal128(stored)
                .map(Some)
                .map_err(|error| error.with_context("field", self.name)),
            Some(_) => Err(self.wrong()),
        }
    }

    /// An amount, in `usual` unless it names another currency.
    pub(super) fn money(&self, usual: Currency) -> Result<Option<Money>> {
        let Some(RawBsonRef::Document(part)) = self.value else {
            return Ok(self.decimal()?.map(|amount| Money::new(amount, usual)));
        };
        fields!(part => amount, currency);
        let amount = amount.required(Field::decimal)?;
        Ok(Some(Money::new(amount, currency.required(Field::parsed)?)))
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<Option<T>> {
        self.text()?
            .map(|text| text.parse().map_err(|error| corrupt(self.name, error)))
            .transpose()
    }

    /// The variant of an enum that serde has a name for.
    pub(super) fn word<T: for<'de> Deserialize<'de>>(&self) -> Result<Option<T>> {
        self.text()?
            .map(|text| {
                T::deserialize(IntoDeserializer::<WordError>::into_deserializer(text))
                    .map_err(|error| corrupt(self.name, error))
            })
            .transpose()
    }

    pub(super) fn document(&self) -> Result<Option<&'a RawDocument>> {
        self.read(RawBsonRef::as_document)
    }

    pub(super) fn array(&self) -> Result<Option<&'a RawArray>> {
        self.read(RawBsonRef::as_array)
    }

    /// The documents of a list; none where there is no list.
    pub(super) fn documents<T>(&self, mut read: impl FnMut(&'a RawDocument) -> Result<T>) -> Result<Vec<T>> {
        let Some(list) = self.array()? else {
            return Ok(Vec::new());
        };
        // Thousands of portfolios are read at once: what a growing list reserves in vain would be a third of them.
        let mut found = Vec::with_capacity(list.into_iter().count());
        for value in list {
            let value = value.map_err(|error| corrupt(self.name, error))?;
            found.push(read(value.as_document().ok_or_else(|| self.wrong())?)?);
        }
        Ok(found)
    }
}

/// The `_id` of a document, which is a UUID.
pub(crate) fn read_id(document: &RawDocument) -> Result<Uuid> {
    fields!(document => _id);
    _id.required(Field::id)
}
