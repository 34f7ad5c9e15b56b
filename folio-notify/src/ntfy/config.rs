//! The settings of ntfy.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folio_core::{Error, ErrorKind, Result};
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;

use crate::target::Target;

const WHAT: &str = "the address of ntfy";
/// The longest name of a topic.
const MAX_TOPIC: usize = 64;

/// Which topic of which server messages are published to.
///
/// ```
/// use folio_notify::NtfyConfig;
///
/// let config = NtfyConfig::new("https://:tk_invented@ntfy.example.com/my-alerts-7f3a")?;
/// let shown = r#"NtfyConfig { destination: "https://ntfy.example.com", with_authorization: true }"#;
/// assert_eq!(format!("{config:?}"), shown);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone)]
pub struct NtfyConfig {
    pub(super) server: Target,
    pub(super) topic: String,
    pub(super) authorization: Option<HeaderValue>,
}

impl NtfyConfig {
    /// Reads an address that ends with the topic: `https://ntfy.sh/my-alerts-7f3a`. An access token stands
    /// before the host as a password without a user, `https://:tk_…@ntfy.sh/…`; a user with a password is
    /// `https://user:password@…`.
    ///
    /// # Errors
    /// `NotConfigured` with what is allowed; the address, whose topic is as good as a password, is not repeated.
    pub fn new(url: &str) -> Result<Self> {
        let target = Target::parse(WHAT, url)?;
        let url = target.url();
        if url.query().is_some() {
            return Err(refuse(
                "has a query; a token goes before the host: https://:tk_…@ntfy.sh/topic",
            ));
        }
        let path = url.path().trim_end_matches('/');
        let (folder, topic) = path.rsplit_once('/').unwrap_or(("", path));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if topic.is_empty() || topic.len() > MAX_TOPIC || !topic.bytes().all(plain) {
            return Err(refuse(
                "does not end with a topic, 1 to 64 letters, digits, - and _, as in https://ntfy.sh/my-alerts-7f3a",
            ));
        }
        let decode = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        let no_text = |_| refuse("has a user or a password that is no text when its % are decoded");
        let user = decode(url.username()).map_err(no_text)?;
        let password = url.password().map(decode).transpose().map_err(no_text)?;
        let authorization = match (user.as_str(), password) {
            ("", None) => None,
            ("", Some(token)) => Some(header(format!("Bearer {token}"))?),
            (user, Some(password)) => Some(header(format!(
                "Basic {}",
                STANDARD.encode(format!("{user}:{password}"))
            ))?),
            (_, None) => {
                return Err(refuse(
                    "has a user without a password; a token stands behind a colon: https://:tk_…@ntfy.sh/topic",
                ));
            }
        };
        Ok(Self {
            server: target.with_path(&format!("{folder}/")),
            topic: topic.to_owned(),
            authorization,
        })
    }
}

/// The value of the header, marked so that no HTTP library logs it.
fn header(text: String) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| refuse("has a token that is not printable ASCII characters; it is not shown"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::NotConfigured, format!("{WHAT} {why}"))
}

impl fmt::Debug for NtfyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NtfyConfig")
            .field("destination", &self.server)
            .field("with_authorization", &self.authorization.is_some())
            .finish()
    }
}
