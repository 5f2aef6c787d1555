//! Files that show what a run of a manual case came to: logs, pictures.
//!
//! Invariant: a file belongs to a run on the candidate as it is, its name is no path, and there are only so many. Deliberately not
//! here: the bytes, which are kept beside the log under their digest.

use super::{CaseFile, Mark, PlanRefusal, ReleasePlan};

/// Of one run.
pub const FILES_MAX: usize = 10;
/// Of a plan, with those of runs before.
const FILES_OF_PLAN_MAX: usize = 500;
pub const FILE_BYTES_MAX: usize = 8 << 20;
const NAME_CHARS_MAX: usize = 120;

impl ReleasePlan {
    /// None where the run has this file already.
    pub(super) fn attach(&self, case: &str, file: &CaseFile) -> Result<Option<Mark>, PlanRefusal> {
        if !is_name(&file.name) {
            return Err(PlanRefusal::BadFileName { name: file.name.chars().take(NAME_CHARS_MAX).collect() });
        }
        let run = self.runs.get(case).filter(|run| run.candidate == self.candidate_number());
        let Some(run) = run else {
            return Err(PlanRefusal::NotRun { version: self.version.clone(), case: case.to_owned() });
        };
        if run.files.contains(file) {
            return Ok(None);
        }
        if run.files.len() >= FILES_MAX {
            return Err(PlanRefusal::TooManyFiles { what: "a run", most: FILES_MAX });
        }
        if self.files.len() >= FILES_OF_PLAN_MAX && !self.files.contains_key(&file.digest) {
            return Err(PlanRefusal::TooManyFiles { what: "a plan", most: FILES_OF_PLAN_MAX });
        }
        Ok(Some(Mark::File { case: case.to_owned(), file: file.clone() }))
    }
}

/// What every system takes for a name in a directory, and nothing that leads elsewhere.
fn is_name(name: &str) -> bool {
    let bad = |letter: char| letter.is_control() || "/\\:*?\"<>|".contains(letter) || is_hidden(letter);
    (1..=NAME_CHARS_MAX).contains(&name.chars().count())
        && !name.contains(bad)
        && !name.starts_with(['.', ' ', '-'])
        && !name.ends_with(['.', ' '])
}

/// Turns text around or cannot be seen, so that a name could look like another.
fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for good in ["shot.png", "run 2.log", "Bildschirmfoto – 1.png", "a"] {
            assert!(is_name(good), "{good}");
        }
        let long = "x".repeat(NAME_CHARS_MAX + 1);
        for bad in [
            "",
            ".",
            "..",
            "../../x",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "C:x",
            ".hidden",
            "a\nb",
            "a\u{0}b",
            "x\u{202e}gnp.exe",
            " x",
            "x ",
            "x.",
            "-rf",
            &long,
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
