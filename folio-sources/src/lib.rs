#![doc = include_str!("../README.md")]

mod answers;
mod coingecko;
mod config;
mod frankfurter;
mod http;
mod number;
mod recorded;
mod yahoo;

pub use coingecko::{CoinGecko, CoinGeckoConfig, CoinGeckoPlan};
pub use frankfurter::{Frankfurter, FrankfurterConfig};
pub use http::Secret;
pub use recorded::{Outage, Recorded, RecordedInfo, RecordedPoint, Recording};
pub use yahoo::{Yahoo, YahooConfig};
