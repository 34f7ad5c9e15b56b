use folio_core::money::decimal;
use folio_core::{
    BookEntry, BookId, CostBasis, CostReason, Currency, Holding, HoldingId, OwnerId, Policy, Portfolio, Price,
    PriceBook, PriceKey, Quote, Reason, ReferenceRate, SourceId, Trigger, Unpriced, Valuation, value,
};
use jiff::{SignedDuration, Timestamp};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-01T09:00:00.123Z")
}

fn holding(asset: &str, quantity: &str) -> Holding {
    Holding::new(HoldingId::new(now()), asset.parse().unwrap(), quantity.parse().unwrap()).unwrap()
}

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency.parse().unwrap()).unwrap()
}

/// A portfolio with everything that one may have.
fn portfolio() -> Portfolio {
    let mut portfolio = Portfolio::new("Tabs\tand\nlines \\ and \\t", Currency::EUR, now())
        .with(holding("crypto:bitcoin", "0.12345678"))
        .with(holding("stock:BRK-B", "12").with_cost(CostBasis::Unit(Price::parse("301.25", Currency::USD).unwrap())))
        .with(
            holding("stock:VWCE.DE", "7.5")
                .with_cost(CostBasis::Total(money("812.5", "EUR")))
                .acquired_on("2024-02-29".parse().unwrap()),
        )
        .with(holding("currency:JPY", "-1000000000000000"))
        .with(holding("custom:house", "1").with_cost(CostBasis::Total(money("250000", "CHF"))))
        .with(
            holding("stock:AAPL", "3")
                .with_cost(CostBasis::Total(money("450", "USD")))
                .acquired_on("2023-05-02".parse().unwrap()),
        );
    portfolio.owner = OwnerId::new("späte\tOwner");
    portfolio.time_zone = "Europe/Berlin".into();
    portfolio.policy = Policy::CarryForward {
        max_age: Some(SignedDuration::from_hours(3)),
    };
    portfolio.tags = vec!["a".into(), String::new(), "\\e".into()];
    portfolio.note = Some(String::new());
    portfolio.archived = true;
    portfolio.version = u64::MAX;
    portfolio.updated_at = at("1969-12-31T23:59:59.999Z");
    let last = portfolio.holdings.last_mut().unwrap();
    last.account = Some("Depot\t1".into());
    last.note = Some("\n".into());
    last.external_id = Some("\\".into());
    last.tags = vec![String::new(), String::new()];
    portfolio
}

/// Prices for it: fresh, carried, missing, in other currencies.
fn book() -> PriceBook {
    let quote = |asset: &str, amount: &str, currency: &str| {
        Quote::manual(
            asset.parse().unwrap(),
            Price::parse(amount, currency.parse().unwrap()).unwrap(),
            now(),
        )
    };
    let mut bitcoin = quote("crypto:bitcoin", "64321.53", "USD");
    bitcoin.source = SourceId::new("coin\tgecko");
    bitcoin.as_of = at("2026-03-01T08:59:12Z");
    let mut share = quote("stock:BRK-B", "399.999", "USD");
    share.as_of = at("2026-02-27T21:00:00Z");
    share.fetched_at = at("2026-03-01T09:00:01Z");
    let mut book = PriceBook::new()
        .with(quote("currency:EUR", "1.08", "USD"))
        .with(quote("stock:VWCE.DE", "120.34", "EUR"))
        .with(quote("stock:AAPL", "180", "USD"))
        .with(bitcoin);
    book.id = Some(BookId::new(now()));
    let failure = Unpriced::new(Reason::Timeout, "the source did not answer").until(Some(at("2026-03-01T09:05:00Z")));
    book.insert(BookEntry::carried(
        PriceKey::native(share.asset.clone()),
        share,
        failure.clone(),
    ));
    book.insert(BookEntry::unpriced(
        PriceKey::native("custom:house".parse().unwrap()),
        failure,
    ));
    book.insert_reference(ReferenceRate {
        currency: Currency::USD,
        date: "2023-05-02".parse().unwrap(),
        per_euro: decimal::parse("1.0985").unwrap(),
        published_on: "2023-05-02".parse().unwrap(),
        source: SourceId::new("ecb"),
    });
    book
}

fn valuation() -> Valuation {
    let mut valuation = value(&portfolio(), &book(), Policy::default(), now());
    valuation.trigger = Trigger::Hourly;
    valuation.created_at = at("2026-03-01T09:00:07.5Z");
    valuation
}

#[track_caller]
fn check_portfolio(portfolio: &Portfolio) {
    let text = write_portfolio(portfolio);
    assert_eq!(&read_portfolio(&text).unwrap(), portfolio, "{text}");
}

#[track_caller]
fn check_valuation(valuation: &Valuation) {
    let head = write_head(valuation).unwrap();
    let row = SnapshotRow {
        portfolio_id: valuation.portfolio_id,
        as_of: millis(valuation.as_of),
        status: valuation.status.as_str(),
        head: &head,
    };
    let mut read = read_snapshot(&row).unwrap();
    let holdings = write_holdings(valuation).unwrap();
    assert!(read.holdings.is_empty());
    read.holdings = read_holdings(&holdings, read.base_currency, read.as_of).unwrap();
    assert_eq!(&read, valuation, "{head}\n{holdings}");
}

#[test]
fn portfolios_come_back_as_they_were() {
    check_portfolio(&portfolio());
    check_portfolio(&Portfolio::new("Empty", Currency::USD, now()));
    for policy in [Policy::Strict, Policy::Exclude, Policy::default()] {
        check_portfolio(&Portfolio { policy, ..portfolio() });
    }
}

#[test]
fn snapshots_come_back_as_they_were() {
    let full = valuation();
    let reasons: Vec<_> = full.holdings.iter().map(|row| row.pricing.reason).collect();
    assert!(
        full.holdings.iter().any(|row| row.fx.is_some()),
        "the example has no exchange rate"
    );
    assert!(
        full.holdings
            .iter()
            .any(|row| row.cost_reason == Some(CostReason::NoDate)),
        "no cost is missing"
    );
    assert!(
        reasons.contains(&Some(Reason::Timeout)) && reasons.contains(&None),
        "{reasons:?}"
    );
    check_valuation(&full);
    check_valuation(&value(
        &Portfolio::new("Empty", Currency::USD, now()),
        &book(),
        Policy::Strict,
        now(),
    ));
    check_valuation(&value(&portfolio(), &PriceBook::new(), Policy::Strict, now()));
}

#[test]
fn a_gain_that_is_not_the_difference_is_kept() {
    let mut odd = valuation();
    let row = odd.holdings.iter_mut().find(|row| row.gain.is_some()).unwrap();
    row.gain = Some(money("-0.0000001", "EUR"));
    check_valuation(&odd);
    let row = odd.holdings.iter_mut().find(|row| row.gain.is_some()).unwrap();
    row.gain = None;
    check_valuation(&odd);
    odd.holdings[0].gain = Some(money("5", "USD"));
    check_valuation(&odd);
}

#[test]
fn a_holding_takes_120_bytes_at_most() {
    let mut wide = Portfolio::new("Wide", Currency::USD, now());
    let mut book = PriceBook::new();
    for index in 0..20 {
        let asset: AssetId = format!("crypto:coin-number-{index}").parse().unwrap();
        let cost = CostBasis::Total(money("1234.56", "USD"));
        wide = wide.with(holding(&asset.to_string(), "12.3456").with_cost(cost));
        let mut quote = Quote::manual(asset, Price::parse("1234.5678", Currency::USD).unwrap(), now());
        quote.as_of = at("2026-03-01T08:58:31Z");
        book = book.with(quote);
    }
    let text = write_holdings(&value(&wide, &book, Policy::default(), now())).unwrap();
    assert!(text.len() <= 20 * 120, "{} bytes\n{text}", text.len());
}

#[test]
fn a_field_that_was_added_later_reads_as_empty_in_older_texts() {
    let mut fields = Fields::new("1\tx");
    assert_eq!(
        (fields.raw(), fields.raw(), fields.raw(), fields.raw()),
        ("1", "x", "", "")
    );
    assert_eq!(Fields::new("").optional_text().unwrap(), None);
    assert_eq!(Fields::new("").integer::<u32>().unwrap(), 0);
}

#[test]
fn nonsense_is_corrupt_data_and_never_a_panic() {
    let text = write_portfolio(&portfolio());
    let mut broken: Vec<String> = ["", "\n", "2", "0", "1", "1\t\t\t\t"].map(str::to_owned).into();
    for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        broken.push(text[..cut].to_owned());
        broken.push(format!("{}\u{e9}{}", &text[..cut], &text[cut..]));
    }
    let mut refused = 0;
    for text in broken {
        if let Err(error) = read_portfolio(&text) {
            assert_eq!(error.kind(), folio_core::ErrorKind::CorruptData, "{text}");
            refused += 1;
        }
    }
    assert!(refused > 100, "only {refused} refused");

    let full = valuation();
    let text = write_holdings(&full).unwrap();
    for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        if let Err(error) = read_holdings(&text[..cut], full.base_currency, full.as_of) {
            assert_eq!(error.kind(), folio_core::ErrorKind::CorruptData);
        }
    }
}

#[test]
fn numbers() {
    for value in [0, 1, -1, 9, 10, -10, 123_456, i64::MAX, i64::MIN] {
        let mut text = String::new();
        push_integer(&mut text, value);
        assert_eq!(text, value.to_string());
    }
}

#[test]
#[ignore = "measures, proves nothing"]
fn rates() {
    const ROUNDS: u32 = 20_000;
    let mut wide = Portfolio::new("Wide", Currency::USD, now());
    let mut book = PriceBook::new();
    for index in 0..20 {
        let asset: AssetId = format!("crypto:coin-number-{index}").parse().unwrap();
        let cost = CostBasis::Total(money("1234.56", "USD"));
        wide = wide.with(holding(&asset.to_string(), "12.345678").with_cost(cost));
        book = book.with(Quote::manual(
            asset,
            Price::parse("1234.5678", Currency::USD).unwrap(),
            now(),
        ));
    }
    let valuation = value(&wide, &book, Policy::default(), now());
    let (document, holdings) = (write_portfolio(&wide), write_holdings(&valuation).unwrap());
    let measure = |what: &str, work: &mut dyn FnMut() -> usize| {
        let since = tokio::time::Instant::now();
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            bytes += work();
        }
        let each = since.elapsed() / (ROUNDS * 20);
        println!("{what:20} {each:?} a holding, {} bytes", bytes / (ROUNDS as usize * 20));
    };
    measure("holdings written", &mut || write_holdings(&valuation).unwrap().len());
    measure("holdings read", &mut || {
        read_holdings(&holdings, Currency::USD, now()).unwrap().len()
    });
    measure("head written", &mut || write_head(&valuation).unwrap().len());
    measure("portfolio written", &mut || write_portfolio(&wide).len());
    measure("portfolio read", &mut || {
        read_portfolio(&document).unwrap().holdings.len()
    });
}
