//! What holds for every call, whichever vendor it goes to. CoinGecko stands for all: it has a key.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::{
    Clock, Deadline, Error, ErrorKind, ManualClock, PriceSource, Priority, QuoteRequest, RateBudget, Reason, Result,
    SourceId,
};
use jiff::{SignedDuration, Timestamp};

use crate::log::Log;
use crate::server::{Answer, Server};
use crate::support::*;

/// A budget that writes down what is asked of it, and refuses when its calls are used up.
#[derive(Debug)]
struct Ledger {
    left: Mutex<u32>,
    taken: Mutex<Vec<(String, u32, Priority)>>,
    closed: Mutex<Vec<Timestamp>>,
}

impl Ledger {
    fn of(calls: u32) -> Arc<Self> {
        Arc::new(Self {
            left: Mutex::new(calls),
            taken: Mutex::default(),
            closed: Mutex::default(),
        })
    }

    fn taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    fn closed(&self) -> Vec<Timestamp> {
        self.closed.lock().unwrap().clone()
    }
}

#[async_trait]
impl RateBudget for Ledger {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, _: Deadline) -> Result<()> {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            return Err(Error::new(ErrorKind::RateLimited, "used up").with_retry_after(Duration::from_secs(40)));
        }
        *left -= 1;
        self.taken.lock().unwrap().push((source.to_string(), cost, priority));
        Ok(())
    }

    async fn retry_after(&self, _: &SourceId, until: Timestamp) -> Result<()> {
        self.closed.lock().unwrap().push(until);
        Ok(())
    }

    async fn state(&self, _: &SourceId) -> Result<Option<folio_core::source::BudgetState>> {
        Ok(None)
    }
}

fn now_plus(seconds: i64) -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn every_call_takes_from_the_budget_retries_too() {
    let server = Server::saying([
        Answer::new(500, ""),
        Answer::new(502, ""),
        Answer::ok(coins(&[("bitcoin", "1.5")])),
    ])
    .await;
    let budget = Ledger::of(10);
    let source = coingecko_with(&server, clock(), budget.clone());
    let request = QuoteRequest::new(keys(&["crypto:bitcoin"]));
    let request = request.for_caller(Priority::Job, Deadline::after(Duration::from_secs(20)));
    assert_eq!(told(source.quotes(&request).await), "1.5 USD");
    assert_eq!(server.calls(), 3);
    assert_eq!(
        *budget.taken.lock().unwrap(),
        vec![("coingecko".to_owned(), 1, Priority::Job); 3]
    );
}

#[tokio::test]
async fn without_budget_nothing_is_asked_and_every_asset_says_until_when() {
    let server = Server::saying([Answer::ok("{}")]).await;
    let source = coingecko_with(&server, clock(), Ledger::of(0));
    let batch = quotes(&source, &["crypto:bitcoin", "crypto:ethereum"]).await.unwrap();
    for (_, outcome) in batch.outcomes {
        let unpriced = outcome.unwrap_err();
        assert_eq!(unpriced.reason, Reason::Pending);
        assert_eq!(unpriced.retry_at, Some(now_plus(40)));
    }
    assert_eq!(server.calls(), 0);

    let error = daily(&source, "crypto:bitcoin", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(40)))
    );
}

#[tokio::test]
async fn batches_that_were_answered_keep_their_quotes_when_the_budget_runs_out() {
    let ids: Vec<String> = (0..120).map(|n| format!("coin{n}")).collect();
    let server = Server::start(|asked| {
        let ids = asked.query("ids").unwrap_or_default().split(',').map(|id| (id, "1.5"));
        Answer::ok(coins(&ids.collect::<Vec<_>>()))
    })
    .await;
    let source = coingecko_with(&server, clock(), Ledger::of(2));
    let asked: Vec<String> = ids.iter().map(|id| format!("crypto:{id}")).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let batch = quotes(&source, &asked).await.unwrap();
    let priced = batch.outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let pending = batch.outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().err());
    let pending: Vec<_> = pending.map(|unpriced| (unpriced.reason, unpriced.retry_at)).collect();
    assert_eq!(server.calls(), 2);
    // Three calls raced for two permits: one of the two full batches or the short one went without.
    assert!(priced == 100 || priced == 70, "{priced}");
    assert_eq!(pending, vec![(Reason::Pending, Some(now_plus(40))); 120 - priced]);
}

#[tokio::test]
async fn retry_after_closes_the_budget_and_the_call_is_not_repeated_before() {
    let check = async |header: Option<&str>, seconds: i64| {
        let mut answer = Answer::new(429, "{}");
        if let Some(header) = header {
            answer = answer.with("retry-after", header);
        }
        let server = Server::saying([answer]).await;
        let budget = Ledger::of(10);
        let source = coingecko_with(&server, clock(), budget.clone());
        let error = quotes(&source, &["crypto:bitcoin"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds as u64)));
        assert_eq!(budget.closed(), [now_plus(seconds)]);
        assert_eq!(server.calls(), 1);
    };
    check(Some("119"), 119).await;
    check(Some("Mon, 02 Mar 2026 12:01:30 GMT"), 90).await;
    check(None, 60).await;
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() {
    let limited = Answer::new(429, "{}").with("retry-after", 1);
    let server = Server::saying([limited, Answer::ok(coins(&[("bitcoin", "1.5")]))]).await;
    let source = coingecko_with(&server, clock(), Ledger::of(10));
    assert_eq!(told(quotes(&source, &["crypto:bitcoin"]).await), "1.5 USD");
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn retries_stop_when_their_budget_is_used_up() {
    let server = Server::saying([Answer::new(500, "")]).await;
    let budget = Ledger::of(10_000);
    let source = coingecko_with(&server, clock(), budget.clone());
    for _ in 0..40 {
        let result = quotes_within(&source, &["crypto:bitcoin"], Duration::from_secs(20)).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    // Ten at first and one for every ten calls.
    assert!(server.calls() <= 40 + 14, "{} calls for 40 requests", server.calls());
    assert_eq!(server.calls(), budget.taken());
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_bound_and_no_further() {
    let long = vec![b' '; 50 * 1024 * 1024];
    for answer in [Answer::ok(long.clone()), Answer::ok(long.clone()).gzipped()] {
        let server = Server::saying([answer]).await;
        let source = coingecko(&server);
        let error = quotes(&source, &["crypto:bitcoin"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("8 MiB"), "{error:?}");
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let server = Server::saying([Answer::ok(coins(&[("bitcoin", "1.5")])).gzipped()]).await;
    assert_eq!(told(quotes(&coingecko(&server), &["crypto:bitcoin"]).await), "1.5 USD");
}

#[tokio::test]
async fn slow_bytes_do_not_outlast_the_deadline() {
    let answer = Answer::ok(coins(&[("bitcoin", "1.5")])).slowly(Duration::from_millis(20));
    let server = Server::saying([answer]).await;
    let source = coingecko(&server);
    let result = quotes_within(&source, &["crypto:bitcoin"], Duration::from_millis(200)).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_source_that_cannot_be_reached_is_unavailable() {
    let url = Server::saying([Answer::ok("")]).await.url();
    // The server is gone, and its port with it.
    let config = folio_sources::YahooConfig::from_pairs([("url", url)]).unwrap();
    let source = folio_sources::Yahoo::new(config, clock(), budget(clock())).unwrap();
    let error = quotes(&source, &["stock:AAPL"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn after_a_block_the_source_is_left_alone_and_says_for_how_long() {
    let server = Server::saying([Answer::html(), Answer::html(), Answer::ok(coins(&[("bitcoin", "1.5")]))]).await;
    let clock = clock();
    let budget = Ledger::of(100);
    let source = coingecko_with(&server, clock.clone(), budget.clone());
    let refused = async |minutes: u64, calls: usize| {
        let error = quotes(&source, &["crypto:bitcoin"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(minutes * 60)));
        assert_eq!(server.calls(), calls);
    };
    refused(15, 1).await;
    refused(15, 1).await;
    clock.advance(SignedDuration::from_mins(10));
    refused(5, 1).await;
    clock.advance(SignedDuration::from_mins(5));
    refused(30, 2).await;
    clock.advance(SignedDuration::from_mins(30));
    assert_eq!(told(quotes(&source, &["crypto:bitcoin"]).await), "1.5 USD");
    assert_eq!((server.calls(), budget.taken()), (3, 3));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_goes_nowhere_else() {
    let elsewhere = Server::saying([Answer::ok(coins(&[("bitcoin", "1.5")]))]).await;
    for status in [301, 302, 303, 307, 308] {
        let away = Answer::new(status, "").with(
            "location",
            format!("{}/api/v3/simple/price?t={CANARY}", elsewhere.url()),
        );
        let server = Server::saying([away]).await;
        let error = quotes(&coingecko(&server), &["crypto:bitcoin"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
        assert_eq!(server.calls(), 1);
    }
    assert_eq!(elsewhere.calls(), 0);
}

#[tokio::test]
async fn the_key_is_sent_and_shown_nowhere() {
    let log = Log::capture();
    // Vendors repeat a wrong key in their message.
    let echo = format!(r#"{{"status":{{"error_code":10002,"error_message":"the key {CANARY} is wrong"}}}}"#);
    let answers = [
        Answer::ok(coins(&[("bitcoin", "1.5")])),
        Answer::new(401, echo),
        Answer::new(500, CANARY),
        Answer::html(),
    ];
    let server = Server::saying(answers).await;
    let source = coingecko(&server);
    let mut shown = format!("{source:?} {source:#?}");
    for _ in 0..6 {
        let result = quotes(&source, &["crypto:bitcoin"]).await;
        shown.push_str(&format!("{result:?}"));
        if let Err(error) = &result {
            shown.push_str(&format!("{error} {:?}", std::error::Error::source(error)));
        }
    }
    let asked = server.asked();
    assert!(asked.len() >= 4);
    for asked in &asked {
        assert_eq!(asked.headers.get("x-cg-demo-api-key").map(String::as_str), Some(CANARY));
        assert!(!asked.target.contains(CANARY), "{}", asked.target);
    }
    let log = log.text();
    assert!(
        log.contains("call failed") && log.contains("/api/v3/simple/price"),
        "the log is not what this test reads:\n{log}"
    );
    assert!(shown.contains("the key *** is wrong"), "{shown}");
    for text in [shown, log] {
        assert!(!text.contains(CANARY), "{text}");
        assert!(!text.contains("vs_currencies="), "a query is shown: {text}");
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_not_made() {
    let server = Server::saying([Answer::ok(coins(&[("bitcoin", "1.5")]))]).await;
    let budget = Ledger::of(10);
    let source = coingecko_with(&server, clock(), budget.clone());
    let error = quotes_within(&source, &["crypto:bitcoin"], Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!((server.calls(), budget.taken()), (0, 0));
}

#[tokio::test]
async fn a_budget_without_a_limit_for_the_source_is_a_set_up_error() {
    let server = Server::saying([Answer::ok("{}")]).await;
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    let budget = Arc::new(folio_core::source::LocalBudget::new(clock.clone(), []));
    let error = quotes(&coingecko_with(&server, clock, budget), &["crypto:bitcoin"])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    assert_eq!(server.calls(), 0);
}

/// Counters by source and outcome, as the facade hands them on.
#[derive(Debug, Default)]
struct Counters(Mutex<std::collections::BTreeMap<String, Arc<std::sync::atomic::AtomicU64>>>);

impl Counters {
    fn found(&self) -> Vec<String> {
        let counters = self.0.lock().unwrap();
        let line = |(name, count): (&String, &Arc<std::sync::atomic::AtomicU64>)| {
            format!("{name} {}", count.load(std::sync::atomic::Ordering::SeqCst))
        };
        counters.iter().map(line).collect()
    }
}

impl metrics::Recorder for Counters {
    fn describe_counter(&self, _: metrics::KeyName, _: Option<metrics::Unit>, _: metrics::SharedString) {}
    fn describe_gauge(&self, _: metrics::KeyName, _: Option<metrics::Unit>, _: metrics::SharedString) {}
    fn describe_histogram(&self, _: metrics::KeyName, _: Option<metrics::Unit>, _: metrics::SharedString) {}

    fn register_counter(&self, key: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Counter {
        let labels: Vec<&str> = key.labels().map(metrics::Label::value).collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        metrics::Counter::from_arc(self.0.lock().unwrap().entry(name).or_default().clone())
    }

    fn register_gauge(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Gauge {
        metrics::Gauge::noop()
    }

    fn register_histogram(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Histogram {
        metrics::Histogram::noop()
    }
}

#[tokio::test]
async fn every_call_is_counted_by_how_it_ended_and_no_other() {
    let check = async |answers: Vec<Answer>, calls: u32, counted: &[&str]| {
        let counters = Counters::default();
        let _here = metrics::set_default_local_recorder(&counters);
        let server = Server::saying(answers).await;
        let source = coingecko_with(&server, clock(), Ledger::of(calls));
        let _ = quotes(&source, &["crypto:bitcoin"]).await;
        let wanted: Vec<_> = counted
            .iter()
            .map(|rest| format!("folio_upstream_calls_total coingecko {rest}"))
            .collect();
        assert_eq!(counters.found(), wanted);
    };
    let ok = || Answer::ok(coins(&[("bitcoin", "1.5")]));
    check(vec![ok()], 9, &["ok 1"]).await;
    check(vec![Answer::new(500, ""), ok()], 9, &["ok 1", "unavailable 1"]).await;
    check(vec![Answer::new(500, "")], 9, &["unavailable 3"]).await;
    check(vec![Answer::new(500, "")], 1, &["unavailable 1"]).await;
    check(
        vec![Answer::new(404, r#"{"error":"coin not found"}"#)],
        9,
        &["not_found 1"],
    )
    .await;
    check(vec![Answer::new(429, "{}")], 9, &["rate_limited 1"]).await;
    check(
        vec![Answer::new(401, r#"{"status":{"error_code":10002}}"#)],
        9,
        &["not_configured 1"],
    )
    .await;
    check(vec![Answer::new(403, "<html></html>")], 9, &["refused 1"]).await;
    // What the own budget holds back is no call.
    check(vec![ok()], 0, &[]).await;
}
