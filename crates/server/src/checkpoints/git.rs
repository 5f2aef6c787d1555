//! Checkpoints as commits on a branch of their own, by the `git` program.
//!
//! Invariant: only fixed commands with fixed arguments run, none of them looks at the work tree, and neither hooks nor
//! the user's or the system's settings have a say. The program and not a library: four plumbing commands against some
//! hundred crates to build. Deliberately not here: pushing; whoever hosts the repository mirrors it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tidegate_domain::name::ProjectName;
use tidegate_ports::Fault;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::Made;

const BRANCH: &str = "refs/heads/tidegate-checkpoints";

const NONE: &str = "0000000000000000000000000000000000000000";
const TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_CHARS_MAX: usize = 300;

/// Whether there is a repository.
pub(super) fn check(path: &Path) -> Result<(), Fault> {
    directory(path).map(drop).ok_or_else(|| {
        Fault::hold("checkpoint-repository", format!("{} is no git repository", path.display()))
            .with_help(format!("make one: git init --bare {}", path.display()))
    })
}

/// One for each project.
pub(super) fn branch(project: Option<&ProjectName>) -> String {
    project.map_or_else(|| BRANCH.to_owned(), |name| format!("{BRANCH}-{name}"))
}

/// Bare, or with a work tree.
fn directory(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join(".git")].into_iter().find(|path| path.join("HEAD").is_file())
}

/// The note is the message, so that the branch's log is all of them, and the one file is the newest.
pub(super) async fn commit((path, branch): (&Path, &str), made: &Made) -> Result<(), String> {
    let directory = directory(path).ok_or_else(|| format!("{} is no git repository", path.display()))?;
    let git = Git { directory };
    let parent = git.run(&["rev-parse", "--quiet", "--verify", branch], "").await.ok();
    let blob = git.run(&["hash-object", "-w", "--stdin"], &made.note).await?;
    let tree = git.run(&["mktree"], &format!("100644 blob {blob}\tcheckpoint\n")).await?;
    let message = format!("Checkpoint of {} events\n\n{}", made.size, made.note);
    let commit = match &parent {
        Some(parent) => {
            let known = git.run(&["rev-parse", &format!("{parent}^{{tree}}")], "").await?;
            if known == tree {
                return Ok(());
            }
            git.run(&["commit-tree", &tree, "-p", parent], &message).await?
        }
        None => git.run(&["commit-tree", &tree], &message).await?,
    };
    // Only where nobody else wrote meanwhile.
    git.run(&["update-ref", branch, &commit, parent.as_deref().unwrap_or(NONE)], "").await.map(drop)
}

struct Git {
    directory: PathBuf,
}

impl Git {
    async fn run(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new("git");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GIT_DIR", &self.directory).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Tidegate")
                .env(format!("GIT_{who}_EMAIL"), "tidegate@localhost");
        }
        command.args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let running = async {
            let mut child = command.spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(input.as_bytes()).await?;
            }
            child.wait_with_output().await
        };
        let ended =
            tokio::time::timeout(TIMEOUT, running).await.map_err(|_| "git did not end in time".to_owned())?;
        let output = ended.map_err(|why| format!("git could not be run: {why}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said: String =
            String::from_utf8_lossy(&output.stderr).trim().chars().take(ANSWER_CHARS_MAX).collect();
        Err(format!("git {}: {said}", arguments.first().unwrap_or(&"")))
    }
}

#[cfg(test)]
mod tests {
    use tidegate_store::audit::{NoteKey, read_notes};

    use super::*;

    #[tokio::test]
    async fn each_checkpoint_is_a_commit_and_hooks_have_no_say() {
        let place = tempfile::tempdir().unwrap();
        let made = Command::new("git").args(["init", "--quiet"]).arg(place.path()).status().await.unwrap();
        assert!(made.success());
        let hook = place.path().join(".git/hooks/reference-transaction");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, "#!/bin/sh\ntouch \"$GIT_DIR/hooked\"\nexit 1\n").unwrap();
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let key = NoteKey::from_seed(&[7; 32]);
        for size in [1, 1, 5] {
            let root = [u8::try_from(size).unwrap(); 32];
            commit((place.path(), BRANCH), &Made { size, root, note: key.sign(size, root) }).await.unwrap();
        }
        assert!(!place.path().join(".git/hooked").exists());
        let git = Git { directory: place.path().join(".git") };
        let log = git.run(&["log", "--reverse", "--format=%b", BRANCH], "").await.unwrap();
        let notes = read_notes(&log).unwrap();
        let sizes: Vec<u64> = notes.iter().map(|note| note.signed_by(&key.public()).unwrap().size).collect();
        assert_eq!(sizes, [1, 5]);
        let newest = git.run(&["show", &format!("{BRANCH}:checkpoint")], "").await.unwrap();
        assert_eq!(newest, key.sign(5, [5; 32]).trim());
    }
}
