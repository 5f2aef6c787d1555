//! The flags of an environment for others who serve or evaluate them: whole, with their version.
//!
//! Invariant: definitions go to who keeps a server key, or may read them, and to nobody else. Deliberately not here: HTTP.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tidegate_domain::flag_keys::FlagKeyKind;
use tidegate_flags::FlagSet;
use tidegate_identity::FlagKeyHash;

use super::keys::KeyFacts;
use super::{Serving, Where};

/// What an edge follows; `tidegate_sdk::definitions` reads the same without keys.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Bundle {
    pub project: String,
    pub environment: String,
    pub version: u64,
    pub changed_ms: u64,
    pub definitions: Value,
    /// By which others may ask there; a program that evaluates for itself needs none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<BundleKey>,
}

/// Its secret cannot be made from this.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BundleKey {
    pub id: String,
    pub kind: FlagKeyKind,
    pub hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}

impl Bundle {
    pub fn of(serving: &Serving, at: &Where) -> Self {
        let keys = serving.keys().of(at).iter().map(BundleKey::of).collect();
        Self { keys, ..Self::without_keys(serving, at) }
    }

    /// For programs that evaluate for themselves.
    pub fn without_keys(serving: &Serving, at: &Where) -> Self {
        let place = serving.place(at);
        let served = place.served();
        Self {
            project: at.0.to_string(),
            environment: at.1.to_string(),
            version: served.version,
            changed_ms: served.changed_ms,
            definitions: document(&served.set),
            keys: Vec::new(),
        }
    }

    /// Whether it has definitions at all, and is not half of something.
    pub fn is_whole(&self) -> bool {
        self.definitions.get("flags").is_some_and(|flags| flags.is_object() || flags.is_array())
    }

    pub fn at(&self) -> Option<Where> {
        Some((self.project.parse().ok()?, self.environment.parse().ok()?))
    }

    pub fn key_facts(&self) -> Vec<KeyFacts> {
        self.keys.iter().filter_map(BundleKey::facts).collect()
    }
}

impl BundleKey {
    fn of(facts: &KeyFacts) -> Self {
        let KeyFacts { id, kind, hash, expires_ms } = facts;
        Self { id: id.clone(), kind: *kind, hash: hash.digits(), expires_ms: *expires_ms }
    }

    fn facts(&self) -> Option<KeyFacts> {
        let hash = FlagKeyHash::parse(&self.hash)?;
        Some(KeyFacts { id: self.id.clone(), kind: self.kind, hash, expires_ms: self.expires_ms })
    }
}

/// In the order of their keys, with everything that their definitions hold.
fn document(set: &FlagSet) -> Value {
    let mut keys: Vec<&str> = set.keys().collect();
    keys.sort_unstable();
    let flags = keys.into_iter().filter_map(|key| Some((key.to_owned(), set.definition(key)?)));
    let mut document = json!({ "flags": flags.collect::<Map<_, _>>() });
    if !set.metadata().is_empty() {
        document["metadata"] = Value::Object(set.metadata().clone());
    }
    document
}

/// As flagd and its in-process providers read it, as text.
pub(crate) fn export(set: &FlagSet) -> Vec<u8> {
    let mut document = set.to_flagd().document;
    document["$schema"] = "https://flagd.dev/schema/v0/flags.json".into();
    serde_json::to_vec(&document).unwrap_or_default()
}
