//! What is measured, one function a figure.

use std::hint::black_box;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use folio_core::{
    Clock, CostBasis, Currency, Holding, HoldingId, Policy, Portfolio, PortfolioStore, Price, PriceBook, Quote,
    SystemClock, value,
};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::fleet;
use crate::load;
use crate::process::{Failure, Server, TOKEN, binary};
use crate::report::Row;
use crate::vendor::{self, Calls};

/// Everything, in the order of the report.
///
/// # Errors
/// When a part of folio does not do what is measured.
pub(crate) async fn all() -> Result<Vec<Row>, Failure> {
    let (upstream, calls) = vendor::start().await?;
    let mut rows = Vec::new();
    eprintln!("cold assets …");
    rows.extend(cold_assets(upstream, &calls).await?);
    eprintln!("start and idle …");
    rows.extend(start_and_idle(upstream).await?);
    eprintln!("pure valuation …");
    rows.push(pure_valuation()?);
    eprintln!("cached price …");
    rows.push(cached_price(upstream).await?);
    for portfolios in [1_000, 10_000, 50_000] {
        eprintln!("scheduled run over {portfolios} portfolios …");
        rows.extend(scheduled_run(upstream, &calls, portfolios).await?);
    }
    rows.extend(fleet::all(upstream, &calls, None).await?);
    Ok(rows)
}

pub(crate) fn client() -> Result<reqwest::Client, Failure> {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {TOKEN}").parse()?);
    Ok(reqwest::Client::builder().default_headers(headers).build()?)
}

pub(crate) async fn json_of(answer: reqwest::Response) -> Result<Value, Failure> {
    let status = answer.status();
    let body = answer.text().await?;
    if !status.is_success() {
        return Err(format!("folio answered {status}: {body}").into());
    }
    Ok(serde_json::from_str(&body)?)
}

async fn cold_assets(upstream: SocketAddr, calls: &Calls) -> Result<Vec<Row>, Failure> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), upstream, &[]).await?;
    let client = client()?;
    calls.take();
    let requests = (0..200).map(|_| client.get(server.url("/prices/crypto/bitcoin")).send());
    for answer in futures::future::join_all(requests).await {
        json_of(answer?).await?;
    }
    let [one, ..] = calls.take();

    let holdings: Vec<_> = (0..250)
        .map(|n| json!({"asset": format!("crypto:cold-{n}"), "quantity": "1"}))
        .collect();
    let portfolio = json!({"name": "Cold", "base_currency": "USD"});
    let portfolio = json_of(client.post(server.url("/portfolios")).json(&portfolio).send().await?).await?;
    let id = portfolio["id"].as_str().ok_or("a portfolio has an id")?.to_owned();
    calls.take();
    let body = json!({"name": "Cold coins", "base_currency": "USD", "holdings": holdings});
    let portfolio = json_of(client.post(server.url("/portfolios")).json(&body).send().await?).await?;
    let cold = portfolio["id"].as_str().ok_or("a portfolio has an id")?;
    let valuation = json_of(
        client
            .get(server.url(&format!("/portfolios/{cold}/valuation")))
            .send()
            .await?,
    )
    .await?;
    let [batched, ..] = calls.take();
    if valuation["coverage"]["priced"] != json!(250) {
        return Err(format!("not every coin of {id} was priced: {}", valuation["coverage"]).into());
    }
    server.stop().await?;
    Ok(vec![
        Row::new(
            "200 concurrent requests for one cold asset",
            format!("{one} upstream call"),
            "1",
            one == 1,
        ),
        Row::new(
            "250 cold coins in one valuation",
            format!("{batched} CoinGecko calls"),
            "≤ 5",
            batched <= 5,
        ),
    ])
}

async fn start_and_idle(upstream: SocketAddr) -> Result<Vec<Row>, Failure> {
    let (mut started, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let data = tempfile::tempdir()?;
        let server = Server::start(data.path(), upstream, &[]).await?;
        started.push(server.started_in.as_secs_f64() * 1_000.0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        idle.push(server.resident_mib()?.0);
        server.stop().await?;
    }
    let (started, idle) = (median(&mut started), median(&mut idle));
    Ok(vec![
        Row::new(
            "start to healthy, new data directory",
            format!("{started:.0} ms"),
            "< 150 ms",
            started < 150.0,
        ),
        Row::new(
            "resident memory when idle",
            format!("{idle:.1} MiB"),
            "< 30 MiB",
            idle < 30.0,
        ),
    ])
}

/// A portfolio of 20 lots in three currencies, with costs, and the book that prices it.
pub(crate) fn sample(index: usize, assets: usize, now: jiff::Timestamp) -> Result<Portfolio, Failure> {
    let base = if index.is_multiple_of(3) {
        Currency::EUR
    } else {
        Currency::USD
    };
    let mut portfolio = Portfolio::new(format!("Portfolio {index}"), base, now);
    for lot in 0..20 {
        let asset = format!("crypto:coin-{}", (index * 7 + lot * 11) % assets).parse()?;
        let quantity = format!("{}.{:04}", lot + 1, (index * 37 + lot) % 10_000).parse()?;
        let cost = CostBasis::Unit(Price::parse(&format!("{}.5", lot + 1), base)?);
        portfolio = portfolio.with(Holding::new(HoldingId::new(now), asset, quantity)?.with_cost(cost));
    }
    Ok(portfolio)
}

fn pure_valuation() -> Result<Row, Failure> {
    let now = SystemClock.now();
    let mut book = PriceBook::new().with(Quote::manual(
        "currency:EUR".parse()?,
        Price::parse("1.0811", Currency::USD)?,
        now,
    ));
    for coin in 0..200 {
        let price = Price::parse(&format!("{}.{:06}", coin + 1, coin * 4_999), Currency::USD)?;
        book = book.with(Quote::manual(format!("crypto:coin-{coin}").parse()?, price, now));
    }
    let portfolios = (0..100)
        .map(|index| sample(index, 200, now))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rates = Vec::new();
    for _ in 0..7 {
        let started = Instant::now();
        let mut valued = 0_u32;
        while started.elapsed() < Duration::from_millis(500) {
            for portfolio in &portfolios {
                black_box(value(black_box(portfolio), &book, Policy::default(), now));
                valued += 20;
            }
        }
        rates.push(f64::from(valued) / started.elapsed().as_secs_f64() / 1e6);
    }
    let rate = median(&mut rates);
    Ok(Row::new(
        "pure valuation, one core",
        format!("{rate:.1} million holdings/s"),
        "≥ 3 million",
        rate >= 3.0,
    ))
}

async fn cached_price(upstream: SocketAddr) -> Result<Row, Failure> {
    const PATH: &str = "/api/v1/prices/crypto/bitcoin";
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), upstream, &[("FOLIO_PRICE_TTL", "1h")]).await?;
    json_of(client()?.get(server.url("/prices/crypto/bitcoin")).send().await?).await?;
    let body = client()?
        .get(server.url("/prices/crypto/bitcoin"))
        .send()
        .await?
        .bytes()
        .await?;
    let file = data.path().join("bare.json");
    std::fs::write(&file, &body)?;
    let mut bare = tokio::process::Command::new(binary("folio-bench")?)
        .arg("bare")
        .arg(&file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = bare.stdout.take().ok_or("the bare handler has no output")?;
    let address = BufReader::new(output)
        .lines()
        .next_line()
        .await?
        .ok_or("the bare handler said nothing")?;
    let address: SocketAddr = address.parse()?;
    let span = Duration::from_secs(2);
    let (mut ratios, mut folio, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        let ours = load::requests_per_second(server.address, PATH, TOKEN, span).await?;
        let bare = load::requests_per_second(address, PATH, TOKEN, span).await?;
        ratios.push(ours / bare);
        folio.push(ours);
        plain.push(bare);
    }
    bare.kill().await?;
    server.stop().await?;
    let (ratio, folio, plain) = (median(&mut ratios), median(&mut folio), median(&mut plain));
    let figure = format!("{ratio:.2} of a bare handler ({folio:.0} against {plain:.0} requests/s)");
    Ok(Row::new("cached price over HTTP", figure, "≥ 0.5", ratio >= 0.5))
}

async fn seed(data: &Path, portfolios: usize) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = SqliteStore::open(SqliteConfig::new(data.join("folio.db")), Arc::clone(&clock)).await?;
    for index in 0..portfolios {
        store.create_portfolio(&sample(index, 200, clock.now())?).await?;
    }
    store.close().await?;
    Ok(())
}

async fn scheduled_run(upstream: SocketAddr, calls: &Calls, portfolios: usize) -> Result<Vec<Row>, Failure> {
    let data = tempfile::tempdir()?;
    seed(data.path(), portfolios).await?;
    let store = format!("sqlite:{}", data.path().join("folio.db").display());
    let server = Server::start(data.path(), upstream, &[("FOLIO_STORE_URL", &store)]).await?;
    let client = client()?;
    // The tick is the present whole second; the portfolios have to be older than it.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    calls.take();
    let (mut rates, mut upstream_calls) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let started = Instant::now();
        let body = json!({"type": "portfolio-valuation"});
        let job = json_of(client.post(server.url("/jobs")).json(&body).send().await?).await?;
        let id = job["id"].as_str().ok_or("a job has an id")?.to_owned();
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let job = json_of(client.get(server.url(&format!("/jobs/{id}"))).send().await?).await?;
            match job["state"].as_str() {
                Some("succeeded") => break,
                Some("failed") => return Err(format!("the run failed: {job}").into()),
                _ if started.elapsed() > Duration::from_secs(600) => return Err("the run took 10 minutes".into()),
                _ => {}
            }
        }
        rates.push(portfolios as f64 / started.elapsed().as_secs_f64());
        upstream_calls.push(calls.take()[0]);
        tokio::time::sleep(Duration::from_millis(1_200)).await;
    }
    let peak = server.resident_mib()?.1;
    server.stop().await?;
    let rate = median(&mut rates);
    let name = format!("scheduled run, {portfolios} portfolios × 20 holdings");
    let mut rows = vec![Row::new(
        format!("{name}: peak memory"),
        format!("{peak:.0} MiB"),
        "< 150 MiB",
        peak < 150.0,
    )];
    if portfolios == 10_000 {
        let first = upstream_calls.first().copied().unwrap_or_default();
        let figure = format!("{rate:.0} portfolios/s, request to last snapshot");
        rows.insert(0, Row::new(name.clone(), figure, "≥ 6,000/s", rate >= 6_000.0));
        let figure = format!(
            "{first} calls for 200 assets, then {:?} while they are fresh",
            &upstream_calls[1..]
        );
        rows.push(Row::new(format!("{name}: upstream"), figure, "once", first == 4));
    }
    Ok(rows)
}

pub(crate) fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
