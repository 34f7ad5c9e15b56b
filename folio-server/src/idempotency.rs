//! `Idempotency-Key`: the same request twice is one effect and the same answer.
//!
//! The record is made before the work and carries the id of what is to be made, so that a repetition
//! after a crash makes the same thing and not a second one.

use std::future::Future;

use axum::response::{IntoResponse, Response};
use folio_core::store::{OpsStore, RecordKind, Row, Table, Versioned};
use folio_core::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Digest, Principal};
use crate::error::{Problem, Result};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a run without an answer counts as running: a crashed one frees its key after this.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// An answer that can be given again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Location`.
    pub location: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
    /// The body, JSON.
    pub body: String,
}

impl Answer {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// 500 when it cannot be written.
    pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Self> {
        let body = serde_json::to_string(body).map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self {
            status: status.as_u16(),
            location: None,
            etag: None,
            body,
        })
    }

    /// The same with the address of what was made.
    #[must_use]
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The same with a version.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.etag = Some(format!("\"{version}\""));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The run that a handler makes.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The id of what is to be made.
    pub id: Uuid,
    /// Whether an earlier run ended without an answer, so that the thing may be there already.
    pub resumed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RunRow {
    key: String,
    body: String,
    id: Uuid,
    lease: Timestamp,
    expires: Timestamp,
    answer: Option<Answer>,
}

impl Row for RunRow {
    const KIND: RecordKind = RecordKind("idempotency");

    fn key(&self) -> String {
        self.key.clone()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

fn table(app: &App) -> Table<'_, RunRow> {
    let store: &dyn OpsStore = &**app.tracker.store();
    Table::new(store)
}

/// An answer, and whether it was given before.
#[derive(Clone, Debug)]
pub struct Made {
    /// The answer.
    pub answer: Answer,
    /// Whether it was given before.
    pub replayed: bool,
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        if self.replayed {
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

enum Claimed {
    Run(Run),
    Answered(Answer),
}

/// Makes what a creating `POST` asks for, once for each key. The work goes on when the client hangs up.
///
/// # Errors
/// 422 for a key that was used with another body, 409 while the first request with it runs, and those
/// of `work`.
pub async fn once<F, W>(
    app: &App,
    principal: &Principal,
    headers: &HeaderMap,
    route: &str,
    body: &[u8],
    work: W,
) -> Result<Made>
where
    W: FnOnce(Run) -> F,
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    let Some(key) = key_of(headers)? else {
        let id = Uuid::new_v7(uuid_time(app.clock().now()));
        let answer = spawned(work(Run { id, resumed: false })).await?;
        return Ok(Made {
            answer,
            replayed: false,
        });
    };
    let key = Digest::of(&format!("{}\n{route}\n{key}", principal.owner)).key();
    let body = Digest::of_bytes(body).key();
    let run = match claim(app, &key, &body).await? {
        Claimed::Run(run) => run,
        Claimed::Answered(answer) => {
            return Ok(Made { answer, replayed: true });
        }
    };
    let (work, app) = (work(run), app.clone());
    let settled = async move {
        let outcome = work.await;
        settle(&app, &key, &outcome).await;
        outcome
    };
    Ok(Made {
        answer: spawned(settled).await?,
        replayed: false,
    })
}

async fn spawned<F>(work: F) -> Result<Answer>
where
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Problem::internal(format!("the work of a request ended early: {error}"))),
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(KEY) else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let wrong = || {
        Problem::invalid(
            "/idempotency-key",
            "an Idempotency-Key has 1 to 255 printable characters",
        )
    };
    key.ok_or_else(wrong).map(Some)
}

async fn claim(app: &App, key: &str, body: &str) -> Result<Claimed> {
    let table = table(app);
    loop {
        let now = app.clock().now();
        let fresh = RunRow {
            key: key.to_owned(),
            body: body.to_owned(),
            id: Uuid::new_v7(uuid_time(now)),
            lease: now + LEASE,
            expires: now + KEPT,
            answer: None,
        };
        let run = |id, resumed| Claimed::Run(Run { id, resumed });
        let Some(mut row) = table.get(key).await? else {
            if table.insert(&fresh).await? {
                return Ok(run(fresh.id, false));
            }
            continue;
        };
        if row.expires <= now {
            let id = fresh.id;
            *row = fresh;
            if table.replace(&mut row).await? {
                return Ok(run(id, false));
            }
            continue;
        }
        if row.body != body {
            let detail = "this Idempotency-Key was used with another body";
            return Err(Problem::invalid("/idempotency-key", detail));
        }
        if let Some(answer) = &row.answer {
            return Ok(Claimed::Answered(answer.clone()));
        }
        if row.lease > now {
            let detail = "the first request with this Idempotency-Key is still running";
            return Err(Problem::new(ErrorKind::Conflict, detail));
        }
        row.lease = fresh.lease;
        if table.replace(&mut row).await? {
            return Ok(run(row.id, true));
        }
    }
}

/// Keeps the answer. A refusal is not kept, since the same request is refused again by itself; after a
/// failure of the server the key stays with its id, because nobody knows how far the work came.
async fn settle(app: &App, key: &str, outcome: &Result<Answer>) {
    let now = app.clock().now();
    let kept = match outcome {
        Ok(answer) => {
            let keep = |row: &mut RunRow| {
                row.answer = Some(answer.clone());
                Ok(true)
            };
            table(app)
                .modify(key, keep)
                .await
                .map(|_: Option<Versioned<RunRow>>| ())
        }
        Err(problem) if problem.status().is_server_error() => {
            let free = |row: &mut RunRow| {
                row.lease = now;
                Ok(true)
            };
            table(app)
                .modify(key, free)
                .await
                .map(|_: Option<Versioned<RunRow>>| ())
        }
        Err(_) => table(app).remove(key).await.map(|_| ()),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "the answer to a request with an Idempotency-Key could not be kept");
    }
}

fn uuid_time(now: Timestamp) -> uuid::Timestamp {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)
}

/// Whether a thing that was to be made is there because an earlier run made it.
///
/// # Errors
/// The error itself when it says anything else.
pub fn made_before(run: Run, error: Error) -> Result<(), Error> {
    if run.resumed && error.kind() == ErrorKind::Conflict {
        Ok(())
    } else {
        Err(error)
    }
}
