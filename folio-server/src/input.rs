//! Reads request bodies: field by field, every fault with its pointer, numbers by their own text.

use std::str::FromStr;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use folio_core::money::{Decimal, decimal};
use folio_core::{Error, ErrorKind, FieldError, Result};
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::error::Problem;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// A JSON body: its bytes as they came, and what they say.
#[derive(Debug)]
pub struct JsonBody {
    /// The bytes as they came.
    pub bytes: Bytes,
    /// What they say.
    pub value: Value,
}

impl JsonBody {
    /// The fields of the object that the body must be.
    ///
    /// # Errors
    /// `InvalidInput` when it is something else.
    pub fn fields(self) -> Result<Fields> {
        Fields::of(self.value, "")
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if !media.is_some_and(is_json) {
            return Err(Problem::new(
                ErrorKind::UnsupportedMediaType,
                "the body must be application/json",
            ));
        }
        let bytes = read(request).await?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
        Ok(Self { bytes, value })
    }
}

/// A body that says nothing, which is read only so that its length is bounded.
#[derive(Debug)]
pub struct EmptyBody;

impl<S: Send + Sync> FromRequest<S> for EmptyBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request).await.map(|_| Self)
    }
}

fn is_json(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or_default().trim();
    let is = |wanted: &str| kind.eq_ignore_ascii_case(wanted);
    is("application/json") || is("application/merge-patch+json")
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || Problem::new(ErrorKind::PayloadTooLarge, "the body is larger than 1 MiB");
    if declared.is_some_and(|length: usize| length > MAX_BODY) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::malformed("the body ended early")),
    }
}

/// The fields of a JSON object, taken one by one; what is left in the end is unknown and refused.
#[derive(Debug)]
pub struct Fields {
    map: Map<String, Value>,
    pointer: String,
    errors: Vec<FieldError>,
}

impl Fields {
    /// The fields of `value`, which is at `pointer` of the body.
    ///
    /// # Errors
    /// `InvalidInput` when it is not an object.
    pub fn of(value: Value, pointer: &str) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self {
                map,
                pointer: pointer.to_owned(),
                errors: Vec::new(),
            }),
            _ => Err(Error::field(
                ErrorKind::InvalidInput,
                pointer,
                "a JSON object is expected here",
            )),
        }
    }

    /// The pointer of a field.
    #[must_use]
    pub fn pointer_to(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// Whether the field is there, null included.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Notes a fault of a field.
    pub fn refuse(&mut self, name: &str, error: Error) {
        let error = error.at(&self.pointer_to(name));
        self.errors.extend_from_slice(error.field_errors());
    }

    /// A field of a merge patch: absent, cleared by null, or set.
    pub fn patch<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T>) -> Option<Option<T>> {
        match self.map.remove(name)? {
            Value::Null => Some(None),
            value => match read(&value) {
                Ok(value) => Some(Some(value)),
                Err(error) => {
                    self.refuse(name, error);
                    None
                }
            },
        }
    }

    /// A field that may be absent or null.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T>) -> Option<T> {
        self.patch(name, read).flatten()
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T>) -> Option<T> {
        match self.map.get(name) {
            None | Some(Value::Null) => {
                self.map.remove(name);
                self.refuse(name, Error::invalid("this field is required"));
                None
            }
            Some(_) => self.optional(name, read),
        }
    }

    /// A field of a merge patch that cannot be cleared.
    pub fn patch_required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T>) -> Option<T> {
        match self.patch(name, read)? {
            Some(value) => Some(value),
            None => {
                self.refuse(name, Error::invalid("this field cannot be cleared"));
                None
            }
        }
    }

    /// A field that only folio writes: accepted when sent back as it is.
    pub fn read_only(&mut self, name: &str, current: &Value) {
        if let Some(sent) = self.map.remove(name)
            && sent != *current
        {
            self.refuse(
                name,
                Error::invalid("this field is read-only and was sent back changed"),
            );
        }
    }

    /// Takes a field as it is.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    /// Adds faults found below this object, whose pointers are complete already.
    pub fn absorb(&mut self, error: &Error) {
        self.errors.extend_from_slice(error.field_errors());
    }

    /// Refuses what was not taken, and says everything that is wrong.
    ///
    /// # Errors
    /// The faults of all fields; the kind is that of the first.
    pub fn finish(mut self) -> Result<()> {
        for name in std::mem::take(&mut self.map).into_iter().map(|(name, _)| name) {
            self.refuse(&name, Error::invalid("there is no such field"));
        }
        match Error::fields(self.errors) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// A text.
///
/// # Errors
/// `InvalidInput` for anything else.
pub fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::invalid("a text is expected here"))
}

/// True or false.
///
/// # Errors
/// `InvalidInput` for anything else.
pub fn boolean(value: &Value) -> Result<bool> {
    value
        .as_bool()
        .ok_or_else(|| Error::invalid("true or false is expected here"))
}

/// A list of texts.
///
/// # Errors
/// `InvalidInput` at the first entry that is something else.
pub fn texts(value: &Value) -> Result<Vec<String>> {
    let list = value
        .as_array()
        .ok_or_else(|| Error::invalid("a list of texts is expected here"))?;
    list.iter()
        .enumerate()
        .map(|(index, entry)| text(entry).map_err(|error| error.at(&format!("/{index}"))))
        .collect()
}

/// Whatever is read from its text: a currency, an asset, a policy.
///
/// # Errors
/// `InvalidInput` for what is no text, and those of the type.
pub fn parsed<T: FromStr<Err = Error>>(value: &Value) -> Result<T> {
    text(value)?.parse()
}

/// A decimal, as a text or a number, by its own digits.
///
/// # Errors
/// `InvalidInput` for anything else, `OutOfRange` beyond 28 significant digits.
pub fn number(value: &Value) -> Result<Decimal> {
    match value {
        Value::String(text) => decimal::parse(text),
        Value::Number(number) => decimal::parse(number.as_str()),
        _ => Err(Error::invalid(
            "a decimal is expected here, as a text like \"0.5\" or as a number",
        )),
    }
}

/// A day, `YYYY-MM-DD`.
///
/// # Errors
/// `InvalidInput` for anything else.
pub fn date(value: &Value) -> Result<Date> {
    let text = text(value)?;
    let wrong = || Error::invalid("a date is written YYYY-MM-DD");
    if text.len() != 10 {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// An instant in RFC 3339.
///
/// # Errors
/// `InvalidInput` for anything else.
pub fn instant(value: &Value) -> Result<Timestamp> {
    let wrong = |_| Error::invalid("an instant is written in RFC 3339, for example 2026-03-01T09:00:00Z");
    text(value)?.parse().map_err(wrong)
}

/// A whole number that is not negative.
///
/// # Errors
/// `InvalidInput` for anything else.
pub fn whole(value: &Value) -> Result<u32> {
    let wrong = || Error::invalid("a whole number is expected here");
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(wrong)
}
