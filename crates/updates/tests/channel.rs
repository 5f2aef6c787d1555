//! A channel and who follows it: the newest is had; older, expired and foreign states are refused by name.
//!
//! Invariant: attacks are made by whoever can write the channel's folder, without its keys. Not here: bundles' own
//! signatures (the files are any bytes here).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tidegate_bundle::SecretKey;
use tidegate_updates::{Published, Refusal, begin, fetch, look, publish, until};

struct Scene {
    folder: tempfile::TempDir,
    publisher: SecretKey,
    root: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let publisher = SecretKey::from_seed(&[2; 32]);
        let made = begin(&folder.path().join("channel"), &SecretKey::from_seed(&[1; 32]), &publisher, soon())
            .await
            .unwrap();
        let root = folder.path().join("root.json");
        std::fs::copy(made, &root).unwrap();
        Self { folder, publisher, root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn publish(&self, name: &str, expires: Timestamp) -> Vec<Published> {
        std::fs::write(self.at(name), format!("bundle {name}")).unwrap();
        publish(&self.at("channel"), &self.publisher, Some(&self.at(name)), expires).await.unwrap()
    }

    async fn look(&self, channel: &str) -> Result<Vec<Published>, Refusal> {
        look(self.at(channel).to_str().unwrap(), &self.root, &self.at("state")).await
    }

    fn copy(&self, from: &str, to: &str) {
        copy(&self.at(from), &self.at(to));
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

fn soon() -> Timestamp {
    until(Timestamp::now(), 30)
}

#[tokio::test]
async fn the_newest_is_had_by_folder_and_by_address() {
    let scene = Scene::new().await;
    scene.publish("shop-1.tar.zst", soon()).await;
    let told = scene.publish("shop-2.tar.zst", soon()).await;
    assert_eq!(
        told.iter().map(|one| (one.file.as_str(), one.order)).collect::<Vec<_>>(),
        [("shop-2.tar.zst", 2), ("shop-1.tar.zst", 1)]
    );
    assert_eq!(scene.look("channel").await.unwrap(), told);
    let address = format!("file://{}", scene.at("channel").display());
    let had = fetch(&address, &scene.root, &scene.at("state"), None, &scene.at("to")).await.unwrap();
    assert_eq!(had.file, "shop-2.tar.zst");
    assert_eq!(std::fs::read_to_string(scene.at("to/shop-2.tar.zst")).unwrap(), "bundle shop-2.tar.zst");
    let code = async |file| {
        fetch(&address, &scene.root, &scene.at("state"), Some(file), &scene.at("to"))
            .await
            .unwrap_err()
            .code()
    };
    assert_eq!(code("shop-2.tar.zst").await, "bundle-destination-taken");
    assert_eq!(code("shop-3.tar.zst").await, "bundle-channel-not-named");
    let other = look("https://example.com/channel", &scene.root, &scene.at("state")).await.unwrap_err();
    assert_eq!(other.code(), "bundle-channel-address");
}

#[tokio::test]
async fn an_older_state_is_refused_once_a_newer_was_seen() {
    let scene = Scene::new().await;
    scene.publish("shop-1.tar.zst", soon()).await;
    scene.copy("channel", "older");
    scene.publish("shop-2.tar.zst", soon()).await;
    assert_eq!(scene.look("older").await.unwrap().len(), 1, "what nobody saw newer is in its time");
    assert_eq!(scene.look("channel").await.unwrap().len(), 2);
    assert_eq!(scene.look("older").await.unwrap_err().code(), "bundle-channel-rolled-back");
    assert_eq!(scene.look("channel").await.unwrap().len(), 2, "and the newest goes on being had");
}

#[tokio::test]
async fn a_channel_that_stands_still_is_refused_when_its_time_is_over() {
    let scene = Scene::new().await;
    let yesterday = Timestamp::now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap();
    scene.publish("shop-1.tar.zst", yesterday).await;
    assert_eq!(scene.look("channel").await.unwrap_err().code(), "bundle-channel-expired");
    publish(&scene.at("channel"), &scene.publisher, None, soon()).await.unwrap();
    assert_eq!(scene.look("channel").await.unwrap().len(), 1, "signed anew, it is had again");
}

#[tokio::test]
async fn what_the_keys_did_not_sign_is_refused() {
    let scene = Scene::new().await;
    scene.publish("shop-1.tar.zst", soon()).await;
    let thief = SecretKey::from_seed(&[9; 32]);
    let stolen = publish(&scene.at("channel"), &thief, None, soon()).await.unwrap_err();
    assert_eq!(stolen.code(), "bundle-channel-untrusted", "another key cannot publish");
    begin(&scene.at("foreign"), &thief, &thief, soon()).await.unwrap();
    publish(&scene.at("foreign"), &thief, None, soon()).await.unwrap();
    assert_eq!(
        scene.look("foreign").await.unwrap_err().code(),
        "bundle-channel-untrusted",
        "nor can another root"
    );
    let targets = scene.at("channel/targets");
    for entry in std::fs::read_dir(&targets).unwrap() {
        std::fs::write(entry.unwrap().path(), "bundle shop-X.tar.zst").unwrap();
    }
    let address = scene.at("channel").display().to_string();
    let changed = fetch(&address, &scene.root, &scene.at("state"), None, &scene.at("to")).await.unwrap_err();
    assert_eq!(changed.code(), "bundle-channel-untrusted", "{changed}");
    assert!(!scene.at("to/shop-1.tar.zst").exists());
    let stamp = scene.at("channel/metadata/timestamp.json");
    let text = std::fs::read_to_string(&stamp).unwrap();
    std::fs::write(&stamp, text.replace("\"version\": 1", "\"version\": 7")).unwrap();
    assert_eq!(scene.look("channel").await.unwrap_err().code(), "bundle-channel-untrusted");
}
