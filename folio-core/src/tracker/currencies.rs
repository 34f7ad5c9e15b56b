//! The names of the currencies for which the European Central Bank publishes a rate, and the euro's.
//!
//! Source: euro foreign exchange reference rates, <https://www.ecb.europa.eu/stats/policy_and_exchange_rates/>.

use crate::asset::{AssetId, AssetInfo, AssetKind};
use crate::money::Currency;

const NAMES: [(&str, &str); 30] = [
    ("AUD", "Australian dollar"),
    ("BRL", "Brazilian real"),
    ("CAD", "Canadian dollar"),
    ("CHF", "Swiss franc"),
    ("CNY", "Chinese yuan renminbi"),
    ("CZK", "Czech koruna"),
    ("DKK", "Danish krone"),
    ("EUR", "Euro"),
    ("GBP", "Pound sterling"),
    ("HKD", "Hong Kong dollar"),
    ("HUF", "Hungarian forint"),
    ("IDR", "Indonesian rupiah"),
    ("ILS", "Israeli shekel"),
    ("INR", "Indian rupee"),
    ("ISK", "Icelandic króna"),
    ("JPY", "Japanese yen"),
    ("KRW", "South Korean won"),
    ("MXN", "Mexican peso"),
    ("MYR", "Malaysian ringgit"),
    ("NOK", "Norwegian krone"),
    ("NZD", "New Zealand dollar"),
    ("PHP", "Philippine peso"),
    ("PLN", "Polish zloty"),
    ("RON", "Romanian leu"),
    ("SEK", "Swedish krona"),
    ("SGD", "Singapore dollar"),
    ("THB", "Thai baht"),
    ("TRY", "Turkish lira"),
    ("USD", "US dollar"),
    ("ZAR", "South African rand"),
];

/// What is known of a currency; one without a published rate goes by its code.
pub(super) fn info(currency: Currency) -> AssetInfo {
    let code = currency.as_str();
    let name = NAMES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| name);
    AssetInfo {
        asset: AssetId::currency(currency),
        name: name.to_owned(),
        ticker: Some(code.to_owned()),
        kind: AssetKind::Cash,
        currency: Some(currency),
        exchange: None,
    }
}

/// The currencies whose code is `text` or whose name contains it, in any case.
pub(super) fn search(text: &str) -> Vec<AssetInfo> {
    let text = text.to_lowercase();
    NAMES
        .iter()
        .filter(|(code, name)| code.to_lowercase() == text || text.len() > 2 && name.to_lowercase().contains(&text))
        .filter_map(|(code, _)| code.parse().ok())
        .map(info)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let found: Vec<_> = search(text).into_iter().map(|info| info.asset.to_string()).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn currencies_are_found_by_code_and_name() {
        check("usd", &["currency:USD"]);
        check("krona", &["currency:SEK"]);
        check("sterling", &["currency:GBP"]);
        check("bit", &[]);
        check("e", &[]);
    }

    #[test]
    fn a_currency_without_a_name_goes_by_its_code() {
        assert_eq!(info("XAU".parse().unwrap()).name, "XAU");
    }
}
