//! A price feed of one's own, as the README of this crate describes it: two routes, a handful of members.

use std::collections::BTreeMap;
use std::sync::Arc;

use folio_core::Resolution;
use folio_core::conformance::{SourceFixture, price_source};

use crate::iex::iex_with;
use crate::server::{Answer, Asked, Server};
use crate::support::*;

/// What the feed knows of a share.
struct Share {
    name: &'static str,
    exchange: &'static str,
    currency: &'static str,
    price: &'static str,
    /// Day and close, oldest first.
    closes: &'static [(&'static str, &'static str)],
}

/// The feed: what it prices, and the token that it wants.
struct Feed {
    token: &'static str,
    shares: BTreeMap<&'static str, Share>,
}

impl Feed {
    fn new() -> Self {
        let acme = Share {
            name: "Acme Rockets",
            exchange: "Exchange of Ruritania",
            currency: "EUR",
            price: "12.34",
            closes: &[("2026-02-26", "12.1"), ("2026-02-27", "12.25"), ("2026-03-02", "12.34")],
        };
        let brick = Share {
            name: "Brick and Mortar, class B",
            exchange: "Exchange of Ruritania",
            currency: "EUR",
            price: "410.5",
            closes: &[("2026-02-27", "409")],
        };
        Self {
            token: CANARY,
            shares: BTreeMap::from([("ACME", acme), ("BAM.B", brick)]),
        }
    }

    fn answer(&self, asked: &Asked) -> Answer {
        if asked.query("token") != Some(self.token) {
            return Answer::new(403, "The token is not valid.").with("content-type", "text/plain");
        }
        let path = asked.target.split('?').next().unwrap_or_default();
        match path.split('/').collect::<Vec<_>>()[..] {
            ["", "v1", "stock", "market", "batch"] => self.batch(asked.query("symbols").unwrap_or_default()),
            ["", "v1", "stock", symbol, "chart", _range] => self.chart(symbol),
            _ => Answer::new(404, "There is no such path.").with("content-type", "text/plain"),
        }
    }

    /// What is not known is left out.
    fn batch(&self, symbols: &str) -> Answer {
        let entries = symbols.split(',').filter_map(|symbol| {
            let share = self.shares.get(symbol)?;
            Some(format!(
                r#"  "{symbol}": {{"quote": {{
    "symbol": "{symbol}", "companyName": "{}", "primaryExchange": "{}", "currency": "{}",
    "latestPrice": {}, "latestSource": "15 minute delayed price", "latestUpdate": {}
  }}}}"#,
                share.name,
                share.exchange,
                share.currency,
                share.price,
                at("03-02", 43_000) * 1000,
            ))
        });
        Answer::ok(format!("{{\n{}\n}}", entries.collect::<Vec<_>>().join(",\n")))
    }

    /// A longer chart than was asked for does no harm.
    fn chart(&self, symbol: &str) -> Answer {
        let Some(share) = self.shares.get(symbol) else {
            return Answer::new(404, "Unknown symbol").with("content-type", "text/plain");
        };
        let rows = share.closes.iter().map(|(day, close)| {
            format!(
                r#"  {{"date": "{day}", "close": {close}, "currency": "{}"}}"#,
                share.currency
            )
        });
        Answer::ok(format!("[\n{}\n]", rows.collect::<Vec<_>>().join(",\n")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_ones_own_conforms() {
    let feed = Feed::new();
    let server = Server::start(move |asked| feed.answer(asked)).await;
    let clock = clock();
    let source = Arc::new(iex_with(&server, clock.clone(), budget(clock.clone())));
    let known = keys(&["stock:ACME", "stock:BAM-B", "stock:ACME@EUR"]);
    let day = |text: &str| text.parse().unwrap();
    let fixture = SourceFixture::new(clock, known, key("stock:NONE"))
        .with_history(
            key("stock:ACME"),
            Resolution::Daily,
            day("2026-02-01"),
            day("2026-03-02"),
        )
        .with_history(
            key("stock:BAM-B"),
            Resolution::Daily,
            day("2026-02-27"),
            day("2026-03-02"),
        )
        .with_secret(CANARY)
        .with_calls(server.counter());
    price_source(source, fixture).await;
}

#[tokio::test]
async fn the_readme_shows_what_the_feed_answers() {
    let readme = include_str!("../../README.md");
    let feed = Feed::new();
    for answer in [feed.batch("ACME,NONE"), feed.chart("ACME")] {
        let body = String::from_utf8(answer.into_body()).unwrap();
        assert!(readme.contains(&body), "the README does not show this body:\n{body}");
    }
}
