//! A portfolio as text: a line for itself, then a line for each holding.

use folio_core::{
    CostBasis, Currency, Holding, HoldingId, Money, OwnerId, Portfolio, PortfolioId, Price, Quantity, Result,
};

use super::{Fields, Writer, instant, lines, millis, money};
use crate::error::corrupt;

const FORMAT: i64 = 1;

pub(crate) fn write_portfolio(portfolio: &Portfolio) -> String {
    let mut text = String::with_capacity(160 + 64 * portfolio.holdings.len());
    let mut line = Writer::new(&mut text);
    line.integer(FORMAT);
    line.id(portfolio.id.as_uuid());
    line.text(portfolio.owner.as_str());
    line.text(&portfolio.name);
    line.raw(portfolio.base_currency.as_str());
    line.text(&portfolio.time_zone);
    line.raw(&portfolio.policy.to_string());
    line.integer(portfolio.archived.into());
    line.integer(portfolio.version.cast_signed());
    line.integer(millis(portfolio.created_at));
    line.integer(millis(portfolio.updated_at));
    line.optional_text(portfolio.note.as_deref());
    line.texts(&portfolio.tags);
    line.end_line();
    for holding in &portfolio.holdings {
        write_holding(&mut line, holding, portfolio.base_currency);
    }
    text
}

fn write_holding(line: &mut Writer<'_>, holding: &Holding, base: Currency) {
    line.id(holding.id.as_uuid());
    line.asset(&holding.asset);
    line.decimal(Some(holding.quantity.value()));
    let (unit, total) = match holding.cost {
        Some(CostBasis::Unit(price)) => (Some(price.into()), None),
        Some(CostBasis::Total(money)) => (None, Some(money)),
        None => (None, None),
    };
    line.money(unit, base);
    line.money(total, base);
    match holding.acquired_on {
        Some(date) => line.raw(&date.to_string()),
        None => line.empty(),
    }
    line.optional_text(holding.account.as_deref());
    line.optional_text(holding.note.as_deref());
    line.optional_text(holding.external_id.as_deref());
    line.texts(&holding.tags);
    line.end_line();
}

pub(crate) fn read_portfolio(text: &str) -> Result<Portfolio> {
    let mut lines = lines(text);
    let mut line = Fields::new(lines.next().unwrap_or_default());
    line.format(FORMAT)?;
    let mut portfolio = Portfolio {
        id: PortfolioId::from_uuid(line.id()?),
        owner: OwnerId::new(line.text()?),
        name: line.text()?.into_owned(),
        base_currency: line.parsed("currency")?,
        time_zone: line.text()?.into_owned(),
        policy: line.parsed("policy")?,
        archived: line.integer::<i64>()? != 0,
        version: line.integer::<i64>()?.cast_unsigned(),
        created_at: instant(line.integer()?)?,
        updated_at: instant(line.integer()?)?,
        note: line.optional_text()?,
        tags: line.texts()?,
        holdings: Vec::new(),
    };
    for line in lines {
        portfolio.holdings.push(read_holding(line, portfolio.base_currency)?);
    }
    Ok(portfolio)
}

fn read_holding(line: &str, base: Currency) -> Result<Holding> {
    let mut line = Fields::new(line);
    Ok(Holding {
        id: HoldingId::from_uuid(line.id()?),
        asset: line.asset()?,
        quantity: Quantity::new(line.decimal()?.unwrap_or_default()).map_err(|error| corrupt("quantity", error))?,
        cost: match (line.optional(), line.optional()) {
            (Some(unit), _) => Some(CostBasis::Unit(price(money(unit, base)?)?)),
            (None, Some(total)) => Some(CostBasis::Total(money(total, base)?)),
            (None, None) => None,
        },
        acquired_on: line
            .optional()
            .map(|date| date.parse().map_err(|error: jiff::Error| corrupt("date", error)))
            .transpose()?,
        account: line.optional_text()?,
        note: line.optional_text()?,
        external_id: line.optional_text()?,
        tags: line.texts()?,
    })
}

pub(super) fn price(money: Money) -> Result<Price> {
    Price::try_from(money).map_err(|error| corrupt("price", error))
}
