//! Owners never meet: another's object is as absent as one that never was.

use serde_json::json;

use crate::support::{Server, without_names};

#[tokio::test]
async fn every_operation_on_anothers_object_is_the_404_of_an_absent_one() {
    let server = Server::new();
    let alice = server.token("alice", json!(["write"])).await;
    let bob = server.token("bob", json!(["write"])).await;
    let made = server
        .call("POST /v1/portfolios")
        .token(&alice)
        .json(&json!({"name": "Hers", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]}))
        .send()
        .await;
    let id = made.json["id"].as_str().unwrap().to_owned();
    let holding = made.json["holdings"][0]["id"].as_str().unwrap().to_owned();
    let job = server
        .call(&format!("POST /v1/portfolios/{id}/valuations"))
        .token(&alice)
        .send()
        .await;
    let job = job.json["id"].as_str().unwrap().to_owned();
    let absent = "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90";

    let operations = [
        ("GET", "/v1/portfolios/{id}", None),
        ("PATCH", "/v1/portfolios/{id}", Some(json!({"name": "Mine"}))),
        ("DELETE", "/v1/portfolios/{id}", None),
        (
            "POST",
            "/v1/portfolios/{id}/holdings",
            Some(json!({"asset": "stock:AAPL", "quantity": 1})),
        ),
        (
            "PATCH",
            "/v1/portfolios/{id}/holdings/{holding}",
            Some(json!({"quantity": 2})),
        ),
        ("DELETE", "/v1/portfolios/{id}/holdings/{holding}", None),
        ("GET", "/v1/portfolios/{id}/valuation", None),
        ("POST", "/v1/portfolios/{id}/valuations", None),
        ("GET", "/v1/portfolios/{id}/valuations", None),
        ("GET", "/v1/portfolios/{id}/valuations?include=holdings", None),
        ("GET", "/v1/portfolios/{id}/valuations/latest", None),
        ("GET", "/v1/portfolios/{id}/history", None),
        ("GET", "/v1/portfolios/{id}/alert-rules", None),
        ("PUT", "/v1/portfolios/{id}/alert-rules", Some(json!({"items": []}))),
        ("GET", "/v1/portfolios/{id}/valuations/{holding}", None),
        ("GET", "/v1/jobs/{job}", None),
    ];
    for (method, path, body) in operations {
        let call = |id: &str, job: &str, if_match: bool| {
            let path = path
                .replace("{id}", id)
                .replace("{holding}", &holding)
                .replace("{job}", job);
            let mut call = server.call(&format!("{method} {path}")).token(&bob);
            if let Some(body) = &body {
                call = call.json(body);
            }
            if if_match {
                call = call.header("if-match", "\"99\"");
            }
            call.header("x-request-id", "same").send()
        };
        for if_match in [false, true] {
            let (theirs, nobodys) = (call(&id, &job, if_match).await, call(absent, absent, if_match).await);
            theirs.problem(404, "not_found");
            assert_eq!(theirs.text, nobodys.text, "{method} {path}");
        }
    }
    let hers = server
        .call(&format!("GET /v1/portfolios/{id}"))
        .token(&alice)
        .send()
        .await;
    assert_eq!(
        without_names(hers.json),
        without_names(made.json),
        "nothing was changed"
    );
    let listed = server.call("GET /v1/portfolios").token(&bob).send().await;
    assert_eq!(listed.json["items"], json!([]));
    assert_eq!(
        server.get("/v1/portfolios").await.json["items"],
        json!([]),
        "the administrator has objects of their own"
    );
}
