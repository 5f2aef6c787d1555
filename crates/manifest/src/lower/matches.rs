//! One header or one cookie that a request carries, or the address it comes in at.

use tidegate_domain::matching::Match;

use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::entries::Entries;
use crate::written::form::{At, Form};
use crate::written::scalar::Scalar;
use crate::written::strategy::{MatchText, PreviewText};
use crate::written::texts::{TextKind, is_token};

/// `None` for `none`, and for what could not be read.
pub fn read(written: &At<Form<MatchText>>, problems: &mut Problems) -> Option<Match> {
    let text = match &written.value {
        Form::Short(word) if word == "none" => return None,
        Form::Short(word) => {
            problems
                .add(written.place, bad(format!("{} is nothing a request can be matched by", quoted(word))));
            return None;
        }
        Form::Long(text) => text,
    };
    if text.header.is_some() == text.cookie.is_some() {
        problems.add(written.place, bad("a request is matched by one header or one cookie".to_owned()));
        return None;
    }
    carried((text.header.as_ref(), text.cookie.as_ref()), problems)
}

/// As `read`, with addresses. Which components stand there is seen to by `previews`.
pub fn preview(written: &At<Form<PreviewText>>, problems: &mut Problems) -> Option<Match> {
    let text = match &written.value {
        Form::Short(word) if word == "none" => return None,
        Form::Short(word) => {
            let message = format!("{} is nothing a preview can be asked for by", quoted(word));
            problems.add(written.place, bad_preview(message));
            return None;
        }
        Form::Long(text) => text,
    };
    let given = [text.header.is_some(), text.cookie.is_some(), text.listen.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        let message = "a preview is asked for by one header, one cookie or one address".to_owned();
        problems.add(written.place, bad_preview(message));
        return None;
    }
    if let Some(listen) = &text.listen {
        return listen.read(problems).map(|address| Match::Address { listen: address.to_string() });
    }
    carried((text.header.as_ref(), text.cookie.as_ref()), problems)
}

type Pair = At<Entries<Scalar<TextKind>>>;

fn carried((header, cookie): (Option<&Pair>, Option<&Pair>), problems: &mut Problems) -> Option<Match> {
    if let Some(header) = header {
        let (name, value) = one(header, problems)?;
        return Some(Match::Header { name, value });
    }
    let (name, value) = one(cookie?, problems)?;
    Some(Match::Cookie { name, value })
}

fn bad_preview(message: String) -> Wrong {
    let suggestion =
        "write `{header: {x-preview: \"1\"}}`, `{cookie: {preview: \"1\"}}` or `{listen: 127.0.0.1:8081}`";
    Wrong::new("bad-match", message, suggestion)
}

fn bad(message: String) -> Wrong {
    Wrong::new("bad-match", message, "write `{header: {x-canary: \"1\"}}` or `{cookie: {canary: \"1\"}}`")
}

fn one(entries: &At<Entries<Scalar<TextKind>>>, problems: &mut Problems) -> Option<(String, String)> {
    const VALUE_BYTES_MAX: usize = 1_024;
    let mut all = entries.value.iter();
    let (Some(entry), None) = (all.next(), all.next()) else {
        problems.add(entries.place, bad("one name with one value is needed here".to_owned()));
        return None;
    };
    if !is_token(&entry.key) {
        problems.add(entry.place, bad_name(&entry.key));
    }
    let value = entry.value.read(problems)?;
    if value.len() > VALUE_BYTES_MAX || value.chars().any(char::is_control) {
        let message = format!("{} is too long or holds control characters", quoted(&value));
        problems.add(entry.value.place, bad(message));
    }
    Some((entry.key.clone(), value))
}

fn bad_name(name: &str) -> Wrong {
    let message = format!("{} is no name of a header or cookie", quoted(name));
    Wrong::new("bad-name", message, "use letters, digits and hyphens, like `x-canary`")
}
