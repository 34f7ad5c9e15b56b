//! Portfolios, books and expected valuations as short lines of text, for tables of cases.
//!
//! ```text
//! holding   crypto:bitcoin 0.5 unit=20000:EUR on=2024-05-01      (or cost=10000:EUR)
//! price     stock:AAPL 200:USD [carried|unpriced] [reason] [as_of=-3h] [fetched=-2h] [retry=+5m]
//! no price  stock:AAPL unpriced timeout
//! old rate  paid USD 2024-05-01 1.08 [published=2024-04-30]      (units for one euro)
//! book      frozen                                               (it has an id)
//! ```

pub(crate) mod alerts;
pub(crate) mod random;

use std::collections::BTreeMap;
use std::fmt::Display;

use folio_core::money::decimal;
use folio_core::{
    BookEntry, BookId, CostBasis, Currency, Holding, HoldingId, HoldingValuation, Money, Portfolio, Price, PriceBook,
    PriceKey, PriceState, Quote, Reason, ReferenceRate, SourceId, Unpriced, Valuation, value,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

/// The instant of every valuation: a Monday.
pub(crate) fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// `USD`, or with another policy than the default `USD strict`.
pub(crate) fn portfolio(header: &str, holdings: &[&str]) -> Portfolio {
    let (base, policy) = header.split_once(' ').unwrap_or((header, "carry_forward"));
    let made = now() - SignedDuration::from_hours(1000);
    let mut portfolio = Portfolio::new("Core", base.parse().unwrap(), made);
    portfolio.policy = policy.parse().unwrap();
    portfolio.holdings = holdings.iter().map(|line| holding(line)).collect();
    portfolio
}

pub(crate) fn holding(line: &str) -> Holding {
    let mut words = line.split_whitespace();
    let (asset, quantity) = (words.next().unwrap(), words.next().unwrap());
    let id = HoldingId::new(now());
    let mut holding = Holding::new(id, asset.parse().unwrap(), quantity.parse().unwrap()).unwrap();
    for word in words {
        match word.split_once('=') {
            Some(("unit", price)) => holding.cost = Some(CostBasis::Unit(self::price(price))),
            Some(("cost", money)) => holding.cost = Some(CostBasis::Total(self::money(money))),
            Some(("on", date)) => holding.acquired_on = Some(date.parse().unwrap()),
            _ => panic!("{word:?} of {line:?} is not understood"),
        }
    }
    holding.validate().unwrap();
    holding
}

pub(crate) fn book(lines: &[&str]) -> PriceBook {
    let mut book = PriceBook::new();
    for line in lines {
        if *line == "frozen" {
            book.id = Some(BookId::new(now()));
        } else if let Some(rest) = line.strip_prefix("paid ") {
            book.insert_reference(reference(rest));
        } else {
            book.insert(entry(line));
        }
    }
    book
}

fn reference(line: &str) -> ReferenceRate {
    let words: Vec<&str> = line.split_whitespace().collect();
    let published = words.get(3).map(|word| word.strip_prefix("published=").unwrap());
    ReferenceRate {
        currency: words[0].parse().unwrap(),
        date: words[1].parse().unwrap(),
        per_euro: decimal::parse(words[2]).unwrap(),
        published_on: published.unwrap_or(words[1]).parse().unwrap(),
        source: SourceId::new("ecb"),
    }
}

pub(crate) fn entry(line: &str) -> BookEntry {
    let (asset, rest) = line.split_once(' ').unwrap();
    let (mut state, mut quoted, mut failure) = (PriceState::Priced, None, None);
    let (mut as_of, mut fetched, mut retry) = (now(), now(), None);
    for word in rest.split_whitespace() {
        match word.split_once('=') {
            Some(("as_of", offset)) => as_of = now() + span(offset),
            Some(("fetched", offset)) => fetched = now() + span(offset),
            Some(("retry", offset)) => retry = Some(now() + span(offset)),
            Some(_) => panic!("{word:?} of {line:?} is not understood"),
            None if word.contains(':') => quoted = Some(price(word)),
            None if word == "carried" => state = PriceState::Carried,
            None if word == "unpriced" => state = PriceState::Unpriced,
            None => {
                let reason: Reason = serde_json::from_value(json!(word)).unwrap();
                failure = Some(Unpriced::new(reason, "said the test"));
            }
        }
    }
    let asset: folio_core::AssetId = asset.parse().unwrap();
    let quote = quoted.map(|price| Quote {
        fetched_at: fetched,
        source: SourceId::new("vendor"),
        ..Quote::manual(asset.clone(), price, as_of)
    });
    BookEntry {
        key: PriceKey {
            asset,
            currency: quoted.map(|price| price.currency()),
        },
        quote,
        state,
        failure: failure.map(|failure| failure.until(retry)),
    }
}

/// `-3h`, `+10m`, `-15d`, `+1s`.
pub(crate) fn span(text: &str) -> SignedDuration {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().unwrap();
    match unit {
        "s" => SignedDuration::from_secs(number),
        "m" => SignedDuration::from_mins(number),
        "h" => SignedDuration::from_hours(number),
        "d" => SignedDuration::from_hours(24 * number),
        _ => panic!("{text:?} is not a span"),
    }
}

pub(crate) fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(':').unwrap();
    Money::parse(amount, currency.parse().unwrap()).unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    money(text).try_into().unwrap()
}

/// Values and compares what `expected` names: words like `total=30000`, `0.reason=timeout`. What is not
/// known is `null`.
#[track_caller]
pub(crate) fn check(header: &str, holdings: &[&str], lines: &[&str], expected: &str) {
    let portfolio = portfolio(header, holdings);
    let valuation = value(&portfolio, &book(lines), portfolio.policy, now());
    let found = fields(&valuation);
    for word in expected.split_whitespace() {
        let (name, wanted) = word.split_once('=').unwrap();
        let Some(got) = found.get(name) else {
            panic!("there is no field {name}")
        };
        assert_eq!(
            got, wanted,
            "{name} of {header} {holdings:?} with {lines:?}\n{found:#?}"
        );
    }
}

/// Every field of a valuation by the name that [`check`] knows it by.
pub(crate) fn fields(valuation: &Valuation) -> BTreeMap<String, String> {
    let coverage = &valuation.coverage;
    let base = valuation.base_currency;
    let amount = |money: Option<Money>| in_base(money, base);
    let mut fields = BTreeMap::from([
        ("status".to_owned(), word(&valuation.status)),
        ("total".to_owned(), amount(valuation.total_value)),
        ("with_cost".to_owned(), amount(valuation.value_with_cost)),
        ("cost".to_owned(), amount(valuation.total_cost)),
        ("gain".to_owned(), amount(valuation.gain)),
        ("gain%".to_owned(), shown(valuation.gain_percent)),
        ("excluded".to_owned(), amount(valuation.excluded_cost)),
        ("priced".to_owned(), coverage.priced.to_string()),
        ("carried".to_owned(), coverage.carried.to_string()),
        ("unpriced".to_owned(), coverage.unpriced.to_string()),
        ("without_cost".to_owned(), coverage.without_cost.to_string()),
        ("by_cost%".to_owned(), shown(coverage.percent_by_cost)),
    ]);
    for (index, row) in valuation.holdings.iter().enumerate() {
        for (name, text) in row_fields(row, base) {
            fields.insert(format!("{index}.{name}"), text);
        }
    }
    fields
}

pub(crate) fn row_fields(row: &HoldingValuation, base: Currency) -> [(&'static str, String); 15] {
    let pricing = &row.pricing;
    [
        ("price", shown(row.price).replace(' ', ":")),
        ("fx", shown(row.fx.as_ref().map(|fx| decimal::to_text(fx.rate)))),
        ("value", in_base(row.value, base)),
        ("cost", in_base(row.cost, base)),
        (
            "cost_reason",
            row.cost_reason.map_or("null".to_owned(), |reason| word(&reason)),
        ),
        ("gain", in_base(row.gain, base)),
        ("gain%", shown(row.gain_percent)),
        ("weight%", shown(row.weight_percent)),
        ("state", word(&pricing.state)),
        ("source", shown(pricing.source.as_ref())),
        ("as_of", shown(pricing.as_of)),
        ("age", shown(row.age(now()).map(|age| age.as_secs()))),
        ("fetched", shown(pricing.fetched_at)),
        ("reason", shown(pricing.reason)),
        ("retry", shown(pricing.retry_at)),
    ]
}

fn in_base(money: Option<Money>, base: Currency) -> String {
    if let Some(money) = money {
        assert_eq!(
            money.currency(),
            base,
            "every amount is in the currency of the portfolio"
        );
    }
    shown(money.map(|money| decimal::to_text(money.amount())))
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or("null".to_owned(), |value| value.to_string())
}

/// The word that a variant is written as.
pub(crate) fn word(variant: &impl Serialize) -> String {
    serde_json::to_value(variant).unwrap().as_str().unwrap().to_owned()
}
