//! The rules of values, costs, totals and status, by name, as tables of portfolios, books and results.

use folio_core::{Policy, PriceBook, Quote, Trigger, value};

use crate::scene::{book, check, fields, now, portfolio, span};

const AAPL: &str = "stock:AAPL 200:USD";
const BTC: &str = "crypto:bitcoin 60000:USD";
const EUR: &str = "currency:EUR 1.25:USD";

#[test]
fn a_value_is_quantity_times_price_times_rate() {
    check(
        "USD",
        &["crypto:bitcoin 0.5"],
        &[BTC],
        "0.value=30000 0.price=60000:USD 0.fx=null total=30000",
    );
    check(
        "EUR",
        &["crypto:bitcoin 0.5"],
        &[BTC, EUR],
        "0.value=24000 0.price=60000:USD 0.fx=0.8 total=24000",
    );
    check(
        "EUR",
        &["currency:USD 10"],
        &[EUR],
        "0.value=8 0.price=1:USD 0.fx=0.8 0.source=vendor",
    );
    check(
        "USD",
        &["currency:EUR 10"],
        &[EUR],
        "0.value=12.5 0.price=1:EUR 0.fx=1.25 0.source=vendor",
    );
    check("USD", &["custom:house 2"], &["custom:house 0.1:USD"], "0.value=0.2");
    // 18 decimals on both sides are exact; a coin of 1e-8 dollars is not rounded to cents.
    check(
        "USD",
        &["crypto:x 1.000000000000000001"],
        &["crypto:x 0.0000000001:USD"],
        "total=0.0000000001000000000000000001",
    );
}

#[test]
fn rates_are_as_stated_else_turned_around_else_over_the_euro() {
    let pound = "currency:EUR 0.5:GBP";
    check(
        "GBP",
        &["crypto:bitcoin 1"],
        &[BTC, EUR, pound],
        "0.fx=0.4 0.value=24000 0.state=priced",
    );
    check(
        "GBP",
        &["crypto:bitcoin 1"],
        &[BTC, EUR, pound, "currency:USD 0.6:GBP"],
        "0.fx=0.6",
    );
    check(
        "GBP",
        &["crypto:bitcoin 1"],
        &[BTC, EUR, pound, "currency:GBP 2:USD"],
        "0.fx=0.5",
    );
    check(
        "JPY",
        &["crypto:bitcoin 1"],
        &[BTC, EUR, pound],
        "0.fx=null 0.value=null 0.reason=no_rate",
    );
}

#[test]
fn cash_in_the_currency_of_the_portfolio_is_itself() {
    check(
        "EUR",
        &["currency:EUR 12.34"],
        &[],
        "status=complete total=12.34 0.price=1:EUR 0.fx=null 0.source=null 0.age=0 0.state=priced 0.weight%=100",
    );
    check(
        "EUR strict",
        &["currency:EUR 12.34"],
        &["frozen"],
        "status=complete total=12.34",
    );
    // Its quote in itself, whatever that says, is never looked at.
    check("EUR", &["currency:EUR 10"], &["currency:EUR 2:EUR"], "total=10");
}

#[test]
fn a_debt_is_negative() {
    check(
        "USD",
        &["currency:USD -40", "stock:AAPL 1"],
        &[AAPL],
        "total=160 0.value=-40 0.weight%=-25 1.weight%=125",
    );
    check(
        "USD",
        &["currency:EUR -40 cost=-48:USD"],
        &[EUR],
        "0.value=-50 0.cost=-48 0.gain=-2 0.gain%=-4.1667",
    );
    check(
        "USD",
        &["currency:EUR -40 unit=1.3:USD"],
        &[EUR],
        "0.cost=-52 0.gain=2 0.gain%=3.8462 gain%=3.8462",
    );
    check(
        "USD",
        &["currency:EUR -40 cost=0:USD"],
        &[EUR],
        "0.cost=0 0.gain=-50 0.gain%=null gain%=null",
    );
    // A loss is negative also where debts outweigh: the percentage is of the magnitude of the cost.
    check(
        "USD",
        &["currency:EUR -40 cost=-48:USD"],
        &[EUR],
        "total=-50 cost=-48 gain=-2 gain%=-4.1667",
    );
}

#[test]
fn weights_are_shares_of_a_total_above_zero() {
    check(
        "USD",
        &["stock:AAPL 1", "currency:USD 100"],
        &[AAPL],
        "0.weight%=66.6667 1.weight%=33.3333",
    );
    check(
        "USD",
        &["stock:AAPL 1", "currency:USD -200"],
        &[AAPL],
        "total=0 0.weight%=null 1.weight%=null",
    );
    check(
        "USD",
        &["stock:AAPL 1", "currency:USD -300"],
        &[AAPL],
        "total=-100 0.weight%=null 1.weight%=null",
    );
    check(
        "USD",
        &["stock:AAPL 1", "stock:B 1"],
        &[AAPL],
        "0.weight%=100 1.weight%=null",
    );
    check(
        "USD strict",
        &["stock:AAPL 1", "stock:B 1"],
        &[AAPL],
        "0.value=200 0.weight%=null",
    );
}

#[test]
fn a_price_of_zero_is_a_price() {
    check(
        "USD",
        &["stock:AAPL 1 cost=50:USD"],
        &["stock:AAPL 0:USD"],
        "status=complete total=0 0.value=0 gain=-50 gain%=-100 0.weight%=null excluded=0",
    );
}

#[test]
fn totals_and_gain_cover_the_same_holdings() {
    // Priced without a cost, priced with one, unpriced with one.
    check(
        "USD",
        &[
            "stock:AAPL 1",
            "crypto:bitcoin 1 cost=50000:USD",
            "stock:B 1 cost=7:USD",
        ],
        &[AAPL, BTC],
        "total=60200 with_cost=60000 cost=50000 gain=10000 gain%=20 excluded=7 without_cost=1 by_cost%=99.986",
    );
    check(
        "USD",
        &["stock:AAPL 1"],
        &[AAPL],
        "status=complete total=200 with_cost=null cost=null gain=null gain%=null excluded=0 by_cost%=null",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=0:USD"],
        &[AAPL],
        "cost=0 gain=200 gain%=null 0.gain=200 0.gain%=null by_cost%=null without_cost=0",
    );
}

#[test]
fn unit_and_total_cost() {
    check(
        "USD",
        &["stock:AAPL 3 unit=50:USD"],
        &[AAPL],
        "0.cost=150 0.gain=450 0.gain%=300",
    );
    check(
        "USD",
        &["stock:AAPL 3 cost=150:USD"],
        &[AAPL],
        "0.cost=150 0.gain=450 0.gain%=300",
    );
    check(
        "USD",
        &["stock:AAPL 3 cost=100:USD"],
        &[AAPL],
        "0.cost=100 0.gain=500 0.gain%=500",
    );
}

#[test]
fn a_foreign_cost_is_converted_at_the_rate_of_its_day() {
    let lot = "stock:AAPL 1 cost=100:EUR on=2024-05-01";
    let (paid, pound) = ("paid USD 2024-05-01 1.07", "paid GBP 2024-05-01 0.8");
    check("USD", &[lot], &[AAPL, paid], "0.cost=107 0.cost_reason=null gain=93");
    check(
        "USD",
        &["stock:AAPL 1 cost=100:GBP on=2024-05-01"],
        &[AAPL, paid, pound],
        "0.cost=133.75",
    );
    check(
        "EUR",
        &["currency:EUR 1 cost=125:USD on=2024-05-01"],
        &["paid USD 2024-05-01 1.25"],
        "0.cost=100",
    );
    // A rate of another day, of a later day, or of today is no rate for that day.
    check(
        "USD",
        &[lot],
        &[AAPL, EUR],
        "0.cost=null 0.cost_reason=no_rate status=complete total=200 without_cost=1",
    );
    check(
        "USD",
        &[lot],
        &[AAPL, "paid USD 2024-05-02 1.07"],
        "0.cost_reason=no_rate",
    );
    check(
        "USD",
        &[lot],
        &[AAPL, "paid USD 2024-05-01 1.07 published=2024-04-30"],
        "0.cost=107",
    );
    check(
        "USD",
        &[lot],
        &[AAPL, "paid USD 2024-05-01 1.07 published=2024-05-02"],
        "0.cost_reason=no_rate",
    );
    check("USD", &[lot], &[AAPL, "paid USD 2024-05-01 0"], "0.cost_reason=no_rate");
    check(
        "USD",
        &["stock:AAPL 1 cost=100:GBP on=2024-05-01"],
        &[AAPL, paid],
        "0.cost_reason=no_rate",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=100:EUR"],
        &[AAPL, EUR, paid],
        "0.cost=null 0.cost_reason=no_date",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=100:USD on=2024-05-01"],
        &[AAPL],
        "0.cost=100 0.cost_reason=null",
    );
    check(
        "USD",
        &["currency:EUR 100 unit=1:EUR on=2024-05-01"],
        &[EUR, paid],
        "0.value=125 0.cost=107 0.gain=18",
    );
    check(
        "USD",
        &["stock:AAPL 1"],
        &[AAPL],
        "0.cost=null 0.cost_reason=null without_cost=1",
    );
}

#[test]
fn excluded_cost_and_the_share_of_cost_that_is_covered() {
    check(
        "USD",
        &["stock:AAPL 1 cost=100:USD"],
        &[AAPL],
        "excluded=0 by_cost%=100",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=75:USD", "stock:B 1 cost=25:USD"],
        &[AAPL],
        "excluded=25 by_cost%=75",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=75:USD", "stock:B 1"],
        &[AAPL],
        "excluded=null by_cost%=100",
    );
    check(
        "USD",
        &["stock:AAPL 1", "stock:B 1 cost=25:USD"],
        &[AAPL],
        "excluded=25 by_cost%=0 cost=null gain=null",
    );
    check(
        "USD",
        &["stock:B 1 cost=25:USD"],
        &[],
        "status=unavailable excluded=25 by_cost%=0 cost=null",
    );
    check(
        "USD",
        &["stock:B 1 cost=25:EUR", "stock:C 1 cost=5:USD"],
        &[],
        "excluded=5 without_cost=1",
    );
    check(
        "USD",
        &["stock:AAPL 1 cost=75:USD", "stock:B 1 cost=0:USD"],
        &[AAPL],
        "excluded=0 by_cost%=100",
    );
}

#[test]
fn status_says_whether_the_total_covers_everything() {
    check(
        "USD",
        &[],
        &[],
        "status=complete total=0 cost=null gain=null gain%=null excluded=0 by_cost%=null",
    );
    check("USD strict", &[], &[], "status=complete total=0");
    check("USD", &["stock:AAPL 1"], &[AAPL], "status=complete");
    check(
        "USD",
        &["stock:AAPL 1", "stock:B 1"],
        &[AAPL],
        "status=partial priced=1 unpriced=1 total=200",
    );
    check(
        "USD",
        &["stock:B 1"],
        &[AAPL],
        "status=unavailable total=null with_cost=null excluded=null",
    );
}

#[test]
fn what_cannot_be_represented_is_out_of_range_and_not_left_out_in_silence() {
    let (lot, dear) = ("stock:A 1000000000000000", "stock:A 1000000000000:USD");
    check("USD", &[lot], &[dear], "total=1000000000000000000000000000");
    check(
        "JPY",
        &[lot],
        &[dear, "currency:USD 1000:JPY"],
        "0.value=null 0.reason=out_of_range 0.state=unpriced 0.price=1000000000000:USD status=unavailable",
    );
    // The 80th holding of 10^27 carries the sum beyond 2^96; what comes after still counts.
    let mut lots = vec![lot; 80];
    lots.push("stock:AAPL 1");
    check(
        "USD",
        &lots,
        &[dear, AAPL],
        "status=partial 78.state=priced 79.state=unpriced 79.reason=out_of_range 79.value=null 79.weight%=null \
         80.state=priced total=79000000000000000000000000200 priced=80 unpriced=1",
    );
    // A cost that is too large for the sums is not known; the value stays.
    let mut lots = vec!["stock:B 1000000000000000 unit=1000000000000:USD"; 80];
    lots.push("stock:B 1 cost=5:USD");
    check(
        "USD",
        &lots,
        &["stock:B 1:USD"],
        "status=complete total=80000000000000001 79.cost=null 79.cost_reason=out_of_range 79.gain=null 79.gain%=null \
         79.value=1000000000000000 without_cost=1 with_cost=79000000000000001 cost=79000000000000000000000000005",
    );
    check(
        "USD",
        &lots,
        &[],
        "79.cost_reason=out_of_range excluded=79000000000000000000000000005",
    );
    check(
        "JPY",
        &["stock:B 1000000000000000 unit=1000000000000:USD on=2024-05-01"],
        &["stock:B 1:JPY", "paid USD 2024-05-01 0.001", "paid JPY 2024-05-01 150"],
        "status=complete 0.cost=null 0.cost_reason=out_of_range total=1000000000000000",
    );
    // A rate too small for any decimal is none, and no value of zero.
    check(
        "GBP",
        &["stock:AAPL 1"],
        &[
            AAPL,
            "currency:EUR 1000000000000:USD",
            "currency:EUR 0.00000000000000000001:GBP",
        ],
        "0.value=null 0.fx=null 0.reason=out_of_range",
    );
}

#[test]
fn percentages_are_rounded_once_half_to_even() {
    check("USD", &["stock:AAPL 1 cost=300:USD"], &[AAPL], "gain%=-33.3333");
    check(
        "USD",
        &["stock:A 1 cost=2000000:USD"],
        &["stock:A 2000001:USD"],
        "gain=1 gain%=0",
    );
    check(
        "USD",
        &["stock:A 1 cost=2000000:USD"],
        &["stock:A 2000003:USD"],
        "gain=3 gain%=0.0002",
    );
    check(
        "USD",
        &["stock:A 1 cost=0.0000000000000000000000000001:USD"],
        &["stock:A 1000000000000:USD"],
        "gain=1000000000000 gain%=null",
    );
}

#[test]
fn a_valuation_says_what_it_was_made_of() {
    let mut portfolio = portfolio("USD exclude", &["stock:AAPL 1"]);
    portfolio.version = 7;
    let book = book(&["frozen", AAPL]);
    let valuation = value(&portfolio, &book, portfolio.policy, now());
    assert_eq!(valuation.book_id, book.id);
    assert_eq!((valuation.portfolio_id, valuation.portfolio_version), (portfolio.id, 7));
    assert_eq!((valuation.as_of, valuation.trigger), (now(), Trigger::Live));
    assert_eq!(valuation.policy, Policy::Exclude);
    let json = serde_json::to_string(&valuation).unwrap();
    assert_eq!(serde_json::from_str::<folio_core::Valuation>(&json).unwrap(), valuation);
}

#[test]
fn a_manual_quote_prices_a_house() {
    let house = Quote::manual(
        "custom:house".parse().unwrap(),
        crate::scene::price("250000:EUR"),
        now() + span("-900d"),
    );
    let valuation = value(
        &portfolio("EUR", &["custom:house 1"]),
        &PriceBook::new().with(house),
        Policy::default(),
        now(),
    );
    assert_eq!(fields(&valuation)["total"], "250000");
    assert_eq!(fields(&valuation)["0.source"], "manual");
}
