//! The whole report of a health check as a document, in reading order; and the shorter ones of a terminal and of what
//! changed.

use crate::check::facts::{Assessed, AssessedService};
use crate::domain::finding::Priority;
use crate::domain::grade::Phase;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{MISSING, counted};

use super::behaviour_part as behaviour;
use super::change::Change;
use super::change_part as changes;
use super::closing_part as closing;
use super::findings_part as findings;
use super::overall;
use super::raw_part as raw;
use super::security_part as security;
use super::times_part as times;
use super::wording::{
    days_left, failure, findings_words, grade_of, time, tone_of_grade, tone_of_letter, tone_of_state,
};

/// Everything that was found out, and what changed.
pub(super) fn full(assessed: &Assessed, change: Option<&Change>) -> Document {
    let mut document = head(assessed);
    if let Some(change) = change {
        changes::in_full(&mut document, assessed, change);
    }
    findings::section(&mut document, assessed);
    findings::actions(&mut document, assessed);
    for (place, service) in assessed.services.iter().enumerate() {
        document.heading(&format!("service-{}", place + 1), &format!("Service {}", service.name));
        behaviour::opening(&mut document, service);
        times::phases(&mut document, assessed, service);
        times::endpoints(&mut document, assessed, service);
        security::tls(&mut document, service);
        behaviour::section(&mut document, assessed, service);
    }
    security::headers(&mut document, assessed);
    behaviour::rate_limits(&mut document, assessed);
    times::availability(&mut document, assessed);
    closing::thresholds(&mut document, assessed);
    closing::not_checked(&mut document, assessed);
    raw::section(&mut document, assessed);
    document
}

/// What a terminal shows: the states, what to do, and the times.
pub(super) fn short(assessed: &Assessed) -> Document {
    let mut document = head(assessed);
    findings::section(&mut document, assessed);
    findings::actions(&mut document, assessed);
    times::overview(&mut document, assessed);
    times::all_endpoints(&mut document, assessed);
    times::availability(&mut document, assessed);
    behaviour::rate_limits(&mut document, assessed);
    closing::not_checked(&mut document, assessed);
    document.paragraph("For certificates, headers and all other details: --format html, markdown or json.");
    document
}

/// What a terminal shows of what changed since an earlier check.
pub(super) fn changed(assessed: &Assessed, change: &Change) -> Document {
    let mut document = head(assessed);
    changes::in_short(&mut document, assessed, change);
    closing::not_checked(&mut document, assessed);
    document
}

fn head(assessed: &Assessed) -> Document {
    let at = assessed.at.strftime("%Y-%m-%d %H:%M UTC");
    let mut document = Document {
        title: format!("Health assessment of {}, {at}", assessed.scenario),
        ..Document::default()
    };
    let rest = overall::rest(assessed);
    document.blocks.push(Block::Verdict {
        tone: tone_of_state(overall::state(assessed)),
        text: overall::sentence(assessed).into(),
        rest: rest.into(),
    });
    document.heading("services", "Services");
    services(&mut document, assessed);
    document
}

/// One row per service.
fn services(document: &mut Document, assessed: &Assessed) {
    let has_tls = assessed.services.iter().any(|service| service.tls.is_some());
    let has_headers = assessed.services.iter().any(|service| service.headers.is_some());
    let mut columns = vec!["service", "state", ">response time", "grade"];
    columns.extend(has_tls.then_some(">certificate"));
    columns.extend(has_headers.then_some("headers"));
    columns.push("findings");
    let mut table = Table::new(&columns);
    for (place, service) in assessed.services.iter().enumerate() {
        let (response, grade) = times_cells(assessed, service);
        let mut row = vec![
            Cell::from(Text::link(&*service.name, format!("service-{}", place + 1))),
            Cell::from(service.state.words()).with_tone(tone_of_state(service.state)),
            response,
            grade,
        ];
        if has_tls {
            let days = service.tls.as_ref().and_then(|tls| tls.days_left);
            row.push(
                days.map_or_else(Cell::default, |days| Cell::number(days_left(days), Some(days as f64))),
            );
        }
        if has_headers {
            let headers = service.headers.as_ref();
            row.push(headers.map_or_else(Cell::default, |headers| {
                let text = format!("{} ({})", headers.grade, headers.score);
                Cell::number(text, Some(f64::from(headers.score))).with_tone(tone_of_letter(headers.grade))
            }));
        }
        let of = |priority: Priority| {
            assessed.findings_of(&service.name).filter(|finding| finding.priority == priority).count()
        };
        row.push(findings_words(of).into());
        table.row(row);
    }
    document.table(table);
    if let Some(first) = assessed.services.iter().find_map(|service| service.endpoints.first()) {
        document.blocks.push(Block::Small(
            format!(
                "Response time: median of up to {} on new connections, to the first endpoint of each service.",
                counted(u64::from(first.samples.max(assessed.settings.samples)), "request")
            )
            .into(),
        ));
    }
}

/// Median response time of the first endpoint and its grade, or how it failed.
fn times_cells(assessed: &Assessed, service: &AssessedService) -> (Cell, Cell) {
    let Some(first) = service.endpoints.first() else { return (MISSING.into(), MISSING.into()) };
    if let Some(failure) = failure(first) {
        let tone = if first.failed() > 0 { Tone::Bad } else { Tone::Plain };
        return (MISSING.into(), Cell::from(failure).with_tone(tone));
    }
    let total = first.phase(Phase::Total);
    let grade = grade_of(first, Phase::Total, &assessed.settings.grades);
    (
        total.map_or_else(
            || MISSING.into(),
            |total| Cell::number(time(total.median), Some(total.median.as_secs_f64())),
        ),
        grade.map_or_else(
            || MISSING.into(),
            |grade| Cell::from(grade.words()).with_tone(tone_of_grade(grade)),
        ),
    )
}
