//! Where the server is, and how long anybody waits for it.

use std::fmt;
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, HostInfo, ReadConcern, ReadPreference, SelectionCriteria,
    WriteConcern,
};
use tokio::time::timeout;

/// The database where the address names none.
const DATABASE: &str = "folio";
/// How long a call waits for a server that takes writes. Shorter than a client of the API waits for its answer.
const SELECTION: Duration = Duration::from_secs(3);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);
/// How long the name of a set of servers (`mongodb+srv:`) may take to be resolved.
const RESOLVE: Duration = Duration::from_secs(5);
/// How long the server waits for a majority to have a write on disk.
pub(crate) const MAJORITY: Duration = Duration::from_secs(5);
/// The most connections to a server, unless the address says otherwise.
const POOL: u32 = 32;

/// How a store on MongoDB is set up. `Debug` and errors never show the password.
///
/// ```
/// use folio_store_mongo::MongoConfig;
///
/// let config = MongoConfig::from_url("mongodb://folio:secret@db.example.org/prod?replicaSet=rs0")?;
/// assert_eq!(config.database(), "prod");
/// assert_eq!(config.hosts(), "db.example.org:27017");
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MongoConfig {
    url: String,
    database: String,
    hosts: String,
}

impl fmt::Debug for MongoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoConfig")
            .field("hosts", &self.hosts)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

impl MongoConfig {
    /// Reads `mongodb://USER:PASSWORD@HOST:PORT/DATABASE?replicaSet=NAME` or `mongodb+srv://…`, with any options of
    /// MongoDB's drivers. User and password may be missing; the database is `folio` where the path names none.
    ///
    /// Write concern, read concern and read preference are folio's own, whatever the address says: majority,
    /// journalled, from the primary.
    ///
    /// # Errors
    /// `NotConfigured` when the text has another form.
    pub fn from_url(url: &str) -> Result<Self> {
        let parsed = ConnectionString::parse(url).map_err(|error| {
            let refused = Error::new(
                ErrorKind::NotConfigured,
                "the address of a MongoDB store is written mongodb://USER:PASSWORD@HOST:PORT/DATABASE?replicaSet=NAME, \
                 with every special character of user and password as %XX",
            );
            // The driver may repeat any part of what it could not read.
            match url.contains('@') {
                true => refused,
                false => refused.with_context("reason", error),
            }
        })?;
        let hosts = match &parsed.host_info {
            HostInfo::HostIdentifiers(hosts) => {
                let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
                hosts.join(",")
            }
            HostInfo::DnsRecord(name) => name.clone(),
            _ => String::new(),
        };
        let database = parsed.default_database.filter(|name| !name.is_empty());
        Ok(Self {
            url: url.to_owned(),
            database: database.unwrap_or_else(|| DATABASE.to_owned()),
            hosts,
        })
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The servers that are named, with commas between them.
    #[must_use]
    pub fn hosts(&self) -> &str {
        &self.hosts
    }

    /// What the driver is told.
    pub(crate) async fn options(&self) -> Result<ClientOptions> {
        let unresolved = || {
            Error::new(
                ErrorKind::Unavailable,
                "the name of the MongoDB servers cannot be resolved",
            )
            .with_context("host", &self.hosts)
        };
        let parsed = timeout(RESOLVE, ClientOptions::parse(&self.url)).await;
        // What is wrong with the text was found in `from_url`, so this is the resolver.
        let mut options = parsed.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
        options.app_name.get_or_insert_with(|| "folio".to_owned());
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(CONNECT);
        options.max_pool_size.get_or_insert(POOL);
        options.write_concern = Some(
            WriteConcern::builder()
                .w(Acknowledgment::Majority)
                .journal(true)
                .w_timeout(MAJORITY)
                .build(),
        );
        // What a majority does not have yet may be read, and undone when the primary dies. Whoever decides on it
        // writes; that write comes later in the same log, so it is acknowledged only if what was read stays.
        options.read_concern = Some(ReadConcern::local());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<(&str, &str)>) {
        match (MongoConfig::from_url(url), expected) {
            (Ok(config), Some(expected)) => {
                assert_eq!((config.hosts(), config.database()), expected, "{url}");
                assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
            }
            (Err(error), None) => {
                assert_eq!(error.kind(), ErrorKind::NotConfigured, "{url}");
                assert!(error.message().contains("mongodb://"), "{error}");
                assert!(!format!("{error:?} {error}").contains("s3cret"), "{error:?}");
            }
            (config, _) => panic!("{url}: {config:?}"),
        }
    }

    #[test]
    fn addresses() {
        check("mongodb://localhost", Some(("localhost:27017", "folio")));
        check("mongodb://localhost/", Some(("localhost:27017", "folio")));
        check(
            "mongodb://localhost/?replicaSet=rs0",
            Some(("localhost:27017", "folio")),
        );
        check(
            "mongodb://a:1,b:2/prod?replicaSet=rs0&tls=true",
            Some(("a:1,b:2", "prod")),
        );
        check(
            "mongodb://ann:s3cret@db:27018/x?authSource=admin",
            Some(("db:27018", "x")),
        );
        check(
            "mongodb+srv://ann:s3cret@db.example.org/x",
            Some(("db.example.org", "x")),
        );
        check("mongodb://ann:s3c/ret@db/x", None);
        check("mongodb://ann:s3cret@db/x?maxPoolSize=s3cret", None);
        check("mongodb://", None);
        check("postgres://ann:s3cret@db/x", None);
        check("sqlite:folio.db", None);
        check("mongodb://db/x?w=majority&nonsense", None);
    }

    #[tokio::test]
    async fn writes_are_majority_and_journalled_whatever_the_address_says() {
        let config = MongoConfig::from_url("mongodb://db/x?w=0&journal=false&maxPoolSize=3").unwrap();
        let options = config.options().await.unwrap();
        let concern = options.write_concern.unwrap();
        assert_eq!(concern.w, Some(Acknowledgment::Majority));
        assert_eq!((concern.journal, concern.w_timeout), (Some(true), Some(MAJORITY)));
        assert_eq!(options.max_pool_size, Some(3));
        assert_eq!(options.server_selection_timeout, Some(SELECTION));
    }
}
