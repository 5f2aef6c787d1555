//! Checkpoints: made as the log grows, kept outside, and proofs that hold.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use tidegate_client::api::{ApplyRequest, ChainState, NotedHead};
use tidegate_server::{GatewayMode, Options, Outside, Places};
use tidegate_store::audit::{Hash, VerifierKey, hex, read_checkpoints, verify_consistency, verify_inclusion};
use tidegate_store::sqlite::open_readonly_for_audit;

use crate::support::{Server, free_port, key, until};

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
