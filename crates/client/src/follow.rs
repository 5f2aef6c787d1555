//! The log of events: pages of it, and new ones as they come.
//!
//! Invariant: a followed log misses nothing and repeats nothing, however often the connection breaks. Deliberately not
//! here: giving up; whoever is tired of waiting drops the stream.

use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::header::ACCEPT;
use reqwest::{Method, Response, Url};
use tidegate_api::{Event, Page};

use crate::lines::Lines;
use crate::send::ask;
use crate::sse::{Message, Parser};
use crate::{Client, ClientError};

const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(3);
/// The server says something at least every 10 s.
const SILENCE_MAX: Duration = Duration::from_secs(45);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventsQuery {
    /// Positions above this one.
    pub after: Option<u64>,
    /// Only of one stream: `rollout/rol_…`.
    pub stream: Option<String>,
    pub limit: Option<u32>,
}

/// Where a followed log begins, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventsFrom {
    /// Positions above this one; what happens from now on where absent.
    pub after: Option<u64>,
    pub stream: Option<String>,
}

/// What a followed log says.
#[derive(Debug)]
pub enum Followed {
    Event(Box<Event>),
    /// The connection stands; everything up to now came or is on its way.
    Connected,
    /// It broke, or cannot be made; it is tried again.
    Lost(ClientError),
    /// The server refuses; nothing comes after this.
    Refused(ClientError),
}

impl Client {
    /// `GET /events`, oldest first.
    pub async fn events(&self, query: &EventsQuery) -> Result<Page<Event>, ClientError> {
        let mut url = self.at(&["events"]);
        ask(&mut url, "after", query.after);
        ask(&mut url, "stream", query.stream.as_ref());
        ask(&mut url, "limit", query.limit);
        self.get(url).await
    }

    /// `GET /events/stream`, connected again whenever it breaks.
    pub fn follow_events(&self, from: &EventsFrom) -> BoxStream<'static, Followed> {
        let mut url = self.at(&["events", "stream"]);
        ask(&mut url, "stream", from.stream.as_ref());
        let follower = Follower {
            client: self.clone(),
            url,
            last: from.after.map(|after| after.to_string()),
            connection: None,
            pause: Duration::ZERO,
            ended: false,
        };
        stream::unfold(follower, |mut follower| async move {
            let said = follower.next().await?;
            Some((said, follower))
        })
        .boxed()
    }
}

struct Follower {
    client: Client,
    url: Url,
    /// The id of the newest event that came.
    last: Option<String>,
    connection: Option<Connection>,
    pause: Duration,
    ended: bool,
}

struct Connection {
    response: Response,
    lines: Lines,
    parser: Parser,
}

impl Follower {
    async fn next(&mut self) -> Option<Followed> {
        if self.ended {
            return None;
        }
        if self.connection.is_none() {
            return Some(self.connect().await);
        }
        Some(match self.message().await {
            Ok(event) => Followed::Event(event),
            Err(error) => {
                self.connection = None;
                Followed::Lost(error)
            }
        })
    }

    async fn connect(&mut self) -> Followed {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).clamp(PAUSE_FIRST, PAUSE_MAX);
        let mut request = self.client.request(Method::GET, &self.url).header(ACCEPT, "text/event-stream");
        if let Some(last) = &self.last {
            request = request.header("last-event-id", last);
        }
        match self.client.send(request, &self.url).await {
            Ok(response) => {
                self.pause = PAUSE_FIRST;
                let (lines, parser) = (Lines::default(), Parser::default());
                self.connection = Some(Connection { response, lines, parser });
                Followed::Connected
            }
            Err(error) if error.is_fault() => Followed::Lost(error),
            Err(error) => {
                self.ended = true;
                Followed::Refused(error)
            }
        }
    }

    /// The next event; ids that come alone are noted on the way.
    async fn message(&mut self) -> Result<Box<Event>, ClientError> {
        loop {
            let Message { id, data } = self.read().await?;
            if id.is_some() {
                self.last = id;
            }
            let Some(data) = data else { continue };
            let event = serde_json::from_str(&data);
            return event.map(Box::new).map_err(|why| self.unexpected(why.to_string()));
        }
    }

    async fn read(&mut self) -> Result<Message, ClientError> {
        loop {
            let Some(connection) = &mut self.connection else { return Err(self.unexpected("no connection")) };
            while let Some(line) = connection.lines.pop() {
                if let Some(message) = connection.parser.line(&line) {
                    return Ok(message);
                }
            }
            match tokio::time::timeout(SILENCE_MAX, connection.response.chunk()).await {
                Ok(Ok(Some(piece))) => {
                    if connection.lines.push(&piece).is_err() {
                        return Err(self.unexpected("an endless line"));
                    }
                }
                Ok(Ok(None)) => return Err(self.unexpected("the stream ended")),
                Ok(Err(source)) => return Err(self.client.unreachable(source)),
                Err(_) => return Err(self.unexpected("the stream fell silent")),
            }
        }
    }

    fn unexpected(&self, what: impl Into<String>) -> ClientError {
        ClientError::unexpected(self.url.as_str(), what)
    }
}
