//! How long the services took, by phase and endpoint, and whether they responded at all.

use crate::check::facts::{Assessed, AssessedEndpoint, AssessedService, Spread};
use crate::domain::grade::{Grade, GradeTable, Phase};
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{MISSING, bytes, chosen_percent, count, counted};

use super::wording::{failure, grade_of, part_id, shortened, status, time, tone_of_grade};

/// Longest names in the table of all endpoints.
const LONGEST_SERVICE: usize = 18;
const LONGEST_ENDPOINT: usize = 32;

/// One row per service, one column per phase: medians with their grades.
pub(super) fn overview(document: &mut Document, assessed: &Assessed) {
    let firsts: Vec<(&AssessedService, &AssessedEndpoint)> = assessed
        .services
        .iter()
        .filter_map(|service| service.endpoints.first().map(|first| (service, first)))
        .filter(|(_, first)| !first.phases.is_empty())
        .collect();
    if firsts.is_empty() {
        return;
    }
    document.heading("times", "Times by phase");
    let mut columns = vec!["median".to_owned()];
    columns.extend(firsts.iter().map(|(service, _)| service.name.to_string()));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(&columns);
    for phase in Phase::ALL {
        if firsts.iter().all(|(_, first)| first.phase(phase).is_none()) {
            continue;
        }
        let mut row = vec![Cell::from(phase.words())];
        row.extend(firsts.iter().map(|(_, first)| {
            first.phase(phase).map_or_else(Cell::default, |spread| {
                let grade = grade_of(first, phase, &assessed.settings.grades);
                let words = grade.map_or("failed", Grade::words);
                Cell::from(format!("{}, {words}", time(spread.median)))
            })
        }));
        table.row(row);
    }
    document.table(table);
}

/// The phases of the first endpoint.
pub(super) fn phases(document: &mut Document, assessed: &Assessed, service: &AssessedService) {
    let Some(first) = service.endpoints.first().filter(|first| !first.phases.is_empty()) else { return };
    document
        .subheading(&part_id(service, "phases"), &format!("{}: time by phase, {}", service.name, first.name));
    let mut table = Table::new(&["phase", ">median", "grade", ">quartiles", ">min to max", ">samples"]);
    for (phase, spread) in Phase::ALL.into_iter().filter_map(|phase| Some((phase, first.phase(phase)?))) {
        table.row(row(phase.words(), spread, Some(grade_cell(&assessed.settings.grades, phase, first))));
    }
    if let Some(kept) = &first.kept_alive {
        table.row(row("response, kept-alive connection", kept, None));
    }
    document.table(table);
    document.blocks.push(Block::Small(
        "New connections, except for the kept-alive row. First byte and response include resolving and connecting. Grades \
         are those of the medians."
            .into(),
    ));
}

fn row(name: &str, spread: &Spread, grade: Option<Cell>) -> Vec<Cell> {
    vec![
        name.into(),
        Cell::number(time(spread.median), Some(spread.median.as_secs_f64())),
        grade.unwrap_or_default(),
        range(spread.lower_quartile, spread.upper_quartile).into(),
        range(spread.min, spread.max).into(),
        count(u64::from(spread.samples)).into(),
    ]
}

/// `170 to 174 ms`, or a single time where both are the same.
pub(super) fn range(low: std::time::Duration, high: std::time::Duration) -> String {
    let (low, high) = (time(low), time(high));
    if low == high { low } else { format!("{} to {high}", low.trim_end_matches(" ms")) }
}

/// The grade of a phase, or that there is none.
fn grade_cell(grades: &GradeTable, phase: Phase, endpoint: &AssessedEndpoint) -> Cell {
    match grade_of(endpoint, phase, grades) {
        Some(grade) => Cell::from(grade.words()).with_tone(tone_of_grade(grade)),
        None => MISSING.into(),
    }
}

/// The grade of the response time, or that every request failed.
fn outcome_cell(grades: &GradeTable, endpoint: &AssessedEndpoint) -> Cell {
    match failure(endpoint) {
        None => grade_cell(grades, Phase::Total, endpoint),
        Some(_) if endpoint.failed() > 0 => Cell::from("failed").with_tone(Tone::Bad),
        Some(_) => MISSING.into(),
    }
}

/// One row per endpoint of all services; long names are cut, so that a row fits a line of a terminal.
pub(super) fn all_endpoints(document: &mut Document, assessed: &Assessed) {
    let all = || {
        assessed.services.iter().flat_map(|service| service.endpoints.iter().map(move |one| (service, one)))
    };
    if all().next().is_none() {
        return;
    }
    document.heading("all-endpoints", "Endpoints");
    let mut table = Table::new(&["service", "endpoint", "status", ">size", ">time", "grade"]);
    for (service, endpoint) in all() {
        table.row(vec![
            shortened(&service.name, LONGEST_SERVICE).into(),
            shortened(&endpoint.name, LONGEST_ENDPOINT).into(),
            status(endpoint.status).into(),
            endpoint.bytes.map_or_else(|| MISSING.into(), |size| bytes(size).into()),
            endpoint.phase(Phase::Total).map_or_else(|| MISSING.into(), |total| time(total.median).into()),
            outcome_cell(&assessed.settings.grades, endpoint),
        ]);
    }
    document.table(table);
}

/// One row per endpoint.
pub(super) fn endpoints(document: &mut Document, assessed: &Assessed, service: &AssessedService) {
    if service.endpoints.is_empty() {
        return;
    }
    document.subheading(&part_id(service, "endpoints"), &format!("{}: endpoints", service.name));
    let mut table = Table::new(&[
        "endpoint",
        "request",
        "status",
        ">size",
        ">median",
        "grade",
        ">kept-alive",
        ">succeeded",
    ]);
    for endpoint in &service.endpoints {
        let total = endpoint.phase(Phase::Total);
        table.row(vec![
            Text::code(&*endpoint.name).into(),
            Text::code(format!("{} {}", endpoint.method, endpoint.path)).into(),
            status(endpoint.status).into(),
            endpoint.bytes.map_or_else(Cell::default, |size| Cell::number(bytes(size), Some(size as f64))),
            total.map_or_else(Cell::default, |total| {
                Cell::number(time(total.median), Some(total.median.as_secs_f64()))
            }),
            outcome_cell(&assessed.settings.grades, endpoint),
            endpoint.kept_alive.map_or_else(Cell::default, |kept| time(kept.median).into()),
            format!("{} of {}", endpoint.succeeded, endpoint.samples).into(),
        ]);
    }
    document.table(table);
    if !service.left_out.is_empty() {
        document.blocks.push(Block::Small(
            format!(
                "Not requested, because these requests could change something: {}.",
                service.left_out.join(", ")
            )
            .into(),
        ));
    }
}

/// Whether requests succeeded, and what that can show.
pub(super) fn availability(document: &mut Document, assessed: &Assessed) {
    let mut items = Vec::new();
    let mut fewest = None::<u32>;
    for service in &assessed.services {
        for endpoint in service.endpoints.iter().filter(|endpoint| endpoint.samples > 0) {
            let asked = endpoint.samples - endpoint.limited.min(endpoint.samples);
            if endpoint.failed() == 0 && asked > 0 {
                fewest = Some(fewest.map_or(asked, |fewest| fewest.min(asked)));
            }
            items.push(Text::plain(format!("{}, {}: {}", service.name, endpoint.name, outcome(endpoint))));
        }
    }
    if items.is_empty() {
        return;
    }
    document.heading("availability", "Availability");
    document.list(items);
    let target = assessed.settings.availability;
    if let (Some(asked), Some(needed)) = (fewest, needed(target))
        && u64::from(asked) < needed
    {
        document.blocks.push(Block::Small(
            format!(
                "{} cannot show {}: that takes {} without a failure (95 % confidence).",
                counted(u64::from(asked), "request"),
                chosen_percent(target),
                count(needed)
            )
            .into(),
        ));
    }
}

/// `10 of 10 requests succeeded`, with what became of the others.
fn outcome(endpoint: &AssessedEndpoint) -> String {
    let mut text =
        format!("{} of {} succeeded", endpoint.succeeded, counted(u64::from(endpoint.samples), "request"));
    if endpoint.limited > 0 {
        text = format!("{text}, {} rate-limited (429)", endpoint.limited);
    }
    for (reason, number) in &endpoint.failures {
        text = format!("{text}, {number} failed: {}", reason.brief());
    }
    text
}

/// How many requests without a failure show an availability with 95 % confidence; `None` for 100 %, which none show.
///
/// Source: the exact form of the rule of three, Hanley and Lippman-Hand (1983): `ln 0.05 / ln availability`.
pub(super) fn needed(availability: f64) -> Option<u64> {
    let requests = (0.05_f64.ln() / availability.ln()).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 0; cut at the largest number"
    )]
    (availability > 0.0 && availability < 1.0).then_some(requests as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_failures_take_many_requests_to_rule_out() {
        let check =
            |availability: f64, expected| assert_eq!(needed(availability), expected, "{availability}");
        check(0.999, Some(2_995));
        check(0.99, Some(299));
        check(0.5, Some(5));
        check(1.0, None);
        check(0.0, None);
    }
}
