//! Checkpoints: made as the log grows, kept outside, and proofs that hold.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use futures_util::TryStreamExt as _;
use serde_json::json;
use tidegate_client::api::{
    ApplyRequest, ChainState, Event, ExportBegin, ExportedEvent, Grant, NotedHead, Role,
};
use tidegate_client::{Client, SearchQuery};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::retention::RetentionEvent;
use tidegate_ports::{Batch, Journal as _, NewEvent, Origin, StreamAppend};
use tidegate_server::{GatewayMode, Options, Outside, Places};
use tidegate_store::audit::{Hash, VerifierKey, hex, read_checkpoints, verify_consistency, verify_inclusion};
use tidegate_store::sqlite::{SqliteStore, open_readonly_for_audit};

use crate::people::grant;
use crate::support::{Server, World, free_port, key, until};

fn start(data: &Path, checkpoint_to: &[String]) -> Server {
    let outside = Outside { checkpoint_to: checkpoint_to.to_vec(), allowed_hosts: Vec::new() };
    let gateway = GatewayMode::Url("http://127.0.0.1:9".to_owned());
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    Server::run(Options { outside, ..Options::new(data, listen, gateway) }).unwrap()
}

async fn apply(server: &Server, ports: [u16; 2]) {
    let text = crate::support::manifest(ports);
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    server.client().apply(&request, &key()).await.unwrap();
}

fn hash(text: &str) -> Hash {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = text.as_bytes().chunks(2).map(byte).collect();
    bytes.try_into().unwrap()
}

#[tokio::test]
async fn checkpoints_go_outside_and_cover_the_last_event() {
    let (data, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (file, git) = (outside.path().join("tidegate.notes"), outside.path().join("audit.git"));
    let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&git).status().unwrap();
    assert!(made.success());
    let places = [format!("file:{}", file.display()), format!("git:{}", git.display())];
    let server = start(data.path(), &places);
    let client = server.client();
    apply(&server, [free_port(), free_port()]).await;
    let state = until("a checkpoint is everywhere", async || {
        let state = client.checkpoint().await.ok()?;
        let everywhere = state.sent.iter().all(|sent| sent.size.is_some() && sent.failure.is_none());
        (state.size.is_some() && everywhere && state.sent.len() == 2).then_some(state)
    })
    .await;
    let audit = client.audit().await.unwrap();
    assert_eq!((audit.chain, audit.checkpoints > 0), (ChainState::Ok, true));

    apply(&server, [free_port(), free_port()]).await;
    drop(server);
    let verifier: VerifierKey = state.key.parse().unwrap();
    let events = open_readonly_for_audit(Places::new(data.path()).store()).unwrap().verify().unwrap().events;
    let newest = |paths: &Path| {
        let found = read_checkpoints(&[paths.to_owned()], &verifier).unwrap();
        found.last().map(|checkpoint| checkpoint.size)
    };
    assert_eq!(newest(&file), Some(events), "the last change was signed when the server ended");
    assert_eq!(newest(&Places::new(data.path()).checkpoints()), Some(events));
    let log = ["log", "--reverse", "--format=%b", "tidegate-checkpoints"];
    let log = Command::new("git").arg("-C").arg(&git).args(log).output().unwrap();
    let copy = outside.path().join("from-git.notes");
    std::fs::write(&copy, log.stdout).unwrap();
    assert_eq!(newest(&copy), Some(events));

    // The same key after a restart; a note that says otherwise is found.
    let server = start(data.path(), &places);
    let client = server.client();
    let wrong = vec![NotedHead { size: 1, head: "0".repeat(64) }];
    let found = client.compare_audit(wrong, &key()).await.unwrap();
    assert_eq!((found.chain, found.first_bad_position), (ChainState::Broken, Some(1)));
    let cut = vec![NotedHead { size: 9_999, head: "0".repeat(64) }];
    let found = client.compare_audit(cut, &key()).await.unwrap();
    assert!(found.why.unwrap().contains("the tail of the log was cut"));
    let bad = vec![NotedHead { size: 1, head: "zz".to_owned() }];
    client.compare_audit(bad, &key()).await.unwrap_err();
    assert_eq!(client.checkpoint().await.unwrap().key, state.key);
}

#[tokio::test]
async fn a_proof_holds_against_the_signed_head() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path(), &[]);
    let client = server.client();
    for _ in 0..5 {
        apply(&server, [free_port(), free_port()]).await;
    }
    let size = client.health().await.unwrap().position;
    let file = open_readonly_for_audit(Places::new(data.path()).store()).unwrap();
    let (_, heads) = file.verify_noting(vec![2, size]).unwrap();
    for position in 1..=size {
        let proof = client.proof(position, Some(size), Some(2)).await.unwrap();
        let path: Vec<Hash> = proof.inclusion.iter().map(|text| hash(text)).collect();
        let consistency: Vec<Hash> = proof.consistency.unwrap().iter().map(|text| hash(text)).collect();
        assert_eq!(proof.head, hex(&heads[1].1));
        assert!(verify_inclusion(&hash(&proof.leaf), (position - 1, size), &path, &heads[1].1));
        assert!(verify_consistency((2, &heads[0].1), (size, &heads[1].1), &consistency));
    }
    for (position, size) in [(0, Some(size)), (size + 1, Some(size)), (1, Some(size + 1))] {
        client.proof(position, size, None).await.unwrap_err();
    }
}

#[tokio::test]
async fn who_did_what_is_found_page_by_page() {
    let world = World::live().await;
    let all = world
        .client
        .search_audit(&SearchQuery { limit: Some(1_000), ..SearchQuery::default() })
        .await
        .unwrap();
    assert_eq!((all.items.last().unwrap().position, all.next), (1, None));
    assert!(all.items.windows(2).all(|pair| pair[0].position == pair[1].position + 1));
    let found = async |query: SearchQuery| {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = world
                .client
                .search_audit(&SearchQuery { before, limit: Some(3), ..query.clone() })
                .await
                .unwrap();
            found.extend(page.items);
            before = page.next;
            if before.is_none() {
                return found;
            }
        }
    };
    let text = |text: &str| Some(text.to_owned());
    let expect = |keep: &dyn Fn(&Event) -> bool| {
        all.items.iter().filter(|event| keep(event)).cloned().collect::<Vec<_>>()
    };
    let by_me = found(SearchQuery { person: text("operator@local"), ..SearchQuery::default() }).await;
    assert_eq!(by_me, expect(&|event| event.actor == "operator@local"));
    assert!(by_me.iter().all(|event| event.origin.is_some()));
    let of_kind = found(SearchQuery { kind: text("rollout.*"), ..SearchQuery::default() }).await;
    assert_eq!(of_kind, expect(&|event| event.kind.starts_with("rollout.")));
    let of_release = found(SearchQuery { release: text("1.0.0"), ..SearchQuery::default() }).await;
    assert_eq!(
        of_release,
        expect(&|event| event.stream.starts_with("rollout/") || event.stream == "release/1.0.0")
    );
    let there = found(SearchQuery { environment: text("development"), ..SearchQuery::default() }).await;
    assert!(there.iter().any(|event| event.stream == "slot/development/web"));
    assert!(there.iter().all(|event| event.stream != "slot/production/web"));
    assert_eq!(found(SearchQuery { since_ms: Some(u64::MAX / 4), ..SearchQuery::default() }).await, []);
    for (query, status, code) in [
        ("kind=Rollout", 400, "bad-request"),
        ("kind=", 400, "bad-request"),
        ("kind=a*b", 400, "bad-request"),
        ("person=%20", 422, "bad-name"),
        ("release=..%2F..", 422, "bad-name"),
        ("environment=A", 422, "bad-name"),
        ("limit=0", 400, "bad-request"),
        ("since_ms=-1", 400, "bad-request"),
        ("before=x", 400, "bad-request"),
        ("who=ann", 400, "bad-request"),
    ] {
        let (found, problem) = world.raw("GET", &format!("/api/v1/audit/events?{query}"), None).await;
        assert_eq!((found, problem["code"].as_str().unwrap()), (status, code), "{query}");
    }
}

#[tokio::test]
async fn an_export_holds_what_the_log_is_hashed_from() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path(), &[]);
    let client = server.client();
    for _ in 0..4 {
        apply(&server, [free_port(), free_port()]).await;
    }
    let size = client.health().await.unwrap().position;
    let file = open_readonly_for_audit(Places::new(data.path()).store()).unwrap();
    for after in 0..=size {
        let lines: Vec<String> =
            client.export_audit(Some(after), None).await.unwrap().try_collect().await.unwrap();
        let begin: ExportBegin = serde_json::from_str(&lines[0]).unwrap();
        let peaks: Vec<Hash> = begin.peaks.iter().map(|peak| hash(peak)).collect();
        assert_eq!(peaks, file.tree(after).unwrap().unwrap().peaks());
        assert_eq!((begin.after, begin.until, begin.project.as_str()), (after, size, "default"));
        let events: Vec<ExportedEvent> =
            lines[1..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let leaves: Vec<Hash> = events.iter().map(|event| hash(&event.leaf)).collect();
        assert_eq!(leaves, file.leaves(size).unwrap()[after as usize..]);
        assert!(events.iter().all(|event| event.event.as_ref().unwrap().origin_salt.is_some()));
    }
    let part: Vec<String> = client.export_audit(Some(1), Some(2)).await.unwrap().try_collect().await.unwrap();
    assert_eq!(part.len(), 2);
    for (after, until) in
        [(Some(size + 1), None), (None, Some(size + 1)), (Some(2), Some(1)), (Some(u64::MAX), None)]
    {
        let Err(refused) = client.export_audit(after, until).await else { panic!("{after:?} {until:?}") };
        assert!(refused.to_string().contains("there is no event"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_about_people_is_for_who_may_see_all_of_it() {
    let world = World::applied().await;
    let root = world.set_up().await;
    let here = Grant { project: Some("default".to_owned()), ..grant(Role::Approver, None) };
    let ann = world.person(&root, "ann", vec![here]).await;
    let about_people = async |client: &Client| {
        let query = SearchQuery { kind: Some("person.*".to_owned()), ..SearchQuery::default() };
        let found = client.search_audit(&query).await.unwrap().items.len();
        let lines: Vec<String> = client.export_audit(None, None).await.unwrap().try_collect().await.unwrap();
        let withheld = lines[1..].iter().map(|line| serde_json::from_str::<ExportedEvent>(line).unwrap());
        (found, lines.len(), withheld.filter(|event| event.event.is_none()).count())
    };
    let (found, lines, withheld) = about_people(&root).await;
    assert!(found >= 4 && withheld == 0, "{found} {withheld}");
    assert_eq!(about_people(&ann).await, (0, lines, found));
}

/// A log that began in 1970.
async fn old_log(data: &Path, events: u32) {
    let store = SqliteStore::open(Places::new(data).store()).unwrap();
    for version in 1..=u64::from(events) {
        let event =
            RetentionEvent::Set { origin_days: (version < u64::from(events)).then_some(version as u32) };
        let event = NewEvent { kind: event.kind().to_owned(), body: serde_json::to_string(&event).unwrap() };
        let append =
            StreamAppend { stream: StreamId::Retention, expected_version: version - 1, events: vec![event] };
        let batch = Batch {
            at: Moment { wall_ms: version, steady: Steady(version) },
            actor: "ann".to_owned(),
            origin: Some(Origin { text: "203.0.113.7 session".to_owned(), salt: [7; 16] }),
            appends: vec![append],
            ..Batch::default()
        };
        store.append(batch).await.unwrap();
    }
}

#[tokio::test]
async fn origins_are_forgotten_after_so_many_days_and_the_log_says_so() {
    let data = tempfile::tempdir().unwrap();
    old_log(data.path(), 5).await;
    let server = start(data.path(), &[]);
    let client = server.client();
    let before = client.retention().await.unwrap();
    assert_eq!((before.origin_days, before.forgotten_through), (None, 0));
    apply(&server, [free_port(), free_port()]).await;
    let size = client.health().await.unwrap().position;
    let signed = client.proof(1, Some(size), None).await.unwrap().head;
    let set = client.set_retention(30, &key()).await.unwrap();
    assert_eq!(set.origin_days, Some(30));
    let audit = until("origins are forgotten", async || {
        let audit = client.audit().await.unwrap();
        (audit.forgotten_origins > 0).then_some(audit)
    })
    .await;
    assert_eq!((audit.chain, audit.forgotten_origins), (ChainState::Ok, 5), "{:?}", audit.why);
    assert_eq!(client.retention().await.unwrap().forgotten_through, 5);
    let noted = vec![NotedHead { size, head: signed }];
    assert_eq!(client.compare_audit(noted, &key()).await.unwrap().chain, ChainState::Ok);
    let query =
        SearchQuery { kind: Some("retention.origins-forgotten".to_owned()), ..SearchQuery::default() };
    let said = client.search_audit(&query).await.unwrap().items;
    assert_eq!((said.len(), said[0].actor.as_str()), (1, "tidegate"));
    assert_eq!(said[0].body["OriginsForgotten"]["origins"], 5);
    let lines: Vec<String> = client.export_audit(None, Some(6)).await.unwrap().try_collect().await.unwrap();
    let events: Vec<ExportedEvent> =
        lines[1..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kept = events.iter().map(|event| event.event.as_ref().unwrap().origin.is_some()).collect::<Vec<_>>();
    assert_eq!(kept, [false, false, false, false, false, true]);
    for wrong in [json!({}), json!({"origin_days": 40_000}), json!({"origin_days": -1}), json!({"days": 3})] {
        let asked = reqwest::Client::new().put(format!("{}/api/v1/audit/retention", server.url)).json(&wrong);
        let answer = asked.send().await.unwrap();
        assert!([400, 422].contains(&answer.status().as_u16()), "{wrong}");
    }
    assert_eq!(client.set_retention(0, &key()).await.unwrap().origin_days, None);
}
