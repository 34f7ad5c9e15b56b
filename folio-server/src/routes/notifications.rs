//! What owners were told, and the channels.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::store::NotificationQuery;
use folio_core::{Error, NotificationKind, PortfolioId};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Caller, PathParts};
use crate::app::App;
use crate::cursor;
use crate::dto::{ChannelDto, DeliveryDto, NotificationDto, Page};
use crate::error::Result;
use crate::idempotency::{self, Answer};
use crate::input::EmptyBody;
use crate::query::Query;

/// The name of the list in its cursors.
const LIST: &str = "notifications";

/// Lists what the caller was told, newest first
///
/// With how far its delivery is through each channel. Kept for 90 days.
#[utoipa::path(get, path = "/notifications", tag = "alerts", operation_id = "list_notifications",
    params(
        ("portfolio_id" = Option<String>, Query, description = "Only those about this portfolio."),
        ("kind" = Option<crate::dto::words::NotificationKind>, Query, description = "Only those of this kind."),
        ("limit" = Option<u32>, Query, description = "At most so many, 50 unless told.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where the part before ended."),
    ),
    responses((status = 200, body = Page<NotificationDto>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Result<Json<Page<NotificationDto>>> {
    let mut wanted = NotificationQuery::newest(caller.owner().clone(), query.limit()?);
    wanted.kind = query.word("kind", &KINDS)?;
    wanted.after = query
        .text("cursor")
        .map(|text| cursor::decode(LIST, text, position))
        .transpose()?;
    if let Some(id) = query.text("portfolio_id") {
        // Of a portfolio that the caller does not have there is no list, rather than an empty one.
        let id: PortfolioId = id.parse()?;
        wanted.portfolio_id = Some(app.tracker.portfolio(caller.owner(), id).await?.id);
    }
    let page = app.jobs.notifications(&wanted).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| {
        let (at, id) = (last.notification.created_at.as_millisecond(), last.notification.id);
        cursor::encode(LIST, &format!("{at}/{id}"))
    });
    Ok(Json(Page {
        items: page.items.into_iter().map(NotificationDto::from).collect(),
        next_cursor,
    }))
}

/// The kinds that are kept: a sample is not.
const KINDS: [(&str, NotificationKind); 6] = [
    named(NotificationKind::LossAlert),
    named(NotificationKind::GainAlert),
    named(NotificationKind::ChangeAlert),
    named(NotificationKind::PriceAlert),
    named(NotificationKind::DataDegraded),
    named(NotificationKind::SourceDegraded),
];

const fn named(kind: NotificationKind) -> (&'static str, NotificationKind) {
    (kind.as_str(), kind)
}

fn position(text: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = text.split_once('/')?;
    Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, id.parse().ok()?))
}

/// Sends a notification again
///
/// Through each of its channels, at once and with the same id. What is on its way goes on as it is.
#[utoipa::path(post, path = "/notifications/{id}/deliveries", tag = "alerts", operation_id = "send_again",
    params(("id" = String, Path, description = "The notification's id.")),
    responses((status = 202, body = NotificationDto)))]
pub(super) async fn send_again(
    State(app): State<App>,
    caller: Caller,
    PathParts(id): PathParts<String>,
    headers: HeaderMap,
    _: EmptyBody,
) -> Result<Response> {
    let (state, owner) = (app.clone(), caller.owner().clone());
    let id = notification_id(&id)?;
    let route = format!("notifications/{id}/deliveries");
    let made = idempotency::once(&app, &caller.0, &headers, &route, b"", move |_| async move {
        let record = state.jobs.send_again(&owner, id).await?;
        Answer::json(StatusCode::ACCEPTED, &NotificationDto::from(record))
    });
    made.await.map(IntoResponse::into_response)
}

/// Only the form that folio issues: an id in another is one that nobody has.
pub(crate) fn notification_id(text: &str) -> folio_core::Result<Uuid> {
    match Uuid::try_parse(text) {
        Ok(id) if id.hyphenated().to_string() == text => Ok(id),
        _ => Err(Error::not_found("notification")),
    }
}

/// Lists the channels that are set up, in alphabetical order
#[utoipa::path(get, path = "/channels", tag = "alerts", operation_id = "list_channels",
    responses((status = 200, body = Page<ChannelDto>)))]
pub(super) async fn channels(State(app): State<App>) -> Result<Json<Page<ChannelDto>>> {
    let items = app.jobs.channels().await?.into_iter().map(ChannelDto::from).collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

/// Sends a sample through a channel
///
/// At once; the answer says what came of it. A channel that takes it is enabled again.
#[utoipa::path(post, path = "/channels/{channel}/test", tag = "alerts", operation_id = "test_channel",
    params(("channel" = String, Path, description = "The channel's name.")),
    responses((status = 200, body = DeliveryDto)))]
pub(super) async fn test(
    State(app): State<App>,
    caller: Caller,
    PathParts(channel): PathParts<String>,
    headers: HeaderMap,
    _: EmptyBody,
) -> Result<Response> {
    let (state, owner) = (app.clone(), caller.owner().clone());
    let route = format!("channels/{channel}/test");
    let made = idempotency::once(&app, &caller.0, &headers, &route, b"", move |_| async move {
        let status = state.jobs.test_channel(&owner, &channel).await?;
        Answer::json(StatusCode::OK, &DeliveryDto::from(status))
    });
    made.await.map(IntoResponse::into_response)
}
