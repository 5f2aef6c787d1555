//! What stands in a path or a query, with problems instead of bare texts when it cannot be read.
//!
//! Invariant: a name that reached a handler has passed its rule.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use http::StatusCode;
use http::request::Parts;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::problem::Trouble;

/// The variable parts of the path.
pub(crate) struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let path = Path::from_request_parts(parts, state).await;
        let Path(path) = path.map_err(|rejection| Trouble::bad_request(rejection.body_text()))?;
        Ok(Self(path))
    }
}

/// The query.
pub(crate) struct Wanted<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Wanted<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let query = Query::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|rejection| {
            let why = std::error::Error::source(&rejection)
                .map_or_else(|| rejection.body_text(), ToString::to_string);
            Trouble::bad_request(format!("the query is not what this route takes: {why}"))
        })?;
        Ok(Self(query))
    }
}

/// A name by its rule.
pub(crate) fn name<N>(text: &str) -> Result<N, Trouble>
where
    N: FromStr,
    N::Err: Display,
{
    text.parse().map_err(|why: N::Err| {
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-name", why.to_string())
            .help("correct the name and send it again")
    })
}
/// A day of a query; of which years, its reader says.
pub(crate) fn day(what: &str, text: &str) -> Result<Date, Trouble> {
    text.parse().map_err(|_| no_day(what, text))
}

pub(crate) fn no_day(what: &str, text: &str) -> Trouble {
    Trouble::unfit(format!("`{what}` is `{}`, which is no day", text.escape_debug()))
        .help("write a day like 2026-11-22")
}
