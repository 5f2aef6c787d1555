//! The issues and requests that a text names, as people and trackers write them.
//!
//! Invariant: what is found is one of a few forms (`#12`, `!12`, `owner/name#12`, `group/name!12`, `PAY-7`), each once, and at most
//! [`REFERENCES_MAX`]. Deliberately not here: whether there is such an issue.

pub const REFERENCES_MAX: usize = 20;
const DIGITS_MAX: usize = 9;
const PATH_MAX: usize = 150;
/// These look like keys of a tracker and are names of standards.
const STANDARDS: &[&str] = &["UTF", "SHA", "ISO", "RFC", "CVE", "HTTP", "AES"];
const CLOSING: &[&str] = &[
    "close",
    "closes",
    "closed",
    "closing",
    "fix",
    "fixes",
    "fixed",
    "fixing",
    "resolve",
    "resolves",
    "resolved",
    "resolving",
    "implement",
    "implements",
    "implemented",
];

/// Everything that a commit's message names, in its order.
pub fn references(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(text) {
        keep(&mut found, reference(word));
    }
    found
}

/// What a request's description says that it closes.
pub fn closing(text: &str) -> Vec<String> {
    let (mut found, mut closes) = (Vec::new(), false);
    for word in words(text) {
        let plain = word.trim_end_matches([':', '.']).to_lowercase();
        if CLOSING.contains(&plain.as_str()) {
            closes = true;
            continue;
        }
        // `Fixes:#12` is one word.
        let glued = word.split_once(':').is_some_and(|(first, rest)| {
            CLOSING.contains(&first.to_lowercase().as_str()) && !rest.starts_with("//")
        });
        match reference(word) {
            reference @ Some(_) if closes || glued => keep(&mut found, reference),
            _ if closes && matches!(plain.as_str(), "and" | "&" | "issue" | "issues" | "also") => {}
            _ => closes = false,
        }
    }
    found
}

fn keep(found: &mut Vec<String>, reference: Option<String>) {
    if let Some(reference) = reference.filter(|_| found.len() < REFERENCES_MAX)
        && !found.contains(&reference)
    {
        found.push(reference);
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let apart = |letter: char| letter.is_whitespace() || "()[]{}<>,;\"'`".contains(letter);
    text.split(apart).filter(|word| !word.is_empty())
}

fn reference(word: &str) -> Option<String> {
    let word = word.trim_end_matches(['.', ':', '!', '?']);
    if let Some(rest) = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")) {
        return of_address(rest);
    }
    let word = word.rsplit_once(':').map_or(word, |(_, last)| last);
    if let Some(number) = word.strip_prefix("GH-").or_else(|| word.strip_prefix("gh-")) {
        return is_number(number).then(|| format!("#{number}"));
    }
    if let Some(at) = word.find(['#', '!']) {
        let (path, number) = (&word[..at], &word[at + 1..]);
        return (is_number(number) && (path.is_empty() || is_path(path))).then(|| word.to_owned());
    }
    let (letters, number) = word.split_once('-')?;
    let is_key = (2..=10).contains(&letters.len())
        && letters.starts_with(|letter: char| letter.is_ascii_uppercase())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !STANDARDS.contains(&letters);
    (is_key && is_number(number)).then(|| word.to_owned())
}

/// `github.com/acme/shop/pull/12`, `git.example/acme/shop/-/merge_requests/12`.
fn of_address(rest: &str) -> Option<String> {
    let rest = rest.split(['#', '?']).next().unwrap_or_default();
    let (_, path) = rest.split_once('/')?;
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let at =
        parts.iter().position(|part| matches!(*part, "issues" | "pull" | "merge_requests" | "work_items"))?;
    let (number, sign) = (parts.get(at + 1)?, if parts[at] == "merge_requests" { '!' } else { '#' });
    let project: Vec<&str> = parts[..at].iter().copied().filter(|part| *part != "-").collect();
    let project = project.join("/");
    (is_number(number) && is_path(&project)).then(|| format!("{project}{sign}{number}"))
}

fn is_number(text: &str) -> bool {
    (1..=DIGITS_MAX).contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_path(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    (1..=PATH_MAX).contains(&text.len())
        && text.bytes().all(fits)
        && text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && !text.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_as_people_and_trackers_write_them() {
        for (text, expect) in [
            ("Let the cart keep its goods (#12)", vec!["#12"]),
            ("Merge pull request #40 from acme/cart\n\nKeep the cart", vec!["#40"]),
            ("Fixes acme/shop#12, closes #13.", vec!["acme/shop#12", "#13"]),
            ("Merge branch 'cart'\n\nSee merge request acme/web/shop!12", vec!["acme/web/shop!12"]),
            ("See !7", vec!["!7"]),
            ("Fixes:#5", vec!["#5"]),
            ("PAY-7: round half up; GH-9", vec!["PAY-7", "#9"]),
            (
                "see https://github.com/acme/shop/pull/12#discussion_r1 and http://git.example/a/b/-/issues/3/",
                vec!["acme/shop#12", "a/b#3"],
            ),
            ("https://git.example/a/b/-/merge_requests/3", vec!["a/b!3"]),
            ("no #, no #a1, no #012, not a#b#3, C#, 100% sure!", vec![]),
            ("#12 #12 (#12)", vec!["#12"]),
            ("fix: pay twice (#12, PAY-7)", vec!["#12", "PAY-7"]),
            ("Merge acme/shop!45 and shop#3. Closes #3.", vec!["acme/shop!45", "shop#3", "#3"]),
            ("PAY-7: PAY-7 again; pay-7 is no key", vec!["PAY-7"]),
            ("use UTF-8, SHA-256 and a-1, C-3, see # 4, #x, #, !", vec![]),
            ("feature/PAY-77_totals", vec![]),
            ("bump to 2.1.0-rc.1", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(references(text), expect, "{text}");
        }
        let many = (1..100).map(|number| format!("#{number}")).collect::<Vec<_>>().join(" ");
        assert_eq!(references(&many).len(), REFERENCES_MAX);
    }

    #[test]
    fn only_what_a_word_of_closing_stands_before_is_closed() {
        assert_eq!(closing("Fixes #1, #2 and #3. See #4"), ["#1", "#2", "#3"]);
        assert_eq!(closing("Resolves: acme/shop#9\nrelated to #10"), ["acme/shop#9"]);
        assert_eq!(closing("Closes https://github.com/acme/shop/issues/12"), ["acme/shop#12"]);
        assert_eq!(closing("fixes:#3 and mentions #4"), ["#3"]);
        assert_eq!(closing("It fixes the layout of #4"), Vec::<String>::new());
    }
}
