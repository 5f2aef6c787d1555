//! Why nothing can be read from a tracker or a table.
//!
//! Invariant: what is said names hosts, projects and columns, never a token; every case has a code and the next step.

use super::query::Tracker;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeRefusal {
    #[error("the address of the tracker's API is not an http(s) URL without password and query")]
    Base,
    #[error("{}", match tracker {
        Tracker::Github => "a project at GitHub is `owner/repository`",
        Tracker::Gitlab => "a project at GitLab is its path (`group/project`) or its number",
    })]
    Project { tracker: Tracker },
    #[error("this {what} is empty, too long, or holds what no {what} can")]
    Word { what: &'static str },
    #[error("the token cannot be sent: it holds more than visible ASCII characters")]
    Token,
    #[error("the tracker does not know the token (401)")]
    Unauthorised,
    #[error("the tracker does not let the token read this (403)")]
    Forbidden,
    #[error("there is no `{project}`, or the token may not know of it (404)")]
    Unknown { project: String },
    #[error("`{project}` has no milestone `{title}`")]
    NoMilestone { project: String, title: String },
    #[error("the tracker does not take this question ({status})")]
    Asked { status: u16 },
    #[error("the tracker sends on to another place, which a token does not follow")]
    Redirect,
    #[error("the answer is not what this tracker's API answers: {why}")]
    Unreadable { why: String },
    #[error("the answer broke off in its middle, {times} times in a row")]
    CutOff { times: u32 },
    #[error("the tracker failed {times} times in a row, last with status {status}")]
    Failing { times: u32, status: u16 },
    #[error("there are more than {most} {what}")]
    TooMany { most: usize, what: &'static str },
    #[error("the cursor is not of this query, or of another version")]
    Cursor,
    #[error("this is no table: {why}")]
    Table { why: String },
    #[error("the table has no column `{column}`")]
    NoColumn { column: String, there: Vec<String>, known: Vec<String> },
}

impl ScopeRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Base | Self::Project { .. } | Self::Word { .. } => "scope-query-malformed",
            Self::Token | Self::Unauthorised => "scope-token-refused",
            Self::Forbidden => "scope-forbidden",
            Self::Unknown { .. } => "scope-project-unknown",
            Self::NoMilestone { .. } => "scope-milestone-unknown",
            Self::Asked { .. } => "scope-question-refused",
            Self::Redirect => "scope-redirected",
            Self::Unreadable { .. } | Self::CutOff { .. } => "scope-answer-unreadable",
            Self::Failing { .. } => "scope-tracker-failing",
            Self::TooMany { .. } => "scope-too-large",
            Self::Cursor => "scope-cursor-unusable",
            Self::Table { .. } | Self::NoColumn { .. } => "scope-table-malformed",
        }
    }

    pub fn help(&self) -> String {
        match self {
            Self::Base => "write it as the tracker's documentation does: https://ghe.example/api/v3, https://git.example/api/v4".into(),
            Self::Project { .. } => "copy it from the address bar of the tracker, without host and slash".into(),
            Self::Word { .. } => "copy it from the tracker as it stands there".into(),
            Self::Token => "mind the end of the line when it comes from a file".into(),
            Self::Unauthorised => "make a new token there and set it again; tokens expire".into(),
            Self::Forbidden => "give the token the right to read issues and pull requests (GitHub: Issues and Pull requests, read-only; GitLab: read_api), and let the organisation's single sign-on know it".into(),
            Self::Unknown { .. } => "compare its name; a private project needs a token that may read it".into(),
            Self::NoMilestone { .. } => "compare the title letter by letter, and whether it belongs to this very project".into(),
            Self::Asked { .. } => "compare milestone and labels with the tracker's own; a tracker that is much older may not know the question".into(),
            Self::Redirect => "ask the tracker at the address it sends to, and the project by its new name".into(),
            Self::Unreadable { .. } | Self::CutOff { .. } => "look whether the address is that of the API, and at what stands between (a proxy, a sign-in page)".into(),
            Self::Failing { .. } => "look at the tracker's status page and ask again later; what was read is kept".into(),
            Self::TooMany { .. } => "ask for one milestone or one label at a time".into(),
            Self::Cursor => "begin the import anew".into(),
            Self::Table { .. } => "save it as CSV in UTF-8, with one line of headers".into(),
            Self::NoColumn { there, .. } if there.is_empty() => "begin the table with a line that names its columns".into(),
            Self::NoColumn { there, known, .. } => {
                format!("there are: {}; name the one that is meant {}", there.join(", "), known.join(", or "))
            }
        }
    }
}
