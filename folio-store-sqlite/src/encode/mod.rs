//! Portfolios and snapshots as text.
//!
//! Lines of fields with tabs between them, the way a person would put them into a spreadsheet. Empty fields at
//! the end of a line are left out, so a field that a later version adds at the end reads as empty in what
//! earlier ones wrote. The first field of all is the number of the format.

mod portfolio;
#[cfg(test)]
mod tests;
mod valuation;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use folio_core::money::{Decimal, decimal};
use folio_core::{AssetId, Currency, Error, Money, Result, SourceId};
use jiff::Timestamp;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WordError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use portfolio::{read_portfolio, write_portfolio};
pub(crate) use valuation::{SnapshotRow, read_holdings, read_snapshot, read_totals, write_head, write_holdings};

use crate::error::corrupt;

/// The characters of an id.
const ID_LENGTH: usize = 22;

/// Writes fields to the end of a text.
struct Writer<'a> {
    text: &'a mut String,
    /// Tabs that are due before the next field that is not empty.
    tabs: usize,
}

impl<'a> Writer<'a> {
    fn new(text: &'a mut String) -> Self {
        Self { text, tabs: 0 }
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.tabs = 0;
    }

    fn empty(&mut self) {
        self.tabs += 1;
    }

    /// A field that has no tab, no line feed and no backslash.
    fn raw(&mut self, value: &str) {
        self.tabs_before(value.is_empty());
        self.text.push_str(value);
    }

    fn tabs_before(&mut self, empty: bool) {
        if empty {
            self.tabs += 1;
            return;
        }
        for _ in 0..self.tabs {
            self.text.push('\t');
        }
        self.tabs = 1;
    }

    /// Any text.
    fn text(&mut self, value: &str) {
        if !value.bytes().any(|byte| matches!(byte, b'\t' | b'\n' | b'\\')) {
            return self.raw(value);
        }
        self.tabs_before(false);
        for character in value.chars() {
            match character {
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\\' => self.text.push_str("\\\\"),
                character => self.text.push(character),
            }
        }
    }

    /// Any text or none, which is not the same as an empty one.
    fn optional_text(&mut self, value: Option<&str>) {
        match value {
            Some("") => self.raw("\\e"),
            Some(value) => self.text(value),
            None => self.empty(),
        }
    }

    fn texts(&mut self, values: &[String]) {
        self.integer(values.len() as i64);
        for value in values {
            self.text(value);
        }
    }

    /// A whole number; zero is an empty field.
    fn integer(&mut self, value: i64) {
        self.tabs_before(value == 0);
        if value != 0 {
            push_integer(self.text, value);
        }
    }

    fn decimal(&mut self, value: Option<Decimal>) {
        match value {
            Some(value) => self.raw(decimal::to_text(value).as_str()),
            None => self.empty(),
        }
    }

    /// An amount, with its currency where that is not `usual`.
    fn money(&mut self, value: Option<Money>, usual: Currency) {
        self.decimal(value.map(Money::amount));
        if let Some(currency) = value.map(Money::currency).filter(|currency| *currency != usual) {
            self.text.push(' ');
            self.text.push_str(currency.as_str());
        }
    }

    fn asset(&mut self, asset: &AssetId) {
        self.raw(asset.class().as_str());
        self.text.push(':');
        self.text.push_str(asset.symbol());
    }

    fn id(&mut self, id: &Uuid) {
        self.tabs_before(false);
        let mut characters = [0; ID_LENGTH];
        // 16 bytes are 22 characters of ASCII, so neither branch for other cases is ever taken.
        let length = URL_SAFE_NO_PAD
            .encode_slice(id.as_bytes(), &mut characters)
            .unwrap_or(0);
        self.text
            .push_str(std::str::from_utf8(&characters[..length]).unwrap_or_default());
    }

    /// How many milliseconds an instant lies before another; `None` is an empty field, no distance is `0`.
    fn before(&mut self, instant: Option<Timestamp>, reference: Timestamp) {
        self.tabs_before(instant.is_none());
        if let Some(instant) = instant {
            push_integer(self.text, millis(reference) - millis(instant));
        }
    }

    /// The name that serde gives to the variant of an enum.
    fn word(&mut self, value: Option<impl Serialize>) -> Result<()> {
        let Some(value) = value else {
            self.empty();
            return Ok(());
        };
        match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => self.raw(&word),
            _ => {
                return Err(Error::new(
                    folio_core::ErrorKind::Internal,
                    "a variant has no name to store",
                ));
            }
        }
        Ok(())
    }
}

fn push_integer(text: &mut String, value: i64) {
    const LONGEST: usize = 20;
    let mut digits = [0; LONGEST];
    let mut start = LONGEST;
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        text.push('-');
    }
    for digit in &digits[start..] {
        text.push(char::from(*digit));
    }
}

/// Reads the fields of a line; past the end of it there are empty ones.
struct Fields<'a> {
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn new(line: &'a str) -> Self {
        Self { rest: Some(line) }
    }

    fn raw(&mut self) -> &'a str {
        let Some(rest) = self.rest else { return "" };
        match rest.bytes().position(|byte| byte == b'\t') {
            Some(tab) => {
                self.rest = rest.get(tab + 1..);
                &rest[..tab]
            }
            None => {
                self.rest = None;
                rest
            }
        }
    }

    fn optional(&mut self) -> Option<&'a str> {
        Some(self.raw()).filter(|field| !field.is_empty())
    }

    fn text(&mut self) -> Result<Cow<'a, str>> {
        unescape(self.raw())
    }

    fn optional_text(&mut self) -> Result<Option<String>> {
        match self.raw() {
            "" => Ok(None),
            "\\e" => Ok(Some(String::new())),
            field => Ok(Some(unescape(field)?.into_owned())),
        }
    }

    fn texts(&mut self) -> Result<Vec<String>> {
        let count: usize = self.integer()?;
        let mut texts = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            texts.push(self.text()?.into_owned());
        }
        Ok(texts)
    }

    fn integer<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let field = self.raw();
        let value = if field.is_empty() { 0 } else { integer(field)? };
        T::try_from(value).map_err(|_| corrupt("number", value))
    }

    fn decimal(&mut self) -> Result<Option<Decimal>> {
        self.optional()
            .map(decimal::from_text)
            .transpose()
            .map_err(|error| corrupt("decimal", error))
    }

    fn money(&mut self, usual: Currency) -> Result<Option<Money>> {
        self.optional().map(|field| money(field, usual)).transpose()
    }

    fn asset(&mut self) -> Result<AssetId> {
        self.parsed("asset")
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, what: &str) -> Result<T> {
        self.raw().parse().map_err(|error| corrupt(what, error))
    }

    fn id(&mut self) -> Result<Uuid> {
        id(self.raw())
    }

    fn before(&mut self, reference: Timestamp) -> Result<Option<Timestamp>> {
        let Some(field) = self.optional() else {
            return Ok(None);
        };
        let distance = integer(field)?;
        millis(reference)
            .checked_sub(distance)
            .ok_or_else(|| corrupt("instant", field))
            .and_then(instant)
            .map(Some)
    }

    fn word<T: for<'de> Deserialize<'de>>(&mut self, what: &str) -> Result<Option<T>> {
        self.optional().map(|field| word(field, what)).transpose()
    }

    /// Checks the number of the format.
    fn format(&mut self, known: i64) -> Result<()> {
        match self.integer::<i64>()? {
            format if (1..=known).contains(&format) => Ok(()),
            format => Err(corrupt("format", format)),
        }
    }
}

/// The variant of an enum that serde has a name for.
fn word<T: for<'de> Deserialize<'de>>(name: &str, what: &str) -> Result<T> {
    T::deserialize(IntoDeserializer::<WordError>::into_deserializer(name)).map_err(|error| corrupt(what, error))
}

fn unescape(field: &str) -> Result<Cow<'_, str>> {
    if !field.contains('\\') {
        return Ok(Cow::Borrowed(field));
    }
    let mut text = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('t')) => text.push('\t'),
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('\\')) => text.push('\\'),
            ('\\', _) => return Err(corrupt("text", field)),
            (character, _) => text.push(character),
        }
    }
    Ok(Cow::Owned(text))
}

fn integer(field: &str) -> Result<i64> {
    field.parse().map_err(|_| corrupt("number", field))
}

fn money(field: &str, usual: Currency) -> Result<Money> {
    let (amount, currency) = match field.split_once(' ') {
        Some((amount, currency)) => (amount, currency.parse().map_err(|error| corrupt("currency", error))?),
        None => (field, usual),
    };
    let amount = decimal::from_text(amount).map_err(|error| corrupt("amount", error))?;
    Ok(Money::new(amount, currency))
}

fn id(field: &str) -> Result<Uuid> {
    let mut bytes = [0; 16];
    match URL_SAFE_NO_PAD.decode_slice_unchecked(field, &mut bytes) {
        Ok(16) if field.len() == ID_LENGTH => Ok(Uuid::from_bytes(bytes)),
        _ => Err(corrupt("id", field)),
    }
}

/// The milliseconds since 1970 that an instant is stored as.
pub(crate) fn millis(instant: Timestamp) -> i64 {
    folio_core::to_millis(instant).as_millisecond()
}

/// The instant that is stored as so many milliseconds since 1970.
pub(crate) fn instant(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis).map_err(|_| corrupt("instant", millis))
}

/// The lines of a text, the last line feed ending the last one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n')
}

fn source(name: &str) -> Result<SourceId> {
    Ok(SourceId::new(unescape(name)?))
}
