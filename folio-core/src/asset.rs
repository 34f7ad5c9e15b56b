//! What can be held: coins, shares, currencies, and things without a market.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::money::Currency;
use crate::{Error, ErrorKind, Result};

/// The longest symbol that is accepted, in bytes.
const MAX_SYMBOL: usize = 128;

/// How an asset is named and who can price it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssetClass {
    /// A coin by its CoinGecko id, since tickers are ambiguous: `crypto:bitcoin`.
    Crypto,
    /// Whatever has a ticker, in Yahoo's spelling: `stock:AAPL`, `stock:BRK-B`, `stock:VWCE.DE`.
    Stock,
    /// A currency by its ISO 4217 code: cash, and exchange rates.
    Currency,
    /// Something that no vendor prices: `custom:house`.
    Custom,
}

impl AssetClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::Crypto, Self::Stock, Self::Currency, Self::Custom];

    /// The word for the class, as in `crypto:bitcoin`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crypto => "crypto",
            Self::Stock => "stock",
            Self::Currency => "currency",
            Self::Custom => "custom",
        }
    }

    /// The currency in which valuations ask for a price of this class; `None` is the trading currency.
    #[must_use]
    pub const fn native_currency(self) -> Option<Currency> {
        match self {
            Self::Crypto => Some(Currency::USD),
            _ => None,
        }
    }
}

impl fmt::Display for AssetClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AssetClass {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{text:?} is not an asset class; write crypto, stock, currency or custom"
                ))
            })
    }
}

/// An asset: its class and its symbol in the one canonical spelling.
///
/// ```
/// use folio_core::AssetId;
///
/// let share: AssetId = "stock:brk.b".parse()?;
/// assert_eq!(share.to_string(), "stock:BRK-B");
/// assert_eq!(share, "stock:BRK/B".parse()?);
/// assert!("bitcoin".parse::<AssetId>().is_err());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId {
    class: AssetClass,
    symbol: Arc<str>,
}

impl AssetId {
    /// The asset with this class and symbol, the symbol brought into its canonical spelling: `crypto` and
    /// `custom` in lower case, `stock` and `currency` in upper case, a share class with a hyphen.
    ///
    /// # Errors
    /// `InvalidInput` when the symbol is empty, longer than 128 bytes, has a character that no vendor
    /// uses, or is not a currency code where one is wanted.
    pub fn new(class: AssetClass, symbol: &str) -> Result<Self> {
        let symbol = match class {
            AssetClass::Crypto | AssetClass::Custom => symbol.to_ascii_lowercase(),
            AssetClass::Stock => canonical_ticker(symbol),
            AssetClass::Currency => canonical_currency(symbol)?,
        };
        let allowed = |byte: u8| match class {
            AssetClass::Stock => byte.is_ascii_alphanumeric() || b".-^=&".contains(&byte),
            _ => byte.is_ascii_alphanumeric() || b"._-".contains(&byte),
        };
        let reason = if symbol.is_empty() {
            "it is empty"
        } else if symbol.len() > MAX_SYMBOL {
            "it is longer than 128 characters"
        } else if !symbol.bytes().all(allowed) {
            "it has a character that symbols do not have"
        } else {
            return Ok(Self {
                class,
                symbol: symbol.into(),
            });
        };
        Err(Error::invalid(format!(
            "the symbol of a {class} asset is not valid: {reason}; write for example crypto:bitcoin, stock:AAPL, currency:EUR or custom:house"
        )))
    }

    /// The asset that is a currency.
    #[must_use]
    pub fn currency(currency: Currency) -> Self {
        Self {
            class: AssetClass::Currency,
            symbol: currency.as_str().into(),
        }
    }

    /// The class.
    #[must_use]
    pub const fn class(&self) -> AssetClass {
        self.class
    }

    /// The symbol in its canonical spelling.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The currency that this asset is, if it is one.
    #[must_use]
    pub fn as_currency(&self) -> Option<Currency> {
        match self.class {
            AssetClass::Currency => self.symbol.parse().ok(),
            _ => None,
        }
    }
}

/// `BRK.B` and `BRK/B` are read as `BRK-B`. A dot before `F`, `L`, `T` or `V` stays: these are the exchanges
/// of Frankfurt, London, Tokyo and the TSX Venture in Yahoo's spelling, not share classes.
fn canonical_ticker(symbol: &str) -> String {
    let mut ticker = symbol.to_ascii_uppercase();
    if let [.., last, separator, class] = *ticker.as_bytes() {
        let is_class = class.is_ascii_uppercase() && last.is_ascii_alphanumeric();
        let is_exchange = b"FLTV".contains(&class);
        if is_class && (separator == b'/' || separator == b'.' && !is_exchange) {
            ticker.replace_range(ticker.len() - 2..ticker.len() - 1, "-");
        }
    }
    ticker
}

/// Mixed case is refused, since `GBp` is a penny and not a pound.
fn canonical_currency(symbol: &str) -> Result<String> {
    let code = if symbol.bytes().all(|byte| byte.is_ascii_lowercase()) {
        symbol.to_ascii_uppercase()
    } else {
        symbol.to_owned()
    };
    code.parse::<Currency>().map(|currency| currency.as_str().to_owned())
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.class, self.symbol)
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AssetId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((class, symbol)) = text.split_once(':') else {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "an asset is written class:symbol, for example crypto:bitcoin, stock:AAPL, currency:EUR or custom:house",
            ));
        };
        Self::new(class.parse()?, symbol)
    }
}

impl Serialize for AssetId {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AssetId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| de::Error::custom(error.message()))
    }
}

/// What kind of thing an asset is, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssetKind {
    /// A share.
    Equity,
    /// An exchange-traded fund.
    Etf,
    /// A fund that is priced once a day.
    Fund,
    /// An index.
    Index,
    /// A coin or token.
    Coin,
    /// Money.
    Cash,
    /// Anything else.
    Other,
}

/// What is known of an asset beside its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetInfo {
    /// The asset.
    pub asset: AssetId,
    /// Its name: "Bitcoin", "Apple Inc.".
    pub name: String,
    /// The ticker that people know it by: "BTC", "AAPL".
    pub ticker: Option<String>,
    /// What kind of thing it is.
    pub kind: AssetKind,
    /// The trading currency, where the source says it.
    pub currency: Option<Currency>,
    /// The exchange, in the source's words.
    pub exchange: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, canonical: Option<&str>) {
        let asset = text.parse::<AssetId>().ok().map(|asset| asset.to_string());
        assert_eq!(asset.as_deref(), canonical, "{text}");
    }

    #[test]
    fn one_asset_has_one_spelling() {
        check("crypto:Bitcoin", Some("crypto:bitcoin"));
        check("stock:aapl", Some("stock:AAPL"));
        check("stock:BRK.B", Some("stock:BRK-B"));
        check("stock:brk/b", Some("stock:BRK-B"));
        check("stock:VWCE.DE", Some("stock:VWCE.DE"));
        check("stock:VOD.L", Some("stock:VOD.L"));
        check("stock:7203.T", Some("stock:7203.T"));
        check("stock:^GSPC", Some("stock:^GSPC"));
        check("stock:M&M.NS", Some("stock:M&M.NS"));
        check("currency:eur", Some("currency:EUR"));
        check("custom:My-House", Some("custom:my-house"));
    }

    #[test]
    fn malformed_assets_are_refused() {
        for text in [
            "",
            "bitcoin",
            "crypto:",
            ":bitcoin",
            "bond:X",
            "CRYPTO:bitcoin",
            "crypto:bit coin",
            "crypto:a/b",
            "stock:../x",
            "stock:A?token=1",
            "currency:EURO",
            "currency:GBp",
            "currency:12A",
            "custom:häuschen",
        ] {
            check(text, None);
        }
        check(&format!("crypto:{}", "x".repeat(129)), None);
    }
}
