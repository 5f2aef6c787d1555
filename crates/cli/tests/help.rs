//! `--help` of every command that there is, as one snapshot each.
//!
//! Invariant: the commands are found by following the help itself, so a new one cannot be forgotten. Not here: what
//! they do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{run, snapshot};

/// The names under "Commands:".
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let entries = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    entries
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_explains_itself_in_80_columns() {
    let directory = tempfile::tempdir().unwrap();
    let mut open = vec![String::new(), "gateway".to_owned()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let help = run(directory.path(), format!("{path} --help").trim_start());
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        assert!(help.ends_with("--- exit code 0\n"), "{help}");
        let name = if path.is_empty() { "tidegate".to_owned() } else { path.replace(' ', "-") };
        open.extend(commands(&help).into_iter().map(|name| format!("{path} {name}").trim_start().to_owned()));
        // What stands at the end of each is the same; it is in the first snapshot.
        let own = help.split("\nEverywhere:").next().unwrap_or_default();
        snapshot(&format!("help-{name}"), if path.is_empty() { &help } else { own });
        seen += 1;
    }
    assert!(seen > 30, "found only {seen} commands");
}

#[test]
fn completions_know_the_commands() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(directory.path(), &format!("completions {shell}"));
        assert!(script.ends_with("--- exit code 0\n"));
        for word in ["rollout", "promote", "independent"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert!(run(directory.path(), "completions tcsh").ends_with("--- exit code 2\n"));
}
