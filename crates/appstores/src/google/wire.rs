//! Google Play's JSON, as far as it is read and written here; what else a track holds is given back as it came.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(super) struct Edit {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct Granted {
    pub access_token: String,
    pub expires_in: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Track {
    track: String,
    #[serde(default)]
    releases: Vec<Release>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 64-bit numbers, written as text.
    #[serde(default)]
    pub version_codes: Vec<String>,
    /// `draft`, `inProgress`, `halted` or `completed`.
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_fraction: Option<f64>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Track {
    fn place(&self, name: &str) -> Option<usize> {
        let is = |release: &Release| {
            release.name.as_deref() == Some(name) || release.version_codes.iter().any(|code| code == name)
        };
        self.releases.iter().position(is)
    }

    /// The one that is completed now takes the place of those before it: a track has one.
    pub fn only_completed(&mut self, name: &str) {
        let place = self.place(name);
        let mut at = 0;
        self.releases.retain(|release| {
            let stays = release.status != "completed" || Some(at) == place;
            at += 1;
            stays
        });
    }

    pub fn find(&self, name: &str) -> Option<&Release> {
        self.releases.get(self.place(name)?)
    }

    pub fn find_mut(&mut self, name: &str) -> Option<&mut Release> {
        let place = self.place(name)?;
        self.releases.get_mut(place)
    }
}

impl Release {
    pub fn set(&mut self, status: &str, fraction: Option<f64>) {
        status.clone_into(&mut self.status);
        self.user_fraction = fraction;
    }
}
