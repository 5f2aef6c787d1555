//! TLS from two files, read again when they change.
//!
//! Invariant: a certificate that cannot be used never takes the place of one that can. Deliberately not here: getting
//! certificates, and which of them clients trust.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::ServeError;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A certificate with its chain, and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub(crate) struct Tls {
    files: TlsFiles,
    current: Mutex<TlsAcceptor>,
}

impl Tls {
    pub fn open(files: TlsFiles) -> Result<Arc<Self>, ServeError> {
        let current = Mutex::new(read(&files)?);
        Ok(Arc::new(Self { files, current }))
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Never ends.
    pub async fn keep_up(self: Arc<Self>) {
        let mut seen = stamp(&self.files);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = stamp(&self.files);
            if now == seen {
                continue;
            }
            seen = now;
            match read(&self.files) {
                Ok(acceptor) => {
                    *self.current.lock().unwrap_or_else(PoisonError::into_inner) = acceptor;
                    tracing::info!("the TLS certificate was read again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the TLS files cannot be used as they are now; the certificate before stays");
                }
            }
        }
    }
}

/// When the files were last changed; a file is replaced by a link as well.
fn stamp(files: &TlsFiles) -> [Option<(SystemTime, u64)>; 2] {
    [&files.certificate, &files.key].map(|path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.modified().ok()?, about.len()))
    })
}

fn read(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    let TlsFiles { certificate, key } = files;
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|why| unusable(certificate, &why))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|why| unusable(certificate, &why))?;
    if chain.is_empty() {
        return Err(unusable(certificate, &"it holds no certificate in PEM"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|why| unusable(key, &why))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|why| unusable(certificate, &why))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, secret);
    let mut config = config.map_err(|why| unusable(certificate, &why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unusable(path: &Path, why: &impl std::fmt::Display) -> ServeError {
    ServeError::TlsUnusable { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_none_are_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let (certificate, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
        let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
        let why = |files: &TlsFiles| read(files).err().unwrap();
        assert_eq!(why(&files).code(), "tls-files-unusable");
        std::fs::write(&certificate, "nothing").unwrap();
        assert!(why(&files).to_string().contains("cert.pem"));
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, "nothing").unwrap();
        assert!(why(&files).to_string().contains("key.pem"));
        // A key of another certificate.
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
        assert_eq!(why(&files).code(), "tls-files-unusable");
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        assert!(read(&files).is_ok());
    }
}
