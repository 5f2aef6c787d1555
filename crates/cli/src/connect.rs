//! The way to the server: which one, who asks, and sending once what must happen once.
//!
//! Invariant: a command has one idempotency key however often it is sent, so a lost answer makes nothing happen twice.
//! Not here: what is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate_client::{Client, ClientError};
use tidegate_server::Places;
use tokio::time::{Instant, sleep};

use crate::credentials;
use crate::failure::Failure;

pub const DEFAULT_URL: &str = "http://127.0.0.1:7070";
/// Where `tidegate up` keeps its data unless told otherwise.
pub const DATA_DIRECTORY: &str = ".tidegate";
/// A server that was killed is back within seconds, or somebody must look.
const RETRY_FOR: Duration = Duration::from_secs(30);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// What was said about the server on the command line.
#[derive(Debug, Clone, Default)]
pub struct Server {
    pub address: Option<String>,
    pub actor: Option<String>,
    pub project: Option<String>,
}

/// One server, and one key for the command of this invocation.
#[derive(Debug, Clone)]
pub struct Connection {
    pub client: Client,
    key: String,
}

impl Server {
    pub fn connect(&self) -> Result<Connection, Failure> {
        let client = self.stranger()?;
        let proof =
            variable("TIDEGATE_TOKEN").or_else(|| credentials::of(client.url()).map(|kept| kept.bearer));
        let client = match proof {
            Some(proof) => client.with_bearer(&proof),
            None => client,
        };
        Ok(Connection { client, key: new_key() })
    }

    /// A client that proves nothing.
    pub fn stranger(&self) -> Result<Client, Failure> {
        let url = self.url();
        let made = match variable("TIDEGATE_CA") {
            Some(file) => Client::trusting(&url, &authority(&file)?),
            None => Client::new(&url),
        };
        let client = made.map_err(|_| {
            Failure::usage("server-address-malformed", format!("`{url}` is not the address of a server"))
                .help("it looks like http://127.0.0.1:7070")
        })?;
        let client = match self.name()? {
            Some(actor) => client.with_actor(actor),
            None => client,
        };
        Ok(match self.project.clone().or_else(|| variable("TIDEGATE_PROJECT")) {
            Some(project) => client.with_project(project),
            None => client,
        })
    }

    pub fn url(&self) -> String {
        let given = self.address.clone().or_else(|| variable("TIDEGATE_SERVER"));
        given.or_else(|| recorded(&std::env::current_dir().ok()?)).unwrap_or_else(|| DEFAULT_URL.to_owned())
    }

    /// The user's name where nothing was said, if it can be one.
    pub fn name(&self) -> Result<Option<String>, Failure> {
        match self.actor.clone().or_else(|| variable("TIDEGATE_ACTOR")) {
            Some(name) if is_actor(&name) => Ok(Some(name)),
            Some(name) => {
                Err(Failure::usage("actor-malformed", format!("`{name}` cannot stand in the history"))
                    .help("use 1 to 100 printable ASCII characters; `tidegate` is taken by automation"))
            }
            None => Ok(variable("USER").filter(|name| is_actor(name))),
        }
    }
}

/// Who signed the server's certificate, where the system does not know them.
fn authority(file: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::usage("file-unreadable", format!("cannot read {file}, which TIDEGATE_CA names"))
            .help("it is a PEM file with the certificates to trust")
            .caused_by(&error)
    })
}

/// The server's rule; a header holds nothing else.
fn is_actor(name: &str) -> bool {
    (1..=100).contains(&name.trim().len())
        && name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && name.trim() != "tidegate"
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The address in the nearest `.tidegate/server.json`, here or in a directory above.
fn recorded(from: &Path) -> Option<String> {
    let data = from.ancestors().map(|directory| directory.join(DATA_DIRECTORY));
    data.filter_map(|data| Places::new(data).read_server_record()).map(|record| record.url).next()
}

/// The nearest data directory that exists, else the one that `tidegate up` would make here.
pub fn data_directory() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let found = here.ancestors().map(|directory| directory.join(DATA_DIRECTORY)).find(|data| data.is_dir());
    found.unwrap_or_else(|| PathBuf::from(DATA_DIRECTORY))
}

fn new_key() -> String {
    format!("cli-{:032x}", rand::random::<u128>())
}

impl Connection {
    /// Sends a command, and sends it again with the same key while the connection breaks under it. A server that was
    /// not there in the first place is not waited for.
    pub async fn once<T>(
        &self,
        send: impl AsyncFn(&Client, &str) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + RETRY_FOR;
        let mut pause = PAUSE_FIRST;
        let mut was_there = false;
        loop {
            let error = match send(&self.client, &self.key).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            was_there |= !is_refused(&error);
            let again = matches!(error, ClientError::Unreachable { .. }) && was_there;
            if !again || Instant::now() + pause > deadline {
                return Err(error.into());
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// Nobody listened, so nothing was sent.
fn is_refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Unreachable { source, .. } if source.is_connect())
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let (code, help, detail) = (error.code().to_owned(), error.help().to_owned(), error.to_string());
        match error {
            ClientError::Problem(problem) => (*problem).into(),
            ClientError::Unreachable { source, url } => {
                let detail = format!("no Tidegate answers at {}", url.trim_end_matches('/'));
                let failure = Self::fault(&code, detail).help(help);
                match root(&source) {
                    Some(cause) => failure.caused_by(cause),
                    None => failure,
                }
            }
            ClientError::Unexpected { .. } => Self::fault(&code, detail).help(help),
        }
    }
}

/// The layers of an HTTP client between say nothing that a person could act on.
fn root(error: &reqwest::Error) -> Option<&(dyn std::error::Error + 'static)> {
    let first = std::error::Error::source(error)?;
    std::iter::successors(Some(first), |error| error.source()).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_record_wins() {
        let top = tempfile::tempdir().unwrap();
        let write = |directory: &Path, port: u16| {
            std::fs::create_dir_all(directory.join(DATA_DIRECTORY)).unwrap();
            let record = format!(
                r#"{{"address":"127.0.0.1:{port}","url":"http://127.0.0.1:{port}","process_id":1,"version":"0"}}"#
            );
            std::fs::write(directory.join(DATA_DIRECTORY).join("server.json"), record).unwrap();
        };
        let (inner, deep) = (top.path().join("a"), top.path().join("a/b/c"));
        std::fs::create_dir_all(&deep).unwrap();
        write(top.path(), 1);
        assert_eq!(recorded(&deep).as_deref(), Some("http://127.0.0.1:1"));
        write(&inner, 2);
        assert_eq!(recorded(&deep).as_deref(), Some("http://127.0.0.1:2"));
        std::fs::write(inner.join(DATA_DIRECTORY).join("server.json"), "{").unwrap();
        assert_eq!(recorded(&deep).as_deref(), Some("http://127.0.0.1:1"), "a broken record is none");
    }

    #[test]
    fn an_address_on_the_command_line_wins_and_must_be_one() {
        let server = |address: &str| Server { address: Some(address.to_owned()), actor: None, project: None };
        assert_eq!(server("http://127.0.0.1:9").url(), "http://127.0.0.1:9");
        for bad in ["", "nonsense", "mailto:ann@example.org"] {
            let failure = server(bad).connect().unwrap_err();
            assert_eq!(failure.ending(), crate::ending::Ending::Usage, "{bad}");
        }
    }

    /// Answers each connection in turn: `None` hangs up on it, else this body; gives the keys that were sent.
    fn server(answers: Vec<Option<&'static str>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let mut keys = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let (mut request, mut piece) = (String::new(), [0; 4_096]);
                // The bodies here begin with a brace and come after the headers.
                while !request.contains("\r\n\r\n{") {
                    let read = stream.read(&mut piece).unwrap();
                    request.push_str(&String::from_utf8_lossy(&piece[..read]));
                }
                let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
                keys.push(key.unwrap().to_owned());
                if let Some(body) = answer {
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
                }
            }
            keys
        });
        (url, thread)
    }

    #[tokio::test]
    async fn a_lost_answer_is_asked_for_again_with_the_same_key() {
        let (url, keys) = server(vec![None, None, Some(r#"{"rollouts":["rol_1"]}"#)]);
        let connection = Server { address: Some(url), actor: None, project: None }.connect().unwrap();
        let answer = connection.once(async |client, key| client.resume("rol_1", key).await).await.unwrap();
        assert_eq!(answer.rollouts, ["rol_1"]);
        let keys = keys.join().unwrap();
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| *key == keys[0] && key.starts_with("cli-")), "{keys:?}");
    }

    #[test]
    fn a_name_that_cannot_be_recorded_is_refused_and_not_left_out() {
        let connect =
            |name: &str| Server { address: None, actor: Some(name.to_owned()), project: None }.connect();
        assert!(connect("ann").is_ok() && connect("ann@example.org (on call)").is_ok());
        for bad in ["", " ", "Jürgen", "a\nb", "tidegate", &"x".repeat(101)] {
            assert!(
                matches!(connect(bad), Err(Failure::Said(saying)) if saying.code == "actor-malformed"),
                "{bad}"
            );
        }
    }

    #[test]
    fn keys_differ() {
        assert_ne!(new_key(), new_key());
    }
}
