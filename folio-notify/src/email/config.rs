//! The settings of e-mail.

use std::fmt;

use folio_core::{Error, ErrorKind, Result};
use lettre::message::{Mailbox, Mailboxes};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// From the first byte.
    Implicit,
    /// By `STARTTLS`, before anything else is said.
    StartTls,
    /// Not at all.
    Plain,
}

/// A mail server, and who uses it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) security: Security,
    /// User and password.
    pub(super) login: Option<(String, String)>,
}

impl Server {
    /// The name that its certificate has to have.
    pub(super) fn name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// Host and port.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn parse(text: &str) -> Result<Self> {
        let url = Url::parse(text.trim()).map_err(|_| refuse("is not an address"))?;
        let mut encrypted = None;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") => encrypted = Some(Security::StartTls),
                _ => return Err(refuse("has a query other than ?tls=required")),
            }
        }
        let (security, port) = match (url.scheme(), encrypted) {
            ("smtps", None) => (Security::Implicit, 465),
            ("smtps", Some(_)) => return Err(refuse("is smtps, which has TLS without ?tls=required")),
            ("smtp", Some(security)) => (security, 587),
            ("smtp", None) => (Security::Plain, 25),
            _ => return Err(refuse("begins with neither smtps:// nor smtp://")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(refuse("has something behind the host and the port"));
        }
        // Of a scheme that is not the web's, the host is taken as it was written.
        let host = url.host_str().and_then(|host| Host::parse(host).ok());
        let decode = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        let no_text = |_| refuse("has a user or a password that is no text when its % are decoded");
        let user = decode(url.username()).map_err(no_text)?;
        let password = url.password().map(decode).transpose().map_err(no_text)?;
        let login = match (user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some((user, password)),
            _ => return Err(refuse("has a user without a password or a password without a user")),
        };
        Ok(Self {
            host: host.ok_or_else(|| refuse("has no host"))?,
            port: url.port().unwrap_or(port),
            security,
            login,
        })
    }
}

/// The mail server, the sender and the recipients.
///
/// ```
/// use folio_notify::EmailConfig;
///
/// let server = "smtps://me%40example.com:invented@smtp.example.com";
/// let config = EmailConfig::new(server, "folio <folio@example.com>", "me@example.com, you@example.com")?;
/// assert!(!format!("{config:?}").contains("invented"));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone)]
pub struct EmailConfig {
    pub(super) server: Server,
    pub(super) from: Mailbox,
    pub(super) to: Mailboxes,
}

impl EmailConfig {
    /// Reads the address of the mail server, the sender, and the recipients separated by commas.
    ///
    /// The server is `smtps://user:password@host:465` for TLS from the first byte, or
    /// `smtp://user:password@host:587?tls=required` for `STARTTLS`; `smtp://host:25` is without TLS and works
    /// for hosts that are listed as allowed. Without a port it is the usual one, without a user nobody logs
    /// in. A sender or recipient is `me@example.com` or `Me <me@example.com>`.
    ///
    /// # Errors
    /// `NotConfigured` with what is allowed; the address of the server, which may hold a password, is not
    /// repeated.
    pub fn new(server: &str, from: &str, to: &str) -> Result<Self> {
        let server = Server::parse(server)?;
        let from: Mailbox = from.parse().map_err(|_| mailbox("the sender of e-mail", from))?;
        let to: Mailboxes = to.parse().map_err(|_| mailbox("the recipients of e-mail", to))?;
        if to.iter().next().is_none() {
            return Err(mailbox("the recipients of e-mail", ""));
        }
        for address in to.iter().chain([&from]).map(|mailbox| mailbox.email.to_string()) {
            if !address.is_ascii() {
                return Err(mailbox("an address of e-mail", &address));
            }
        }
        Ok(Self { server, from, to })
    }

    /// The addresses of the recipients.
    pub(super) fn recipients(&self) -> String {
        let addresses: Vec<&str> = self.to.iter().map(|mailbox| mailbox.email.as_ref()).collect();
        addresses.join(", ")
    }
}

impl fmt::Debug for EmailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfig")
            .field("server", &self.server.address())
            .field("security", &self.server.security)
            .field("with_login", &self.server.login.is_some())
            .field("to", &self.recipients())
            .finish_non_exhaustive()
    }
}

fn refuse(why: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!(
            "the address of the mail server {why}; write smtps://user:password@smtp.example.com:465 or \
             smtp://user:password@smtp.example.com:587?tls=required, percent-encoding what is special (%40 for @)"
        ),
    )
}

fn mailbox(what: &str, text: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!(
            "{what}: {text:?} is not of the form me@example.com or Me <me@example.com>; recipients are separated by commas, \
             addresses are ASCII (an international domain in its xn-- form)"
        ),
    )
}
