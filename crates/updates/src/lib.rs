//! A channel that bundles are published through: a folder in the form of The Update Framework (TUF 1.0, by `tough`).
//!
//! Invariant: who follows a channel from its first root never takes an older state of it for the newest (rollback), nor one
//! whose time is over (freeze), nor a bundle that the channel's keys did not name. What it last saw is kept in a folder of
//! the client's; without that folder an older state that is still in its time cannot be told. Not here: who signed the
//! bundle itself (`tidegate-bundle`), and HTTP (a site's web server can hand the folder out; clients read files).

mod refusal;

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidegate_bundle::SecretKey;
use tough::editor::RepositoryEditor;
use tough::editor::signed::{PathExists, SignedRole};
use tough::key_source::KeySource;
use tough::schema::{KeyHolder, RoleKeys, RoleType, Root, Target};
use tough::sign::{Sign, parse_keypair};
use tough::{ExpirationEnforcement, FilesystemTransport, Prefix, Repository, RepositoryLoader, TargetName};
use url::Url;
use zeroize::Zeroizing;

pub use refusal::Refusal;

const METADATA: &str = "metadata";
const TARGETS: &str = "targets";
const FIRST_ROOT: &str = "1.root.json";
const SPEC_VERSION: &str = "1.0.0";
const ORDER: &str = "tidegate-order";
const ONCE: NonZeroU64 = NonZeroU64::MIN;

/// What a channel names, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    pub file: String,
    pub bytes: u64,
    /// Grows with each bundle that is published.
    pub order: u64,
}

/// A key in the form that is signed with there, wiped when it is dropped.
struct Held(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync + 'static>;

#[async_trait]
impl KeySource for Held {
    async fn as_sign(&self) -> Result<Box<dyn Sign>, AnyError> {
        Ok(Box::new(parse_keypair(&self.0)?))
    }
    async fn write(&self, _: &str, _: &str) -> Result<(), AnyError> {
        Err("keys are never written from here".into())
    }
}

fn held(key: &SecretKey) -> Box<dyn KeySource> {
    Box::new(Held(key.der()))
}

/// Begins a channel in a new folder. `root` says which key publishes and can stay locked away; `publisher` is used each time.
pub async fn begin(
    folder: &Path,
    root: &SecretKey,
    publisher: &SecretKey,
    expires: Timestamp,
) -> Result<PathBuf, Refusal> {
    let metadata = folder.join(METADATA);
    if metadata.exists() {
        return Err(Refusal::Taken(folder.display().to_string()));
    }
    for folder in [&metadata, &folder.join(TARGETS)] {
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|why| Refusal::Disk(folder.display().to_string(), why))?;
    }
    let sources = [held(root), held(publisher)];
    let mut ids = Vec::new();
    let mut keys = HashMap::new();
    for source in &sources {
        let key = source.as_sign().await.map_err(|why| Refusal::Other(why.to_string()))?.tuf_key();
        let id = key.key_id().map_err(|why| Refusal::Other(why.to_string()))?;
        keys.insert(id.clone(), key);
        ids.push(id);
    }
    let role =
        |index: usize| RoleKeys { keyids: vec![ids[index].clone()], threshold: ONCE, _extra: HashMap::new() };
    let roles =
        [(RoleType::Root, 0), (RoleType::Targets, 1), (RoleType::Snapshot, 1), (RoleType::Timestamp, 1)];
    let document = Root {
        spec_version: SPEC_VERSION.to_owned(),
        consistent_snapshot: true,
        version: ONCE,
        expires,
        keys,
        roles: roles.into_iter().map(|(kind, index)| (kind, role(index))).collect(),
        _extra: HashMap::new(),
    };
    let random = aws_lc_rs::rand::SystemRandom::new();
    let signed = SignedRole::new(document.clone(), &KeyHolder::Root(document), &sources, &random).await?;
    signed.write(&metadata, true).await?;
    Ok(metadata.join(FIRST_ROOT))
}

/// Names one more bundle in the channel, until `expires`; without one, names again what is there.
pub async fn publish(
    folder: &Path,
    publisher: &SecretKey,
    bundle: Option<&Path>,
    expires: Timestamp,
) -> Result<Vec<Published>, Refusal> {
    let (metadata, targets) = (folder.join(METADATA), folder.join(TARGETS));
    let root = metadata.join(FIRST_ROOT);
    let is_begun = metadata.join("timestamp.json").exists();
    let (mut editor, version, order) = if is_begun {
        // One's own channel may have run out; that is why it is signed anew.
        let repository = load(folder, &root, None, ExpirationEnforcement::Unsafe).await?;
        let version = repository.timestamp().signed.version;
        let order = listed(&repository).first().map_or(0, |newest| newest.order);
        (RepositoryEditor::from_repo(&root, repository).await?, version.saturating_add(1), order)
    } else {
        (RepositoryEditor::new(&root).await?, ONCE, 0)
    };
    let named = match bundle {
        None => None,
        Some(bundle) => {
            let name = bundle.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let name = TargetName::new(name).map_err(|why| Refusal::Other(why.to_string()))?;
            let mut target =
                Target::from_path(bundle).await.map_err(|why| Refusal::Other(why.to_string()))?;
            target.custom.insert(ORDER.to_owned(), (order + 1).into());
            editor.add_target(name.clone(), target)?;
            Some((bundle, name))
        }
    };
    editor.targets_version(version)?.targets_expires(expires)?;
    editor
        .snapshot_version(version)
        .snapshot_expires(expires)
        .timestamp_version(version)
        .timestamp_expires(expires);
    let signed = editor.sign(&[held(publisher)]).await?;
    // Bytes first: whoever reads meanwhile sees the old state whole, and the timestamp is written last.
    if let Some((bundle, name)) = named {
        signed.copy_target(bundle, &targets, PathExists::Replace, Some(&name)).await?;
    }
    signed.write(&metadata).await?;
    Ok(listed(&load(folder, &root, None, ExpirationEnforcement::Unsafe).await?))
}

/// What the channel names now. `state` is the client's own folder, which must stay.
pub async fn look(channel: &str, root: &Path, state: &Path) -> Result<Vec<Published>, Refusal> {
    Ok(listed(&follow(channel, root, state).await?))
}

/// Fetches one file of the channel into a folder, or the newest one.
pub async fn fetch(
    channel: &str,
    root: &Path,
    state: &Path,
    file: Option<&str>,
    to: &Path,
) -> Result<Published, Refusal> {
    let repository = follow(channel, root, state).await?;
    let named = listed(&repository).into_iter().find(|one| file.is_none_or(|file| file == one.file));
    let named = named.ok_or_else(|| Refusal::NotNamed(file.unwrap_or("any bundle").to_owned()))?;
    if to.join(&named.file).exists() {
        return Err(Refusal::Taken(to.join(&named.file).display().to_string()));
    }
    tokio::fs::create_dir_all(to).await.map_err(|why| Refusal::Disk(to.display().to_string(), why))?;
    let name = TargetName::new(named.file.clone()).map_err(|why| Refusal::Other(why.to_string()))?;
    repository.save_target(&name, to, Prefix::None).await?;
    Ok(named)
}

async fn follow(channel: &str, root: &Path, state: &Path) -> Result<Repository, Refusal> {
    let folder = match Url::parse(channel) {
        Ok(url) if url.scheme() == "file" => {
            url.to_file_path().map_err(|()| Refusal::Address(channel.to_owned()))?
        }
        Ok(url) if url.scheme().len() > 1 => return Err(Refusal::Address(channel.to_owned())),
        Ok(_) | Err(_) => PathBuf::from(channel),
    };
    tokio::fs::create_dir_all(state).await.map_err(|why| Refusal::Disk(state.display().to_string(), why))?;
    load(&folder, root, Some(state), ExpirationEnforcement::Safe).await
}

async fn load(
    folder: &Path,
    root: &Path,
    state: Option<&Path>,
    times: ExpirationEnforcement,
) -> Result<Repository, Refusal> {
    let trusted =
        tokio::fs::read(root).await.map_err(|why| Refusal::Disk(root.display().to_string(), why))?;
    let folder = folder.canonicalize().map_err(|why| Refusal::Disk(folder.display().to_string(), why))?;
    let address = |part| {
        Url::from_directory_path(folder.join(part))
            .map_err(|()| Refusal::Address(folder.display().to_string()))
    };
    let loader = RepositoryLoader::new(&trusted, address(METADATA)?, address(TARGETS)?);
    let loader = loader.transport(FilesystemTransport).expiration_enforcement(times);
    let loader = match state {
        Some(state) => loader.datastore(state),
        None => loader,
    };
    Ok(loader.load().await?)
}

fn listed(repository: &Repository) -> Vec<Published> {
    let targets = repository.targets().signed.targets.iter();
    let mut found: Vec<Published> = targets
        .map(|(name, target)| Published {
            file: name.raw().to_owned(),
            bytes: target.length,
            order: target.custom.get(ORDER).and_then(serde_json::Value::as_u64).unwrap_or(0),
        })
        .collect();
    found.sort_by(|one, next| next.order.cmp(&one.order).then_with(|| one.file.cmp(&next.file)));
    found
}

/// The instant until which something that is signed now, for so many days, counts.
pub fn until(now: Timestamp, for_days: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24 * i64::from(for_days))).unwrap_or(Timestamp::MAX)
}
