//! What every request passes: its id, the host check, who is asking, the limits, the clock, and on the way
//! back the form of faults, the numbers and the log. One layer, because each layer costs a request more
//! than what it does.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::{IntoResponse, Response};
use folio_core::{Error, ErrorKind};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, header};
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::app::{App, REQUEST_ID};
use crate::auth::{Credential, Scope};
use crate::error::{Problem, Result};
use crate::hosts::{self, Hosts};
use crate::routes::{Lines, QUEUE_PAGE, accepts_page, refusal};

/// How long a request may take at all, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What takes longer is in the log.
const SLOW: Duration = Duration::from_secs(1);

/// The address that a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Puts a [`Gate`] before each route.
#[derive(Clone, Debug)]
pub struct GateLayer {
    app: App,
    open: bool,
}

impl GateLayer {
    /// The gate of the API.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, open: false }
    }

    /// A gate that asks nobody who they are, for the port that only shows health and numbers.
    #[must_use]
    pub fn open(app: App) -> Self {
        Self { app, open: true }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            app: self.app.clone(),
            open: self.open,
        }
    }
}

/// A route behind its gate.
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    app: App,
    open: bool,
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (app, open) = (self.app.clone(), self.open);
        Box::pin(async move {
            let started = Instant::now();
            let id = app.request_id(request.headers());
            let method = request.method().clone();
            let route = request.extensions().get::<MatchedPath>().cloned();
            let route = route.as_ref().map(MatchedPath::as_str);
            let shows_page = route == Some(QUEUE_PAGE) && accepts_page(request.headers());
            let work = async {
                admit(&app, &mut request, route, open).await?;
                match inner.call(request).await {
                    Ok(response) => Ok::<_, Problem>(response),
                    Err(never) => match never {},
                }
            };
            let work = tokio::time::timeout(REQUEST_TIMEOUT, AssertUnwindSafe(work).catch_unwind());
            let response = match work.await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(problem))) => problem.into_response(),
                Ok(Err(panic)) => Problem::internal(panic_text(&*panic)).into_response(),
                Err(_) => Problem::from(Error::new(ErrorKind::Timeout, "the request took too long")).into_response(),
            };
            Ok(finish(
                &app,
                response,
                Finish {
                    id,
                    method: &method,
                    route,
                    shows_page,
                    started,
                },
            ))
        })
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("without a message"))
}

/// What a request must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    Scope(Scope),
}

/// What the route at `path` asks for. `route` is its pattern, if it matched one.
fn need(method: &Method, path: &str, route: Option<&str>) -> Need {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let api = path == "/api/v1" || path.starts_with("/api/v1/");
    match route.unwrap_or_default() {
        "/metrics" => Need::Scope(Scope::Read),
        "/api/v1/session" if *method == Method::POST => Need::Nothing,
        // Logging out is not a change of anything that is owned, and a batch of prices only reads.
        "/api/v1/session" | "/api/v1/prices/batch" => Need::Scope(Scope::Read),
        "/api/v1/tokens" | "/api/v1/tokens/{id}" | "/api/v1/jobs" => Need::Scope(Scope::Admin),
        // Prices are everybody's.
        "/api/v1/quotes/quarantined/{id}/accept" => Need::Scope(Scope::Admin),
        route if route.starts_with("/admin/") => Need::Scope(Scope::Admin),
        _ if !api => Need::Nothing,
        _ if reads => Need::Scope(Scope::Read),
        _ => Need::Scope(Scope::Write),
    }
}

async fn admit(app: &App, request: &mut Request<Body>, route: Option<&str>, open: bool) -> Result<()> {
    if !Hosts::of(request.headers(), request.uri()).is_some_and(|host| app.hosts.allow(host)) {
        let detail = "this server does not answer under this Host; FOLIO_ALLOWED_HOSTS names those that it does";
        return Err(Problem::new(ErrorKind::PermissionDenied, detail));
    }
    // Whoever watches over the process asks often and must always be answered.
    if open || route == Some("/health") {
        return Ok(());
    }
    let need = need(request.method(), request.uri().path(), route);
    // A lookup that fails on an open route is no reason to refuse it.
    let principal = match (app.access.principal(request.headers()).await, need) {
        (Ok(principal), _) => principal,
        (Err(_), Need::Nothing) => None,
        (Err(error), Need::Scope(_)) => return Err(error.into()),
    };
    let Some(principal) = principal else {
        let peer = request
            .extensions()
            .get::<Peer>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
        app.access
            .limits
            .check_address(peer)
            .map_err(Problem::too_many_requests)?;
        return match need {
            Need::Nothing => Ok(()),
            Need::Scope(_) => Err(Problem::unauthenticated(
                "send a token as Authorization: Bearer, or log in with POST /api/v1/session",
            )),
        };
    };
    principal.limit.check().map_err(Problem::too_many_requests)?;
    if let Need::Scope(scope) = need {
        if !principal.scopes.include(scope) {
            let detail = format!("this token may not do this: it takes the scope {}", scope.as_str());
            return Err(Problem::new(ErrorKind::PermissionDenied, detail));
        }
        let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
        let by_cookie = principal.credential == Credential::Session;
        if writes && by_cookie && !hosts::is_own_origin(request.headers(), request.uri()) {
            let detail = "a change by session cookie must come from this server's own page: its Origin is another";
            return Err(Problem::new(ErrorKind::PermissionDenied, detail));
        }
    }
    request.extensions_mut().insert(principal);
    Ok(())
}

struct Finish<'a> {
    id: String,
    method: &'a Method,
    route: Option<&'a str>,
    /// Whether a browser is asking for a page.
    shows_page: bool,
    started: Instant,
}

fn finish(app: &App, mut response: Response, request: Finish<'_>) -> Response {
    let Finish {
        id,
        method,
        route,
        shows_page,
        started,
    } = request;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let problem = response.extensions_mut().remove::<Problem>();
        if response.extensions().get::<Lines>().is_none() {
            let problem = problem.unwrap_or_else(|| Problem::of_status(status));
            if status.is_server_error() {
                let cause = problem.cause().unwrap_or_default();
                tracing::error!(request_id = id, %method, route, status = status.as_u16(), cause, "request failed");
            }
            let allow = response.headers_mut().remove(header::ALLOW);
            response = shows_page
                .then(|| refusal(status))
                .flatten()
                .unwrap_or_else(|| problem.into_body(&id));
            if let Some(allow) = allow {
                response.headers_mut().insert(header::ALLOW, allow);
            }
        }
    }
    let elapsed = started.elapsed();
    if elapsed > SLOW {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(request_id = id, %method, route, status = status.as_u16(), millis, "slow request");
    }
    app.metrics.count(route, method, status, elapsed);
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
