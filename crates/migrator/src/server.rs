//! A PostgreSQL server: where it is, and by whose word it is believed to be that one.
//!
//! Invariant: where `sslmode=require` is asked for nothing is said before the server's certificate was verified, by its name and by
//! the authorities that are trusted; there is no mode that encrypts and believes anybody. Not here: migrations.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use rustls_tokio_postgres::MakeRustlsConnect;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::Trouble;
use crate::postgres::said::said;

/// Where distributions keep the authorities that they trust.
const SYSTEM: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

#[derive(Clone)]
pub struct Server {
    pub(crate) config: Config,
    authorities: Option<PathBuf>,
}

impl Server {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, authorities: None }
    }

    /// The same server's other database.
    pub(crate) fn of_database(&self, name: &str) -> Self {
        let mut server = self.clone();
        server.config.dbname(name);
        server
    }

    /// PEM of those who may vouch for it, besides the system's.
    pub(crate) fn trust(&mut self, authorities: &Path) {
        self.authorities = Some(authorities.to_owned());
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    pub(crate) async fn connect(&self) -> Result<(Client, JoinHandle<()>), Trouble> {
        // Whoever asks next is told how the connection ended.
        if self.is_secured() {
            let connector = MakeRustlsConnect::new(self.tls()?);
            let (client, connection) =
                self.config.connect(connector).await.map_err(|why| unreachable(&why))?;
            let connection = tokio::spawn(async move { drop(connection.await) });
            return Ok((client, connection));
        }
        let (client, connection) = self.config.connect(NoTls).await.map_err(|why| unreachable(&why))?;
        let connection = tokio::spawn(async move { drop(connection.await) });
        Ok((client, connection))
    }

    fn tls(&self) -> Result<ClientConfig, Trouble> {
        let unusable = |why: String| Trouble::Authorities(why);
        let mut own = Vec::new();
        if let Some(file) = &self.authorities {
            let pem = std::fs::read(file).map_err(|why| unusable(format!("{}: {why}", file.display())))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                own.push(certificate.map_err(|why| unusable(format!("{}: {why}", file.display())))?);
            }
            if own.is_empty() {
                return Err(unusable(format!("{}: there is no certificate in it", file.display())));
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(own, Arc::clone(&provider));
        let verifier = verifier.map_err(|why| unusable(why.to_string()))?;
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|why| unusable(why.to_string()))?;
        // The verifier is the system's; only its place in the builder is called dangerous.
        let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(config.with_no_client_auth())
    }

    /// For PostgreSQL's own programs, which reach it as the connection did.
    pub(crate) fn secure(&self, command: &mut std::process::Command) {
        for name in ["PGSSLMODE", "PGREQUIRESSL", "PGSSLROOTCERT", "PGSSLNEGOTIATION"] {
            command.env_remove(name);
        }
        if !self.is_secured() {
            return;
        }
        command.env("PGSSLMODE", "verify-full");
        let system = || SYSTEM.iter().map(PathBuf::from).find(|file| file.is_file());
        if let Some(file) = self.authorities.clone().or_else(system) {
            command.env("PGSSLROOTCERT", file);
        }
    }
}

fn unreachable(why: &tokio_postgres::Error) -> Trouble {
    Trouble::Unreachable(said(why))
}
