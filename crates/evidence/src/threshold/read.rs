//! Reads a threshold, and says where and how a wrong one should be written.
//!
//! Invariant: bounded in length, clauses and digits; every error has the place (from 1, in characters). Not here:
//! what clauses mean.

use super::quantity::{Quantity, Written};
use super::{Clause, Comparison};
use crate::severity::Severity;
use crate::suggest::nearest;

const CHARACTERS_MAX: usize = 4000;
const CLAUSES_MAX: usize = 32;
const LICENCES_MAX: usize = 300;
/// Figures that a 64-bit float keeps apart.
const DIGITS_MAX: usize = 15;
const RESERVED: [&str; 6] = ["no", "at", "all", "only", "and", "or"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {what} at character {position}")]
pub struct BadThreshold {
    /// The threshold, or its beginning.
    pub text: String,
    pub what: String,
    /// Counted from 1.
    pub position: usize,
    /// What to write instead.
    pub suggestion: String,
}

impl BadThreshold {
    pub fn code(&self) -> &'static str {
        "threshold-malformed"
    }

    pub fn help(&self) -> &str {
        &self.suggestion
    }
}

/// Why, and how many tokens before it were fine.
struct Wrong {
    what: String,
    suggestion: String,
    at: usize,
}

type Read<T> = Result<T, Wrong>;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Number(f64),
    Sign(String),
    Comma,
}

struct Tokens {
    /// Each with its position, from 0.
    list: Vec<(Token, usize)>,
    next: usize,
    end: usize,
}

pub(super) fn clauses(text: &str) -> Result<Vec<Clause>, BadThreshold> {
    read(text).map_err(|wrong| {
        let shown: String = text.chars().take(80).collect();
        let shown = if shown.len() < text.len() { format!("{shown}…") } else { shown };
        BadThreshold { text: shown, what: wrong.what, position: wrong.at + 1, suggestion: wrong.suggestion }
    })
}

/// Whether a name is read back as one word that is a name.
pub(super) fn is_bare(name: &str) -> bool {
    let reserved = RESERVED.contains(&name.to_ascii_lowercase().as_str());
    let one_word =
        |list: Vec<(Token, usize)>| matches!(list.as_slice(), [(Token::Word(word), 0)] if word == name);
    !reserved && tokens(name).is_ok_and(one_word)
}

fn is_word(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '_' | '.' | '-' | '/' | '+' | ':')
}

fn wrong<T>(at: usize, what: impl Into<String>, suggestion: impl Into<String>) -> Read<T> {
    Err(Wrong { what: what.into(), suggestion: suggestion.into(), at })
}

fn read(text: &str) -> Read<Vec<Clause>> {
    if text.chars().count() > CHARACTERS_MAX {
        return wrong(CHARACTERS_MAX, "the threshold is too long", "write a shorter one");
    }
    let mut tokens = Tokens { list: tokens(text)?, next: 0, end: text.chars().count() };
    let mut clauses = Vec::new();
    loop {
        if clauses.len() == CLAUSES_MAX {
            return wrong(
                tokens.position(),
                "there are too many clauses",
                format!("write at most {CLAUSES_MAX}"),
            );
        }
        clauses.push(clause(&mut tokens)?);
        let position = tokens.position();
        match tokens.take() {
            None => return Ok(clauses),
            Some(Token::Comma) => {
                // `a, and b` is how people write it.
                tokens.skip_word("and");
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("and") => {}
            Some(token) => {
                let what = format!("{} follows a whole clause", shown(&token));
                return wrong(position, what, "write `and` or a comma between two clauses");
            }
        }
    }
}

fn tokens(text: &str) -> Read<Vec<(Token, usize)>> {
    let characters: Vec<char> = text.chars().collect();
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(&one) = characters.get(at) {
        let rest = characters.get(at..).unwrap_or_default();
        let length = match one {
            one if one.is_whitespace() => {
                at += 1;
                continue;
            }
            ',' => push(&mut list, Token::Comma, at, 1),
            '"' => {
                let inner = rest.iter().skip(1).take_while(|inner| **inner != '"').count();
                if rest.get(inner + 1).is_none() {
                    return wrong(at, "a quoted name does not end", "close it with `\"`");
                }
                let name: String = rest.iter().skip(1).take(inner).collect();
                push(&mut list, Token::Quoted(name), at, inner + 2)
            }
            '<' | '>' | '=' | '≤' | '≥' | '!' => {
                let sign: String = rest.iter().take_while(|sign| "<>=≤≥!".contains(**sign)).collect();
                let length = sign.chars().count();
                push(&mut list, Token::Sign(sign), at, length)
            }
            '%' => push(&mut list, Token::Word("%".to_owned()), at, 1),
            _ => word_or_number(rest, &mut list, at)?,
        };
        at += length;
    }
    Ok(list)
}

fn push(list: &mut Vec<(Token, usize)>, token: Token, at: usize, length: usize) -> usize {
    list.push((token, at));
    length
}

/// `300`, `0.9`, `300ms` (a number, then a word), `0BSD` (a word: letters that are no unit follow at once).
fn word_or_number(rest: &[char], list: &mut Vec<(Token, usize)>, at: usize) -> Read<usize> {
    let run: String = rest.iter().take_while(|one| is_word(**one) || **one == 'µ').collect();
    let length = run.chars().count();
    let digits = run.chars().take_while(|one| one.is_ascii_digit() || *one == '.').count();
    let (number, unit) = run.split_at(digits);
    if run.is_empty() {
        let one = rest.first().copied().unwrap_or(' ');
        return wrong(at, format!("`{one}` means nothing here"), "put a name with such characters in quotes");
    }
    if number.is_empty() || (!unit.is_empty() && unit_of(unit).is_none()) {
        return Ok(push(list, Token::Word(run), at, length));
    }
    if number.chars().filter(char::is_ascii_digit).count() > DIGITS_MAX {
        return wrong(at, "the number has too many digits", format!("write at most {DIGITS_MAX}"));
    }
    match number.parse() {
        Ok(value) => list.push((Token::Number(value), at)),
        Err(_) => return wrong(at, format!("`{number}` is no number"), "write it as 300 or 0.9"),
    }
    if !unit.is_empty() {
        list.push((Token::Word(unit.to_owned()), at + digits));
    }
    Ok(length)
}

impl Tokens {
    fn position(&self) -> usize {
        self.list.get(self.next).map_or(self.end, |(_, at)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.list.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    fn word(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            Some(Token::Quoted(_) | Token::Number(_) | Token::Sign(_) | Token::Comma) | None => None,
        }
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let there = self.word().is_some_and(|found| found.eq_ignore_ascii_case(word));
        self.next += usize::from(there);
        there
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) | Token::Quoted(word) | Token::Sign(word) => format!("`{word}`"),
        Token::Number(number) => format!("`{number}`"),
        Token::Comma => "a comma".to_owned(),
    }
}

fn clause(tokens: &mut Tokens) -> Read<Clause> {
    let position = tokens.position();
    match tokens.take() {
        Some(Token::Quoted(name)) => measure(tokens, name, position),
        Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
            "no" => bound(tokens, 0),
            "at" => at_most(tokens),
            "all" => all_passed(tokens),
            "only" => only_licences(tokens),
            _ => measure(tokens, word, position),
        },
        Some(token) => {
            let what = format!("{} begins no clause", shown(&token));
            wrong(
                position,
                what,
                "begin with `no`, `at most`, `all passed`, `only licences` or a measure's name",
            )
        }
        None => wrong(position, "a clause is missing", "write for example `no critical` or `p95 < 300 ms`"),
    }
}

fn at_most(tokens: &mut Tokens) -> Read<Clause> {
    if !tokens.skip_word("most") {
        return wrong(
            tokens.position(),
            "`most` is missing after `at`",
            "write for example `at most 3 medium`",
        );
    }
    let position = tokens.position();
    match tokens.take() {
        Some(Token::Number(count)) if count.fract() == 0.0 => bound(tokens, count as u64),
        _ => wrong(position, "a count is missing after `at most`", "write for example `at most 3 medium`"),
    }
}

fn bound(tokens: &mut Tokens, count: u64) -> Read<Clause> {
    const NOUNS: [&str; 6] = ["findings", "finding", "issues", "vulnerabilities", "violations", "ones"];
    let position = tokens.position();
    let word = tokens.word().unwrap_or_default().to_owned();
    tokens.next += 1;
    let lower = word.to_ascii_lowercase();
    if NOUNS.contains(&lower.as_str()) {
        return Ok(Clause::AtMost { count, severity: Severity::Info, or_above: true });
    }
    let severity = match lower.as_str() {
        "unknown" => {
            let help = "leave it out: what is unknown always closes, and can only be waived";
            return wrong(position, "`unknown` is no bound", help);
        }
        "failures" | "failed" | "errors" => {
            return wrong(position, format!("`{word}` is no severity"), "write `all passed`");
        }
        _ => rated(&lower, &word, position)?,
    };
    let or_above = tokens.skip_word("or");
    if or_above && !["above", "higher", "worse", "more"].iter().any(|word| tokens.skip_word(word)) {
        return wrong(
            tokens.position(),
            "`above` is missing after `or`",
            format!("write `{severity} or above`"),
        );
    }
    NOUNS.iter().any(|noun| tokens.skip_word(noun));
    Ok(Clause::AtMost { count, severity, or_above })
}

fn rated(lower: &str, word: &str, position: usize) -> Read<Severity> {
    let severity = Severity::from_word(lower);
    if severity != Severity::Unknown && lower != "none" {
        return Ok(severity);
    }
    let known = Severity::RATED.map(Severity::name);
    let suggestion = match nearest(lower, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write critical, high, medium, low or info".to_owned(),
    };
    let what =
        if word.is_empty() { "a severity is missing".to_owned() } else { format!("`{word}` is no severity") };
    wrong(position, what, suggestion)
}

fn all_passed(tokens: &mut Tokens) -> Read<Clause> {
    tokens.skip_word("tests");
    if tokens.skip_word("passed") || tokens.skip_word("pass") {
        return Ok(Clause::AllPassed);
    }
    wrong(tokens.position(), "`passed` is missing after `all`", "write `all passed`")
}

fn only_licences(tokens: &mut Tokens) -> Read<Clause> {
    if !["licences", "licenses"].iter().any(|word| tokens.skip_word(word)) {
        let help = "write for example `only licences MIT Apache-2.0`";
        return wrong(tokens.position(), "`licences` is missing after `only`", help);
    }
    let mut licences = Vec::new();
    loop {
        let licence = match tokens.peek() {
            Some(Token::Word(word)) if !word.eq_ignore_ascii_case("and") => word.clone(),
            Some(Token::Quoted(name)) => name.clone(),
            Some(Token::Word(_) | Token::Number(_) | Token::Sign(_) | Token::Comma) | None => break,
        };
        licences.push(licence);
        tokens.next += 1;
    }
    let help = "name them one after the other, without commas: `only licences MIT Apache-2.0`";
    match licences.len() {
        0 => wrong(tokens.position(), "no licence is named", help),
        count if count > LICENCES_MAX => wrong(tokens.position(), "there are too many licences", help),
        _ => Ok(Clause::OnlyLicences(licences)),
    }
}

fn measure(tokens: &mut Tokens, name: String, at: usize) -> Read<Clause> {
    let position = tokens.position();
    let comparison = match tokens.take() {
        Some(Token::Sign(sign)) => comparison(&sign, position)?,
        _ => return Err(no_comparison(&name, at, position)),
    };
    let position = tokens.position();
    let Some(Token::Number(value)) = tokens.take() else {
        return wrong(position, "a number is missing", format!("write for example `{name} < 300 ms`"));
    };
    let position = tokens.position();
    let written = match tokens.word().filter(|word| !word.eq_ignore_ascii_case("and")) {
        None => Written::Bare,
        Some(word) => unit_of(word).ok_or_else(|| unknown_unit(word, position))?,
    };
    tokens.next += usize::from(written != Written::Bare);
    Ok(Clause::Measure { name, comparison, than: Quantity { value, written } })
}

fn comparison(sign: &str, position: usize) -> Read<Comparison> {
    match sign {
        "<" => Ok(Comparison::Less),
        "<=" | "≤" => Ok(Comparison::AtMost),
        ">" => Ok(Comparison::More),
        ">=" | "≥" => Ok(Comparison::AtLeast),
        "=<" => wrong(position, "`=<` is no comparison", "write `<=`"),
        "=>" => wrong(position, "`=>` is no comparison", "write `>=`"),
        _ => wrong(position, format!("`{sign}` is no comparison"), "compare with <, <=, > or >="),
    }
}

/// A word that begins no clause and is followed by no comparison: most likely one of the fixed words, misspelt.
fn no_comparison(name: &str, at: usize, position: usize) -> Wrong {
    let words = ["no", "at", "all", "only"].into_iter().chain(Severity::RATED.map(Severity::name));
    match nearest(name, words) {
        Some(near) if Severity::from_word(near) != Severity::Unknown => Wrong {
            what: format!("`{name}` begins no clause"),
            suggestion: format!("write `no {near}` or `at most 3 {near}`"),
            at,
        },
        Some(near) => Wrong {
            what: format!("`{name}` begins no clause"),
            suggestion: format!("did you mean `{near}`?"),
            at,
        },
        None => Wrong {
            what: format!("a comparison is missing after `{name}`"),
            suggestion: format!("write for example `{name} <= 1%`"),
            at: position,
        },
    }
}

fn unit_of(word: &str) -> Option<Written> {
    let alias = match word {
        "µs" => Some(Written::Microseconds),
        "m" | "minutes" => Some(Written::Minutes),
        "sec" | "seconds" => Some(Written::Seconds),
        "KB" => Some(Written::Kilobytes),
        "percent" => Some(Written::Percent),
        _ => None,
    };
    alias.or_else(|| Written::ALL.into_iter().find(|unit| *unit != Written::Bare && unit.word() == word))
}

fn unknown_unit(word: &str, at: usize) -> Wrong {
    let suggestion = "write %, ns, us, ms, s, min, B, kB, MB, KiB, MiB or /s".to_owned();
    Wrong { what: format!("`{word}` is no unit"), suggestion, at }
}
