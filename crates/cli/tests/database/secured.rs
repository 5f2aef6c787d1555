//! PostgreSQL over an encrypted connection: only a server that somebody vouches for is believed.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown};

use super::cluster::{Cluster, NOBODY};
use super::scene::{done, refused, write};

const PEOPLE: &str = "CREATE TABLE people (id bigint PRIMARY KEY, mail text)";
const CHANGE: &[(&str, &str)] = &[("0001_add-email.sql", "ALTER TABLE people ADD COLUMN email text;\n")];

impl Cluster {
    /// One that takes nobody in the clear but by its socket, where it is, and PEM of the authority that vouches for it.
    pub fn secured() -> (Self, String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::default();
        authority.distinguished_name.push(rcgen::DnType::CommonName, "an authority to practise on");
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let vouches = authority.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(authority, key);
        let own_key = rcgen::KeyPair::generate().unwrap();
        let mut own = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        own.distinguished_name.push(rcgen::DnType::CommonName, "a database to practise on");
        let own = own.signed_by(&own_key, &issuer).unwrap();
        // Nothing else binds it between here and there, but by a very small chance.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self::with(port, |data| {
            let files = [("server.crt", own.pem()), ("server.key", own_key.serialize_pem())];
            let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n".to_owned();
            for (name, text) in files.into_iter().chain([("pg_hba.conf", rules)]) {
                let file = data.join(name);
                std::fs::write(&file, text).unwrap();
                std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
                if rustix::process::geteuid().is_root() {
                    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
                }
            }
            vec!["listen_addresses=127.0.0.1".to_owned(), "ssl=on".to_owned()]
        });
        (cluster, format!("postgres://shop@127.0.0.1:{port}"), vouches.pem())
    }
}

#[test]
fn only_a_server_that_somebody_vouches_for_is_believed() {
    let (cluster, secured, authority) = Cluster::secured();
    cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, CHANGE);
    std::fs::write(at.join("authority.pem"), authority).unwrap();
    std::fs::write(at.join("nobody.pem"), "nothing\n").unwrap();
    let server = |rest: &str| format!("--database {secured}/shop{rest}");

    // The server takes nobody in the clear.
    let plain = server("?sslmode=disable");
    let told = refused(at, &format!("database status {plain}"), "database-unreachable", 3);
    assert!(told.contains("pg_hba.conf"), "{told}");
    let whole = server("?sslmode=require");
    let told = refused(at, &format!("database status {whole}"), "database-unreachable", 3);
    assert!(told.to_lowercase().contains("certificate"), "{told}");
    for (file, code) in
        [("nobody.pem", "database-authorities-unusable"), ("absent.pem", "database-authorities-unusable")]
    {
        refused(at, &format!("database status {whole} --root-certificate {file}"), code, 2);
    }
    let plain = server("");
    refused(
        at,
        &format!("database status {plain} --root-certificate authority.pem"),
        "database-address-malformed",
        2,
    );
    // Vouched for, but by another name.
    let named = whole.replace("127.0.0.1", "localhost");
    let told = refused(
        at,
        &format!("database status {named} --root-certificate authority.pem"),
        "database-unreachable",
        3,
    );
    assert!(told.to_lowercase().contains("certificate"), "{told}");

    done(at, &format!("database rehearse {whole} --root-certificate authority.pem"));
    done(at, &format!("database expand {whole} --root-certificate authority.pem --backup backups"));
    assert_eq!(std::fs::read_dir(at.join("backups")).unwrap().count(), 1);
    assert_eq!(cluster.ask("shop", "SELECT count(email) FROM people"), "0");
}
