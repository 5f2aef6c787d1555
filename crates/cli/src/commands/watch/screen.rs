//! Where a watched rollout is shown: a picture that is drawn again in place, lines, or JSON lines.
//!
//! Invariant: however it ends, the terminal is left as it was found, with the last picture above. Not here: asking the
//! server.

use std::io::{self, Stdout};

use ratatui::backend::CrosstermBackend;
use ratatui::text::Text;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tidegate_api::Rollout;
use tidegate_client::ClientError;

use super::Look;
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::{picture, piece, progress};

/// Rows that may come later: why it goes back, a hold, a fault.
const SPARE_ROWS: usize = 6;

pub struct Screen {
    out: Output,
    form: Form,
    last: Option<Look>,
    is_away: bool,
}

enum Form {
    Json,
    Lines,
    Live(Box<Terminal<CrosstermBackend<Stdout>>>),
}

impl Screen {
    pub fn open(first: &Look, live: bool, context: &Context) -> Self {
        let out = context.out;
        let form = match out.terminal_columns {
            _ if out.json => Form::Json,
            // A terminal that cannot say where its cursor is gets lines.
            Some(_) if live => {
                terminal(rows(first, &out).len()).map_or(Form::Lines, |t| Form::Live(Box::new(t)))
            }
            Some(_) | None => Form::Lines,
        };
        Self { out, form, last: None, is_away: false }
    }

    pub fn is_live(&self) -> bool {
        matches!(self.form, Form::Live(_))
    }

    pub fn show(&mut self, look: Look) -> Result<(), Failure> {
        let before = self.last.as_ref().map(|look| &look.rollout);
        if std::mem::take(&mut self.is_away) {
            self.out.remark("the server answers again");
        }
        match &mut self.form {
            Form::Json if before.is_none_or(|before| differs(before, &look.rollout)) => {
                self.out.record(&look.rollout)?;
            }
            Form::Json => {}
            Form::Lines => {
                progress::changes(before, &look.rollout).iter().try_for_each(|line| self.out.line(line))?;
            }
            Form::Live(terminal) => {
                let text = Text::from(piece::lines(&rows(&look, &self.out)));
                terminal.draw(|frame| frame.render_widget(text, frame.area()))?;
            }
        }
        self.last = Some(look);
        Ok(())
    }

    /// The server does not answer for the moment.
    pub fn away(&mut self, error: &ClientError) {
        if !std::mem::replace(&mut self.is_away, true) {
            let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
            let cause = causes.last().map(|cause| format!(" ({cause})")).unwrap_or_default();
            let text = format!("{error}{cause}; services and gateway go on, trying again");
            match &mut self.form {
                Form::Json | Form::Lines => self.out.remark(text),
                Form::Live(terminal) => above(terminal, text),
            }
        }
    }

    /// Says how it ended, with the last picture above it.
    pub fn end(mut self) -> Result<(), Failure> {
        let Some(look) = self.last.take() else { return Ok(()) };
        let was_live = self.is_live();
        self.leave();
        if was_live {
            self.out.text(&piece::text(&rows(&look, &self.out), self.out.paint))?;
            self.out.line("")?;
        }
        match progress::ending(&look.rollout) {
            Some(sentence) if was_live => {
                piece::wrapped(&sentence, self.out.columns()).iter().try_for_each(|line| self.out.line(line))
            }
            Some(sentence) if !self.out.json => self.out.line(sentence),
            Some(_) | None => Ok(()),
        }
    }

    /// Gives the terminal back.
    pub fn leave(&mut self) {
        if let Form::Live(terminal) = &mut self.form {
            // When the terminal is gone there is nothing left to give back.
            let origin = terminal.get_frame().area().as_position();
            let _ = terminal.clear();
            let _ = terminal.set_cursor_position(origin);
            let _ = terminal.show_cursor();
            self.form = Form::Lines;
        }
    }
}

fn rows(look: &Look, out: &Output) -> Vec<piece::Row> {
    picture::rows(&look.rollout, &look.samples, look.now_ms, out.columns())
}

/// `next.in_ms` runs with the clock; that alone is no change.
fn differs(before: &Rollout, now: &Rollout) -> bool {
    Rollout { next: None, ..before.clone() } != Rollout { next: None, ..now.clone() }
}

fn terminal(rows: usize) -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    let (_, height) = crossterm::terminal::size()?;
    let wanted = u16::try_from(rows + SPARE_ROWS).unwrap_or(u16::MAX);
    let viewport = Viewport::Inline(wanted.min(height.saturating_sub(1)).max(1));
    Terminal::with_options(CrosstermBackend::new(io::stdout()), TerminalOptions { viewport })
}

/// A line that stays, above the picture.
fn above(terminal: &mut Terminal<CrosstermBackend<Stdout>>, text: String) {
    use ratatui::widgets::Widget;
    // Only a remark: when it cannot be written, the picture still tells.
    let _ = terminal.insert_before(1, |buffer| Text::from(text).render(buffer.area, buffer));
}
