//! The settings of the webhook.

use std::fmt;

use folio_core::Result;

use super::signature::Signer;
use crate::target::Target;

/// Where messages are posted, and with what they are signed.
///
/// ```
/// use folio_notify::WebhookConfig;
///
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// let config = WebhookConfig::new("https://hooks.example.com/services/T0", secret)?;
/// assert_eq!(format!("{config:?}"), r#"WebhookConfig { destination: "https://hooks.example.com", secrets: 1 }"#);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone)]
pub struct WebhookConfig {
    pub(super) target: Target,
    pub(super) signers: Vec<Signer>,
}

impl WebhookConfig {
    /// Reads the address of the receiver, and the secrets separated by commas: one, or the new and the old
    /// ones while they are being replaced, when a message is signed with each.
    ///
    /// A secret is `whsec_` and the base64 of 24 to 64 random bytes.
    ///
    /// # Errors
    /// `NotConfigured` with what is allowed; neither the address nor a secret is repeated.
    pub fn new(url: &str, secrets: &str) -> Result<Self> {
        Ok(Self {
            target: Target::parse("the address of the webhook", url)?,
            signers: Signer::parse_list(secrets)?,
        })
    }
}

impl fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookConfig")
            .field("destination", &self.target)
            .field("secrets", &self.signers.len())
            .finish()
    }
}
