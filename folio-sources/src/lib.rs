#![doc = include_str!("../README.md")]

mod answers;
mod coingecko;
mod config;
mod ecb;
mod frankfurter;
mod http;
mod iex;
mod number;
mod recorded;
mod reference;
mod symbol;
mod twelvedata;
mod yahoo;

pub use coingecko::{CoinGecko, CoinGeckoConfig, CoinGeckoPlan};
pub use ecb::{Ecb, EcbConfig};
pub use frankfurter::{Frankfurter, FrankfurterConfig};
pub use http::Secret;
pub use iex::{Iex, IexConfig};
pub use recorded::{Outage, Recorded, RecordedInfo, RecordedPoint, Recording};
pub use twelvedata::{TwelveData, TwelveDataConfig};
pub use yahoo::{Yahoo, YahooConfig};
