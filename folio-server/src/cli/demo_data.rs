//! Invented prices for the demonstration: the same walk at every start, ending at the present.

use folio_core::money::{Decimal, decimal};
use folio_core::{AssetKind, Result};
use folio_sources::{Outage, RecordedInfo, Recording};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How many days of prices there are.
pub(super) const DAYS: i64 = 90;
/// How long the demonstration has prices after its start.
const AHEAD: SignedDuration = SignedDuration::from_hours(48);
/// The asset whose prices end some hours before the start.
pub(super) const CUT_OFF: &str = "stock:ALPN.SW";
/// How long before the start they end.
const CUT_OFF_SINCE: SignedDuration = SignedDuration::from_hours(6);

/// How the prices of an asset are invented.
struct Sample {
    asset: &'static str,
    name: &'static str,
    ticker: &'static str,
    kind: AssetKind,
    exchange: Option<&'static str>,
    currency: &'static str,
    /// The price ninety days ago, in ten-thousandths.
    start: i64,
    /// The largest step of six hours, in ten-thousandths of the price.
    swing: i64,
    /// What a step drifts by, in hundred-thousandths of the price.
    drift: i64,
}

const fn coin(
    asset: &'static str,
    name: &'static str,
    ticker: &'static str,
    start: i64,
    swing: i64,
    drift: i64,
) -> Sample {
    Sample {
        asset,
        name,
        ticker,
        kind: AssetKind::Coin,
        exchange: None,
        currency: "USD",
        start,
        swing,
        drift,
    }
}

const fn share(
    asset: &'static str,
    name: &'static str,
    ticker: &'static str,
    currency: &'static str,
    start: i64,
    drift: i64,
) -> Sample {
    Sample {
        asset,
        name,
        ticker,
        kind: AssetKind::Equity,
        exchange: Some("Demo"),
        currency,
        start,
        swing: 110,
        drift,
    }
}

const fn rate(asset: &'static str, name: &'static str, currency: &'static str, start: i64) -> Sample {
    Sample {
        asset,
        name,
        ticker: currency,
        kind: AssetKind::Cash,
        exchange: None,
        currency,
        start,
        swing: 14,
        drift: 0,
    }
}

const SAMPLES: [Sample; 11] = [
    coin("crypto:bitcoin", "Bitcoin", "BTC", 612_345_000, 150, 60),
    coin("crypto:ethereum", "Ethereum", "ETH", 29_871_000, 190, 30),
    coin("crypto:solana", "Solana", "SOL", 1_423_500, 260, 10),
    coin("crypto:cardano", "Cardano", "ADA", 4_120, 240, -40),
    share("stock:NIMB", "Nimbus Works", "NIMB", "USD", 1_843_200, 50),
    share("stock:HARB", "Harbor Freight Lines", "HARB", "USD", 722_400, -20),
    share("stock:QRTZ", "Quartz Instruments", "QRTZ", "USD", 3_310_900, 35),
    share("stock:WALD.DE", "Wald & Söhne", "WALD.DE", "EUR", 884_500, 20),
    share("stock:LUMI.PA", "Lumière", "LUMI.PA", "EUR", 1_257_000, 15),
    share(CUT_OFF, "Alpenbahn", "ALPN.SW", "CHF", 2_140_000, 10),
    rate("currency:USD", "US dollar", "USD", 10_870),
];

const FRANC: Sample = rate("currency:CHF", "Swiss franc", "CHF", 9_412);

/// The recordings around `now`.
///
/// # Errors
/// None that a fixed table could make; the signature is that of its parts.
pub(super) fn recordings(now: Timestamp) -> Result<Vec<Recording>> {
    SAMPLES
        .iter()
        .chain([&FRANC])
        .enumerate()
        .map(|(index, sample)| record(sample, index as u64 + 1, now))
        .collect()
}

fn record(sample: &Sample, seed: u64, now: Timestamp) -> Result<Recording> {
    let mut recording = Recording::new(sample.asset.parse()?, sample.currency.parse()?).with_info(RecordedInfo {
        name: sample.name.to_owned(),
        ticker: Some(sample.ticker.to_owned()),
        kind: sample.kind,
        exchange: sample.exchange.map(str::to_owned),
    });
    let start = now - SignedDuration::from_hours((DAYS + 2) * 24);
    let (mut price, mut walk) = (
        i128::from(sample.start) * 1_000_000,
        Walk(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    );
    let mut time = start;
    while time < now + AHEAD {
        // Six hours a step, and finer near the present, so that a page that stays open moves.
        let near = time > now - SignedDuration::from_hours(24);
        let (step, divisor) = if near {
            (SignedDuration::from_mins(10), 6)
        } else {
            (SignedDuration::from_hours(6), 1)
        };
        let swing = walk.within(sample.swing) * 10 + sample.drift;
        price += price * i128::from(swing) / (100_000 * divisor);
        if is_open(sample, time) {
            let quantum = if sample.kind == AssetKind::Coin || sample.kind == AssetKind::Cash {
                4
            } else {
                2
            };
            let value = decimal::round(
                Decimal::from_i128_with_scale(price, 10),
                quantum,
                decimal::Rounding::HalfEven,
            );
            recording.push(time, decimal::to_text(value).as_str())?;
        }
        time += step;
    }
    if sample.asset == CUT_OFF {
        recording.outages = vec![Outage {
            from: now - CUT_OFF_SINCE,
            to: now + AHEAD + AHEAD,
        }];
    }
    Ok(recording)
}

/// Shares and rates have prices on working days.
fn is_open(sample: &Sample, time: Timestamp) -> bool {
    let day = time.to_zoned(TimeZone::UTC).weekday();
    sample.kind == AssetKind::Coin || !matches!(day, Weekday::Saturday | Weekday::Sunday)
}

/// A walk of small steps that is the same on every machine.
struct Walk(u64);

impl Walk {
    fn within(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let span = u64::try_from(bound * 2 + 1).unwrap_or(1);
        i64::try_from((self.0 >> 11) % span).unwrap_or(0) - bound
    }
}

/// A holding of a sample portfolio: asset, quantity, cost of one unit with its currency, days ago.
pub(super) type SampleHolding = (&'static str, &'static str, Option<(&'static str, &'static str)>, i64);

/// The sample portfolios: name, currency, zone, holdings.
pub(super) const PORTFOLIOS: [(&str, &str, &str, &[SampleHolding]); 3] = [
    (
        "Long term",
        "USD",
        "America/New_York",
        &[
            ("crypto:bitcoin", "0.42", Some(("58200", "USD")), 80),
            ("crypto:ethereum", "3.5", Some(("3040.5", "USD")), 61),
            ("stock:NIMB", "60", Some(("176.2", "USD")), 85),
            ("stock:QRTZ", "25", Some(("342", "USD")), 40),
            ("stock:WALD.DE", "40", Some(("86.1", "EUR")), 70),
            ("currency:USD", "12500", Some(("1", "USD")), 88),
        ],
    ),
    (
        "Familie",
        "EUR",
        "Europe/Berlin",
        &[
            ("stock:WALD.DE", "120", Some(("84.4", "EUR")), 75),
            ("stock:LUMI.PA", "55", Some(("129", "EUR")), 66),
            (CUT_OFF, "30", Some(("211", "CHF")), 50),
            ("stock:HARB", "150", Some(("74.9", "USD")), 45),
            ("currency:EUR", "8200", Some(("1", "EUR")), 88),
            ("currency:USD", "2600", None, 30),
        ],
    ),
    (
        "Experiments",
        "USD",
        "UTC",
        &[
            ("crypto:solana", "85", Some(("149.2", "USD")), 58),
            ("crypto:cardano", "14000", Some(("0.44", "USD")), 77),
            // Nobody prices this one, on purpose: the page shows how folio says so.
            ("crypto:moonpaper", "250000", Some(("0.002", "USD")), 33),
            ("currency:USD", "900", Some(("1", "USD")), 60),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_is_the_same_at_every_start_and_stays_plausible() {
        let now = "2026-03-04T10:00:00Z".parse().unwrap();
        let (first, second) = (recordings(now).unwrap(), recordings(now).unwrap());
        assert_eq!(first, second);
        assert_eq!(first.len(), 12);
        for recording in &first {
            let prices: Vec<_> = recording.points.iter().map(|point| point.price).collect();
            let (least, most) = (prices.iter().min().unwrap(), prices.iter().max().unwrap());
            assert!(
                *least > Decimal::ZERO && *most < *least * Decimal::from(4),
                "{}: {least} to {most}",
                recording.asset
            );
            assert!(recording.points.first().unwrap().time < now - SignedDuration::from_hours(DAYS * 24));
            assert!(recording.points.last().unwrap().time > now);
        }
    }
}
