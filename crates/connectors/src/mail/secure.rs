//! A protected way to a relay: TLS from the first byte, or after `STARTTLS`.
//!
//! Invariant: nothing that came in the clear is taken for something said under protection: what lies beyond the answer to
//! `STARTTLS` breaks the dialogue (the attack of CVE-2011-0411). Source: RFC 3207. Deliberately not here: letters.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use rustls_platform_verifier::Verifier;
use tidegate_ports::Fault;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

const ANSWER_BYTES_MAX: usize = 8 << 10;

/// By the system's authorities, and an organisation's own.
pub(super) fn trust(authorities_pem: &[Vec<u8>]) -> Result<Arc<ClientConfig>, Fault> {
    let unusable = || {
        Fault::hold("mail-authorities-unusable", "the certificate authorities for mail cannot be used")
            .with_help("look at the certificate authorities in the settings, and at the system's own")
    };
    let mut own = Vec::new();
    for pem in authorities_pem {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            own.push(certificate.map_err(|why| unusable().caused_by(why))?);
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(own, Arc::clone(&provider))
        .map_err(|why| unusable().caused_by(why))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| unusable().caused_by(why))?;
    // The verifier is the system's; only its place in the builder is called dangerous.
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(config.with_no_client_auth()))
}

pub(super) async fn handshake(
    config: &Arc<ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> io::Result<Secured> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
    Ok(Secured { said: Vec::new(), stream })
}

/// Speaks in the clear until the server agrees. None: it does not offer it.
pub(super) async fn start_tls(stream: &mut TcpStream, hello: &str) -> io::Result<Option<()>> {
    answer(stream, 220).await?;
    stream.write_all(format!("EHLO {hello}\r\n").as_bytes()).await?;
    let offered = answer(stream, 250).await?;
    if !offered
        .lines()
        .any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("starttls")))
    {
        return Ok(None);
    }
    stream.write_all(b"STARTTLS\r\n").await?;
    answer(stream, 220).await?;
    Ok(Some(()))
}

/// One whole reply of this code, and not a byte more.
async fn answer(stream: &mut TcpStream, code: u16) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        bytes.extend_from_slice(&part[..read]);
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server's answer has no end"));
        }
        if let Some(end) = end_of_reply(&bytes) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if end < bytes.len() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the server says more than it was asked",
                ));
            }
            let fits = text.starts_with(&code.to_string());
            return if fits { Ok(text) } else { Err(io::Error::other(super::outcome::printable(&text))) };
        }
    }
}

/// After the line whose fourth character is no hyphen.
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[start..start + length];
        start += length + 1;
        if line.get(3) != Some(&b'-') {
            return Some(start);
        }
    }
    None
}

/// A protected stream; what the greeting would say was said already where `STARTTLS` came first.
#[derive(Debug)]
pub(super) struct Secured {
    said: Vec<u8>,
    stream: TlsStream<TcpStream>,
}

impl Secured {
    pub fn greeted(self) -> Self {
        Self { said: b"220 \r\n".to_vec(), ..self }
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.said.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let length = self.said.len().min(buffer.remaining());
        let said: Vec<u8> = self.said.drain(..length).collect();
        buffer.put_slice(&said);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
