//! What keys do to the pages of `watch`.

use std::sync::Arc;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::domain::cell_name::CellName;
use crate::report::console::watch::{Live, LiveCell};

/// Rows that a page key moves by.
const PAGE: usize = 10;

/// Which page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Page {
    /// All rows.
    #[default]
    Rows,
    /// Everything of the selected row.
    Details,
    /// The keys.
    Help,
}

/// What is to be done after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Draw again.
    Draw,
    /// Leave the terminal.
    Quit,
    /// Stop until the shell continues the program.
    Suspend,
    /// Nothing.
    Nothing,
}

/// The choices of whoever watches.
#[derive(Debug, Default)]
pub(super) struct Ui {
    pub(super) page: Page,
    /// Index of the level that is shown; `None` shows all.
    pub(super) level: Option<usize>,
    selected: Option<CellName>,
    /// First line that is shown of the details or the help.
    pub(super) scroll: usize,
    /// First row that is shown of the table; drawing keeps the selected row in sight.
    pub(super) top: usize,
    frozen: Option<Arc<Live>>,
}

impl Ui {
    /// Whether the display is paused. The run goes on, and so does reading it.
    pub(super) fn is_paused(&self) -> bool {
        self.frozen.is_some()
    }

    /// What is to be drawn: what is known, or what was known when the display was paused.
    pub(super) fn shown(&self, live: &Arc<Live>) -> Arc<Live> {
        Arc::clone(self.frozen.as_ref().unwrap_or(live))
    }

    /// The rows of the chosen level.
    pub(super) fn rows<'l>(&self, live: &'l Live) -> Vec<&'l LiveCell> {
        let levels = live.levels();
        let level = self.level.and_then(|place| levels.get(place)).map(|(name, _)| name.as_str());
        live.rows().into_iter().filter(|cell| level.is_none_or(|level| *cell.name.level == *level)).collect()
    }

    /// Index of the selected row among these.
    pub(super) fn selected(&self, rows: &[&LiveCell]) -> usize {
        let selected = self.selected.as_ref();
        rows.iter().position(|cell| selected == Some(&cell.name)).unwrap_or(0)
    }

    /// Follows a key.
    pub(super) fn key(&mut self, key: KeyEvent, live: &Arc<Live>) -> Action {
        if key.kind == KeyEventKind::Release {
            return Action::Nothing;
        }
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'd') if has_control => Action::Quit,
            KeyCode::Char('z') if has_control => Action::Suspend,
            KeyCode::Char('l') if has_control => Action::Draw,
            _ if has_control => Action::Nothing,
            KeyCode::Char('q') => Action::Quit,
            KeyCode::Esc if self.page == Page::Rows => Action::Quit,
            KeyCode::Esc | KeyCode::Backspace | KeyCode::Left | KeyCode::Char('h') => self.turn(Page::Rows),
            KeyCode::Char('?') if self.page == Page::Help => self.turn(Page::Rows),
            KeyCode::Char('?') | KeyCode::F(1) => self.turn(Page::Help),
            KeyCode::Char('p' | ' ') => {
                self.frozen = if self.is_paused() { None } else { Some(Arc::clone(live)) };
                Action::Draw
            }
            KeyCode::Enter if self.page == Page::Details => self.turn(Page::Rows),
            KeyCode::Enter | KeyCode::Right if self.page == Page::Rows => {
                let shown = self.shown(live);
                let rows = self.rows(&shown);
                self.selected = rows.get(self.selected(&rows)).map(|cell| cell.name.clone());
                if self.selected.is_some() { self.turn(Page::Details) } else { Action::Nothing }
            }
            code => self.moved(code, live),
        }
    }

    fn turn(&mut self, page: Page) -> Action {
        (self.page, self.scroll) = (page, 0);
        Action::Draw
    }

    fn moved(&mut self, code: KeyCode, live: &Arc<Live>) -> Action {
        let shown = self.shown(live);
        let levels = shown.levels().len();
        let after = |level: Option<usize>| level.map_or(0, |place| place + 1);
        match code {
            KeyCode::Tab => self.level = Some(after(self.level)).filter(|place| *place < levels),
            KeyCode::BackTab => {
                self.level =
                    if let Some(place) = self.level { place.checked_sub(1) } else { levels.checked_sub(1) }
            }
            KeyCode::Char('0') => self.level = None,
            KeyCode::Char(digit @ '1'..='9') => {
                let place = digit.to_digit(10).map_or(0, |digit| digit as usize - 1);
                if place >= levels {
                    return Action::Nothing;
                }
                self.level = Some(place);
            }
            code => {
                let Some(step) = step_of(code) else { return Action::Nothing };
                if self.page == Page::Rows {
                    let rows = self.rows(&shown);
                    let place =
                        self.selected(&rows).saturating_add_signed(step).min(rows.len().saturating_sub(1));
                    self.selected = rows.get(place).map(|cell| cell.name.clone());
                } else {
                    self.scroll = self.scroll.saturating_add_signed(step);
                }
            }
        }
        Action::Draw
    }
}

/// By how many rows a key moves.
fn step_of(code: KeyCode) -> Option<isize> {
    let page = PAGE.cast_signed();
    match code {
        KeyCode::Up | KeyCode::Char('k') => Some(-1),
        KeyCode::Down | KeyCode::Char('j') => Some(1),
        KeyCode::PageUp => Some(-page),
        KeyCode::PageDown => Some(page),
        KeyCode::Home | KeyCode::Char('g') => Some(-isize::MAX),
        // Drawing brings it back to the last line.
        KeyCode::End | KeyCode::Char('G') => Some(isize::from(i16::MAX)),
        _ => None,
    }
}
