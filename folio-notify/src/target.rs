//! The address of an HTTP receiver.

use std::fmt;

use folio_core::{Error, ErrorKind, Result};
use url::{Host, Url};

/// An http or https address. Its user, path and query may be secrets, so none of them is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    url: Url,
    host: Host<String>,
}

impl Target {
    /// Reads an address, `what` being whose: "the webhook URL".
    pub(crate) fn parse(what: &str, text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Error::new(
                ErrorKind::NotConfigured,
                format!("{what} {why}; write an address such as https://hooks.example.com/folio"),
            )
        };
        let mut url = Url::parse(text.trim()).map_err(|_| refuse("is not an address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("begins with neither https:// nor http://"));
        }
        url.set_fragment(None);
        let host = url
            .host()
            .map(|host| host.to_owned())
            .ok_or_else(|| refuse("has no host"))?;
        Ok(Self { url, host })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn host(&self) -> &Host<String> {
        &self.host
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Scheme, host and the port where it is not the usual one.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The same with another path, and without user and query.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        let mut url = self.url.clone();
        url.set_path(path);
        url.set_query(None);
        // Fails only for an address without a host, which this is not.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Self {
            url,
            host: self.host.clone(),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.origin())
    }
}
