//! Which prices and rates a valuation may use, and what it says of a holding that has none.

use folio_core::{Policy, PriceBook, PriceState, Reason, Status, value};

use crate::scene::{book, check, fields, now, portfolio, span};

const AAPL: &str = "stock:AAPL 200:USD";
const BTC: &str = "crypto:bitcoin 60000:USD";
const EUR: &str = "currency:EUR 1.25:USD";
const NO_AAPL: &str = "stock:AAPL unpriced timeout retry=+5m";

#[test]
fn a_missing_price_is_never_a_number() {
    check(
        "USD",
        &["stock:AAPL 2 cost=300:USD", "crypto:bitcoin 1 cost=50000:USD"],
        &[NO_AAPL, BTC],
        "status=partial 0.value=null 0.price=null 0.gain=null 0.state=unpriced 0.reason=timeout 0.cost=300 \
         0.retry=2026-03-02T09:05:00Z total=60000 with_cost=60000 cost=50000 gain=10000 gain%=20 excluded=300",
    );
    check(
        "USD",
        &["stock:AAPL 2"],
        &[],
        "status=unavailable total=null 0.reason=no_data",
    );
    check("USD", &["stock:AAPL 2"], &["stock:AAPL unpriced"], "0.reason=no_data");
    check(
        "USD",
        &["stock:AAPL 2"],
        &["stock:AAPL unpriced pending"],
        "0.reason=pending",
    );
    // An entry that contradicts itself is no price either.
    check(
        "USD",
        &["stock:AAPL 2"],
        &["stock:AAPL 200:USD unpriced quarantined"],
        "0.value=null 0.price=null 0.reason=quarantined total=null unpriced=1",
    );
}

#[test]
fn a_missing_rate_is_never_one() {
    check(
        "EUR",
        &["stock:AAPL 2", "currency:EUR 5"],
        &[AAPL],
        "status=partial total=5 0.price=200:USD 0.fx=null 0.value=null 0.reason=no_rate 0.source=vendor",
    );
    check(
        "EUR",
        &["currency:USD 2"],
        &[],
        "0.value=null 0.reason=no_rate 0.price=1:USD 0.as_of=null 0.source=null",
    );
    check(
        "EUR",
        &["stock:AAPL 2"],
        &[AAPL, "currency:EUR 0:USD"],
        "0.reason=no_rate",
    );
    check(
        "EUR",
        &["currency:USD 2"],
        &["currency:EUR unpriced timeout retry=+5m"],
        "0.reason=no_rate",
    );
    let mut failed = book(&[AAPL]);
    let leg = folio_core::PriceKey::per_euro(folio_core::Currency::USD);
    let why = folio_core::Unpriced::new(Reason::Timeout, "no answer").until(Some(now() + span("+5m")));
    failed.insert(folio_core::BookEntry::unpriced(leg, why));
    let valuation = value(&portfolio("EUR", &["stock:AAPL 2"]), &failed, Policy::default(), now());
    let row = &fields(&valuation);
    assert_eq!(
        (row["0.reason"].as_str(), row["0.retry"].as_str()),
        ("no_rate", "2026-03-02T09:05:00Z")
    );
}

#[test]
fn what_a_frozen_book_does_not_list_is_not_in_book() {
    check("USD", &["stock:AAPL 2"], &["frozen", BTC], "0.reason=not_in_book");
    check("USD", &["currency:EUR 2"], &["frozen", BTC], "0.reason=not_in_book");
    check("USD", &["currency:JPY 2"], &["frozen", EUR], "0.reason=not_in_book");
    check("EUR", &["stock:AAPL 2"], &["frozen", AAPL], "0.reason=no_rate");
    check(
        "USD",
        &["currency:JPY 2"],
        &["frozen", "currency:EUR 160:JPY"],
        "0.reason=no_rate",
    );
}

#[test]
fn strict_has_no_total_unless_every_holding_is_priced() {
    let carried = "stock:AAPL 200:USD carried timeout fetched=-1h as_of=-1h";
    let lots = ["stock:AAPL 1 cost=100:USD", "crypto:bitcoin 1 cost=300:USD"];
    check(
        "USD strict",
        &lots,
        &[AAPL, BTC],
        "status=complete total=60200 gain=59800 by_cost%=100",
    );
    check(
        "USD strict",
        &lots,
        &[AAPL],
        "status=unavailable total=null with_cost=null cost=null gain=null gain%=null \
         excluded=300 by_cost%=25 0.value=200 0.gain=100 priced=1 unpriced=1",
    );
    check(
        "USD strict",
        &lots,
        &[carried, BTC],
        "status=unavailable 0.state=unpriced 0.reason=timeout carried=0",
    );
}

#[test]
fn carried_prices_are_for_who_wants_them() {
    let carried = "stock:AAPL 200:USD carried rate_limited as_of=-50h fetched=-50h retry=+5m";
    check(
        "USD",
        &["stock:AAPL 1"],
        &[carried],
        "status=complete total=200 carried=1 0.state=carried 0.reason=rate_limited 0.age=180000 \
         0.fetched=2026-02-28T07:00:00Z 0.retry=2026-03-02T09:05:00Z",
    );
    check(
        "USD exclude",
        &["stock:AAPL 1"],
        &[carried],
        "status=unavailable 0.state=unpriced 0.reason=rate_limited",
    );
    check(
        "USD carry_forward:180000",
        &["stock:AAPL 1"],
        &[carried],
        "0.state=carried",
    );
    check(
        "USD carry_forward:179999",
        &["stock:AAPL 1"],
        &[carried],
        "0.state=unpriced 0.reason=rate_limited",
    );
    check(
        "USD",
        &["stock:AAPL 1"],
        &["stock:AAPL 200:USD carried"],
        "0.state=carried 0.reason=unavailable",
    );
}

#[test]
fn a_carried_price_was_fetched_at_most_so_long_ago() {
    for (asset, limit, beyond) in [
        ("crypto:bitcoin", "-24h", "-86401s"),
        ("stock:AAPL", "-96h", "-345601s"),
        ("custom:house", "-96h", "-345601s"),
    ] {
        let entry = |fetched| format!("{asset} 5:USD carried timeout fetched={fetched}");
        let lot = format!("{asset} 1");
        check("USD", &[&lot], &[&entry(limit)], "0.state=carried 0.value=5");
        check(
            "USD",
            &[&lot],
            &[&entry(beyond)],
            "0.state=unpriced 0.reason=timeout 0.value=null 0.price=5:USD",
        );
    }
    let leg = |fetched| format!("currency:EUR 1.25:USD carried timeout fetched={fetched} as_of=-1h");
    check(
        "USD",
        &["currency:EUR 1"],
        &[&leg("-7d")],
        "0.state=carried 0.reason=timeout 0.value=1.25",
    );
    check(
        "USD",
        &["currency:EUR 1"],
        &[&leg("-604801s")],
        "0.state=unpriced 0.reason=no_rate",
    );
}

#[test]
fn a_price_whose_market_time_is_too_old_is_outdated() {
    for (asset, limit, beyond) in [
        ("crypto:bitcoin", "-24h", "-86401s"),
        ("stock:AAPL", "-15d", "-1296001s"),
        ("custom:house", "-3000d", ""),
    ] {
        let lot = format!("{asset} 1");
        check(
            "USD",
            &[&lot],
            &[&format!("{asset} 5:USD as_of={limit}")],
            "0.state=priced 0.reason=null 0.value=5",
        );
        if !beyond.is_empty() {
            let entry = format!("{asset} 5:USD as_of={beyond}");
            check(
                "USD",
                &[&lot],
                &[&entry],
                "0.state=unpriced 0.reason=outdated 0.value=null 0.source=vendor",
            );
            let carried = format!("{asset} 5:USD carried timeout as_of={beyond}");
            check("USD", &[&lot], &[&carried], "0.state=unpriced 0.reason=outdated");
        }
    }
    check(
        "USD",
        &["currency:EUR 1"],
        &["currency:EUR 1.25:USD as_of=-7d"],
        "0.state=priced 0.value=1.25",
    );
    let old = "currency:EUR 1.25:USD as_of=-604801s";
    check(
        "USD",
        &["currency:EUR 1"],
        &[old],
        "0.state=unpriced 0.reason=outdated 0.value=null 0.as_of=null",
    );
    check(
        "EUR",
        &["stock:AAPL 1"],
        &[AAPL, old],
        "0.state=unpriced 0.reason=no_rate 0.price=200:USD",
    );
    // On Sunday a share is priced with Friday's time.
    check(
        "USD",
        &["stock:AAPL 1"],
        &["stock:AAPL 200:USD as_of=-60h"],
        "0.state=priced 0.age=216000",
    );
}

#[test]
fn never_a_later_price_for_an_earlier_instant() {
    check(
        "USD",
        &["stock:AAPL 1"],
        &["stock:AAPL 200:USD as_of=+10m"],
        "0.state=priced 0.age=0",
    );
    check(
        "USD",
        &["stock:AAPL 1"],
        &["stock:AAPL 200:USD as_of=+601s"],
        "0.state=unpriced 0.reason=no_data 0.value=null 0.price=null 0.as_of=null 0.source=null",
    );
    check(
        "USD",
        &["currency:EUR 1"],
        &["currency:EUR 1.25:USD as_of=+601s"],
        "0.value=null 0.reason=no_rate",
    );
    // One leg in time does not excuse the other.
    check(
        "USD",
        &["currency:GBP 1"],
        &["currency:EUR 1.25:USD as_of=-1h", "currency:EUR 0.5:GBP as_of=+1h"],
        "0.value=null 0.reason=no_rate",
    );
}

#[test]
fn a_rate_is_as_good_as_its_weakest_leg() {
    let carried = "currency:EUR 0.5:GBP carried unavailable as_of=-30h fetched=-29h retry=+1h";
    check(
        "USD",
        &["currency:GBP 1"],
        &[EUR, carried],
        "0.state=carried 0.reason=unavailable 0.value=2.5 0.age=108000 0.fetched=2026-03-01T04:00:00Z \
         0.retry=2026-03-02T10:00:00Z",
    );
    check(
        "USD exclude",
        &["currency:GBP 1"],
        &[EUR, carried],
        "0.state=unpriced 0.reason=no_rate",
    );
    check(
        "GBP",
        &["stock:AAPL 1"],
        &[AAPL, EUR, carried],
        "0.state=carried 0.reason=unavailable 0.value=80 0.age=0",
    );
    // The price's own reason stays where both are carried.
    check(
        "EUR",
        &["stock:AAPL 1"],
        &[
            "stock:AAPL 200:USD carried timeout",
            "currency:EUR 1.25:USD carried unavailable",
        ],
        "0.state=carried 0.reason=timeout",
    );
    check(
        "USD",
        &["currency:GBP 1"],
        &["currency:EUR 1.25:USD as_of=-8d", "currency:EUR 0.5:GBP"],
        "0.value=null 0.reason=outdated",
    );
}

#[test]
fn a_stated_rate_that_cannot_be_used_gives_way_to_one_that_can() {
    check(
        "EUR",
        &["currency:USD 1"],
        &["currency:USD 0.5:EUR as_of=-8d", EUR],
        "0.fx=0.8 0.state=priced",
    );
}

#[test]
fn a_wrong_quote_is_worse_than_none() {
    // A quote in another currency than was asked for, and one of another asset, are refused on the way in.
    let mut wrong = crate::scene::entry("currency:EUR 25:CZK");
    wrong.key.currency = Some(folio_core::Currency::USD);
    let mut other = crate::scene::entry("stock:MSFT 400:USD");
    other.key.asset = "stock:AAPL".parse().unwrap();
    let mut book = PriceBook::new();
    book.insert(wrong);
    book.insert(other);
    let portfolio = portfolio("USD", &["currency:EUR 1", "stock:AAPL 1"]);
    let valuation = value(&portfolio, &book, Policy::default(), now());
    assert_eq!(valuation.status, Status::Unavailable);
    assert_eq!(valuation.holdings[1].pricing.reason, Some(Reason::Unavailable));
}

#[test]
fn every_unpriced_holding_has_a_reason_and_a_remedy() {
    let portfolio = portfolio(
        "EUR",
        &["stock:AAPL 1", "crypto:bitcoin 1", "currency:USD 1", "custom:house 1"],
    );
    let carried = "stock:AAPL 200:USD carried timeout";
    for book in [
        book(&[]),
        book(&["frozen"]),
        book(&[carried, BTC]),
        book(&[carried, BTC, EUR]),
    ] {
        for policy in [Policy::Strict, Policy::Exclude, Policy::default()] {
            for row in value(&portfolio, &book, policy, now()).holdings {
                assert_eq!(
                    row.value.is_none(),
                    row.pricing.state == PriceState::Unpriced,
                    "{row:?}"
                );
                let priced = row.pricing.state == PriceState::Priced;
                assert_eq!(row.pricing.reason.is_none(), priced, "{row:?}");
                assert_eq!(row.remedy().is_none(), priced, "{row:?}");
            }
        }
    }
}
