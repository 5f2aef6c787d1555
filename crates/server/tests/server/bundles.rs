//! Bundles over HTTP: whose are taken, what is refused by which name, and a release that runs from one.
//!
//! Invariant: after a refusal nothing is kept, neither in the log nor on the disk.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use serde_json::Value;
use tidegate_bundle::{Bundle, Digest, Recipe, SecretKey, make};
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, ReleaseKind, RolloutState, TrustBundleKeyRequest,
};
use tidegate_gateway::Gateway;
use tidegate_server::{GatewayMode, OnStop};

use crate::support::{FIXTURE, Server, World, key, until};

const RECIPE: &str = "\
name: shop
version: 2.1.0
notes: NOTES.md
artifacts:
  - {name: web, path: web, kind: binary}
  - {name: settings, path: shop.toml, kind: config}
provenance: {builder: 'https://ci.example.com/runner'}
tests: [unit.xml]
";

/// A small release's files, and who signs them.
struct Yard {
    folder: tempfile::TempDir,
    key: SecretKey,
}

impl Yard {
    fn new() -> Self {
        let yard = Self { folder: tempfile::tempdir().unwrap(), key: SecretKey::from_seed(&[9; 32]) };
        yard.write("web", "#!/bin/sh\necho 2.1.0\n");
        yard.write("shop.toml", "port = 1\n");
        yard.write("NOTES.md", "# Shop 2.1.0\n\n- faster checkout\n- fewer clicks\n");
        yard.write(
            "unit.xml",
            "<testsuite name=\"unit\" tests=\"2\"><testcase name=\"a\"/><testcase name=\"b\"/></testsuite>",
        );
        yard
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), bytes).unwrap();
    }

    fn signed_by(&self, key: &SecretKey, recipe: &str, name: &str) -> Digest {
        let (_, digest) =
            make::make(&Recipe::read(recipe).unwrap(), self.folder.path(), &self.at(name)).unwrap();
        Bundle::open(&self.at(name)).unwrap().sign(key, &self.at(name)).unwrap();
        digest
    }

    fn signed(&self, name: &str) -> Digest {
        self.signed_by(&self.key, RECIPE, name)
    }
}

async fn trust(world: &World, name: &str, key_of: &SecretKey) {
    let request = TrustBundleKeyRequest { pem: key_of.public().pem() };
    world.client.trust_bundle_key(name, &request, &key()).await.unwrap();
}

async fn refused(world: &World, file: &Path) -> String {
    let error = world.client.upload_bundle(file).await.unwrap().unwrap_err();
    let problem = error.problem().unwrap_or_else(|| panic!("{error}"));
    assert!(!problem.help.is_empty(), "{problem:?}");
    problem.code.clone()
}

/// What lies on the shelf.
fn shelf(world: &World) -> Vec<String> {
    let found = std::fs::read_dir(world.data.path().join("bundles")).unwrap();
    found.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn of_bundle(version: &str, bundle: &str) -> CreateReleaseRequest {
    CreateReleaseRequest {
        version: version.to_owned(),
        kind: ReleaseKind::Planned,
        components: [].into(),
        bundle: Some(bundle.to_owned()),
        notes: Vec::new(),
        commits: Vec::new(),
    }
}

/// The program says which version it is.
fn configuration([development, _]: [u16; 2]) -> ApplyRequest {
    let text = format!(
        r#"project: tests
components:
  web:
    run: ["sh", "-c", "VERSION=$(./web) exec {FIXTURE} service"]
    readiness: {{http: /healthz, interval: 50ms}}
    stop: {{drain: 1s, kill_after: 2s}}
environments:
  - name: development
    components:
      web: {{replicas: 1, route: {{listen: "127.0.0.1:{development}"}}}}
pipeline:
  stages:
    - {{environment: development, strategy: {{recreate: {{soak: 0s}}}}}}
"#
    );
    ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_runs_from_a_bundle_that_a_trusted_key_signed() {
    let (world, yard) = (World::start().await, Yard::new());
    world.client.apply(&configuration(world.ports), &key()).await.unwrap();
    let digest = format!("sha256:{}", yard.signed("shop"));
    assert_eq!(refused(&world, &yard.at("shop")).await, "bundle-key-untrusted", "nobody is trusted yet");
    trust(&world, "build", &yard.key).await;

    let bundle = world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
    assert_eq!((bundle.digest.as_str(), bundle.version.as_str()), (digest.as_str(), "2.1.0"));
    assert_eq!(bundle.signers[0].name.as_deref(), Some("build"));
    let again = world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
    assert_eq!(again, bundle, "the same bundle twice is the same answer");
    assert_eq!(shelf(&world).len(), 1);
    let shown = world.client.bundle(&digest).await.unwrap();
    let paths: Vec<&str> = shown.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["bin/web", "bom/bundle.cdx.json", "config/shop.toml", "notes.md", "tests/unit.xml"]);

    let other = world.client.create_release(&of_bundle("2.2.0", &digest), &key()).await.unwrap_err();
    assert_eq!(other.code(), "bundle-other-version");
    let both = CreateReleaseRequest { bundle: Some(digest.clone()), ..world.wish("2.1.0") };
    assert_eq!(world.client.create_release(&both, &key()).await.unwrap_err().code(), "members-unfit");
    let release = world.client.create_release(&of_bundle("2.1.0", &digest), &key()).await.unwrap();
    assert_eq!(release.notes, ["faster checkout", "fewer clicks"]);
    let same = world.client.create_release(&of_bundle("2.1.0", &digest), &key()).await.unwrap();
    assert_eq!(same.components, release.components, "made again, it is the same");
    let evidence = world.client.evidence("2.1.0").await.unwrap();
    let names: Vec<&str> = evidence.reports.iter().map(|report| report.name.as_str()).collect();
    assert_eq!(names, ["bom/bundle.cdx.json", "tests/unit.xml"]);

    // What was copied when it was made is lost: it comes from the bundle again, without the files it was built of.
    std::fs::remove_file(yard.at("web")).unwrap();
    for entry in std::fs::read_dir(world.data.path().join("processes/artifacts")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let id = world.deploy("2.1.0", "development").await;
    let rollout = world.ended(&id).await;
    assert_eq!(rollout.state, RolloutState::Succeeded, "{rollout:?}");
    let (status, body) = world.visit(world.ports[0]).await;
    assert_eq!(status, 200);
    assert!(body.contains("2.1.0"), "{body}");

    let needed = world.client.remove_bundle(&digest, &key()).await.unwrap_err();
    assert_eq!(needed.code(), "bundle-needed");
    assert_eq!(world.client.bundle(&digest).await.unwrap().bundle.releases, ["2.1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_bundle_is_refused_by_its_name_and_nothing_is_kept() {
    let (world, yard) = (World::start().await, Yard::new());
    trust(&world, "build", &yard.key).await;
    yard.signed("good");
    let good = std::fs::read(yard.at("good")).unwrap();
    let stranger = SecretKey::from_seed(&[1; 32]);
    yard.signed_by(&stranger, RECIPE, "strange");
    make::make(&Recipe::read(RECIPE).unwrap(), yard.folder.path(), &yard.at("unsigned")).unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let (cut, longer) = (&good[..good.len() - 1], [&good[..], b"x"].concat());
    // One letter of the first signature is another.
    let mark = b"\"sig\":\"";
    let at = good.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    let mut forged = good.clone();
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    for (name, bytes, code) in [
        ("flipped", flipped, "bundle-changed"),
        ("cut", cut.to_vec(), "bundle-changed"),
        ("longer", longer, "bundle-changed"),
        ("forged", forged, "bundle-signature-wrong"),
        ("empty", Vec::new(), "bundle-malformed"),
        ("text", b"hello".to_vec(), "bundle-malformed"),
    ] {
        yard.write(name, bytes);
        assert_eq!(refused(&world, &yard.at(name)).await, code, "{name}");
    }
    assert_eq!(refused(&world, &yard.at("strange")).await, "bundle-signer-missing");
    assert_eq!(refused(&world, &yard.at("unsigned")).await, "bundle-unsigned");
    assert_eq!(world.client.bundles().await.unwrap().items, []);
    assert_eq!(shelf(&world), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_on_the_disk_stops_the_release_and_the_upload_mends_it() {
    let (world, yard) = (World::start().await, Yard::new());
    world.client.apply(&configuration(world.ports), &key()).await.unwrap();
    trust(&world, "build", &yard.key).await;
    let digest = format!("sha256:{}", yard.signed("shop"));
    world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
    let place = world.data.path().join("bundles").join(&shelf(&world)[0]);
    let mut bytes = std::fs::read(&place).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&place, bytes).unwrap();
    let wish = of_bundle("2.1.0", &digest);
    assert_eq!(world.client.create_release(&wish, &key()).await.unwrap_err().code(), "bundle-changed");
    assert!(world.client.release("2.1.0").await.is_err(), "no release was made");
    world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
    world.client.create_release(&wish, &key()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_trusted_by_name_and_let_go() {
    let (world, yard) = (World::start().await, Yard::new());
    world.client.apply(&configuration(world.ports), &key()).await.unwrap();
    trust(&world, "build", &yard.key).await;
    let keys = world.client.bundle_keys().await.unwrap().items;
    assert_eq!((keys[0].name.as_str(), keys[0].id.clone()), ("build", yard.key.public().id().to_string()));
    let put = async |name: &str, pem: &str| {
        let request = TrustBundleKeyRequest { pem: pem.to_owned() };
        world.client.trust_bundle_key(name, &request, &key()).await
    };
    let pem = yard.key.public().pem();
    put("build", &pem).await.unwrap();
    let other = SecretKey::from_seed(&[3; 32]).public().pem();
    for (name, pem, code) in [
        ("build", other.as_str(), "bundle-key-exists"),
        ("second", &pem, "bundle-key-exists"),
        ("second", "no key", "bundle-key-unusable"),
        ("Second Key", &other, "bad-name"),
    ] {
        assert_eq!(put(name, pem).await.unwrap_err().code(), code, "{name}");
    }
    let digest = format!("sha256:{}", yard.signed("shop"));
    world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
    assert_eq!(world.client.distrust_bundle_key("build", &key()).await.unwrap().items, []);
    let gone = world.client.distrust_bundle_key("build", &key()).await.unwrap_err();
    assert_eq!(gone.code(), "unknown-bundle-key");
    let late = world.client.create_release(&of_bundle("2.1.0", &digest), &key()).await.unwrap_err();
    assert_eq!(late.code(), "bundle-key-untrusted", "nobody who signed it is trusted any more");
    assert_eq!(world.client.bundle(&digest).await.unwrap().bundle.signers[0].name, None);
    assert_eq!(world.client.remove_bundle(&digest, &key()).await.unwrap().items, []);
    assert_eq!(shelf(&world), [""; 0]);
    assert_eq!(world.client.bundle(&digest).await.unwrap_err().code(), "unknown-bundle");
    assert_eq!(world.client.bundle("sha256:zz").await.unwrap_err().code(), "bad-name");
    let told = world.raw("GET", "/api/v1/events?limit=50", None).await.1.to_string();
    for kind in ["bundle.key-trusted", "bundle.taken", "bundle.key-distrusted", "bundle.removed"] {
        assert!(told.contains(kind), "{kind} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_no_component_is_refused() {
    let (world, yard) = (World::start().await, Yard::new());
    world.client.apply(&configuration(world.ports), &key()).await.unwrap();
    trust(&world, "build", &yard.key).await;
    let twice = RECIPE.replace(
        "  - {name: settings, path: shop.toml, kind: config}",
        "  - {name: web, path: shop.toml, kind: binary}",
    );
    for (recipe, code) in [
        (RECIPE.replace("name: web", "name: admin"), "unknown-component"),
        (twice, "component-twice"),
        (RECIPE.replace("kind: binary", "kind: document"), "empty-release"),
    ] {
        let digest = format!("sha256:{}", yard.signed_by(&yard.key, &recipe, "shop"));
        world.client.upload_bundle(&yard.at("shop")).await.unwrap().unwrap();
        let error = world.client.create_release(&of_bundle("2.1.0", &digest), &key()).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let (world, yard) = (World::start().await, Yard::new());
    trust(&world, "build", &yard.key).await;
    yard.signed("shop");
    let bytes = std::fs::read(yard.at("shop")).unwrap();
    // Half of it, then the connection ends.
    let half = bytes[..bytes.len() / 2].to_vec();
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(half)]);
    let pieces = futures_util::StreamExt::chain(pieces, futures_util::stream::pending());
    let sent = world
        .http
        .post(format!("{}/api/v1/bundles", world.server.url))
        .header("content-type", "application/vnd.tidegate.bundle")
        .body(reqwest::Body::wrap_stream(pieces));
    let sending = tokio::spawn(sent.send());
    until("half of it lies there", || async { (!shelf(&world).is_empty()).then_some(()) }).await;
    sending.abort();
    until("nothing is left of it", || async { shelf(&world).is_empty().then_some(()) }).await;
    assert_eq!(world.client.bundles().await.unwrap().items, []);
    for (kind, code) in [("text/plain", "unsupported-media-type"), ("image/png", "unsupported-media-type")] {
        let sent = world.http.post(format!("{}/api/v1/bundles", world.server.url));
        let answer = sent.header("content-type", kind).body(bytes.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code);
    }
}

/// As after a kill: a half of one that was coming in, and a whole one that the log was not told of.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_left_is_swept_at_the_next_start() {
    let yard = Yard::new();
    let digest = yard.signed("shop");
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("bundles");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".incoming-abc"), b"half").unwrap();
    std::fs::copy(yard.at("shop"), folder.join(format!("{digest}.bundle"))).unwrap();
    let options = tidegate_gateway::Options::new(
        (std::net::Ipv4Addr::LOCALHOST, 0).into(),
        data.path().join("gateway.json"),
    );
    let gateway = Gateway::start(options).await.unwrap();
    let mode = GatewayMode::Url(format!("http://{}", gateway.ready().admin));
    let server = Server::start(data.path(), mode, OnStop::StopEverything).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(server.client().bundles().await.unwrap().items, []);
    drop(server);
}
