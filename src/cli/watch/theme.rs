//! Colours and letters of `watch`. Every colour repeats what a word says, so that nothing is lost without colours.

use ratatui::style::{Color, Modifier, Style};

use crate::cli::display::Display;
use crate::domain::run_verdict::RunOutcome;
use crate::report::console::watch::CellState;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    /// Whether colours are shown; the eight that every terminal has.
    pub(super) has_colours: bool,
    /// Whether only ASCII is shown.
    pub(super) is_ascii: bool,
}

impl Theme {
    /// By what the terminal can show. Blocks are left out where a locale without UTF-8 was chosen, and on the Linux console.
    pub(super) fn of(display: Display, variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable);
        let is_utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let is_console = variable("TERM").is_some_and(|term| term == "linux");
        Self { has_colours: display.has_colours, is_ascii: !is_utf8 || is_console }
    }

    fn colour(self, colour: Color) -> Style {
        if self.has_colours { Style::new().fg(colour) } else { Style::new() }
    }

    pub(super) fn good(self) -> Style {
        self.colour(Color::Green)
    }

    pub(super) fn doubt(self) -> Style {
        self.colour(Color::Yellow)
    }

    pub(super) fn bad(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    #[expect(clippy::unused_self, reason = "called as the other styles are")]
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    #[expect(clippy::unused_self, reason = "called as the other styles are")]
    pub(super) fn muted(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub(super) fn spark(self) -> Style {
        self.colour(Color::Cyan)
    }

    pub(super) fn outcome(self, outcome: RunOutcome) -> Style {
        match outcome {
            RunOutcome::Accepted => self.good().add_modifier(Modifier::BOLD),
            RunOutcome::Failed => self.bad(),
            RunOutcome::Inconclusive => self.doubt().add_modifier(Modifier::BOLD),
        }
    }

    pub(super) fn state(self, state: CellState) -> Style {
        match state {
            CellState::Down | CellState::Incident | CellState::Violated => self.bad(),
            CellState::OverSlo | CellState::Invalid | CellState::RateLimited | CellState::Outlier => {
                self.doubt()
            }
            CellState::Learning => self.muted(),
            CellState::Ok => self.good(),
        }
    }
}
