//! `price`: what the owner states by hand.

use folio_core::money::decimal;
use folio_core::{AssetId, Result};
use serde_json::{Map, Value, json};

use super::args::{PriceCommand, SetPriceArgs};
use super::output;
use super::tool::Tool;
use crate::dto::{ManualPriceDto, ManualPriceInput};
use crate::input;

pub(super) async fn run(tool: &Tool, command: PriceCommand) -> Result<()> {
    match command {
        PriceCommand::Set(args) => set(tool, args).await,
        PriceCommand::Remove { asset } => {
            let asset: AssetId = asset.parse()?;
            tool.tracker.remove_manual_price(&tool.owner, &asset).await?;
            if tool.json {
                return output::json(&json!({"asset": asset, "removed": true}));
            }
            say!("{asset} has no price by hand any more");
            Ok(())
        }
    }
}

async fn set(tool: &Tool, args: SetPriceArgs) -> Result<()> {
    let asset: AssetId = args.asset.parse()?;
    let mut body = Map::new();
    body.insert("price".to_owned(), Value::String(args.price));
    body.insert("currency".to_owned(), Value::String(args.currency));
    if let Some(day) = args.on {
        let day = input::date(&Value::String(day))?;
        body.insert("as_of".to_owned(), Value::String(format!("{day}T00:00:00Z")));
    }
    if let Some(days) = args.valid_days {
        body.insert("valid_days".to_owned(), json!(days));
    }
    let stated = ManualPriceInput::read(Value::Object(body))?;
    let point = tool.tracker.set_manual_price(&tool.owner, &asset, stated).await?;
    if tool.json {
        return output::json(&ManualPriceDto::of(&asset, &point));
    }
    let price = decimal::to_text(point.price.amount());
    let until = match point.valid_until() {
        Some(until) => format!("until {until}"),
        None => "until another price is stated".to_owned(),
    };
    say!(
        "{asset} {price} {} from {} {until}",
        point.price.currency(),
        point.as_of
    );
    Ok(())
}
