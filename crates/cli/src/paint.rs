//! What a piece of text means, and how that looks on a terminal.
//!
//! Invariant: colour only repeats what the words say; without colour nothing is lost. Not here: deciding whether there
//! is a terminal (`output`).

use ratatui::style::{Color, Modifier, Style};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Strong,
    Quiet,
    Good,
    Bad,
    Warning,
    Stable,
    Candidate,
}

impl Tone {
    pub fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.add_modifier(Modifier::BOLD),
            Self::Quiet => style.add_modifier(Modifier::DIM),
            Self::Good => style.fg(Color::Green),
            Self::Bad => style.fg(Color::Red).add_modifier(Modifier::BOLD),
            Self::Warning => style.fg(Color::Yellow),
            Self::Stable => style.fg(Color::Blue),
            Self::Candidate => style.fg(Color::Cyan),
        }
    }

    /// The parameters of "Select Graphic Rendition" (ECMA-48, 8.3.117).
    fn graphic_rendition(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Quiet => "2",
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Warning => "33",
            Self::Stable => "34",
            Self::Candidate => "36",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    pub colour: bool,
}

impl Paint {
    pub fn apply(self, tone: Tone, text: &str) -> String {
        if self.colour && tone != Tone::Plain {
            format!("\u{1b}[{}m{text}\u{1b}[0m", tone.graphic_rendition())
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(Paint { colour: false }.apply(Tone::Bad, "x"), "x");
        assert_eq!(Paint { colour: true }.apply(Tone::Bad, "x"), "\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(Paint { colour: true }.apply(Tone::Plain, "x"), "x");
    }
}
