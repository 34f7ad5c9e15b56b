//! Where Redis is, and how long it is waited for.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use percent_encoding::percent_decode_str;

/// What an address may be; no message shows the one that was given, since a password may be anywhere in it.
const ALLOWED: &str = "allowed are redis://HOST:PORT/DATABASE, rediss:// the same with TLS, and for a cluster \
                       redis+cluster://HOST:PORT,HOST:PORT or rediss+cluster://, each with USER:PASSWORD@ before the hosts, \
                       percent-encoded";
const DEFAULT_PORT: u16 = 6379;

/// How Redis is reached.
///
/// ```
/// use folio_cache_redis::RedisConfig;
///
/// let config = RedisConfig::from_url("rediss+cluster://folio:a%40b@one:7000,two:7000")?;
/// assert_eq!(config.nodes, [("one".to_owned(), 7000), ("two".to_owned(), 7000)]);
/// assert!(config.cluster && config.tls);
/// assert_eq!(config.to_string(), "rediss+cluster://folio@one:7000,two:7000");
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisConfig {
    /// Host and port of the server, or of some nodes of the cluster.
    pub nodes: Vec<(String, u16)>,
    /// Whether it is a cluster.
    pub cluster: bool,
    /// Whether connections are encrypted and the server's certificate is checked.
    pub tls: bool,
    /// The user; `None` is Redis' default user.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The number of the database; a cluster has only 0.
    pub database: u16,
    /// A file of certificates in PEM, which alone are trusted to have signed the server's; without one those
    /// that are trusted on the web.
    pub ca_file: Option<PathBuf>,
    /// How many milliseconds an answer is waited for; 300 unless said otherwise.
    pub timeout_ms: NonZeroU32,
}

impl RedisConfig {
    /// A server of its own without TLS and without a password.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            nodes: vec![(host.into(), port)],
            cluster: false,
            tls: false,
            username: None,
            password: None,
            database: 0,
            ca_file: None,
            timeout_ms: NonZeroU32::MIN.saturating_add(299),
        }
    }

    /// Reads `url`, `ca_file` and `timeout_ms` from names and values.
    ///
    /// # Errors
    /// `NotConfigured` when the address is missing or not understood, a name is unknown or a value is out of
    /// its range.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let (mut config, mut settings) = (None, Vec::new());
        for (name, value) in pairs {
            match name {
                "url" => config = Some(Self::from_url(value)?),
                _ => settings.push((name, value)),
            }
        }
        let mut config = config.ok_or_else(|| not_understood("it is missing"))?;
        for (name, value) in settings {
            config.set(name, value)?;
        }
        config.checked()
    }

    /// Reads an address: `redis://`, `rediss://`, `redis+cluster://` or `rediss+cluster://`, a user and a
    /// password, hosts and ports, the number of a database, and behind a question mark `ca_file` and
    /// `timeout_ms`.
    ///
    /// # Errors
    /// `NotConfigured` when it is not understood, in words that do not repeat it.
    pub fn from_url(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| not_understood("it has no ://"))?;
        let (cluster, tls) = match scheme {
            "redis" => (false, false),
            "rediss" => (false, true),
            "redis+cluster" => (true, false),
            "rediss+cluster" => (true, true),
            _ => return Err(not_understood("its scheme is another")),
        };
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        let nodes = hosts.split(',').map(node).collect::<Result<Vec<_>>>()?;
        let mut config = Self {
            nodes,
            cluster,
            tls,
            ..Self::new("", DEFAULT_PORT)
        };
        if let Some(user) = user {
            let (name, password) = user
                .split_once(':')
                .map_or((user, None), |(name, password)| (name, Some(password)));
            config.username = Some(decoded(name)?).filter(|name| !name.is_empty());
            config.password = password.map(decoded).transpose()?;
        }
        if !path.is_empty() {
            config.database = path
                .parse()
                .map_err(|_| not_understood("what follows the / is not the number of a database"))?;
        }
        for pair in settings.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.set(name, &decoded(value)?)?;
        }
        config.checked()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "ca_file" => self.ca_file = Some(value).filter(|value| !value.is_empty()).map(PathBuf::from),
            "timeout_ms" => {
                self.timeout_ms = value.parse().map_err(|_| {
                    refused("timeout_ms has to be a whole number of milliseconds above zero".to_owned())
                })?;
            }
            _ => {
                return Err(refused(
                    "a setting of Redis is unknown; there are ca_file and timeout_ms".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn checked(self) -> Result<Self> {
        if !self.cluster && self.nodes.len() != 1 {
            return Err(not_understood("several hosts are only for a cluster"));
        }
        if self.cluster && self.database != 0 {
            return Err(not_understood("a cluster has only the database 0"));
        }
        if self.ca_file.is_some() && !self.tls {
            return Err(refused(
                "ca_file is for connections with TLS: write rediss:// or rediss+cluster://".to_owned(),
            ));
        }
        if self.password.is_none() && self.username.is_some() {
            return Err(not_understood("a user without a password is not possible"));
        }
        Ok(self)
    }

    /// How long an answer is waited for.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.get().into())
    }
}

/// One host, with or without a port; an IPv6 address is in brackets.
fn node(text: &str) -> Result<(String, u16)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some(""))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("")),
        },
    };
    let port = match port {
        Some("") if !text.ends_with(':') => Some(DEFAULT_PORT),
        Some(port) => port.parse().ok().filter(|port| *port > 0),
        None => None,
    };
    let port = port.ok_or_else(|| not_understood("a port is not a number from 1 to 65535"))?;
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(not_understood("a host is missing"));
    }
    Ok((host.to_owned(), port))
}

fn decoded(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(|text| text.into_owned())
        .map_err(|_| not_understood("what is percent-encoded is not UTF-8"))
}

fn not_understood(why: &str) -> Error {
    refused(format!("the address of Redis cannot be used: {why}; {ALLOWED}"))
}

pub(crate) fn refused(message: String) -> Error {
    Error::new(ErrorKind::NotConfigured, message)
}

/// The address without the password.
impl fmt::Display for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match (self.tls, self.cluster) {
            (false, false) => "redis",
            (true, false) => "rediss",
            (false, true) => "redis+cluster",
            (true, true) => "rediss+cluster",
        };
        write!(f, "{scheme}://")?;
        if let Some(username) = &self.username {
            write!(f, "{username}@")?;
        }
        for (index, (host, port)) in self.nodes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match host.contains(':') {
                true => write!(f, "{separator}[{host}]:{port}")?,
                false => write!(f, "{separator}{host}:{port}")?,
            }
        }
        if self.database != 0 {
            write!(f, "/{}", self.database)?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("address", &self.to_string())
            .field("ca_file", &self.ca_file)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        match (RedisConfig::from_url(url), expected) {
            (Ok(config), Ok(text)) => assert_eq!(config.to_string(), text, "{url}"),
            (Err(error), Err(part)) => {
                assert_eq!(error.kind(), ErrorKind::NotConfigured, "{url}");
                assert!(error.message().contains(part), "{url}: {error}");
                assert!(!format!("{error:?}").contains("hunter2"), "{url}: {error:?}");
            }
            (config, _) => panic!("{url}: {config:?}"),
        }
    }

    #[test]
    fn addresses() {
        check("redis://localhost", Ok("redis://localhost:6379"));
        check("redis://localhost/", Ok("redis://localhost:6379"));
        check("redis://:hunter2@h:7000/3", Ok("redis://h:7000/3"));
        check("rediss://folio:hunter2@h", Ok("rediss://folio@h:6379"));
        check("redis://[::1]:7000", Ok("redis://[::1]:7000"));
        check("redis://[::1]", Ok("redis://[::1]:6379"));
        check("redis+cluster://a,b:1,c", Ok("redis+cluster://a:6379,b:1,c:6379"));
        check("rediss+cluster://a:1?ca_file=/x.pem", Ok("rediss+cluster://a:1"));
        for (url, part) in [
            ("", "no ://"),
            ("localhost:6379", "no ://"),
            ("memory:", "no ://"),
            ("http://hunter2@h", "scheme"),
            ("redis://", "host is missing"),
            ("redis://:hunter2@", "host is missing"),
            ("redis://h:", "port"),
            ("redis://h:0", "port"),
            ("redis://h:99999", "port"),
            ("redis://u:hun/hunter2@h:1", "port"),
            ("redis://u:hunter2?@h:1", "port"),
            ("redis://u:hunter2%FF@h:1", "UTF-8"),
            ("redis://h/hunter2", "database"),
            ("redis://a,b", "only for a cluster"),
            ("redis+cluster://a/1", "only the database 0"),
            ("redis://hunter2@h", "without a password"),
            ("redis://h?hunter2=1", "ca_file and timeout_ms"),
            ("redis://h?timeout_ms=0", "above zero"),
            ("redis://h?ca_file=x", "rediss://"),
        ] {
            check(url, Err(part));
        }
        for url in ["", "x://y"] {
            let error = RedisConfig::from_url(url).unwrap_err();
            for form in ["redis://", "rediss://", "redis+cluster://", "rediss+cluster://"] {
                assert!(error.message().contains(form), "{error}");
            }
        }
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        let config = RedisConfig::from_url("redis://u%3A:p%40%2Fhunter2@h:1?timeout_ms=50").unwrap();
        assert_eq!(config.username.as_deref(), Some("u:"));
        assert_eq!(config.password.as_deref(), Some("p@/hunter2"));
        assert_eq!(config.patience(), Duration::from_millis(50));
        assert!(!format!("{config:?} {config}").contains("hunter2"));
    }

    #[test]
    fn settings_are_pairs_too_in_any_order() {
        let pairs = [("ca_file", "/ca.pem"), ("url", "rediss://h"), ("timeout_ms", "1000")];
        let config = RedisConfig::from_pairs(pairs).unwrap();
        assert_eq!(config.ca_file, Some("/ca.pem".into()));
        assert_eq!(config.timeout_ms.get(), 1000);
        assert!(RedisConfig::from_pairs([("ca_file", "x")]).is_err());
        assert!(RedisConfig::from_pairs([("url", "redis://h"), ("ca_file", "x")]).is_err());
    }
}
