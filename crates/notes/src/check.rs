//! What is wrong with a history or a directory of fragments, each with where it is and what to do.
//!
//! Invariant: all is told at once, in the order of the history, then of the files.

use serde::Serialize;

use crate::collect::Collected;
use crate::conventional::{Message, subject};
use crate::fragment::Broken;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// A commit, or a file and its line.
    pub at: Place,
    pub message: String,
    pub help: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    Commit { id: String, subject: String },
    File { path: String, line: usize },
}

const HELP: &str = "write `type(scope): description`, like `fix(cart): count each line once`";

pub fn findings(collected: &Collected, broken: &[Broken]) -> Vec<Finding> {
    let commit = |id: &str, subject: &str| Place::Commit { id: id.to_owned(), subject: subject.to_owned() };
    let messages = collected.unconventional.iter().map(|one| Finding {
        at: commit(&one.commit, &one.subject),
        message: one.why.to_string(),
        help: HELP.to_owned(),
    });
    let behind = collected.left_behind.iter().map(|(id, subject)| Finding {
        at: commit(id, subject),
        message: "was to become part of another commit".to_owned(),
        help: "`git rebase --interactive --autosquash` puts it there".to_owned(),
    });
    let files = broken.iter().map(|one| Finding {
        at: Place::File { path: one.file.clone(), line: one.line },
        message: one.message.clone(),
        help: one.help.clone(),
    });
    messages.chain(behind).chain(files).collect()
}

/// One message, before it is a commit. Lines that git would take out are taken out.
pub fn message(text: &str) -> Result<Message, Finding> {
    let kept =
        text.split("\n# ------------------------ >8 ------------------------").next().unwrap_or_default();
    let kept: Vec<&str> = kept.lines().filter(|line| !line.starts_with('#')).collect();
    let kept = kept.join("\n");
    Message::parse(&kept).map_err(|why| Finding {
        at: Place::Commit { id: String::new(), subject: subject(&kept).to_owned() },
        message: why.to_string(),
        help: HELP.to_owned(),
    })
}
