//! A commit's message by Conventional Commits 1.0.0: type, scope, `!`, description, body and footers.
//!
//! Invariant: a message is taken as the specification says or told why it is none; any text gives an answer. Units are
//! compared without regard to letters' case, but for BREAKING CHANGE, as the specification has it.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// In small letters.
    pub kind: String,
    pub scope: Option<String>,
    pub is_breaking: bool,
    pub description: String,
    pub body: String,
    pub footers: Vec<Footer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// As it is written.
    pub token: String,
    pub value: String,
}

impl Footer {
    pub fn is(&self, token: &str) -> bool {
        self.token.eq_ignore_ascii_case(token)
    }

    /// In capitals, as the specification asks.
    pub fn is_breaking(&self) -> bool {
        matches!(self.token.as_str(), "BREAKING CHANGE" | "BREAKING-CHANGE")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotConventional {
    #[error("has no text")]
    Empty,
    #[error("has no `type: ` before its description")]
    NoType,
    #[error("has a type that is no single word")]
    BadType,
    #[error("has a scope that is empty or is not closed")]
    BadScope,
    #[error("has no blank between the colon and the description")]
    NoBlank,
    #[error("has no description behind the colon")]
    NoDescription,
    #[error("has no empty line between its first line and the rest")]
    NoEmptyLine,
}

impl Message {
    pub fn parse(text: &str) -> Result<Self, NotConventional> {
        let text = text.trim_start_matches(['\n', '\r', ' ', '\t']);
        let (header, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut message = header_of(header.trim_end())?;
        let rest = rest.replace("\r\n", "\n");
        if !rest.trim().is_empty() && !rest.starts_with('\n') {
            return Err(NotConventional::NoEmptyLine);
        }
        let (body, footers) = body_and_footers(rest.trim_matches('\n').trim_end());
        message.is_breaking |= footers.iter().any(Footer::is_breaking);
        message.body = body;
        message.footers = footers;
        Ok(message)
    }

    pub fn footer(&self, token: &str) -> Option<&str> {
        self.footers.iter().find(|footer| footer.is(token)).map(|footer| footer.value.as_str())
    }

    /// What BREAKING CHANGE says, where it says something.
    pub fn breaking(&self) -> Option<&str> {
        self.footers.iter().find(|footer| footer.is_breaking()).map(|footer| footer.value.as_str())
    }
}

fn header_of(header: &str) -> Result<Message, NotConventional> {
    if header.is_empty() {
        return Err(NotConventional::Empty);
    }
    let end = header.find(['(', '!', ':']).ok_or(NotConventional::NoType)?;
    let kind = &header[..end];
    let mut rest = &header[end..];
    if !rest.contains(':') {
        return Err(NotConventional::NoType);
    }
    if kind.is_empty() || kind.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        // "Merge pull request (see: x)" has no type at all.
        return Err(if kind.trim().is_empty() { NotConventional::NoType } else { NotConventional::BadType });
    }
    let mut scope = None;
    if let Some(after) = rest.strip_prefix('(') {
        let (inside, after) = after.split_once(')').ok_or(NotConventional::BadScope)?;
        if inside.trim().is_empty() || inside.contains('(') {
            return Err(NotConventional::BadScope);
        }
        scope = Some(inside.trim().to_owned());
        rest = after;
    }
    let is_breaking = rest.starts_with('!');
    rest = rest.strip_prefix('!').unwrap_or(rest);
    let rest = rest.strip_prefix(':').ok_or(NotConventional::NoType)?;
    if rest.trim().is_empty() {
        return Err(NotConventional::NoDescription);
    }
    if !rest.starts_with([' ', '\t']) {
        return Err(NotConventional::NoBlank);
    }
    let description = rest.trim().to_owned();
    Ok(Message { kind: kind.to_lowercase(), scope, is_breaking, description, ..Message::default() })
}

/// Footers begin with the first paragraph from which on each begins with one; behind a BREAKING CHANGE anything may
/// follow, as its text may have paragraphs of its own.
fn body_and_footers(text: &str) -> (String, Vec<Footer>) {
    let lines: Vec<&str> = text.lines().collect();
    let begins: Vec<usize> = (0..lines.len())
        .filter(|at| !lines[*at].trim().is_empty() && (*at == 0 || lines[*at - 1].trim().is_empty()))
        .collect();
    let begins_one = |index: &usize| footer(lines[begins[*index]]).is_some();
    let says_breaking =
        |index: &usize| footer(lines[begins[*index]]).is_some_and(|(token, _)| is_breaking(token));
    let first = (0..begins.len()).find(says_breaking).unwrap_or(begins.len());
    // Upwards from there, or from the end, as long as each begins with one.
    let above = (0..first).rev().take_while(begins_one).last().unwrap_or(first);
    let mut start = begins.get(above).copied().unwrap_or(lines.len());
    // A single line break before the word is a common slip, and what it says must not be lost.
    let slipped = (0..start).find(|at| footer(lines[*at]).is_some_and(|(token, _)| is_breaking(token)));
    start = slipped.unwrap_or(start);
    let body = lines[..start].join("\n").trim().to_owned();
    let mut footers: Vec<Footer> = Vec::new();
    for line in &lines[start..] {
        if let Some((token, value)) = footer(line) {
            footers.push(Footer { token: token.to_owned(), value: value.to_owned() });
        } else if let Some(last) = footers.last_mut() {
            last.value.push('\n');
            last.value.push_str(line.trim_end());
        }
    }
    for footer in &mut footers {
        footer.value = footer.value.trim().to_owned();
    }
    (body, footers)
}

fn is_breaking(token: &str) -> bool {
    matches!(token, "BREAKING CHANGE" | "BREAKING-CHANGE")
}

/// `Token: value` or `Token #value`.
fn footer(line: &str) -> Option<(&str, &str)> {
    for token in ["BREAKING CHANGE", "BREAKING-CHANGE"] {
        if let Some(value) = line.strip_prefix(token) {
            return value
                .strip_prefix(':')
                .filter(|value| value.is_empty() || value.starts_with(' '))
                .map(|value| (token, value.trim_start()));
        }
    }
    let end = line.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))?;
    let (token, rest) = line.split_at(end);
    if token.is_empty() || token.starts_with('-') {
        return None;
    }
    if let Some(value) = rest.strip_prefix(": ") {
        return Some((token, value.trim()));
    }
    // The sign belongs to what it names: `Closes #3` is `#3`.
    rest.strip_prefix(" #").map(|_| (token, rest[1..].trim()))
}

/// The subject that a `fixup!`, `squash!` or `amend!` belongs to.
pub fn fixup(subject: &str) -> Option<&str> {
    let mut rest = subject.trim();
    let mut found = false;
    while let Some(after) = ["fixup!", "squash!", "amend!"].iter().find_map(|sign| rest.strip_prefix(sign)) {
        rest = after.trim_start();
        found = true;
    }
    found.then_some(rest)
}

pub fn subject(message: &str) -> &str {
    message.trim_start().lines().next().unwrap_or_default().trim_end()
}
