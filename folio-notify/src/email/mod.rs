//! E-mail over SMTP.

mod config;
mod limited;
mod message;
mod session;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use folio_core::{Delivery, Error, ErrorKind, Notification, Notifier, Result};
use lettre::transport::smtp::client::{Certificate, TlsParameters};

pub use config::EmailConfig;

use crate::outbound::Outbound;
use config::Security;
use session::Session;

/// How long a server may take to say goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// Sends each notification as an e-mail with text and HTML.
///
/// Its `Message-ID` is made of the notification's id and the sender's domain, the same in every attempt.
pub struct Email {
    config: EmailConfig,
    outbound: Outbound,
    tls: OnceLock<TlsParameters>,
}

impl Email {
    /// A channel through a mail server. Nothing is connected before the first message.
    ///
    /// # Errors
    /// `NotConfigured` when the mail server is at a place that `outbound` forbids, or would be reached
    /// without TLS and is not listed there.
    pub fn new(config: EmailConfig, outbound: &Outbound) -> Result<Self> {
        outbound.check(&config.server.host, config.server.security != Security::Plain)?;
        Ok(Self {
            config,
            outbound: outbound.clone(),
            tls: OnceLock::new(),
        })
    }

    async fn send(&self, notification: &Notification) -> Result<(Session, Delivery)> {
        let message = message::write(&self.config, notification)?;
        let mut session = Session::open(&self.config.server, self.tls()?, &self.outbound).await?;
        let reference = session.send(&self.config, &message.formatted()).await?;
        Ok((session, Delivery { reference }))
    }

    fn tls(&self) -> Result<Option<TlsParameters>> {
        if self.config.server.security == Security::Plain {
            return Ok(None);
        }
        if let Some(tls) = self.tls.get() {
            return Ok(Some(tls.clone()));
        }
        // Fails only when a provider has been installed before, which is then used.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let unusable = |error: lettre::transport::smtp::Error| {
            Error::new(ErrorKind::NotConfigured, "TLS cannot be set up").with_source(error)
        };
        // The certificate is held against the name, whichever of its addresses is connected to.
        let mut builder = TlsParameters::builder(self.config.server.name());
        if let Some(roots) = self.outbound.roots() {
            builder = builder.add_root_certificate(Certificate::from_pem(roots.as_bytes()).map_err(unusable)?);
        }
        let tls = builder.build_rustls().map_err(unusable)?;
        Ok(Some(self.tls.get_or_init(|| tls).clone()))
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Email").field(&self.config).finish()
    }
}

#[async_trait]
impl Notifier for Email {
    fn channel(&self) -> &str {
        "email"
    }

    fn destination(&self) -> String {
        self.config.recipients()
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let sent = tokio::time::timeout(self.outbound.timeout(), self.send(notification)).await;
        let sent =
            sent.unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, "the mail server did not answer in time")));
        let (session, delivery) = sent.map_err(|error| {
            error
                .with_operation("email.notify")
                .with_context("server", self.config.server.address())
        })?;
        // The message is taken, whatever becomes of this.
        let _ = tokio::time::timeout(GOODBYE_TIMEOUT, session.close()).await;
        Ok(delivery)
    }
}
