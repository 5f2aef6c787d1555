//! Ending: by itself, when asked, and when it does not listen.
//!
//! Invariant: after a stop nothing of the instance is alive. Deliberately not here: control planes that end.

use rustix::process::{Pid, Signal, kill_process};
use tidegate_ports::{InstanceState, Target};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_backs_off_counts_and_says_why() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[("FIXTURE_EXIT_AFTER_MS", "50"), ("FIXTURE_EXIT_STATUS", "7")]);
    let observed = until(&target, &wanted, |observed| {
        observed.restarts() == 2 && observed.instances[0].state == InstanceState::BackingOff
    })
    .await;
    let instance = &observed.instances[0];
    assert!(instance.reason.starts_with("exited with status 7 after "), "{}", instance.reason);
    assert!(instance.reason.contains("`boom`"), "{}", instance.reason);
    assert!(instance.reason.contains("starts again 2 s"), "the second pause is longer: {}", instance.reason);
    assert_eq!((instance.process, &instance.address), (None, &None));
    target.stop_all().await.unwrap();
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_killed_from_outside_comes_back_elsewhere() {
    let world = World::new();
    let target = world.open();
    let wanted = service(2, &[]);
    let before = until_ready(&target, &wanted).await;
    let victim = before.instances[1].process.unwrap();
    kill_process(Pid::from_raw(victim.cast_signed()).unwrap(), Signal::KILL).unwrap();
    let down =
        until(&target, &wanted, |observed| observed.instances[1].state == InstanceState::BackingOff).await;
    wait_for("it is reaped", || !std::path::Path::new(&format!("/proc/{victim}")).exists()).await;
    assert_eq!(down.instances[0].state, InstanceState::Ready);
    let after =
        until(&target, &wanted, |observed| observed.restarts() == 1 && observed.ready().count() == 2).await;
    assert_eq!(after.instances[0], before.instances[0]);
    assert_ne!(after.instances[1].address, before.instances[1].address, "a router may not have heard yet");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_the_end() {
    let world = World::new();
    let target = world.open();
    let observed = until_ready(&target, &service(1, &[])).await;
    let instance = observed.instances[0].clone();
    let address = instance.address.clone().unwrap();
    let asking = tokio::spawn(async move { get_from(&address, "/slow?800").await });
    let log = world.version_folder().join("0.log");
    // Only a request that has arrived is under way.
    let connected = || sockets_of(instance.process.unwrap()) >= 2;
    wait_for("the request arrives", connected).await;
    let stopping = target.ensure(generation(1), &service(0, &[])).await.unwrap();
    assert_eq!(states(&stopping), [InstanceState::Stopping]);
    wait_for("it heard SIGTERM", || std::fs::read_to_string(&log).unwrap().contains("ending")).await;
    assert_eq!(asking.await.unwrap(), "slow but done");
    until(&target, &service(0, &[]), |observed| observed.instances.is_empty()).await;
    assert!(!alive(instance.process.unwrap()));
    assert!(target.observe(&slot()).await.unwrap().is_empty());
}

/// Connections and listeners among the open files of a process.
fn sockets_of(pid: u32) -> usize {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let is_socket = |entry: std::fs::DirEntry| {
        std::fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    // One pair belongs to the runtime's signals.
    open.filter(|_| true).map(is_socket).filter(|socket| *socket).count().saturating_sub(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ignores_sigterm_is_killed_after_its_time() {
    let world = World::new();
    let target = world.open();
    let mut wanted = service(1, &[("FIXTURE_IGNORE_TERM", "1")]);
    wanted.component.stop.kill_after_seconds = 1;
    let pid = until_ready(&target, &wanted).await.instances[0].process.unwrap();
    wanted.replicas = 0;
    until(&target, &wanted, |observed| observed.instances.is_empty()).await;
    assert!(!alive(pid));
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn children_end_with_their_parent() {
    let world = World::new();
    let target = world.open();
    // The shell waits for a grandchild that has left its process group, as daemons do.
    let script = format!("setsid sleep 600 & {FIXTURE} & wait");
    let wanted = command(&["sh", "-c", &script], 1, &[]);
    until_ready(&target, &wanted).await;
    wait_for("all three run", || world.marked().len() >= 3).await;
    until(&target, &command(&["sh"], 0, &[]), |observed| observed.instances.is_empty()).await;
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn children_left_by_a_crash_are_ended_before_the_next_start() {
    let world = World::new();
    let target = world.open();
    let wanted = command(&["sh", "-c", "sleep 600 & exit 3"], 1, &[]);
    let down = until(&target, &wanted, |observed| observed.restarts() == 1).await;
    assert!(down.instances[0].reason.starts_with("exited with status 3"), "{}", down.instances[0].reason);
    assert!(world.marked().is_empty());
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn scaling_down_stops_the_highest_and_up_starts_what_is_missing() {
    let world = World::new();
    let target = world.open();
    let before = until_ready(&target, &service(3, &[])).await;
    let after = until(&target, &service(1, &[]), |observed| observed.instances.len() == 1).await;
    assert_eq!(after.instances[0], before.instances[0]);
    let again = until_ready(&target, &service(2, &[])).await;
    assert_eq!(again.instances[0], before.instances[0]);
    assert_eq!(again.instances[1].ordinal, 1);
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_asked_to_stop_while_it_waits_never_starts_again() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[("FIXTURE_EXIT_AFTER_MS", "1")]);
    until(&target, &wanted, |observed| observed.restarts() == 1).await;
    until(&target, &service(0, &[]), |observed| observed.instances.is_empty()).await;
    assert!(world.marked().is_empty());
    assert!(!world.state_file(0).exists());
}
