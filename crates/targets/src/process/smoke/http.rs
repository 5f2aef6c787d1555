//! GET of every ready instance, past the gateway.
//!
//! Invariant: all of them answer as expected, or the test has failed; an instance that cannot be reached is asked again until
//! the deadline, because it may be starting anew; nothing that is answered takes more than its bounded room. Deliberately
//! not here: following redirects, and TLS, which instances do not speak.

use std::collections::BTreeMap;
use std::io;

use tidegate_domain::secret::Redactor;
use tidegate_domain::smoke::SmokeVerdict;
use tidegate_ports::SmokeQuestion;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Attempt, LOOK_EVERY, ProcessTarget, Tail, excerpt};

const HEAD_BYTES_MAX: usize = 16 << 10;
const BODY_BYTES_MAX: usize = 1 << 20;

pub(super) struct Wanted<'a> {
    pub(super) path: &'a str,
    pub(super) status: Option<u16>,
    pub(super) contains: Option<&'a str>,
    pub(super) headers: &'a BTreeMap<String, String>,
}

struct Reply {
    /// `HTTP/1.1 200 OK`
    line: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

enum Miss {
    /// Nobody is there, or hung up before a word: it may be starting.
    Away(String),
    Wrong(String),
}

impl ProcessTarget {
    pub(super) async fn ask_http(
        &self,
        question: &SmokeQuestion,
        wanted: &Wanted<'_>,
        (deadline, redactor): (Instant, &Redactor),
    ) -> Attempt {
        loop {
            let addresses = self.ready_at(question);
            let (mut output, mut away) = (Tail::default(), None);
            if addresses.is_empty() {
                away = Some("no instance is ready".to_owned());
            }
            let mut seen = String::new();
            for address in &addresses {
                match ask(address, wanted, deadline).await {
                    Ok(reply) => {
                        output.push(&told(address, wanted.path, &reply), redactor);
                        seen.clone_from(&reply.line);
                        if let Some(why) = unexpected(&reply, wanted) {
                            let body = excerpt(&redactor.redact(&reply.body));
                            let body = if body.is_empty() { "no body".to_owned() } else { body };
                            let seen = format!("{address} answered {why}: {body}");
                            return Attempt::new(SmokeVerdict::Failed, seen, output.clean(redactor));
                        }
                    }
                    Err(Miss::Wrong(why)) => {
                        let seen = format!("{address} {why}");
                        return Attempt::new(SmokeVerdict::Failed, seen, output.clean(redactor));
                    }
                    Err(Miss::Away(why)) => {
                        away = Some(format!("{address} {why}"));
                        break;
                    }
                }
            }
            let Some(away) = away else {
                let seen = format!("{seen} from {} instances", addresses.len());
                return Attempt::new(SmokeVerdict::Passed, seen, output.clean(redactor));
            };
            if Instant::now() + LOOK_EVERY >= deadline {
                return Attempt::new(SmokeVerdict::Failed, away, output.clean(redactor));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

fn told(address: &str, path: &str, reply: &Reply) -> Vec<u8> {
    let headers = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let head = format!("GET http://{address}{path}\n{}\n{}\n", reply.line, headers.collect::<String>());
    let mut told = head.into_bytes();
    told.extend_from_slice(&reply.body);
    told.extend_from_slice(b"\n");
    told
}

/// What is not as it should be, as the end of "it answered …".
fn unexpected(reply: &Reply, wanted: &Wanted<'_>) -> Option<String> {
    let fits = wanted.status.map_or((200..300).contains(&reply.status), |status| status == reply.status);
    let short = reply.line.split_once(' ').map_or(reply.line.as_str(), |(_, rest)| rest);
    if !fits {
        return Some(short.to_owned());
    }
    for (name, text) in wanted.headers {
        let values = reply.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() {
            return Some(format!("{short} without the header {name}"));
        }
        if !values.iter().any(|value| value.contains(text.as_str())) {
            return Some(format!("{short} with the header {name} as `{}`", values.join(", ")));
        }
    }
    let text = wanted.contains?;
    let found = String::from_utf8_lossy(&reply.body).contains(text);
    (!found).then(|| format!("{short} without `{text}` in its body"))
}

async fn ask(address: &str, wanted: &Wanted<'_>, deadline: Instant) -> Result<Reply, Miss> {
    let asking = async {
        let mut stream = TcpStream::connect(address)
            .await
            .map_err(|why| Miss::Away(format!("cannot be reached: {why}")))?;
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {address}\r\nuser-agent: tidegate-smoke\r\naccept: */*\r\nconnection: close\r\n\r\n",
            wanted.path
        );
        stream.write_all(request.as_bytes()).await.map_err(|why| hung_up(&why))?;
        read(&mut stream).await
    };
    let late = || Miss::Wrong(format!("did not answer GET {} in time", wanted.path));
    timeout_at(deadline, asking).await.unwrap_or_else(|_| Err(late()))
}

fn hung_up(why: &io::Error) -> Miss {
    Miss::Away(format!("hung up: {why}"))
}

async fn read(stream: &mut TcpStream) -> Result<Reply, Miss> {
    let mut bytes = Vec::with_capacity(4 << 10);
    let end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_BYTES_MAX {
            return Err(Miss::Wrong(format!("answered with more than {HEAD_BYTES_MAX} bytes of headers")));
        }
        if stream.read_buf(&mut bytes).await.map_err(|why| hung_up(&why))? == 0 {
            return Err(if bytes.is_empty() {
                Miss::Away("hung up without an answer".to_owned())
            } else {
                Miss::Wrong(format!("did not answer in HTTP: {}", excerpt(&bytes)))
            });
        }
    };
    let (line, status, headers) = head(&bytes[..end])
        .ok_or_else(|| Miss::Wrong(format!("did not answer in HTTP: {}", excerpt(&bytes[..end]))))?;
    let body = bytes.split_off(end + 4);
    let header = |name: &str| {
        let found = headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let chunked =
        header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let length: Option<usize> = header("content-length").and_then(|value| value.trim().parse().ok());
    let bodyless = matches!(status, 100..=199 | 204 | 304);
    let body = match (bodyless, chunked, length) {
        (true, _, _) => Vec::new(),
        (false, true, _) => dechunked(stream, body).await?,
        (false, false, length) => whole(stream, body, length.unwrap_or(BODY_BYTES_MAX)).await?,
    };
    Ok(Reply { line, status, headers, body })
}

type Head = (String, u16, Vec<(String, String)>);

fn head(bytes: &[u8]) -> Option<Head> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let line = lines.next()?.trim_end().to_owned();
    let rest = line.strip_prefix("HTTP/1.")?.get(2..)?;
    let status = rest.get(..3)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    Some((line.clone(), status, lines.filter_map(header).collect()))
}

/// Until so many bytes are there, or the other side ends; what is beyond the bound is left out.
async fn whole(stream: &mut TcpStream, mut body: Vec<u8>, length: usize) -> Result<Vec<u8>, Miss> {
    let length = length.min(BODY_BYTES_MAX);
    while body.len() < length && stream.read_buf(&mut body).await.map_err(|why| cut_off(&why))? > 0 {}
    body.truncate(length);
    Ok(body)
}

async fn dechunked(stream: &mut TcpStream, mut bytes: Vec<u8>) -> Result<Vec<u8>, Miss> {
    let mut body = Vec::new();
    loop {
        while let Some(end) = find(&bytes, b"\r\n") {
            let size = std::str::from_utf8(&bytes[..end]).ok().and_then(|line| {
                usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).ok()
            });
            let Some(size) = size else {
                return Err(Miss::Wrong("answered in chunks that cannot be read".to_owned()));
            };
            if size == 0 || body.len().saturating_add(size) > BODY_BYTES_MAX {
                return Ok(body);
            }
            let (from, until) = (end + 2, end + 2 + size);
            if bytes.len() < until + 2 {
                break;
            }
            body.extend_from_slice(&bytes[from..until]);
            bytes.drain(..until + 2);
        }
        if stream.read_buf(&mut bytes).await.map_err(|why| cut_off(&why))? == 0 {
            return Err(Miss::Wrong("ended its answer in the middle".to_owned()));
        }
    }
}

fn cut_off(why: &io::Error) -> Miss {
    Miss::Wrong(format!("ended its answer in the middle: {why}"))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::net::TcpListener;

    /// What somebody who answers just this is told to have answered.
    async fn check(answer: &'static [u8], contains: Option<&str>, expect: Result<&str, &str>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1_024];
            let _read = stream.read(&mut request).await;
            let _written = stream.write_all(answer).await;
        });
        let headers = BTreeMap::from([("Content-Type".to_owned(), "json".to_owned())]);
        let wanted = Wanted { path: "/cart", status: None, contains, headers: &headers };
        let found = match ask(&address, &wanted, Instant::now() + Duration::from_secs(10)).await {
            Ok(reply) => unexpected(&reply, &wanted).map_or(Ok(reply.line), Err),
            Err(Miss::Away(why) | Miss::Wrong(why)) => Err(why),
        };
        assert_eq!(found.as_deref().map_err(String::as_str), expect);
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn answers_are_held_against_what_is_expected() {
        let good =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"a\": 17}";
        check(good, Some("17"), Ok("HTTP/1.1 200 OK")).await;
        check(good, Some("18"), Err("200 OK without `18` in its body")).await;
        let chunked = b"HTTP/1.1 200 OK\r\ncontent-type: json\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nab1\r\n2\r\n7c\r\n0\r\n\r\n";
        check(chunked, Some("b17c"), Ok("HTTP/1.1 200 OK")).await;
        check(b"HTTP/1.0 503 Busy\r\n\r\n", None, Err("503 Busy")).await;
        check(b"HTTP/1.1 200 OK\r\n\r\n", None, Err("200 OK without the header Content-Type")).await;
        let html = b"HTTP/1.1 204 Empty\r\ncontent-type: text/html\r\n\r\n";
        check(html, None, Err("204 Empty with the header Content-Type as `text/html`")).await;
    }

    #[tokio::test]
    async fn what_is_no_answer_is_none() {
        check(b"", None, Err("hung up without an answer")).await;
        check(b"SSH-2.0-x\r\n\r\n", None, Err("did not answer in HTTP: SSH-2.0-x")).await;
        let cut = b"HTTP/1.1 200 OK\r\ncontent-type: json\r\ntransfer-encoding: chunked\r\n\r\n9\r\nab";
        check(cut, None, Err("ended its answer in the middle")).await;
        let odd = b"HTTP/1.1 200 OK\r\ncontent-type: json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab";
        check(odd, None, Err("answered in chunks that cannot be read")).await;
    }
}
