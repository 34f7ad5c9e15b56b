//! A text that must not be seen.

use std::fmt;

use folio_core::{Error, ErrorKind, Result};
use reqwest::header::HeaderValue;
use serde::Deserialize;
use url::Url;

/// An API key. `Debug` shows that there is one and nothing of it.
///
/// ```
/// let key = folio_sources::Secret::new("CG-invented");
/// assert_eq!(format!("{key:?}"), "Secret(***)");
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(Box<str>);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a request header, marked so that no HTTP library logs it.
    pub(crate) fn to_header(&self, name: &str) -> Result<HeaderValue> {
        let printable = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic());
        let value = HeaderValue::from_str(&self.0).ok().filter(|_| printable);
        let mut value = value.ok_or_else(|| {
            Error::new(
                ErrorKind::NotConfigured,
                format!("{name} has to be printable ASCII characters without blanks; its value is not shown"),
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Adds it to an address as a parameter of the query.
    pub(super) fn append_to(&self, url: &mut Url, parameter: &str) {
        url.query_pairs_mut().append_pair(parameter, &self.0);
    }

    /// The same text with every occurrence of the secret blotted out.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            text.to_owned()
        } else {
            text.replace(&*self.0, "***")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
