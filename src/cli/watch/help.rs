//! The page of `watch` that explains its keys and words.

use ratatui::text::{Line, Span};

use super::theme::Theme;

const KEYS: [(&str, &str); 10] = [
    ("q, Esc, Ctrl-C", "quit; the run goes on"),
    ("Up, Down, k, j", "select a row; Page Up, Page Down, Home and End move further"),
    ("Enter", "all figures of the selected row; Enter or Esc leads back"),
    ("Tab, Shift-Tab", "next or previous load level, or all of them"),
    ("1 to 9, 0", "a certain load level; 0 shows all"),
    ("p, Space", "pause or resume the display; the run goes on"),
    ("?", "this page"),
    ("Ctrl-L", "draw everything again"),
    ("Ctrl-Z", "suspend; `fg` resumes"),
    ("", ""),
];

const WORDS: [(&str, &str); 10] = [
    ("DOWN", "at least half of the requests of the last window failed"),
    ("INCIDENT", "an incident is open"),
    ("VIOLATED", "an SLO is violated, over everything measured so far"),
    ("over SLO", "the last window by itself misses an SLO"),
    ("invalid", "the last window proves nothing about the target"),
    ("limited", "requests of the last window were rate-limited (429)"),
    ("outlier", "a value lies outside its baseline band; some do by chance"),
    ("learning", "too few windows for a baseline"),
    ("ok", "none of these"),
    ("bars", "the last windows, between their smallest and largest value; x: down"),
];

/// The page, line by line.
pub(super) fn lines(theme: Theme) -> Vec<Line<'static>> {
    let row = |(name, words): (&'static str, &'static str)| {
        Line::from(vec![Span::styled(format!("{name:<16}"), theme.strong()), Span::raw(words)])
    };
    KEYS.into_iter().chain(WORDS).map(row).collect()
}
