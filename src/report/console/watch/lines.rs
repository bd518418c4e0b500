//! `watch` without a terminal: one line per window, then the verdict.

use std::fmt::Write as _;

use crate::domain::gap::Gap;
use crate::domain::metric::Metric;
use crate::report::wording::numbers::{count, percent, rate};
use crate::report::wording::phrases::update_words;
use crate::report::wording::times::moment;
use crate::run::follow::Group;

use super::live::Live;
use super::live_cell::LiveCell;
use super::words::{gap_words, plain, validity_words, value_words};

/// A group of windows as one line: that of the whole, with news of incidents of it and its steps.
pub fn window_line(live: &Live, group: &Group) -> Option<String> {
    let row = group.whole()?;
    let window = &row.window;
    let metric = live.cell(&window.cell).map(LiveCell::metric)?;
    let mut line = format!(
        "{}  window {}  {}:{}  {}  {}  errors {}  {}",
        moment(window.ended_at()),
        window.number,
        plain(&window.cell.to_string()),
        window.users,
        value_words(metric, metric.of(window)),
        rate(Metric::Throughput.of(window)),
        percent(window.counts.error_ratio()),
        validity_words(window.validity)
    );
    for update in group.rows.iter().flat_map(|row| &row.noticed.incidents) {
        let _ = write!(line, "  {}", plain(&update_words(update)));
    }
    line.push('\n');
    Some(line)
}

/// A gap as one line.
pub fn gap_line(gap: &Gap) -> String {
    format!("{}  gap: {}\n", moment(gap.to), gap_words(gap))
}

/// How the run ended, what it comes to, and why.
pub fn end_lines(live: &Live) -> String {
    let mut text =
        format!("{}: {} of {} windows\n", live.state, count(live.tally.windows), count(live.planned_windows));
    if let Some(verdict) = &live.verdict {
        let so_far = if verdict.is_final { "" } else { " so far" };
        let _ = writeln!(text, "verdict: {}{so_far}", verdict.outcome.word());
        for reason in &verdict.reasons {
            let _ = writeln!(text, "  {reason}");
        }
    }
    text
}
