//! A control plane ends in any way, and the next one takes over.
//!
//! Invariant: what ran goes on undisturbed, and nothing runs twice. Deliberately not here: what the next one decides.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tidegate_ports::{InstanceSet, InstanceState, Target};

use crate::world::*;

/// A control plane in a process of its own, killed at the latest when the test ends.
struct ControlPlane(Child);

impl ControlPlane {
    /// Answers it with the process ids of the instances, once they were started.
    fn start(world: &World, wanted: &InstanceSet) -> (Self, Vec<u32>) {
        let mut control = Self::begin(world, wanted);
        let mut line = String::new();
        BufReader::new(control.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (control, line.split_whitespace().map(|pid| pid.parse().unwrap()).collect())
    }
    fn begin(world: &World, wanted: &InstanceSet) -> Self {
        let set = world.write_set(wanted);
        let child = Command::new(FIXTURE)
            .arg("control")
            .args([world.data(), set])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_outlive_a_killed_control_plane_and_are_adopted() {
    let world = World::new();
    let wanted = service(3, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    assert!(started.iter().all(|pid| alive(*pid)));
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(pids(&observed), started);
    assert_eq!(observed.restarts(), 0);
    assert_eq!(world.marked().len(), 3);
    // It is watched and stopped like one of our own.
    target.stop_all().await.unwrap();
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_was_ready_stays_ready_over_the_change() {
    let world = World::new();
    let target = world.open();
    let mut wanted = service(1, &[]);
    wanted.component.readiness.min_ready_seconds = 1;
    let before = until_ready(&target, &wanted).await;
    drop(target);
    let target = world.open();
    let after = target.ensure(generation(1), &wanted).await.unwrap();
    assert_eq!((pids(&after), after.ready().count()), (pids(&before), 1), "routers keep sending to it");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_ended_meanwhile_is_started_again_and_counted() {
    let world = World::new();
    let wanted = service(2, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    let pid = rustix::process::Pid::from_raw(started[0].cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    wait_for("it ends", || !alive(started[0])).await;
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(observed.instances[1].process, Some(started[1]));
    assert_ne!(observed.instances[0].process, Some(started[0]));
    assert_eq!(observed.instances[0].restarts, 1);
    target.stop_all().await.unwrap();
}

/// Changes one field of an instance's state file.
fn edit(world: &World, change: impl Fn(&mut serde_json::Value)) {
    let path = world.state_file(0);
    let mut state = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut state);
    std::fs::write(&path, serde_json::to_vec(&state).unwrap()).unwrap();
}

/// A process that is none of ours and must not be touched.
struct Stranger(Child);

impl Stranger {
    fn start() -> Self {
        Self(Command::new("sleep").arg("600").spawn().unwrap())
    }
    fn start_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_has_the_id_but_not_the_start_time_is_left_alone() {
    let world = World::new();
    let wanted = service(1, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    let pid = rustix::process::Pid::from_raw(started[0].cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    wait_for("it ends", || !alive(started[0])).await;
    // As if the kernel had given the id to somebody else.
    let stranger = Stranger::start();
    edit(&world, |state| {
        let ticks = stranger.start_ticks().wrapping_sub(1);
        state["process"] = serde_json::json!({"pid": stranger.0.id(), "start_ticks": ticks});
    });
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_ne!(observed.instances[0].process, Some(stranger.0.id()));
    target.stop_all().await.unwrap();
    assert!(alive(stranger.0.id()), "the stranger was signalled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_boot_names_no_process() {
    let world = World::new();
    let target = world.open();
    let wanted = command(&["sleep", "600"], 1, &[]);
    until(&target, &wanted, |observed| observed.instances[0].process.is_some()).await;
    drop(target);
    // A stranger whose id and start time fit by chance, but without our mark.
    let stranger = Stranger::start();
    edit(&world, |state| {
        state["boot"] = "another".into();
        state["launch"] = "another".into();
        state["process"] = serde_json::json!({"pid": stranger.0.id(), "start_ticks": stranger.start_ticks()});
    });
    let target = world.open();
    until(&target, &wanted, |observed| {
        observed.instances[0].process.is_some_and(|pid| pid != stranger.0.id()) && observed.restarts() == 0
    })
    .await;
    wait_for("the process of the lost record is stopped", || world.marked().len() == 1).await;
    target.stop_all().await.unwrap();
    assert!(alive(stranger.0.id()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_started_but_not_yet_written_down_is_found_by_its_mark() {
    let world = World::new();
    let wanted = service(1, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    // The state between the intent and its outcome.
    edit(&world, |state| state["process"] = serde_json::Value::Null);
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(pids(&observed), started);
    assert_eq!(world.marked(), started);
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_remembers_is_stopped() {
    let world = World::new();
    let wanted = service(1, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    std::fs::remove_file(world.state_file(0)).unwrap();
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_ne!(pids(&observed), started);
    wait_for("only the new one is left", || world.marked() == pids(&observed)).await;
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_state_file_costs_that_instance_only() {
    let world = World::new();
    let wanted = service(2, &[]);
    let (mut control, started) = ControlPlane::start(&world, &wanted);
    control.kill();
    std::fs::write(world.state_file(0), "{half").unwrap();
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(observed.instances[1].process, Some(started[1]));
    wait_for("the lost one is gone", || world.marked().len() == 2).await;
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_was_under_way_is_finished() {
    let world = World::new();
    let target = world.open();
    let mut wanted = service(1, &[("FIXTURE_IGNORE_TERM", "1")]);
    until_ready(&target, &wanted).await;
    wanted.replicas = 0;
    wanted.component.stop.kill_after_seconds = 1;
    let stopping = target.ensure(generation(1), &wanted).await.unwrap();
    assert_eq!(states(&stopping), [InstanceState::Stopping]);
    wait_for("the stop is under way", || {
        std::fs::read_to_string(world.state_file(0)).unwrap().contains("\"stopping\":true")
    })
    .await;
    drop(target);
    let target = world.open();
    let mut changed = target.changed();
    while !target.list().is_empty() {
        tokio::time::timeout(DEADLINE, changed.changed()).await.unwrap().unwrap();
    }
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_keeps_its_count_and_its_pause() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[("FIXTURE_EXIT_AFTER_MS", "1")]);
    until(&target, &wanted, |observed| {
        observed.restarts() == 2 && observed.instances[0].state == InstanceState::BackingOff
    })
    .await;
    drop(target);
    let target = world.open();
    let observed = target.observe(&slot()).await.unwrap().remove("1.2.0").unwrap();
    assert!(observed.restarts() >= 2, "{observed:?}");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_runs_twice() {
    let world = World::new();
    let wanted = service(3, &[]);
    for round in 0..40 {
        let mut control = ControlPlane::begin(&world, &wanted);
        // From before it opens the directory until after everything was started.
        tokio::time::sleep(std::time::Duration::from_millis(round)).await;
        control.kill();
        if round % 8 == 7 {
            // Back to the start, so that the moments around starting are met again.
            let target = world.open();
            target.stop_all().await.unwrap();
            wait_for("nothing is left", || world.marked().is_empty()).await;
        } else {
            assert!(world.marked().len() <= 3, "round {round}: {:?}", world.marked());
        }
    }
    let target = world.open();
    let observed = until_ready(&target, &wanted).await;
    wait_for("only these run", || world.marked().len() == 3).await;
    let mut running = pids(&observed);
    let mut marked = world.marked();
    running.sort_unstable();
    marked.sort_unstable();
    assert_eq!(running, marked);
    target.stop_all().await.unwrap();
}
