//! What somebody would try who should not get in, each by its name.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;
use tidegate_client::Client;
use tidegate_client::api::{
    ApplyRequest, Choice, Gates, Grant, IssueTokenRequest, PersonKind, Role, VoteRequest,
};
use tidegate_server::{GatewayMode, Options, TlsFiles};

use crate::people::{Answered, PASSWORD, add, grant, refused};
use crate::support::{Server, World, deploy, key, until};

const GATES: &str = "      gates:\n        - approval: {count: 2, from: [approver]}\n";

pub async fn token(world: &World, root: &Client, name: &str) -> Client {
    let wish = IssueTokenRequest { label: "test".to_owned(), ..IssueTokenRequest::default() };
    let issued = root.issue_token(name, &wish, &key()).await.unwrap();
    world.client.clone().with_bearer(&issued.secret.0)
}

/// Signs in as a browser does: the cookie as it is sent back, and the token of its pages.
async fn browser(world: &World, name: &str, before: Option<&str>) -> (String, String, Answered) {
    let headers: Vec<(&str, &str)> = before.map(|cookie| ("cookie", cookie)).into_iter().collect();
    let body = json!({"name": name, "password": PASSWORD});
    let answer = world.ask("POST", "/api/v1/session", &headers, Some(body)).await;
    answer.is(201, "");
    let set = answer.headers["set-cookie"].to_str().unwrap();
    let cookie = set.split(';').next().unwrap().to_owned();
    (cookie, answer.body["csrf"].as_str().unwrap().to_owned(), answer)
}

#[tokio::test]
async fn csrf_a_cookie_alone_changes_nothing() {
    let world = World::applied().await;
    let root = world.set_up().await;
    world.person(&root, "ann", vec![grant(Role::ReleaseManager, None)]).await;
    let (cookie, csrf, answer) = browser(&world, "ann", None).await;
    let set = answer.headers["set-cookie"].to_str().unwrap();
    for part in ["__Host-tidegate=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    assert!(answer.body["bearer"].is_null());
    let (read, write) = ("/api/v1/catalog", "/api/v1/apply");
    let body = || Some(json!({"file_name": "x", "text": "project: x", "dry_run": true}));
    let ask = async |method: &str, path: &str, more: &[(&str, &str)]| {
        let headers = [&[("cookie", cookie.as_str())], more].concat();
        world.ask(method, path, &headers, if method == "GET" { None } else { body() }).await
    };
    ask("GET", read, &[]).await.is(200, "");
    ask("POST", write, &[]).await.is(403, "csrf-token-wrong");
    ask("POST", write, &[("x-csrf-token", "wrong")]).await.is(403, "csrf-token-wrong");
    let own = [("x-csrf-token", csrf.as_str())];
    let passed = ask("POST", write, &own).await;
    assert_eq!(passed.status, 422, "it came as far as the handler: {}", passed.body);
    // Also with the token, a browser that says where the request comes from is believed.
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let told = ask("POST", write, &[own[0], foreign]).await;
        told.is(403, "cross-site");
    }
    // Another one's token is none.
    let (_, other, _) = browser(&world, "root", None).await;
    ask("POST", write, &[("x-csrf-token", &other)]).await.is(403, "csrf-token-wrong");
    // A page that was loaded anew is given the same token again.
    let whoami = ask("GET", "/api/v1/session", &[]).await;
    assert_eq!(whoami.body["csrf"].as_str(), Some(csrf.as_str()));
    // Signing in is no form of another site either.
    let login = json!({"name": "ann", "password": PASSWORD});
    let told = world.ask("POST", "/api/v1/session", &[("sec-fetch-site", "cross-site")], Some(login)).await;
    told.is(403, "cross-site");
}

#[tokio::test]
async fn session_fixation_a_sign_in_makes_another_session() {
    let world = World::start().await;
    let root = world.set_up().await;
    world.person(&root, "ann", vec![grant(Role::Viewer, None)]).await;
    // Somebody planted a session of their own, or one that was made up.
    let (planted, _, _) = browser(&world, "root", None).await;
    let made_up = format!("__Host-tidegate={}.ann", "0".repeat(64));
    world.ask("GET", "/api/v1/session", &[("cookie", &made_up)], None).await.is(401, "session-ended");
    for before in [planted.as_str(), made_up.as_str()] {
        let (cookie, _, _) = browser(&world, "ann", Some(before)).await;
        assert_ne!(cookie, before);
        world.ask("GET", "/api/v1/session", &[("cookie", before)], None).await.is(401, "session-ended");
        let whoami = world.ask("GET", "/api/v1/session", &[("cookie", &cookie)], None).await;
        assert_eq!(whoami.body["name"], "ann");
    }
    // Each sign-in has a session of its own, and signing out ends that one.
    let (one, csrf, _) = browser(&world, "ann", None).await;
    let (two, _, _) = browser(&world, "ann", None).await;
    assert_ne!(one, two);
    let out = [("cookie", one.as_str()), ("x-csrf-token", csrf.as_str())];
    let answer = world.ask("DELETE", "/api/v1/session", &out, None).await;
    answer.is(200, "");
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    world.ask("GET", "/api/v1/session", &[("cookie", &one)], None).await.is(401, "session-ended");
    world.ask("GET", "/api/v1/session", &[("cookie", &two)], None).await.is(200, "");
}

#[tokio::test]
async fn brute_force_ten_tries_and_the_same_answer_for_everybody() {
    let world = World::start().await;
    let root = world.set_up().await;
    world.person(&root, "ann", Vec::new()).await;
    world.person(&root, "gone", Vec::new()).await;
    root.disable_person("gone", "left", &key()).await.unwrap();
    let wrong = |name: &str| json!({"name": name, "password": "not the one, but long"});
    let mut answers = BTreeSet::new();
    // Known, unknown, disabled (with the right password), and what is no name at all.
    for name in ["ann", "nobody", "Not A Name"] {
        let answer = world.ask("POST", "/api/v1/session", &[], Some(wrong(name))).await;
        answers.insert((answer.status, answer.body["detail"].to_string(), answer.body["help"].to_string()));
    }
    let answer =
        world.ask("POST", "/api/v1/session", &[], Some(json!({"name": "gone", "password": PASSWORD}))).await;
    answers.insert((answer.status, answer.body["detail"].to_string(), answer.body["help"].to_string()));
    assert_eq!(answers.len(), 1, "{answers:?}");
    for _ in 0..9 {
        world.ask("POST", "/api/v1/session", &[], Some(wrong("ann"))).await.is(401, "wrong-password");
    }
    let right = json!({"name": "ann", "password": PASSWORD});
    let answer = world.ask("POST", "/api/v1/session", &[], Some(right.clone())).await;
    answer.is(429, "too-many-tries");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 600);
    // Whoever writes the name otherwise is no other.
    let upper = json!({"name": " ANN ", "password": PASSWORD});
    world.ask("POST", "/api/v1/session", &[], Some(upper)).await.is(429, "too-many-tries");
    // Others are not shut out, and many at once are answered one way or the other.
    let many =
        (0..12).map(|number| root.sign_in(if number % 2 == 0 { "root" } else { "nobody-else" }, PASSWORD));
    let answers = join_all(many).await;
    assert!(answers.iter().step_by(2).all(Result::is_ok), "{answers:?}");
}

/// 1.0.0 is live in development, and two approvers have to let it into production. `author` made it.
pub async fn two_must_sign(world: &World, root: &Client) {
    for (name, role) in [("author", Role::ReleaseManager), ("ann", Role::Approver), ("bob", Role::Approver)] {
        add(root, name, PersonKind::Person, vec![grant(role, None)]).await;
    }
    let author = token(world, root, "author").await;
    let stage = "    - environment: production\n";
    let text = world.configuration().text.replace(stage, &format!("{stage}{GATES}"));
    author.apply(&ApplyRequest { text, ..world.configuration() }, &key()).await.unwrap();
    author.create_release(&world.wish("1.0.0"), &key()).await.unwrap();
    let id = author.start_rollout("development", &deploy("1.0.0"), &key()).await.unwrap().rollouts[0].clone();
    until("it is live", || async { author.rollout(&id).await.unwrap().state.is_final().then_some(()) }).await;
}

struct Signing {
    world: World,
    root: Client,
}

impl Signing {
    async fn start() -> Self {
        let world = World::applied().await;
        let root = world.set_up().await;
        two_must_sign(&world, &root).await;
        Self { world, root }
    }

    async fn says(&self, client: &Client, choice: Choice) -> Result<Gates, tidegate_client::ClientError> {
        let request = VoteRequest { release: "1.0.0".to_owned(), gate: None, choice, reason: String::new() };
        client.vote("production", &request, &key()).await
    }

    async fn why(&self) -> (bool, String) {
        let ann = token(&self.world, &self.root, "bob").await;
        let gates = ann.gates("production", "1.0.0").await.unwrap();
        (gates.open, gates.gates[0].why.clone())
    }
}

#[tokio::test]
async fn approvals_count_people_and_only_those_who_may() {
    let here = Signing::start().await;
    let (world, root) = (&here.world, &here.root);
    let password = tidegate_client::api::PasswordRequest {
        password: tidegate_client::api::Hidden(PASSWORD.to_owned()),
        current: None,
    };
    root.set_password("ann", &password).await.unwrap();
    let (by_session, by_token) = (world.signed_in("ann").await, token(world, root, "ann").await);
    // The same person twice is one person.
    here.says(&by_session, Choice::Yes).await.unwrap();
    here.says(&by_token, Choice::Yes).await.unwrap();
    assert_eq!(here.why().await, (false, "1 of 2 signed (ann)".to_owned()));
    // The author does not count, a program has no word, an administrator is no approver.
    let author = token(world, root, "author").await;
    refused(here.says(&author, Choice::Yes).await, 409, "author-may-not-sign");
    add(root, "robot", PersonKind::Service, vec![grant(Role::Approver, None)]).await;
    refused(here.says(&token(world, root, "robot").await, Choice::Yes).await, 409, "may-not-sign");
    refused(here.says(root, Choice::Yes).await, 403, "not-allowed");
    // Through a token that is less than its owner, nobody is more than the token says.
    let narrow = IssueTokenRequest {
        label: "narrow".to_owned(),
        scope: Some(vec![grant(Role::Developer, None)]),
        expires_seconds: None,
    };
    let narrow = root.issue_token("bob", &narrow, &key()).await.unwrap();
    let narrow = world.client.clone().with_bearer(&narrow.secret.0);
    refused(here.says(&narrow, Choice::Yes).await, 409, "may-not-sign");
    let bob = token(world, root, "bob").await;
    here.says(&bob, Choice::Yes).await.unwrap();
    assert!(here.why().await.0);
    // Who loses the role, or is disabled, loses the word with it; back again, it counts again.
    root.set_grants("ann", vec![grant(Role::Developer, None)], &key()).await.unwrap();
    let (open, why) = here.why().await;
    assert!(!open && why.contains("the word of ann does not count"), "{why}");
    root.set_grants("ann", vec![grant(Role::Approver, None)], &key()).await.unwrap();
    assert!(here.why().await.0);
    root.disable_person("ann", "left", &key()).await.unwrap();
    let (open, why) = here.why().await;
    assert!(!open && why.contains("the word of ann does not count"), "{why}");
    refused(author.start_rollout("production", &deploy("1.0.0"), &key()).await, 409, "gates-closed");
    // A role that comes from a group counts as long as the person is in it.
    add(root, "cy", PersonKind::Person, Vec::new()).await;
    root.set_groups("cy", vec!["ops".to_owned()], &key()).await.unwrap();
    root.set_group("ops", vec![grant(Role::Approver, Some("production"))], &key()).await.unwrap();
    here.says(&token(world, root, "cy").await, Choice::Yes).await.unwrap();
    assert!(here.why().await.0);
    root.set_group("ops", Vec::new(), &key()).await.unwrap();
    assert!(!here.why().await.0);
}

#[tokio::test]
async fn of_64_approvals_at_once_each_is_written_once_and_one_rollout_begins() {
    let here = Signing::start().await;
    let (world, root) = (&here.world, &here.root);
    let mut clients = Vec::new();
    for number in 0..64 {
        let name = format!("approver-{number}");
        add(root, &name, PersonKind::Person, vec![grant(Role::Approver, None)]).await;
        clients.push(token(world, root, &name).await);
    }
    // One has signed; 64 come for the last place.
    here.says(&token(world, root, "ann").await, Choice::Yes).await.unwrap();
    let author = token(world, root, "author").await;
    let answers = join_all(clients.iter().map(|client| here.says(client, Choice::Yes))).await;
    let failed: Vec<_> =
        answers.iter().filter(|answer| !answer.as_ref().is_ok_and(|gates| gates.open)).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let query = tidegate_client::EventsQuery {
        stream: Some("release/1.0.0".to_owned()),
        limit: Some(1_000),
        ..tidegate_client::EventsQuery::default()
    };
    let events = author.events(&query).await.unwrap().items;
    let voted: Vec<_> = events.iter().filter(|event| event.kind == "release.voted").collect();
    let who: BTreeSet<&str> = voted.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!((voted.len(), who.len()), (65, 65));
    assert!(
        voted.iter().all(|event| event
            .origin
            .as_deref()
            .is_some_and(|origin| origin.starts_with("127.0.0.1 token ")))
    );
    let start = || async { author.start_rollout("production", &deploy("1.0.0"), &key()).await };
    let started = join_all((0..8).map(|_| start())).await;
    assert_eq!(started.iter().filter(|answer| answer.is_ok()).count(), 1, "{started:?}");
}

#[tokio::test]
async fn nothing_that_proves_anybody_is_told_or_kept() {
    let world = World::start().await;
    let root = world.set_up().await;
    let session = world.client.sign_in("root", PASSWORD).await.unwrap().bearer.unwrap().0;
    let wish = IssueTokenRequest { label: "kept".to_owned(), ..IssueTokenRequest::default() };
    let issued = root.issue_token("root", &wish, &key()).await.unwrap();
    let query =
        tidegate_client::EventsQuery { limit: Some(1_000), ..tidegate_client::EventsQuery::default() };
    let told = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        root.events(&query).await.unwrap(),
        root.people().await.unwrap(),
        root.tokens("root").await.unwrap(),
        root.whoami().await.unwrap(),
        issued
    );
    let (secret, proof) = (issued.secret.0.rsplit('_').next().unwrap().to_owned(), session[4..68].to_owned());
    // The store, with what is not in the main file yet.
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(world.data.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let kept = String::from_utf8_lossy(&kept);
    for (what, needle) in [("password", PASSWORD), ("token", secret.as_str()), ("session", proof.as_str())] {
        assert!(!told.contains(needle), "the {what} is told");
        assert!(!kept.contains(needle), "the {what} is kept");
    }
    assert!(kept.contains("$argon2id$") && kept.contains("person.token-issued"), "that is where it would be");
}

#[tokio::test]
async fn beyond_this_machine_only_with_people_and_encrypted() {
    let directory = tempfile::tempdir().unwrap();
    let (data, certificate, key) =
        (directory.path().join("data"), directory.path().join("cert.pem"), directory.path().join("key.pem"));
    let make = || {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        made.cert.pem()
    };
    let trusted = make();
    let tls = Some(TlsFiles { certificate: certificate.clone(), key: key.clone() });
    let gateway = GatewayMode::Url("http://127.0.0.1:1".to_owned());
    let everywhere = ([0, 0, 0, 0], 0).into();
    let options = |listen| Options::new(&data, listen, gateway.clone());
    let code = |options: Options| Server::run(options).err().unwrap().code();
    assert_eq!(code(options(everywhere)), "tls-required");
    assert_eq!(code(Options { require_login: true, ..options(everywhere) }), "tls-required");
    assert_eq!(code(Options { tls: tls.clone(), ..options(everywhere) }), "loopback-only");
    let loopback = ([127, 0, 0, 1], 0).into();
    assert_eq!(code(Options { behind_tls_proxy: true, ..options(loopback) }), "loopback-only");
    let missing = Some(TlsFiles { certificate: directory.path().join("none"), key: key.clone() });
    assert_eq!(code(Options { tls: missing, ..options(loopback) }), "tls-files-unusable");

    let server = Server::run(Options { tls, require_login: true, ..options(loopback) }).unwrap();
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let client = Client::trusting(&server.url, trusted.as_bytes()).unwrap();
    refused(client.whoami().await, 401, "sign-in-required");
    assert!(Client::new(&server.url).unwrap().whoami().await.is_err(), "nobody has signed for it");
    let plain = server.url.replacen("https", "http", 1);
    assert!(Client::new(&plain).unwrap().health().await.is_err(), "it speaks TLS only");
    // Renewed: who trusts the new one alone is answered soon.
    let renewed = make();
    let client = Client::trusting(&server.url, renewed.as_bytes()).unwrap();
    until("the new certificate is used", || async { client.health().await.ok() }).await;
}

#[tokio::test]
async fn a_token_in_a_link_reads_the_calendar_and_nothing_else() {
    let world = World::applied().await;
    let root = world.set_up().await;
    let issue = async |scope: Option<Vec<Grant>>| {
        let wish = IssueTokenRequest { label: "calendar".to_owned(), expires_seconds: None, scope };
        root.issue_token("root", &wish, &key()).await.unwrap()
    };
    let narrow = issue(Some(vec![grant(Role::Viewer, None)])).await;
    let (wide, mixed) =
        (issue(None).await, issue(Some(vec![grant(Role::Viewer, None), grant(Role::Developer, None)])).await);
    let at = |path: &str, secret: &str| format!("/api/v1{path}?token={secret}");
    let ask = async |path: &str, secret: &str| world.ask("GET", &at(path, secret), &[], None).await;
    ask("/calendar.ics", &narrow.secret.0).await.is(200, "");
    ask("/calendar.ics", &wide.secret.0).await.is(403, "token-too-wide");
    ask("/calendar.ics", &mixed.secret.0).await.is(403, "token-too-wide");
    ask("/calendar.ics", "tdg_made_up").await.is(401, "token-invalid");
    ask("/calendar", &narrow.secret.0).await.is(401, "sign-in-required");
    root.revoke_token("root", &narrow.token.id, &key()).await.unwrap();
    ask("/calendar.ics", &narrow.secret.0).await.is(401, "token-invalid");
}
