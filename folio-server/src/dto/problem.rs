//! The body of an error answer.

use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, after RFC 9457.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells faults apart.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    pub kind: &'static str,
    /// The status in words.
    #[schema(value_type = String, example = "Not Found")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// A stable code that a program can look at.
    #[schema(value_type = String, example = "not_found")]
    pub code: &'static str,
    /// A sentence for a person.
    #[schema(example = "there is no such portfolio")]
    pub detail: String,
    /// The request in the server's log.
    #[schema(example = "5f0c2a91-1a")]
    pub request_id: String,
    /// The fields that are wrong, if fields are.
    pub errors: Vec<FieldProblem>,
}

/// One field that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body, or `/` and the name of a query parameter.
    #[schema(example = "/holdings/0/quantity")]
    pub pointer: String,
    /// The kind of fault.
    #[schema(value_type = String, example = "invalid_input")]
    pub code: &'static str,
    /// What is wrong and what is accepted.
    pub detail: String,
}
