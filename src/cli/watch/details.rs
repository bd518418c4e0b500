//! The page of `watch` with everything that is known of one row.

use ratatui::text::{Line, Span};

use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::ObjectiveState;
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::report::console::watch::words::{plain, short_metric, validity_words, value_words};
use crate::report::console::watch::{Live, LiveCell};
use crate::report::wording::failures::{failures_listed, statuses_words};
use crate::report::wording::numbers::{count, counted, percent, rate, time_us};
use crate::report::wording::phrases::{interval_words, metric_words};
use crate::report::wording::times::moment;
use crate::report::wording::verdicts::limit_words;

use super::theme::Theme;

/// Windows that are listed, the latest first.
const LISTED: usize = 12;

/// The page, line by line.
pub(super) fn lines(live: &Live, cell: &LiveCell, theme: Theme) -> Vec<Line<'static>> {
    let title = format!("{} at {}:{}", plain(&cell.name.series()), plain(&cell.name.level), cell.users);
    let state = cell.state();
    let mut lines = vec![
        Line::from(vec![
            Span::styled(title, theme.strong()),
            Span::raw("  "),
            Span::styled(state.word(), theme.state(state)),
        ]),
        Line::raw(""),
    ];
    times(&mut lines, cell, theme);
    lines.push(Line::raw(""));
    slo(&mut lines, cell, theme);
    let series = cell.name.series();
    for incident in live.incidents.iter().filter(|incident| incident.series.contains(&series)) {
        let style = if incident.is_open { theme.bad() } else { theme.muted() };
        let word = if incident.is_open { "incident (OPEN): " } else { "incident: " };
        lines.push(Line::from(vec![Span::styled(word, style), Span::raw(incident.sentence.clone())]));
    }
    failures(&mut lines, cell);
    slowest(&mut lines, cell, theme);
    lines.push(Line::raw(""));
    windows(&mut lines, cell, theme);
    lines
}

fn times(lines: &mut Vec<Line<'static>>, cell: &LiveCell, theme: Theme) {
    let readings = [
        Reading::Mean,
        Reading::Percentile(Percentile::P50),
        Reading::Percentile(Percentile::P90),
        Reading::Percentile(Percentile::P95),
        Reading::Percentile(Percentile::P99),
        Reading::Percentile(Percentile::P999),
        Reading::Max,
    ];
    let head: String =
        ["mean", "p50", "p90", "p95", "p99", "p99.9", "max"].map(|name| format!("{name:>10}")).concat();
    lines.push(Line::styled(format!("{:<18}{head}", "last window"), theme.muted()));
    let Some(last) = cell.last() else { return };
    for (kind, name) in [
        (TimeKind::Service, "service time"),
        (TimeKind::Response, "response time"),
        (TimeKind::FirstByte, "first byte"),
    ] {
        let value = |reading| format!("{:>10}", time_us(Metric::Time(kind, reading).of(last)));
        lines.push(Line::raw(format!("{name:<18}{}", readings.map(value).concat())));
    }
}

fn slo(lines: &mut Vec<Line<'static>>, cell: &LiveCell, theme: Theme) {
    for limit in &cell.limits {
        let style = match limit.state {
            ObjectiveState::Met => theme.good(),
            ObjectiveState::Violated => theme.bad(),
            ObjectiveState::Undecided => theme.doubt(),
        };
        lines.push(Line::from(vec![
            Span::styled(format!("SLO {}: ", limit.state.label()), style),
            Span::raw(limit_words(limit)),
        ]));
    }
    if cell.limits.is_empty() {
        let text = if cell.objective.is_empty() { "SLO: none is set" } else { "SLO: not judged yet" };
        lines.push(Line::raw(text));
    }
    for (metric, band) in &cell.bands {
        let is_flagged = cell.flags.contains(metric);
        let now = cell.last().and_then(|last| metric.of(last));
        let style = if is_flagged { theme.doubt() } else { ratatui::style::Style::new() };
        let beside = if is_flagged { ", OUTSIDE" } else { "" };
        lines.push(Line::styled(
            format!(
                "baseline band of {}: {}; last {}{beside}",
                metric_words(*metric),
                interval_words(*metric, (band.low, band.high)),
                crate::report::wording::phrases::metric_value(*metric, now)
            ),
            style,
        ));
    }
}

fn failures(lines: &mut Vec<Line<'static>>, cell: &LiveCell) {
    let all = &cell.outcomes;
    lines.push(Line::raw(format!(
        "so far: {}, {}, {} failed ({}), {} rate-limited (429)",
        counted(cell.windows, "window"),
        counted(all.counts.requests(), "request"),
        count(all.counts.failed),
        percent(all.counts.error_ratio()),
        count(all.counts.throttled)
    )));
    for reason in failures_listed(&all.errors, &all.statuses) {
        lines.push(Line::raw(format!("  {}", plain(&reason))));
    }
    if !all.statuses.is_empty() {
        lines.push(Line::raw(format!("responses by status: {}", statuses_words(&all.statuses))));
    }
    for remark in cell.last().into_iter().flat_map(|last| &last.remarks) {
        lines.push(Line::raw(format!("remark: {}", plain(remark))));
    }
}

fn slowest(lines: &mut Vec<Line<'static>>, cell: &LiveCell, theme: Theme) {
    if cell.slowest.is_empty() {
        return;
    }
    lines.push(Line::styled("slowest requests of the last window, by trace", theme.muted()));
    for slow in &cell.slowest {
        let status = slow.status.map_or_else(String::new, |status| format!("  status {status}"));
        let failure = slow.failure.map_or_else(String::new, |reason| format!("  {}", reason.brief()));
        lines.push(Line::raw(format!(
            "{:>10}  {}{status}{failure}",
            time_us(Some(slow.service_time.as_secs_f64() * 1e6)),
            slow.trace_id
        )));
    }
}

fn windows(lines: &mut Vec<Line<'static>>, cell: &LiveCell, theme: Theme) {
    let metric = cell.metric();
    lines.push(Line::styled(
        format!("last windows, the latest first ({})", short_metric(metric)),
        theme.muted(),
    ));
    let row = |window: &Window| {
        format!(
            "{:>7}  {}  {}  {}  errors {}  {}",
            window.number,
            moment(window.ended_at()),
            value_words(metric, metric.of(window)),
            rate(Metric::Throughput.of(window)),
            percent(window.counts.error_ratio()),
            validity_words(window.validity)
        )
    };
    lines.extend(cell.recent.iter().rev().take(LISTED).map(|window| Line::raw(row(window))));
}
