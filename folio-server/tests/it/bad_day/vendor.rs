//! The vendors: HTTP servers on this machine that do what the weather says.

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use folio_core::money::Decimal;
use folio_core::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::market;
use super::weather::{Fault, Weather};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    CoinGecko,
    Yahoo,
    Frankfurter,
}

impl Kind {
    /// How many calls of one request are under way at once.
    fn most_under_way(self) -> usize {
        match self {
            Self::CoinGecko => 3,
            Self::Yahoo => 2,
            Self::Frankfurter => 1,
        }
    }
}

#[derive(Debug)]
struct State {
    weather: Weather,
    hour: usize,
    /// Calls of this hour.
    calls: usize,
    seen: HashSet<String>,
    /// The symbols of calls that met the weather of [`Weather::Only`].
    hit: BTreeSet<String>,
    /// Since and until when the vendor has asked to be left alone.
    closed: Option<(Timestamp, Timestamp)>,
    /// Calls that came nevertheless.
    too_early: Vec<String>,
    /// What was sent as a price and is one: the asset and the price in its currency.
    sent: HashSet<(String, Decimal)>,
}

/// A vendor on a port of its own.
pub(crate) struct Vendor {
    kind: Kind,
    address: SocketAddr,
    clock: Arc<ManualClock>,
    state: Arc<Mutex<State>>,
    door: Door,
}

enum Door {
    Open(JoinHandle<()>),
    /// The port is kept, and nobody listens at it.
    Shut(TcpSocket),
    Changing,
}

/// An answer, and how it goes over the wire.
struct Answer {
    status: u16,
    headers: String,
    body: String,
    manner: Manner,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    Half,
    Slowly,
    Never,
}

impl Vendor {
    pub(crate) async fn start(kind: Kind, clock: &Arc<ManualClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            weather: Weather::Good,
            hour: 0,
            calls: 0,
            seen: HashSet::new(),
            hit: BTreeSet::new(),
            closed: None,
            too_early: Vec::new(),
            sent: HashSet::new(),
        };
        let mut vendor = Self {
            kind,
            address: listener.local_addr().unwrap(),
            clock: Arc::clone(clock),
            state: Arc::new(Mutex::new(state)),
            door: Door::Changing,
        };
        vendor.open(listener);
        vendor
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The weather of the next hour.
    pub(crate) async fn turn(&mut self, weather: Weather, hour: usize) {
        {
            let mut state = self.state();
            (state.weather, state.hour, state.calls) = (weather, hour, 0);
            state.seen.clear();
            state.hit.clear();
        }
        let refuses = matches!(weather, Weather::Refused);
        self.door = match std::mem::replace(&mut self.door, Door::Changing) {
            Door::Open(listening) if refuses => {
                listening.abort();
                let _ = listening.await;
                let socket = TcpSocket::new_v4().unwrap();
                socket.set_reuseaddr(true).unwrap();
                socket.bind(self.address).unwrap();
                Door::Shut(socket)
            }
            Door::Shut(socket) if !refuses => {
                self.open(socket.listen(64).unwrap());
                return;
            }
            door => door,
        };
    }

    pub(crate) fn calls(&self) -> usize {
        self.state().calls
    }

    pub(crate) fn hit(&self) -> BTreeSet<String> {
        self.state().hit.clone()
    }

    pub(crate) fn too_early(&self) -> Vec<String> {
        self.state().too_early.clone()
    }

    pub(crate) fn has_sent(&self, asset: &str, price: Decimal) -> bool {
        self.state().sent.contains(&(asset.to_owned(), price.normalize()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn open(&mut self, listener: TcpListener) {
        let (kind, clock, state) = (self.kind, Arc::clone(&self.clock), Arc::clone(&self.state));
        self.door = Door::Open(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kind, Arc::clone(&clock), Arc::clone(&state)));
            }
        }));
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        if let Door::Open(listening) = &self.door {
            listening.abort();
        }
    }
}

async fn serve(mut stream: TcpStream, kind: Kind, clock: Arc<ManualClock>, state: Arc<Mutex<State>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1)?.replace("%2C", ",");
    let answer = state.lock().unwrap().answer(kind, &target, clock.now());
    if answer.manner == Manner::Never {
        return std::future::pending().await;
    }
    let body = answer.body.as_bytes();
    let head = format!(
        "HTTP/1.1 {} Said\r\ncontent-length: {}\r\nconnection: close\r\n{}\r\n",
        answer.status,
        body.len(),
        answer.headers,
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    match answer.manner {
        Manner::Half => stream.write_all(&body[..body.len() / 2]).await.ok()?,
        Manner::Slowly => {
            for byte in body {
                tokio::time::sleep(Duration::from_millis(100)).await;
                stream.write_all(&[*byte]).await.ok()?;
            }
        }
        _ => stream.write_all(body).await.ok()?,
    }
    stream.shutdown().await.ok()
}

impl State {
    fn answer(&mut self, kind: Kind, target: &str, now: Timestamp) -> Answer {
        self.calls += 1;
        if let Some((since, until)) = self.closed.filter(|(_, until)| *until > now) {
            // What was under way together may arrive after the first of it was answered.
            let was_under_way = since == now && self.calls <= kind.most_under_way();
            if !was_under_way {
                self.too_early
                    .push(format!("{target} at {now}, not wanted before {until}"));
            }
        }
        let symbols = symbols(kind, target);
        let mut weather = self.weather;
        if let Weather::Only(symbol, other) = weather {
            let is_hit = symbols.iter().any(|asked| asked == symbol);
            weather = if is_hit { *other } else { Weather::Good };
            self.hit.extend(symbols.iter().filter(|_| is_hit).cloned());
        }
        if matches!(weather, Weather::Hiccup) {
            weather = if self.seen.insert(target.to_owned()) {
                Weather::Down
            } else {
                Weather::Good
            };
        }
        if let Weather::Crowd(Some(seconds)) = weather {
            self.closed = Some((now, now + SignedDuration::from_secs(seconds)));
        }
        let json = "content-type: application/json\r\n".to_owned();
        let plain = |status: u16, headers: String, body: &str| Answer {
            status,
            headers,
            body: body.to_owned(),
            manner: Manner::Whole,
        };
        match weather {
            Weather::Down => return plain(503, json, "{}"),
            Weather::Crowd(None) => return plain(429, json, "{}"),
            Weather::Crowd(Some(seconds)) => {
                return plain(429, format!("{json}retry-after: {seconds}\r\n"), "{}");
            }
            Weather::Page => {
                let html = "content-type: text/html\r\n".to_owned();
                return plain(200, html, "<!DOCTYPE html><html><body>One moment</body></html>");
            }
            Weather::OtherShape => {
                let body = match kind {
                    Kind::CoinGecko => "[1,2,3]",
                    Kind::Yahoo => r#"{"chart":{"result":"none","error":null}}"#,
                    Kind::Frankfurter => r#"{"rates":{}}"#,
                };
                return plain(200, json, body);
            }
            _ => {}
        }
        let manner = match weather {
            Weather::HangUp => Manner::Half,
            Weather::Slow => Manner::Slowly,
            Weather::Silent => Manner::Never,
            _ => Manner::Whole,
        };
        let is_valid = matches!(weather, Weather::Good | Weather::Each(_));
        let mut body = String::new();
        let mut status = 200;
        for symbol in &symbols {
            let fault = fault(weather, symbol, self.hour);
            if fault == Fault::None && is_valid {
                let asset = asset(kind, symbol);
                let price = match kind {
                    Kind::Frankfurter => market::per_euro(symbol, self.hour),
                    _ => market::price(symbol, self.hour),
                };
                self.sent.insert((asset, price.normalize()));
            }
            match kind {
                Kind::CoinGecko => body.push_str(&coin(symbol, self.hour, fault)),
                Kind::Frankfurter => body.push_str(&rate(symbol, self.hour, fault)),
                Kind::Yahoo if fault == Fault::Absent => {
                    status = 404;
                    body.push_str(
                        r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}"#,
                    );
                }
                Kind::Yahoo => body.push_str(&chart(symbol, self.hour, fault)),
            }
        }
        let rows = body.trim_end_matches(',');
        let mut body = match kind {
            Kind::CoinGecko => format!("{{{rows}}}"),
            Kind::Frankfurter => format!("[{rows}]"),
            Kind::Yahoo => body,
        };
        if matches!(weather, Weather::Truncated) {
            body.truncate(body.len() / 2);
        }
        Answer {
            status,
            headers: json,
            body,
            manner,
        }
    }
}

/// The asset that a vendor's symbol means.
pub(crate) fn asset(kind: Kind, symbol: &str) -> String {
    match kind {
        Kind::CoinGecko => format!("crypto:{symbol}"),
        Kind::Yahoo => format!("stock:{symbol}"),
        Kind::Frankfurter => format!("currency:{symbol}"),
    }
}

/// What is wrong with a symbol's price.
pub(crate) fn fault(weather: Weather, symbol: &str, hour: usize) -> Fault {
    match weather {
        _ if !market::is_listed(symbol, hour) => Fault::Absent,
        Weather::Each(faults) => faults[market::place(symbol) % faults.len()],
        _ => Fault::None,
    }
}

/// What a call asks for.
fn symbols(kind: Kind, target: &str) -> Vec<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let list = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let value = value.unwrap_or_else(|| panic!("{target} has no {name}"));
        value.split(',').map(str::to_owned).collect()
    };
    match kind {
        Kind::CoinGecko => {
            assert_eq!(path, "/api/v3/simple/price", "{target}");
            list("ids")
        }
        Kind::Yahoo => vec![path.strip_prefix("/v8/finance/chart/").unwrap().to_owned()],
        Kind::Frankfurter => {
            assert_eq!(path, "/v2/rates", "{target}");
            list("quotes")
        }
    }
}

/// A price as JSON: as a number, as a text, with an exponent; or something else in its place.
fn number(price: Decimal, symbol: &str, fault: Fault) -> String {
    match fault {
        Fault::Null => "null".to_owned(),
        Fault::Zero => "0".to_owned(),
        Fault::Negative => format!("-{price}"),
        Fault::NotANumber => "NaN".to_owned(),
        Fault::Huge => "1e30".to_owned(),
        Fault::Word => "\"soon\"".to_owned(),
        Fault::Object => "{}".to_owned(),
        _ => match market::place(symbol) % 3 {
            0 => price.to_string(),
            1 => format!("\"{price}\""),
            _ => format!("{}e-{}", price.mantissa(), price.scale()),
        },
    }
}

fn seconds(asset: &str, hour: usize, fault: Fault) -> i64 {
    let ahead = if fault == Fault::Future { 7_200 } else { 0 };
    market::traded_at(asset, hour).as_second() + ahead
}

fn coin(symbol: &str, hour: usize, fault: Fault) -> String {
    if fault == Fault::Absent {
        return String::new();
    }
    let price = number(market::quoted(symbol, hour), symbol, fault);
    let time = match fault {
        Fault::Timeless => String::new(),
        _ => format!(
            r#","last_updated_at":{}"#,
            seconds(&format!("crypto:{symbol}"), hour, fault)
        ),
    };
    format!(r#""{symbol}":{{"usd":{price}{time}}},"#)
}

fn chart(symbol: &str, hour: usize, fault: Fault) -> String {
    let price = number(market::quoted(symbol, hour), symbol, fault);
    let time = match fault {
        Fault::Timeless => "null".to_owned(),
        _ => seconds(&format!("stock:{symbol}"), hour, fault).to_string(),
    };
    let currency = market::currency_code(symbol);
    format!(
        r#"{{"chart":{{"result":[{{"meta":{{"currency":"{currency}","symbol":"{symbol}","regularMarketPrice":{price},"regularMarketTime":{time},"exchangeTimezoneName":"America/New_York","dataGranularity":"1d"}},"indicators":{{"quote":[{{}}]}}}}],"error":null}}}}"#
    )
}

fn rate(currency: &str, hour: usize, fault: Fault) -> String {
    if fault == Fault::Absent {
        return String::new();
    }
    let rate = number(market::per_euro(currency, hour), currency, fault);
    let date = market::published_at(hour).strftime("%Y-%m-%d").to_string();
    format!(r#"{{"date":"{date}","base":"EUR","quote":"{currency}","rate":{rate}}},"#)
}
