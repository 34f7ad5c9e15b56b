//! The body of a webhook.

use folio_core::{Notification, PortfolioId, ValuationId};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

/// A notification as the REST interface shows it, without its deliveries.
#[derive(Serialize)]
struct Data<'a> {
    id: Uuid,
    portfolio_id: &'a Option<PortfolioId>,
    kind: &'static str,
    title: &'a str,
    message: &'a str,
    valuation_id: &'a Option<ValuationId>,
    rule_id: Option<Uuid>,
    created_at: Timestamp,
}

/// The same bytes for the same notification.
pub(super) fn write(notification: &Notification) -> serde_json::Result<Vec<u8>> {
    let kind = notification.kind.as_str();
    serde_json::to_vec(&Payload {
        kind,
        timestamp: notification.created_at,
        data: Data {
            id: notification.id,
            portfolio_id: &notification.portfolio_id,
            kind,
            title: &notification.title,
            message: &notification.message,
            valuation_id: &notification.valuation_id,
            rule_id: notification.rule_id,
            created_at: notification.created_at,
        },
    })
}
