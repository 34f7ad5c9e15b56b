//! Nothing is asked of CoinGecko that the plan does not have, or that its documents do not name.

use std::time::Duration;

use folio_core::{Deadline, HistoryRequest, PriceSource, Priority, QuoteRequest};
use folio_sources::{CoinGecko, CoinGeckoConfig};

use crate::server::{Answer, Asked, Server};
use crate::support::*;

/// What a plan has: the name of the key's header, and how far back a history goes.
#[derive(Clone, Copy, Debug)]
struct Plan {
    name: &'static str,
    header: Option<&'static str>,
    days: Option<u32>,
}

const PLANS: [Plan; 3] = [
    Plan {
        name: "public",
        header: None,
        days: Some(365),
    },
    Plan {
        name: "demo",
        header: Some("x-cg-demo-api-key"),
        days: Some(365),
    },
    Plan {
        name: "pro",
        header: Some("x-cg-pro-api-key"),
        days: None,
    },
];

fn refusal(code: u32, why: &str) -> Result<(), Answer> {
    let body = format!(r#"{{"status":{{"error_code":{code},"error_message":"{why}"}}}}"#);
    Err(Answer::new(401, body))
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// Whether a parameter of a path may have this value.
fn is_documented(path: &str, name: &str, value: &str) -> bool {
    let is_flag = ["true", "false"].contains(&value);
    let is_precision = value == "full" || number(value).is_some_and(|digits| digits <= 18);
    let is_code = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_lowercase());
    match (path, name) {
        ("simple/price", "ids") => value.split(',').all(|id| !id.is_empty()) && value.split(',').count() <= 50,
        ("simple/price", "vs_currencies") => is_code,
        (
            "simple/price",
            "include_market_cap" | "include_24hr_vol" | "include_24hr_change" | "include_last_updated_at",
        ) => is_flag,
        ("simple/price" | "market_chart" | "coins/markets", "precision") => is_precision,
        ("market_chart" | "coins/markets", "vs_currency") => is_code,
        ("market_chart", "days") => number(value).is_some_and(|days| days >= 1),
        ("market_chart", "interval") => value == "daily",
        ("coins/list", "include_platform") => is_flag,
        ("coins/markets", "order") => ["market_cap_desc", "market_cap_asc", "id_asc"].contains(&value),
        ("coins/markets", "per_page") => number(value).is_some_and(|rows| (1..=250).contains(&rows)),
        ("coins/markets", "page") => number(value).is_some_and(|page| page >= 1),
        _ => false,
    }
}

/// Refuses what the plan lacks as CoinGecko does.
fn allowed(plan: Plan, asked: &Asked) -> Result<(), Answer> {
    let keys = ["x-cg-demo-api-key", "x-cg-pro-api-key"].map(|name| asked.headers.contains_key(name));
    if keys != ["x-cg-demo-api-key", "x-cg-pro-api-key"].map(|name| plan.header == Some(name)) {
        return refusal(10_010, "the key is of another plan");
    }
    let (path, query) = asked.target.split_once('?').unwrap();
    let path = path.strip_prefix("/api/v3/").unwrap();
    let path = if path.ends_with("/market_chart") {
        "market_chart"
    } else {
        path
    };
    if asked.target.len() > 2_000 {
        return Err(Answer::new(414, ""));
    }
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap();
        if !is_documented(path, name, value) {
            return refusal(10_005, &format!("{name}={value} is not in your plan"));
        }
        let days = number(value).filter(|_| name == "days");
        if days.is_some_and(|days| plan.days.is_some_and(|most| days > most)) {
            return refusal(10_012, "your request exceeds the allowed time range");
        }
    }
    for required in match path {
        "simple/price" => &["ids", "vs_currencies"][..],
        "market_chart" => &["vs_currency", "days"],
        "coins/markets" => &["vs_currency"],
        _ => &[],
    } {
        if asked.query(required).is_none() {
            return Err(Answer::new(
                422,
                format!(r#"{{"error":"Missing parameter {required}"}}"#),
            ));
        }
    }
    Ok(())
}

fn answer(asked: &Asked) -> Answer {
    match asked.target.split('?').next().unwrap() {
        "/api/v3/simple/price" => {
            let vs = asked.query("vs_currencies").unwrap();
            let time = at("03-02", 43_100);
            let entry = |id: &str| format!(r#""{id}":{{"{vs}":2.5,"last_updated_at":{time}}}"#);
            let entries: Vec<_> = asked.query("ids").unwrap().split(',').map(entry).collect();
            Answer::ok(format!("{{{}}}", entries.join(",")))
        }
        "/api/v3/coins/list" => Answer::ok(r#"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin"}]"#),
        "/api/v3/coins/markets" => Answer::ok(r#"[{"id":"bitcoin"}]"#),
        _ => Answer::ok(market_chart(&[
            (at("03-02", 0) * 1000, "1.5"),
            (at("03-02", 40_000) * 1000, "2.5"),
        ])),
    }
}

#[tokio::test]
async fn no_call_asks_for_what_the_plan_lacks() {
    for plan in PLANS {
        let server = Server::start(move |asked| match allowed(plan, asked) {
            Ok(()) => answer(asked),
            Err(refusal) => refusal,
        })
        .await;
        let url = format!("{}/api/v3", server.url());
        let mut pairs = vec![("url", url.as_str()), ("plan", plan.name)];
        pairs.extend(plan.header.map(|_| ("api_key", CANARY)));
        let config = CoinGeckoConfig::from_pairs(pairs).unwrap();
        let clock = clock();
        let source = CoinGecko::new(config, clock.clone(), budget(clock)).unwrap();

        let coins = (0..120).map(|n| format!("crypto:a-coin-with-a-long-name-{n}"));
        let asked: Vec<_> = coins
            .chain(["crypto:bitcoin@EUR".into()])
            .map(|text| key(&text))
            .collect();
        let batch = source.quotes(&QuoteRequest::new(asked)).await.unwrap();
        for (key, outcome) in batch.outcomes {
            assert!(outcome.is_ok(), "{plan:?} {key}: {outcome:?}");
        }
        let (to, caller) = ("2026-03-02".parse().unwrap(), Deadline::after(Duration::from_secs(20)));
        for from in [
            "2010-01-01",
            "2025-03-02",
            "2025-03-03",
            "2026-02-01",
            "2026-03-01",
            "2026-03-02",
        ] {
            for resolution in ["daily", "hourly"] {
                let request = HistoryRequest::daily(key("crypto:bitcoin"), from.parse().unwrap(), to);
                let request = if resolution == "hourly" {
                    request.hourly()
                } else {
                    request
                };
                let history = source.history(&request.for_caller(Priority::Job, caller)).await;
                assert!(history.is_ok(), "{plan:?} {resolution} from {from}: {history:?}");
            }
        }
        assert_eq!(source.list(caller).await.unwrap().len(), 1, "{plan:?}");
        // Every call of the client was among these.
        let mut paths: Vec<_> = server
            .asked()
            .iter()
            .map(|asked| asked.target.split('?').next().unwrap().to_owned())
            .collect();
        paths.sort();
        paths.dedup();
        let all = [
            "coins/bitcoin/market_chart",
            "coins/list",
            "coins/markets",
            "simple/price",
        ];
        assert_eq!(paths, all.map(|path| format!("/api/v3/{path}")));
    }
}

#[test]
fn the_scripted_plan_refuses() {
    let check = |plan: Plan, target: &str, header: Option<&str>, allows: bool| {
        let headers = header.map(|name| (name.to_owned(), CANARY.to_owned()));
        let asked = Asked {
            target: format!("/api/v3/{target}"),
            headers: headers.into_iter().collect(),
        };
        assert_eq!(allowed(plan, &asked).is_ok(), allows, "{plan:?} {target}");
    };
    let [public, demo, pro] = PLANS;
    let chart = |days: &str| format!("coins/bitcoin/market_chart?vs_currency=usd&days={days}");
    check(public, &chart("365"), None, true);
    check(public, &chart("366"), None, false);
    check(pro, &chart("366"), pro.header, true);
    check(demo, &chart("2"), pro.header, false);
    check(demo, &format!("{}&interval=5m", chart("2")), demo.header, false);
    check(public, "simple/price?vs_currencies=usd", None, false);
    check(public, "coins/list?include_price=true", None, false);
    check(public, "coins/markets?vs_currency=usd&per_page=251", None, false);
}
