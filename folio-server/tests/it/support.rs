//! A whole server in memory, and calls to it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use folio_core::memory::{MemoryCache, MemorySource, MemoryStore, RecordingNotifier};
use folio_core::{
    AssetClass, AssetInfo, AssetKind, Capabilities, Clock, Currency, ManualClock, Notifier, Result, Store, Tracker,
};
use folio_jobs::queue::{Delivery, Handler, JobQueue, WorkerOptions};
use folio_jobs::{Jobs, JobsConfig};
use folio_server::app::{App, AppParts, router};
use folio_server::page::Page;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};
use tower::ServiceExt;

pub(crate) const ADMIN: &str = "admin-token-of-the-tests-0123456789abcdef";
pub(crate) const NOW: &str = "2026-03-04T10:00:00Z";

/// A queue within the process.
#[derive(Debug)]
pub(crate) struct TestQueue {
    push: mpsc::UnboundedSender<Delivery>,
    pull: Mutex<mpsc::UnboundedReceiver<Delivery>>,
}

impl TestQueue {
    pub(crate) fn new() -> Self {
        let (push, pull) = mpsc::unbounded_channel();
        Self {
            push,
            pull: Mutex::new(pull),
        }
    }
}

#[async_trait]
impl JobQueue for TestQueue {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        for delivery in deliveries {
            let _ = self.push.send(delivery.clone());
        }
        Ok(())
    }

    async fn work(
        &self,
        _: WorkerOptions,
        handler: Arc<dyn Handler>,
        mut shutdown: BoxFuture<'static, ()>,
    ) -> Result<()> {
        let mut pull = self.pull.lock().await;
        loop {
            tokio::select! {
                Some(delivery) = pull.recv() => handler.handle(delivery).await,
                () = &mut shutdown => return Ok(()),
            }
        }
    }

    async fn depth(&self) -> Result<u64> {
        Ok(0)
    }

    async fn clean(&self, _: Duration) -> Result<u64> {
        Ok(0)
    }
}

/// A server in memory.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) source: Arc<MemorySource>,
}

/// What tests change of it.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) requests_per_second: u32,
    pub(crate) store: Option<Arc<dyn Store>>,
    /// None unless told, whatever was built in.
    pub(crate) page: Page,
    /// The first one is the default.
    pub(crate) notifiers: Vec<Arc<RecordingNotifier>>,
}

pub(crate) fn info(asset: &str, name: &str, ticker: &str, kind: AssetKind) -> AssetInfo {
    AssetInfo {
        asset: asset.parse().unwrap(),
        name: name.to_owned(),
        ticker: Some(ticker.to_owned()),
        kind,
        currency: Some(Currency::USD),
        exchange: None,
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
        let as_clock: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let capabilities = Capabilities::new([AssetClass::Crypto, AssetClass::Stock, AssetClass::Currency])
            .batches_of(100)
            .with_history(365, Some(30))
            .with_search();
        let source = MemorySource::new(Arc::clone(&as_clock))
            .with_capabilities(capabilities)
            .with_price("crypto:bitcoin", "60000 USD")
            .unwrap()
            .with_price("stock:AAPL", "200.5 USD")
            .unwrap()
            .with_price("stock:WALD.DE", "80 EUR")
            .unwrap()
            .with_rate("1.25 USD")
            .unwrap()
            .with_daily(
                "crypto:bitcoin",
                &[
                    ("2026-03-01", "58000 USD"),
                    ("2026-03-02", "59000 USD"),
                    ("2026-03-03", "59500 USD"),
                ],
            )
            .unwrap()
            .with_info(info("crypto:bitcoin", "Bitcoin", "BTC", AssetKind::Coin))
            .with_info(info("stock:AAPL", "Apple Inc.", "AAPL", AssetKind::Equity));
        let source = Arc::new(source);
        let store = options
            .store
            .unwrap_or_else(|| Arc::new(MemoryStore::new().with_clock(Arc::clone(&as_clock))));
        let mut tracker = Tracker::builder()
            .clock(Arc::clone(&as_clock))
            .store(store)
            .cache(Arc::new(MemoryCache::new(as_clock)))
            .source(Arc::clone(&source) as _)
            .default_channels(options.notifiers.first().map(|channel| channel.channel().to_owned()));
        for channel in options.notifiers {
            tracker = tracker.notifier(channel);
        }
        let tracker = tracker.build().unwrap();
        let queue: Arc<dyn JobQueue> = Arc::new(TestQueue::new());
        let jobs = Jobs::new(tracker.clone(), Arc::clone(&queue), JobsConfig::new().unwrap());
        let parts = AppParts {
            cache: None,
            tracker,
            jobs,
            queue,
            admin_token: Some(ADMIN.to_owned()),
            allowed_hosts: options.allowed_hosts,
            cors_origins: options.cors_origins,
            requests_per_second: options.requests_per_second,
            page: options.page,
        };
        let (router, app) = router(&parts);
        Self {
            router,
            app,
            clock,
            source,
        }
    }

    /// A call like `"GET /health"`, with the administrator's token.
    pub(crate) fn call(&self, line: &str) -> Call {
        let (method, path) = line.split_once(' ').unwrap();
        let path = if path.starts_with("/api") || !path.starts_with("/v1") {
            path.to_owned()
        } else {
            format!("/api{path}")
        };
        Call {
            router: self.router.clone(),
            method: method.parse().unwrap(),
            path,
            headers: vec![
                ("host".to_owned(), "localhost:3000".to_owned()),
                ("authorization".to_owned(), format!("Bearer {ADMIN}")),
            ],
            body: Body::empty(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(&format!("GET {path}")).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(&format!("POST {path}")).json(&body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(&format!("PATCH {path}")).json(&body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(&format!("PUT {path}")).json(&body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(&format!("DELETE {path}")).send().await
    }

    /// A portfolio's path.
    pub(crate) async fn portfolio(&self, body: Value) -> String {
        let reply = self.post("/v1/portfolios", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        format!("/v1/portfolios/{}", reply.json["id"].as_str().unwrap())
    }

    /// A token of another owner.
    pub(crate) async fn token(&self, owner: &str, scopes: Value) -> String {
        let reply = self.post("/v1/tokens", json!({"owner": owner, "scopes": scopes})).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json["secret"].as_str().unwrap().to_owned()
    }
}

/// A call on its way.
pub(crate) struct Call {
    router: Router,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", &body.to_string())
    }

    pub(crate) fn raw(mut self, media: &str, body: &str) -> Self {
        self.body = Body::from(body.to_owned());
        self.header("content-type", media)
    }

    /// The answer as it comes.
    pub(crate) async fn open(self) -> http::Response<Body> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        self.router.oneshot(request.body(self.body).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(self) -> Reply {
        let response = self.open().await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Reply {
            status: status.as_u16(),
            headers,
            text,
            json,
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Reply {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_str()
            .unwrap()
    }

    /// Checks that this is a problem of a status and code, and well formed.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status, self.json["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.json["status"], json!(status));
        assert_eq!(
            self.json["title"],
            json!(StatusCode::from_u16(status).unwrap().canonical_reason())
        );
        assert_eq!(self.json["type"], "about:blank");
        assert!(self.json["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        assert_eq!(self.json["request_id"], json!(self.header("x-request-id")));
        assert!(self.json["errors"].is_array());
        assert_eq!(
            self.headers.contains_key("retry-after"),
            matches!(status, 429 | 503),
            "{self:?}"
        );
        self
    }

    /// The pointers of the fields that are wrong.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        self.json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["pointer"].as_str())
            .collect()
    }
}

/// A portfolio without the names of its assets, which are learnt behind the answers.
pub(crate) fn without_names(mut portfolio: Value) -> Value {
    let holdings = portfolio["holdings"].as_array_mut();
    for holding in holdings.into_iter().flatten() {
        holding["info"] = Value::Null;
    }
    portfolio
}
