//! What is traded, what it costs in each hour, and who holds it.

use folio_core::money::Decimal;
use folio_core::{Currency, Holding, HoldingId, Policy, Portfolio};
use jiff::{SignedDuration, Timestamp};

/// The instant of the first tick.
pub(crate) const START: &str = "2026-03-02T00:00:00Z";
/// The hour in which all that was away is back.
pub(crate) const BACK: usize = 26;
/// A coin whose price the vendor repeats with its old time, until [`BACK`].
const DEAD: &str = "coin-dead";
/// A coin that the vendor leaves out after the first hour, until [`BACK`].
const DARK: &str = "coin-dark";
/// A coin that the vendor does not know until [`BACK`].
const UNLISTED: &str = "coin-unlisted";
const COINS: usize = 110;
pub(crate) const SHARES: [&str; 6] = ["AAPL", "MSFT", "NVDA", "SAP.DE", "VOD.L", "ZTS"];
pub(crate) const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];

pub(crate) fn start() -> Timestamp {
    START.parse().unwrap()
}

/// The instant of a tick.
pub(crate) fn instant(hour: usize) -> Timestamp {
    start() + SignedDuration::from_hours(hour as i64)
}

/// A number that belongs to a symbol.
pub(crate) fn place(symbol: &str) -> usize {
    symbol
        .bytes()
        .fold(7, |sum, byte| sum * 31 % 10_007 + usize::from(byte))
}

/// The price in thousandths, within a sixth of itself from hour to hour.
fn thousandths(symbol: &str, hour: usize) -> i64 {
    let base = 20_000 + place(symbol) * 50;
    (base + (hour * 5 + place(symbol) * 3) % 17 * base / 100) as i64
}

/// What a coin or a share costs in its own currency.
pub(crate) fn price(symbol: &str, hour: usize) -> Decimal {
    if symbol.ends_with(".L") {
        // In pence the vendor says ten times the thousandths.
        return Decimal::new(thousandths(symbol, hour), 3) / Decimal::from(100);
    }
    Decimal::new(thousandths(symbol, hour), 3)
}

/// How the vendor writes it: in pence in London.
pub(crate) fn quoted(symbol: &str, hour: usize) -> Decimal {
    Decimal::new(thousandths(symbol, hour), 3)
}

/// Units of a currency for one euro, such that every rate between two has few digits.
pub(crate) fn per_euro(currency: &str, hour: usize) -> Decimal {
    let pair = match currency {
        "USD" => ["1.25", "1.28"],
        "GBP" => ["0.8", "0.78125"],
        _ => panic!("{currency} has no rate"),
    };
    pair[(hour / if currency == "USD" { 1 } else { 3 }) % 2]
        .parse()
        .unwrap()
}

/// The currency that the vendor names.
pub(crate) fn currency_code(symbol: &str) -> &'static str {
    match symbol.rsplit_once('.') {
        Some((_, "L")) => "GBp",
        Some((_, "DE")) => "EUR",
        _ => "USD",
    }
}

/// The currency of the price of an asset.
pub(crate) fn currency_of(asset: &str) -> &'static str {
    match currency_code(asset) {
        "GBp" => "GBP",
        code => code,
    }
}

/// The market's time of a price.
pub(crate) fn traded_at(asset: &str, hour: usize) -> Timestamp {
    let (class, symbol) = asset.split_once(':').unwrap();
    if symbol == DEAD && hour < BACK {
        return start() - SignedDuration::from_hours(20);
    }
    let seconds = if class == "crypto" {
        60 + place(symbol) % 30
    } else {
        900
    };
    instant(hour) - SignedDuration::from_secs(seconds as i64)
}

/// The day of the newest rates: a central bank publishes at four in the afternoon in Frankfurt.
pub(crate) fn published_at(hour: usize) -> Timestamp {
    let days = (hour as i64 - 15).div_euclid(24);
    start() + SignedDuration::from_hours(days * 24 + 15)
}

/// Whether the vendor has the symbol at all.
pub(crate) fn is_listed(symbol: &str, hour: usize) -> bool {
    match symbol {
        DARK => hour == 0 || hour >= BACK,
        UNLISTED => hour >= BACK,
        _ => true,
    }
}

/// The same draws every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

fn coin(n: usize) -> String {
    format!("crypto:coin-{n:03}")
}

fn portfolio(name: &str, n: usize, now: Timestamp, assets: impl IntoIterator<Item = (String, Decimal)>) -> Portfolio {
    let base: Currency = CURRENCIES[n % 3].parse().unwrap();
    let mut portfolio = Portfolio::new(name, base, now);
    portfolio.policy = [Policy::default(), Policy::Exclude, Policy::Strict][n / 3 % 3];
    for (asset, quantity) in assets {
        let quantity = quantity.to_string().parse().unwrap();
        let holding = Holding::new(HoldingId::new(now), asset.parse().unwrap(), quantity).unwrap();
        portfolio.holdings.push(holding);
    }
    portfolio
}

/// Those who are there from the beginning: one who holds everything, and many who hold a little.
pub(crate) fn portfolios(now: Timestamp) -> Vec<Portfolio> {
    let coins = (0..COINS).map(coin);
    let shares = SHARES.iter().map(|symbol| format!("stock:{symbol}"));
    let cash = CURRENCIES.iter().map(|code| format!("currency:{code}"));
    let sound: Vec<String> = coins.chain(shares).chain(cash).collect();
    let strange = [DEAD, DARK, UNLISTED].map(|symbol| format!("crypto:{symbol}"));
    let one = |asset: &String| (asset.clone(), Decimal::new(125, 2));
    let mut portfolios = Vec::new();
    for n in 0..3 {
        portfolios.push(portfolio("Everything", n, now, sound.iter().chain(&strange).map(one)));
    }
    let mut draw = Draw(20_260_302);
    for n in 0..45 {
        let count = 1 + draw.below(9);
        let mut held = Vec::new();
        for _ in 0..count {
            // Shares and cash are few among the coins, and oftener held.
            let asset = match draw.below(4) {
                0 => &sound[COINS + draw.below(SHARES.len())],
                1 => &sound[COINS + SHARES.len() + draw.below(CURRENCIES.len())],
                2 if draw.below(6) == 0 => &strange[draw.below(3)],
                _ => &sound[draw.below(COINS)],
            };
            let quantity = Decimal::new(1 + draw.below(800) as i64, 3) * Decimal::from(8);
            held.push((asset.clone(), quantity));
        }
        portfolios.push(portfolio("Some", n, now, held));
    }
    portfolios
}

/// Those who come before a tick of theirs, with a coin that nobody held until then.
pub(crate) fn newcomers(hour: usize, now: Timestamp) -> Vec<Portfolio> {
    let n = match hour {
        3 | 7 | 10 | 12 | 14 | 20 => hour,
        _ => return Vec::new(),
    };
    let new = (format!("crypto:coin-new-{hour:02}"), Decimal::from(16));
    let held = [
        new,
        (coin(n), Decimal::from(3)),
        ("stock:SAP.DE".to_owned(), Decimal::TWO),
    ];
    vec![portfolio("New", n, now, held)]
}
