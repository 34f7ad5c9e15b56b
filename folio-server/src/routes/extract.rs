//! What handlers take from the head of a request.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use folio_core::{AssetId, Error, OwnerId};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::auth::Principal;
use crate::error::{Problem, Result};

/// Who is asking; the gate has made sure of them.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<Principal>);

impl Caller {
    /// Whose objects they see.
    #[must_use]
    pub fn owner(&self) -> &OwnerId {
        &self.0.owner
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        principal
            .map(Self)
            .ok_or_else(|| Problem::unauthenticated("send a token as Authorization: Bearer"))
    }
}

/// The parts of a path, percent-decoded.
#[derive(Debug)]
pub struct PathParts<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathParts<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        match path {
            Ok(Path(parts)) => Ok(Self(parts)),
            Err(_) => Err(Problem::malformed("the path is not percent-encoded UTF-8")),
        }
    }
}

impl PathParts<(String, String)> {
    /// The asset that a path names by class and symbol.
    ///
    /// # Errors
    /// 422 for what is no asset.
    pub fn asset(&self) -> Result<AssetId> {
        let (class, symbol) = &self.0;
        let class = class.parse().map_err(|error: Error| error.at("/class"))?;
        Ok(AssetId::new(class, symbol).map_err(|error| error.at("/symbol"))?)
    }
}

/// The one id of a path; a text that is no id is 404 like an id that is not known.
#[derive(Clone, Copy, Debug)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err = Error>> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let PathParts(id) = PathParts::<String>::from_request_parts(parts, state).await?;
        Ok(Self(id.parse()?))
    }
}
