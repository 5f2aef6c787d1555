//! Which issues and pull requests a message names, and which commits it reverts.
//!
//! Invariant: each is named once, in the order of the text. The signs of GitHub (`#12`), GitLab (`!12`) and of trackers
//! (`PAY-7`) are known; `(#12)` at the end of a first line is a pull request, because squashing writes it so.

use tidegate_plan::tracked::references;

use crate::conventional::Message;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    pub issues: Vec<String>,
    pub pull_requests: Vec<String>,
}

impl References {
    fn add(&mut self, key: String) {
        let request = key.contains('!');
        let known = |list: &[String]| list.contains(&key);
        if known(&self.issues) || known(&self.pull_requests) {
            return;
        }
        if request { self.pull_requests.push(key) } else { self.issues.push(key) }
    }
}

/// What the message names, and its description without the request at its end.
pub fn of(message: &Message) -> (String, References) {
    let mut found = References::default();
    let (description, request) = trailing(&message.description);
    found.pull_requests.extend(request);
    for key in references(&description) {
        found.add(key);
    }
    for footer in &message.footers {
        let says = |tokens: &[&str]| tokens.iter().any(|token| footer.is(token));
        if says(&["pull-request", "pr", "merge-request", "reviewed-on", "part-of"]) {
            for key in references(&footer.value).into_iter().filter(|key| !found.issues.contains(key)) {
                if !found.pull_requests.contains(&key) {
                    found.pull_requests.push(key);
                }
            }
        } else if says(&[
            "closes",
            "close",
            "closed",
            "fixes",
            "fix",
            "fixed",
            "resolves",
            "resolve",
            "resolved",
            "refs",
            "ref",
            "references",
            "issue",
            "issues",
            "see",
            "bug",
            "ticket",
            "see-also",
        ]) {
            for key in references(&footer.value) {
                found.add(key);
            }
        }
    }
    for line in message.body.lines() {
        let lower = line.trim_start().to_lowercase();
        if ["closes ", "fixes ", "resolves ", "refs "].iter().any(|word| lower.starts_with(word)) {
            for key in references(line) {
                found.add(key);
            }
        }
    }
    (description, found)
}

/// `pay once (#12)` → `pay once`, `#12`
fn trailing(description: &str) -> (String, Option<String>) {
    let inner = description.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    if let Some((before, request)) = inner {
        let digits = request.strip_prefix(['#', '!']);
        let number = digits.is_some_and(|digits| {
            !digits.is_empty() && digits.len() < 10 && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        if number {
            return (before.trim_end().to_owned(), Some(request.to_owned()));
        }
    }
    (description.to_owned(), None)
}

/// Commits that a message takes back: what git writes, and the `Refs` of a `revert:`.
pub fn reverted(text: &str, message: Option<&Message>) -> Vec<String> {
    let mut found = Vec::new();
    for (at, sign) in text.match_indices("This reverts commit ") {
        found.extend(digits(&text[at + sign.len()..]).map(str::to_owned));
    }
    if let Some(message) = message.filter(|message| message.kind == "revert") {
        let named = message.footers.iter().filter(|footer| footer.is("refs") || footer.is("reverts"));
        for value in named.map(|footer| &footer.value) {
            let words = value.split(|letter: char| letter.is_whitespace() || ",;()".contains(letter));
            found.extend(words.filter_map(|word| digits(word).filter(|all| *all == word)).map(str::to_owned));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The digits of a commit, at least seven.
fn digits(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(text.len());
    (7..=64).contains(&end).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_and_requests_are_told_apart() {
        let check = |text: &str, description: &str, issues: &[&str], requests: &[&str]| {
            let (told, found) = of(&Message::parse(text).unwrap());
            assert_eq!(told, description, "{text}");
            assert_eq!(found.issues, issues, "{text}");
            assert_eq!(found.pull_requests, requests, "{text}");
        };
        check("fix: pay once (#12)", "pay once", &[], &["#12"]);
        check("fix: pay once (!12)\n\nCloses PAY-7, #3", "pay once", &["PAY-7", "#3"], &["!12"]);
        check("fix: pay once, as #3 says", "pay once, as #3 says", &["#3"], &[]);
        check("fix: a\n\nRefs: acme/shop#45\nCloses #3\nReviewed-by: Z-1", "a", &["acme/shop#45", "#3"], &[]);
        check("fix: a\n\nFixes #3 and #4\nand more.", "a", &["#3", "#4"], &[]);
        check("fix: a (see b)", "a (see b)", &[], &[]);
        check("fix: a (#1) (#2)", "a (#1)", &["#1"], &["#2"]);
        check("fix: a\n\nPull-request: #9", "a", &[], &["#9"]);
    }

    #[test]
    fn reverts_name_their_commits() {
        let check = |text: &str, expect: &[&str]| {
            assert_eq!(reverted(text, Message::parse(text).ok().as_ref()), expect, "{text}");
        };
        check("Revert \"feat: a\"\n\nThis reverts commit 676104e.\n", &["676104e"]);
        check("revert: let us never\n\nRefs: 676104e, a215868", &["676104e", "a215868"]);
        check("fix: a\n\nRefs: 676104e", &[]);
        check("This reverts commit abc", &[]);
        check("revert: a\n\nRefs: #1, PAY-1234567", &[]);
    }
}
