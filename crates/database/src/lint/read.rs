//! What a statement is, by its first words: what opens transactions, and what runs outside of one.
//!
//! Invariant: what cannot run in a transaction is known, with how it is continued after a kill, or it is not run.

use std::iter::Peekable;
use std::vec::IntoIter;

use sqlparser::tokenizer::{Token, Word};

use super::statements::tokens;
use crate::Dialect;
use crate::statement::Statement;

/// A statement that cannot run in a transaction, and how it goes on after a kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// An index that is not valid is dropped, and built again.
    CreateIndex {
        name: String,
        table: String,
    },
    /// It is dropped once more, if it is there.
    DropIndex(String),
    /// It may run twice.
    Again,
    Unsupported,
}

pub fn outside(statement: &Statement, dialect: Dialect) -> Option<Outside> {
    let says = |words: &[&str]| statement.begins(words);
    if dialect == Dialect::Sqlite {
        return says(&["VACUUM"]).then_some(Outside::Unsupported);
    }
    if says(&["CREATE", "INDEX", "CONCURRENTLY"]) || says(&["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]) {
        return Some(named(&statement.text, dialect).unwrap_or(Outside::Unsupported));
    }
    if says(&["DROP", "INDEX", "CONCURRENTLY"]) {
        return Some(index_name(&statement.text, 3).map_or(Outside::Unsupported, Outside::DropIndex));
    }
    if says(&["VACUUM"]) {
        return Some(Outside::Again);
    }
    let is_unsupported = (says(&["REINDEX"]) && statement.text.to_uppercase().contains("CONCURRENTLY"))
        || says(&["CREATE", "DATABASE"])
        || says(&["DROP", "DATABASE"])
        || says(&["ALTER", "SYSTEM"])
        || says(&["CREATE", "TABLESPACE"])
        || says(&["DROP", "TABLESPACE"])
        || (says(&["ALTER", "TABLE"]) && statement.text.to_uppercase().contains("DETACH PARTITION"));
    is_unsupported.then_some(Outside::Unsupported)
}

/// Its name as the catalog has it, and its table as it was written. By its words, for not every form of what follows them
/// is known to the parser.
fn named(text: &str, dialect: Dialect) -> Option<Outside> {
    let mut tokens = tokens(text, dialect)?.into_iter().peekable();
    let says = |tokens: &mut Peekable<IntoIter<Token>>, wanted: &str| {
        tokens.next_if(|token| matches!(token, Token::Word(word) if is_bare(word, wanted))).is_some()
    };
    for word in ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS"] {
        let _may_be_left_out = says(&mut tokens, word);
    }
    if matches!(tokens.peek(), Some(Token::Word(word)) if is_bare(word, "ON")) {
        return None;
    }
    let name = path(&mut tokens)?.pop()?;
    if !says(&mut tokens, "ON") {
        return None;
    }
    let _may_be_left_out = says(&mut tokens, "ONLY");
    let table = path(&mut tokens)?.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
    let name = if name.quote_style.is_some() { name.value } else { name.value.to_lowercase() };
    Some(Outside::CreateIndex { name, table })
}

fn is_bare(word: &Word, wanted: &str) -> bool {
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted)
}

/// Names with points between them.
fn path(tokens: &mut Peekable<IntoIter<Token>>) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    loop {
        let Some(Token::Word(word)) = tokens.next() else { return None };
        words.push(word);
        if tokens.next_if_eq(&Token::Period).is_none() {
            return Some(words);
        }
    }
}

/// The name, quoted as it was written, that follows so many words and `IF [NOT] EXISTS`; none where there is none.
fn index_name(text: &str, skip: usize) -> Option<String> {
    let mut rest = text;
    for _ in 0..skip {
        rest = rest.trim_start().trim_start_matches(|letter: char| letter.is_alphabetic());
    }
    loop {
        rest = rest.trim_start();
        let end = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        match word.to_uppercase().as_str() {
            "IF" | "NOT" | "EXISTS" => rest = behind,
            _ => break,
        }
    }
    let mut is_quoted = false;
    let end = rest.find(|letter: char| {
        is_quoted ^= letter == '"';
        let is_of_it = letter.is_alphanumeric() || matches!(letter, '_' | '$' | '.' | '"');
        !is_quoted && !is_of_it
    });
    // A comment within, or several names: not ours to take apart.
    let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
    let is_one = !behind.trim_start().starts_with([',', '-', '/']);
    (!name.is_empty() && is_one).then(|| name.to_owned())
}

/// Begins or ends a transaction, or a part of one.
pub(super) fn is_transaction(statement: &Statement) -> bool {
    const WORDS: &[&[&str]] = &[
        &["BEGIN"],
        &["START", "TRANSACTION"],
        &["COMMIT"],
        &["END"],
        &["ROLLBACK"],
        &["ABORT"],
        &["SAVEPOINT"],
        &["RELEASE"],
        &["PREPARE", "TRANSACTION"],
        &["SET", "TRANSACTION"],
        &["SET", "SESSION"],
    ];
    WORDS.iter().any(|words| statement.begins(words))
}
