//! Google Play: staged rollouts.
//!
//! Source: Google, Android Publisher API v3 (`edits`, `edits.tracks`), and OAuth 2.0 for service accounts (RFC 7523). Invariant: each
//! change is an edit of its own that begins with how the track stands, keeps what else is in it, and is committed or given up; an edit
//! that somebody else's commit made old is begun anew a few times. Deliberately not here: uploading and review.

mod wire;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_connectors::guard::{Guard, Method, Url};
use tokio::sync::Mutex;

use self::wire::{Edit, Granted, Release, Track};
use crate::jwt::Key;
use crate::refusal::StoreRefusal;
use crate::rules::Store;
use crate::sending::{Ask, Body, Line, Told};
use crate::share::Share;
use crate::sight::{Act, Sight, Stage};

pub const BASE: &str = "https://androidpublisher.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ASSERTION_SECONDS: u64 = 600;
/// Before its end a token is asked for anew.
const EARLY_SECONDS: u64 = 60;
const EDITS: usize = 3;
const STORE: Store = Store::GooglePlay;

/// The members of a service account's JSON that are used.
#[derive(Deserialize)]
struct Account {
    client_email: String,
    private_key: String,
    token_uri: String,
}

/// An app in Google Play, on one of its tracks.
pub struct Google {
    line: Line,
    email: String,
    token_uri: String,
    key: Key,
    package: String,
    track: String,
    /// With the second in which it ends.
    token: Mutex<Option<(SecretString, u64)>>,
}

impl Google {
    /// `account` is the JSON of a service account.
    pub fn new(
        (guard, base): (Guard, &str),
        (package, track): (&str, &str),
        account: &SecretString,
    ) -> Result<Self, StoreRefusal> {
        let unusable = |why| StoreRefusal::Key { store: STORE, why };
        let account: Account = serde_json::from_str(account.expose_secret())
            .map_err(|_| unusable("it is no JSON of a service account"))?;
        let private = SecretString::from(account.private_key);
        let key = Key::rsa(private.expose_secret().as_bytes()).map_err(unusable)?;
        Ok(Self {
            line: Line { store: STORE, guard, base: base.trim_end_matches('/').to_owned() },
            email: account.client_email,
            token_uri: account.token_uri,
            key,
            package: package.to_owned(),
            track: track.to_owned(),
            token: Mutex::new(None),
        })
    }

    /// How a release stands, by its name or one of its version codes.
    pub async fn sight(&self, release: &str, now_seconds: u64) -> Result<Sight, StoreRefusal> {
        let (edit, track) = self.open(now_seconds).await?;
        self.give_up(&edit, now_seconds).await;
        track.find(release).map(sight).ok_or_else(|| self.unknown("release", release))
    }

    /// What is done already is not done again; answers with how it stands then. `share` is that of `begin` and `widen`.
    pub async fn act(
        &self,
        release: &str,
        (act, share): (Act, Option<Share>),
        now_seconds: u64,
    ) -> Result<Sight, StoreRefusal> {
        let mut last = None;
        for _ in 0..EDITS {
            let (edit, mut track) = self.open(now_seconds).await?;
            let changed = match change(&mut track, release, (act, share)) {
                Ok(changed) => changed,
                Err(refused) => {
                    self.give_up(&edit, now_seconds).await;
                    return Err(refused.unwrap_or_else(|| self.unknown("release", release)));
                }
            };
            if !changed {
                self.give_up(&edit, now_seconds).await;
                return track.find(release).map(sight).ok_or_else(|| self.unknown("release", release));
            }
            let closed = self.close(&edit, &track, now_seconds).await;
            if closed.is_err() {
                self.give_up(&edit, now_seconds).await;
            }
            match closed {
                Ok(()) => return self.sight(release, now_seconds).await,
                // Somebody else committed meanwhile.
                Err(old @ StoreRefusal::Conflict { .. }) => last = Some(old),
                Err(StoreRefusal::Denied { status: 400, says, .. }) if says.contains("Edit has") => {
                    last = Some(StoreRefusal::Conflict { store: STORE, says });
                }
                Err(refused) => return Err(refused),
            }
        }
        let says = "somebody else keeps changing it".to_owned();
        Err(last.unwrap_or(StoreRefusal::Conflict { store: STORE, says }))
    }

    fn unknown(&self, what: &'static str, name: &str) -> StoreRefusal {
        let name = if what == "release" { format!("{name} on {}", self.track) } else { name.to_owned() };
        StoreRefusal::Unknown { store: STORE, what, name }
    }

    /// A new edit, and the track as it stands.
    async fn open(&self, now_seconds: u64) -> Result<(String, Track), StoreRefusal> {
        let told = self.ask((Method::POST, "/edits"), Some(&json!({})), now_seconds).await?;
        if told.status == 404 {
            return Err(self.unknown("app", &self.package));
        }
        let edit: Edit = self.line.read(&self.allowed(told)?)?;
        let track = self.read_track(&edit.id, now_seconds).await;
        if track.is_err() {
            self.give_up(&edit.id, now_seconds).await;
        }
        Ok((edit.id, track?))
    }

    async fn read_track(&self, edit: &str, now_seconds: u64) -> Result<Track, StoreRefusal> {
        let told = self.ask((Method::GET, &self.track_of(edit)), None, now_seconds).await?;
        if told.status == 404 {
            return Err(self.unknown("track", &self.track));
        }
        self.line.read(&self.allowed(told)?)
    }

    async fn close(&self, edit: &str, track: &Track, now_seconds: u64) -> Result<(), StoreRefusal> {
        let body = serde_json::to_value(track)
            .map_err(|why| StoreRefusal::Unreadable { store: STORE, why: why.to_string() })?;
        let told = self.ask((Method::PUT, &self.track_of(edit)), Some(&body), now_seconds).await?;
        self.allowed(told)?;
        let told = self.ask((Method::POST, &format!("/edits/{edit}:commit")), None, now_seconds).await?;
        self.allowed(told).map(drop)
    }

    /// It would end by itself; whoever looks next is not kept up by it.
    async fn give_up(&self, edit: &str, now_seconds: u64) {
        drop(self.ask((Method::DELETE, &format!("/edits/{edit}")), None, now_seconds).await);
    }

    fn allowed(&self, told: Told) -> Result<Told, StoreRefusal> {
        match told.status {
            404 | 409 => Err(self.line.conflict(&told)),
            _ => Ok(told),
        }
    }

    fn track_of(&self, edit: &str) -> String {
        format!("/edits/{edit}/tracks/{}", self.track)
    }

    async fn ask(
        &self,
        (method, below): (Method, &str),
        body: Option<&Value>,
        now_seconds: u64,
    ) -> Result<Told, StoreRefusal> {
        let bearer = self.token(now_seconds).await?;
        let path = format!("/androidpublisher/v3/applications/{}{below}", self.package);
        let (bearer, body) = (Some(bearer.expose_secret()), body.map(Body::Json));
        self.line.ask(&Ask { method, path: &path, bearer, body }).await
    }

    async fn token(&self, now_seconds: u64) -> Result<SecretString, StoreRefusal> {
        let mut kept = self.token.lock().await;
        if let Some((token, _)) = kept.as_ref().filter(|(_, ends)| now_seconds + EARLY_SECONDS < *ends) {
            return Ok(token.clone());
        }
        let claims = json!({
            "iss": self.email, "scope": SCOPE, "aud": self.token_uri,
            "iat": now_seconds, "exp": now_seconds + ASSERTION_SECONDS,
        });
        let no_chance = StoreRefusal::Key { store: STORE, why: "it could not sign" };
        let assertion = self.key.sign(None, &claims).ok_or(no_chance)?;
        let form = Url::parse_with_params("http://form", [("grant_type", GRANT), ("assertion", &assertion)]);
        let form = form.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
        let (path, body) = (self.token_uri.as_str(), Some(Body::Form(form)));
        let told = self.line.ask(&Ask { method: Method::POST, path, bearer: None, body }).await?;
        let granted: Granted = self.line.read(&self.allowed(told)?)?;
        let token = SecretString::from(granted.access_token);
        *kept = Some((token.clone(), now_seconds + granted.expires_in));
        Ok(token)
    }
}

/// Whether the track has to be written; a refusal of none is an unknown release.
fn change(
    track: &mut Track,
    name: &str,
    (act, share): (Act, Option<Share>),
) -> Result<bool, Option<StoreRefusal>> {
    let release = track.find_mut(name).ok_or(None)?;
    let seen = sight(release);
    let no_step = || {
        let wanted = share.map_or_else(|| "no share".to_owned(), |share| share.to_string());
        StoreRefusal::NoStep { store: STORE, now: seen.share.to_string(), wanted }
    };
    let is_share = share.is_none_or(|share| share == seen.share);
    if seen.stage == Stage::UnderWay && matches!(act, Act::Begin | Act::Widen) && share == Some(seen.share) {
        return Ok(false);
    }
    if act == Act::Begin && seen.stage == Stage::UnderWay && !is_share {
        // It has begun already: that is widening.
        return Err(Some(no_step()));
    }
    if act.is_done(seen.stage) {
        return Ok(false);
    }
    if !act.fits(seen.stage) {
        let (version, stage) = (seen.version.clone(), seen.stage);
        return Err(Some(StoreRefusal::NotFromThere { store: STORE, version, stage, act }));
    }
    match act {
        Act::Begin | Act::Widen => {
            let grows = |share: &Share| share.is_part() && *share > seen.share;
            let share = share.filter(grows).ok_or_else(no_step)?;
            release.set("inProgress", Some(share.fraction()));
        }
        // As it was given, to the last digit: nothing is rounded on the way to a halt.
        Act::Halt => release.set("halted", release.user_fraction),
        Act::Resume => release.set("inProgress", release.user_fraction),
        Act::Complete => {
            release.set("completed", None);
            track.only_completed(name);
        }
    }
    Ok(true)
}

fn sight(release: &Release) -> Sight {
    let share = release.user_fraction.and_then(Share::from_fraction);
    let (stage, share) = match release.status.as_str() {
        "draft" => (Stage::Approved, Share::NONE),
        "inProgress" => (Stage::UnderWay, share.unwrap_or(Share::NONE)),
        "halted" => (Stage::Halted, share.unwrap_or(Share::NONE)),
        "completed" => (Stage::Complete, Share::ALL),
        _ => (Stage::Unready, Share::NONE),
    };
    let version = release.name.clone().unwrap_or_else(|| release.version_codes.join(", "));
    Sight { version, stage, share, day: None, paused_days: None, live: None, says: release.status.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn track(status: &str, fraction: Option<f64>) -> Track {
        serde_json::from_value(json!({"track": "production", "releases": [
            {"name": "1.0.0", "versionCodes": ["10"], "status": "completed", "releaseNotes": [{"language": "en", "text": "x"}]},
            {"name": "2.0.0", "versionCodes": ["20", "21"], "status": status, "userFraction": fraction},
        ]}))
        .unwrap_or_else(|why| unreachable!("{why}"))
    }

    fn act() -> impl Strategy<Value = Act> {
        prop::sample::select(Act::ALL.to_vec())
    }

    proptest! {
        /// Whatever is asked in whatever order: a share never gets smaller, what is under way or halted has a part of the users, what
        /// else stands on the track stays, and what was done once is done.
        #[test]
        fn a_share_never_shrinks(acts in prop::collection::vec((act(), 0_u16..=10_000), 0..12)) {
            let mut track = track("draft", None);
            let mut before = Share::NONE;
            for (act, parts) in acts {
                let share = Share::try_from(parts).ok();
                let changed = change(&mut track, "2.0.0", (act, share));
                let now = sight(track.find("21").unwrap());
                prop_assert!(now.share >= before);
                if matches!(now.stage, Stage::UnderWay | Stage::Halted) {
                    prop_assert!(now.share.is_part());
                }
                if changed == Ok(true) {
                    prop_assert_eq!(change(&mut track, "2.0.0", (act, share)), Ok(false));
                }
                let releases = serde_json::to_value(&track).unwrap()["releases"].clone();
                if now.stage == Stage::Complete {
                    // A track has one that is completed.
                    prop_assert_eq!(releases.as_array().map(Vec::len), Some(1));
                } else {
                    prop_assert_eq!(&releases[0]["releaseNotes"][0]["text"], &json!("x"));
                    prop_assert_eq!(&releases[0]["status"], &json!("completed"));
                }
                before = now.share;
            }
        }
    }
}
