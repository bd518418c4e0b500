//! Draws the pages of `watch` into a terminal of any size: what matters most is drawn first, and the rest where there is room.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::columns::{columns, cut};
use crate::report::console::watch::Live;
use crate::report::console::watch::words::{doing_words, plain, progress_words};
use crate::report::wording::numbers::counted;

use super::keys::{Page, Ui};
use super::rows::Layout;
use super::theme::Theme;
use super::{details, help, panel};

/// Fewest and most columns of the bar of progress.
const LEAST_BAR: usize = 6;
const MOST_BAR: usize = 40;

/// What is drawn, beside the choices of whoever watches.
pub(super) struct Shown<'a> {
    pub(super) live: &'a Live,
    pub(super) now: Timestamp,
    pub(super) theme: Theme,
    /// Why the run could not be read, or how much of it was read while that takes long.
    pub(super) note: Option<&'a str>,
}

/// The lines above and below what a page has to show.
struct Frame {
    top: Vec<Line<'static>>,
    footer: Option<Line<'static>>,
}

/// Draws everything into a buffer.
pub(super) fn draw(shown: &Shown<'_>, ui: &mut Ui, buffer: &mut Buffer) {
    let area = buffer.area;
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let frame = frame(shown, ui, width, height);
    let mut row = 0;
    for line in frame.top.iter().take(height) {
        put(buffer, row, line);
        row += 1;
    }
    let last = height.saturating_sub(usize::from(frame.footer.is_some()));
    let body = last.saturating_sub(row);
    let lines = match ui.page {
        Page::Rows => body_of_rows(shown, ui, width, body),
        Page::Details => scrolled(details_of(shown, ui), ui, body),
        Page::Help => scrolled(help::lines(shown.theme), ui, body),
    };
    for line in lines.iter().take(body) {
        put(buffer, row, line);
        row += 1;
    }
    if let Some(footer) = &frame.footer {
        put(buffer, last, footer);
    }
}

fn put(buffer: &mut Buffer, row: usize, line: &Line<'_>) {
    let Rect { x, y, width, height } = buffer.area;
    let Some(row) = u16::try_from(row).ok().filter(|row| *row < height) else { return };
    buffer.set_line(x, y + row, line, width);
}

fn frame(shown: &Shown<'_>, ui: &Ui, width: usize, height: usize) -> Frame {
    let Shown { live, theme, note, .. } = shown;
    let mut top = vec![headline(shown, ui, width), progress(shown, width)];
    let reason =
        live.verdict.as_ref().and_then(|verdict| verdict.reasons.first().map(|first| (first, verdict)));
    if let Some((first, verdict)) = reason.filter(|_| height >= 12 && ui.page == Page::Rows) {
        let more = verdict.reasons.len() as u64 - 1;
        let more = if more == 0 { String::new() } else { format!(" ({})", counted(more, "more reason")) };
        top.push(Line::styled(
            cut(&format!("{}{more}", plain(first)), width),
            theme.outcome(verdict.outcome),
        ));
    }
    let doing = note.map_or_else(|| doing_words(live), str::to_owned);
    if height >= 8 && !doing.is_empty() {
        top.push(Line::raw(cut(&doing, width)));
    }
    if height >= 14 && ui.page == Page::Rows && live.levels().len() > 1 {
        top.push(levels(live, ui, *theme));
    }
    if height >= 20 {
        top.push(Line::raw(""));
    }
    let keys = match ui.page {
        Page::Rows => "q quit  Enter details  Tab level  p pause  ? help",
        Page::Details => "q quit  Esc back  Up/Down scroll  p pause  ? help",
        Page::Help => "q quit  Esc back",
    };
    let footer = (height >= 6).then(|| Line::styled(cut(keys, width), theme.muted()));
    Frame { top, footer }
}

/// Verdict and state in one line, with the name of the run.
fn headline(shown: &Shown<'_>, ui: &Ui, width: usize) -> Line<'static> {
    let Shown { live, theme, .. } = shown;
    let (word, style) = match &live.verdict {
        Some(verdict) => {
            let so_far = if verdict.is_final { "" } else { " so far" };
            (format!("{}{so_far}", verdict.outcome.word().to_uppercase()), theme.outcome(verdict.outcome))
        }
        None => ("no verdict yet".to_owned(), theme.muted()),
    };
    let paused = if ui.is_paused() { "  PAUSED" } else { "" };
    let left = width.saturating_sub(columns(&word));
    let rest = format!("{paused}  {}  {}", live.state, live.run_id);
    Line::from(vec![Span::styled(cut(&word, width), style), Span::raw(cut(&rest, left))])
}

fn progress(shown: &Shown<'_>, width: usize) -> Line<'static> {
    let Shown { live, now, theme, .. } = shown;
    let done = live.tally.windows as f64 / live.planned_windows.max(1) as f64;
    let words = format!("{:>3.0} %  {}", (done * 100.0).floor().min(100.0), progress_words(live, *now));
    let bar = width.saturating_sub(columns(&words) + 4).min(MOST_BAR);
    if bar < LEAST_BAR {
        return Line::raw(cut(words.trim_start(), width));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most as wide as the bar")]
    let full = ((done.min(1.0) * bar as f64) as usize).min(bar);
    Line::from(vec![
        Span::raw("["),
        Span::styled("=".repeat(full), theme.good()),
        Span::raw(format!("{}] {words}", " ".repeat(bar - full))),
    ])
}

fn levels(live: &Live, ui: &Ui, theme: Theme) -> Line<'static> {
    let mut spans = vec![Span::styled("levels:", theme.muted())];
    let all = std::iter::once((None, "0 all".to_owned()));
    let each = live.levels().into_iter().enumerate();
    let each =
        each.map(|(place, (name, users))| (Some(place), format!("{} {}:{users}", place + 1, plain(&name))));
    for (place, name) in all.chain(each) {
        spans.push(Span::raw(" "));
        if place == ui.level {
            spans.push(Span::styled(format!("[{name}]"), theme.strong()));
        } else {
            spans.push(Span::raw(format!(" {name} ")));
        }
    }
    Line::from(spans)
}

/// The table, and below it what else is known. The selected row is always in sight.
fn body_of_rows(shown: &Shown<'_>, ui: &mut Ui, width: usize, height: usize) -> Vec<Line<'static>> {
    let Shown { live, theme, .. } = shown;
    let rows = ui.rows(live);
    if rows.is_empty() {
        return vec![Line::raw(cut("no window has been measured yet", width))];
    }
    let panel = if height >= 8 { panel::lines(live, *theme) } else { Vec::new() };
    // The table has what it needs, but leaves a third to the rest.
    let room = height.saturating_sub(1);
    let reserved = if panel.is_empty() { 0 } else { (panel.len() + 1).min(room / 3) };
    let visible = rows.len().min(room - reserved);
    let selected = ui.selected(&rows);
    ui.top = ui.top.min(selected).min(rows.len().saturating_sub(visible));
    if selected >= ui.top + visible {
        ui.top = (selected + 1).saturating_sub(visible);
    }
    let layout = Layout::of(&rows, width, ui.level.is_none() && live.levels().len() > 1);
    let mut lines = vec![layout.head(*theme)];
    let in_sight = rows.iter().enumerate().skip(ui.top).take(visible);
    lines.extend(in_sight.map(|(place, cell)| layout.row(cell, place == selected, *theme)));
    if visible < rows.len() && panel.is_empty() {
        return lines;
    }
    if visible < rows.len() {
        let to = ui.top + visible;
        lines.push(Line::styled(format!("rows {} to {to} of {}", ui.top + 1, rows.len()), theme.muted()));
    } else if !panel.is_empty() {
        lines.push(Line::raw(""));
    }
    lines.extend(panel);
    lines
}

fn details_of(shown: &Shown<'_>, ui: &Ui) -> Vec<Line<'static>> {
    let rows = ui.rows(shown.live);
    match rows.get(ui.selected(&rows)) {
        Some(cell) => details::lines(shown.live, cell, shown.theme),
        None => vec![Line::raw("no window has been measured yet")],
    }
}

/// The lines that are in sight; scrolling ends with the last one.
fn scrolled(lines: Vec<Line<'static>>, ui: &mut Ui, height: usize) -> Vec<Line<'static>> {
    ui.scroll = ui.scroll.min(lines.len().saturating_sub(height));
    lines.into_iter().skip(ui.scroll).take(height).collect()
}
