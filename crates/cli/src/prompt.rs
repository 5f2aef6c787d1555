//! Asking for what must not be seen: from a pipe as it is, from a terminal without showing it.
//!
//! Invariant: what is typed is never echoed, and the terminal is as it was however the asking ends. Not here: what it is for.

use std::io::{self, IsTerminal, Read, Write};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::failure::Failure;

/// More than any secret may have, so that the server says what is wrong.
const BYTES_MAX: u64 = 64 << 10;

/// From a pipe all of it, less one line end, as `echo` and editors put it there.
pub fn secret(question: &str) -> Result<Vec<u8>, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return typed(question).map(String::into_bytes);
    }
    let mut bytes = Vec::new();
    stdin.lock().take(BYTES_MAX).read_to_end(&mut bytes).map_err(|why| unread(&why))?;
    Ok(without_line_end(bytes))
}

fn without_line_end(mut bytes: Vec<u8>) -> Vec<u8> {
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    bytes
}

struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Where it cannot be set back there is nobody to tell.
        let _ = disable_raw_mode();
        let _ = io::stderr().write_all(b"\r\n");
    }
}

fn typed(question: &str) -> Result<String, Failure> {
    let ask = || -> io::Result<Option<String>> {
        let mut stderr = io::stderr();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let _raw = Raw::enter()?;
        crate::password::typed()
    };
    ask().map_err(|why| unread(&why))?.ok_or_else(|| {
        Failure::usage("not-confirmed", "nothing was given").help("type it, or pipe it in: `… < FILE`")
    })
}

fn unread(why: &io::Error) -> Failure {
    Failure::fault("input-failed", "the value could not be read")
        .help("pipe it in: `… < FILE`")
        .caused_by(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_it() {
        for (given, expect) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("", ""), ("\n", "")]
        {
            assert_eq!(without_line_end(given.into()), expect.as_bytes(), "{given:?}");
        }
    }
}
