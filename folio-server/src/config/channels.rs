//! The settings of the channels that owners are told through.

use folio_core::{Error, ErrorKind, Result};
use folio_notify::{EmailConfig, NtfyConfig, Outbound, WebhookConfig};

use super::load::Values;
use super::settings::variable;

/// The channels that there can be, in the order in which they are offered.
pub const CHANNELS: [&str; 4] = ["console", "webhook", "email", "ntfy"];

/// Something valid to read one setting with while the other is not known: nothing is sent to it.
const SOME_URL: &str = "https://example.com/";
const SOME_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SOME_MAILBOX: &str = "folio@example.com";
const SOME_SERVER: &str = "smtps://example.com";

/// The channels that are configured. The console always is.
#[derive(Clone, Debug)]
pub struct ChannelsConfig {
    /// The channels of rules that name none.
    pub defaults: Vec<&'static str>,
    /// What may be reached.
    pub outbound: Outbound,
    /// The webhook.
    pub webhook: Option<WebhookConfig>,
    /// E-mail.
    pub email: Option<EmailConfig>,
    /// ntfy.
    pub ntfy: Option<NtfyConfig>,
    /// Whether the console is the standard error, because the standard output is for programs.
    pub console_beside: bool,
}

impl ChannelsConfig {
    pub(super) fn read(values: &mut Values) -> Result<Self> {
        let defaults = values.take("notify", channels)?;
        let outbound = values.take("outbound_allow", |text| said(Outbound::parse(text)))?;
        let url = values.take("webhook_url", |text| {
            said(WebhookConfig::new(text, SOME_SECRET)).and(owned(text))
        })?;
        let secret = values.take("webhook_secret", |text| {
            said(WebhookConfig::new(SOME_URL, text)).and(owned(text))
        })?;
        let server = values.take("smtp_url", |text| {
            said(EmailConfig::new(text, SOME_MAILBOX, SOME_MAILBOX)).and(owned(text))
        })?;
        let from = values.take("email_from", |text| {
            let read = EmailConfig::new(SOME_SERVER, text, SOME_MAILBOX);
            read.and(Ok(text.to_owned()))
                .map_err(|_| "an address is allowed, such as folio@example.com or folio <folio@example.com>".to_owned())
        })?;
        let to = values.take("email_to", |text| {
            let read = EmailConfig::new(SOME_SERVER, SOME_MAILBOX, text);
            read.and(Ok(text.to_owned())).map_err(|_| {
                "addresses with commas between them are allowed, such as me@example.com,you@example.com".to_owned()
            })
        })?;
        let ntfy = values.take("ntfy_url", |text| said(NtfyConfig::new(text)))?;
        let webhook = whole([("webhook_url", url), ("webhook_secret", secret)])?
            .map(|[url, secret]| WebhookConfig::new(&url, &secret))
            .transpose()?;
        let email = whole([("smtp_url", server), ("email_from", from), ("email_to", to)])?
            .map(|[server, from, to]| EmailConfig::new(&server, &from, &to))
            .transpose()?;
        let config = Self {
            defaults: defaults.unwrap_or_else(|| vec![CHANNELS[0]]),
            outbound: outbound.unwrap_or_default(),
            webhook,
            email,
            ntfy,
            console_beside: false,
        };
        config.check_defaults()?;
        Ok(config)
    }

    /// Whether a channel can be sent through; if not, the variables that it needs.
    #[must_use]
    pub fn missing(&self, channel: &str) -> Option<&'static str> {
        match channel {
            "webhook" if self.webhook.is_none() => Some("FOLIO_WEBHOOK_URL and FOLIO_WEBHOOK_SECRET"),
            "email" if self.email.is_none() => Some("FOLIO_SMTP_URL, FOLIO_EMAIL_FROM and FOLIO_EMAIL_TO"),
            "ntfy" if self.ntfy.is_none() => Some("FOLIO_NTFY_URL"),
            _ => None,
        }
    }

    /// Whoever names a channel relies on it: without its settings nobody would be told.
    fn check_defaults(&self) -> Result<()> {
        let missing = self
            .defaults
            .iter()
            .find_map(|channel| Some((channel, self.missing(channel)?)));
        match missing {
            None => Ok(()),
            Some((channel, variables)) => Err(refused(format!(
                "FOLIO_NOTIFY names {channel}, which needs {variables}: set what is missing, or leave {channel} out"
            ))),
        }
    }
}

/// All of several settings or none; some of them are of no use.
fn whole<const N: usize>(settings: [(&str, Option<String>); N]) -> Result<Option<[String; N]>> {
    let given = settings.iter().find(|(_, value)| value.is_some()).map(|(key, _)| *key);
    let missing = settings.iter().find(|(_, value)| value.is_none()).map(|(key, _)| *key);
    match (given, missing) {
        (None, _) => Ok(None),
        (Some(given), Some(missing)) => {
            let names: Vec<_> = settings.iter().map(|(key, _)| variable(key)).collect();
            Err(refused(format!(
                "{} is not set, and {} is: all of {} are allowed, or none",
                variable(missing),
                variable(given),
                names.join(", ")
            )))
        }
        (Some(_), None) => Ok(Some(settings.map(|(_, value)| value.unwrap_or_default()))),
    }
}

fn channels(text: &str) -> Result<Vec<&'static str>, String> {
    let mut chosen = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let Some(channel) = CHANNELS.into_iter().find(|channel| *channel == entry) else {
            return Err(allowed());
        };
        if !chosen.contains(&channel) {
            chosen.push(channel);
        }
    }
    if chosen.is_empty() { Err(allowed()) } else { Ok(chosen) }
}

fn allowed() -> String {
    format!(
        "{} with commas between them are allowed, at least one",
        CHANNELS.join(", ")
    )
}

fn said<T>(read: Result<T>) -> Result<T, String> {
    read.map_err(|error| error.message().to_owned())
}

fn owned(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::NotConfigured, message)
}
