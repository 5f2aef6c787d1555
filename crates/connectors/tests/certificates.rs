//! HTTPS endpoints: whose certificates are believed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tidegate_connectors::deliver::{Endpoint, Message, Outcome, attempt};
use tidegate_connectors::guard::{Allowance, Guard, Limits, Resolver};
use tidegate_connectors::standard_webhooks::MessageId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

struct Here;

#[async_trait]
impl Resolver for Here {
    async fn addresses(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    }
}

struct Secured {
    address: SocketAddr,
    /// Of the authority that signed the server's certificate.
    authority_pem: Vec<u8>,
    task: JoinHandle<()>,
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers 204 to whoever believes that it is `name`.
async fn secured(name: &str) -> Secured {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    Secured { address, authority_pem: authority.pem().into_bytes(), task }
}

async fn deliver(server: &Secured, host: &str, authorities_pem: Vec<Vec<u8>>) -> Outcome {
    let allowance = Allowance::parse([host]).unwrap();
    let limits = Limits { authorities_pem, ..Limits::default() };
    let guard = Guard::with_resolver(allowance, &limits, Arc::new(Here)).unwrap();
    let url = format!("https://{host}:{}/", server.address.port());
    let endpoint = Endpoint::new(url, Vec::new());
    let message = Message::json(MessageId::parse("msg_1").unwrap(), b"{}".to_vec());
    attempt(&guard, &endpoint, &message, 1_790_000_000).await
}

#[tokio::test]
async fn a_certificate_counts_by_its_authority_and_for_its_name() {
    let server = secured("hooks.corp.example").await;
    let trusted = || vec![server.authority_pem.clone()];
    let other = secured("hooks.corp.example").await.authority_pem.clone();

    let known = deliver(&server, "hooks.corp.example", trusted()).await;
    assert_eq!(known.status, Some(204), "{known:?}");
    for (what, host, authorities) in [
        ("nobody vouches", "hooks.corp.example", Vec::new()),
        ("another authority", "hooks.corp.example", vec![other]),
        ("another name", "other.corp.example", trusted()),
    ] {
        let outcome = deliver(&server, host, authorities).await;
        let failure = outcome.failure.unwrap_or_else(|| panic!("{what}: {:?}", outcome.status));
        assert_eq!(failure.code, "endpoint-unreachable", "{what}");
        assert!(failure.message.contains("certificate"), "{what}: {}", failure.message);
    }
}

#[test]
fn what_is_no_certificate_is_said_when_the_client_is_made() {
    for odd in [
        "",
        "hooks.corp.example",
        "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let limits = Limits { authorities_pem: vec![odd.as_bytes().to_vec()], ..Limits::default() };
        let refused = Guard::new(Allowance::default(), &limits).err().expect("not a certificate");
        assert_eq!(refused.code, "http-client");
    }
}
