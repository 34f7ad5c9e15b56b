//! `notification` and `channel`: what owners were told, and what they are told through.

use folio_core::store::NotificationQuery;
use folio_core::{Error, ErrorKind, NotificationKind, Result};
use folio_jobs::{DeliveryState, Jobs};

use super::args::{ChannelCommand, NotificationCommand, NotificationsArgs};
use super::output::{self, Align, or_dash, patiently};
use super::tool::Tool;
use crate::dto::{ChannelDto, DeliveryDto, NotificationDto};
use crate::routes::notification_id;
use crate::wiring;

/// The jobs of this process, which does not run them.
async fn jobs(tool: &Tool) -> Result<Jobs> {
    let queue = wiring::open_queue(&tool.config, &tool.opened).await?;
    Ok(wiring::jobs(&tool.config, &tool.tracker, &queue))
}

pub(super) async fn notifications(tool: &Tool, command: NotificationCommand) -> Result<()> {
    match command {
        NotificationCommand::List(args) => list(tool, args).await,
        NotificationCommand::Send { id } => {
            let record = jobs(tool).await?.send_again(&tool.owner, notification_id(&id)?).await?;
            let notification = NotificationDto::from(record);
            if tool.json {
                return output::json(&notification);
            }
            deliveries(&[notification]);
            say!("\nA server that runs sends it now, else the next one that starts.");
            Ok(())
        }
    }
}

async fn list(tool: &Tool, args: NotificationsArgs) -> Result<()> {
    let mut query = NotificationQuery::newest(tool.owner.clone(), args.limit as usize);
    if let Some(portfolio) = &args.portfolio {
        query.portfolio_id = Some(tool.portfolio(portfolio).await?.id);
    }
    if let Some(name) = &args.kind {
        let kinds = NotificationKind::ALL
            .into_iter()
            .filter(|kind| *kind != NotificationKind::Sample);
        let kind = kinds.clone().find(|kind| kind.as_str() == name);
        let names: Vec<_> = kinds.map(NotificationKind::as_str).collect();
        query.kind = Some(kind.ok_or_else(|| Error::invalid(format!("--kind is one of {}", names.join(", "))))?);
    }
    let page = jobs(tool).await?.notifications(&query).await?;
    let items: Vec<_> = page.items.into_iter().map(NotificationDto::from).collect();
    if tool.json {
        return output::json(&items);
    }
    deliveries(&items);
    Ok(())
}

/// A line for each channel of each notification.
fn deliveries(notifications: &[NotificationDto]) {
    let mut rows = Vec::new();
    for notification in notifications {
        let head = [
            notification.id.to_string(),
            notification.created_at.to_string(),
            notification.kind.to_owned(),
        ];
        if notification.deliveries.is_empty() {
            let mut row = head.to_vec();
            row.extend(["–", "–", "–", &notification.title].map(str::to_owned));
            rows.push(row);
        }
        for delivery in &notification.deliveries {
            let mut row = head.to_vec();
            row.extend([
                delivery.channel.clone(),
                delivery.state.to_owned(),
                delivery.attempts.to_string(),
                delivery
                    .last_error
                    .clone()
                    .unwrap_or_else(|| notification.title.clone()),
            ]);
            rows.push(row);
        }
    }
    let heading = [
        ("ID", Align::Left),
        ("AS OF", Align::Left),
        ("KIND", Align::Left),
        ("CHANNEL", Align::Left),
        ("STATE", Align::Left),
        ("TRIES", Align::Right),
        ("", Align::Left),
    ];
    output::table(&heading, &rows);
}

pub(super) async fn channels(tool: &Tool, command: ChannelCommand) -> Result<()> {
    match command {
        ChannelCommand::List => {
            let items = jobs(tool).await?.channels().await?.into_iter().map(ChannelDto::from);
            let items: Vec<_> = items.collect();
            if tool.json {
                return output::json(&items);
            }
            let rows: Vec<_> = items.iter().map(row).collect();
            let heading = [
                ("CHANNEL", Align::Left),
                ("DESTINATION", Align::Left),
                ("DEFAULT", Align::Left),
                ("", Align::Left),
            ];
            output::table(&heading, &rows);
            Ok(())
        }
        ChannelCommand::Test { name } => {
            let jobs = jobs(tool).await?;
            let status = patiently("sending", jobs.test_channel(&tool.owner, &name)).await?;
            let kind = status.error_kind.unwrap_or(ErrorKind::Internal);
            let (state, delivery) = (status.state, DeliveryDto::from(status));
            if tool.json {
                output::json(&delivery)?;
            } else if state == DeliveryState::Delivered {
                say!("{name} has taken the sample");
            }
            if state == DeliveryState::Delivered {
                return Ok(());
            }
            let why = or_dash(delivery.last_error);
            Err(Error::new(kind, format!("{name} has not taken the sample: {why}")))
        }
    }
}

fn row(channel: &ChannelDto) -> Vec<String> {
    let disabled = channel.disabled.as_ref();
    vec![
        channel.channel.clone(),
        or_dash(Some(&channel.destination).filter(|text| !text.is_empty())),
        if channel.is_default { "yes" } else { "no" }.to_owned(),
        disabled.map_or_else(String::new, |disabled| {
            format!("disabled since {}: {}", disabled.since, disabled.reason)
        }),
    ]
}
