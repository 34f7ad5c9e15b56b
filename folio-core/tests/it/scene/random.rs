//! Random portfolios and books, with everything missing that can be missing.

use folio_core::money::Decimal;
use folio_core::{
    AssetId, BookEntry, BookId, CostBasis, Currency, Holding, HoldingId, Money, Policy, Portfolio, Price, PriceBook,
    PriceKey, PriceState, Quantity, Quote, Reason, ReferenceRate, SourceId, Unpriced,
};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::now;

const ASSETS: [&str; 14] = [
    "crypto:bitcoin",
    "crypto:ether",
    "crypto:dust",
    "stock:AAPL",
    "stock:VOD.L",
    "stock:7203.T",
    "stock:VWCE.DE",
    "stock:NVDA",
    "custom:house",
    "custom:wine",
    "currency:USD",
    "currency:EUR",
    "currency:GBP",
    "currency:JPY",
];
const CURRENCIES: [&str; 4] = ["USD", "EUR", "GBP", "JPY"];
const REASONS: [Reason; 4] = [
    Reason::NotFound,
    Reason::Timeout,
    Reason::RateLimited,
    Reason::Quarantined,
];
const HOUR: i64 = 3600;

/// SplitMix64 by Sebastiano Vigna.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// Above zero, of at most `digits` digits and `scale` decimals.
    fn decimal(&mut self, digits: u32, scale: u32) -> Decimal {
        let wide = u128::from(self.next()) << 64 | u128::from(self.next());
        let mantissa = wide % 10_u128.pow(digits);
        Decimal::from_i128_with_scale(mantissa.max(1).cast_signed(), scale)
    }
}

/// What one valuation is made with.
pub(crate) struct World {
    pub(crate) portfolio: Portfolio,
    pub(crate) policy: Policy,
    pub(crate) frozen: bool,
    pub(crate) entries: Vec<BookEntry>,
    pub(crate) references: Vec<ReferenceRate>,
}

impl World {
    /// With 1 to 200 lots, most portfolios being small.
    pub(crate) fn any(random: &mut Random) -> Self {
        // One in eight has numbers at the bounds of the types, and some sums then leave theirs.
        let wild = random.one_in(8);
        let most = if random.one_in(16) { 200 } else { 16 };
        let lots = 1 + random.below(most);
        let mut portfolio = Portfolio::new("Core", currency(random), now());
        for _ in 0..lots {
            portfolio.holdings.push(holding(random, wild));
        }
        let mut entries = Vec::new();
        for asset in ASSETS.iter().filter(|asset| !asset.starts_with("currency:")) {
            if !random.one_in(12) {
                entries.push(asset_entry(random, asset, wild));
            }
        }
        for to in CURRENCIES.iter().filter(|to| **to != "EUR") {
            if !random.one_in(12) {
                entries.push(rate_entry(random, "EUR", to, wild));
            }
        }
        if random.one_in(10) {
            let (from, to) = (random.pick(&CURRENCIES), random.pick(&CURRENCIES));
            entries.push(rate_entry(random, from, to, wild));
        }
        let mut references = Vec::new();
        for day in days() {
            for name in ["USD", "GBP", "JPY"] {
                if !random.one_in(5) {
                    references.push(reference(random, name, day, wild));
                }
            }
        }
        let policy = match random.below(8) {
            0 => Policy::Strict,
            1 => Policy::Exclude,
            2 => Policy::CarryForward {
                max_age: Some(hours(random.below(60))),
            },
            _ => Policy::default(),
        };
        Self {
            portfolio,
            policy,
            frozen: random.one_in(2),
            entries,
            references,
        }
    }

    pub(crate) fn book(&self) -> PriceBook {
        let mut book = PriceBook::new();
        book.id = self.frozen.then(|| BookId::new(now()));
        for entry in &self.entries {
            book.insert(entry.clone());
        }
        for rate in &self.references {
            book.insert_reference(rate.clone());
        }
        book
    }
}

fn hours(count: u64) -> SignedDuration {
    SignedDuration::from_hours(count.cast_signed())
}

fn days() -> impl Iterator<Item = Date> {
    (1..=6).map(|day| Date::constant(2024, 5, day))
}

fn currency(random: &mut Random) -> Currency {
    random.pick(&CURRENCIES).parse().expect("a currency")
}

fn holding(random: &mut Random, wild: bool) -> Holding {
    let asset: AssetId = random.pick(&ASSETS).parse().expect("an asset");
    let mut quantity = match random.below(if wild { 8 } else { 6 }) {
        0 | 1 => random.decimal(3, 0),
        2 => random.decimal(6, 2),
        3 => random.decimal(12, 8),
        4 => random.decimal(20, 18),
        5 => random.decimal(7, 4),
        6 => random.decimal(28, 13),
        _ => Quantity::MAX,
    };
    if asset.as_currency().is_some() && random.one_in(4) {
        quantity = -quantity;
    }
    let quantity = Quantity::new(quantity).expect("within bounds");
    let cost = match random.below(5) {
        0 => None,
        1 | 2 => Some(CostBasis::Unit(price(random, wild))),
        _ => {
            let paid = random.decimal(if wild { 28 } else { 9 }, 2);
            let paid = if random.one_in(30) { Decimal::ZERO } else { paid };
            let paid = if quantity.is_negative() { -paid } else { paid };
            Some(CostBasis::Total(Money::new(paid, currency(random))))
        }
    };
    let mut holding = Holding::new(HoldingId::new(now()), asset, quantity).expect("a holding");
    holding.cost = cost;
    holding.acquired_on = (!random.one_in(5)).then(|| days().nth(random.below(6) as usize).expect("a day"));
    holding
}

fn price(random: &mut Random, wild: bool) -> Price {
    let amount = match random.below(if wild { 9 } else { 7 }) {
        0..=2 => random.decimal(6, 2),
        3 => random.decimal(9, 4),
        4 => random.decimal(8, 12),
        5 => random.decimal(16, 11),
        6 => {
            if random.one_in(20) {
                Decimal::ZERO
            } else {
                random.decimal(4, 0)
            }
        }
        7 => random.decimal(28, 17),
        _ => Price::MAX,
    };
    Price::new(amount, currency(random)).expect("within bounds")
}

fn asset_entry(random: &mut Random, asset: &str, wild: bool) -> BookEntry {
    let asset: AssetId = asset.parse().expect("an asset");
    let price = price(random, wild);
    let key = PriceKey {
        asset: asset.clone(),
        currency: Some(price.currency()),
    };
    entry(random, key, price)
}

fn rate_entry(random: &mut Random, from: &str, to: &str, wild: bool) -> BookEntry {
    let amount = match random.below(if wild { 5 } else { 3 }) {
        0 => random.decimal(5, 4),
        1 => random.decimal(6, 3),
        2 => random.decimal(8, 6),
        3 => random.decimal(28, 28),
        _ => random.pick(&[Price::MAX, Decimal::new(1, 28), Decimal::ZERO]),
    };
    let price = Price::new(amount, to.parse().expect("a currency")).expect("within bounds");
    let asset = AssetId::currency(from.parse().expect("a currency"));
    entry(
        random,
        PriceKey {
            asset,
            currency: Some(price.currency()),
        },
        price,
    )
}

/// Mostly fresh; sometimes carried, old, from the future or missing.
fn entry(random: &mut Random, key: PriceKey, price: Price) -> BookEntry {
    let failure = Unpriced::new(random.pick(&REASONS), "said the test");
    let age = match random.below(10) {
        0 => random.below(450).cast_signed() * HOUR,
        1 => random.below(200).cast_signed() * HOUR,
        2 => -random.pick(&[1, 600, 601, HOUR]),
        _ => random.below(20).cast_signed() * HOUR,
    };
    let as_of = now() - SignedDuration::from_secs(age);
    let fetched_at = now()
        - hours(match random.below(4) {
            0 => random.below(200),
            _ => random.below(24),
        });
    let quote = Quote {
        as_of,
        fetched_at,
        source: SourceId::new("vendor"),
        ..Quote::manual(key.asset.clone(), price, as_of)
    };
    match random.below(12) {
        0 => BookEntry::unpriced(key, failure),
        1..=3 => BookEntry::carried(key, quote, failure),
        _ => BookEntry {
            key,
            quote: Some(quote),
            state: PriceState::Priced,
            failure: None,
        },
    }
}

fn reference(random: &mut Random, name: &str, date: Date, wild: bool) -> ReferenceRate {
    let published_on = match random.below(8) {
        0 => date.tomorrow().expect("a day"),
        1 => date.yesterday().expect("a day"),
        _ => date,
    };
    let per_euro = match wild && random.one_in(2) {
        true => random.decimal(28, 28),
        false => random.decimal(6, 4),
    };
    let currency = name.parse().expect("a currency");
    ReferenceRate {
        currency,
        date,
        per_euro,
        published_on,
        source: SourceId::new("ecb"),
    }
}
