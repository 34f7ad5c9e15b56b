//! Where the server is and whom to trust.

use std::fmt;
use std::path::PathBuf;

use folio_core::{Error, ErrorKind, Result};
use redis::{Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};

/// How a queue on Redis is reached.
///
/// ```
/// use folio_jobs::queue::RedisQueueConfig;
///
/// let config = RedisQueueConfig::from_url("rediss://:secret@redis.example:6380/0")?.with_ca_file("/etc/folio/ca.pem");
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisQueueConfig {
    /// `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS.
    pub url: String,
    /// Certificates of the authorities to trust with TLS, in PEM, in place of the public ones.
    pub ca_file: Option<PathBuf>,
}

impl RedisQueueConfig {
    /// A queue on the server at `url`.
    ///
    /// # Errors
    /// `NotConfigured` when that is no address of a Redis server, or asks for TLS without a check of whom it talks to.
    pub fn from_url(url: &str) -> Result<Self> {
        let config = Self {
            url: url.to_owned(),
            ca_file: None,
        };
        let info = url.into_connection_info().map_err(|error| {
            refused("the address of a queue on Redis is written redis://HOST:PORT/DATABASE, or rediss:// for TLS")
                .with_source(error)
        })?;
        match info.addr() {
            ConnectionAddr::TcpTls { insecure: true, .. } => Err(refused(
                "a connection with TLS that does not check the server's certificate protects nothing: name its \
                 authority in a file instead of #insecure",
            )),
            _ => Ok(config),
        }
    }

    /// The same with these authorities.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    pub(super) fn client(&self) -> Result<Client> {
        let authorities = self.ca_file.as_ref().map(|path| {
            std::fs::read(path).map_err(|error| {
                refused("the file with the authorities of the queue's server cannot be read")
                    .with_context("path", path.display())
                    .with_source(error)
            })
        });
        let client = match authorities.transpose()? {
            Some(authorities) => Client::build_with_tls(
                self.url.as_str(),
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(authorities),
                },
            ),
            None => Client::open(self.url.as_str()),
        };
        client.map_err(|error| refused("the address or the authorities of the queue are no good").with_source(error))
    }
}

impl fmt::Debug for RedisQueueConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only what stands behind the user and the password.
        let server = self.url.rsplit_once('@').map_or_else(
            || self.url.split_once("://").map_or("", |(_, rest)| rest),
            |(_, server)| server,
        );
        f.debug_struct("RedisQueueConfig")
            .field("server", &server)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::NotConfigured, message).with_operation("queue.open")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (url, good) in [
            ("redis://localhost", true),
            ("redis://:secret@10.0.0.1:6390/2", true),
            ("rediss://folio:secret@redis.example", true),
            ("rediss://redis.example/#insecure", false),
            ("http://localhost", false),
            ("localhost:6379", false),
            ("redis://localhost/one", false),
            ("", false),
        ] {
            let config = RedisQueueConfig::from_url(url);
            assert_eq!(config.is_ok(), good, "{url}: {config:?}");
            match config {
                Ok(config) => assert!(!format!("{config:?}").contains("secret"), "{config:?}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotConfigured),
            }
        }
    }

    #[test]
    fn a_missing_file_of_authorities_is_named() {
        let config = RedisQueueConfig::from_url("rediss://localhost").unwrap();
        let error = config.with_ca_file("/nowhere/ca.pem").client().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConfigured);
        assert!(format!("{error:?}").contains("/nowhere/ca.pem"));
    }
}
