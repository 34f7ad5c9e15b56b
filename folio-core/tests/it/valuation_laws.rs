//! What holds of every valuation, whatever is held and whatever is missing.

use folio_core::money::{Decimal, decimal};
use folio_core::{
    CostReason, HoldingValuation, Money, Percent, Portfolio, PriceBook, PriceState, Reason, Status, Valuation, value,
};
use proptest::prelude::*;

use crate::scene::random::{Random, World};
use crate::scene::{book, holding, now, portfolio};

fn sum(amounts: impl Iterator<Item = Money>) -> Decimal {
    amounts.fold(Decimal::ZERO, |sum, money| decimal::add(sum, money.amount()).unwrap())
}

fn amount(money: Option<Money>) -> Option<Decimal> {
    money.map(Money::amount)
}

/// A row without what depends on the other rows.
fn own(row: &HoldingValuation) -> HoldingValuation {
    HoldingValuation {
        weight_percent: None,
        ..row.clone()
    }
}

fn by_id(valuation: &Valuation, part: impl Fn(&HoldingValuation) -> HoldingValuation) -> Vec<HoldingValuation> {
    let mut rows: Vec<_> = valuation.holdings.iter().map(part).collect();
    rows.sort_by_key(|row| row.holding_id);
    rows
}

/// Whether nothing was too large.
fn fits(valuation: &Valuation) -> bool {
    valuation
        .holdings
        .iter()
        .all(|row| row.pricing.reason != Some(Reason::OutOfRange) && row.cost_reason != Some(CostReason::OutOfRange))
}

/// Whether every sum is exact, so that their order does not matter: numbers of everyday size.
fn is_tame(valuation: &Valuation) -> bool {
    let tame = |money: Option<Money>| {
        money.is_none_or(|money| money.amount().scale() <= 16 && money.amount().abs() < Decimal::from(1_000_000_000))
    };
    valuation.holdings.len() < 100 && valuation.holdings.iter().all(|row| tame(row.value) && tame(row.cost))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_sums_of_rows_in_their_order(seed: u64) {
        let world = World::any(&mut Random(seed));
        let valuation = value(&world.portfolio, &world.book(), world.policy, now());
        let rows = &valuation.holdings;
        prop_assert_eq!(rows.len(), world.portfolio.holdings.len());
        let known = |row: &&HoldingValuation| row.value.is_some() && row.cost.is_some();
        if valuation.status == Status::Unavailable {
            let totals = [valuation.total_value, valuation.value_with_cost, valuation.total_cost, valuation.gain];
            prop_assert_eq!(totals, [None; 4]);
            prop_assert_eq!(valuation.gain_percent, None);
            prop_assert!(rows.iter().all(|row| row.weight_percent.is_none()));
        } else {
            let any = rows.iter().any(|row| known(&row));
            prop_assert_eq!(amount(valuation.total_value), Some(sum(rows.iter().filter_map(|row| row.value))));
            let with_cost = sum(rows.iter().filter(known).filter_map(|row| row.value));
            let cost = sum(rows.iter().filter(known).filter_map(|row| row.cost));
            prop_assert_eq!(amount(valuation.value_with_cost), any.then_some(with_cost));
            prop_assert_eq!(amount(valuation.total_cost), any.then_some(cost));
            prop_assert_eq!(amount(valuation.gain), any.then(|| decimal::sub(with_cost, cost).unwrap()));
        }
        let excluded = rows.iter().filter(|row| row.value.is_none()).filter_map(|row| row.cost);
        let none = valuation.coverage.unpriced > 0 && excluded.clone().next().is_none();
        prop_assert_eq!(amount(valuation.excluded_cost), (!none).then(|| sum(excluded)));
    }

    #[test]
    fn the_status_says_what_the_rows_say(seed: u64) {
        let world = World::any(&mut Random(seed));
        let valuation = value(&world.portfolio, &world.book(), world.policy, now());
        let count = |state| valuation.holdings.iter().filter(|row| row.pricing.state == state).count();
        let unpriced = count(PriceState::Unpriced);
        prop_assert_eq!(valuation.coverage.priced as usize, count(PriceState::Priced));
        prop_assert_eq!(valuation.coverage.carried as usize, count(PriceState::Carried));
        prop_assert_eq!(valuation.coverage.unpriced as usize, unpriced);
        prop_assert_eq!(valuation.status == Status::Complete, unpriced == 0);
        let without_cost = valuation.holdings.iter().filter(|row| row.cost.is_none()).count();
        prop_assert_eq!(valuation.coverage.without_cost as usize, without_cost);
        for row in &valuation.holdings {
            prop_assert_eq!(row.value.is_none(), row.pricing.state == PriceState::Unpriced);
            prop_assert_eq!(row.pricing.reason.is_none(), row.pricing.state == PriceState::Priced);
            prop_assert_eq!(row.gain.is_some(), row.value.is_some() && row.cost.is_some());
            prop_assert!(row.cost.is_none() || row.cost_reason.is_none());
        }
    }

    #[test]
    fn a_value_is_its_factors_and_a_gain_has_the_sign_of_its_percentage(seed: u64) {
        let world = World::any(&mut Random(seed));
        let valuation = value(&world.portfolio, &world.book(), world.policy, now());
        for row in &valuation.holdings {
            let (Some(value), Some(price)) = (row.value, row.price) else { continue };
            let native = price.times(row.quantity).unwrap();
            let product = row.fx.as_ref().map_or(Ok(native), |fx| native.convert(fx.rate, fx.to)).unwrap();
            prop_assert_eq!(product, value);
            if let (Some(gain), Some(percent)) = (row.gain, row.gain_percent) {
                prop_assert!(percent == Percent::ZERO || gain.amount().is_sign_negative() == (percent < Percent::ZERO));
            }
        }
    }

    #[test]
    fn the_order_in_which_a_book_was_filled_is_irrelevant(seed: u64) {
        let mut world = World::any(&mut Random(seed));
        world.frozen = false;
        world.entries.sort_by(|a, b| a.key.cmp(&b.key));
        world.entries.dedup_by(|a, b| a.key == b.key);
        let forwards = value(&world.portfolio, &world.book(), world.policy, now());
        world.entries.reverse();
        world.references.reverse();
        prop_assert_eq!(forwards, value(&world.portfolio, &world.book(), world.policy, now()));
    }

    #[test]
    fn permuted_holdings_are_permuted_rows(seed: u64) {
        let mut random = Random(seed);
        let world = World::any(&mut random);
        let book = world.book();
        let one = value(&world.portfolio, &book, world.policy, now());
        let mut shuffled = world.portfolio.clone();
        for index in (1..shuffled.holdings.len()).rev() {
            shuffled.holdings.swap(index, random.below(index as u64 + 1) as usize);
        }
        let other = value(&shuffled, &book, world.policy, now());
        // Which row a sum cannot take, and where a sum is rounded, does depend on the order.
        if fits(&one) && fits(&other) {
            prop_assert_eq!(by_id(&one, own), by_id(&other, own));
        }
        if is_tame(&one) {
            prop_assert_eq!(by_id(&one, HoldingValuation::clone), by_id(&other, HoldingValuation::clone));
            prop_assert_eq!(Valuation { holdings: one.holdings.clone(), ..other }, one);
        }
    }

    #[test]
    fn an_unpriced_holding_changes_no_total(seed: u64) {
        let mut random = Random(seed);
        let world = World::any(&mut random);
        let book = world.book();
        let before = value(&world.portfolio, &book, world.policy, now());
        let mut more = world.portfolio.clone();
        let at = random.below(more.holdings.len() as u64 + 1) as usize;
        more.holdings.insert(at, holding("stock:UNKNOWN 3 cost=40:CHF"));
        let after = value(&more, &book, world.policy, now());
        prop_assert_eq!(after.coverage.unpriced, before.coverage.unpriced + 1);
        if after.status == Status::Unavailable {
            prop_assert_eq!(after.total_value, None);
        } else {
            let totals = |of: &Valuation| (of.total_value, of.value_with_cost, of.total_cost, of.gain, of.gain_percent);
            prop_assert_eq!(totals(&before), totals(&after));
        }
        let mut rows = after.holdings;
        let added = rows.remove(at);
        prop_assert_eq!((added.value, added.cost, added.weight_percent), (None, None, None));
        prop_assert_eq!(rows.iter().map(own).collect::<Vec<_>>(), before.holdings.iter().map(own).collect::<Vec<_>>());
    }

    #[test]
    fn two_base_currencies_agree_through_the_rate(quantities in prop::collection::vec(1_i64..1_000_000, 1..40), rate in 1_i64..10_000_000) {
        let book = book(&[
            "crypto:bitcoin 64321.5:USD", "stock:VWCE.DE 101.23:EUR",
            &format!("currency:EUR {}:USD", Decimal::new(rate, 4)),
        ]);
        let assets = ["crypto:bitcoin", "stock:VWCE.DE", "currency:USD", "currency:EUR"];
        let lots: Vec<String> = std::iter::zip(assets.iter().cycle(), &quantities)
            .map(|(asset, quantity)| format!("{asset} {}", Decimal::new(*quantity, 3)))
            .collect();
        let lots: Vec<&str> = lots.iter().map(String::as_str).collect();
        let total = |base| {
            let portfolio = portfolio(base, &lots);
            value(&portfolio, &book, portfolio.policy, now()).total_value.unwrap().amount()
        };
        let (dollars, euros) = (total("USD"), total("EUR"));
        // One euro in dollars is exact. Its inverse, and each value over it, keeps at least 20 digits.
        let through = decimal::mul(euros, Decimal::new(rate, 4)).unwrap();
        let difference = decimal::sub(through, dollars).unwrap().abs();
        let bound = decimal::mul(dollars, Decimal::new(1, 19)).unwrap().max(Decimal::new(1, 19));
        prop_assert!(difference <= bound, "{} {} {}", dollars, euros, difference);
    }

    #[test]
    fn nothing_within_bounds_panics(seed: u64, at in any::<i64>()) {
        let world = World::any(&mut Random(seed));
        let at = jiff::Timestamp::from_second(at % 253_402_207_200).unwrap();
        for book in [world.book(), PriceBook::new()] {
            let valuation = value(&world.portfolio, &book, world.policy, at);
            let json = serde_json::to_string(&valuation).unwrap();
            prop_assert_eq!(serde_json::from_str::<Valuation>(&json).unwrap(), valuation);
        }
    }

    #[test]
    fn what_is_stored_of_a_portfolio_is_valued_the_same(seed: u64) {
        let world = World::any(&mut Random(seed));
        let book = world.book();
        let json = serde_json::to_string(&world.portfolio).unwrap();
        let stored: Portfolio = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(value(&stored, &book, world.policy, now()), value(&world.portfolio, &book, world.policy, now()));
    }
}

#[test]
fn extreme_instants_are_no_different() {
    let portfolio = portfolio("USD", &["stock:AAPL 1", "currency:EUR 1"]);
    let book = book(&["stock:AAPL 200:USD", "currency:EUR 1.25:USD"]);
    for at in [jiff::Timestamp::MIN, jiff::Timestamp::MAX] {
        let valuation = value(&portfolio, &book, portfolio.policy, at);
        assert_eq!(valuation.status, Status::Unavailable);
    }
}
