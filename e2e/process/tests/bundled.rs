//! A release travels as one signed file: built, signed, uploaded, deployed and visited, as a person does it.
//!
//! Invariant: only the command line is used for what is about bundles, and what was packed is gone before anything is deployed. A flipped bit is refused by
//! the same name with and without a server.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tidegate_e2e::{Install, Ran, behaviour, program, until};

/// `api` is an archive with the program and how it behaves; `web` is the program alone.
const SHOP: &str = r#"project: shop
components:
  api:
    run: [./shop, api]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 1s, kill_after: 10s}
  web:
    run: [./web, web, --behaviour, BEHAVIOUR]
    variables: {API_URL: "http://127.0.0.1:PORT_1"}
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 1s, kill_after: 10s}
environments:
  - name: production
    components:
      api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}
      web: {replicas: 1, route: {listen: "127.0.0.1:PORT_2"}}
pipeline:
  stages:
    - {environment: production, strategy: {recreate: {soak: 0s}}}
"#;

const BUNDLE: &str = "\
name: shop
version: 2.1.0
notes: NOTES.md
artifacts:
  - {name: api, path: build/api.tar.gz, kind: binary}
  - {name: web, path: build/web, kind: binary}
  - {name: manual, path: NOTES.md, kind: document, place: docs/manual.md}
provenance: {builder: 'https://ci.example.com/runner'}
tests: [build/unit.xml]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_bundle_is_uploaded_deployed_and_visited() {
    let mut install = Install::start().await;
    signed(&install).await;
    let how = install.directory().join("behaviour.json");
    install.apply(&SHOP.replace("BEHAVIOUR", &how.display().to_string())).await;
    let upload = ["bundle", "upload", "shop-2.1.0.tar.zst"];
    let nobody = said(&install, &upload).await.ended_with(1).error();
    assert_eq!(nobody["code"], "bundle-key-untrusted");
    said(&install, &["bundle", "trust", "release", "release.pub"]).await.ended_with(0);
    a_flipped_bit_is_refused(&install).await;

    let taken = said(&install, &upload).await.ended_with(0).json();
    let digest = taken["digest"].as_str().unwrap().to_owned();
    assert_eq!(taken["signers"][0]["name"], "release");
    let made = said(&install, &["release", "create", "--bundle", &digest]).await.ended_with(0).json();
    assert_eq!((made["version"].as_str(), &made["notes"]), (Some("2.1.0"), &json!(["One file for all"])));
    for gone in ["build", "shop-2.1.0.tar.zst"] {
        let path = install.directory().join(gone);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
    // Killed and started again, with no copy of the programs but the one in the bundle.
    install.kill();
    for entry in fs::read_dir(install.data().join("processes/artifacts")).unwrap().flatten() {
        if entry.path().is_dir() {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    install.restart().await;
    install.live("2.1.0", "production").await;
    let body = visited(install.route(1), "version").await;
    assert!(body.contains("2.1.0"), "{body}");
    let page = visited(install.route(2), "").await;
    assert!(page.contains("Sea chart"), "the page has what the other program answers: {page}");

    let listed = said(&install, &["bundle", "list"]).await.ended_with(0).json();
    assert_eq!(listed["items"][0]["releases"], json!(["2.1.0"]));
    let shown = said(&install, &["bundle", "show", &digest]).await.ended_with(0).json();
    assert_eq!(shown["files"].as_array().unwrap().len(), 6, "{shown}");
    let evidence = said(&install, &["evidence", "list", "2.1.0"]).await.ended_with(0).json();
    assert_eq!(evidence["reports"].as_array().unwrap().len(), 2, "{evidence}");
    let kept = said(&install, &["bundle", "remove", &digest]).await.ended_with(1).error();
    assert_eq!(kept["code"], "bundle-needed");
    said(&install, &["audit", "verify"]).await.ended_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_a_kill_swallowed_leaves_nothing() {
    let mut install = Install::start().await;
    signed(&install).await;
    said(&install, &["bundle", "trust", "release", "release.pub"]).await.ended_with(0);
    let bytes = fs::read(install.directory().join("shop-2.1.0.tar.zst")).unwrap();
    // The first half of it, and then nothing more comes.
    let half = stream::iter([Ok::<_, std::io::Error>(bytes[..bytes.len() / 2].to_vec())]);
    let sending = reqwest::Client::new()
        .post(format!("{}/api/v1/bundles", install.url()))
        .header("content-type", "application/vnd.tidegate.bundle")
        .body(reqwest::Body::wrap_stream(half.chain(stream::pending())));
    let sending = tokio::spawn(sending.send());
    let folder = install.data().join("bundles");
    let lie = || -> Vec<u64> {
        let found = fs::read_dir(&folder).unwrap().flatten();
        found.map(|entry| entry.metadata().unwrap().len()).collect()
    };
    until("half of it lies there", async || (lie().iter().sum::<u64>() > 0).then_some(())).await;
    install.kill();
    assert!(sending.await.unwrap().is_err(), "nobody answers what was not taken");
    assert_eq!(lie().len(), 1);
    install.restart().await;
    assert_eq!(lie(), [0; 0], "the next start swept it");
    let listed = said(&install, &["bundle", "list"]).await.ended_with(0).json();
    assert_eq!(listed["items"], json!([]));
    said(&install, &["bundle", "upload", "shop-2.1.0.tar.zst"]).await.ended_with(0);
    assert_eq!(lie(), [bytes.len() as u64]);
}

/// A bundle of the shop, built and signed.
async fn signed(install: &Install) {
    pack(install);
    said(install, &["bundle", "build", "bundle.yaml"]).await.ended_with(0);
    said(install, &["bundle", "key", "--out", "release"]).await.ended_with(0);
    said(install, &["bundle", "sign", "shop-2.1.0.tar.zst", "--key", "release"]).await.ended_with(0);
}

/// The shop's programs, as a build leaves them.
fn pack(install: &Install) {
    let (directory, shop) = (install.directory(), program("shop"));
    let build = directory.join("build");
    fs::create_dir_all(&build).unwrap();
    fs::copy(&shop, build.join("web")).unwrap();
    let mut how = behaviour(json!({}));
    how["version"] = json!("2.1.0");
    // Of the program that comes alone.
    fs::write(directory.join("behaviour.json"), how.to_string()).unwrap();
    archive(
        &build.join("api.tar.gz"),
        &[("shop", 0o755, fs::read(&shop).unwrap()), ("behaviour.json", 0o644, how.to_string().into_bytes())],
    );
    let unit = "<testsuite name=\"unit\" tests=\"1\"><testcase name=\"a\"/></testsuite>";
    fs::write(build.join("unit.xml"), unit).unwrap();
    fs::write(directory.join("NOTES.md"), "# 2.1.0\n\n- One file for all\n").unwrap();
    fs::write(directory.join("bundle.yaml"), BUNDLE).unwrap();
}

fn archive(to: &Path, files: &[(&str, u32, Vec<u8>)]) {
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(to).unwrap(), Compression::fast()));
    for (name, mode, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap().flush().unwrap();
}

async fn a_flipped_bit_is_refused(install: &Install) {
    let directory = install.directory();
    let mut bytes = fs::read(directory.join("shop-2.1.0.tar.zst")).unwrap();
    let middle = bytes.len() - 1_000;
    bytes[middle] ^= 1;
    fs::write(directory.join("flipped"), bytes).unwrap();
    let here = said(install, &["bundle", "verify", "flipped", "--key", "release.pub"]).await;
    let there = said(install, &["bundle", "upload", "flipped"]).await;
    for refused in [here, there] {
        assert_eq!(refused.ended_with(1).error()["code"], "bundle-changed");
    }
    let listed = said(install, &["bundle", "list"]).await.ended_with(0).json();
    assert_eq!(listed["items"], json!([]), "nothing of it counts");
}

async fn said(install: &Install, arguments: &[&str]) -> Ran {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    install.tidegate(&with_json).await
}

/// What the gateway answers, once it does.
async fn visited(port: u16, path: &str) -> String {
    until("a visitor is answered", async || {
        drop(TcpStream::connect(("127.0.0.1", port)).ok()?);
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/{path}")).await.ok()?;
        if answer.status().is_success() { answer.text().await.ok() } else { None }
    })
    .await
}
