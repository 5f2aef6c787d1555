//! Where checkpoints go besides the data directory: a file, a receiver of webhooks, a git repository.
//!
//! Invariant: sending the same checkpoint again changes nothing; no URL is followed further than the guard lets it.
//! Deliberately not here: when to send again (`checkpoints`).

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tidegate_connectors::deliver::{Endpoint, Message, attempt};
use tidegate_connectors::guard::Guard;
use tidegate_connectors::standard_webhooks::{MessageId, SharedKey, SigningKey};
use tidegate_connectors::{HeaderMap, HeaderValue};
use tidegate_domain::name::ProjectName;
use tidegate_ports::Fault;

use super::{Made, append, git, write_secret};

pub(crate) enum Destination {
    File(PathBuf),
    /// A repository on this machine, perhaps on a disk of somebody else.
    Git(PathBuf, String),
    Webhook(Box<Endpoint>, Guard),
}

/// What messages to the outside need.
#[derive(Clone)]
pub(crate) struct Outgoing {
    /// None for the first: the others keep theirs apart from its.
    pub project: Option<ProjectName>,
    pub guard: Guard,
    /// Where the secret of checkpoints' webhooks is kept.
    pub secret: PathBuf,
}

impl Destination {
    /// `file:PATH`, `git:PATH`, or a URL.
    pub fn parse(text: &str, outgoing: &Outgoing) -> Result<Self, Fault> {
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            let apart = outgoing.project.as_ref().map_or_else(String::new, |name| format!(".{name}"));
            return Ok(Self::File(format!("{path}{apart}").into()));
        }
        if let Some(path) = text.strip_prefix("git:").filter(|path| !path.is_empty()) {
            let branch = git::branch(outgoing.project.as_ref());
            return git::check(Path::new(path)).map(|()| Self::Git(path.into(), branch));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            let endpoint = Endpoint::new(text, vec![secret(&outgoing.secret)?]);
            return Ok(Self::Webhook(Box::new(endpoint), outgoing.guard.clone()));
        }
        Err(Fault::hold("checkpoint-destination", format!("`{text}` is no place for checkpoints")).with_help(
            "write file:PATH, git:PATH or a URL, as in --checkpoint-to file:/mnt/other/tidegate.notes",
        ))
    }

    /// Without what may be secret in a URL.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => format!("file:{}", path.display()),
            Self::Git(path, _) => format!("git:{}", path.display()),
            Self::Webhook(endpoint, _) => format!("webhook {endpoint:?}"),
        }
    }

    pub async fn send(&self, made: &Made) -> Result<(), String> {
        match self {
            Self::File(path) => {
                let (path, note) = (path.clone(), made.note.clone());
                let writing = tokio::task::spawn_blocking(move || append_once(&path, &note));
                writing.await.map_err(|why| why.to_string())?.map_err(|why| why.to_string())
            }
            Self::Git(path, branch) => git::commit((path, branch), made).await,
            Self::Webhook(endpoint, guard) => post(endpoint, guard, made).await,
        }
    }
}

fn append_once(path: &Path, note: &str) -> std::io::Result<()> {
    let ends_with_it = std::fs::read(path).is_ok_and(|known| known.ends_with(note.as_bytes()));
    if ends_with_it { Ok(()) } else { append(path, note) }
}

async fn post(endpoint: &Endpoint, guard: &Guard, made: &Made) -> Result<(), String> {
    let id = MessageId::parse(&format!("checkpoint_{}", made.size)).map_err(|why| why.to_string())?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind)]);
    let message = Message { id, headers, body: made.note.clone().into_bytes() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let outcome = attempt(guard, endpoint, &message, now).await;
    match (outcome.status, outcome.failure) {
        (Some(200..=299), _) => Ok(()),
        (Some(status), _) => Err(format!("it answered {status}")),
        (None, failure) => Err(failure.map_or_else(|| "no answer".to_owned(), |failure| failure.message)),
    }
}

/// Made at first use; receivers get it from the file.
fn secret(path: &Path) -> Result<SigningKey, Fault> {
    use secrecy::ExposeSecret as _;
    let failed = |what: String| {
        Fault::hold("checkpoint-unwritable", format!("cannot use {}", path.display()))
            .with_help("check the space and the rights of the data directory")
            .caused_by(what)
    };
    if let Ok(text) = std::fs::read_to_string(path) {
        return SigningKey::parse(&text).map_err(|why| failed(why.to_string()));
    }
    let key =
        SharedKey::from_bytes(rand::random::<[u8; 32]>().to_vec()).map_err(|why| failed(why.to_string()))?;
    write_secret(path, key.reveal().expose_secret()).map_err(|why| failed(why.to_string()))?;
    Ok(SigningKey::Shared(key))
}

#[cfg(test)]
mod tests {
    use tidegate_connectors::guard::{Allowance, Limits};

    use super::*;

    fn parse(directory: &Path, text: &str) -> Result<Destination, Fault> {
        let guard = Guard::new(Allowance::default(), &Limits::default()).unwrap();
        Destination::parse(text, &Outgoing { project: None, guard, secret: directory.join("webhook.secret") })
    }

    #[test]
    fn a_destination_is_a_file_a_repository_or_a_url() {
        let directory = tempfile::tempdir().unwrap();
        let name = |text: &str| parse(directory.path(), text).map(|to| to.name()).map_err(|fault| fault.code);
        assert_eq!(name("file:/mnt/a").unwrap(), "file:/mnt/a");
        assert_eq!(name("https://a.example/s3cret").unwrap(), "webhook Endpoint(a.example, 1 keys)");
        for (bad, code) in [
            ("", "checkpoint-destination"),
            ("file:", "checkpoint-destination"),
            ("ftp://a.example", "checkpoint-destination"),
            ("git:/nowhere", "checkpoint-repository"),
        ] {
            assert_eq!(name(bad).unwrap_err(), code, "{bad}");
        }
        let secret = std::fs::read_to_string(directory.path().join("webhook.secret")).unwrap();
        assert!(secret.starts_with("whsec_"));
    }

    #[tokio::test]
    async fn a_file_gets_each_checkpoint_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("outside.notes");
        let to = Destination::File(path.clone());
        let made = |size: u64| Made { size, root: [0; 32], note: format!("note {size}\n") };
        for size in [1, 1, 2, 2] {
            to.send(&made(size)).await.unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "note 1\nnote 2\n");
        let nowhere = Destination::File(directory.path().join("none/outside.notes"));
        nowhere.send(&made(1)).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_private_address_is_not_posted_to() {
        let directory = tempfile::tempdir().unwrap();
        let to = parse(directory.path(), "http://127.0.0.1:9/hook").unwrap();
        let why = to.send(&Made { size: 1, root: [0; 32], note: String::new() }).await.unwrap_err();
        assert!(why.contains("this machine"), "{why}");
    }
}
