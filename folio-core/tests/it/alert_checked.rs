//! Which rules are refused, at which field and why.

use folio_core::{AlertDefaults, AlertRule, Percent, Portfolio};

use crate::scene::alerts::rule;
use crate::scene::portfolio;

/// `pointer kind` of the one field that is wrong, or nothing.
fn found(line: &str, portfolio: &Portfolio) -> String {
    let Err(error) = rule(line).validate(portfolio) else {
        return String::new();
    };
    let [field] = error.field_errors() else {
        return format!("{error:?}");
    };
    assert!(!field.detail.is_empty());
    format!("{} {}", field.pointer, field.kind)
}

#[track_caller]
fn check(line: &str, expected: &str) {
    let holdings = ["stock:AAPL 1", "currency:EUR 5", "currency:USD 5"];
    assert_eq!(found(line, &portfolio("USD", &holdings)), expected, "{line}");
}

#[test]
fn thresholds_are_above_zero_and_can_be_reached() {
    for line in [
        "loss 5",
        "loss 100",
        "loss 0.0001",
        "gain 10",
        "gain 1000000",
        "change 5 24",
        "change 300 168",
    ] {
        check(line, "");
    }
    for line in [
        "loss 0",
        "loss -5",
        "gain 0",
        "gain -0.0001",
        "change 0 24",
        "change -5 168",
    ] {
        check(line, "/threshold_percent invalid_input");
    }
    check("loss 100.0001", "/threshold_percent invalid_input");
    for line in ["loss 1000001", "gain 1000000.0001", "change 1000001 24"] {
        check(line, "/threshold_percent out_of_range");
    }
    // Whoever owes can lose more than there is.
    let debts = portfolio("USD", &["stock:AAPL 1", "currency:EUR -5"]);
    assert_eq!(found("loss 250", &debts), "");
    assert_eq!(found("loss 1000001", &debts), "/threshold_percent out_of_range");
}

#[test]
fn prices_are_above_zero_and_of_what_is_held_and_moves() {
    check("price_above stock:AAPL 0.0001:USD", "");
    check("price_below stock:AAPL 1000000000000:JPY", "");
    check("price_above currency:EUR 1.2:USD", "");
    for kind in ["price_above", "price_below"] {
        check(&format!("{kind} stock:AAPL 0:USD"), "/price invalid_input");
        check(&format!("{kind} stock:MSFT 5:USD"), "/asset invalid_input");
        check(&format!("{kind} currency:USD 1:EUR"), "/asset invalid_input");
    }
    check("change 5 24 stock:AAPL", "");
    check("change 5 24 currency:EUR", "");
    check("change 5 24 stock:MSFT", "/asset invalid_input");
    check("change 5 24 currency:USD", "/asset invalid_input");
    assert_eq!(
        found("change 5 24 stock:AAPL", &portfolio("USD", &[])),
        "/asset invalid_input"
    );
    assert_eq!(found("change 5 24", &portfolio("USD", &[])), "");
}

#[test]
fn windows_bands_and_cool_downs_have_bounds() {
    for hours in [0, 1, 23, 25, 167, 169, 720, u32::MAX] {
        check(&format!("change 5 {hours}"), "/window_hours invalid_input");
    }
    for line in [
        "loss 5 band=0",
        "loss 5 band=300",
        "gain 10 band=109.9999",
        "change 5 24 band=4.9999",
        "price_above stock:AAPL 5:USD band=99.9999",
        "price_below stock:AAPL 5:USD band=1000000",
        "loss 5 cooldown=0",
        "loss 5 cooldown=8760",
    ] {
        check(line, "");
    }
    for line in [
        "loss 5 band=-1",
        "gain 10 band=110",
        "change 5 24 band=5",
        "change 5 24 stock:AAPL band=6",
        "price_above stock:AAPL 5:USD band=100",
        "price_below stock:AAPL 5:USD band=-0.0001",
    ] {
        check(line, "/band_percent invalid_input");
    }
    check("loss 5 band=1000001", "/band_percent out_of_range");
    check("loss 5 cooldown=8761", "/cooldown_hours out_of_range");
    check("loss 5 cooldown=4294967295", "/cooldown_hours out_of_range");
    // With debts a gain may turn into a loss of more than everything.
    assert_eq!(found("gain 10 band=110", &portfolio("USD", &["currency:EUR -5"])), "");
}

#[test]
fn channels_are_named_or_left_out() {
    check("loss 5 via=console,webhook", "");
    let mut nobody = rule("loss 5");
    nobody.channels = Some(Vec::new());
    let error = nobody.validate(&portfolio("USD", &[])).unwrap_err();
    assert_eq!(error.field_errors()[0].pointer, "/channels");
}

#[test]
fn the_rules_of_a_new_portfolio_are_right_and_have_the_same_ids_everywhere() {
    let new = portfolio("USD", &[]);
    let defaults = AlertDefaults::default();
    let rules = defaults.rules(new.id);
    let brief: Vec<_> = rules
        .iter()
        .map(|rule| {
            format!(
                "{} {}",
                rule.kind().as_str(),
                rule.condition.threshold_percent().unwrap()
            )
        })
        .collect();
    assert_eq!(brief, ["loss 5", "gain 10"]);
    for rule in &rules {
        rule.validate(&new).unwrap();
        assert_eq!(
            (rule.band_percent, rule.cooldown_hours, &rule.channels),
            (Percent::ONE, 24, &None)
        );
    }
    let other = AlertDefaults {
        loss_percent: Percent::TEN,
        ..defaults
    };
    let ids = |rules: &[AlertRule]| rules.iter().map(|rule| rule.id).collect::<Vec<_>>();
    assert_eq!(ids(&other.rules(new.id)), ids(&rules));
    assert_ne!(rules[0].id, rules[1].id);
    assert_ne!(ids(&defaults.rules(portfolio("USD", &[]).id)), ids(&rules));
}
