//! The secrets that sign messages, a file for each subscription, beside the log and never in it.
//!
//! Invariant: a file is readable by this user alone and replaced whole; a key that was replaced signs on for a day.
//! Deliberately not here: showing them; whoever made one gets it once.

use std::path::PathBuf;

use rustix::fs::Mode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tidegate_connectors::deliver::Endpoint;
use tidegate_connectors::standard_webhooks::{SharedKey, SigningKey};
use tidegate_domain::name::WebhookName;
use tidegate_ports::Fault;

/// How long receivers have to change over.
const OVERLAP_MS: u64 = 24 * 3600 * 1000;

pub(crate) struct Secrets {
    pub directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Where messages go: path and query are often secrets.
    url: String,
    /// The newest first.
    keys: Vec<KeptKey>,
}

#[derive(Serialize, Deserialize)]
struct KeptKey {
    key: String,
    /// Absent for the one that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_ms: Option<u64>,
}

impl Secrets {
    /// Of this subscription, made where there is none; and whether it was made.
    pub fn ensure(&self, name: &WebhookName, url: &str) -> Result<(SecretString, bool), Fault> {
        if let Some(kept) = self.read(name)? {
            return Ok((kept.newest(), false));
        }
        let kept = Kept { url: url.to_owned(), keys: vec![new_key()?] };
        self.write(name, &kept)?;
        Ok((kept.newest(), true))
    }

    /// A new one signs from now on, the one before beside it for a day.
    pub fn rotate(&self, name: &WebhookName, now_ms: u64) -> Result<SecretString, Fault> {
        let mut kept = self.read(name)?.ok_or_else(|| gone(name))?;
        kept.keys.retain(|key| key.until_ms.is_none_or(|until| until > now_ms));
        for key in &mut kept.keys {
            key.until_ms.get_or_insert(now_ms.saturating_add(OVERLAP_MS));
        }
        kept.keys.insert(0, new_key()?);
        kept.keys.truncate(4);
        self.write(name, &kept)?;
        Ok(kept.newest())
    }

    pub fn remove(&self, name: &WebhookName) {
        if let Err(error) = std::fs::remove_file(self.path(name)) {
            tracing::warn!(%name, %error, "the secret of a webhook that is gone could not be removed");
        }
    }

    /// Where messages go, and what signs them now.
    pub fn endpoint(&self, name: &WebhookName, now_ms: u64) -> Result<Endpoint, Fault> {
        let kept = self.read(name)?.ok_or_else(|| gone(name))?;
        let holds = kept.keys.iter().filter(|key| key.until_ms.is_none_or(|until| now_ms < until));
        let keys = holds.map(|key| SigningKey::parse(&key.key)).collect::<Result<Vec<_>, _>>();
        let keys = keys
            .map_err(|refusal| Fault::hold(refusal.code(), refusal.to_string()).with_help(refusal.help()))?;
        Ok(Endpoint::new(kept.url, keys))
    }

    fn path(&self, name: &WebhookName) -> PathBuf {
        self.directory.join(format!("{name}.json"))
    }

    fn read(&self, name: &WebhookName) -> Result<Option<Kept>, Fault> {
        let path = self.path(name);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|why| self.unusable(why)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(error)),
        }
    }

    fn write(&self, name: &WebhookName, kept: &Kept) -> Result<(), Fault> {
        let write = || {
            use std::io::Write as _;
            use std::os::unix::fs::OpenOptionsExt as _;
            std::fs::create_dir_all(&self.directory)?;
            let new = self.directory.join(format!("{name}.new"));
            let mode = (Mode::RUSR | Mode::WUSR).bits();
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create(true).truncate(true).write(true).mode(mode).open(&new)?;
            file.write_all(&serde_json::to_vec(kept).map_err(std::io::Error::other)?)?;
            file.sync_all()?;
            std::fs::rename(&new, self.path(name))
        };
        write().map_err(|error: std::io::Error| self.unusable(error))
    }

    fn unusable(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault::hold("webhook-secrets-unusable", format!("cannot use {}", self.directory.display()))
            .with_help("check the space and the rights of the data directory")
            .caused_by(error)
    }
}

impl Kept {
    fn newest(&self) -> SecretString {
        self.keys.first().map_or_else(SecretString::default, |key| key.key.clone().into())
    }
}

fn gone(name: &WebhookName) -> Fault {
    Fault::hold("webhook-secret-missing", format!("address and secret of the webhook `{name}` are gone"))
        .with_help(format!(
            "restore them from a backup, or remove it and add it anew: tidegate webhook remove {name}"
        ))
}

fn new_key() -> Result<KeptKey, Fault> {
    let key = SharedKey::from_bytes(rand::random::<[u8; 32]>().to_vec());
    let key = key.map_err(|refusal| Fault::hold(refusal.code(), refusal.to_string()))?;
    Ok(KeptKey { key: key.reveal().expose_secret().to_owned(), until_ms: None })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_is_kept_for_this_user_alone_and_both_sign_while_it_is_changed() {
        let directory = tempfile::tempdir().unwrap();
        let secrets = Secrets { directory: directory.path().join("webhooks") };
        let name: WebhookName = "ci".parse().unwrap();
        let keys =
            |now_ms| secrets.endpoint(&name, now_ms).map(|to| to.keys.len()).map_err(|fault| fault.code);
        assert_eq!(keys(0), Err("webhook-secret-missing"));
        assert_eq!(secrets.rotate(&name, 0).unwrap_err().code, "webhook-secret-missing");
        let (first, made) = secrets.ensure(&name, "https://a.example/x").unwrap();
        assert!(made && first.expose_secret().starts_with("whsec_"));
        assert_eq!(
            secrets.ensure(&name, "https://b.example").unwrap().0.expose_secret(),
            first.expose_secret()
        );
        assert_eq!(secrets.endpoint(&name, 0).unwrap().url, "https://a.example/x");
        let mode = std::fs::metadata(secrets.path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let second = secrets.rotate(&name, 1_000).unwrap();
        assert_ne!(second.expose_secret(), first.expose_secret());
        assert_eq!(keys(1_000), Ok(2));
        assert_eq!(keys(1_000 + OVERLAP_MS), Ok(1));
        for now in 2_000..2_010 {
            secrets.rotate(&name, now).unwrap();
        }
        assert!(keys(3_000).unwrap() <= 4);
        secrets.remove(&name);
        assert_eq!(keys(0), Err("webhook-secret-missing"));
    }
}
