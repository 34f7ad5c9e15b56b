//! `prices`, `history`, `search`.

use folio_core::{AssetClass, AssetId, Currency, Error, ErrorKind, Reason, Resolution, Result};

use super::args::{HistoryArgs, PricesArgs, SearchArgs};
use super::output::{self, Align, or_dash, patiently};
use super::tool::Tool;
use crate::dto::{AssetDto, BatchAnswer, HistoryDto, QuoteDto, UnpricedDto};

fn currency(text: Option<&str>) -> Result<Option<Currency>> {
    text.map(str::parse).transpose()
}

pub(super) async fn prices(tool: &Tool, args: &PricesArgs) -> Result<()> {
    let assets: Vec<AssetId> = args.assets.iter().map(|text| text.parse()).collect::<Result<_>>()?;
    let currency = currency(args.currency.as_deref())?;
    let outcomes = patiently("asking for prices", tool.tracker.quotes(&tool.owner, &assets, currency)).await?;
    let mut answer = BatchAnswer {
        quotes: Vec::new(),
        unpriced: Vec::new(),
    };
    for (asset, outcome) in outcomes {
        match outcome {
            Ok(price) => answer.quotes.push(QuoteDto::from(price)),
            Err(failure) => answer.unpriced.push(UnpricedDto::of(asset, failure)),
        }
    }
    if tool.json {
        output::json(&answer)?;
    } else {
        show(&answer);
    }
    failure(&answer)
}

fn show(answer: &BatchAnswer) {
    let rows: Vec<_> = answer
        .quotes
        .iter()
        .map(|quote| {
            let price = folio_core::money::decimal::to_text(quote.price.0).to_string();
            let change = quote.change_24h_percent.map(|percent| format!("{} %", percent.0));
            vec![
                quote.asset.to_string(),
                price,
                quote.currency.to_string(),
                or_dash(change),
                quote.as_of.to_string(),
                quote.source.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let heading = [
            ("ASSET", Align::Left),
            ("PRICE", Align::Right),
            ("", Align::Left),
            ("24 H", Align::Right),
            ("AS OF", Align::Left),
            ("SOURCE", Align::Left),
        ];
        output::table(&heading, &rows);
    }
    for unpriced in &answer.unpriced {
        eprintln!("{}: {}: {}", unpriced.asset, unpriced.reason, unpriced.detail);
    }
}

/// An asset without a price is a failure of the command; one of which nobody could be asked is another.
fn failure(answer: &BatchAnswer) -> Result<()> {
    let Some(first) = answer.unpriced.first() else {
        return Ok(());
    };
    let is_down = |unpriced: &UnpricedDto| {
        matches!(
            unpriced.reason,
            Reason::RateLimited | Reason::Timeout | Reason::Unavailable | Reason::Pending
        )
    };
    let kind = if answer.unpriced.iter().any(is_down) {
        ErrorKind::Unavailable
    } else {
        ErrorKind::MissingPrice
    };
    Err(Error::new(kind, format!("{} has no price", first.asset)))
}

pub(super) async fn history(tool: &Tool, args: &HistoryArgs) -> Result<()> {
    let asset: AssetId = args.asset.parse()?;
    let resolution = if args.hourly {
        Resolution::Hourly
    } else {
        Resolution::Daily
    };
    let currency = currency(args.currency.as_deref())?;
    let work = tool
        .tracker
        .history(&tool.owner, &asset, currency, resolution, args.days);
    let history = patiently("asking for prices", work).await?;
    if tool.json {
        return output::json(&HistoryDto::from(history));
    }
    let rows: Vec<_> = history
        .points
        .iter()
        .map(|point| {
            let when = if args.hourly {
                point.time.to_string()
            } else {
                point.date.to_string()
            };
            let price = folio_core::money::decimal::to_text(point.price).to_string();
            vec![
                when,
                price,
                if point.provisional {
                    "so far".to_owned()
                } else {
                    String::new()
                },
            ]
        })
        .collect();
    let currency = history.currency.to_string();
    output::table(
        &[("DATE", Align::Left), (&currency, Align::Right), ("", Align::Left)],
        &rows,
    );
    Ok(())
}

pub(super) async fn search(tool: &Tool, args: &SearchArgs) -> Result<()> {
    let class: Option<AssetClass> = args.class.as_deref().map(str::parse).transpose()?;
    let found = patiently("searching", tool.tracker.search(&args.text, class)).await?;
    if tool.json {
        return output::json(&found.iter().map(AssetDto::from).collect::<Vec<_>>());
    }
    let rows: Vec<_> = found
        .iter()
        .map(|info| {
            vec![
                info.asset.to_string(),
                info.name.clone(),
                or_dash(info.ticker.as_ref()),
                or_dash(info.exchange.as_ref()),
            ]
        })
        .collect();
    let heading = [
        ("ASSET", Align::Left),
        ("NAME", Align::Left),
        ("TICKER", Align::Left),
        ("EXCHANGE", Align::Left),
    ];
    output::table(&heading, &rows);
    Ok(())
}
