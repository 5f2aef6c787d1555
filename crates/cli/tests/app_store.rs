//! `tidegate app-store` as people type it, against both stores as `examples/appstores` plays them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use appstores::Stores;
use common::{run, snapshot};

struct World {
    stores: Stores,
    here: tempfile::TempDir,
}

impl World {
    async fn open() -> Self {
        let stores = Stores::open("127.0.0.1:0").await.unwrap();
        let here = tempfile::tempdir().unwrap();
        std::fs::write(here.path().join("practice.p8"), stores.keys().apple_pem()).unwrap();
        std::fs::write(here.path().join("practice.json"), stores.keys().account()).unwrap();
        Self { stores, here }
    }

    /// What is told, without the words that say where the store is.
    async fn told(&self, line: &str) -> String {
        let apple = format!(
            " --store app-store --app 1 --key practice.p8 --key-id {} --issuer {} --base {}",
            appstores::KEY_ID,
            appstores::ISSUER,
            self.stores.base()
        );
        let google = format!(
            " --store google-play --app com.example.shop --key practice.json --base {}",
            self.stores.base()
        );
        let whole = line.replace(" @apple", &apple).replace(" @google", &google);
        let here = self.here.path().to_owned();
        let told = tokio::task::spawn_blocking(move || run(&here, &whole)).await.unwrap();
        told.replace(&apple, " @apple").replace(&google, " @google")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_through_both_stores_by_hand() {
    let world = World::open().await;
    let mut told = String::new();
    for line in [
        "app-store check --store app-store --share 5 --share 100 --hours 6 --way-back",
        "app-store check --store google-play --share 5 --share 25 --share 100",
        "app-store show 1.1.0 @apple",
        "app-store begin 1.1.0 @apple",
        "app-store widen 1.1.0 @apple",
        "app-store halt 1.1.0 @apple",
        "app-store complete 1.1.0 @apple",
        "app-store halt 1.1.0 @apple",
        "app-store begin 1.1.0 --share 5 @google",
        "app-store widen 1.1.0 --share 20 @google",
        "app-store widen 1.1.0 --share 10 @google",
        "app-store halt 1.1.0 @google",
        "app-store resume 1.1.0 @google --json",
        "app-store complete 1.1.0 @google",
        "app-store show 9.9.9 @google",
        "app-store begin 1.1.0 @google",
        "app-store show 1.1.0 --store app-store --app 1 --key practice.p8",
        "app-store show 1.1.0 --store google-play --app a --key practice.p8",
        "app-store show 1.1.0 --store google-play --app a --key nowhere.json",
        "app-store show 1.1.0 --store google-play --app a --key practice.json --base nowhere",
    ] {
        told.push_str(&world.told(line).await);
    }
    snapshot("app-store", &told);
}
