//! A release that changes its database under load, in SQLite and PostgreSQL: expanded before anything new runs, a canary,
//! contracted once nothing else runs; the control plane is killed in each of the three, and there is no way back in the end.
//!
//! Invariant: every request writes a row and is answered, throughout. Deliberately not here: what a migration may hold
//! (`tidegate-database`), and every order of what can happen (the domain's own tests and the simulation).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

#[path = "../../../crates/cli/tests/database/cluster.rs"]
#[allow(dead_code)]
mod cluster;
#[path = "../../../crates/cli/tests/database/wait.rs"]
#[allow(dead_code)]
mod wait;

use cluster::Cluster;
use serde_json::json;
use tidegate_api::SmokePhase::{Contract, Contracted, Expand};
use tidegate_api::{CreateReleaseRequest, NewArtifact, ReleaseKind, RolloutState, SmokePhase, SmokeState};
use tidegate_e2e::{Install, Visitors, because, program, until};

/// Each step says that it has begun, and goes on once it may.
const TEXT: &str = r#"project: ledger
components:
  api:
    run: ["LEDGER"]
    variables: {LEDGER_DATABASE: "ADDRESS"}
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
    database:
      expand:
        run: ["sh", "-c", "echo $TIDEGATE_VERSION >> DIRECTORY/expand.began; until test -e DIRECTORY/expand.go; do sleep 0.05; done; exec TIDEGATE database expand --database 'ADDRESS'"]
        timeout: 2m
      contract:
        run: ["sh", "-c", "echo $TIDEGATE_VERSION >> DIRECTORY/contract.began; until test -e DIRECTORY/contract.go; do sleep 0.05; done; exec TIDEGATE database contract --database 'ADDRESS' --backup DIRECTORY/backups"]
        unless: ["TIDEGATE", "database", "status", "--contracted", "--database", "ADDRESS"]
        timeout: 2m
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 50%, confirm], soak: 1s, keep_stable: 1h}}
      analysis: off
"#;

const MAIL: &str = "INSERT INTO people (mail) VALUES ('ada@example.org')";
const EMAIL: &str = "INSERT INTO people (email) VALUES ('ada@example.org')";
const SECOND: (&str, &str) = ("0002_email.sql", "ALTER TABLE people ADD COLUMN email TEXT;\n");
const THIRD: &str = "0003_drop-mail.contract.sql";

struct World {
    install: Install,
    address: String,
    first: (&'static str, &'static str),
    third: (&'static str, &'static str),
    _cluster: Option<Cluster>,
}

impl World {
    async fn of_sqlite() -> Self {
        let install = Install::start().await;
        let file = install.directory().join("ledger.db");
        std::fs::File::create(&file).unwrap();
        let address = format!("sqlite:{}", file.display());
        let first = ("0001_people.sql", "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT);\n");
        let allowed =
            "-- tidegate: allow table-rewrites because rehearsed\nALTER TABLE people DROP COLUMN mail;\n";
        Self { install, address, first, third: (THIRD, allowed), _cluster: None }.applied_to_it().await
    }

    async fn of_postgres() -> Self {
        let install = Install::start().await;
        let cluster = Cluster::start();
        let address = cluster.create("ledger", "SELECT 1");
        let first = ("0001_people.sql", "CREATE TABLE people (id BIGSERIAL PRIMARY KEY, mail TEXT);\n");
        let third = (THIRD, "ALTER TABLE people DROP COLUMN mail;\n");
        Self { install, address, first, third, _cluster: Some(cluster) }.applied_to_it().await
    }

    async fn applied_to_it(self) -> Self {
        let directory = self.install.directory();
        std::fs::create_dir(directory.join("backups")).unwrap();
        let (ledger, tidegate) = (program("ledger"), program("tidegate"));
        let text = TEXT
            .replace("ADDRESS", &self.address)
            .replace("DIRECTORY", directory.to_str().unwrap())
            .replace("\"LEDGER\"", &format!("\"{}\"", ledger.display()))
            .replace("\"TIDEGATE\"", &format!("\"{}\"", tidegate.display()))
            .replace("exec TIDEGATE ", &format!("exec {} ", tidegate.display()));
        self.install.apply(&text).await;
        self
    }

    async fn release(&self, version: &str, write: &str, migrations: &[(&str, &str)]) {
        let folder = self.install.directory().join("artifacts").join(version);
        std::fs::create_dir_all(folder.join("migrations")).unwrap();
        let statements =
            json!({"version": version, "write": write, "read": "SELECT count(*) FROM people"}).to_string();
        std::fs::write(folder.join("statements.json"), statements).unwrap();
        for (name, sql) in migrations {
            std::fs::write(folder.join("migrations").join(name), sql).unwrap();
        }
        let path = Some(folder.display().to_string());
        let wish = CreateReleaseRequest {
            bundle: None,
            version: version.to_owned(),
            kind: ReleaseKind::Planned,
            components: [("api".to_owned(), NewArtifact { path, ..NewArtifact::default() })].into(),
            notes: Vec::new(),
            commits: Vec::new(),
        };
        let sent = self.install.sent(async |client, key| client.create_release(&wish, key).await);
        sent.await.unwrap();
    }

    fn visitors(&self) -> Visitors {
        let port = self.install.route(1);
        Visitors::arrive(50, move |client, _| client.get(format!("http://127.0.0.1:{port}/")))
    }

    fn lets(&self, step: &str) {
        std::fs::write(self.install.directory().join(format!("{step}.go")), "").unwrap();
    }

    fn keeps(&self, step: &str) {
        std::fs::remove_file(self.install.directory().join(format!("{step}.go"))).unwrap();
    }

    fn kill(&mut self) {
        self.install.kill();
        self.install.spawn();
    }

    /// Until this version has begun it so many times.
    async fn begins(&self, step: &str, version: &str, times: usize) {
        let file = self.install.directory().join(format!("{step}.began"));
        until(&format!("{step} of {version} began {times} times"), async || {
            let told = std::fs::read_to_string(&file).unwrap_or_default();
            (told.lines().filter(|line| *line == version).count() == times).then_some(())
        })
        .await;
    }

    /// Numbers of the migrations that the database knows.
    async fn applied(&self, version: &str) -> Vec<u64> {
        let folder = self.install.directory().join("artifacts").join(version).join("migrations");
        let folder = folder.to_str().unwrap();
        let asked = ["database", "status", "--database", &self.address, "--migrations", folder, "--json"];
        let told = self.install.tidegate(&asked).await.ended_with(0).json();
        told["applied"].as_array().unwrap().iter().filter_map(|row| row["number"].as_u64()).collect()
    }

    async fn steps(&self, id: &str) -> Vec<(SmokePhase, SmokeState)> {
        let steps = self.install.client.smoke_tests(id).await.unwrap().items;
        steps.iter().map(|step| (step.phase, step.state)).collect()
    }
}

async fn a_release_changes_its_database(mut world: World) {
    world.lets("expand");
    world.release("1.0.0", MAIL, &[world.first]).await;
    let id = world.install.deploy("1.0.0", "production").await;
    assert_eq!(world.install.ended(&id).await.state, RolloutState::Succeeded);
    // Nothing was left to contract, so no point of no return was passed.
    let passed =
        [(Expand, SmokeState::Passed), (Contracted, SmokeState::Passed), (Contract, SmokeState::Waiting)];
    assert_eq!(world.steps(&id).await, passed);
    let visitors = world.visitors();
    visitors.see("1.0.0", 20).await;

    world.keeps("expand");
    world.release("1.1.0", EMAIL, &[world.first, SECOND, world.third]).await;
    let id = world.install.deploy("1.1.0", "production").await;
    world.begins("expand", "1.1.0", 1).await;
    world.install.stands("production", "api", &[("1.0.0", 2)]).await;
    world.kill();
    world.begins("expand", "1.1.0", 2).await;
    assert_eq!(world.applied("1.1.0").await, [1]);
    world.lets("expand");

    // Both versions write, on the expanded database.
    visitors.see("1.1.0", 20).await;
    visitors.see("1.0.0", 20).await;
    assert_eq!(world.applied("1.1.0").await, [1, 2]);
    world.kill();
    visitors.see("1.1.0", 20).await;
    until("the canary is let go", async || {
        world.install.tidegate(&["rollout", "resume", &id]).await.code.filter(|code| *code == 0)
    })
    .await;

    world.begins("contract", "1.1.0", 1).await;
    assert_eq!(world.applied("1.1.0").await, [1, 2]);
    // Nothing of the version before is kept, although the strategy would.
    world.install.stands("production", "api", &[("1.1.0", 2)]).await;
    let refused = world.install.client.roll_back(&id, &because("slow"), "back-1").await.unwrap_err();
    assert_eq!(refused.code(), "past-point-of-no-return", "{refused}");
    world.kill();
    world.begins("contract", "1.1.0", 2).await;
    world.lets("contract");
    let ended = world.install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    assert_eq!(world.applied("1.1.0").await, [1, 2, 3]);
    let kinds = world.install.kinds(&format!("rollout/{id}")).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "rollout.point-of-no-return").count(), 1, "{kinds:?}");
    assert_ne!(std::fs::read_dir(world.install.directory().join("backups")).unwrap().count(), 0);

    // There is no way back, neither by that name nor by another, and each answer says what to do instead.
    let back = world.install.tidegate(&["rollout", "rollback", &id, "--json"]).await.ended_with(1);
    assert_eq!(back.error()["code"], "past-point-of-no-return", "{back:?}");
    let deploy = ["deploy", "1.0.0", "--to", "production", "--json"];
    let earlier = world.install.tidegate(&deploy).await.ended_with(1);
    assert_eq!(earlier.error()["code"], "before-contraction", "{earlier:?}");
    assert!(earlier.error()["help"].as_str().unwrap().contains("feature flag"), "{earlier:?}");
    visitors.see("1.1.0", 20).await;
    let book = visitors.leave().await;
    book.all_answered();
    let failed: u64 = book.by_version.values().map(|answers| answers.failed).sum();
    assert_eq!(failed, 0, "of {} requests", book.answered());
    world.install.audited().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_a_row_while_sqlite_changes_and_the_control_plane_is_killed() {
    a_release_changes_its_database(World::of_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_a_row_while_postgres_changes_and_the_control_plane_is_killed() {
    a_release_changes_its_database(World::of_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_expanded_stops_the_release_before_anything_of_it_runs() {
    let world = World::of_sqlite().await;
    world.lets("expand");
    world.release("1.0.0", MAIL, &[world.first]).await;
    let id = world.install.deploy("1.0.0", "production").await;
    assert_eq!(world.install.ended(&id).await.state, RolloutState::Succeeded);
    let visitors = world.visitors();
    visitors.see("1.0.0", 10).await;

    let broken = ("0002_email.sql", "ALTER TABLE nobody ADD COLUMN email TEXT;\n");
    world.release("1.1.0", EMAIL, &[world.first, broken]).await;
    let id = world.install.deploy("1.1.0", "production").await;
    let ended = world.install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    let cause = ended.cause.unwrap();
    assert!(cause.starts_with("the database of api could not be expanded: exit status"), "{cause}");
    assert_eq!(world.applied("1.1.0").await, [1]);
    let steps = world.install.client.smoke_tests(&id).await.unwrap().items;
    assert!(steps[0].output.as_ref().unwrap().contains("nobody"), "{steps:?}");
    visitors.see("1.0.0", 10).await;
    let book = visitors.leave().await;
    book.all_answered();
    assert_eq!((book.of("1.1.0").answered, book.of("1.0.0").failed), (0, 0));
    world.install.audited().await;
}
