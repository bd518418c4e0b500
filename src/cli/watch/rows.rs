//! The table of `watch`: one row per endpoint, journey or step and load level, in as many columns as fit.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::domain::columns::{columns as width_of, cut, padded};
use crate::domain::metric::Metric;
use crate::report::console::watch::words::{plain, short_metric, value_words};
use crate::report::console::watch::{CellState, LiveCell};
use crate::report::wording::numbers::{MISSING, percent, rate, time_us};
use crate::report::wording::phrases::{chosen_value, interval_words};

use super::spark::spark;
use super::theme::Theme;

/// Between two columns.
const GAP: usize = 2;
/// Fewest columns of a name.
const LEAST_NAME: usize = 10;
const MOST_NAME: usize = 36;
const MOST_SPARK: usize = 40;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Users,
    Level,
    Spark,
    Value,
    SloPercent,
    Slo,
    Band,
    Rate,
    Errors,
    State,
}

/// Columns in the order in which they stand, with their widths.
pub(super) struct Layout {
    columns: Vec<(Kind, usize)>,
    /// The metric of all rows; `None` where they differ.
    metric: Option<Metric>,
}

impl Layout {
    /// The columns that fit into this width, the most important first. `has_levels`: rows of several levels are shown.
    pub(super) fn of(rows: &[&LiveCell], width: usize, has_levels: bool) -> Self {
        let metric = rows.first().map(|cell| cell.metric());
        let metric = metric.filter(|metric| rows.iter().all(|cell| cell.metric() == *metric));
        let longest = |of: &dyn Fn(&LiveCell) -> usize| rows.iter().map(|cell| of(cell)).max().unwrap_or(0);
        let name = longest(&|cell| width_of(&name_of(cell))).clamp(LEAST_NAME, MOST_NAME);
        let level = longest(&|cell| width_of(&level_of(cell))).clamp(5, 20);
        let value = if metric.is_some() { 8 } else { 12 };
        let mut chosen = vec![(Kind::Name, LEAST_NAME)];
        let used =
            |chosen: &[(Kind, usize)]| chosen.iter().map(|(_, width)| width + GAP).sum::<usize>() - GAP;
        let users = has_levels.then_some((Kind::Users, 5));
        let more = [(Kind::State, 8), (Kind::Value, value), (Kind::Errors, 7), (Kind::Rate, 8)];
        let last = [(Kind::SloPercent, 6), (Kind::Spark, 8), (Kind::Band, 15)];
        for column in more.into_iter().chain(users).chain(last) {
            if used(&chosen) + GAP + column.1 <= width {
                chosen.push(column);
            }
        }
        let wider = [
            (Kind::Users, Kind::Level, level),
            (Kind::SloPercent, Kind::Slo, 14),
            (Kind::Name, Kind::Name, name),
        ];
        for (old, new, wanted) in wider {
            let left = width.saturating_sub(used(&chosen));
            if let Some(column) = chosen.iter_mut().find(|(kind, _)| *kind == old)
                && (column.1 + left >= wanted || new == old)
            {
                *column = (new, wanted.min(column.1 + left).max(column.1));
            }
        }
        let left = width.saturating_sub(used(&chosen));
        let grows = |kind: Kind| chosen.iter().position(|(known, _)| *known == kind);
        if let Some(place) = grows(Kind::Spark).or(grows(Kind::Name)) {
            chosen[place].1 = (chosen[place].1 + left).min(MOST_SPARK.max(chosen[place].1));
        }
        // Where not even a name fits, it is cut.
        chosen[0].1 = chosen[0].1.min(width);
        chosen.sort_by_key(|(kind, _)| *kind as usize);
        Self { columns: chosen, metric }
    }

    /// The head of the table.
    pub(super) fn head(&self, theme: Theme) -> Line<'static> {
        let title = |kind: Kind| match kind {
            Kind::Name => "endpoint".to_owned(),
            Kind::Users => "users".to_owned(),
            Kind::Level => "level".to_owned(),
            Kind::Spark => "trend".to_owned(),
            Kind::Value => self.metric.map_or_else(|| "last".to_owned(), short_metric),
            Kind::SloPercent => "of SLO".to_owned(),
            Kind::Slo => "of its SLO".to_owned(),
            Kind::Band => "baseline band".to_owned(),
            Kind::Rate => "rate".to_owned(),
            Kind::Errors => "errors".to_owned(),
            Kind::State => "state".to_owned(),
        };
        self.line(theme.muted(), |kind, width| (aligned(&title(kind), kind, width), theme.muted()))
    }

    /// A row of the table.
    pub(super) fn row(&self, cell: &LiveCell, is_selected: bool, theme: Theme) -> Line<'static> {
        let base = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        self.line(base, |kind, width| {
            let (text, style) = self.cell(cell, kind, width, theme);
            (aligned(&text, kind, width), if is_selected { base } else { style })
        })
    }

    fn line(&self, base: Style, of: impl Fn(Kind, usize) -> (String, Style)) -> Line<'static> {
        let mut spans = Vec::new();
        for (place, (kind, width)) in self.columns.iter().enumerate() {
            if place > 0 {
                spans.push(Span::styled(" ".repeat(GAP), base));
            }
            let (text, style) = of(*kind, *width);
            spans.push(Span::styled(text, style));
        }
        Line::from(spans)
    }

    fn cell(&self, cell: &LiveCell, kind: Kind, width: usize, theme: Theme) -> (String, Style) {
        let plain_style = Style::new();
        let state = cell.state();
        match kind {
            Kind::Name => (name_of(cell), plain_style),
            Kind::Users => (cell.users.to_string(), plain_style),
            Kind::Level => (level_of(cell), plain_style),
            Kind::Spark => {
                let down = cell.recent.iter().map(|window| window.worked() == Some(false));
                let values: Vec<_> = cell.values().into_iter().zip(down).collect();
                (spark(&values, width, theme.is_ascii), theme.spark())
            }
            Kind::Value => {
                let is_beyond = cell.value().zip(cell.limit()).is_some_and(|(value, limit)| value > limit);
                let style = if is_beyond { theme.doubt() } else { plain_style };
                let text = match self.metric {
                    Some(_) => time_us(cell.value()),
                    None => value_words(cell.metric(), cell.value()),
                };
                (text, style)
            }
            Kind::SloPercent | Kind::Slo => (slo(cell, kind == Kind::Slo), plain_style),
            Kind::Band => {
                let band = cell.band().map(|band| interval_words(cell.metric(), (band.low, band.high)));
                (band.unwrap_or_else(|| MISSING.to_owned()), theme.muted())
            }
            Kind::Rate => (rate(cell.last().and_then(|last| Metric::Throughput.of(last))), plain_style),
            Kind::Errors => {
                let ratio = cell.last().and_then(|last| last.counts.error_ratio());
                let style = if ratio.is_some_and(|ratio| ratio > 0.0) { theme.doubt() } else { plain_style };
                (percent(ratio), if state == CellState::Down { theme.bad() } else { style })
            }
            Kind::State => (state.word().to_owned(), theme.state(state)),
        }
    }
}

/// How much of its limit the last window uses: `62 %`, `62 % of 50 ms`; a dash without a limit.
fn slo(cell: &LiveCell, with_limit: bool) -> String {
    let Some(limit) = cell.limit().filter(|limit| *limit > 0.0) else { return MISSING.to_owned() };
    let used = cell.value().map_or_else(
        || MISSING.to_owned(),
        |value| format!("{:.0} %", (value / limit * 100.0).min(999_999.0)),
    );
    if with_limit { format!("{used} of {}", chosen_value(cell.metric(), limit)) } else { used }
}

/// A step stands behind its workload, without its name.
fn name_of(cell: &LiveCell) -> String {
    match &cell.name.step {
        Some(step) => format!("  {}", plain(step)),
        None => plain(&cell.name.workload),
    }
}

fn level_of(cell: &LiveCell) -> String {
    format!("{}:{}", plain(&cell.name.level), cell.users)
}

/// A text that takes exactly this many columns; numbers stand at the right.
fn aligned(text: &str, kind: Kind, width: usize) -> String {
    let text = cut(text, width);
    let is_number = matches!(kind, Kind::Users | Kind::Value | Kind::SloPercent | Kind::Rate | Kind::Errors);
    if is_number {
        format!("{}{text}", " ".repeat(width.saturating_sub(width_of(&text))))
    } else {
        padded(&text, width)
    }
}
