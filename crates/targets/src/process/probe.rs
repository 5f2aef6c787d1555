//! Asking an instance whether it is ready.
//!
//! Invariant: one probe ends within its timeout and reads at most one status line. Deliberately not here: what the
//! answers add up to (`health`).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tidegate_domain::component::{Probe, Readiness};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const STATUS_LINE_BYTES_MAX: usize = 256;

/// Why a probe failed, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// Nothing listens: no need to ask again before believing it.
    pub(crate) refused: bool,
}

pub(crate) async fn probe(readiness: &Readiness, port: u16) -> Result<(), Failure> {
    let limit = Duration::from_millis(readiness.timeout_ms.max(1));
    let what = match &readiness.probe {
        Probe::Alive => return Ok(()),
        Probe::Tcp => format!("port {port}"),
        Probe::Http { path } => format!("GET {path}"),
    };
    let asking = async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect(address).await.map_err(|error| Failure {
            refused: error.kind() == std::io::ErrorKind::ConnectionRefused,
            reason: if error.kind() == std::io::ErrorKind::ConnectionRefused {
                format!("nothing listens on port {port} yet")
            } else {
                format!("{what}: {error}")
            },
        })?;
        match &readiness.probe {
            Probe::Http { path } => {
                get(stream, path, address).await.map_err(|reason| Failure { reason, refused: false })
            }
            Probe::Tcp | Probe::Alive => Ok(()),
        }
    };
    timeout(limit, asking).await.unwrap_or_else(|_| {
        Err(Failure {
            reason: format!("{what} did not answer within {} ms", readiness.timeout_ms),
            refused: false,
        })
    })
}

async fn get(mut stream: TcpStream, path: &str, address: SocketAddr) -> Result<(), String> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: tidegate-probe\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(|error| format!("GET {path}: {error}"))?;
    let mut line = Vec::with_capacity(STATUS_LINE_BYTES_MAX);
    while !line.contains(&b'\n') && line.len() < STATUS_LINE_BYTES_MAX {
        match stream.read_buf(&mut line).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(format!("GET {path}: {error}")),
        }
    }
    match status(&line) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(format!("GET {path} answered {status}")),
        None => Err(format!("GET {path} was not answered in HTTP")),
    }
}

/// From `HTTP/1.1 204 No Content`.
fn status(line: &[u8]) -> Option<u16> {
    let line = line.strip_prefix(b"HTTP/1.")?;
    let digits = line.get(2..5)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line() {
        for (line, expect) in [
            ("HTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/1.0 503 Busy\r\nx: y", Some(503)),
            ("HTTP/1.1 204", Some(204)),
            ("HTTP/2 200", None),
            ("SSH-2.0-x", None),
            ("", None),
        ] {
            assert_eq!(status(line.as_bytes()), expect, "{line}");
        }
    }
}
