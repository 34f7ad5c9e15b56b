//! Settings that are wrong are refused in words that say what to do.

use folio_core::ErrorKind;
use folio_core::source::BudgetLimit;
use folio_sources::{CoinGecko, CoinGeckoConfig, FrankfurterConfig, IexConfig, Secret, TwelveDataConfig, YahooConfig};

use crate::support::{CANARY, budget, clock};

#[track_caller]
fn refused(result: folio_core::Result<impl std::fmt::Debug>, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    for word in words {
        assert!(error.message().contains(word), "{word:?} is not in {error}");
    }
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
}

#[test]
fn wrong_settings_name_the_setting_and_what_is_allowed() {
    let coingecko = |pairs: &[(&str, &str)]| CoinGeckoConfig::from_pairs(pairs.iter().copied());
    refused(coingecko(&[("plan", "free")]), &["plan", "free", "public, demo or pro"]);
    refused(
        coingecko(&[("token", "x")]),
        &["token", "url, api_key, plan, per_minute, per_day and per_month"],
    );
    refused(coingecko(&[("per_minute", "0")]), &["per_minute", "from 1"]);
    refused(coingecko(&[("per_minute", "many")]), &["per_minute", "many"]);
    refused(coingecko(&[("api_key", CANARY)]), &["plan", "public", "demo or pro"]);
    refused(coingecko(&[("plan", "pro")]), &["api_key"]);
    refused(coingecko(&[("plan", "demo"), ("api_key", "")]), &["api_key"]);
    let key = ("api_key", CANARY);
    refused(
        coingecko(&[("plan", "demo"), key, ("url", "https://pro-api.coingecko.com/api/v3")]),
        &["url", "plan pro"],
    );
    refused(
        coingecko(&[("plan", "pro"), key, ("url", "https://api.coingecko.com/api/v3")]),
        &["url", "plan is pro"],
    );
    refused(coingecko(&[("per_day", "0")]), &["coingecko: per_day", "from 1"]);
    refused(coingecko(&[("per_month", "-1")]), &["coingecko: per_month", "-1"]);
    refused(coingecko(&[("url", "http://example.org/api/v3")]), &["url", "https"]);
    refused(
        YahooConfig::from_pairs([("url", "https://example.org/v8")]),
        &["url", "without a path"],
    );
    refused(
        YahooConfig::from_pairs([("api_key", CANARY)]),
        &["api_key", "url, per_minute, per_day, per_month and spacing_ms"],
    );
    let iex = |pairs: &[(&str, &str)]| IexConfig::from_pairs(pairs.iter().copied());
    refused(
        iex(&[("api_key", CANARY)]),
        &["api_key", "url, token, per_minute, per_day and per_month"],
    );
    refused(iex(&[("url", "http://feed.example.org/v1")]), &["iex: url", "https"]);
    refused(iex(&[("token", &format!("{CANARY} x"))]), &["iex: token", "not shown"]);
    refused(iex(&[("per_minute", "0")]), &["iex: per_minute"]);
    let twelvedata = |pairs: &[(&str, &str)]| TwelveDataConfig::from_pairs(pairs.iter().copied());
    refused(
        twelvedata(&[("token", CANARY)]),
        &["token", "url, api_key, per_minute, per_day and per_month"],
    );
    refused(twelvedata(&[("url", "twelvedata")]), &["twelvedata: url", "address"]);
    refused(
        twelvedata(&[("api_key", &format!("{CANARY}\n"))]),
        &["twelvedata: api_key", "not shown"],
    );
    refused(twelvedata(&[("per_day", "0")]), &["twelvedata: per_day"]);
    refused(
        FrankfurterConfig::from_pairs([("url", "frankfurter")]),
        &["url", "address"],
    );
}

#[test]
fn a_key_that_is_no_header_is_refused_without_being_shown() {
    let key = format!("{CANARY}\r\nx: y");
    let config = CoinGeckoConfig::from_pairs([("plan", "demo"), ("api_key", key.as_str())]).unwrap();
    refused(CoinGecko::new(config, clock(), budget(clock())), &["api_key"]);
}

#[test]
fn defaults_are_those_of_the_plan() {
    let check = |pairs: &[(&str, &str)], per_minute: u32| {
        let config = CoinGeckoConfig::from_pairs(pairs.iter().copied()).unwrap();
        assert_eq!(config.budget().per_minute, per_minute);
        assert_eq!(config.budget().source.as_str(), "coingecko");
    };
    check(&[], 5);
    check(&[("plan", "demo"), ("api_key", "k")], 30);
    check(&[("plan", "pro"), ("api_key", "k")], 250);
    check(&[("per_minute", "12")], 12);
    assert_eq!(YahooConfig::default().budget().per_minute, 60);
    assert_eq!(FrankfurterConfig::default().budget().source.as_str(), "frankfurter");
}

#[test]
fn calls_of_a_day_and_a_month_are_limited_where_a_plan_or_a_setting_says_so() {
    let check = |budget: BudgetLimit, per_day: Option<u32>, per_month: Option<u32>| {
        assert_eq!((budget.per_day, budget.per_month), (per_day, per_month), "{budget:?}");
    };
    let coingecko = |pairs: &[(&str, &str)]| CoinGeckoConfig::from_pairs(pairs.iter().copied()).unwrap();
    check(coingecko(&[]).budget(), None, None);
    check(
        coingecko(&[("plan", "demo"), ("api_key", "k")]).budget(),
        None,
        Some(10_000),
    );
    check(coingecko(&[("plan", "pro"), ("api_key", "k")]).budget(), None, None);
    let own = [
        ("plan", "demo"),
        ("api_key", "k"),
        ("per_day", "300"),
        ("per_month", "9000"),
    ];
    check(coingecko(&own).budget(), Some(300), Some(9000));
    let both = [("per_day", "300"), ("per_month", "9000")];
    check(IexConfig::default().budget(), None, None);
    check(IexConfig::from_pairs(both).unwrap().budget(), Some(300), Some(9000));
    check(YahooConfig::default().budget(), None, None);
    check(YahooConfig::from_pairs(both).unwrap().budget(), Some(300), Some(9000));
    let twelvedata = |pairs: &[(&str, &str)]| TwelveDataConfig::from_pairs(pairs.iter().copied()).unwrap();
    check(twelvedata(&[]).budget(), Some(800), None);
    check(twelvedata(&[("per_minute", "55")]).budget(), None, None);
    check(twelvedata(&both).budget(), Some(300), Some(9000));
}

#[test]
fn settings_are_read_from_a_document_and_show_no_key() {
    let json = format!(r#"{{"plan":"pro","api_key":"{CANARY}","per_minute":7}}"#);
    let config: CoinGeckoConfig = serde_json::from_str(&json).unwrap();
    assert_eq!(config.budget().per_minute, 7);
    assert_eq!(config.api_key, Some(Secret::new(CANARY)));
    assert!(!format!("{config:?} {config:#?}").contains(CANARY));
    assert!(serde_json::from_str::<CoinGeckoConfig>(r#"{"key":"x"}"#).is_err());
}
