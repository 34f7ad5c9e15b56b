//! Numbers for Prometheus. Every handle of a route is made at the start, so a request only adds to it.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);
/// Bounds of the latency histograms, in seconds.
const BUCKETS: [f64; 11] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 10.0];
/// The label of requests that matched no route.
const OTHER: &str = "other";
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The numbers of a server.
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
    /// The numbers of these routes.
    #[must_use]
    pub fn new<'a>(routes: impl IntoIterator<Item = &'a str>) -> Self {
        let builder = PrometheusBuilder::new();
        let recorder = builder.set_buckets(&BUCKETS).map_or_else(
            |_| PrometheusBuilder::new().build_recorder(),
            PrometheusBuilder::build_recorder,
        );
        describe(&recorder);
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

    /// All numbers in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Moves what was recorded into the histograms, so that a server that nobody asks does not grow.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

fn labels(pairs: &[(&str, &str)]) -> Vec<Label> {
    pairs
        .iter()
        .map(|(name, value)| Label::new((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn describe(recorder: &PrometheusRecorder) {
    let counters = [(
        "folio_http_requests_total",
        "Answers by route, method and class of status.",
    )];
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
            "folio_source_last_success_timestamp_seconds",
            "When a price source last answered.",
        ),
        ("folio_ready", "1 when a dependency is ready."),
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
}
