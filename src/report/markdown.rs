//! `report.md`: a table a level, and how far the run may be trusted.

use std::fmt::Write as _;

use crate::domain::metric::TimeKind;
use crate::domain::percentile::Percentile;

use super::markdown_findings::{self, rolling_table};
use super::numbers::{MISSING, count, counted, percent, rate, span, time_us};
use super::view::{CellView, LevelView, RunView};

/// The report as Markdown.
pub fn run_markdown(view: &RunView) -> String {
    let mut text = String::new();
    let facts = &view.facts;
    let _ = writeln!(text, "# Baseline of {}\n", escape(&facts.scenario));
    let _ = writeln!(text, "{} {}\n", view.health.verdict(), view.health.flags_sentence());
    measured(&mut text, view);
    for level in &view.levels {
        level_table(&mut text, level);
    }
    markdown_findings::findings(&mut text, &view.findings, view.health.flags.judged);
    if !view.rolling.is_empty() {
        let _ = writeln!(text, "## The end of the run\n\n{}", rolling_table(&view.rolling));
    }
    health(&mut text, view);
    definitions(&mut text);
    text
}

fn measured(text: &mut String, view: &RunView) {
    let facts = &view.facts;
    let health = &view.health;
    let ended = health.last_window_at.map_or_else(|| MISSING.to_owned(), |at| format!("{at:.0}"));
    let rows = [
        ("run", format!("`{}`, {}", facts.run_id, facts.state)),
        ("measured", escape(&facts.mode)),
        ("from, to", format!("{:.0}, {ended} (planned end {:.0})", facts.started_at, facts.planned_end)),
        ("windows", format!("{} of {} planned", count(health.windows), count(facts.planned_windows))),
        ("requests", count(health.counts.requests())),
        ("generator", escape(&facts.host)),
        (
            "made with",
            format!("{}, seed {}, scenario {}", facts.tool, facts.seed, short(&facts.scenario_hash)),
        ),
    ];
    text.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text.push('\n');
}

fn level_table(text: &mut String, level: &LevelView) {
    let users = counted(u64::from(level.users), "user");
    let _ = writeln!(text, "## {}: {users}\n", escape(&level.name));
    text.push_str(
        "| endpoint | requests | throughput | errors | mean | p50 | p95 | p99 | usual mean (±2 sigma) | flags (by noise) |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for cell in &level.cells {
        cell_row(text, cell);
    }
    text.push('\n');
    let before = text.len();
    for cell in &level.cells {
        cell_notes(text, cell);
    }
    if text.len() > before {
        text.push('\n');
    }
}

fn cell_row(text: &mut String, cell: &CellView) {
    let service = &cell.times[TimeKind::Service as usize];
    let baseline = match cell.baseline_us {
        Some(band) => format!(
            "{} ({} to {})",
            time_us(Some(band.usual)),
            time_us(Some(band.low)),
            time_us(Some(band.high))
        ),
        None => MISSING.to_owned(),
    };
    let flags = match cell.flags.judged {
        0 => MISSING.to_owned(),
        _ => format!("{} ({:.0})", cell.flags.observed, cell.flags.expected),
    };
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {baseline} | {flags} |",
        escape(&cell.endpoint),
        count(cell.counts.requests()),
        rate(cell.throughput_per_s),
        percent(cell.error_ratio),
        time_us(service.mean),
        time_us(cell.service_us(Percentile::P50)),
        time_us(cell.service_us(Percentile::P95)),
        time_us(cell.service_us(Percentile::P99)),
    );
}

/// What does not fit into the table: open loops, failures, caches, new connections.
fn cell_notes(text: &mut String, cell: &CellView) {
    let mut notes = Vec::new();
    let response = &cell.times[TimeKind::Response as usize];
    if *response != cell.times[TimeKind::Service as usize] {
        notes.push(format!(
            "response time mean {}, p99 {}",
            time_us(response.mean),
            time_us(response.percentile(Percentile::P99))
        ));
    }
    if cell.all_counts.failed > 0 {
        let classes: Vec<String> =
            cell.errors.iter().map(|(class, n)| format!("{} {}", count(n), class.name())).collect();
        let interval = cell.error_ratio_interval.map_or(String::new(), |(low, high)| {
            format!(", error ratio 95 % interval {} to {}", percent(Some(low)), percent(Some(high)))
        });
        notes.push(format!("failed: {}{interval}", classes.join(", ")));
    }
    let classes = [(4, "4xx"), (5, "5xx")];
    let shares = classes.map(|(class, name)| (name, cell.status_share(class).filter(|share| *share > 0.0)));
    for (name, share) in shares {
        if share.is_some() {
            notes.push(format!("{name} {}", percent(share)));
        }
    }
    if cell.all_counts.throttled > 0 {
        notes.push(format!("{} throttled (429)", count(cell.all_counts.throttled)));
    }
    if let Some(ratio) = cell.cache.hit_ratio() {
        notes.push(format!("cache hit ratio {}", percent(Some(ratio))));
    }
    if cell.windows > cell.valid_windows {
        notes.push(format!("{} of {} windows left out", cell.windows - cell.valid_windows, cell.windows));
    }
    if !notes.is_empty() {
        let _ = writeln!(text, "- {}: {}", escape(&cell.endpoint), notes.join("; "));
    }
}

fn health(text: &mut String, view: &RunView) {
    let health = &view.health;
    text.push_str("## How the run went\n\n");
    let mut lines = vec![format!(
        "{} windows: {} valid, {} throttled, {} invalid",
        count(health.windows),
        count(health.valid),
        count(health.throttled),
        count(health.invalid_windows())
    )];
    for (reason, n) in health.invalid.values() {
        lines.push(format!("{} invalid ({}): {}", count(*n), reason.name(), reason.advice()));
    }
    lines.push(format!(
        "{} requests: {} succeeded, {} failed, {} throttled",
        count(health.counts.requests()),
        count(health.counts.succeeded),
        count(health.counts.failed),
        count(health.counts.throttled)
    ));
    for (class, n) in health.errors.iter() {
        lines.push(format!("{} failed in class {}", count(n), class.name()));
    }
    if health.highest_cpu_share.is_some() {
        lines.push(format!(
            "generator: {} of processor time a request, at most {} of its core, timers at most {} late",
            time_us(health.cpu_us_per_request),
            percent(health.highest_cpu_share),
            time_us(health.latest_timer_us)
        ));
    }
    if health.late_starts > 0 {
        lines.push(format!("{} late starts in open loops", count(health.late_starts)));
    }
    match view.facts.gaps.len() {
        0 => lines.push("no gap".to_owned()),
        1 => (),
        gaps => lines.push(format!("{gaps} gaps, {} in all", span(health.gap_time))),
    }
    for gap in &view.facts.gaps {
        lines.push(format!(
            "gap of {} from {:.0} to {:.0}: {}",
            span(gap.length()),
            gap.from,
            gap.to,
            gap.reason.name()
        ));
    }
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
    text.push('\n');
}

fn definitions(text: &mut String) {
    text.push_str(
        "## What the numbers mean\n\n\
         - Times are service times (completed - sent) of the requests that succeeded, in the valid windows. Percentiles \
           come from merged histograms, never from averaged percentiles. A dash stands where too few requests support \
           a number.\n\
         - Throughput is completed exchanges a second; errors are failed over failed and succeeded. Throttled requests \
           (429) are counted apart.\n\
         - What is usual is learnt from the first valid windows of each cell, or comes from the named baseline: mean and \
           sigma of the logarithms of the windows' values. A flag is a window's mean, p95, throughput or error ratio \
           beyond +-2 sigma of that (error ratios are not in the counts: they are none or rare). It is shown, never paged; the number in brackets is what independent noise alone \
           would flag. A daily swing or a drift brings more.\n\
         - An alert is a confirmed change of at least 10 %: three of five windows far out (burst), a step that noise and \
           the daily swing do not explain (shift), or more errors than the baseline does (errors); one an incident.\n\
         - Holds: the upper end of the p95 interval is below the objective, and the users added last bring at least half \
           of what the first one did. Little's law: throughput times response time over users, 1 where users only wait \
           for answers.\n\
         - An invalid window is one in which the generator, not the target, was measured, or nothing was. It enters no \
           number above.\n",
    );
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// Keeps names from being read as Markdown or HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '[' | ']' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
