//! What was measured, and whether the measurement is valid.

use crate::report::formats::document::{Document, Table, Text};
use crate::report::view::run_view::RunView;
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::{MISSING, count, counted, percent, span, time_us};
use crate::report::wording::times::{gap_words, moment, moment_with_year};
use crate::report::wording::verdicts::availability_words;

pub(super) fn section(document: &mut Document, view: &RunView) {
    document.heading("measured", "Setup and validity");
    let facts = &view.facts;
    let health = &view.health;
    let ended = health.last_window_at.map_or_else(|| MISSING.to_owned(), moment_with_year);
    let mut table = Table::new(&["", ""]);
    let mut row = |name: &str, value: Text| table.row(vec![name.into(), value.into()]);
    row("run", Text::code(&facts.run_id).then(format!(", {}", facts.state)));
    row("target", facts.mode.as_str().into());
    row("plan", facts.plan.as_str().into());
    row(
        "time",
        format!(
            "{} to {ended} (planned end {})",
            moment_with_year(facts.started_at),
            moment(facts.planned_end)
        )
        .into(),
    );
    row(
        "baseline",
        match &view.findings.comparison {
            Some(named) => Text::code(&named.name),
            None => Text::plain("none; ").and(Text::code("--baseline NAME")).then(" compares a run with one"),
        },
    );
    row("generator", facts.host.as_str().into());
    let hash: String = facts.scenario_hash.chars().take(12).collect();
    row("created with", format!("{}, seed {}, scenario {hash}", facts.tool, facts.seed).into());
    document.table(table);
    for warning in &facts.warnings {
        document.paragraph(Text::plain(format!("Warning: {warning}.")));
    }
    document.list(trust(view).into_iter().map(Text::plain).collect());
}

/// The validity of the measurement: one line per fact.
fn trust(view: &RunView) -> Vec<String> {
    let health = &view.health;
    let mut lines = vec![format!(
        "{} of {}: {} valid, {} rate-limited (429), {} invalid",
        count(health.tally.windows),
        counted(view.facts.planned_windows, "planned window"),
        count(health.tally.valid),
        count(health.tally.throttled),
        count(health.tally.invalid)
    )];
    for (reason, n) in health.invalid.values() {
        lines.push(format!("{} invalid ({}): {}", count(*n), reason.name(), reason.advice()));
    }
    lines.push(format!(
        "{}: {} succeeded, {} failed, {} rate-limited (429)",
        if health.has_iterations {
            format!("{} requests and iterations", count(health.tally.counts.requests()))
        } else {
            counted(health.tally.counts.requests(), "request")
        },
        count(health.tally.counts.succeeded),
        count(health.tally.counts.failed),
        count(health.tally.counts.throttled)
    ));
    lines.push(format!("availability: {}", availability_words(&view.judged.availability)));
    if health.errors.total() > 0 {
        lines.push(format!("failed: {}", failures_listed(&health.errors, &health.statuses).join(", ")));
    }
    if health.highest_cpu_share.is_some() {
        lines.push(format!(
            "load generator: {} of CPU time per request, at most {} of one core, timers at most {} late",
            time_us(health.cpu_us_per_request),
            percent(health.highest_cpu_share),
            time_us(health.latest_timer_us)
        ));
    }
    if health.late_starts > 0 {
        lines.push(format!("{} in open loops", counted(health.late_starts, "late start")));
    }
    lines.extend(handed_out(view));
    match view.facts.gaps.iter().filter(|gap| gap.is_pause()).count() {
        0 => lines.push("no gaps".to_owned()),
        1 => (),
        gaps => lines.push(format!("{gaps} gaps, {} in total", span(health.gap_time))),
    }
    lines.extend(view.facts.gaps.iter().map(gap_words));
    lines
}

/// The rows that queues handed out, a line each.
fn handed_out(view: &RunView) -> Vec<String> {
    let resumed = match view.facts.resumed() {
        0 => String::new(),
        1 => "; the run was resumed once".to_owned(),
        n => format!("; the run was resumed {} times", count(n)),
    };
    let line = |(name, rows): (&String, &u64)| {
        format!("data {name}: {} handed out, each once{resumed}", counted(*rows, "row"))
    };
    view.facts.queues.iter().map(line).collect()
}
