//! `run:`, as a list or as one line.
//!
//! Invariant: the words of a line are those a POSIX shell would make of it; a line in which the shell would do more
//! than that (expand, pipe, redirect) is refused, never run differently from how it reads.

use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::RunText;
use crate::written::entries::too_many;
use crate::written::form::At;

const WORDS_MAX: usize = 256;
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ash", "ksh"];

pub fn run(written: &At<RunText>, problems: &mut Problems) -> Vec<String> {
    let place = written.place;
    let words = match &written.value {
        RunText::Line(line) => problems.take(place, split(line)).unwrap_or_else(|| vec![String::new()]),
        RunText::Words(words) => {
            let read: Vec<String> =
                words.iter().take(WORDS_MAX).filter_map(|word| word.read(problems)).collect();
            if words.len() > WORDS_MAX {
                problems.add(place, too_many(words.len(), WORDS_MAX, "words"));
            }
            port_is_expanded(&read, words.iter().map(|word| word.place), problems);
            read
        }
    };
    if words.first().is_none_or(String::is_empty) && problems_of(written) {
        let message = "there is nothing to run";
        problems.add(place, Wrong::new("nothing-to-run", message, "name a program: `run: [\"./server\"]`"));
    }
    words
}

/// Whether the emptiness is the file's own: a line that could not be split was told about already.
fn problems_of(written: &At<RunText>) -> bool {
    match &written.value {
        RunText::Line(line) => line.trim().is_empty(),
        RunText::Words(_) => true,
    }
}

/// `["./server", "--port", "$PORT"]` would hand the server the text `$PORT`.
fn port_is_expanded(words: &[String], places: impl Iterator<Item = Place>, problems: &mut Problems) {
    for (word, place) in words.iter().zip(places) {
        if hands_over_port(words, word) {
            let message = format!(
                "{} is handed over as it stands: only a shell puts the port in its place",
                quoted(word)
            );
            problems.add(place, Wrong::new("bad-command", message, by_shell(&words.join(" "))));
        }
    }
}

/// Whether this word of a command would reach the program as the text `$PORT`.
pub fn hands_over_port(words: &[String], word: &str) -> bool {
    let program = words.first().and_then(|program| program.rsplit('/').next()).unwrap_or("");
    !SHELLS.contains(&program) && (word.contains("$PORT") || word.contains("${PORT}"))
}

/// One line that a POSIX shell splits into these words again, with `$PORT` left for it to expand.
pub fn shell_line(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains("$PORT") && !word.contains("${PORT}") {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let escaped = word.replace('\\', r"\\").replace('"', "\\\"").replace('`', r"\`").replace('$', r"\$");
    format!("\"{}\"", escaped.replace(r"\$PORT", "$PORT").replace(r"\${PORT}", "${PORT}"))
}

fn by_shell(line: &str) -> String {
    let compound = line.contains(['|', '&', ';']);
    let line = if compound { line.to_owned() } else { format!("exec {line}") };
    format!("let a shell do it: `run: [\"sh\", \"-c\", {}]`", serde_json::Value::from(line))
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    Single,
    Double,
}

fn split(line: &str) -> Result<Vec<String>, Wrong> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut within = Within::Nothing;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (within, character) {
            (Within::Single, '\'') | (Within::Double, '"') => within = Within::Nothing,
            (Within::Single, plain) => word.get_or_insert_default().push(plain),
            (Within::Nothing | Within::Double, '\\') => {
                let next = characters.next().ok_or_else(|| unfinished(line, "a backslash"))?;
                let word = word.get_or_insert_default();
                if within == Within::Double && !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (Within::Nothing | Within::Double, '$' | '`') => return Err(for_a_shell(line, character)),
            (Within::Nothing, '|' | '&' | ';' | '<' | '>') => return Err(for_a_shell(line, character)),
            (Within::Nothing, quote @ ('\'' | '"')) => {
                word.get_or_insert_default();
                within = if quote == '"' { Within::Double } else { Within::Single };
            }
            (Within::Nothing, blank) if blank.is_whitespace() => words.extend(word.take()),
            (Within::Nothing | Within::Double, plain) => word.get_or_insert_default().push(plain),
        }
    }
    match within {
        Within::Nothing => words.extend(word),
        Within::Single => return Err(unfinished(line, "a single quote")),
        Within::Double => return Err(unfinished(line, "a double quote")),
    }
    if words.len() > WORDS_MAX { Err(too_many(words.len(), WORDS_MAX, "words")) } else { Ok(words) }
}

fn unfinished(line: &str, what: &str) -> Wrong {
    let message = format!("{what} in {} is not finished", quoted(line));
    Wrong::new("bad-command", message, "close it, or write a list: `run: [\"./server\", \"--verbose\"]`")
}

fn for_a_shell(line: &str, character: char) -> Wrong {
    let message = format!("`{character}` in {} is for a shell, and none reads this line", quoted(line));
    Wrong::new("bad-command", message, by_shell(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_a_shell_makes_them() {
        let table: [(&str, &[&str]); 8] = [
            ("./server --port 80", &["./server", "--port", "80"]),
            ("  a\t b  ", &["a", "b"]),
            ("a 'b c' \"d e\"", &["a", "b c", "d e"]),
            ("a b'c'\"d\"", &["a", "bcd"]),
            (r"a\ b \'c", &["a b", "'c"]),
            (r#"a "\"\n\\" '\n'"#, &["a", "\"\\n\\", "\\n"]),
            ("a '' \"\"", &["a", "", ""]),
            ("", &[]),
        ];
        for (line, expect) in table {
            assert_eq!(split(line).unwrap(), expect, "{line}");
        }
    }

    #[test]
    fn a_shell_gets_back_the_words() {
        let words = ["./a b", "it's", "", "--port=$PORT", "\"$HOME`x\\", "plain"].map(str::to_owned);
        let line = shell_line(&words);
        assert_eq!(line, r#"'./a b' 'it'\''s' '' "--port=$PORT" '"$HOME`x\' plain"#);
        let fixed: Vec<String> = words.iter().map(|word| word.replace("$PORT", "80")).collect();
        assert_eq!(split(&line.replace("$PORT", "80")).unwrap(), fixed);
        assert_eq!(shell_word("a\"$PORT$HOME"), r#""a\"$PORT\$HOME""#);
    }

    #[test]
    fn what_only_a_shell_can_do_is_refused() {
        for line in
            ["a | b", "a > b", "a && b", "a $PORT", "a \"$PORT\"", "a `b`", "a; b", "a 'b", "a \"b", "a \\"]
        {
            assert_eq!(split(line).unwrap_err().code, "bad-command", "{line}");
        }
        let meant = split("./server --port $PORT").unwrap_err().suggestion;
        assert_eq!(meant, r#"let a shell do it: `run: ["sh", "-c", "exec ./server --port $PORT"]`"#);
        assert!(split("a '$x'").is_ok());
    }
}
