//! Commits of a release out of a file: as `git log --format='%H %aI'` writes them, or as JSON.
//!
//! Invariant: a line that says no commit is refused by its number, never passed over. Not here: how many there may be (the server).

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use tidegate_api::NewCommit;

use super::input;
use crate::failure::Failure;

const BYTES_MAX: u64 = 4 << 20;
const HELP: &str = "write `git log --format='%H %aI%x09%s' v1..v2 > commits.txt`, or JSON: [{\"id\": \"…\", \"authoredAt\": \
                    \"2026-11-22T10:00:00Z\", \"pullRequest\": \"#12\"}]";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    #[serde(alias = "authoredAt")]
    authored_at: Timestamp,
    #[serde(default, alias = "pullRequest")]
    pull_request: Option<PullRequest>,
    #[serde(default)]
    message: Option<String>,
}

/// `12`, `"#12"` or its address.
#[derive(Deserialize)]
#[serde(untagged)]
enum PullRequest {
    Number(u64),
    Text(String),
}

pub fn read(file: &Path) -> Result<Vec<NewCommit>, Failure> {
    let bytes = input::read(file, BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(wrong(file, "has more than 4 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(file, "is no text in UTF-8"))?;
    parse(&text).map_err(|why| wrong(file, &why))
}

fn wrong(file: &Path, why: &str) -> Failure {
    Failure::usage("commits-unreadable", format!("{} {why}", file.display())).help(HELP)
}

fn parse(text: &str) -> Result<Vec<NewCommit>, String> {
    if text.trim_start().starts_with('[') {
        let all: Vec<Written> =
            serde_json::from_str(text).map_err(|why| format!("is no list of commits: {why}"))?;
        return all.into_iter().map(json).collect();
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, text)| line(text).map_err(|why| format!("line {}: {why}", index + 1))).collect()
}

fn json(written: Written) -> Result<NewCommit, String> {
    let pull_request = written.pull_request.map(|request| match request {
        PullRequest::Number(number) => format!("#{number}"),
        PullRequest::Text(text) => text,
    });
    let authored_ms = since_1970(written.authored_at)?;
    Ok(NewCommit { id: written.id, authored_ms, pull_request, message: written.message })
}

/// The commit, its time, and perhaps its pull request, set apart by blanks; after a tab, its message.
fn line(text: &str) -> Result<NewCommit, String> {
    let (head, message) = text.split_once('\t').unwrap_or((text, ""));
    let mut words = head.split_whitespace();
    let (Some(id), Some(at), request, None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err("a commit and the time it was authored at are expected".to_owned());
    };
    let at: Timestamp = at.parse().map_err(|_| format!("`{at}` is no time like 2026-11-22T10:00:00Z"))?;
    let pull_request = request.map(str::to_owned);
    let message = Some(message.trim().to_owned()).filter(|message| !message.is_empty());
    Ok(NewCommit { id: id.to_owned(), authored_ms: since_1970(at)?, pull_request, message })
}

fn since_1970(at: Timestamp) -> Result<u64, String> {
    u64::try_from(at.as_millisecond()).map_err(|_| format!("{at} lies before 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read_as_git_and_programs_write_them() {
        let commit = |id: &str, request: Option<&str>| NewCommit {
            id: id.to_owned(),
            authored_ms: 1_767_261_600_000,
            pull_request: request.map(str::to_owned),
            message: None,
        };
        let lines = "a1b2 2026-01-01T10:00:00Z\n\nc3d4 2026-01-01T12:00:00+02:00 #7\n";
        assert_eq!(parse(lines), Ok(vec![commit("a1b2", None), commit("c3d4", Some("#7"))]));
        let told = parse("a1b2 2026-01-01T10:00:00Z\tKeep the cart (#12)\n").unwrap();
        assert_eq!(told[0].message.as_deref(), Some("Keep the cart (#12)"));
        let json = r#"[{"id": "a1b2", "authoredAt": "2026-01-01T10:00:00Z", "pullRequest": 7},
            {"id": "c3d4", "authored_at": "2026-01-01T10:00:00Z"}]"#;
        assert_eq!(parse(json), Ok(vec![commit("a1b2", Some("#7")), commit("c3d4", None)]));
        assert_eq!(parse(" \n"), Ok(Vec::new()));
        for (bad, why) in [
            ("a1b2", "line 1: a commit and the time"),
            ("a1b2 2026-01-01T10:00:00Z\na1b2 yesterday", "line 2: `yesterday` is no time"),
            ("a1b2 1961-01-01T10:00:00Z", "lies before 1970"),
            ("a 2026-01-01T10:00:00Z #7 more", "line 1: a commit and the time"),
            ("[{\"id\": 7}]", "is no list of commits"),
            (
                "[{\"id\": \"a\", \"authoredAt\": \"2026-01-01T10:00:00Z\", \"sha\": 1}]",
                "unknown field `sha`",
            ),
        ] {
            let said = parse(bad).unwrap_err();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}
