//! The OpenAPI document is what the server does.

use std::collections::BTreeSet;
use std::sync::Arc;

use folio_core::memory::RecordingNotifier;
use serde_json::{Value, json};

use crate::support::{Options, Reply, Server};

#[test]
fn the_page_has_types_of_the_present_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/openapi.json");
    let known: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let present: Value = serde_json::from_str(&folio_server::openapi::json()).unwrap();
    assert!(
        known == present,
        "in folio-server/web: folio openapi > openapi.json, then npm run types"
    );
}

#[tokio::test]
async fn every_address_of_the_contract_is_documented() {
    let server = Server::new();
    let reply = server.call("GET /openapi.json").without("authorization").send().await;
    let document = reply.json;
    let expected = [
        ("/api/v1/session", "get post delete"),
        ("/api/v1/tokens", "get post"),
        ("/api/v1/tokens/{id}", "delete"),
        ("/api/v1/portfolios", "get post"),
        ("/api/v1/portfolios/{id}", "get patch delete"),
        ("/api/v1/portfolios/{id}/holdings", "post"),
        ("/api/v1/portfolios/{id}/holdings/{holding_id}", "patch delete"),
        ("/api/v1/portfolios/{id}/valuation", "get"),
        ("/api/v1/portfolios/{id}/valuations", "get post"),
        ("/api/v1/portfolios/{id}/valuations/latest", "get"),
        ("/api/v1/portfolios/{id}/valuations/{valuation_id}", "get"),
        ("/api/v1/portfolios/{id}/history", "get"),
        ("/api/v1/portfolios/{id}/alert-rules", "get put"),
        ("/api/v1/prices/{class}/{symbol}", "get"),
        ("/api/v1/prices/{class}/{symbol}/history", "get"),
        ("/api/v1/prices/{class}/{symbol}/manual", "get put delete"),
        ("/api/v1/prices/batch", "post"),
        ("/api/v1/quotes/quarantined", "get"),
        ("/api/v1/quotes/quarantined/{id}/accept", "post"),
        ("/api/v1/assets", "get"),
        ("/api/v1/assets/{class}/{symbol}", "get"),
        ("/api/v1/jobs", "post"),
        ("/api/v1/jobs/{id}", "get"),
        ("/api/v1/schedule", "get"),
        ("/api/v1/sources", "get"),
        ("/api/v1/events", "get"),
        ("/api/v1/notifications", "get"),
        ("/api/v1/notifications/{id}/deliveries", "post"),
        ("/api/v1/channels", "get"),
        ("/api/v1/channels/{channel}/test", "post"),
        ("/api/v1/summary", "get"),
        ("/health", "get"),
        ("/ready", "get"),
        ("/metrics", "get"),
    ];
    for (path, methods) in expected {
        let documented: BTreeSet<_> = document["paths"][path]
            .as_object()
            .unwrap_or_else(|| panic!("{path}"))
            .keys()
            .cloned()
            .collect();
        assert_eq!(documented, methods.split(' ').map(str::to_owned).collect(), "{path}");
    }
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), expected.len(), "{:?}", paths.keys());
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(
            ids.insert(operation["operationId"].as_str().map(str::to_owned)),
            "{method} {path}"
        );
        if path.starts_with("/api") {
            for status in ["401", "403", "422", "429", "500", "503"] {
                let media = &operation["responses"][status]["content"]["application/problem+json"];
                assert_eq!(
                    media["schema"]["$ref"], "#/components/schemas/Problem",
                    "{method} {path} {status}"
                );
            }
        }
    }
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert_eq!(document["components"]["securitySchemes"]["session"]["in"], "cookie");
    for reference in references(&document) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
        })
        .collect()
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "$ref" => vec![text.clone()],
                value => references(value),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// What is wrong with `value` by a schema of the document: as much of JSON Schema as the document uses.
fn mismatch(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return mismatch(document, document.pointer(&reference[1..])?, value, at);
    }
    for combination in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[combination].as_array() {
            let faults: Vec<_> = choices
                .iter()
                .map(|choice| mismatch(document, choice, value, at))
                .collect();
            return if faults.iter().any(Option::is_none) {
                None
            } else {
                faults.into_iter().flatten().next()
            };
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return Some(format!("{at} is {value}, not {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{at} is {value}, not one of {words:?}"));
    }
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(index, entry)| mismatch(document, &schema["items"], entry, &format!("{at}/{index}"))),
        Value::Object(map) => {
            let properties = schema["properties"].as_object()?;
            for name in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                if !map.contains_key(name) {
                    return Some(format!("{at} has no {name}"));
                }
            }
            map.iter().find_map(|(name, entry)| match properties.get(name) {
                Some(property) => mismatch(document, property, entry, &format!("{at}/{name}")),
                None => Some(format!("{at}/{name} is not documented")),
            })
        }
        _ => None,
    }
}

#[test]
fn the_schema_check_can_fail() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"enum": ["x"], "type": "string"}}}});
    let check = |value: Value| mismatch(&json!({}), &schema, &value, "").is_none();
    assert!(check(json!({"a": "x"})) && check(json!({"a": null, "b": ["x"]})));
    assert!(
        !check(json!({}))
            && !check(json!({"a": 1}))
            && !check(json!({"a": "", "c": 1}))
            && !check(json!({"a": "", "b": ["y"]}))
    );
}

/// Checks that an answer to `line` is one that the document has for the address `template`.
#[track_caller]
pub(crate) fn conforms(document: &Value, line: &str, template: &str, reply: &Reply) {
    let method = line.split(' ').next().unwrap().to_lowercase();
    let operation = &document["paths"][template][&method];
    let response = &operation["responses"][reply.status.to_string()];
    assert!(
        response.is_object(),
        "{line}: {} is not documented: {}",
        reply.status,
        reply.text
    );
    let media = reply
        .headers
        .get("content-type")
        .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned());
    match media {
        Some(media) => {
            let schema = &response["content"][&media]["schema"];
            assert!(schema.is_object(), "{line}: {media} is not documented");
            if media.ends_with("json") {
                assert_eq!(
                    mismatch(document, schema, &reply.json, ""),
                    None,
                    "{line}: {}",
                    reply.text
                );
            }
        }
        None => assert!(response["content"].is_null(), "{line}"),
    }
}

#[tokio::test]
async fn real_answers_have_the_documented_shape() {
    let server = Server::with(Options {
        notifiers: vec![Arc::new(RecordingNotifier::new("console"))],
        ..Options::default()
    });
    let document = server.get("/openapi.json").await.json;
    let path = server
        .portfolio(json!({"name": "Core", "base_currency": "EUR", "holdings": [
            {"asset": "crypto:bitcoin", "quantity": "0.5", "cost": 20000, "acquired_on": "2025-01-15"},
            {"asset": "stock:NOPE", "quantity": 10, "unit_cost": 7, "tags": ["x"]},
        ]}))
        .await;
    let id = path.rsplit('/').next().unwrap();
    let shown = server.get(&path).await.json;
    let holding = shown["holdings"][0]["id"].as_str().unwrap().to_owned();
    let owner = folio_core::OwnerId::default();
    let as_of = "2026-03-04T10:00:00Z".parse().unwrap();
    let caller = folio_core::pricing::Caller::manual_job();
    server
        .app
        .tracker
        .snapshot(id.parse().unwrap(), &owner, as_of, folio_core::Trigger::Daily, caller)
        .await
        .unwrap();
    let job = server.call(&format!("POST {path}/valuations")).send().await.json;

    let check = async |line: &str, template: &str, body: Option<Value>| {
        let mut call = server.call(line);
        if let Some(body) = &body {
            call = call.json(body);
        }
        conforms(&document, line, template, &call.send().await);
    };
    let portfolio = "/api/v1/portfolios/{id}";
    check("GET /v1/session", "/api/v1/session", None).await;
    check("POST /v1/tokens", "/api/v1/tokens", Some(json!({"name": "x"}))).await;
    check("GET /v1/tokens", "/api/v1/tokens", None).await;
    check("GET /v1/portfolios", "/api/v1/portfolios", None).await;
    check("POST /v1/portfolios", "/api/v1/portfolios", Some(json!({"name": "x"}))).await;
    check("POST /v1/portfolios", "/api/v1/portfolios", Some(json!({"name": ""}))).await;
    check(&format!("GET {path}"), portfolio, None).await;
    check(&format!("PATCH {path}"), portfolio, Some(json!({"note": "n"}))).await;
    check(
        &format!("POST {path}/holdings"),
        &format!("{portfolio}/holdings"),
        Some(json!({"asset": "stock:AAPL", "quantity": 1})),
    )
    .await;
    check(
        &format!("PATCH {path}/holdings/{holding}"),
        &format!("{portfolio}/holdings/{{holding_id}}"),
        Some(json!({"quantity": 2})),
    )
    .await;
    check(
        &format!("GET {path}/valuation"),
        &format!("{portfolio}/valuation"),
        None,
    )
    .await;
    check(
        &format!("GET {path}/valuations"),
        &format!("{portfolio}/valuations"),
        None,
    )
    .await;
    check(
        &format!("GET {path}/valuations?include=holdings"),
        &format!("{portfolio}/valuations"),
        None,
    )
    .await;
    check(
        &format!("POST {path}/valuations"),
        &format!("{portfolio}/valuations"),
        None,
    )
    .await;
    check(
        &format!("GET {path}/valuations/latest"),
        &format!("{portfolio}/valuations/latest"),
        None,
    )
    .await;
    check(&format!("GET {path}/history"), &format!("{portfolio}/history"), None).await;
    let rules = format!("{portfolio}/alert-rules");
    check(&format!("GET {path}/alert-rules"), &rules, None).await;
    let watched = json!({"items": [
        {"kind": "change", "threshold_percent": 3, "window_hours": 24, "asset": "crypto:bitcoin"},
        {"kind": "price_below", "asset": "crypto:bitcoin", "price": 1, "currency": "USD"},
    ]});
    check(&format!("PUT {path}/alert-rules"), &rules, Some(watched)).await;
    check(&format!("PUT {path}/alert-rules"), &rules, Some(json!({"items": [{}]}))).await;
    check("GET /v1/notifications", "/api/v1/notifications", None).await;
    let again = "/api/v1/notifications/{id}/deliveries";
    check("POST /v1/notifications/nope/deliveries", again, None).await;
    check("GET /v1/channels", "/api/v1/channels", None).await;
    let test = "/api/v1/channels/{channel}/test";
    check("POST /v1/channels/console/test", test, None).await;
    check("POST /v1/channels/fax/test", test, None).await;
    check("GET /v1/summary?currency=EUR", "/api/v1/summary", None).await;
    check(
        "GET /v1/prices/stock/AAPL?currency=EUR",
        "/api/v1/prices/{class}/{symbol}",
        None,
    )
    .await;
    check("GET /v1/prices/crypto/nope", "/api/v1/prices/{class}/{symbol}", None).await;
    check(
        "POST /v1/prices/batch",
        "/api/v1/prices/batch",
        Some(json!({"assets": ["crypto:bitcoin", "crypto:nope"]})),
    )
    .await;
    check(
        "GET /v1/prices/crypto/bitcoin/history?days=3",
        "/api/v1/prices/{class}/{symbol}/history",
        None,
    )
    .await;
    let manual = "/api/v1/prices/{class}/{symbol}/manual";
    let stated = json!({"price": "5", "currency": "CHF", "valid_days": 3});
    check("PUT /v1/prices/custom/house/manual", manual, Some(stated)).await;
    check("PUT /v1/prices/custom/house/manual", manual, Some(json!({}))).await;
    check("GET /v1/prices/custom/house/manual", manual, None).await;
    check("DELETE /v1/prices/custom/house/manual", manual, None).await;
    check("DELETE /v1/prices/custom/house/manual", manual, None).await;
    check("GET /v1/assets?q=bit", "/api/v1/assets", None).await;
    check("GET /v1/assets/stock/AAPL", "/api/v1/assets/{class}/{symbol}", None).await;
    check(
        &format!("GET /v1/jobs/{}", job["id"].as_str().unwrap()),
        "/api/v1/jobs/{id}",
        None,
    )
    .await;
    check(
        "POST /v1/jobs",
        "/api/v1/jobs",
        Some(json!({"type": "historical-data"})),
    )
    .await;
    check("GET /v1/schedule", "/api/v1/schedule", None).await;
    check("GET /v1/sources", "/api/v1/sources", None).await;
    check("GET /health", "/health", None).await;
    check("GET /ready", "/ready", None).await;
    check("GET /metrics", "/metrics", None).await;
    check(&format!("DELETE {path}"), portfolio, None).await;
}

#[tokio::test]
async fn the_documentation_needs_no_network() {
    let server = Server::new();
    let page = server.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("https://"), "{}", page.text);
    let script = server.get("/docs/swagger-ui-bundle.js").await;
    assert_eq!(script.status, 200);
    let start = server.get("/docs/swagger-initializer.js").await;
    assert!(start.text.contains("/openapi.json"), "{}", start.text);
    assert!(matches!(server.get("/docs").await.status, 303 | 307 | 308));
    server.get("/docs/nope.js").await.problem(404, "not_found");
}

#[tokio::test]
async fn numbers_are_shown_for_every_route() {
    let server = Server::new();
    server.get("/v1/prices/crypto/bitcoin").await;
    server.get("/v1/prices/crypto/bitcoin").await;
    server.get("/v1/portfolios/nope").await;
    let numbers = server.get("/metrics").await;
    assert_eq!(numbers.status, 200);
    for line in [
        r#"folio_http_requests_total{route="/api/v1/prices/{class}/{symbol}",method="GET",status="2xx"} 2"#,
        r#"folio_cache_requests_total{tier="memory",outcome="hit",kind="price"} 1"#,
        r#"folio_cache_requests_total{tier="memory",outcome="miss",kind="price"} 1"#,
        r#"folio_cache_requests_total{tier="shared",outcome="miss",kind="price"} 1"#,
        r#"folio_cache_requests_total{tier="shared",outcome="error",kind="price"} 0"#,
        r#"folio_cache_requests_total{tier="memory",outcome="miss",kind="history"} 0"#,
        r#"folio_http_requests_total{route="/api/v1/portfolios/{id}",method="GET",status="4xx"} 1"#,
        r#"folio_ready{dependency="store"} 1"#,
        "folio_ticks_open 0",
    ] {
        assert!(numbers.text.contains(line), "{line} in {}", numbers.text);
    }
    assert!(numbers.text.contains("folio_http_request_duration_seconds_bucket"));
}
