//! Whether the server lives, whether it can work, and its numbers.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use folio_core::pricing::CacheCounts;
use folio_core::store::RecordKind;
use http::{StatusCode, header};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::app::App;
use crate::events::Kind;
use crate::metrics::Metrics;

const TEXT: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
/// The most ticks, chunks and portfolios that are named.
const NAMED: usize = 20;
/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a dependency is.
#[derive(Clone, Debug)]
pub(crate) struct HealthLine {
    /// What it is.
    pub name: String,
    /// Whether work can go on.
    pub ready: bool,
    /// Whether it answers.
    pub up: bool,
    /// More of it, in a few words.
    pub detail: String,
}

/// Says that the process lives
#[utoipa::path(get, path = "/health", tag = "operation", operation_id = "health", security(()),
    responses((status = 200, description = "The process lives.", body = String, content_type = "text/plain")))]
pub(super) async fn health() -> impl IntoResponse {
    ([TEXT], "ok\n")
}

/// Says whether the server can work, a line per dependency
#[utoipa::path(get, path = "/ready", tag = "operation", operation_id = "ready", security(()),
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain"),
        (status = 503, description = "It cannot; the lines say why.", body = String, content_type = "text/plain"),
    ))]
pub(super) async fn ready(State(app): State<App>) -> impl IntoResponse {
    let lines = lines(&app).await;
    let status = if lines.iter().all(|line| line.ready) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut text = String::new();
    for HealthLine {
        name, ready, detail, ..
    } in lines
    {
        let word = if ready { "ok" } else { "not ready" };
        let _ = if detail.is_empty() {
            writeln!(text, "{name}: {word}")
        } else {
            writeln!(text, "{name}: {word} ({detail})")
        };
    }
    // The lines are the answer, so the gate must not put a problem in their place.
    (status, [TEXT], axum::Extension(Lines), text)
}

/// Marks an answer that is not a problem although its status is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines;

/// A line per dependency. A degraded source is in its line and no reason to be unready: valuations say
/// themselves what they miss.
async fn lines(app: &App) -> Vec<HealthLine> {
    // All at once: what is out of reach takes its time, and whoever watches waits for seconds only.
    let sources = timeout(PATIENCE, app.tracker.sources());
    let (store, cache, queue, ticks, sources) = tokio::join!(store(app), cache(app), queue(app), ticks(app), sources);
    let mut lines = vec![store];
    lines.extend(cache);
    lines.push(queue);
    lines.extend(loops(app));
    lines.extend(ticks);
    if let Ok(Ok(sources)) = sources {
        lines.extend(sources.into_iter().map(|source| {
            let detail = if source.healthy {
                String::new()
            } else {
                format!("degraded: {}", source.last_error.as_deref().unwrap_or("no answer yet"))
            };
            HealthLine {
                name: format!("source {}", source.id),
                ready: true,
                up: source.healthy,
                detail,
            }
        }));
    }
    lines
}

/// What an answer says of a dependency.
fn asked<T>(
    name: &str,
    answer: Result<folio_core::Result<T>, Elapsed>,
    detail: impl FnOnce(T) -> String,
) -> HealthLine {
    let (ready, detail) = match answer {
        Ok(Ok(answer)) => (true, detail(answer)),
        Ok(Err(error)) => (false, error.message().to_owned()),
        Err(_) => (false, "no answer in time".to_owned()),
    };
    HealthLine {
        name: name.to_owned(),
        ready,
        up: ready,
        detail,
    }
}

/// What is degraded without it and no reason to be unready.
fn optional(line: HealthLine) -> HealthLine {
    let detail = if line.up {
        line.detail
    } else {
        format!("degraded: {}", line.detail)
    };
    HealthLine {
        ready: true,
        detail,
        ..line
    }
}

async fn store(app: &App) -> HealthLine {
    let read = app.tracker.store().record(RecordKind("ready"), "ready");
    let line = asked("store", timeout(PATIENCE, read).await, |_| String::new());
    match app.unwritten.reason() {
        Some(reason) if line.ready => HealthLine {
            ready: false,
            up: false,
            detail: format!("it answers and takes no writes: {reason}"),
            ..line
        },
        _ => line,
    }
}

/// Work that is pushed again by the dispatcher is late without its queue and not lost, so a queue that
/// does not answer is named and no reason to be unready.
async fn queue(app: &App) -> HealthLine {
    let line = asked("queue", timeout(PATIENCE, app.queue.depth()).await, |depth| {
        format!("{depth} waiting")
    });
    optional(line)
}

/// Without the cache everything works, slower.
async fn cache(app: &App) -> Option<HealthLine> {
    let cache = app.cache.as_ref()?;
    let line = asked("cache", timeout(PATIENCE, cache.check()).await, |()| String::new());
    Some(optional(line))
}

/// The loops of a process that does jobs: without them it is of no use, whatever it can reach.
fn loops(app: &App) -> Vec<HealthLine> {
    let Some(loops) = app.jobs.loops() else {
        return Vec::new();
    };
    let line = |name: &str, up: bool, detail: String| HealthLine {
        name: name.to_owned(),
        ready: up,
        up,
        detail,
    };
    let hangs = match loops.passed_at {
        Some(at) if !loops.dispatcher => format!("it has not looked for work since {at}"),
        _ => String::new(),
    };
    let ended = if loops.worker {
        String::new()
    } else {
        "it asks for no work".to_owned()
    };
    vec![
        line("dispatcher", loops.dispatcher, hangs),
        line("worker", loops.worker, ended),
    ]
}

/// What is late, left out or given up, by name.
async fn ticks(app: &App) -> Vec<HealthLine> {
    let health = match timeout(PATIENCE, app.jobs.health()).await {
        Ok(Ok(health)) => health,
        answer => return vec![asked("ticks", answer, |_| String::new())],
    };
    let line = |name: &str, detail| HealthLine {
        name: name.to_owned(),
        ready: true,
        up: true,
        detail,
    };
    let open = health
        .oldest_open_tick
        .map(|oldest| format!("{} open, the oldest of {oldest}", health.open_ticks));
    let mut lines = vec![line("ticks", open.unwrap_or_default())];
    lines.extend(health.missed.iter().take(NAMED).map(|missed| {
        let detail = format!(
            "{} {} from {} to {}",
            missed.count,
            missed.job_type.as_str(),
            missed.from,
            missed.to
        );
        line("missed ticks", detail)
    }));
    lines.extend(
        health
            .given_up
            .iter()
            .take(NAMED)
            .map(|incident| match incident.portfolio_id {
                Some(portfolio) => line(
                    "skipped portfolio",
                    format!("{portfolio} of the tick at {}: {}", incident.as_of, incident.detail),
                ),
                None => line(
                    "quarantined chunk",
                    format!(
                        "{} of the tick at {}: {}",
                        incident.chunk, incident.as_of, incident.detail
                    ),
                ),
            }),
    );
    lines
}

/// Shows the server's numbers in Prometheus' text form
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "The numbers.", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let metrics = &app.metrics;
    for line in lines(&app).await {
        metrics.set(
            "folio_ready",
            Some(("dependency", &line.name)),
            f64::from(u8::from(line.ready)),
        );
        metrics.set(
            "folio_up",
            Some(("dependency", &line.name)),
            f64::from(u8::from(line.up)),
        );
    }
    count_caches(metrics, app.tracker.cache_counts());
    for source in app.tracker.sources().await.unwrap_or_default() {
        let label = Some(("source", source.id.as_str()));
        metrics.set("folio_source_healthy", label, f64::from(u8::from(source.healthy)));
        if let Some(budget) = source.budget {
            metrics.set("folio_source_budget_limit", label, f64::from(budget.limit_per_minute));
            metrics.set("folio_source_budget_remaining", label, f64::from(budget.remaining));
            for (quota, limit, used) in [
                (
                    budget.day,
                    "folio_source_budget_day_limit",
                    "folio_source_budget_day_used",
                ),
                (
                    budget.month,
                    "folio_source_budget_month_limit",
                    "folio_source_budget_month_used",
                ),
            ] {
                if let Some(quota) = quota {
                    metrics.set(limit, label, f64::from(quota.limit));
                    metrics.set(used, label, f64::from(quota.used));
                }
            }
        }
        if let Some(at) = source.last_success_at {
            metrics.set(
                "folio_source_last_success_timestamp_seconds",
                label,
                at.as_duration().as_secs_f64(),
            );
        }
    }
    let events = app.events.counts();
    metrics.set("folio_event_listeners", None, events.listeners as f64);
    metrics.counted("folio_event_listeners_lost_total", &[], events.lost);
    for (kind, count) in Kind::ALL.into_iter().zip(events.sent) {
        metrics.counted("folio_events_total", &[("type", kind.as_str())], count);
    }
    if let Ok(Ok(depth)) = timeout(PATIENCE, app.queue.depth()).await {
        metrics.set("folio_queue_depth", None, depth as f64);
    }
    if let Ok(Ok(health)) = timeout(PATIENCE, app.jobs.health()).await {
        let missed: u64 = health.missed.iter().map(|missed| missed.count).sum();
        let skipped = health
            .given_up
            .iter()
            .filter(|incident| incident.portfolio_id.is_some())
            .count();
        metrics.set("folio_ticks_open", None, health.open_ticks as f64);
        metrics.set("folio_ticks_missed", None, missed as f64);
        metrics.set("folio_portfolios_skipped", None, skipped as f64);
        metrics.set(
            "folio_chunks_quarantined",
            None,
            (health.given_up.len() - skipped) as f64,
        );
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
}

/// Every look-up is one of this process's memory; what that did not have is one of the shared cache as well.
fn count_caches(metrics: &Metrics, counts: CacheCounts) {
    for (kind, count) in [("price", counts.prices), ("history", counts.histories)] {
        let beyond_memory = count.shared + count.missed + count.failed;
        for (tier, outcome, count) in [
            ("memory", "hit", count.memory),
            ("memory", "miss", beyond_memory),
            ("shared", "hit", count.shared),
            ("shared", "miss", count.missed),
            ("shared", "error", count.failed),
        ] {
            let labels = [("tier", tier), ("outcome", outcome), ("kind", kind)];
            metrics.counted("folio_cache_requests_total", &labels, count);
        }
    }
}
