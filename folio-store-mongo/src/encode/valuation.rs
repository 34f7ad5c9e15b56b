//! A snapshot as a document, its holdings last.

use bson::raw::{RawDocument, RawDocumentBuf, cstr};
use folio_core::money::Percent;
use folio_core::store::{NewSnapshot, SnapshotTotals};
use folio_core::{
    BookId, Coverage, Currency, Error, FxRate, HoldingId, HoldingValuation, PortfolioId, Price, PriceState, Pricing,
    Quantity, Result, SourceId, Valuation, ValuationId,
};

use jiff::Timestamp;

use super::read::{Field, fields};
use super::write::Writer;
use crate::error::corrupt;

pub(crate) fn write_snapshot(snapshot: &NewSnapshot) -> Result<RawDocumentBuf> {
    let valuation = &snapshot.valuation;
    let base = valuation.base_currency;
    let mut document = Writer::with_capacity(768 + 448 * valuation.holdings.len());
    let id = ValuationId::derived(valuation.portfolio_id, valuation.as_of);
    document.id(cstr!("_id"), id.as_uuid());
    document.id(cstr!("portfolio_id"), valuation.portfolio_id.as_uuid());
    document.instant(cstr!("as_of"), Some(valuation.as_of));
    document.instant(cstr!("expire_at"), snapshot.expire_at);
    document.instant(cstr!("created_at"), Some(valuation.created_at));
    document.text(cstr!("trigger"), valuation.trigger.as_str());
    document.text(cstr!("base_currency"), base.as_str());
    document.text(cstr!("policy"), &valuation.policy.to_string());
    if let Some(book) = &valuation.book_id {
        document.id(cstr!("book_id"), book.as_uuid());
    }
    document.integer(cstr!("portfolio_version"), valuation.portfolio_version.cast_signed());
    document.text(cstr!("status"), valuation.status.as_str());
    document.money(cstr!("total_value"), valuation.total_value, base);
    document.money(cstr!("value_with_cost"), valuation.value_with_cost, base);
    document.money(cstr!("total_cost"), valuation.total_cost, base);
    document.money(cstr!("gain"), valuation.gain, base);
    document.decimal(cstr!("gain_percent"), valuation.gain_percent.map(Percent::value));
    document.money(cstr!("excluded_cost"), valuation.excluded_cost, base);
    let coverage = &valuation.coverage;
    document.part(cstr!("coverage"));
    document.integer(cstr!("priced"), coverage.priced.into());
    document.integer(cstr!("carried"), coverage.carried.into());
    document.integer(cstr!("unpriced"), coverage.unpriced.into());
    document.integer(cstr!("without_cost"), coverage.without_cost.into());
    document.decimal(cstr!("percent_by_cost"), coverage.percent_by_cost.map(Percent::value));
    document.end();
    document.list(cstr!("holdings"));
    for (place, row) in valuation.holdings.iter().enumerate() {
        document.item(place);
        write_holding(&mut document, row, base)?;
        document.end();
    }
    document.end();
    document.finish()
}

fn write_holding(document: &mut Writer, row: &HoldingValuation, base: Currency) -> Result<()> {
    document.id(cstr!("holding_id"), row.holding_id.as_uuid());
    document.asset(cstr!("asset"), &row.asset);
    document.decimal(cstr!("quantity"), Some(row.quantity.value()));
    document.decimal(cstr!("price"), row.price.map(Price::amount));
    if let Some(price) = row.price {
        document.text(cstr!("price_currency"), price.currency().as_str());
    }
    if let Some(rate) = &row.fx {
        write_fx(document, rate);
    }
    document.money(cstr!("value"), row.value, base);
    document.money(cstr!("cost"), row.cost, base);
    document.word(cstr!("cost_reason"), row.cost_reason)?;
    document.money(cstr!("gain"), row.gain, base);
    document.decimal(cstr!("gain_percent"), row.gain_percent.map(Percent::value));
    document.decimal(cstr!("weight_percent"), row.weight_percent.map(Percent::value));
    let pricing = &row.pricing;
    document.part(cstr!("pricing"));
    document.text(cstr!("state"), state_word(pricing.state));
    document.optional_text(cstr!("source"), pricing.source.as_ref().map(SourceId::as_str));
    document.instant(cstr!("as_of"), pricing.as_of);
    document.instant(cstr!("fetched_at"), pricing.fetched_at);
    document.optional_text(cstr!("reason"), pricing.reason.map(folio_core::Reason::as_str));
    document.instant(cstr!("retry_at"), pricing.retry_at);
    document.end();
    Ok(())
}

fn state_word(state: PriceState) -> &'static str {
    match state {
        PriceState::Priced => "priced",
        PriceState::Carried => "carried",
        PriceState::Unpriced => "unpriced",
    }
}

fn write_fx(document: &mut Writer, rate: &FxRate) {
    document.part(cstr!("fx"));
    document.text(cstr!("from"), rate.from.as_str());
    document.text(cstr!("to"), rate.to.as_str());
    document.decimal(cstr!("rate"), Some(rate.rate));
    document.text(cstr!("source"), rate.source.as_str());
    document.instant(cstr!("as_of"), Some(rate.as_of));
    document.instant(cstr!("fetched_at"), Some(rate.fetched_at));
    document.end();
}

/// Reads what [`write_snapshot`] wrote, now or in an older version; without holdings where they were not read.
pub(crate) fn read_snapshot(document: &RawDocument) -> Result<Valuation> {
    fields!(document => _id, portfolio_id, as_of, created_at, trigger, base_currency, policy, book_id,
        portfolio_version, status, total_value, value_with_cost, total_cost, gain, gain_percent, excluded_cost,
        coverage, holdings);
    let id = ValuationId::from_uuid(_id.required(Field::id)?);
    let read = || {
        let base = base_currency.required(Field::parsed)?;
        let as_of = as_of.required(Field::instant)?;
        Ok(Valuation {
            id,
            portfolio_id: PortfolioId::from_uuid(portfolio_id.required(Field::id)?),
            as_of,
            created_at: created_at.instant()?.unwrap_or(as_of),
            trigger: trigger.required(Field::word)?,
            base_currency: base,
            policy: policy.parsed()?.unwrap_or_default(),
            book_id: book_id.id()?.map(BookId::from_uuid),
            portfolio_version: portfolio_version.integer()?.unwrap_or_default().cast_unsigned(),
            status: status.required(Field::word)?,
            total_value: total_value.money(base)?,
            value_with_cost: value_with_cost.money(base)?,
            total_cost: total_cost.money(base)?,
            gain: gain.money(base)?,
            gain_percent: percent(&gain_percent)?,
            excluded_cost: excluded_cost.money(base)?,
            coverage: coverage.document()?.map(read_coverage).transpose()?.unwrap_or_default(),
            holdings: holdings.documents(|row| read_holding(row, base))?,
        })
    };
    read().map_err(|error: Error| error.with_context("valuation", id))
}

/// A snapshot with the time of its end.
pub(crate) fn read_new_snapshot(document: &RawDocument) -> Result<NewSnapshot> {
    fields!(document => expire_at);
    Ok(NewSnapshot {
        valuation: read_snapshot(document)?,
        expire_at: expire_at.instant()?,
    })
}

/// The totals of a snapshot, without looking at the rest.
pub(crate) fn read_totals(document: &RawDocument) -> Result<SnapshotTotals> {
    fields!(document => as_of, status, base_currency, total_value, value_with_cost, total_cost);
    let base = base_currency.required(Field::parsed)?;
    Ok(SnapshotTotals {
        as_of: as_of.required(Field::instant)?,
        status: status.required(Field::word)?,
        total_value: total_value.money(base)?,
        value_with_cost: value_with_cost.money(base)?,
        total_cost: total_cost.money(base)?,
    })
}

fn read_coverage(document: &RawDocument) -> Result<Coverage> {
    fields!(document => priced, carried, unpriced, without_cost, percent_by_cost);
    Ok(Coverage {
        priced: priced.count()?.unwrap_or_default(),
        carried: carried.count()?.unwrap_or_default(),
        unpriced: unpriced.count()?.unwrap_or_default(),
        without_cost: without_cost.count()?.unwrap_or_default(),
        percent_by_cost: percent(&percent_by_cost)?,
    })
}

fn read_holding(document: &RawDocument, base: Currency) -> Result<HoldingValuation> {
    fields!(document => holding_id, asset, quantity, price, price_currency, fx, value, cost, cost_reason, gain,
        gain_percent, weight_percent, pricing);
    let quoted_in = price_currency.parsed()?.unwrap_or(base);
    Ok(HoldingValuation {
        holding_id: HoldingId::from_uuid(holding_id.required(Field::id)?),
        asset: asset.required(Field::parsed)?,
        quantity: Quantity::new(quantity.required(Field::decimal)?).map_err(|error| corrupt("quantity", error))?,
        price: price
            .decimal()?
            .map(|amount| Price::new(amount, quoted_in).map_err(|error| corrupt("price", error)))
            .transpose()?,
        fx: fx.document()?.map(read_fx).transpose()?,
        value: value.money(base)?,
        cost: cost.money(base)?,
        cost_reason: cost_reason.word()?,
        gain: gain.money(base)?,
        gain_percent: percent(&gain_percent)?,
        weight_percent: percent(&weight_percent)?,
        pricing: read_pricing(pricing.required(Field::document)?)?,
    })
}

fn read_fx(document: &RawDocument) -> Result<FxRate> {
    fields!(document => from, to, rate, source, as_of, fetched_at);
    let as_of = as_of.required(Field::instant)?;
    Ok(FxRate {
        from: from.required(Field::parsed)?,
        to: to.required(Field::parsed)?,
        rate: rate.required(Field::decimal)?,
        source: SourceId::new(source.required(Field::text)?),
        as_of,
        fetched_at: fetched_at.instant()?.unwrap_or(as_of),
    })
}

fn read_pricing(document: &RawDocument) -> Result<Pricing> {
    fields!(document => state, source, as_of, fetched_at, reason, retry_at);
    Ok(Pricing {
        state: state.required(Field::word)?,
        source: source.text()?.map(SourceId::new),
        as_of: as_of.instant()?,
        fetched_at: fetched_at.instant()?,
        reason: reason.word()?,
        retry_at: retry_at.instant()?,
    })
}

fn percent(field: &Field<'_>) -> Result<Option<Percent>> {
    field
        .decimal()?
        .map(|value| Percent::new(value).map_err(|error| corrupt("percentage", error)))
        .transpose()
}

/// The portfolio and instant that an aggregation found.
pub(crate) fn read_snapshot_key(document: &RawDocument) -> Result<(PortfolioId, Timestamp)> {
    fields!(document => _id, as_of);
    Ok((
        PortfolioId::from_uuid(_id.required(Field::id)?),
        as_of.required(Field::instant)?,
    ))
}
