//! The notes that a release keeps: told from their source, edited by people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteSection {
    Breaking,
    Features,
    Improvements,
    Fixes,
    Performance,
    KnownIssues,
    Upgrade,
    Rollback,
    /// Kept, and not shown.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteAudience {
    Users,
    Operators,
    Support,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotesFormat {
    Json,
    Markdown,
    /// For mails and terminals.
    Text,
}

/// What people may change of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteWords {
    pub section: NoteSection,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub scope: Option<String>,
    /// One line of Markdown.
    #[schema(min_length = 1, max_length = 2000, example = "Invoices show the right sum")]
    pub text: String,
    /// What is told under it, in Markdown.
    #[serde(default)]
    #[schema(max_length = 20000)]
    pub details: String,
    /// Who reads it; where absent, who usually reads that section.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub audiences: Vec<NoteAudience>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseNote {
    /// The commit's first digits, `f.` and a fragment's name, or `h.` and a number for what was written here.
    pub id: String,
    pub words: NoteWords,
    pub issues: Vec<String>,
    pub pull_requests: Vec<String>,
    pub commit: Option<String>,
    /// As its source tells it, where people changed it.
    pub source: Option<NoteWords>,
    /// Its source has changed since they did: somebody has to choose.
    pub waits: bool,
}

/// The notes of a release, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseNotes {
    pub release: String,
    pub notes: Vec<ReleaseNote>,
    /// Which people took out, so that they stay out.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteReleaseNote {
    /// Absent for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub id: Option<String>,
    pub words: NoteWords,
    /// What its source said meanwhile was seen; so it is also where the words are others than before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

/// The whole of them, in their order; what is not among them is left out from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteReleaseNotesRequest {
    #[schema(max_items = 2000)]
    pub notes: Vec<WriteReleaseNote>,
}

/// One as its source tells it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToldReleaseNote {
    #[schema(min_length = 1, max_length = 200, example = "9fceb02a1b2c")]
    pub id: String,
    pub words: NoteWords,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub issues: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub pull_requests: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// All that the source tells now, as `tidegate notes --release VERSION --keep` sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewReleaseNotesRequest {
    #[schema(max_items = 2000)]
    pub notes: Vec<ToldReleaseNote>,
}

/// What telling them again did, by the ids of notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseNotesRenewed {
    pub new: Vec<String>,
    /// Untouched ones that follow their source.
    pub changed: Vec<String>,
    /// Untouched ones whose source is gone.
    pub gone: Vec<String>,
    /// What people changed, where the source says something new.
    pub waiting: Vec<String>,
    /// New ones for which there was no room.
    pub too_many: u64,
    pub notes: ReleaseNotes,
}
