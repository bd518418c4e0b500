//! Every endpoint at every level: throughput, errors and times with their intervals, and the state of the SLOs.

use crate::analysis::outliers::OutlierCounts;
use crate::analysis::series::NoInterval;
use crate::domain::availability::Availability;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::ObjectiveState;
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::objective::ObjectiveView;
use crate::report::view::run_view::{CellView, LevelView, RunView};
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::{MISSING, count, counted, percent, time_us};
use crate::report::wording::outliers::expected_words;
use crate::report::wording::phrases::{
    chosen_value, interval_words, metric_value, metric_words, no_interval_words,
};
use crate::stats::proportion::wilson_95;

/// The columns of numbers, after the endpoint and its requests.
const COLUMNS: [(&str, Metric); 7] = [
    (">throughput", Metric::Throughput),
    (">errors", Metric::ErrorRatio),
    (">mean", service(Reading::Mean)),
    (">p50", service(Reading::Percentile(Percentile::P50))),
    (">p95", service(Reading::Percentile(Percentile::P95))),
    (">p99", service(Reading::Percentile(Percentile::P99))),
    (">p99.9", service(Reading::Percentile(Percentile::P999))),
];

/// Tables of more cells than these are folded at first.
const MOST_OPEN: usize = 12;
/// The smallest pause after failed requests that is mentioned. Units: fraction of the measured time.
const LEAST_PAUSE: f64 = 0.001;

const fn service(reading: Reading) -> Metric {
    Metric::Time(TimeKind::Service, reading)
}

pub(super) fn section(document: &mut Document, view: &RunView) {
    document.heading("levels", "Results by load level");
    if view.levels.is_empty() {
        document.paragraph("No window has been completed yet.");
        return;
    }
    document.paragraph(
        "Service times of successful requests in valid windows, from merged histograms. Below each number is its 95 % \
         interval. A dash means too few requests. Availability is the fraction of the measured time in windows in which fewer \
         than half of the requests failed. Outliers are those for the time of day, with the range expected by chance.",
    );
    if view.health.has_iterations {
        document.paragraph(
            "The row of a journey or a mix counts its iterations: its requests are iterations, and its times are active times, \
             without pauses. The rows of its steps follow it.",
        );
    }
    for (place, level) in view.levels.iter().enumerate() {
        let users = counted(u64::from(level.users), "user");
        let mut blocks = vec![Block::Table(table(view, level))];
        let notes: Vec<Text> = level.cells.iter().filter_map(notes).collect();
        if !notes.is_empty() {
            blocks.push(Block::List(notes));
        }
        document.blocks.push(Block::Folded {
            summary: format!("{}: {users}", level.name),
            // What happens under the heaviest load is read first.
            is_open: level.cells.len() * view.levels.len() <= MOST_OPEN
                || (place + 1 == view.levels.len() && level.cells.len() <= MOST_OPEN),
            blocks,
        });
    }
    document.list(no_intervals(&view.levels).into_iter().map(Text::plain).collect());
}

fn table(view: &RunView, level: &LevelView) -> Table {
    let names = COLUMNS.iter().map(|(name, _)| *name);
    let columns: Vec<&str> = [view.names_heading(), ">requests", ">availability"]
        .into_iter()
        .chain(names)
        .chain(["SLO", ">outliers"])
        .collect();
    let mut table = Table::new(&columns);
    for cell in &level.cells {
        let requests = cell.counts.requests();
        let mut row = vec![(&*cell.endpoint).into(), Cell::number(count(requests), Some(requests as f64))];
        row.push(availability(&cell.availability));
        row.extend(COLUMNS.iter().map(|(_, metric)| number(cell, *metric)));
        row.push(objectives(cell));
        row.push(outliers(cell));
        table.row(row);
    }
    table
}

/// Why some throughputs and means have a range of windows instead of an interval, once for each reason.
fn no_intervals(levels: &[LevelView]) -> Vec<String> {
    let cells = || levels.iter().flat_map(|level| &level.cells);
    let spreads = || {
        cells().flat_map(|cell| COLUMNS.iter().filter_map(|(_, metric)| cell.spread(*metric)?.interval.err()))
    };
    let has = |why: NoInterval| spreads().any(|of| of == why);
    NoInterval::ALL.into_iter().filter(|why| has(*why)).map(no_interval_words).collect()
}

fn number(cell: &CellView, metric: Metric) -> Cell {
    let value = cell.value(metric);
    let interval = cell.interval(metric).map(|interval| interval_words(metric, interval));
    let range =
        || cell.spread(metric).map(|spread| format!("range {}", interval_words(metric, spread.range)));
    Cell::number(metric_value(metric, value), value).with_note(interval.or_else(range))
}

/// The fraction of time in which it worked, with its interval by the number of windows.
fn availability(measured: &Availability) -> Cell {
    let ratio = measured.ratio();
    let interval = wilson_95(measured.windows_up, measured.windows());
    let words = interval.map(|interval| interval_words(Metric::ErrorRatio, interval));
    Cell::number(percent(ratio), ratio).with_note(words.filter(|_| measured.windows_down > 0))
}

/// The worst state of a cell's objectives, and which are in it.
fn objectives(cell: &CellView) -> Cell {
    let of = |state| cell.objectives.iter().filter(move |objective| objective.state == state);
    let names = |state| {
        let said = |objective: &ObjectiveView| {
            let name = metric_words(objective.metric);
            let name = match objective.metric {
                Metric::CertificateDays => "certificate",
                _ => name.strip_suffix(" service time").unwrap_or(&name),
            };
            let sign = if objective.judged.kind.is_lower_limit() { "≥" } else { "≤" };
            format!("{name} {sign} {}", chosen_value(objective.metric, objective.limit))
        };
        of(state).map(said).collect::<Vec<_>>().join(", ")
    };
    let worst = [ObjectiveState::Violated, ObjectiveState::Undecided, ObjectiveState::Met];
    let Some(state) = worst.into_iter().find(|state| of(*state).next().is_some()) else {
        return MISSING.into();
    };
    let tone = match state {
        ObjectiveState::Met => Tone::Good,
        ObjectiveState::Undecided => Tone::Doubt,
        ObjectiveState::Violated => Tone::Bad,
    };
    let (n, all) = (of(state).count() as u64, cell.objectives.len() as u64);
    let (words, note) = match state {
        ObjectiveState::Met => (format!("{} met", count(all)), None),
        state => (format!("{} of {} {}", count(n), count(all), state.label()), Some(names(state))),
    };
    Cell::from(words).with_note(note).with_tone(tone)
}

/// Outliers for the time of day, with the number expected by chance.
fn outliers(cell: &CellView) -> Cell {
    let OutlierCounts { for_time_of_day, of_baseline } = cell.outliers.counts;
    if of_baseline.judged == 0 {
        return MISSING.into();
    }
    let words = format!("{} ({})", count(for_time_of_day.observed), expected_words(&for_time_of_day));
    Cell::number(words, Some(for_time_of_day.observed as f64))
}

/// How much of the time users paused because requests failed, which lowers throughput.
fn backed_off(cell: &CellView) -> Option<String> {
    let ratio = cell.backed_off.as_secs_f64() / cell.measured.as_secs_f64();
    (ratio >= LEAST_PAUSE)
        .then(|| format!("users paused {} of the measured time after failed requests", percent(Some(ratio))))
}

/// What does not fit into the table: open loops, failures, caches, connections.
fn notes(cell: &CellView) -> Option<Text> {
    let mut notes = Vec::new();
    if cell.has_response_time {
        let response = |reading| Metric::Time(TimeKind::Response, reading);
        let said = |metric: Metric| {
            let interval =
                cell.interval(metric).map(|interval| format!(" ({})", interval_words(metric, interval)));
            format!("{}{}", metric_value(metric, cell.value(metric)), interval.unwrap_or_default())
        };
        notes.push(format!(
            "mean response time {}, p99 {}",
            said(response(Reading::Mean)),
            said(response(Reading::Percentile(Percentile::P99)))
        ));
    }
    notes.extend(cell.no_throughput.map(|why| format!("no throughput: {why}")));
    if cell.all_counts.failed > 0 {
        let failures = failures_listed(&cell.errors, &cell.statuses);
        notes.push(format!("failed: {}", failures.join(", ")));
    }
    notes.extend(backed_off(cell));
    for (class, name) in [(4, "4xx"), (5, "5xx")] {
        let share = cell.status_share(class).filter(|share| *share > 0.0);
        if share.is_some() {
            notes.push(format!("{name} in {} of the responses", percent(share)));
        }
    }
    if cell.all_counts.throttled > 0 {
        notes.push(format!("{} rate-limited (429)", count(cell.all_counts.throttled)));
    }
    if let Some(ratio) = cell.cache.hit_ratio() {
        let interval = cell.interval(Metric::CacheHitRatio);
        let interval = interval
            .map(|interval| format!(" (95 % interval {})", interval_words(Metric::CacheHitRatio, interval)));
        notes.push(format!(
            "cache hit ratio {} of {}{}",
            percent(Some(ratio)),
            counted(cell.cache.known(), "response"),
            interval.unwrap_or_default()
        ));
    }
    if let Some(days) = cell.certificate_days {
        let span = metric_value(Metric::CertificateDays, Some(days.abs()));
        notes.push(if days < 0.0 {
            format!("the certificate expired {span} ago")
        } else {
            format!("the certificate expires in {span}")
        });
    }
    if cell.odd_responses > 0 {
        notes.push(format!("{} not quite valid HTTP", counted(cell.odd_responses, "response")));
    }
    if cell.addresses.len() > 1 {
        notes.push(format!("{} addresses", cell.addresses.len()));
    }
    let phases = &cell.phases;
    let opened = [
        ("resolve", phases.resolve_mean_us),
        ("connect", phases.connect_mean_us),
        ("TLS", phases.tls_mean_us),
    ];
    let opened: Vec<String> = opened
        .into_iter()
        .filter(|(name, mean)| *name == "TLS" && mean.is_some() || mean.is_some_and(|mean| mean >= 1_000.0))
        .map(|(name, mean)| format!("{name} {}", time_us(mean)))
        .collect();
    if !opened.is_empty() {
        notes.push(format!(
            "{}, mean times: {}",
            counted(phases.connections, "connection"),
            opened.join(", ")
        ));
    }
    if cell.windows > cell.valid_windows {
        let left_out = cell.windows - cell.valid_windows;
        notes.push(format!("{} of {} windows excluded", count(left_out), count(cell.windows)));
    }
    (!notes.is_empty()).then(|| Text::plain(format!("{}: {}", cell.endpoint, notes.join("; "))))
}
