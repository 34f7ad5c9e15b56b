//! Reads query strings; a wrong value is 422 with the parameter as pointer.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use folio_core::{Error, ErrorKind};
use http::request::Parts;
use jiff::Timestamp;

use crate::error::{Problem, Result};

/// The parameters of a query.
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        ))
    }
}

impl Query {
    /// The text of a parameter; an empty one counts as absent.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    }

    /// A parameter of a core type.
    ///
    /// # Errors
    /// 422.
    pub fn parsed<T: FromStr<Err = Error>>(&self, name: &str) -> Result<Option<T>> {
        let read = |text: &str| {
            text.parse()
                .map_err(|error: Error| error.at(&format!("/{name}")).into())
        };
        self.text(name).map(read).transpose()
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// 422.
    pub fn whole(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>> {
        let read = |text: &str| match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(Problem::invalid(
                &format!("/{name}"),
                format!("{name} is a whole number from {least} to {most}"),
            )),
        };
        self.text(name).map(read).transpose()
    }

    /// `limit`: 1 to 200, 50 unless told.
    ///
    /// # Errors
    /// 422.
    pub fn limit(&self) -> Result<usize> {
        Ok(self.whole("limit", 1, 200)?.unwrap_or(50) as usize)
    }

    /// True or false, false unless told.
    ///
    /// # Errors
    /// 422.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::invalid(
                &format!("/{name}"),
                format!("{name} is true or false"),
            )),
        }
    }

    /// An instant in RFC 3339.
    ///
    /// # Errors
    /// 422.
    pub fn instant(&self, name: &str) -> Result<Option<Timestamp>> {
        let read = |text: &str| {
            text.parse().map_err(|_| {
                let detail = "an instant is written in RFC 3339, for example 2026-03-01T09:00:00Z";
                Error::field(ErrorKind::InvalidInput, format!("/{name}"), detail).into()
            })
        };
        self.text(name).map(read).transpose()
    }

    /// One of a few words.
    ///
    /// # Errors
    /// 422.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Err(Problem::invalid(
                    &format!("/{name}"),
                    format!("{name} is one of {}", allowed.join(", ")),
                ))
            }
        }
    }
}
