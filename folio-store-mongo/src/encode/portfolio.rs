//! A portfolio as a document, its holdings within.

use bson::oid::ObjectId;
use bson::raw::{RawDocument, RawDocumentBuf, cstr};
use folio_core::store::PortfolioSummary;
use folio_core::{
    CostBasis, Currency, Holding, HoldingId, Money, OwnerId, Portfolio, PortfolioId, Price, Quantity, Result,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::read::{Field, fields};
use super::write::Writer;
use crate::error::corrupt;

/// The document of a portfolio; `write_id` names the write that makes it.
pub(crate) fn write_portfolio(portfolio: &Portfolio, write_id: ObjectId) -> Result<RawDocumentBuf> {
    let mut document = Writer::with_capacity(512 + 192 * portfolio.holdings.len());
    document.id(cstr!("_id"), portfolio.id.as_uuid());
    document.text(cstr!("owner"), portfolio.owner.as_str());
    document.flag(cstr!("archived"), portfolio.archived);
    document.integer(cstr!("version"), portfolio.version.cast_signed());
    document.instant(cstr!("created_at"), Some(portfolio.created_at));
    document.instant(cstr!("updated_at"), Some(portfolio.updated_at));
    document.text(cstr!("name"), &portfolio.name);
    document.text(cstr!("base_currency"), portfolio.base_currency.as_str());
    document.integer(cstr!("holding_count"), portfolio.holdings.len() as i64);
    document.text(cstr!("time_zone"), &portfolio.time_zone);
    document.text(cstr!("policy"), &portfolio.policy.to_string());
    document.texts(cstr!("tags"), &portfolio.tags);
    document.optional_text(cstr!("note"), portfolio.note.as_deref());
    document.object_id(cstr!("write_id"), write_id);
    document.list(cstr!("holdings"));
    for (place, holding) in portfolio.holdings.iter().enumerate() {
        document.item(place);
        write_holding(&mut document, holding);
        document.end();
    }
    document.end();
    document.finish()
}

/// What is left of a deleted portfolio.
pub(crate) fn write_deleted(id: PortfolioId, at: Timestamp) -> Result<RawDocumentBuf> {
    let mut document = Writer::new();
    document.id(cstr!("_id"), id.as_uuid());
    document.instant(cstr!("deleted_at"), Some(at));
    document.finish()
}

pub(crate) fn read_deleted(document: &RawDocument) -> Result<(Uuid, Timestamp)> {
    fields!(document => _id, deleted_at);
    Ok((_id.required(Field::id)?, deleted_at.required(Field::instant)?))
}

fn write_holding(document: &mut Writer, holding: &Holding) {
    document.id(cstr!("id"), holding.id.as_uuid());
    document.asset(cstr!("asset"), &holding.asset);
    document.decimal(cstr!("quantity"), Some(holding.quantity.value()));
    match holding.cost {
        Some(CostBasis::Unit(price)) => document.decimal(cstr!("unit_cost"), Some(price.amount())),
        Some(CostBasis::Total(money)) => document.decimal(cstr!("cost"), Some(money.amount())),
        None => {}
    }
    if let Some(cost) = holding.cost {
        document.text(cstr!("cost_currency"), cost.currency().as_str());
    }
    let day = holding.acquired_on.map(|day| day.to_string());
    document.optional_text(cstr!("acquired_on"), day.as_deref());
    document.optional_text(cstr!("account"), holding.account.as_deref());
    document.texts(cstr!("tags"), &holding.tags);
    document.optional_text(cstr!("note"), holding.note.as_deref());
    document.optional_text(cstr!("external_id"), holding.external_id.as_deref());
}

/// Reads what [`write_portfolio`] wrote, now or in an older version.
pub(crate) fn read_portfolio(document: &RawDocument) -> Result<Portfolio> {
    fields!(document => _id, owner, name, base_currency, time_zone, policy, tags, note, archived, version,
        created_at, updated_at, holdings);
    let id = PortfolioId::from_uuid(_id.required(Field::id)?);
    let read = || {
        let base = base_currency.required(Field::parsed)?;
        let created_at = created_at.required(Field::instant)?;
        Ok(Portfolio {
            id,
            owner: OwnerId::new(owner.required(Field::text)?),
            name: name.required(Field::owned_text)?,
            base_currency: base,
            time_zone: time_zone.owned_text()?.unwrap_or_else(|| "UTC".to_owned()),
            policy: policy.parsed()?.unwrap_or_default(),
            tags: tags.texts()?,
            note: note.owned_text()?,
            archived: archived.flag()?.unwrap_or_default(),
            holdings: holdings.documents(|holding| read_holding(holding, base))?,
            version: version.required(Field::integer)?.cast_unsigned(),
            created_at,
            updated_at: updated_at.instant()?.unwrap_or(created_at),
        })
    };
    read().map_err(|error: folio_core::Error| error.with_context("portfolio", id))
}

fn read_holding(document: &RawDocument, base: Currency) -> Result<Holding> {
    fields!(document => id, asset, quantity, unit_cost, cost, cost_currency, acquired_on, account, tags, note,
        external_id);
    let paid_in = cost_currency.parsed()?.unwrap_or(base);
    Ok(Holding {
        id: HoldingId::from_uuid(id.required(Field::id)?),
        asset: asset.required(Field::parsed)?,
        quantity: Quantity::new(quantity.required(Field::decimal)?).map_err(|error| corrupt("quantity", error))?,
        cost: match (unit_cost.decimal()?, cost.decimal()?) {
            (Some(amount), _) => {
                let price = Price::new(amount, paid_in).map_err(|error| corrupt("unit_cost", error))?;
                Some(CostBasis::Unit(price))
            }
            (None, Some(amount)) => Some(CostBasis::Total(Money::new(amount, paid_in))),
            (None, None) => None,
        },
        acquired_on: acquired_on.parsed()?,
        account: account.owned_text()?,
        tags: tags.texts()?,
        note: note.owned_text()?,
        external_id: external_id.owned_text()?,
    })
}

/// A portfolio of which the holdings were not read.
pub(crate) fn read_summary(document: &RawDocument) -> Result<PortfolioSummary> {
    fields!(document => _id, name, base_currency, holding_count, archived, version, created_at, updated_at);
    let created_at = created_at.required(Field::instant)?;
    Ok(PortfolioSummary {
        id: PortfolioId::from_uuid(_id.required(Field::id)?),
        name: name.required(Field::owned_text)?,
        base_currency: base_currency.required(Field::parsed)?,
        holding_count: holding_count.count()?.unwrap_or_default(),
        archived: archived.flag()?.unwrap_or_default(),
        version: version.required(Field::integer)?.cast_unsigned(),
        created_at,
        updated_at: updated_at.instant()?.unwrap_or(created_at),
    })
}
