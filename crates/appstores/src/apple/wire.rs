//! App Store Connect's JSON, as far as it is read and written here.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Found {
    data: Vec<Version>,
    #[serde(default)]
    included: Vec<Phased>,
}

#[derive(Deserialize)]
pub(super) struct Version {
    pub id: String,
    pub attributes: VersionAttributes,
    #[serde(default)]
    relationships: Relationships,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionAttributes {
    pub version_string: String,
    /// Its newer name; the older one is still given.
    app_version_state: Option<String>,
    app_store_state: Option<String>,
}

#[derive(Default, Deserialize)]
struct Relationships {
    #[serde(default, rename = "appStoreVersionPhasedRelease")]
    phased: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    data: Option<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct Phased {
    pub id: String,
    #[serde(default)]
    pub attributes: PhasedAttributes,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhasedAttributes {
    pub phased_release_state: Option<String>,
    pub current_day_number: Option<u8>,
    /// In days.
    pub total_pause_duration: Option<u16>,
}

impl Found {
    pub fn of(self, version: &str) -> Option<(Version, Option<Phased>)> {
        let found = self.data.into_iter().find(|known| known.attributes.version_string == version)?;
        let id = found.relationships.phased.as_ref().and_then(|link| link.data.as_ref()).map(|link| &link.id);
        let phased = id.and_then(|id| self.included.iter().find(|known| known.id == *id)).cloned();
        Some((found, phased))
    }
}

impl Version {
    pub fn state(&self) -> &str {
        let attributes = &self.attributes;
        attributes.app_store_state.as_deref().or(attributes.app_version_state.as_deref()).unwrap_or("UNKNOWN")
    }
}

pub(super) fn new_phased(version_id: &str) -> Value {
    json!({"data": {
        "type": "appStoreVersionPhasedReleases",
        "attributes": {"phasedReleaseState": "INACTIVE"},
        "relationships": {"appStoreVersion": {"data": {"type": "appStoreVersions", "id": version_id}}},
    }})
}

pub(super) fn phased_state(id: &str, state: &str) -> Value {
    json!({"data": {
        "type": "appStoreVersionPhasedReleases", "id": id, "attributes": {"phasedReleaseState": state},
    }})
}

pub(super) fn release_request(version_id: &str) -> Value {
    json!({"data": {
        "type": "appStoreVersionReleaseRequests",
        "relationships": {"appStoreVersion": {"data": {"type": "appStoreVersions", "id": version_id}}},
    }})
}
