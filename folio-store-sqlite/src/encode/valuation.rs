//! A snapshot as two texts: a head with its totals, and its holdings.
//!
//! The holdings begin with a line that counts the exchange rates and names the sources, then a line for each rate
//! and a line for each holding. Both refer to a source or a rate by its place, counted from 1. Instants are
//! written as the milliseconds they lie before the snapshot's own. A gain is left out where it is the
//! difference of value and cost.

use folio_core::store::SnapshotTotals;
use folio_core::{
    BookId, Coverage, Currency, FxRate, HoldingId, HoldingValuation, Money, Percent, PortfolioId, PriceState, Pricing,
    Quantity, Result, SourceId, Valuation, ValuationId,
};
use jiff::Timestamp;

use super::portfolio::price;
use super::{Fields, Writer, instant, lines, money, source, word};
use crate::error::corrupt;

const FORMAT: i64 = 1;

/// A gain that is absent although value and cost are known.
const NO_GAIN: &str = "-";

/// The stored columns of a snapshot.
pub(crate) struct SnapshotRow<'a> {
    pub portfolio_id: PortfolioId,
    pub as_of: i64,
    pub status: &'a str,
    pub head: &'a str,
}

pub(crate) fn write_head(valuation: &Valuation) -> Result<String> {
    let base = valuation.base_currency;
    let mut text = String::with_capacity(224);
    let mut line = Writer::new(&mut text);
    line.integer(FORMAT);
    line.before(Some(valuation.created_at), valuation.as_of);
    line.raw(valuation.trigger.as_str());
    line.raw(base.as_str());
    line.raw(&valuation.policy.to_string());
    match &valuation.book_id {
        Some(book) => line.id(book.as_uuid()),
        None => line.empty(),
    }
    line.integer(valuation.portfolio_version.cast_signed());
    line.money(valuation.total_value, base);
    line.money(valuation.value_with_cost, base);
    line.money(valuation.total_cost, base);
    line.money(valuation.gain, base);
    line.decimal(valuation.gain_percent.map(Percent::value));
    line.money(valuation.excluded_cost, base);
    let coverage = &valuation.coverage;
    for count in [
        coverage.priced,
        coverage.carried,
        coverage.unpriced,
        coverage.without_cost,
    ] {
        line.integer(count.into());
    }
    line.decimal(coverage.percent_by_cost.map(Percent::value));
    Ok(text)
}

/// The snapshot without its holdings.
pub(crate) fn read_snapshot(row: &SnapshotRow<'_>) -> Result<Valuation> {
    let as_of = instant(row.as_of)?;
    let mut line = Fields::new(row.head);
    line.format(FORMAT)?;
    let created_at = line.before(as_of)?.unwrap_or(as_of);
    let trigger = word(line.raw(), "trigger")?;
    let base: Currency = line.parsed("currency")?;
    Ok(Valuation {
        id: ValuationId::derived(row.portfolio_id, as_of),
        portfolio_id: row.portfolio_id,
        as_of,
        created_at,
        trigger,
        base_currency: base,
        policy: line.parsed("policy")?,
        book_id: line.optional().map(super::id).transpose()?.map(BookId::from_uuid),
        portfolio_version: line.integer::<i64>()?.cast_unsigned(),
        status: word(row.status, "status")?,
        total_value: line.money(base)?,
        value_with_cost: line.money(base)?,
        total_cost: line.money(base)?,
        gain: line.money(base)?,
        gain_percent: percent(&mut line)?,
        excluded_cost: line.money(base)?,
        coverage: Coverage {
            priced: line.integer()?,
            carried: line.integer()?,
            unpriced: line.integer()?,
            without_cost: line.integer()?,
            percent_by_cost: percent(&mut line)?,
        },
        holdings: Vec::new(),
    })
}

/// The totals of a snapshot, without looking at the rest.
pub(crate) fn read_totals(as_of: i64, status: &str, head: &str) -> Result<SnapshotTotals> {
    let mut line = Fields::new(head);
    line.format(FORMAT)?;
    // When it was made and what made it.
    line.raw();
    line.raw();
    let base: Currency = line.parsed("currency")?;
    // Policy, book and version.
    line.raw();
    line.raw();
    line.raw();
    Ok(SnapshotTotals {
        as_of: instant(as_of)?,
        status: word(status, "status")?,
        total_value: line.money(base)?,
        value_with_cost: line.money(base)?,
        total_cost: line.money(base)?,
    })
}

pub(crate) fn write_holdings(valuation: &Valuation) -> Result<String> {
    let mut shared = Shared::default();
    let mut rows = String::with_capacity(112 * valuation.holdings.len());
    let mut line = Writer::new(&mut rows);
    for holding in &valuation.holdings {
        write_holding(&mut line, holding, valuation, &mut shared)?;
    }
    let rates: Vec<_> = shared
        .rates
        .iter()
        .map(|rate| (*rate, place(&mut shared.sources, &rate.source)))
        .collect();
    let mut text = String::with_capacity(rows.len() + 96 * (rates.len() + 1));
    let mut line = Writer::new(&mut text);
    line.integer(FORMAT);
    line.integer(rates.len() as i64);
    line.integer(shared.sources.len() as i64);
    for source in &shared.sources {
        line.text(source.as_str());
    }
    line.end_line();
    for (rate, source) in rates {
        line.raw(rate.from.as_str());
        line.raw(rate.to.as_str());
        line.decimal(Some(rate.rate));
        line.integer(source);
        line.before(Some(rate.as_of), valuation.as_of);
        line.before(Some(rate.fetched_at), valuation.as_of);
        line.end_line();
    }
    text.push_str(&rows);
    Ok(text)
}

/// What several holdings have in common. There are few of each, so looking through them is quickest.
#[derive(Default)]
struct Shared<'a> {
    sources: Vec<&'a SourceId>,
    rates: Vec<&'a FxRate>,
}

/// The place of a value among those seen so far, from 1; a new one is added.
fn place<'a, T: PartialEq>(seen: &mut Vec<&'a T>, value: &'a T) -> i64 {
    let index = seen.iter().position(|known| *known == value).unwrap_or_else(|| {
        seen.push(value);
        seen.len() - 1
    });
    index as i64 + 1
}

fn write_holding<'a>(
    line: &mut Writer<'_>,
    row: &'a HoldingValuation,
    valuation: &Valuation,
    shared: &mut Shared<'a>,
) -> Result<()> {
    let (base, as_of) = (valuation.base_currency, valuation.as_of);
    line.id(row.holding_id.as_uuid());
    line.asset(&row.asset);
    line.decimal(Some(row.quantity.value()));
    line.money(row.price.map(Money::from), base);
    line.money(row.value, base);
    line.money(row.cost, base);
    line.decimal(row.gain_percent.map(Percent::value));
    line.decimal(row.weight_percent.map(Percent::value));
    line.raw(match row.pricing.state {
        PriceState::Priced => "",
        PriceState::Carried => "c",
        PriceState::Unpriced => "u",
    });
    line.integer(
        row.pricing
            .source
            .as_ref()
            .map_or(0, |source| place(&mut shared.sources, source)),
    );
    line.before(row.pricing.as_of, as_of);
    line.before(row.pricing.fetched_at, as_of);
    line.integer(row.fx.as_ref().map_or(0, |rate| place(&mut shared.rates, rate)));
    match row.gain {
        gain if gain == difference(row.value, row.cost) => line.empty(),
        Some(gain) => line.money(Some(gain), base),
        None => line.raw(NO_GAIN),
    }
    line.word(row.cost_reason)?;
    line.word(row.pricing.reason)?;
    line.before(row.pricing.retry_at, as_of);
    line.end_line();
    Ok(())
}

fn difference(value: Option<Money>, cost: Option<Money>) -> Option<Money> {
    value?.checked_sub(cost?).ok()
}

/// The holdings of the snapshot of a portfolio in `base` at `as_of`.
pub(crate) fn read_holdings(text: &str, base: Currency, as_of: Timestamp) -> Result<Vec<HoldingValuation>> {
    let mut lines = lines(text);
    let mut line = Fields::new(lines.next().unwrap_or_default());
    line.format(FORMAT)?;
    let rate_count: usize = line.integer()?;
    let source_count: usize = line.integer()?;
    let sources = (0..source_count)
        .map(|_| source(line.raw()))
        .collect::<Result<Vec<_>>>()?;
    let rates = lines
        .by_ref()
        .take(rate_count)
        .map(|line| read_rate(line, &sources, as_of))
        .collect::<Result<Vec<_>>>()?;
    lines
        .map(|line| read_holding(line, base, as_of, &sources, &rates))
        .collect()
}

fn read_rate(line: &str, sources: &[SourceId], as_of: Timestamp) -> Result<FxRate> {
    let mut line = Fields::new(line);
    let missing = || corrupt("exchange rate", "a part is missing");
    Ok(FxRate {
        from: line.parsed("currency")?,
        to: line.parsed("currency")?,
        rate: line.decimal()?.ok_or_else(missing)?,
        source: at(sources, line.integer()?)?.ok_or_else(missing)?,
        as_of: line.before(as_of)?.ok_or_else(missing)?,
        fetched_at: line.before(as_of)?.ok_or_else(missing)?,
    })
}

fn read_holding(
    line: &str,
    base: Currency,
    as_of: Timestamp,
    sources: &[SourceId],
    rates: &[FxRate],
) -> Result<HoldingValuation> {
    let mut line = Fields::new(line);
    let holding_id = HoldingId::from_uuid(line.id()?);
    let asset = line.asset()?;
    let quantity = Quantity::new(line.decimal()?.unwrap_or_default()).map_err(|error| corrupt("quantity", error))?;
    let price = line.money(base)?.map(price).transpose()?;
    let value = line.money(base)?;
    let cost = line.money(base)?;
    let gain_percent = percent(&mut line)?;
    let weight_percent = percent(&mut line)?;
    let state = match line.raw() {
        "" => PriceState::Priced,
        "c" => PriceState::Carried,
        "u" => PriceState::Unpriced,
        state => return Err(corrupt("pricing state", state)),
    };
    let source = at(sources, line.integer()?)?;
    let (quoted_at, fetched_at) = (line.before(as_of)?, line.before(as_of)?);
    let fx = at(rates, line.integer()?)?;
    let gain = match line.raw() {
        "" => difference(value, cost),
        NO_GAIN => None,
        gain => Some(money(gain, base)?),
    };
    let cost_reason = line.word("cost reason")?;
    let reason = line.word("reason")?;
    let retry_at = line.before(as_of)?;
    Ok(HoldingValuation {
        holding_id,
        asset,
        quantity,
        price,
        fx,
        value,
        cost,
        cost_reason,
        gain,
        gain_percent,
        weight_percent,
        pricing: Pricing {
            state,
            source,
            as_of: quoted_at,
            fetched_at,
            reason,
            retry_at,
        },
    })
}

/// The value at a place counted from 1; 0 is none.
fn at<T: Clone>(values: &[T], place: usize) -> Result<Option<T>> {
    match place.checked_sub(1) {
        None => Ok(None),
        Some(index) => values
            .get(index)
            .cloned()
            .map(Some)
            .ok_or_else(|| corrupt("reference", place)),
    }
}

fn percent(line: &mut Fields<'_>) -> Result<Option<Percent>> {
    line.decimal()?
        .map(|value| Percent::new(value).map_err(|error| corrupt("percentage", error)))
        .transpose()
}
