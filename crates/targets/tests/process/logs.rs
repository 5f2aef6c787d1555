//! Logs: read, followed, and still there afterwards.
//!
//! Invariant: a line that was written is shown once. Deliberately not here: rotation (beside its code).

use tidegate_targets::process::{LogLine, LogQuery};

use crate::world::*;

fn query(lines: usize, follow: bool) -> LogQuery {
    LogQuery { slot: slot(), version: None, ordinal: None, lines, follow }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_lines_are_read_and_new_ones_follow() {
    let world = World::new();
    let target = world.open();
    let observed = until_ready(&target, &service(2, &[])).await;
    for number in 0..5 {
        get(&observed.instances[1], &format!("/log?line-{number}")).await;
    }
    let line = |text: &str| LogLine { instance: "api-1.2.0-1".to_owned(), text: text.to_owned() };
    let mut second = query(2, true);
    second.ordinal = Some(1);
    let logs = target.logs(&second).await.unwrap();
    assert_eq!(logs.lines, [line("line-3"), line("line-4")]);
    let mut follow = logs.follow.unwrap();
    get(&observed.instances[0], "/log?of-another").await;
    get(&observed.instances[1], "/log?new").await;
    assert_eq!(tokio::time::timeout(DEADLINE, follow.recv()).await.unwrap(), Some(line("new")));
    assert_eq!(target.log_files(&query(0, false)).unwrap().len(), 2);
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_outlive_the_instance_and_the_control_plane() {
    let world = World::new();
    let target = world.open();
    until_ready(&target, &service(1, &[])).await;
    drop(target);
    let target = world.open();
    target.stop_all().await.unwrap();
    drop(target);
    let target = world.open();
    let logs = target.logs(&query(100, false)).await.unwrap();
    let texts: Vec<&str> = logs.lines.iter().map(|line| line.text.as_str()).collect();
    assert!(texts[0].starts_with("starting with process"), "{texts:?}");
    assert_eq!(texts.last(), Some(&"ending"));
    assert!(logs.follow.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn following_finds_instances_that_start_later() {
    let world = World::new();
    let target = world.open();
    let mut follow = target.logs(&query(10, true)).await.unwrap().follow.unwrap();
    until_ready(&target, &service(1, &[])).await;
    let line = tokio::time::timeout(DEADLINE, follow.recv()).await.unwrap().unwrap();
    assert_eq!(line.instance, "api-1.2.0-0");
    assert!(line.text.starts_with("starting"), "{line:?}");
    target.stop_all().await.unwrap();
}
