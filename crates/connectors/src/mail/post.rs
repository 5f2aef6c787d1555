//! Letters to one relay, over one connection.
//!
//! Invariant: only addresses that the guard lets through are connected to; each letter has its outcome, in their order.
//! Deliberately not here: how often, and keeping of connections.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;
use tidegate_ports::Fault;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;

use super::dialogue::{Stopped, farewell, letter, within};
use super::letter::Letter;
use super::outcome::{Held, Outcome, Step, printable};
use super::secure::{handshake, start_tls, trust};
use super::server::{Security, Server};
use crate::guard::{Guard, SendFailure};

/// How long a relay has. RFC 5321, 4.5.3.2, gives it minutes; whoever announces something comes back instead.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub step: Duration,
    /// For the letter itself: a relay may scan it before it says so.
    pub letter: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { step: Duration::from_secs(30), letter: Duration::from_mins(2) }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Post {
    guard: Guard,
    trust: Arc<ClientConfig>,
    times: Times,
}

/// An open connection to a relay.
pub struct Line {
    connection: AsyncSmtpConnection,
    times: Times,
    stands: bool,
}

impl Line {
    /// Whether it can take another.
    pub fn stands(&self) -> bool {
        self.stands
    }

    pub async fn send(&mut self, one: &Letter) -> Outcome {
        if !self.stands {
            return Outcome::Later { step: Step::Connect, said: "the connection ended before it".to_owned() };
        }
        let (outcome, goes_on) = letter(&mut self.connection, one, &self.times).await;
        self.stands = goes_on;
        outcome
    }

    pub async fn end(mut self) {
        if self.stands {
            farewell(&mut self.connection, &self.times).await;
        }
    }
}

/// Why there is no connection.
enum Closed {
    Later(Step, String),
    Held(Held),
}

impl Post {
    /// `authorities_pem`: besides the system's.
    pub fn new(guard: Guard, authorities_pem: &[Vec<u8>], times: Times) -> Result<Self, Fault> {
        Ok(Self { guard, trust: trust(authorities_pem)?, times })
    }

    /// An outcome for each letter, in their order.
    pub async fn send(&self, server: &Server, letters: &[Letter]) -> Vec<Outcome> {
        let mut line = match self.line(server).await {
            Ok(line) => line,
            Err(outcome) => return vec![outcome; letters.len()],
        };
        let mut outcomes = Vec::new();
        for one in letters {
            outcomes.push(line.send(one).await);
        }
        line.end().await;
        outcomes
    }

    /// A connection that letters go over one by one, for whoever keeps account of each before the next. Without one, what
    /// that means for all of them.
    pub async fn line(&self, server: &Server) -> Result<Line, Outcome> {
        let opened = self.open(server).await.map_err(|closed| match closed {
            Closed::Held(held) => Outcome::Held(held),
            Closed::Later(step, said) => Outcome::Later { step, said },
        })?;
        Ok(Line { connection: opened, times: self.times, stands: true })
    }

    /// That the relay is there, lets this server in, and knows who it is.
    pub async fn test(&self, server: &Server) -> Outcome {
        match self.line(server).await {
            Ok(line) => {
                line.end().await;
                Outcome::Accepted { said: "the mail server let Tidegate in".to_owned() }
            }
            Err(outcome) => outcome,
        }
    }

    async fn open(&self, server: &Server) -> Result<AsyncSmtpConnection, Closed> {
        let stream = self.connect(server).await?;
        let stream = self.protect(server, stream).await?;
        let hello = ClientId::Domain(server.hello.clone());
        let opening = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let mut connection = within((Step::Greeting, self.times.step), opening).await.map_err(closed)?;
        if let Some((user, password)) = &server.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let signing_in = connection.auth(DEFAULT_MECHANISMS, &credentials);
            within((Step::SignIn, self.times.step), signing_in).await.map_err(closed)?;
        }
        Ok(connection)
    }

    async fn connect(&self, server: &Server) -> Result<TcpStream, Closed> {
        let addresses = self.guard.addresses(&server.host).await.map_err(|failure| not_found(&failure))?;
        let loopback_only = server.security == Security::PlainToLoopback;
        if loopback_only && !addresses.iter().all(IpAddr::is_loopback) {
            return Err(Closed::Held(Held {
                code: "mail-not-protected",
                message: format!("{} is another machine, and the way there is not protected", server.host),
                help: "use `start-tls` (port 587) or `tls` (port 465); `plain` only where others cannot read the way",
            }));
        }
        let mut last = String::new();
        for address in addresses {
            let connecting = TcpStream::connect(SocketAddr::new(address, server.port));
            match tokio::time::timeout(self.times.step, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(why)) => last = printable(&why.to_string()),
                Err(_) => "too late".clone_into(&mut last),
            }
        }
        Err(Closed::Later(Step::Connect, format!("{} could not be reached: {last}", server.host)))
    }

    async fn protect(
        &self,
        server: &Server,
        mut stream: TcpStream,
    ) -> Result<Box<dyn AsyncTokioStream>, Closed> {
        match server.security {
            Security::Plain | Security::PlainToLoopback => return Ok(Box::new(stream)),
            Security::Tls => {}
            Security::StartTls => {
                let agreed = self.in_time(Step::Greeting, start_tls(&mut stream, &server.hello)).await?;
                if agreed.is_none() {
                    return Err(Closed::Held(Held {
                        code: "mail-not-protected",
                        message: format!("{} does not offer STARTTLS", server.host),
                        help: "use `tls` (port 465) where it does, or the port that the mail server's operator names",
                    }));
                }
            }
        }
        let secured = self.in_time(Step::Secure, handshake(&self.trust, &server.host, stream)).await?;
        let greeted = server.security == Security::StartTls;
        Ok(Box::new(if greeted { secured.greeted() } else { secured }))
    }

    async fn in_time<T>(&self, step: Step, future: impl Future<Output = io::Result<T>>) -> Result<T, Closed> {
        match tokio::time::timeout(self.times.step, future).await {
            Err(_) => Err(Closed::Later(step, format!("too late: {}", step.as_str()))),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(why)) if step == Step::Secure && why.kind() == io::ErrorKind::InvalidData => {
                Err(Closed::Held(Held {
                    code: "mail-certificate-refused",
                    message: format!(
                        "the mail server's certificate is not believed: {}",
                        printable(&why.to_string())
                    ),
                    help: "name the server as its certificate does, and give Tidegate the authority that signed it",
                }))
            }
            Ok(Err(why)) => Err(Closed::Later(step, printable(&why.to_string()))),
        }
    }
}

fn closed(stopped: Stopped) -> Closed {
    match stopped {
        Stopped::TooLate(step) => Closed::Later(step, format!("too late: {}", step.as_str())),
        Stopped::Broken(Step::SignIn, said) => held_sign_in(&said),
        Stopped::Broken(step, said) => Closed::Later(step, said),
        Stopped::Said { step: Step::SignIn, permanent: true, said, .. } => held_sign_in(&said),
        Stopped::Said { step, said, .. } => Closed::Later(step, said),
    }
}

fn held_sign_in(said: &str) -> Closed {
    Closed::Held(Held {
        code: "mail-sign-in-refused",
        message: format!("the mail server does not let Tidegate in: {said}"),
        help: "compare user name and password, and whether the server takes PLAIN or LOGIN",
    })
}

fn not_found(failure: &SendFailure) -> Closed {
    match failure {
        SendFailure::Url(_) | SendFailure::Address(_) => {
            Closed::Held(Held { code: failure.code(), message: failure.to_string(), help: failure.help() })
        }
        SendFailure::UnknownHost { .. } | SendFailure::TooLate { .. } | SendFailure::Broken { .. } => {
            Closed::Later(Step::Connect, printable(&failure.explained()))
        }
    }
}
