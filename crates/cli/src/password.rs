//! Passwords, as people type them: without echo, or from stdin.
//!
//! Invariant: a password is never an argument, where every process of the machine could read it, and never printed. Not
//! here: whether it is a good one (the server).

use std::io::{self, IsTerminal, Read, Write};

use crossterm::event::{Event, KeyCode, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::ending::Ending;
use crate::failure::Failure;

const BYTES_MAX: u64 = 4_096;

/// How a command comes by one.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Source {
    /// Read the password from stdin, a line for each, for scripts
    #[arg(long)]
    pub password_stdin: bool,
}

impl Source {
    /// One that is known.
    pub fn known(self, prompt: &str) -> Result<String, Failure> {
        if self.password_stdin { from_stdin() } else { asked(prompt) }
    }

    /// The one until now, and the one from now on: two lines of stdin.
    pub fn change(self) -> Result<(String, String), Failure> {
        if !self.password_stdin {
            return Ok((asked("Your password until now: ")?, self.new_one("Your new password: ")?));
        }
        let mut lines = lines(2)?.into_iter();
        Ok((lines.next().unwrap_or_default(), lines.next().unwrap_or_default()))
    }

    /// One that is new: typed twice.
    pub fn new_one(self, prompt: &str) -> Result<String, Failure> {
        if self.password_stdin {
            return from_stdin();
        }
        let first = asked(prompt)?;
        if asked("The same again: ")? == first {
            return Ok(first);
        }
        Err(Failure::usage("passwords-differ", "the two are not the same").help("type them once more"))
    }
}

fn from_stdin() -> Result<String, Failure> {
    lines(1).map(|lines| lines.concat())
}

fn lines(count: usize) -> Result<Vec<String>, Failure> {
    let mut text = String::new();
    io::stdin().take(BYTES_MAX).read_to_string(&mut text).map_err(|error| {
        Failure::fault("input-failed", "stdin could not be read")
            .help("send one line in UTF-8")
            .caused_by(&error)
    })?;
    let lines: Vec<String> = text.lines().take(count).map(str::to_owned).collect();
    if lines.len() < count || lines.iter().any(String::is_empty) {
        return Err(Failure::usage(
            "no-password",
            format!("stdin did not hold {count} lines with a password"),
        )
        .help("send each password as a line of its own"));
    }
    Ok(lines)
}

fn asked(prompt: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage("no-terminal", "there is no terminal to ask for a password")
            .help("send it on stdin with --password-stdin"));
    }
    let failed = |error: io::Error| {
        Failure::fault("input-failed", "the terminal could not be read")
            .help("send the password on stdin with --password-stdin")
            .caused_by(&error)
    };
    let mut terminal = io::stderr();
    terminal.write_all(prompt.as_bytes()).and_then(|()| terminal.flush()).map_err(failed)?;
    enable_raw_mode().map_err(failed)?;
    let typed = typed();
    let restored = disable_raw_mode();
    // The line end that was typed was not shown.
    let _shown = terminal.write_all(b"\n");
    restored.map_err(failed)?;
    let typed = typed.map_err(failed)?;
    typed.ok_or_else(|| {
        Failure::new(Ending::Interrupted, "not-confirmed", "nothing was done").help("type it next time")
    })
}

/// None where the one who typed thought better of it. The terminal is to be in raw mode.
pub fn typed() -> io::Result<Option<String>> {
    let mut text = String::new();
    loop {
        let Event::Key(key) = read()? else { continue };
        if !key.is_press() {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Enter {
            return Ok(Some(text));
        }
        if key.code == KeyCode::Backspace {
            text.pop();
        }
        let KeyCode::Char(sign) = key.code else { continue };
        match (sign, control) {
            ('c' | 'd', true) => return Ok(None),
            ('u', true) => text.clear(),
            (_, true) => {}
            (sign, false) => text.push(sign),
        }
    }
}
