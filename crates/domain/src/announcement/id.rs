//! The id of an announcement, by which it is known in the log, in letters and on the public page.

use serde::{Deserialize, Serialize};

/// `ann_` and 16 letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AnnouncementId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no announcement's id: it looks like ann_0123456789abcdef")]
pub struct BadAnnouncementId(String);

impl AnnouncementId {
    const PREFIX: &'static str = "ann_";
    pub const PATTERN: &'static str = "^ann_[A-Za-z0-9]{16}$";

    pub fn from_bits(bits: u64) -> Self {
        Self(format!("{}{bits:016x}", Self::PREFIX))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AnnouncementId {
    type Error = BadAnnouncementId;
    fn try_from(text: String) -> Result<Self, BadAnnouncementId> {
        match text.strip_prefix(Self::PREFIX) {
            Some(rest) if rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok(Self(text))
            }
            _ => Err(BadAnnouncementId(text)),
        }
    }
}
impl std::str::FromStr for AnnouncementId {
    type Err = BadAnnouncementId;
    fn from_str(text: &str) -> Result<Self, BadAnnouncementId> {
        Self::try_from(text.to_owned())
    }
}
impl From<AnnouncementId> for String {
    fn from(id: AnnouncementId) -> String {
        id.0
    }
}
impl std::fmt::Display for AnnouncementId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}
