//! Several projects in one installation: they share people and a port, and nothing else.

use std::path::Path;

use tempfile::TempDir;
use tidegate_client::Client;
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, Grant, Hidden, NewArtifact, PasswordRequest, PersonKind, ReleaseKind,
    Role, RolloutState, SetupRequest,
};
use tidegate_server::{GatewayMode, OnStop};

use crate::people::{PASSWORD, add, refused};
use crate::support::{FIXTURE, Server, deploy, free_port, key, manifest, until};

fn start(data: &Path) -> Server {
    let program = std::path::PathBuf::from(FIXTURE).into();
    Server::start(data, GatewayMode::Spawn { program }, OnStop::StopEverything).unwrap()
}

/// Applies the same configuration but for its ports, and brings 1.0.0 live, which says `word`.
async fn bring_live(client: &Client, word: &str, ports: [u16; 2], scratch: &TempDir) {
    let apply = ApplyRequest { file_name: "tidegate.yaml".into(), text: manifest(ports), dry_run: false };
    client.apply(&apply, &key()).await.unwrap();
    let path = scratch.path().join(word);
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("version"), word).unwrap();
    let artifact = NewArtifact { path: Some(path.display().to_string()), ..NewArtifact::default() };
    let release = CreateReleaseRequest {
        bundle: None,
        version: "1.0.0".to_owned(),
        kind: ReleaseKind::Planned,
        components: [("web".to_owned(), artifact)].into(),
        notes: Vec::new(),
        commits: Vec::new(),
    };
    client.create_release(&release, &key()).await.unwrap();
    let started = client.start_rollout("development", &deploy("1.0.0"), &key()).await.unwrap();
    let ended = until("the rollout ends", || async {
        let rollout = client.rollout(&started.rollouts[0]).await.unwrap();
        rollout.state.is_final().then_some(rollout)
    })
    .await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
}

async fn visited(port: u16) -> String {
    reqwest::get(format!("http://127.0.0.1:{port}/")).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_names_in_two_projects_are_different_things() {
    let (data, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = start(data.path());
    let (shop, bank) = (server.client(), server.client().with_project("bank"));
    refused(bank.catalog().await, 404, "unknown-project");
    shop.add_project("bank", &key()).await.unwrap();
    refused(shop.add_project("bank", &key()).await, 409, "project-exists");
    refused(shop.add_project("default", &key()).await, 409, "project-exists");
    refused(shop.add_project("../etc", &key()).await, 422, "bad-name");
    let ports = [free_port(), free_port(), free_port(), free_port()];
    bring_live(&shop, "shop", [ports[0], ports[1]], &scratch).await;
    refused(bank.release("1.0.0").await, 404, "unknown-release");
    bring_live(&bank, "bank", [ports[2], ports[3]], &scratch).await;
    assert_eq!((visited(ports[0]).await, visited(ports[2]).await), ("shop".to_owned(), "bank".to_owned()));
    let rollouts = |client: Client| async move {
        client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap().items
    };
    let (here, there) = (rollouts(shop.clone()).await, rollouts(bank.clone()).await);
    assert_eq!((here.len(), there.len()), (1, 1));
    refused(bank.rollout(&here[0].id).await, 404, "unknown-rollout");
    drop(server);
    let server = start(data.path());
    let bank = server.client().with_project("bank");
    assert_eq!(rollouts(bank.clone()).await, there, "it is there after a restart");
    let names: Vec<_> =
        server.client().projects().await.unwrap().items.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["default", "bank"]);
    until("it serves again", || async {
        let page = reqwest::get(format!("http://127.0.0.1:{}/", ports[2])).await.ok()?;
        (page.text().await.ok()? == "bank").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_in_one_project_is_none_in_another() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path());
    let open = server.client();
    for name in ["bank", "shop"] {
        open.add_project(name, &key()).await.unwrap();
    }
    let secret = std::fs::read_to_string(data.path().join("setup")).unwrap();
    let (secret, password) = (Hidden(secret.trim().to_owned()), Hidden(PASSWORD.to_owned()));
    let setup = SetupRequest { secret, name: "root".to_owned(), display: None, password };
    open.set_up(&setup).await.unwrap();
    let signed_in = |name: &'static str| {
        let open = open.clone();
        async move {
            let bearer = open.sign_in(name, PASSWORD).await.unwrap().bearer.unwrap();
            open.with_bearer(&bearer.0)
        }
    };
    let root = signed_in("root").await;
    let developer = Grant { role: Role::Developer, project: Some("bank".to_owned()), environment: None };
    add(&root, "ann", PersonKind::Person, vec![developer]).await;
    let password = PasswordRequest { password: Hidden(PASSWORD.to_owned()), current: None };
    root.set_password("ann", &password).await.unwrap();
    let ann = signed_in("ann").await;

    let of = |project: &str| ann.clone().with_project(project);
    assert!(of("bank").catalog().await.is_ok());
    let (other, none) =
        (refused(of("shop").catalog().await, 404, "unknown-project"), of("nothing").catalog().await);
    let none = refused(none, 404, "unknown-project");
    assert_eq!(other.replace("shop", "…"), none.replace("nothing", "…"), "she cannot tell them apart");
    refused(of("default").catalog().await, 404, "unknown-project");
    let apply = ApplyRequest { file_name: "t".into(), text: manifest([1, 2]), dry_run: true };
    refused(of("bank").apply(&apply, &key()).await, 403, "not-allowed");
    refused(ann.add_project("mine", &key()).await, 403, "not-allowed");
    let seen: Vec<_> = ann.projects().await.unwrap().items.into_iter().map(|one| one.name).collect();
    assert_eq!(seen, ["bank"]);
    refused(open.with_project("bank").catalog().await, 401, "sign-in-required");
    assert!(root.with_project("shop").catalog().await.is_ok());
}
