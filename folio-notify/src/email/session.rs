//! One conversation with a mail server.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::EmailConfig;
use super::config::{Security, Server};
use super::limited::Limited;
use crate::outbound::Outbound;
use crate::text::{cut, one_line};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of what a server says is shown.
const MAX_WORDS: usize = 200;

/// A connection on which a message can be sent.
pub(super) struct Session(AsyncSmtpConnection);

impl Session {
    /// Connects to the first address that can be reached, encrypts and logs in.
    pub(super) async fn open(server: &Server, tls: Option<TlsParameters>, outbound: &Outbound) -> Result<Self> {
        let encrypted = server.security != Security::Plain;
        let mut session = None;
        let mut failure = None;
        for address in outbound.addresses(&server.host, encrypted).await? {
            let implicit = tls.clone().filter(|_| server.security == Security::Implicit);
            match connect(SocketAddr::new(address, server.port), implicit).await {
                Ok(connection) => {
                    session = Some(Self(connection));
                    break;
                }
                Err(error) => failure = Some(error),
            }
        }
        let Some(mut session) = session else {
            return Err(failure.unwrap_or_else(|| Error::new(ErrorKind::Unavailable, "the mail server has no address")));
        };
        if let Some(tls) = tls.filter(|_| server.security == Security::StartTls) {
            if !session.0.can_starttls() {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "the mail server does not offer STARTTLS, and nothing is sent without",
                ));
            }
            let encrypted = session.0.starttls(tls, &ClientId::default()).await;
            encrypted.map_err(|error| describe("STARTTLS failed", ErrorKind::Unavailable, &error))?;
        }
        session.log_in(server).await?;
        Ok(session)
    }

    async fn log_in(&mut self, server: &Server) -> Result<()> {
        let Some((user, password)) = &server.login else {
            return Ok(());
        };
        let credentials = Credentials::new(user.clone(), password.clone());
        let Err(error) = self.0.auth(DEFAULT_MECHANISMS, &credentials).await else {
            return Ok(());
        };
        // The server's own words are left out here: it could repeat what it was told.
        Err(match error.status() {
            Some(code) if error.is_permanent() => Error::new(
                ErrorKind::NotConfigured,
                format!("the mail server refuses the user or the password (SMTP code {code})"),
            ),
            Some(code) => Error::new(
                ErrorKind::Unavailable,
                format!("the mail server cannot log anybody in now (SMTP code {code})"),
            ),
            None if error.is_client() => Error::new(
                ErrorKind::NotConfigured,
                "the mail server offers no login by PLAIN or LOGIN; leave user and password out if it needs none",
            ),
            None => Error::new(ErrorKind::Unavailable, "the mail server broke the login off"),
        })
    }

    /// Hands a message over, and returns what the server says of it.
    ///
    /// Those recipients that the server refuses for good are left out as long as one remains. Where it
    /// refuses one for now, nothing is sent, since the others would get the next attempt's too.
    pub(super) async fn send(&mut self, config: &EmailConfig, message: &[u8]) -> Result<Option<String>> {
        let from = Mail::new(Some(config.from.email.clone()), Vec::new());
        let sender = self.0.command(from).await;
        sender.map_err(|error| describe("the sender is refused", ErrorKind::NotConfigured, &error))?;
        let mut refused = Vec::new();
        let mut accepted = 0;
        for mailbox in config.to.iter() {
            match self.0.command(Rcpt::new(mailbox.email.clone(), Vec::new())).await {
                Ok(_) => accepted += 1,
                Err(error) => {
                    let error = describe("a recipient is refused", ErrorKind::NotConfigured, &error);
                    if error.is_retryable() {
                        return Err(error);
                    }
                    refused.push(error);
                }
            }
        }
        if accepted == 0 {
            return Err(refused
                .into_iter()
                .next()
                .unwrap_or_else(|| Error::new(ErrorKind::NotConfigured, "there is no recipient")));
        }
        for error in refused {
            tracing::warn!(server = config.server.address(), %error, "an e-mail goes to the other recipients only");
        }
        let this_message = |error| describe("the message is refused", ErrorKind::PermissionDenied, &error);
        self.0.command(Data).await.map_err(this_message)?;
        let taken = self.0.message(message).await.map_err(this_message)?;
        Ok(taken.first_line().map(|line| cut(&one_line(line), MAX_WORDS)))
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        let _ = self.0.quit().await;
    }
}

/// Connects to one address. What has no certificate yet is not listened to without end.
async fn connect(address: SocketAddr, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection> {
    const UNREACHABLE: &str = "the mail server cannot be reached";

    let hello = ClientId::default();
    let connection = if tls.is_some() {
        AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_TIMEOUT), &hello, tls, None).await
    } else {
        let late = |_| Error::new(ErrorKind::Timeout, "the mail server cannot be reached in time");
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address))
            .await
            .map_err(late)?;
        let stream = stream.map_err(|error| Error::new(ErrorKind::Unavailable, format!("{UNREACHABLE}: {error}")))?;
        AsyncSmtpConnection::connect_with_transport(Box::new(Limited::new(stream)), &hello).await
    };
    connection.map_err(|error| describe(UNREACHABLE, ErrorKind::Unavailable, &error))
}

/// An error of the server, which is `permanent` if the server says so for good.
fn describe(what: &str, permanent: ErrorKind, error: &SmtpError) -> Error {
    if error.is_timeout() {
        return Error::new(ErrorKind::Timeout, "the mail server did not answer in time");
    }
    let mut last = error.source();
    while let Some(inner) = last.and_then(|error| error.source()) {
        last = Some(inner);
    }
    let words = last.map_or_else(
        || "no details".to_owned(),
        |error| cut(&one_line(&error.to_string()), MAX_WORDS),
    );
    let kind = if error.is_permanent() {
        permanent
    } else {
        ErrorKind::Unavailable
    };
    let code = error
        .status()
        .map_or_else(String::new, |code| format!(" (SMTP code {code})"));
    Error::new(kind, format!("{what}{code}: {words}"))
}
