//! `new`, `add`, `list`, `value`.

use std::collections::HashMap;

use folio_core::money::{Decimal, decimal};
use folio_core::store::PortfolioQuery;
use folio_core::{AssetId, AssetInfo, Error, HoldingId, Policy, Portfolio, PortfolioId, Result, Valuation};
use serde_json::{Map, Value, json};

use super::args::{AddArgs, ListArgs, NewArgs, ValueArgs};
use super::output::{self, Align, or_dash, patiently};
use super::tool::Tool;
use crate::dto::{ChangesDto, HoldingDto, HoldingInput, PortfolioDto, PortfolioInput, SummaryDto, ValuationDto};

pub(super) async fn new(tool: &Tool, args: NewArgs) -> Result<()> {
    let NewArgs {
        name,
        currency,
        time_zone,
        policy,
        note,
    } = args;
    let body = json!({"name": name, "base_currency": currency, "time_zone": time_zone, "policy": policy, "note": note});
    let now = tool.tracker.clock().now();
    let portfolio = PortfolioInput::read(body, PortfolioId::new(now), &tool.owner, now)?;
    let portfolio = tool.tracker.create_portfolio(portfolio).await?;
    if tool.json {
        return output::json(&PortfolioDto::of(&portfolio, &HashMap::new()));
    }
    say!("{} {}", portfolio.id, portfolio.name);
    Ok(())
}

pub(super) async fn add(tool: &Tool, args: AddArgs) -> Result<()> {
    let portfolio = tool.portfolio(&args.portfolio).await?;
    let fields = [
        ("asset", Some(args.asset)),
        ("quantity", Some(args.quantity)),
        ("cost", args.cost),
        ("unit_cost", args.unit_cost),
        ("cost_currency", args.cost_currency),
        ("acquired_on", args.on),
        ("account", args.account),
        ("note", args.note),
        ("external_id", args.external_id),
    ];
    let body: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
        .collect();
    let id = HoldingId::new(tool.tracker.clock().now());
    let holding = HoldingInput::read(Value::Object(body), "", id, portfolio.base_currency)?;
    let push = |portfolio: &mut Portfolio| {
        portfolio.holdings.push(holding.clone());
        Ok(())
    };
    tool.tracker
        .update_portfolio(&tool.owner, portfolio.id, None, push)
        .await?;
    if tool.json {
        return output::json(&HoldingDto::of(&holding, None));
    }
    say!("{} {} {}", holding.id, holding.quantity, holding.asset);
    Ok(())
}

pub(super) async fn list(tool: &Tool, args: &ListArgs) -> Result<()> {
    let mut query = PortfolioQuery {
        owner: tool.owner.clone(),
        archived: args.archived,
        after: None,
        limit: 200,
    };
    let mut summaries = Vec::new();
    loop {
        let page = tool.tracker.portfolios(&query).await?;
        query.after = page.items.last().map(|last| last.id);
        summaries.extend(page.items);
        if !page.more {
            break;
        }
    }
    if tool.json {
        let items: Vec<_> = summaries
            .into_iter()
            .map(|summary| SummaryDto::of(summary, None))
            .collect();
        return output::json(&items);
    }
    let ids: Vec<_> = summaries.iter().map(|summary| summary.id).collect();
    let latest = tool.opened.store.latest_valuations(&ids).await?;
    let rows: Vec<_> = summaries
        .iter()
        .map(|summary| {
            let value = latest.iter().find(|valuation| valuation.portfolio_id == summary.id);
            let total = value.and_then(|valuation| valuation.total_value);
            let as_of = value.map(|valuation| valuation.as_of);
            vec![
                summary.id.to_string(),
                summary.name.clone(),
                summary.holding_count.to_string(),
                or_dash(total.map(|total| amount(total.amount()))),
                summary.base_currency.to_string(),
                or_dash(as_of),
            ]
        })
        .collect();
    let heading = [
        ("ID", Align::Left),
        ("NAME", Align::Left),
        ("HOLDINGS", Align::Right),
        ("VALUE", Align::Right),
        ("", Align::Left),
        ("AS OF", Align::Left),
    ];
    output::table(&heading, &rows);
    Ok(())
}

/// Two decimals for people; the exact amount is in the JSON.
pub(super) fn amount(value: Decimal) -> String {
    let rounded = decimal::round(value, 2, decimal::Rounding::HalfEven);
    let text = decimal::to_text(rounded).to_string();
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, fraction)) if fraction.len() == 1 => format!("{text}0"),
        Some(_) => text,
    }
}

pub(super) async fn value(tool: &Tool, args: &ValueArgs) -> Result<()> {
    let policy = match args.policy.as_deref() {
        None => None,
        Some("strict") => Some(Policy::Strict),
        Some("carry_forward") => Some(Policy::default()),
        Some("exclude") => Some(Policy::Exclude),
        Some(_) => {
            return Err(Error::invalid("--policy is strict, carry_forward or exclude"));
        }
    };
    let portfolio = tool.portfolio(&args.portfolio).await?;
    let valuation = patiently(
        "asking for prices",
        tool.tracker.value(&tool.owner, portfolio.id, policy),
    )
    .await?;
    if tool.json {
        let assets: Vec<_> = valuation.holdings.iter().map(|row| row.asset.clone()).collect();
        let infos: HashMap<AssetId, AssetInfo> = tool.tracker.asset_infos(&assets).await?.into_iter().collect();
        let changes = ChangesDto::of(&tool.tracker.changes(&valuation).await?);
        return output::json(&ValuationDto::full(&valuation, changes, &infos));
    }
    show(&portfolio, &valuation);
    Ok(())
}

fn show(portfolio: &Portfolio, valuation: &Valuation) {
    let rows: Vec<_> = valuation
        .holdings
        .iter()
        .map(|row| {
            vec![
                row.asset.to_string(),
                row.quantity.to_string(),
                or_dash(row.price),
                or_dash(row.value.map(|value| amount(value.amount()))),
                or_dash(row.gain_percent.map(|percent| format!("{percent} %"))),
                row.pricing.reason.map_or_else(String::new, |reason| {
                    format!("{reason}: {}", row.remedy().unwrap_or_default())
                }),
            ]
        })
        .collect();
    let heading = [
        ("ASSET", Align::Left),
        ("QUANTITY", Align::Right),
        ("PRICE", Align::Right),
        ("VALUE", Align::Right),
        ("GAIN", Align::Right),
        ("", Align::Left),
    ];
    output::table(&heading, &rows);
    let coverage = valuation.coverage;
    let total = or_dash(valuation.total_value.map(|total| amount(total.amount())));
    say!(
        "\n{}: {total} {}, {}",
        portfolio.name,
        valuation.base_currency,
        valuation.status.as_str()
    );
    if coverage.carried + coverage.unpriced > 0 {
        say!(
            "{} priced, {} carried, {} without a price",
            coverage.priced,
            coverage.carried,
            coverage.unpriced
        );
    }
    if let Some(gain) = valuation.gain {
        let percent = or_dash(valuation.gain_percent.map(|percent| format!("{percent} %")));
        say!("gain {} {} ({percent})", amount(gain.amount()), valuation.base_currency);
    }
}
