//! The server's state, and the router over it.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use folio_core::{Clock, Result, Tracker};
use folio_jobs::Jobs;
use folio_jobs::queue::JobQueue;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::openapi::OpenApi;

use crate::auth::Access;
use crate::events::Feed;
use crate::gate::GateLayer;
use crate::hosts::Hosts;
use crate::metrics::Metrics;
use crate::page::Page;
use crate::presence::Unwritten;
use crate::routes;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the last event that a client has.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Something that a server works with and can do without.
#[async_trait]
pub trait Dependency: fmt::Debug + Send + Sync {
    /// Asks whether it is there.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` with what is wrong.
    async fn check(&self) -> Result<()>;
}

/// What a server is made of.
#[derive(Debug)]
pub struct AppParts {
    /// The use cases.
    pub tracker: Tracker,
    /// The jobs.
    pub jobs: Jobs,
    /// What the jobs are delivered by.
    pub queue: Arc<dyn JobQueue>,
    /// What the shared cache says of itself; `None` where the cache is this process's memory.
    pub cache: Option<Arc<dyn Dependency>>,
    /// The administrator's token.
    pub admin_token: Option<String>,
    /// Names beside loopback that requests may be for.
    pub allowed_hosts: Vec<String>,
    /// Pages of other sites that may read answers.
    pub cors_origins: Vec<String>,
    /// Requests a second of one token; zero is no limit.
    pub requests_per_second: u32,
    /// The page; [`Page::embedded`] is the one that was built in.
    pub page: Page,
}

/// The server's state.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// What [`App`] shares.
pub struct Inner {
    /// The use cases.
    pub tracker: Tracker,
    /// The jobs.
    pub jobs: Jobs,
    /// What the jobs are delivered by.
    pub queue: Arc<dyn JobQueue>,
    /// What the shared cache says of itself.
    pub cache: Option<Arc<dyn Dependency>>,
    /// Who is asking.
    pub access: Access,
    /// Which names requests may be for.
    pub hosts: Hosts,
    /// The live events.
    pub events: Feed,
    /// The page.
    pub page: Page,
    /// The numbers.
    pub metrics: Metrics,
    /// Why the store does not take in what this process writes.
    pub unwritten: Arc<Unwritten>,
    document: OnceLock<Bytes>,
    requests: AtomicU64,
    run: u32,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("tracker", &self.tracker)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl App {
    fn new(parts: &AppParts, document: &OpenApi) -> Self {
        let store = Arc::clone(parts.tracker.store());
        let clock = Arc::clone(parts.tracker.clock());
        let mut run = [0; 4];
        // Without randomness ids of requests repeat after a restart, which is a nuisance and no fault.
        let _ = getrandom::fill(&mut run);
        let paths = document.paths.paths.keys().map(String::as_str);
        Self(Arc::new(Inner {
            tracker: parts.tracker.clone(),
            jobs: parts.jobs.clone(),
            queue: Arc::clone(&parts.queue),
            cache: parts.cache.clone(),
            access: Access::new(store, clock, parts.admin_token.as_deref(), parts.requests_per_second),
            hosts: Hosts::new(&parts.allowed_hosts),
            events: Feed::new(parts.tracker.clone(), parts.jobs.clone()),
            page: parts.page.clone(),
            metrics: Metrics::new(paths.chain(routes::UNDOCUMENTED)),
            unwritten: Arc::default(),
            document: OnceLock::new(),
            requests: AtomicU64::new(0),
            run: u32::from_be_bytes(run),
        }))
    }

    /// The server's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.tracker.clock()
    }

    /// The id of a request: the caller's if it is a decent one, else a new one.
    #[must_use]
    pub fn request_id(&self, headers: &HeaderMap) -> String {
        let decent = |id: &&str| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        match headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(decent)
        {
            Some(id) => id.to_owned(),
            None => format!("{:08x}-{:x}", self.run, self.requests.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// The OpenAPI document as JSON, written at the first call.
    #[must_use]
    pub fn document(&self) -> Bytes {
        self.document.get_or_init(|| crate::openapi::json().into()).clone()
    }

    /// What has to be done every few seconds for as long as a server runs.
    pub async fn upkeep(self) {
        let mut interval = tokio::time::interval(Duration::from_secs(5));
        loop {
            interval.tick().await;
            self.metrics.upkeep();
            self.access.limits.forget_quiet_addresses();
        }
    }
}

/// The API with its documentation and its page, and the state behind it.
pub fn router(parts: &AppParts) -> (Router, App) {
    let (api, document) = routes::documented().split_for_parts();
    let app = App::new(parts, &document);
    let router = api
        .merge(routes::undocumented())
        .fallback(routes::file_of_page)
        .with_state(app.clone())
        .layer(GateLayer::new(app.clone()));
    let router = match cors(&parts.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    (router, app)
}

/// What a worker shows on its own port: health, readiness and numbers.
pub fn worker_router(app: &App) -> Router {
    routes::health_only()
        .fallback(routes::nothing_here)
        .with_state(app.clone())
        .layer(GateLayer::open(app.clone()))
}

fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        HeaderName::from_static("idempotency-key"),
        LAST_EVENT_ID,
        REQUEST_ID,
    ];
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(headers)
            .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER, REQUEST_ID])
            .max_age(Duration::from_secs(600)),
    )
}
