//! What is secret of a channel, sealed beside the log, and the key of links.
//!
//! Invariant: the key's file is readable by this user alone and made once; a secret is opened only to be used. Deliberately not
//! here: showing any of it.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::ChannelName;
use tidegate_engine::{channel_note, channel_place};
use tidegate_ports::Fault;

use crate::app::App;

/// Its `Debug` shows nothing of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct ChannelSecret {
    /// Where messages go: of rooms and webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of a mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// By which a webhook's messages are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl std::fmt::Debug for ChannelSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChannelSecret")
    }
}

impl ChannelSecret {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.password.is_none() && self.key.is_none()
    }

    /// As it is sealed.
    pub fn text(&self) -> SecretString {
        serde_json::to_string(self).unwrap_or_default().into()
    }

    /// Of this channel; empty where nothing is kept.
    pub async fn of(app: &App, name: &ChannelName) -> Result<Self, Fault> {
        let Some(body) = app.store.note(&StreamId::Announcements, &channel_note(name)).await? else {
            return Ok(Self::default());
        };
        let (environment, secret) = channel_place(name);
        let revealed = app.vault.reveal((&environment, &secret), &body)?;
        serde_json::from_str(revealed.value.expose_secret()).map_err(|_| {
            Fault::hold(
                "channel-secret-unusable",
                format!("what is kept of the channel `{name}` cannot be used"),
            )
            .with_help(format!("set it anew: tidegate channel show {name}"))
        })
    }
}

/// Kept where it is, or made.
pub(super) fn own_key(path: &Path) -> Result<[u8; 32], Fault> {
    kept_or_new(path).map_err(|error| {
        Fault::hold("announcement-key-unusable", format!("the key of links cannot be used: {}", path.display()))
            .with_help("check who owns the data directory, and whether the disk is full; links that were sent need the key that signed them")
            .caused_by(error)
    })
}

fn kept_or_new(path: &Path) -> io::Result<[u8; 32]> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| io::Error::other("it does not have 32 bytes")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (key, new) = (rand::random::<[u8; 32]>(), path.with_extension("new"));
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&new)?;
            file.write_all(&key)?;
            file.sync_all()?;
            std::fs::rename(&new, path)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_of_links_is_made_once_and_for_this_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("links.key");
        let key = own_key(&path).unwrap();
        assert_eq!(own_key(&path).unwrap(), key);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, b"short").unwrap();
        assert_eq!(own_key(&path).unwrap_err().code, "announcement-key-unusable");
        let secret = ChannelSecret { password: Some("p4ss".to_owned()), ..ChannelSecret::default() };
        assert!(!format!("{secret:?}").contains("p4ss"));
    }
}
