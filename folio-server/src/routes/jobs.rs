//! Jobs and their schedule.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::{Error, JobId};
use folio_jobs::JobType;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{Caller, PathId};
use crate::app::App;
use crate::auth::Scope;
use crate::dto::{JobDto, JobRequest, ScheduleEntry};
use crate::error::Result;
use crate::idempotency::{self, Answer};
use crate::input::{self, Fields, JsonBody};

/// Starts a job for everybody
///
/// For administrators. While one of the kind is open, that job is answered.
#[utoipa::path(post, path = "/jobs", tag = "jobs", operation_id = "start_job", request_body = JobRequest,
    responses((status = 202, body = JobDto)))]
pub(super) async fn start(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let kind = kind(body.value)?;
    let state = app.clone();
    let made = idempotency::once(&app, &caller.0, &headers, "jobs", &body.bytes, move |_| async move {
        let job = JobDto::from(state.jobs.start(kind).await?);
        Ok(Answer::json(StatusCode::ACCEPTED, &job)?.at(format!("/api/v1/jobs/{}", job.id)))
    });
    made.await.map(IntoResponse::into_response)
}

fn kind(value: Value) -> folio_core::Result<JobType> {
    let mut fields = Fields::of(value, "")?;
    let kind = fields.required("type", |value| {
        let name = input::text(value)?;
        [JobType::PortfolioValuation, JobType::HistoricalData]
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| Error::invalid("a job is portfolio-valuation or historical-data"))
    });
    fields.finish()?;
    kind.ok_or_else(|| Error::invalid("a job needs a type"))
}

/// Shows a job
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", operation_id = "show_job",
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, body = JobDto)))]
pub(super) async fn show(State(app): State<App>, caller: Caller, PathId(id): PathId<JobId>) -> Result<Json<JobDto>> {
    let owner = (!caller.0.scopes.include(Scope::Admin)).then_some(caller.owner());
    Ok(Json(app.jobs.job(owner, id).await?.into()))
}

/// Says when which job runs
#[utoipa::path(get, path = "/schedule", tag = "jobs", operation_id = "schedule",
    responses((status = 200, body = Vec<ScheduleEntry>)))]
pub(super) async fn schedule(State(app): State<App>) -> Result<Json<Vec<ScheduleEntry>>> {
    Ok(Json(app.jobs.schedule().await?.into_iter().map(Into::into).collect()))
}
