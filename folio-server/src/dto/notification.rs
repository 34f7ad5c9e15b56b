//! What owners were told, and the channels, as clients receive them.

use folio_core::{PortfolioId, ValuationId};
use folio_jobs::{ChannelStatus, DeliveryStatus, Disabled, NotificationRecord};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words;

/// What an owner is told, and how far that is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NotificationDto {
    /// Its id: the same for the same crossing, and that of the webhook's messages.
    #[schema(value_type = String, example = "0d9f3c1e-6f0b-5c1a-8f6e-2b7a6f1c9d3e")]
    pub id: Uuid,
    /// The portfolio; null where it concerns a price source.
    #[schema(required, value_type = Option<String>)]
    pub portfolio_id: Option<PortfolioId>,
    /// What happened.
    #[schema(value_type = words::NotificationKind)]
    pub kind: &'static str,
    /// What happened in a few words, on one line.
    #[schema(example = "Core has lost 6.2 %")]
    pub title: String,
    /// What happened and what to do, in sentences; lines are ended by `\n`.
    pub message: String,
    /// The snapshot that crossed.
    #[schema(required, value_type = Option<String>)]
    pub valuation_id: Option<ValuationId>,
    /// The rule that it crossed; it may be gone by now. Of what has no rule, an id that stays the same.
    #[schema(required, value_type = Option<String>)]
    pub rule_id: Option<Uuid>,
    /// The instant of the snapshot.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Through which channels, as it was decided at the crossing.
    pub deliveries: Vec<DeliveryDto>,
}

/// The delivery of a notification through one channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryDto {
    /// The channel.
    #[schema(example = "console")]
    pub channel: String,
    /// How far it is.
    #[schema(value_type = words::DeliveryState)]
    pub state: &'static str,
    /// How often it was sent.
    pub attempts: u32,
    /// What went wrong at the last try, where it did.
    #[schema(required)]
    pub last_error: Option<String>,
    /// When the channel took it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
    /// When it is sent next, where it is.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
}

impl From<NotificationRecord> for NotificationDto {
    fn from(record: NotificationRecord) -> Self {
        let notification = record.notification;
        Self {
            id: notification.id,
            portfolio_id: notification.portfolio_id,
            kind: notification.kind.as_str(),
            title: notification.title,
            message: notification.message,
            valuation_id: notification.valuation_id,
            rule_id: notification.rule_id,
            created_at: notification.created_at,
            deliveries: record.deliveries.into_iter().map(DeliveryDto::from).collect(),
        }
    }
}

impl From<DeliveryStatus> for DeliveryDto {
    fn from(status: DeliveryStatus) -> Self {
        Self {
            channel: status.channel,
            state: status.state.as_str(),
            attempts: status.attempts,
            last_error: status.last_error,
            delivered_at: status.delivered_at,
            next_attempt_at: status.next_attempt_at,
        }
    }
}

/// A channel that owners are told through.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelDto {
    /// Its name, as rules write it.
    #[schema(example = "webhook")]
    pub channel: String,
    /// Where it sends, as far as that may be shown; empty where there is nothing to say.
    #[schema(example = "https://hooks.example.com")]
    pub destination: String,
    /// Whether rules that name no channel go through it.
    pub is_default: bool,
    /// Since when it is not used, because it said that it takes nothing any more. A server that starts or a sample
    /// that it takes enables it again.
    #[schema(required)]
    pub disabled: Option<DisabledDto>,
}

/// That a channel takes nothing any more.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DisabledChannel)]
pub struct DisabledDto {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// What it said.
    pub reason: String,
}

impl From<ChannelStatus> for ChannelDto {
    fn from(status: ChannelStatus) -> Self {
        Self {
            channel: status.channel,
            destination: status.destination,
            is_default: status.is_default,
            disabled: status
                .disabled
                .map(|Disabled { since, reason, .. }| DisabledDto { since, reason }),
        }
    }
}
