//! Where the file is and how long a write waits for its turn.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use folio_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// How a store on SQLite is set up.
///
/// ```
/// use folio_store_sqlite::SqliteConfig;
///
/// let config = SqliteConfig::from_url("sqlite:/var/lib/folio/folio.db?busy_timeout_seconds=10")?;
/// assert_eq!(config.path.to_str(), Some("/var/lib/folio/folio.db"));
/// assert_eq!(config.busy_timeout_seconds.get(), 10);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SqliteConfig {
    /// The file; beside it SQLite keeps two more, with `-wal` and `-shm` behind the name.
    pub path: PathBuf,
    /// How many seconds a write waits for other writers, of this process and of others; 5 unless said otherwise.
    #[serde(default = "five")]
    pub busy_timeout_seconds: NonZeroU32,
    /// How many reads run at the same time; 4 unless said otherwise.
    #[serde(default = "four")]
    pub readers: NonZeroU32,
}

const fn five() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}

const fn four() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(3)
}

impl SqliteConfig {
    /// A store in this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            busy_timeout_seconds: five(),
            readers: four(),
        }
    }

    /// Reads `path`, `busy_timeout_seconds` and `readers` from names and values.
    ///
    /// # Errors
    /// `NotConfigured` when the path is missing, a name is unknown or a value is not a number above zero.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut config = Self::new("");
        for (name, value) in pairs {
            match name {
                "path" => config.path = value.into(),
                "busy_timeout_seconds" => config.busy_timeout_seconds = number(name, value)?,
                "readers" => config.readers = number(name, value)?,
                _ => {
                    return Err(refused(format!(
                        "{name:?} is not a setting of a SQLite store; there are path, busy_timeout_seconds and readers"
                    )));
                }
            }
        }
        config.checked()
    }

    /// Reads `sqlite:PATH`, the path relative or absolute, with settings behind a question mark.
    ///
    /// # Errors
    /// As [`SqliteConfig::from_pairs`], and `NotConfigured` when the text does not begin with `sqlite:`.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(refused(
                "the address of a SQLite store is written sqlite:PATH".to_owned(),
            ));
        };
        let (path, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        let settings = settings.split('&').filter(|pair| !pair.is_empty());
        let pairs = settings.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self::from_pairs([("path", path)].into_iter().chain(pairs))
    }

    fn checked(self) -> Result<Self> {
        if self.path.as_os_str().is_empty() {
            return Err(refused(
                "the path of the SQLite file is missing; write sqlite:PATH".to_owned(),
            ));
        }
        if self.path == Path::new(":memory:") {
            return Err(refused(
                "folio's SQLite store is always a file; write memory: for a store that is forgotten".to_owned(),
            ));
        }
        Ok(self)
    }

    /// The path from the root, so that a later change of the working directory moves nothing and SQLite
    /// never takes a name for an address.
    pub(crate) fn absolute(&self) -> Result<PathBuf> {
        self.clone().checked()?;
        let path = std::path::absolute(&self.path).map_err(|error| {
            refused(format!("the path {} cannot be used: {error}", self.path.display())).with_source(error)
        })?;
        if path.to_str().is_none_or(|text| text.contains('\0')) {
            return Err(refused(format!("the path {} is not valid UTF-8", path.display())));
        }
        Ok(path)
    }
}

fn number(name: &str, value: &str) -> Result<NonZeroU32> {
    value
        .parse()
        .map_err(|_| refused(format!("{name} is {value:?}; it has to be a whole number above zero")))
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::NotConfigured, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<(&str, u32, u32), &str>) {
        let config = SqliteConfig::from_url(url);
        match (config, expected) {
            (Ok(config), Ok((path, seconds, readers))) => {
                assert_eq!(config.path, Path::new(path), "{url}");
                assert_eq!(
                    (config.busy_timeout_seconds.get(), config.readers.get()),
                    (seconds, readers),
                    "{url}"
                );
            }
            (Err(error), Err(part)) => {
                assert_eq!(error.kind(), ErrorKind::NotConfigured, "{url}");
                assert!(error.message().contains(part), "{url}: {error}");
            }
            (config, _) => panic!("{url}: {config:?}"),
        }
    }

    #[test]
    fn addresses() {
        check("sqlite:folio.db", Ok(("folio.db", 5, 4)));
        check("sqlite:/data/folio.db", Ok(("/data/folio.db", 5, 4)));
        check("sqlite:///data/folio.db", Ok(("/data/folio.db", 5, 4)));
        check("sqlite:a b.db?readers=2&busy_timeout_seconds=1", Ok(("a b.db", 1, 2)));
        check("sqlite:", Err("path"));
        check("sqlite::memory:", Err("memory:"));
        check("mongodb://x", Err("sqlite:PATH"));
        check("sqlite:a?readers=0", Err("readers"));
        check("sqlite:a?readers=two", Err("above zero"));
        check("sqlite:a?cache=shared", Err("\"cache\" is not a setting"));
    }

    #[test]
    fn json_has_defaults_and_refuses_what_is_unknown() {
        let config: SqliteConfig = serde_json::from_str(r#"{"path": "x.db"}"#).unwrap();
        assert_eq!(config, SqliteConfig::new("x.db"));
        assert!(serde_json::from_str::<SqliteConfig>(r#"{"path": "x.db", "pool": 3}"#).is_err());
    }
}
