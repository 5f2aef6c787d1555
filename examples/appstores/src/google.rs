//! Google Play: the tracks of an app, and the edits that change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Shared;

const TOKEN: &str = "ya29.practice";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[derive(Debug, Clone)]
pub struct Play {
    pub package: String,
    /// The releases of each track, in the API's own JSON.
    pub tracks: BTreeMap<String, Vec<Value>>,
    /// By their ids, with the number of commits at which they began.
    edits: BTreeMap<String, (u64, BTreeMap<String, Vec<Value>>)>,
    pub commits: u64,
    made: u64,
}

impl Play {
    pub(crate) fn practice() -> Self {
        let production = vec![
            json!({"name": "1.0.0", "versionCodes": ["100"], "status": "completed"}),
            json!({"name": "1.1.0", "versionCodes": ["110"], "status": "draft", "releaseNotes": [
                {"language": "en-GB", "text": "Faster."},
            ]}),
        ];
        Self {
            package: "com.example.shop".to_owned(),
            tracks: BTreeMap::from([("production".to_owned(), production)]),
            edits: BTreeMap::new(),
            commits: 0,
            made: 0,
        }
    }

    /// How many edits nobody committed or gave up.
    pub fn open_edits(&self) -> usize {
        self.edits.len()
    }

    fn open(&mut self) -> String {
        self.made += 1;
        let id = self.made.to_string();
        self.edits.insert(id.clone(), (self.commits, self.tracks.clone()));
        id
    }

    fn put(&mut self, (edit, track): (&str, &str), wanted: &Value) -> Result<Value, Problem> {
        let before = self.tracks.get(track).ok_or(NO_TRACK)?;
        let releases =
            wanted["releases"].as_array().ok_or((StatusCode::BAD_REQUEST, "releases are missing"))?;
        for release in releases {
            allowed(release, before.iter().find(|known| known["versionCodes"] == release["versionCodes"]))?;
        }
        let completed = releases.iter().filter(|release| release["status"] == "completed").count();
        if completed > 1 {
            return Err((StatusCode::BAD_REQUEST, "Too many completed releases specified."));
        }
        let (_, tracks) = self.edits.get_mut(edit).ok_or(NO_EDIT)?;
        tracks.insert(track.to_owned(), releases.clone());
        Ok(json!({"track": track, "releases": releases}))
    }

    fn commit(&mut self, edit: &str) -> Result<(), Problem> {
        let (began, tracks) = self.edits.remove(edit).ok_or(NO_EDIT)?;
        if began != self.commits {
            return Err((StatusCode::CONFLICT, "the edit is older than the last commit"));
        }
        self.tracks = tracks;
        self.commits += 1;
        Ok(())
    }
}

type Problem = (StatusCode, &'static str);
const NO_EDIT: Problem = (StatusCode::NOT_FOUND, "no such edit");
const NO_TRACK: Problem = (StatusCode::NOT_FOUND, "no such track");
const NO_APP: Problem = (StatusCode::NOT_FOUND, "Package not found");
const NOT_SIGNED: Problem = (StatusCode::UNAUTHORIZED, "Request had invalid authentication credentials");

/// Whether a release may come to stand so, from how it stands.
fn allowed(release: &Value, before: Option<&Value>) -> Result<(), Problem> {
    let fraction = release.get("userFraction").and_then(Value::as_f64);
    let is_part = fraction.is_some_and(|fraction| fraction > 0.0 && fraction < 1.0);
    let status = release["status"].as_str().unwrap_or_default();
    let bad = |why| Err((StatusCode::BAD_REQUEST, why));
    match status {
        "inProgress" | "halted" if !is_part => return bad("userFraction is to be above 0 and below 1"),
        "draft" | "completed" if fraction.is_some() => {
            return bad("userFraction does not go with this status");
        }
        "inProgress" | "halted" | "draft" | "completed" => {}
        _ => return bad("there is no such status"),
    }
    let was = before.map_or("draft", |before| before["status"].as_str().unwrap_or_default());
    let held = before.and_then(|before| before["userFraction"].as_f64()).unwrap_or(0.0);
    match (was, status) {
        ("completed", "draft" | "inProgress" | "halted") => bad("a completed release stays so"),
        ("inProgress" | "halted", "draft") => bad("a release that has begun is no draft"),
        ("draft", "halted") => bad("a release that has not begun is not halted"),
        ("inProgress" | "halted", "inProgress" | "halted") if fraction.unwrap_or(0.0) < held => {
            bad("the fraction of a rollout does not get smaller")
        }
        _ => Ok(()),
    }
}

fn problem((status, message): Problem) -> Response {
    (status, Json(json!({"error": {"code": status.as_u16(), "message": message}}))).into_response()
}

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let of = |rest: &str| format!("/androidpublisher/v3/applications/{{package}}/edits{rest}");
    Router::new()
        .route("/token", post(token))
        .route(&of(""), post(open))
        .route(&of("/{edit}"), delete(give_up).post(commit))
        .route(&of("/{edit}/tracks/{track}"), get(track).put(put))
}

async fn token(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let is_signed = form.get("assertion").is_some_and(|assertion| shared.keys.is_googles(assertion));
    if form.get("grant_type").map(String::as_str) != Some(GRANT) || !is_signed {
        let why = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."});
        return (StatusCode::BAD_REQUEST, Json(why)).into_response();
    }
    Json(json!({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})).into_response()
}

fn may(shared: &Shared, headers: &HeaderMap, package: &str) -> Result<(), Problem> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        return Err(NOT_SIGNED);
    }
    if shared.shelf().play.package == package { Ok(()) } else { Err(NO_APP) }
}

fn answer(done: Result<Value, Problem>) -> Response {
    match done {
        Ok(Value::Null) => StatusCode::NO_CONTENT.into_response(),
        Ok(body) => Json(body).into_response(),
        Err(refused) => problem(refused),
    }
}

async fn open(
    State(shared): State<Arc<Shared>>,
    Path(package): Path<String>,
    headers: HeaderMap,
) -> Response {
    let opened = may(&shared, &headers, &package).map(|()| shared.shelf().play.open());
    answer(opened.map(|id| json!({"id": id, "expiryTimeSeconds": "4102444800"})))
}

type OfTrack = Path<(String, String, String)>;

async fn track(
    State(shared): State<Arc<Shared>>,
    Path((package, edit, track)): OfTrack,
    headers: HeaderMap,
) -> Response {
    answer(may(&shared, &headers, &package).and_then(|()| {
        let shelf = shared.shelf();
        let (_, tracks) = shelf.play.edits.get(&edit).ok_or(NO_EDIT)?;
        let releases = tracks.get(&track).ok_or(NO_TRACK)?;
        Ok(json!({"track": track, "releases": releases}))
    }))
}

async fn put(
    State(shared): State<Arc<Shared>>,
    Path((package, edit, track)): OfTrack,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let may = may(&shared, &headers, &package);
    answer(may.and_then(|()| shared.shelf().play.put((&edit, &track), &body)))
}

async fn give_up(
    State(shared): State<Arc<Shared>>,
    Path((package, edit)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(
        may(&shared, &headers, &package)
            .and_then(|()| shared.shelf().play.edits.remove(&edit).map(|_| Value::Null).ok_or(NO_EDIT)),
    )
}

/// `POST …/edits/7:commit`: the router has no such names, so the end is taken off here.
async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((package, edit)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(may(&shared, &headers, &package).and_then(|()| {
        let edit = edit.strip_suffix(":commit").ok_or(NO_EDIT)?;
        shared.shelf().play.commit(edit)?;
        Ok(json!({"id": edit}))
    }))
}
