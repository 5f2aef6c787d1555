//! Who may ask: open until there is somebody, then nobody without proof.

use serde_json::{Value, json};
use tidegate_client::api::{
    AddPersonRequest, Grant, Hidden, IssueTokenRequest, PersonKind, PromoteRequest, Role, SetupRequest,
};
use tidegate_client::{Client, ClientError};

use crate::support::{World, deploy, key};

pub const PASSWORD: &str = "a sentence nobody guesses";

pub fn grant(role: Role, environment: Option<&str>) -> Grant {
    Grant { role, project: None, environment: environment.map(str::to_owned) }
}

impl World {
    /// The client of the first administrator, `root`.
    pub async fn set_up(&self) -> Client {
        let secret = std::fs::read_to_string(self.data.path().join("setup")).unwrap();
        let (secret, password) = (Hidden(secret.trim().to_owned()), Hidden(PASSWORD.to_owned()));
        let request = SetupRequest { secret, name: "root".to_owned(), display: None, password };
        self.client.set_up(&request).await.unwrap();
        self.signed_in("root").await
    }

    pub async fn signed_in(&self, name: &str) -> Client {
        let bearer = self.client.sign_in(name, PASSWORD).await.unwrap().bearer.unwrap();
        self.client.clone().with_bearer(&bearer.0)
    }

    /// Somebody with a password and a session of their own.
    pub async fn person(&self, root: &Client, name: &str, grants: Vec<Grant>) -> Client {
        add(root, name, PersonKind::Person, grants).await;
        let request =
            tidegate_client::api::PasswordRequest { password: Hidden(PASSWORD.to_owned()), current: None };
        root.set_password(name, &request).await.unwrap();
        self.signed_in(name).await
    }

    /// A request with these headers: status, code or empty, and what was answered.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answered {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.server.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        let code = body["code"].as_str().unwrap_or("").to_owned();
        Answered { status, code, headers, body }
    }
}

#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub code: String,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answered {
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code.as_str()), (status, code), "{}", self.body);
    }
}

pub async fn add(root: &Client, name: &str, kind: PersonKind, grants: Vec<Grant>) {
    let person = AddPersonRequest { name: name.to_owned(), kind, grants, ..AddPersonRequest::default() };
    root.add_person(&person, &key()).await.unwrap();
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, ClientError>, status: u16, code: &str) -> String {
    match answer {
        Err(ClientError::Problem(problem)) => {
            assert_eq!((problem.status, problem.code.as_str()), (status, code), "{problem:?}");
            format!("{}; {}", problem.detail, problem.help)
        }
        other => panic!("expected {status} {code}, got {other:?}"),
    }
}

#[tokio::test]
async fn names_are_taken_at_their_word_until_there_is_somebody() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    let whoami = ann.whoami().await.unwrap();
    assert_eq!((whoami.name.as_str(), whoami.open), ("ann", true));
    // The first one is made by who can read the data directory, and by nobody else.
    let first = AddPersonRequest { name: "eve".to_owned(), ..AddPersonRequest::default() };
    refused(ann.add_person(&first, &key()).await, 409, "setup-first");
    let guess = json!({"secret": "0".repeat(64), "name": "eve", "password": PASSWORD});
    world.ask("POST", "/api/v1/setup", &[], Some(guess)).await.is(401, "setup-secret-wrong");
    let root = world.set_up().await;
    assert!(!world.data.path().join("setup").exists());
    // From now on a name proves nothing, wherever it is sent.
    for client in [&world.client, &ann] {
        refused(client.whoami().await, 401, "sign-in-required");
        refused(client.apply(&world.configuration(), &key()).await, 401, "sign-in-required");
    }
    let whoami = root.clone().with_actor("ann").whoami().await.unwrap();
    assert_eq!((whoami.name.as_str(), whoami.open, whoami.how.as_str()), ("root", false, "session"));
    let again = json!({"secret": "0".repeat(64), "name": "eve", "password": PASSWORD});
    world.ask("POST", "/api/v1/setup", &[], Some(again)).await.is(409, "set-up-already");
    // What says nothing about anybody is still answered.
    assert!(world.client.health().await.is_ok());
    let answer = world.ask("GET", "/api/v1/releases", &[], None).await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"tidegate\"");
}

#[tokio::test]
async fn of_many_who_set_up_at_once_one_is_first() {
    let world = World::start().await;
    let secret = std::fs::read_to_string(world.data.path().join("setup")).unwrap();
    let try_one = |number: u32| {
        let (client, secret) = (world.client.clone(), secret.trim().to_owned());
        async move {
            let (name, password) = (format!("root-{number}"), Hidden(PASSWORD.to_owned()));
            client.set_up(&SetupRequest { secret: Hidden(secret), name, display: None, password }).await
        }
    };
    let (one, two, three) = tokio::join!(try_one(1), try_one(2), try_one(3));
    let made = [&one, &two, &three].into_iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(made, 1, "{one:?} {two:?} {three:?}");
}

#[tokio::test]
async fn a_role_allows_what_the_table_says_where_it_is_held() {
    let world = World::live().await;
    let root = world.set_up().await;
    let everywhere = |role| vec![grant(role, None)];
    let ann = world.person(&root, "ann", everywhere(Role::ReleaseManager)).await;
    let dev = world.person(&root, "dev", vec![grant(Role::Developer, Some("development"))]).await;
    let viewer = world.person(&root, "viewer", everywhere(Role::Viewer)).await;
    let nobody = world.person(&root, "nobody", Vec::new()).await;
    // An administrator keeps the installation and does not ship.
    let told = refused(root.start_rollout("production", &deploy("1.0.0"), &key()).await, 403, "not-allowed");
    assert!(told.contains("root lacks the right `deploy` in production"), "{told}");
    assert!(told.contains("ann can do it"), "{told}");
    refused(viewer.start_rollout("development", &deploy("1.0.0"), &key()).await, 403, "not-allowed");
    refused(dev.start_rollout("production", &deploy("1.0.0"), &key()).await, 403, "not-allowed");
    let to_production = PromoteRequest { to: Some("production".to_owned()), supersede: false };
    refused(dev.promote_release("1.0.0", &to_production, &key()).await, 403, "not-allowed");
    refused(dev.promote_release("1.0.0", &PromoteRequest::default(), &key()).await, 403, "not-allowed");
    // Nothing in the project is theirs, so there is no project.
    refused(nobody.releases(None, None).await, 404, "unknown-project");
    refused(nobody.release("1.0.0").await, 404, "unknown-project");
    refused(nobody.release("9.9.9").await, 404, "unknown-project");
    // Lists show what one may see.
    let seen = |page: tidegate_client::api::Page<tidegate_client::api::Environment>| {
        page.items.into_iter().map(|environment| environment.name).collect::<Vec<_>>()
    };
    assert_eq!(seen(dev.environments().await.unwrap()), ["development"]);
    assert_eq!(seen(viewer.environments().await.unwrap()), ["development", "production"]);
    let started = ann.promote_release("1.0.0", &PromoteRequest::default(), &key()).await.unwrap();
    let id = &started.rollouts[0];
    assert_eq!(ann.rollout(id).await.unwrap().started_by, "ann");
    refused(dev.rollout(id).await, 403, "not-allowed");
    refused(viewer.abort(id, "stop", &key()).await, 403, "not-allowed");
    ann.abort(id, "stop", &key()).await.unwrap();
}

#[tokio::test]
async fn a_token_does_what_owner_and_scope_allow_until_it_ends() {
    let world = World::live().await;
    let root = world.set_up().await;
    add(&root, "ci", PersonKind::Service, vec![grant(Role::Developer, None)]).await;
    let wish = |scope| IssueTokenRequest { label: "build".to_owned(), scope, expires_seconds: None };
    let key_of_token = key();
    let issued = root.issue_token("ci", &wish(None), &key_of_token).await.unwrap();
    refused(root.issue_token("ci", &wish(None), &key_of_token).await, 409, "token-shown-already");
    let ci = world.client.clone().with_bearer(&issued.secret.0);
    assert_eq!(
        (ci.whoami().await.unwrap().name.as_str(), ci.whoami().await.unwrap().how.as_str()),
        ("ci", "token")
    );
    assert!(ci.release("1.0.0").await.is_ok());
    // Less than its owner, and never more.
    let narrow = wish(Some(vec![grant(Role::Viewer, Some("development")), grant(Role::Admin, None)]));
    let narrow = root.issue_token("ci", &narrow, &key()).await.unwrap();
    let narrow = world.client.clone().with_bearer(&narrow.secret.0);
    assert!(narrow.environment("development").await.is_ok());
    let told =
        refused(narrow.start_rollout("development", &deploy("1.0.0"), &key()).await, 403, "not-allowed");
    assert!(told.contains("this token of ci"), "{told}");
    refused(narrow.people().await, 403, "not-allowed");
    // It makes no other token for itself.
    refused(ci.issue_token("ci", &wish(None), &key()).await, 403, "not-by-token");
    let listed = ci.tokens("ci").await.unwrap().items;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|token| token.valid && token.last_used_ms.is_some()));
    // Half of it, another secret, or another id prove nothing.
    let text = &issued.secret.0;
    let swapped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('0') { '1' } else { '0' });
    let other_id =
        text.replacen(&listed[0].id, "0000000000000000", 1).replacen(&listed[1].id, "0000000000000000", 1);
    for bad in ["", "tdg_", &text[..40], &swapped, &other_id, "tds_x.ci", "nonsense"] {
        let client = world.client.clone().with_bearer(bad);
        let Err(ClientError::Problem(problem)) = client.whoami().await else { panic!("{bad}") };
        assert_eq!(problem.status, 401, "{bad}");
    }
    root.revoke_token("ci", &issued.token.id, &key()).await.unwrap();
    refused(ci.whoami().await, 401, "token-invalid");
    // Whoever is disabled has no valid token left.
    assert!(narrow.whoami().await.is_ok());
    root.disable_person("ci", "moved", &key()).await.unwrap();
    refused(narrow.whoami().await, 401, "token-invalid");
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_with_the_password() {
    let world = World::start().await;
    let root = world.set_up().await;
    let ann = world.person(&root, "ann", vec![grant(Role::Viewer, None)]).await;
    let World { client: _, server, ports: _, data, gateway, .. } = world;
    drop(server);
    let mode = tidegate_server::GatewayMode::Url(format!("http://{}", gateway.ready().admin));
    let server =
        crate::support::Server::start(data.path(), mode, tidegate_server::OnStop::StopEverything).unwrap();
    // The same sessions, at the new address.
    let moved = |client: &Client| client.clone().at_url(&server.url).unwrap();
    let (root, ann) = (moved(&root), moved(&ann));
    assert_eq!(ann.whoami().await.unwrap().name, "ann");
    let change = |current: &str| tidegate_client::api::PasswordRequest {
        password: Hidden("another sentence of hers".to_owned()),
        current: Some(Hidden(current.to_owned())),
    };
    refused(ann.set_password("ann", &change("not this one")).await, 401, "wrong-password");
    refused(ann.set_password("root", &change(PASSWORD)).await, 403, "not-allowed");
    ann.set_password("ann", &change(PASSWORD)).await.unwrap();
    refused(ann.whoami().await, 401, "session-ended");
    refused(ann.sign_in("ann", PASSWORD).await, 401, "wrong-password");
    let again = ann.sign_in("ann", "another sentence of hers").await.unwrap();
    let ann = ann.clone().with_bearer(&again.bearer.unwrap().0);
    assert_eq!(root.end_sessions("ann", &key()).await.unwrap().sessions, 1);
    refused(ann.whoami().await, 401, "session-ended");
    assert_eq!(root.sign_out().await.unwrap().sessions, 1);
    refused(root.whoami().await, 401, "session-ended");
}

#[tokio::test]
async fn the_last_administrator_stays_also_when_two_go_at_once() {
    let world = World::start().await;
    let root = world.set_up().await;
    refused(root.disable_person("root", "gone", &key()).await, 409, "last-administrator");
    refused(root.set_grants("root", Vec::new(), &key()).await, 409, "last-administrator");
    let other = world.person(&root, "other", vec![grant(Role::Admin, None)]).await;
    let keys = [key(), key()];
    let (one, two) = tokio::join!(
        root.disable_person("other", "gone", &keys[0]),
        other.disable_person("root", "gone", &keys[1])
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn whoever_administers_a_project_grants_there_and_sees_nothing_of_elsewhere() {
    let world = World::start().await;
    let root = world.set_up().await;
    let of = |role, project: &str| Grant { role, project: Some(project.to_owned()), environment: None };
    let lead = world.person(&root, "lead", vec![of(Role::Admin, "bank")]).await;
    let dev = world.person(&root, "dev", vec![of(Role::Developer, "bank")]).await;
    let elsewhere = vec![grant(Role::Viewer, None), of(Role::Developer, "shop")];
    add(&root, "bob", PersonKind::Person, elsewhere.clone()).await;
    root.set_groups("bob", vec!["ops".to_owned()], &key()).await.unwrap();
    // As `tidegate user grant bob --role developer --project bank` does.
    let mut held = lead.person("bob").await.unwrap().grants;
    assert!(held.is_empty(), "{held:?}");
    held.push(of(Role::Developer, "bank"));
    let now = lead.set_grants("bob", held.clone(), &key()).await.unwrap();
    assert_eq!((&now.grants, now.groups.len(), now.effective), (&held, 0, held.clone()));
    let all = root.person("bob").await.unwrap().grants;
    assert!(all.len() == 3 && elsewhere.iter().chain(&held).all(|grant| all.contains(grant)), "{all:?}");
    // Neither more than the project, nor another one, nor anything else about people.
    let more = |grant: Grant| vec![held[0].clone(), grant];
    refused(lead.set_grants("bob", more(grant(Role::Admin, None)), &key()).await, 403, "not-allowed");
    let told = lead.set_grants("bob", more(of(Role::Admin, "shop")), &key()).await;
    assert!(matches!(&told, Err(ClientError::Problem(problem)) if problem.status >= 403), "{told:?}");
    refused(lead.people().await, 403, "not-allowed");
    refused(lead.set_groups("bob", Vec::new(), &key()).await, 403, "not-allowed");
    refused(dev.person("bob").await, 403, "not-allowed");
    refused(dev.set_grants("bob", Vec::new(), &key()).await, 403, "not-allowed");
    assert_eq!(dev.person("dev").await.unwrap().grants.len(), 1, "everybody sees themselves");
    // And takes it back, without what is granted elsewhere.
    lead.set_grants("bob", Vec::new(), &key()).await.unwrap();
    let mut left = root.person("bob").await.unwrap().grants;
    left.sort();
    assert_eq!(left.len(), elsewhere.len());
    assert!(elsewhere.iter().all(|grant| left.contains(grant)), "{left:?}");
}

#[tokio::test]
async fn health_tells_strangers_little_once_there_are_people() {
    let world = World::start().await;
    assert!(world.client.health().await.unwrap().gateway.url.is_some());
    let root = world.set_up().await;
    let told = world.ask("GET", "/api/v1/health", &[], None).await.body;
    let names: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["gateway", "ok", "process_id", "store"], "{told}");
    assert!(told["gateway"]["url"].is_null() && told["gateway"]["instance_id"].is_null(), "{told}");
    let health = root.health().await.unwrap();
    assert!(health.gateway.url.is_some() && !health.version.is_empty() && health.position > 0);
    let stale = [("authorization", "Bearer tdg_no_such")];
    let told = world.ask("GET", "/api/v1/health", &stale, None).await;
    assert!(told.status < 400 && told.body["version"].is_null(), "{}", told.body);
    // From elsewhere not even which process.
    let elsewhere = World::start_with(|options| {
        options.behind_tls_proxy = true;
        options.require_login = true;
    })
    .await;
    let told = elsewhere.ask("GET", "/api/v1/health", &[("x-forwarded-for", "203.0.113.7")], None).await;
    assert!(told.body["process_id"].is_null() && told.body["ok"].is_boolean(), "{}", told.body);
}
