//! What the demo shows: sentences that stay, and one line that changes where a terminal is there to change it.
//!
//! Invariant: piped, it is plain lines and nothing is overwritten.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::Instant;

pub struct Screen {
    live: bool,
    began: Instant,
    /// The line that changes, if one stands.
    status: Mutex<Option<String>>,
}

impl Screen {
    pub fn new() -> Self {
        let live = std::io::stdout().is_terminal();
        Self { live, began: Instant::now(), status: Mutex::default() }
    }

    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    pub fn heading(&self, text: &str) {
        self.print(&format!("\n== {text}"));
    }

    pub fn say(&self, text: &str) {
        self.print(&format!("   {text}"));
    }

    /// With the time since the start.
    pub fn event(&self, text: &str) {
        self.print(&format!("   {:>5.1} s  {text}", self.seconds()));
    }

    /// The line that changes; piped, only when it says something new.
    pub fn status(&self, text: &str) {
        let Ok(mut status) = self.status.lock() else { return };
        if status.as_deref() == Some(text) {
            return;
        }
        let mut out = std::io::stdout().lock();
        if self.live {
            let _ = write!(out, "\r\x1b[2K   {:>5.1} s  {text}", self.seconds());
            let _ = out.flush();
        }
        *status = Some(text.to_owned());
    }

    /// Without a word before or after it.
    pub fn last_line(&self, text: &str) {
        self.print(text);
    }

    fn print(&self, text: &str) {
        let Ok(mut status) = self.status.lock() else { return };
        let mut out = std::io::stdout().lock();
        if self.live && status.take().is_some() {
            let _ = write!(out, "\r\x1b[2K");
        }
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}
