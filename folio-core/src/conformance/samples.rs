//! Portfolios and valuations that a backend is likely to get wrong.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::asset::AssetId;
use crate::book::PriceState;
use crate::id::{BookId, HoldingId, OwnerId, PortfolioId, ValuationId};
use crate::money::{Currency, Money, Percent, Price, Quantity, decimal};
use crate::policy::Policy;
use crate::portfolio::{CostBasis, Holding, Portfolio};
use crate::quote::{FxRate, Reason, SourceId};
use crate::valuation::{CostReason, Coverage, HoldingValuation, Pricing, Status, Trigger, Valuation};

/// Text that breaks what forgets to escape or to count in characters.
pub(super) const AWKWARD: &str = "Ruhe\u{ad}stand 🏖️ 日本 'x' \"y\" \\ %_ $set {a.b} <i>\n\tnull";

/// What a constant of this file reads as.
#[expect(
    clippy::expect_used,
    reason = "every text that is read here is a constant of the suites"
)]
fn read<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("a constant of the suites is valid")
}

pub(super) fn time(text: &str) -> Timestamp {
    read(text.parse())
}

pub(super) fn date(text: &str) -> Date {
    read(text.parse())
}

pub(super) fn asset(text: &str) -> AssetId {
    read(text.parse())
}

pub(super) fn currency(text: &str) -> Currency {
    read(text.parse())
}

pub(super) fn number(text: &str) -> Decimal {
    read(decimal::parse(text))
}

pub(super) fn quantity(text: &str) -> Quantity {
    read(text.parse())
}

pub(super) fn price(amount: &str, currency: Currency) -> Price {
    read(Price::parse(amount, currency))
}

/// The first of March 2026, 09:00, plus so many milliseconds.
pub(super) fn at(millis: i64) -> Timestamp {
    time("2026-03-01T09:00:00Z") + SignedDuration::from_millis(millis)
}

/// A portfolio with one lot of an asset, made at an instant.
pub(super) fn portfolio_of(held: &str, made: Timestamp) -> Portfolio {
    Portfolio::new("Core", Currency::EUR, made).with(lot(held, "1.5"))
}

pub(super) fn lot(held: &str, amount: &str) -> Holding {
    read(Holding::new(HoldingId::new(at(0)), asset(held), quantity(amount)))
}

pub(super) fn owned_by(owner: &str, portfolio: Portfolio) -> Portfolio {
    Portfolio {
        owner: OwnerId::new(owner),
        ..portfolio
    }
}

/// Portfolios that between them have every field empty, full and extreme.
pub(super) fn portfolios() -> Vec<Portfolio> {
    let bare = Portfolio::new("x", currency("JPY"), at(1));
    let lots = [
        ("crypto:bitcoin", "0.1234567890123456789012345678", None),
        ("crypto:dust", "0.0000000000000000000000000001", None),
        (
            "stock:BRK-B",
            "1000000000000000",
            Some(CostBasis::Unit(price("1000000000000", Currency::USD))),
        ),
        (
            "stock:^GSPC",
            "999999999999999.9999999999999",
            Some(CostBasis::Unit(price("0", Currency::EUR))),
        ),
        (
            "custom:my_house.2",
            "1",
            Some(CostBasis::Total(Money::new(
                number("123456789012.3456789012345678"),
                Currency::EUR,
            ))),
        ),
        (
            "stock:M&M.NS",
            "1e15",
            Some(CostBasis::Total(Money::new(
                number("999999999999999999999999999"),
                currency("INR"),
            ))),
        ),
        (
            "currency:USD",
            "-1000000.01",
            Some(CostBasis::Total(Money::new(number("-920000.55"), Currency::EUR))),
        ),
        ("currency:EUR", "-0.0000000000000000000000000001", None),
    ];
    let mut full = Portfolio {
        owner: OwnerId::new("Ömer <o@example.org>"),
        name: AWKWARD.to_owned(),
        time_zone: "America/Argentina/Buenos_Aires".to_owned(),
        policy: Policy::CarryForward {
            max_age: Some(SignedDuration::from_secs(3_601)),
        },
        tags: vec![String::new(), AWKWARD.to_owned(), "a".to_owned(), "a".to_owned()],
        note: Some("日".repeat(4_000)),
        archived: true,
        version: 9_007_199_254_740_993,
        created_at: time("1970-01-01T00:00:00.001Z"),
        updated_at: time("2999-12-31T23:59:59.999Z"),
        ..Portfolio::new("", Currency::EUR, at(2))
    };
    for (held, amount, cost) in lots {
        full.holdings.push(Holding {
            cost,
            ..lot(held, amount)
        });
    }
    full.holdings[0] = Holding {
        acquired_on: Some(date("1900-02-28")),
        account: Some(AWKWARD.to_owned()),
        tags: vec![AWKWARD.to_owned(), String::new()],
        note: Some(String::new()),
        external_id: Some(AWKWARD.to_owned()),
        ..full.holdings[0].clone()
    };
    full.holdings[1].acquired_on = Some(date("9999-12-31"));
    let strict = Portfolio {
        policy: Policy::Strict,
        note: Some(String::new()),
        ..Portfolio::new("s", Currency::GBP, at(3))
    };
    let exclude = Portfolio {
        policy: Policy::Exclude,
        ..Portfolio::new("e", Currency::USD, at(4))
    };
    vec![bare, full, strict, exclude]
}

/// A portfolio with as many lots as one may have, in an order that no index gives by itself.
pub(super) fn large_portfolio() -> Portfolio {
    let mut portfolio = Portfolio::new("large", Currency::EUR, at(0));
    for index in 0..crate::MAX_HOLDINGS {
        let shuffled = (index * 7_919) % 2_500;
        portfolio.holdings.push(lot(
            &format!("crypto:coin-{shuffled}"),
            &format!("{}.{index:05}1", index + 1),
        ));
    }
    portfolio
}

/// A snapshot of a portfolio with two lots; `mark` makes it differ from another of the same instant.
pub(super) fn valuation(portfolio: PortfolioId, as_of: Timestamp, mark: i64) -> Valuation {
    let euros = |amount: i64| Some(Money::new(Decimal::from(amount), Currency::EUR));
    Valuation {
        id: ValuationId::derived(portfolio, as_of),
        portfolio_id: portfolio,
        as_of,
        created_at: as_of + SignedDuration::from_millis(mark),
        trigger: Trigger::Hourly,
        base_currency: Currency::EUR,
        policy: Policy::default(),
        book_id: None,
        portfolio_version: 1,
        status: Status::Complete,
        total_value: euros(1_000 + mark),
        value_with_cost: None,
        total_cost: None,
        gain: None,
        gain_percent: None,
        excluded_cost: euros(0),
        coverage: Coverage {
            priced: 2,
            without_cost: 2,
            ..Coverage::default()
        },
        holdings: vec![unknown_row("crypto:bitcoin"), known_row("stock:AAPL")],
    }
}

/// Valuations that between them have every field empty, full and extreme.
pub(super) fn valuations(portfolio: PortfolioId) -> Vec<Valuation> {
    let eur = |amount| Some(Money::new(amount, Currency::EUR));
    let full = Valuation {
        created_at: time("2999-12-31T23:59:59.999Z"),
        trigger: Trigger::Daily,
        policy: Policy::CarryForward {
            max_age: Some(SignedDuration::from_secs(86_401)),
        },
        book_id: Some(BookId::new(at(5))),
        portfolio_version: 9_007_199_254_740_993,
        status: Status::Partial,
        total_value: eur(Decimal::MAX),
        value_with_cost: eur(number("0.1234567890123456789012345678")),
        total_cost: eur(Decimal::from_parts(1, 0, 0, false, 28)),
        gain: eur(Decimal::MIN),
        gain_percent: Some(Percent::rounded(number("-99.9999"))),
        excluded_cost: eur(number("1234567890123456789.012345678")),
        coverage: Coverage {
            priced: 1,
            carried: 2,
            unpriced: u32::MAX,
            without_cost: 3,
            percent_by_cost: Some(Percent::rounded(number("33.3333"))),
        },
        holdings: vec![
            known_row("stock:BRK-B"),
            unknown_row("crypto:bitcoin"),
            known_row("stock:BRK-B"),
        ],
        ..valuation(portfolio, at(1), 0)
    };
    let bare = Valuation {
        trigger: Trigger::Manual,
        policy: Policy::Strict,
        status: Status::Unavailable,
        total_value: None,
        excluded_cost: None,
        coverage: Coverage::default(),
        holdings: Vec::new(),
        ..valuation(portfolio, at(999), 0)
    };
    let old = Valuation {
        policy: Policy::Exclude,
        ..valuation(portfolio, time("1970-01-01T00:00:00Z"), 0)
    };
    let far = valuation(portfolio, time("2999-12-31T23:59:59.999Z"), 0);
    vec![full, bare, old, far]
}

/// A row with everything known that can be.
fn known_row(held: &str) -> HoldingValuation {
    let eur = |amount: &str| Some(Money::new(number(amount), Currency::EUR));
    HoldingValuation {
        holding_id: HoldingId::from_uuid(Uuid::from_u128(7)),
        asset: asset(held),
        quantity: quantity("999999999999999.9999999999999"),
        price: Some(price("0.0000000000000000000000000001", Currency::USD)),
        fx: Some(FxRate {
            from: Currency::USD,
            to: Currency::EUR,
            rate: number("0.9123456789012345678901234567"),
            source: SourceId::new("ecb+手"),
            as_of: at(-86_400_001),
            fetched_at: at(-1),
        }),
        value: eur("1000000000000000000000000000"),
        cost: eur("-12.5"),
        cost_reason: None,
        gain: eur("-0.0000000000000000000000000001"),
        gain_percent: Some(Percent::ZERO),
        weight_percent: Some(Percent::HUNDRED),
        pricing: Pricing {
            state: PriceState::Carried,
            source: Some(SourceId::new("coin gecko")),
            as_of: Some(at(-3)),
            fetched_at: Some(at(-2)),
            reason: Some(Reason::RateLimited),
            retry_at: Some(at(59_999)),
        },
    }
}

/// A row with nothing known that may be missing.
fn unknown_row(held: &str) -> HoldingValuation {
    HoldingValuation {
        holding_id: HoldingId::from_uuid(Uuid::from_u128(7)),
        asset: asset(held),
        quantity: quantity("-0.5"),
        price: None,
        fx: None,
        value: None,
        cost: None,
        cost_reason: Some(CostReason::NoDate),
        gain: None,
        gain_percent: None,
        weight_percent: None,
        pricing: Pricing {
            state: PriceState::Unpriced,
            source: None,
            as_of: None,
            fetched_at: None,
            reason: Some(Reason::NotInBook),
            retry_at: None,
        },
    }
}

/// A valuation with as many rows as there may be.
pub(super) fn large_valuation(portfolio: PortfolioId) -> Valuation {
    let row = known_row("stock:AAPL");
    let holdings = (0..crate::MAX_HOLDINGS).map(|index| HoldingValuation {
        holding_id: HoldingId::new(at(0)),
        quantity: quantity(&format!("{}", index + 1)),
        ..row.clone()
    });
    Valuation {
        holdings: holdings.collect(),
        ..valuation(portfolio, at(0), 0)
    }
}

/// A generator of numbers that look random and are the same in every run (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound.max(1) as u64).unwrap_or(0)
    }
}
