//! What a portfolio and its holdings are checked for, and how a policy is written.

use folio_core::{CostBasis, ErrorKind, Holding, HoldingId, MAX_HOLDINGS, Policy, Portfolio, Result};
use jiff::SignedDuration;

use crate::scene::{holding, money, now, portfolio, price};

/// `kind at pointer`, or `fine`.
fn verdict(result: Result<()>) -> String {
    match result {
        Ok(()) => "fine".to_owned(),
        Err(error) => {
            let pointers: Vec<&str> = error
                .field_errors()
                .iter()
                .map(|field| field.pointer.as_str())
                .collect();
            format!("{} at {}", error.kind(), pointers.join(" "))
        }
    }
}

#[track_caller]
fn check_holding(change: impl FnOnce(&mut Holding), expected: &str) {
    let mut lot = holding("stock:AAPL 2");
    change(&mut lot);
    assert_eq!(verdict(lot.validate()), expected);
    let whole = portfolio("USD", &["crypto:bitcoin 1"]).with(lot);
    let expected = expected.replace(" at /", " at /holdings/1/");
    assert_eq!(verdict(whole.validate()), expected, "within a portfolio");
}

#[track_caller]
fn check_portfolio(change: impl FnOnce(&mut Portfolio), expected: &str) {
    let mut portfolio = portfolio("USD", &["stock:AAPL 2", "stock:AAPL 2"]);
    change(&mut portfolio);
    assert_eq!(verdict(portfolio.validate()), expected);
}

#[test]
fn only_a_currency_may_be_negative() {
    let id = HoldingId::new(now());
    let new = |asset: &str, quantity: &str| Holding::new(id, asset.parse().unwrap(), quantity.parse().unwrap());
    assert!(new("currency:EUR", "-5").is_ok());
    for asset in ["stock:AAPL", "crypto:bitcoin", "custom:house"] {
        assert_eq!(
            verdict(new(asset, "-5").map(drop)),
            "invalid_input at /quantity",
            "{asset}"
        );
    }
}

#[test]
fn a_cost_has_the_sign_of_its_quantity() {
    let debt = |lot: &mut Holding, cost: &str| {
        *lot = holding("currency:EUR -5");
        lot.cost = Some(CostBasis::Total(money(cost)));
    };
    check_holding(
        |lot| lot.cost = Some(CostBasis::Total(money("-1:USD"))),
        "invalid_input at /cost",
    );
    check_holding(|lot| lot.cost = Some(CostBasis::Total(money("0:USD"))), "fine");
    check_holding(|lot| debt(lot, "-5:USD"), "fine");
    check_holding(|lot| debt(lot, "0:USD"), "fine");
    check_holding(|lot| debt(lot, "5:USD"), "invalid_input at /cost");
    check_holding(
        |lot| lot.cost = Some(CostBasis::Total(money("2000000000000:USD"))),
        "fine",
    );
    check_holding(
        |lot| lot.cost = Some(CostBasis::Total(money("2000000000001:USD"))),
        "out_of_range at /cost",
    );
}

#[test]
fn either_form_of_a_cost_gives_the_other() {
    let check = |basis: CostBasis, quantity: &str, unit: &str, total: &str| {
        let quantity = quantity.parse().unwrap();
        assert_eq!(basis.unit(quantity).unwrap(), price(unit));
        assert_eq!(basis.total(quantity).unwrap(), money(total));
    };
    check(CostBasis::Unit(price("2.5:USD")), "4", "2.5:USD", "10:USD");
    check(CostBasis::Total(money("10:USD")), "4", "2.5:USD", "10:USD");
    check(CostBasis::Total(money("-10:EUR")), "-4", "2.5:EUR", "-10:EUR");
    check(CostBasis::Unit(price("2.5:EUR")), "-4", "2.5:EUR", "-10:EUR");
    check(
        CostBasis::Unit(price("1000000000000:USD")),
        "1000000000000000",
        "1000000000000:USD",
        "1000000000000000000000000000:USD",
    );
}

#[test]
fn texts_have_a_length() {
    let text = |count| Some("ä".repeat(count));
    check_holding(|lot| lot.account = text(200), "fine");
    check_holding(|lot| lot.account = text(201), "invalid_input at /account");
    check_holding(|lot| lot.note = text(4001), "invalid_input at /note");
    check_holding(|lot| lot.note = Some("a\0b".to_owned()), "invalid_input at /note");
    check_holding(|lot| lot.external_id = text(201), "invalid_input at /external_id");
    check_holding(|lot| lot.tags = vec!["ä".repeat(201)], "invalid_input at /tags/0");
    check_holding(|lot| lot.tags = vec![String::new(); 51], "invalid_input at /tags");
    check_portfolio(|portfolio| portfolio.name = "ä".repeat(200), "fine");
    check_portfolio(|portfolio| portfolio.name = "ä".repeat(201), "invalid_input at /name");
    check_portfolio(|portfolio| portfolio.name = String::new(), "invalid_input at /name");
    check_portfolio(
        |portfolio| portfolio.name = " \t\u{a0}".to_owned(),
        "invalid_input at /name",
    );
}

#[test]
fn a_zone_is_a_name_that_folio_knows() {
    check_portfolio(|portfolio| portfolio.time_zone = "Europe/Berlin".to_owned(), "fine");
    for zone in ["", "Mars/Olympus", "../etc/passwd", "+02:00"] {
        check_portfolio(
            |portfolio| portfolio.time_zone = zone.to_owned(),
            "invalid_input at /time_zone",
        );
    }
}

#[test]
fn ids_are_unique_and_assets_need_not_be() {
    check_portfolio(|_| {}, "fine");
    check_portfolio(
        |portfolio| portfolio.holdings[1].id = portfolio.holdings[0].id,
        "conflict at /holdings/1/id",
    );
    let name = |portfolio: &mut Portfolio, index: usize, id: &str| {
        portfolio.holdings[index].external_id = Some(id.to_owned());
    };
    check_portfolio(|portfolio| name(portfolio, 0, "a"), "fine");
    check_portfolio(|portfolio| (name(portfolio, 0, "a"), name(portfolio, 1, "A")).1, "fine");
    check_portfolio(
        |portfolio| (name(portfolio, 0, "a"), name(portfolio, 1, "a")).1,
        "conflict at /holdings/1/external_id",
    );
}

#[test]
fn a_portfolio_has_a_greatest_size() {
    let lots = |count| {
        move |portfolio: &mut Portfolio| {
            portfolio.holdings = (0..count)
                .map(|_| Holding {
                    id: HoldingId::new(now()),
                    ..portfolio.holdings[0].clone()
                })
                .collect();
        }
    };
    check_portfolio(lots(0), "fine");
    check_portfolio(lots(MAX_HOLDINGS), "fine");
    check_portfolio(lots(MAX_HOLDINGS + 1), "invalid_input at /holdings");
}

#[test]
fn a_holding_is_found_by_its_id() {
    let portfolio = portfolio("USD", &["stock:AAPL 2", "stock:B 3"]);
    let second = &portfolio.holdings[1];
    assert_eq!(portfolio.holding(second.id).unwrap(), second);
    assert_eq!(
        portfolio.holding(HoldingId::new(now())).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let of = |seconds| Policy::CarryForward {
        max_age: Some(SignedDuration::from_secs(seconds)),
    };
    let cases = [
        (Policy::Strict, "strict"),
        (Policy::Exclude, "exclude"),
        (Policy::default(), "carry_forward"),
        (of(0), "carry_forward:0"),
        (of(86_400), "carry_forward:86400"),
        (of(u32::MAX.into()), "carry_forward:4294967295"),
    ];
    for (policy, text) in cases {
        assert_eq!(policy.to_string(), text);
        assert_eq!(text.parse::<Policy>().unwrap(), policy);
        assert_eq!(
            serde_json::from_str::<Policy>(&serde_json::to_string(&policy).unwrap()).unwrap(),
            policy
        );
    }
    // What cannot be written exactly is still something that reads back.
    for policy in [of(-5), of(i64::MAX), of(i64::MIN)] {
        assert!(policy.to_string().parse::<Policy>().is_ok(), "{policy}");
    }
    for text in [
        "",
        "Strict",
        "carry",
        "carry_forward:",
        "carry_forward:-1",
        "carry_forward:1.5",
        "carry_forward:4294967296",
        "exclude:3",
    ] {
        assert_eq!(
            text.parse::<Policy>().unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{text:?}"
        );
    }
}
