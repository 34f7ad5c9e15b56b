//! Numbers for Prometheus. Every handle of a route is made at the start, so a request only adds to it.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);
/// Bounds of the latency histograms, in seconds.
const BUCKETS: [f64; 11] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 10.0];
/// Bounds of the durations of jobs, in seconds: a chunk takes a fraction of one, a planner waits for minutes.
const JOB_BUCKETS: [f64; 11] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0];
/// The label of requests that matched no route.
const OTHER: &str = "other";
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What sources and jobs count, which have no server at hand: the `metrics` facade has one recorder a process.
static PROCESS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The numbers of a server, and with them those of its process.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    routes: HashMap<String, Vec<RouteMetrics>>,
    other: RouteMetrics,
}

struct RouteMetrics {
    duration: Histogram,
    by_class: [Counter; 5],
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("routes", &self.routes.len())
            .finish_non_exhaustive()
    }
}

impl Metrics {
    /// The numbers of these routes. The first of a process begins to record what its sources and jobs count;
    /// in a program that has a recorder of its own, that one has them.
    #[must_use]
    pub fn new<'a>(routes: impl IntoIterator<Item = &'a str>) -> Self {
        let builder = PrometheusBuilder::new();
        let recorder = builder.set_buckets(&BUCKETS).map_or_else(
            |_| PrometheusBuilder::new().build_recorder(),
            PrometheusBuilder::build_recorder,
        );
        describe(&recorder);
        process();
        let of = |route: &str, method: &str| RouteMetrics {
            duration: recorder.register_histogram(
                &Key::from_parts(
                    "folio_http_request_duration_seconds",
                    labels(&[("route", route), ("method", method)]),
                ),
                &METADATA,
            ),
            by_class: CLASSES.map(|class| {
                let labels = labels(&[("route", route), ("method", method), ("status", class)]);
                recorder.register_counter(&Key::from_parts("folio_http_requests_total", labels), &METADATA)
            }),
        };
        let routes = routes
            .into_iter()
            .map(|route| {
                (
                    route.to_owned(),
                    METHODS.iter().map(|method| of(route, method.as_str())).collect(),
                )
            })
            .collect();
        let other = of(OTHER, OTHER);
        Self {
            handle: recorder.handle(),
            routes,
            other,
            recorder,
        }
    }

    /// Counts an answer.
    pub fn count(&self, route: Option<&str>, method: &Method, status: StatusCode, elapsed: Duration) {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let metrics = route
            .and_then(|route| self.routes.get(route))
            .and_then(|routes| routes.get(METHODS.iter().position(|known| known == method)?))
            .unwrap_or(&self.other);
        metrics.duration.record(elapsed.as_secs_f64());
        let class = usize::from(status.as_u16() / 100)
            .saturating_sub(1)
            .min(CLASSES.len() - 1);
        metrics.by_class[class].increment(1);
    }

    /// Sets a number that is read only when somebody asks for it.
    pub fn set(&self, name: &'static str, label: Option<(&str, &str)>, value: f64) {
        let labels = label.map(|label| labels(&[label])).unwrap_or_default();
        self.recorder
            .register_gauge(&Key::from_parts(name, labels), &METADATA)
            .set(value);
    }

    /// Sets a counter that somebody else counts, and that is read only when somebody asks for it.
    pub fn counted(&self, name: &'static str, pairs: &[(&str, &str)], count: u64) {
        self.recorder
            .register_counter(&Key::from_parts(name, labels(pairs)), &METADATA)
            .absolute(count);
    }

    /// All numbers in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        if let Some(process) = process() {
            text.push_str(&process.render());
        }
        text
    }

    /// Moves what was recorded into the histograms, so that a server that nobody asks does not grow.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
        if let Some(process) = process() {
            process.run_upkeep();
        }
    }
}

fn process() -> Option<&'static PrometheusHandle> {
    let install = || {
        let builder = PrometheusBuilder::new();
        let jobs = Matcher::Full("folio_job_duration_seconds".to_owned());
        let recorder = builder.set_buckets_for_metric(jobs, &JOB_BUCKETS).map_or_else(
            |_| PrometheusBuilder::new().build_recorder(),
            PrometheusBuilder::build_recorder,
        );
        describe_process(&recorder);
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok().map(|()| handle)
    };
    PROCESS.get_or_init(install).as_ref()
}

fn labels(pairs: &[(&str, &str)]) -> Vec<Label> {
    pairs
        .iter()
        .map(|(name, value)| Label::new((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn describe(recorder: &PrometheusRecorder) {
    let counters = [
        (
            "folio_http_requests_total",
            "Answers by route, method and class of status.",
        ),
        (
            "folio_cache_requests_total",
            "Look-ups of prices and histories by tier of cache and how they ended; what is old is a miss.",
        ),
        ("folio_events_total", "Live events that were sent, by type."),
        (
            "folio_event_listeners_lost_total",
            "Listeners of live events that did not keep up and were let go.",
        ),
    ];
    for (name, text) in counters {
        recorder.describe_counter(name.into(), None, text.into());
    }
    recorder.describe_histogram(
        "folio_http_request_duration_seconds".into(),
        None,
        "Time from the head of a request to the head of its answer.".into(),
    );
    let gauges = [
        (
            "folio_source_healthy",
            "1 when the last answer of a price source was one.",
        ),
        (
            "folio_source_budget_limit",
            "Calls that a price source may get in any sixty seconds.",
        ),
        (
            "folio_source_budget_remaining",
            "Calls to a price source that could be made at once.",
        ),
        (
            "folio_source_budget_day_limit",
            "Calls that a price source may get in a day of UTC.",
        ),
        (
            "folio_source_budget_day_used",
            "Calls that a price source got this day of UTC.",
        ),
        (
            "folio_source_budget_month_limit",
            "Calls that a price source may get in a calendar month of UTC.",
        ),
        (
            "folio_source_budget_month_used",
            "Calls that a price source got this calendar month of UTC.",
        ),
        (
            "folio_source_last_success_timestamp_seconds",
            "When a price source last answered.",
        ),
        ("folio_ready", "1 when work can go on with what a dependency answers."),
        ("folio_up", "1 when a dependency answers."),
        ("folio_event_listeners", "Who listens to live events."),
        ("folio_queue_depth", "Deliveries that wait for a worker."),
        ("folio_ticks_open", "Scheduled instants that are not finished."),
        (
            "folio_ticks_missed",
            "Scheduled instants that were left out in the last seven days.",
        ),
        (
            "folio_portfolios_skipped",
            "Portfolios given up in the last seven days.",
        ),
        ("folio_chunks_quarantined", "Chunks given up in the last seven days."),
    ];
    for (name, text) in gauges {
        recorder.describe_gauge(name.into(), None, text.into());
    }
}

/// The names are those of `folio-sources` and `folio-jobs`.
fn describe_process(recorder: &PrometheusRecorder) {
    for (name, text) in [
        (
            "folio_upstream_calls_total",
            "Calls made to price sources, retries included, by how they ended; refused is a client turned away at the door.",
        ),
        ("folio_ticks_total", "Scheduled instants that were finished."),
        ("folio_missed_total", "Scheduled instants that were left out."),
        (
            "folio_given_up_total",
            "Portfolios, chunks and ticks that were given up.",
        ),
        ("folio_snapshots_total", "Snapshots that were stored."),
        ("folio_valuation_panics_total", "Portfolios whose valuation panicked."),
        ("folio_deliveries_total", "Deliveries pushed to the queue."),
        (
            "folio_stale_deliveries_total",
            "Deliveries that were overtaken by a later one.",
        ),
        ("folio_dead_starts_total", "Starts whose worker did not come back."),
        ("folio_failed_starts_total", "Starts that failed, by kind of error."),
        (
            "folio_dispatcher_failures_total",
            "Rounds of the dispatcher that failed.",
        ),
    ] {
        recorder.describe_counter(name.into(), None, text.into());
    }
    recorder.describe_histogram(
        "folio_job_duration_seconds".into(),
        None,
        "How long a start of a job took, by job and by how it ended.".into(),
    );
    for (name, text) in [
        (
            "folio_open_ticks",
            "Scheduled instants that the last round of the dispatcher found unfinished.",
        ),
        (
            "folio_queue_waiting",
            "Deliveries that the last round of the dispatcher found waiting.",
        ),
    ] {
        recorder.describe_gauge(name.into(), None, text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_method_and_class() {
        let metrics = Metrics::new(["/a/{id}"]);
        metrics.count(Some("/a/{id}"), &Method::GET, StatusCode::OK, Duration::from_millis(2));
        metrics.count(Some("/a/{id}"), &Method::HEAD, StatusCode::OK, Duration::from_millis(2));
        metrics.count(None, &Method::GET, StatusCode::NOT_FOUND, Duration::ZERO);
        metrics.set("folio_source_healthy", Some(("source", "yahoo")), 1.0);
        let text = metrics.render();
        assert!(
            text.contains(r#"folio_http_requests_total{route="/a/{id}",method="GET",status="2xx"} 2"#),
            "{text}"
        );
        assert!(
            text.contains(r#"folio_http_requests_total{route="other",method="other",status="4xx"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"folio_source_healthy{source="yahoo"} 1"#), "{text}");
    }

    #[test]
    fn what_sources_and_jobs_count_is_shown_by_every_server_of_the_process() {
        let servers = [Metrics::new([]), Metrics::new([])];
        metrics::counter!("folio_upstream_calls_total", "source" => "test", "outcome" => "ok").increment(2);
        metrics::counter!("folio_ticks_total", "state" => "test").increment(1);
        for server in servers {
            server.upkeep();
            let text = server.render();
            for line in [
                "# TYPE folio_upstream_calls_total counter",
                r#"folio_upstream_calls_total{source="test",outcome="ok"} 2"#,
                r#"folio_ticks_total{state="test"} 1"#,
            ] {
                assert!(text.lines().any(|found| found == line), "{line} in {text}");
            }
        }
    }
}
