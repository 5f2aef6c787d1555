//! App Store Connect: an app, its versions, and their phased releases.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Shared;

const DAYS: u8 = 7;
const PAUSE_DAYS: u16 = 30;

#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub versions: Vec<Version>,
}

#[derive(Debug, Clone)]
pub struct Version {
    pub id: String,
    pub string: String,
    /// `WAITING_FOR_REVIEW`, `PENDING_DEVELOPER_RELEASE`, `READY_FOR_SALE`, `REPLACED_WITH_NEW_VERSION`.
    pub state: &'static str,
    pub phased: Option<Phased>,
}

#[derive(Debug, Clone)]
pub struct Phased {
    pub id: String,
    /// `INACTIVE`, `ACTIVE`, `PAUSED`, `COMPLETE`.
    pub state: &'static str,
    pub day: Option<u8>,
    pub paused_days: u16,
}

impl App {
    pub(crate) fn practice() -> Self {
        let version = |number: &str, string: &str, state| Version {
            id: format!("version-{number}"),
            string: string.to_owned(),
            state,
            phased: None,
        };
        let versions =
            vec![version("1", "1.0.0", "READY_FOR_SALE"), version("2", "1.1.0", "PENDING_DEVELOPER_RELEASE")];
        Self { id: "1".to_owned(), versions }
    }

    pub fn version(&mut self, string: &str) -> Option<&mut Version> {
        self.versions.iter_mut().find(|version| version.string == string)
    }

    /// Days go by: what is active goes on, what is paused waits, for thirty days in all.
    pub fn pass(&mut self, days: u16) {
        for _ in 0..days {
            for phased in self.versions.iter_mut().filter_map(|version| version.phased.as_mut()) {
                match phased.state {
                    "ACTIVE" if phased.day.is_some_and(|day| day >= DAYS) => phased.state = "COMPLETE",
                    "ACTIVE" => phased.day = phased.day.map(|day| day + 1),
                    "PAUSED" if phased.paused_days + 1 >= PAUSE_DAYS => {
                        phased.paused_days = PAUSE_DAYS;
                        phased.state = "ACTIVE";
                    }
                    "PAUSED" => phased.paused_days += 1,
                    _ => {}
                }
            }
        }
    }

    /// Out to people, in the place of the version before.
    fn release(&mut self, id: &str) -> Result<(), Problem> {
        let at = self.versions.iter().position(|version| version.id == id).ok_or(NOT_FOUND)?;
        if self.versions[at].state != "PENDING_DEVELOPER_RELEASE" {
            return Err(STATE);
        }
        for before in self.versions.iter_mut().filter(|version| version.state == "READY_FOR_SALE") {
            before.state = "REPLACED_WITH_NEW_VERSION";
            if let Some(phased) = before.phased.as_mut() {
                phased.state = "COMPLETE";
            }
        }
        let version = &mut self.versions[at];
        version.state = "READY_FOR_SALE";
        if let Some(phased) = version.phased.as_mut() {
            phased.state = "ACTIVE";
            phased.day = Some(1);
        }
        Ok(())
    }

    fn enable(&mut self, id: &str) -> Result<Value, Problem> {
        let is_first =
            self.versions.iter().all(|version| version.id == id || version.state == "WAITING_FOR_REVIEW");
        let version = self.versions.iter_mut().find(|version| version.id == id).ok_or(NOT_FOUND)?;
        let may = matches!(version.state, "WAITING_FOR_REVIEW" | "PENDING_DEVELOPER_RELEASE");
        if is_first || version.phased.is_some() || !may {
            return Err(STATE);
        }
        let id = format!("phased-{id}");
        let phased = version.phased.insert(Phased { id, state: "INACTIVE", day: None, paused_days: 0 });
        Ok(phased.wire())
    }

    fn phased(&mut self, id: &str) -> Option<&mut Version> {
        self.versions.iter_mut().find(|version| version.phased.as_ref().is_some_and(|phased| phased.id == id))
    }
}

impl Phased {
    fn to(&mut self, state: &str) -> Result<(), Problem> {
        self.state = match (self.state, state) {
            ("ACTIVE", "PAUSED") if self.paused_days < PAUSE_DAYS => "PAUSED",
            ("PAUSED", "ACTIVE") => "ACTIVE",
            ("ACTIVE" | "PAUSED", "COMPLETE") => "COMPLETE",
            _ => return Err(STATE),
        };
        Ok(())
    }

    fn wire(&self) -> Value {
        json!({"type": "appStoreVersionPhasedReleases", "id": self.id, "attributes": {
            "phasedReleaseState": self.state, "currentDayNumber": self.day, "totalPauseDuration": self.paused_days,
        }})
    }
}

impl Version {
    fn wire(&self) -> Value {
        let link = self.phased.as_ref();
        let link = link.map(|phased| json!({"type": "appStoreVersionPhasedReleases", "id": phased.id}));
        json!({
            "type": "appStoreVersions", "id": self.id,
            "attributes": {"versionString": self.string, "appStoreState": self.state, "platform": "IOS"},
            "relationships": {"appStoreVersionPhasedRelease": {"data": link}},
        })
    }
}

/// Status, code and detail of App Store Connect's errors.
type Problem = (StatusCode, &'static str, &'static str);
const NOT_FOUND: Problem = (StatusCode::NOT_FOUND, "NOT_FOUND", "There is no resource of this id");
const STATE: Problem = (
    StatusCode::CONFLICT,
    "STATE_ERROR",
    "The request cannot be fulfilled because of the state of another resource.",
);
const NOT_SIGNED: Problem =
    (StatusCode::UNAUTHORIZED, "NOT_AUTHORIZED", "Provide a properly configured and signed bearer token");
const BAD: Problem =
    (StatusCode::UNPROCESSABLE_ENTITY, "ENTITY_ERROR", "The request entity is not as it should be");

fn problem((status, code, detail): Problem) -> Response {
    let body = json!({"errors": [{"status": status.as_u16().to_string(), "code": code, "title": code, "detail": detail}]});
    (status, Json(body)).into_response()
}

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/apps/{app}/appStoreVersions", get(versions))
        .route("/v1/appStoreVersionPhasedReleases", post(enable))
        .route("/v1/appStoreVersionPhasedReleases/{id}", patch(change).delete(disable))
        .route("/v1/appStoreVersionReleaseRequests", post(release))
}

fn may(shared: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    if token.is_some_and(|token| shared.keys.is_apples(token)) { Ok(()) } else { Err(NOT_SIGNED) }
}

async fn versions(
    State(shared): State<Arc<Shared>>,
    Path(app): Path<String>,
    Query(wanted): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = may(&shared, &headers) {
        return problem(refused);
    }
    let shelf = shared.shelf();
    if shelf.app.id != app {
        return problem(NOT_FOUND);
    }
    let string = wanted.get("filter[versionString]");
    let platform = wanted.get("filter[platform]").is_none_or(|platform| platform == "IOS");
    let fits = |version: &&Version| platform && string.is_none_or(|string| *string == version.string);
    let found: Vec<&Version> = shelf.app.versions.iter().filter(fits).collect();
    let included: Vec<Value> =
        found.iter().filter_map(|version| version.phased.as_ref()).map(Phased::wire).collect();
    let data: Vec<Value> = found.into_iter().map(Version::wire).collect();
    Json(json!({"data": data, "included": included})).into_response()
}

/// The id of the version that a new resource belongs to.
fn of_version<'a>(body: &'a Value, kind: &str) -> Result<&'a str, Problem> {
    let version = body.pointer("/data/relationships/appStoreVersion/data/id").and_then(Value::as_str);
    if body.pointer("/data/type").and_then(Value::as_str) == Some(kind) {
        version.ok_or(BAD)
    } else {
        Err(BAD)
    }
}

async fn enable(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let done = may(&shared, &headers)
        .and_then(|()| of_version(&body, "appStoreVersionPhasedReleases"))
        .and_then(|version| shared.shelf().app.enable(version));
    match done {
        Ok(made) => (StatusCode::CREATED, Json(json!({"data": made}))).into_response(),
        Err(refused) => problem(refused),
    }
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let to = || {
        may(&shared, &headers)?;
        let is_it = body.pointer("/data/id").and_then(Value::as_str) == Some(&id);
        let state = body
            .pointer("/data/attributes/phasedReleaseState")
            .and_then(Value::as_str)
            .filter(|_| is_it)
            .ok_or(BAD)?;
        let mut shelf = shared.shelf();
        let phased = shelf.app.phased(&id).and_then(|version| version.phased.as_mut()).ok_or(NOT_FOUND)?;
        phased.to(state)?;
        Ok(phased.wire())
    };
    match to() {
        Ok(now) => Json(json!({"data": now})).into_response(),
        Err(refused) => problem(refused),
    }
}

async fn disable(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let gone = || {
        may(&shared, &headers)?;
        let mut shelf = shared.shelf();
        let version = shelf.app.phased(&id).ok_or(NOT_FOUND)?;
        if version.phased.as_ref().is_some_and(|phased| phased.state != "INACTIVE") {
            return Err(STATE);
        }
        version.phased = None;
        Ok(())
    };
    match gone() {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => problem(refused),
    }
}

async fn release(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let done = may(&shared, &headers)
        .and_then(|()| of_version(&body, "appStoreVersionReleaseRequests"))
        .and_then(|version| shared.shelf().app.release(version));
    match done {
        Ok(()) => {
            let made = json!({"data": {"type": "appStoreVersionReleaseRequests", "id": "request-1"}});
            (StatusCode::CREATED, Json(made)).into_response()
        }
        Err(refused) => problem(refused),
    }
}
