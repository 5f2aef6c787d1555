//! App Store Connect: phased releases.
//!
//! Source: Apple, App Store Connect API 1.2 and later (`appStoreVersions`, `appStoreVersionPhasedReleases`,
//! `appStoreVersionReleaseRequests`). Invariant: a token lives for ten minutes at most, and each act begins with how the version
//! stands. Deliberately not here: uploading and review.

mod wire;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tidegate_connectors::guard::{Guard, Method, Url};

use self::wire::{Found, Phased, Version};
use crate::jwt::Key;
use crate::refusal::StoreRefusal;
use crate::rules::{APPLE_DAYS, Store};
use crate::sending::{Ask, Body, Line};
use crate::share::Share;
use crate::sight::{Act, Sight, Stage};

pub const BASE: &str = "https://api.appstoreconnect.apple.com";
const TOKEN_SECONDS: u64 = 600;
const AUDIENCE: &str = "appstoreconnect-v1";

/// A key of the team, as App Store Connect gives it.
pub struct AppleKey {
    pub issuer: String,
    pub id: String,
    /// The `.p8` file.
    pub pem: SecretString,
}

/// An app in the App Store.
pub struct Apple {
    line: Line,
    issuer: String,
    key_id: String,
    key: Key,
    /// The app's number.
    app: String,
    /// `IOS`, `MAC_OS`, `TV_OS` or `VISION_OS`.
    platform: String,
}

impl Apple {
    pub fn new(
        (guard, base): (Guard, &str),
        (app, platform): (&str, &str),
        key: &AppleKey,
    ) -> Result<Self, StoreRefusal> {
        let store = Store::AppStore;
        let read = Key::p256(key.pem.expose_secret().as_bytes());
        Ok(Self {
            line: Line { store, guard, base: base.trim_end_matches('/').to_owned() },
            issuer: key.issuer.clone(),
            key_id: key.id.clone(),
            key: read.map_err(|why| StoreRefusal::Key { store, why })?,
            app: app.to_owned(),
            platform: platform.to_owned(),
        })
    }

    /// How a version stands.
    pub async fn sight(&self, version: &str, now_seconds: u64) -> Result<Sight, StoreRefusal> {
        let (found, phased) = self.look(version, now_seconds).await?;
        Ok(sight(&found, phased.as_ref()))
    }

    /// What is done already is not done again; answers with how it stands then.
    pub async fn act(&self, version: &str, act: Act, now_seconds: u64) -> Result<Sight, StoreRefusal> {
        let (found, phased) = self.look(version, now_seconds).await?;
        let seen = sight(&found, phased.as_ref());
        if act == Act::Widen {
            return Err(StoreRefusal::OwnSchedule);
        }
        if act.is_done(seen.stage) {
            return Ok(seen);
        }
        if !act.fits(seen.stage) {
            let (store, version, stage) = (Store::AppStore, seen.version, seen.stage);
            return Err(StoreRefusal::NotFromThere { store, version, stage, act });
        }
        match (act, &phased) {
            (Act::Begin, None) => {
                self.change(
                    Method::POST,
                    "/v1/appStoreVersionPhasedReleases",
                    &wire::new_phased(&found.id),
                    now_seconds,
                )
                .await?;
                self.release(&found.id, now_seconds).await?;
            }
            // To everybody at once: without phases.
            (Act::Complete, Some(phased)) if seen.stage == Stage::Approved => {
                let path = format!("/v1/appStoreVersionPhasedReleases/{}", phased.id);
                self.change(Method::DELETE, &path, &Value::Null, now_seconds).await?;
                self.release(&found.id, now_seconds).await?;
            }
            (Act::Begin, Some(_)) | (Act::Complete, None) => self.release(&found.id, now_seconds).await?,
            (Act::Halt, Some(phased)) => self.to(phased, "PAUSED", now_seconds).await?,
            (Act::Resume, Some(phased)) => self.to(phased, "ACTIVE", now_seconds).await?,
            (Act::Complete, Some(phased)) => self.to(phased, "COMPLETE", now_seconds).await?,
            // Without phases it is never under way nor halted, and nobody widens.
            (Act::Halt | Act::Resume, None) | (Act::Widen, _) => {}
        }
        self.sight(version, now_seconds).await
    }

    async fn release(&self, version_id: &str, now_seconds: u64) -> Result<(), StoreRefusal> {
        let body = wire::release_request(version_id);
        self.change(Method::POST, "/v1/appStoreVersionReleaseRequests", &body, now_seconds).await
    }

    async fn to(&self, phased: &Phased, state: &str, now_seconds: u64) -> Result<(), StoreRefusal> {
        let path = format!("/v1/appStoreVersionPhasedReleases/{}", phased.id);
        self.change(Method::PATCH, &path, &wire::phased_state(&phased.id, state), now_seconds).await
    }

    async fn look(&self, version: &str, now_seconds: u64) -> Result<(Version, Option<Phased>), StoreRefusal> {
        let unknown =
            |what, name: &str| StoreRefusal::Unknown { store: Store::AppStore, what, name: name.to_owned() };
        let address = format!("{}/v1/apps/{}/appStoreVersions", self.line.base, self.app);
        let mut url = Url::parse(&address).map_err(|_| unknown("app", &self.app))?;
        url.query_pairs_mut()
            .append_pair("filter[versionString]", version)
            .append_pair("filter[platform]", &self.platform)
            .append_pair("include", "appStoreVersionPhasedRelease")
            .append_pair("limit", "2");
        let bearer = self.token(now_seconds)?;
        let ask = Ask { method: Method::GET, path: url.as_str(), bearer: Some(&bearer), body: None };
        let told = self.line.ask(&ask).await?;
        match told.status {
            404 => return Err(unknown("app", &self.app)),
            409 => return Err(self.line.conflict(&told)),
            _ => {}
        }
        let found: Found = self.line.read(&told)?;
        found.of(version).ok_or_else(|| unknown("version", version))
    }

    async fn change(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        now_seconds: u64,
    ) -> Result<(), StoreRefusal> {
        let bearer = self.token(now_seconds)?;
        let body = (!body.is_null()).then_some(Body::Json(body));
        let told = self.line.ask(&Ask { method, path, bearer: Some(&bearer), body }).await?;
        match told.status {
            404 | 409 => Err(self.line.conflict(&told)),
            _ => Ok(()),
        }
    }

    fn token(&self, now_seconds: u64) -> Result<String, StoreRefusal> {
        let claims = json!({
            "iss": self.issuer, "aud": AUDIENCE,
            "iat": now_seconds, "exp": now_seconds + TOKEN_SECONDS,
        });
        let no_chance = StoreRefusal::Key { store: Store::AppStore, why: "it could not sign" };
        self.key.sign(Some(&self.key_id), &claims).ok_or(no_chance)
    }
}

fn sight(version: &Version, phased: Option<&Phased>) -> Sight {
    let state = version.state();
    let of_day = |day: u8| {
        let percent = APPLE_DAYS.get(usize::from(day.max(1)) - 1).copied().unwrap_or(100);
        Share::from_percent(percent).unwrap_or(Share::ALL)
    };
    let day = phased.and_then(|phased| phased.attributes.current_day_number).unwrap_or(1);
    let phase = phased.and_then(|phased| phased.attributes.phased_release_state.as_deref());
    let (stage, share) = match (state, phase) {
        ("REPLACED_WITH_NEW_VERSION", _) => (Stage::Replaced, Share::NONE),
        ("PENDING_DEVELOPER_RELEASE", _) => (Stage::Approved, Share::NONE),
        ("READY_FOR_SALE" | "READY_FOR_DISTRIBUTION", Some("PAUSED")) => (Stage::Halted, of_day(day)),
        ("READY_FOR_SALE" | "READY_FOR_DISTRIBUTION", Some("ACTIVE")) => (Stage::UnderWay, of_day(day)),
        // Released, and on its way to the stores.
        ("PROCESSING_FOR_APP_STORE" | "PROCESSING_FOR_DISTRIBUTION", Some(_)) => (Stage::UnderWay, of_day(1)),
        ("PROCESSING_FOR_APP_STORE" | "PROCESSING_FOR_DISTRIBUTION", None) => (Stage::Complete, Share::ALL),
        ("READY_FOR_SALE" | "READY_FOR_DISTRIBUTION", None | Some("COMPLETE")) => {
            (Stage::Complete, Share::ALL)
        }
        // Its phases are about to begin, or called what nobody knows here.
        ("READY_FOR_SALE" | "READY_FOR_DISTRIBUTION", Some(_)) => (Stage::UnderWay, of_day(1)),
        _ => (Stage::Unready, Share::NONE),
    };
    let begun = matches!(stage, Stage::UnderWay | Stage::Halted);
    Sight {
        version: version.attributes.version_string.clone(),
        stage,
        share,
        day: Some(day).filter(|_| begun),
        paused_days: phased.and_then(|phased| phased.attributes.total_pause_duration).filter(|_| begun),
        live: Some(matches!(state, "READY_FOR_SALE" | "READY_FOR_DISTRIBUTION")),
        says: phase.map_or_else(|| state.to_owned(), |phase| format!("{state}, {phase}")),
    }
}
