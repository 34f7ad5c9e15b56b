//! What is known of assets: who holds them, what they are called, what currencies once cost.

use bson::raw::{RawDocument, RawDocumentBuf, cstr};
use folio_core::store::HeldAsset;
use folio_core::{AssetClass, AssetInfo, AssetKind, Currency, Error, ErrorKind, ReferenceRate, Result, SourceId};
use jiff::civil::Date;

use super::read::{Field, fields};
use super::write::Writer;

/// The number of a class; the numbers follow the order of the classes.
fn class_number(class: AssetClass) -> Result<u8> {
    match class {
        AssetClass::Crypto => Ok(0),
        AssetClass::Stock => Ok(1),
        AssetClass::Currency => Ok(2),
        AssetClass::Custom => Ok(3),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            format!("assets of class {class} cannot be stored"),
        )),
    }
}

/// The `_id` of a held asset and its document. By bytes the ids are in the order of the assets: a space is before
/// every character of a symbol.
pub(crate) fn write_held(held: &HeldAsset) -> Result<(String, RawDocumentBuf)> {
    let class = class_number(held.asset.class())?;
    let day = held.cost_date.map(|day| day.to_string());
    let id = format!(
        "{class} {} {} {}",
        held.asset.symbol(),
        held.currency,
        day.as_deref().unwrap_or_default()
    );
    let mut document = Writer::new();
    document.asset(cstr!("asset"), &held.asset);
    document.text(cstr!("currency"), held.currency.as_str());
    document.optional_text(cstr!("cost_date"), day.as_deref());
    Ok((id, document.finish()?))
}

pub(crate) fn read_held(document: &RawDocument) -> Result<HeldAsset> {
    fields!(document => asset, currency, cost_date);
    Ok(HeldAsset {
        asset: asset.required(Field::parsed)?,
        currency: currency.required(Field::parsed)?,
        cost_date: cost_date.parsed()?,
    })
}

pub(crate) fn write_info(info: &AssetInfo) -> Result<RawDocumentBuf> {
    let mut document = Writer::new();
    document.asset(cstr!("_id"), &info.asset);
    document.text(cstr!("name"), &info.name);
    document.optional_text(cstr!("ticker"), info.ticker.as_deref());
    document.word(cstr!("kind"), Some(info.kind))?;
    document.optional_text(
        cstr!("currency"),
        info.currency.as_ref().map(|currency| currency.as_str()),
    );
    document.optional_text(cstr!("exchange"), info.exchange.as_deref());
    document.finish()
}

pub(crate) fn read_info(document: &RawDocument) -> Result<AssetInfo> {
    fields!(document => _id, name, ticker, kind, currency, exchange);
    Ok(AssetInfo {
        asset: _id.required(Field::parsed)?,
        name: name.required(Field::owned_text)?,
        ticker: ticker.owned_text()?,
        kind: kind.word()?.unwrap_or(AssetKind::Other),
        currency: currency.parsed()?,
        exchange: exchange.owned_text()?,
    })
}

/// The `_id` of a rate: `"USD 2026-03-01"`.
pub(crate) fn rate_id(currency: Currency, day: Date) -> String {
    format!("{currency} {day}")
}

pub(crate) fn write_rate(rate: &ReferenceRate) -> Result<RawDocumentBuf> {
    let mut document = Writer::new();
    document.text(cstr!("_id"), &rate_id(rate.currency, rate.date));
    document.text(cstr!("currency"), rate.currency.as_str());
    document.text(cstr!("date"), &rate.date.to_string());
    document.decimal(cstr!("per_euro"), Some(rate.per_euro));
    document.text(cstr!("published_on"), &rate.published_on.to_string());
    document.text(cstr!("source"), rate.source.as_str());
    document.finish()
}

pub(crate) fn read_rate(document: &RawDocument) -> Result<ReferenceRate> {
    fields!(document => currency, date, per_euro, published_on, source);
    Ok(ReferenceRate {
        currency: currency.required(Field::parsed)?,
        date: date.required(Field::parsed)?,
        per_euro: per_euro.required(Field::decimal)?,
        published_on: published_on.required(Field::parsed)?,
        source: SourceId::new(source.required(Field::text)?),
    })
}
