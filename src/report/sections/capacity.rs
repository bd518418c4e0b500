//! Capacity: throughput by concurrent users, sustained throughput, headroom and scalability fit; and what customers cost.

use crate::analysis::capacity::{Capacity, LevelCapacity};
use crate::domain::metric::{Metric, Reading};
use crate::domain::throughput::NoThroughput;
use crate::domain::time_summary::TimeKind;
use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::findings::Findings;
use crate::report::wording::growth::growth_words;
use crate::report::wording::numbers::{
    MISSING, count, counted, percent, rate, significant, time_us, trimmed,
};
use crate::report::wording::phrases::{interval_words, signed_percent};
use crate::stats::usl::Law;

use super::parts::figures;

/// The most endpoints whose capacity is described at once; the others are folded.
const MOST_SENTENCES: usize = 12;

const RESPONSE: Metric = Metric::Time(TimeKind::Response, Reading::Mean);

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let findings = &report.view.findings;
    document.heading("capacity", "Capacity");
    if findings.capacities.iter().all(|capacity| capacity.levels.is_empty()) {
        let refused = findings.capacities.iter().find_map(|capacity| capacity.no_throughput);
        document.paragraph(no_capacity(refused));
    } else {
        let sentences = findings.capacities.iter().map(|capacity| {
            Text::strong(capacity.endpoint.as_str()).then(format!(": {}", sentence(capacity)))
        });
        let mut sentences: Vec<Text> = sentences.collect();
        let rest = sentences.split_off(sentences.len().min(MOST_SENTENCES));
        document.list(sentences);
        if !rest.is_empty() {
            document.folded(counted(rest.len() as u64, "more endpoint"), vec![Block::List(rest)]);
        }
        figures(document, report, Subject::Scalability);
        let summary = "Throughput and times of each endpoint by number of users";
        document.folded(summary, vec![Block::Table(table(&findings.capacities))]);
    }
    cost(document, findings);
}

/// Why no endpoint has a capacity.
fn no_capacity(refused: Option<NoThroughput>) -> String {
    refused.map_or_else(
        || "No endpoint has two valid windows at any level, so capacity cannot be estimated.".to_owned(),
        |why| format!("No capacity estimate: {why}."),
    )
}

fn table(capacities: &[Capacity]) -> Table {
    let mut table = Table::new(&[
        "endpoint",
        ">users",
        ">throughput",
        ">mean response time",
        ">p95 service time",
        ">Little's law",
        ">gain per added user",
        "sustained",
    ]);
    for capacity in capacities {
        for level in &capacity.levels {
            table.row(row(capacity, level));
        }
    }
    table
}

fn row(capacity: &Capacity, level: &LevelCapacity) -> Vec<Cell> {
    let value = level.throughput_per_s;
    let p95 = level.p95_us;
    let (word, tone) = if level.holds { ("yes", Tone::Good) } else { ("no", Tone::Doubt) };
    let why = (!level.holds).then(|| why_not(capacity, level).to_owned());
    vec![
        capacity.endpoint.as_str().into(),
        Cell::number(count(u64::from(level.users)), Some(f64::from(level.users))),
        Cell::number(rate(Some(value)), Some(value)).with_note(
            level.throughput_interval.map(|interval| interval_words(Metric::Throughput, interval)),
        ),
        Cell::number(time_us(level.response_mean_us), level.response_mean_us)
            .with_note(level.response_interval_us.map(|interval| interval_words(RESPONSE, interval))),
        Cell::number(time_us(p95.map(|p95| p95.value)), p95.map(|p95| p95.value))
            .with_note(p95.map(|p95| interval_words(RESPONSE, (p95.low, p95.high)))),
        Cell::number(level.littles_law.map_or_else(|| MISSING.to_owned(), significant), level.littles_law),
        Cell::number(percent(level.margin), level.margin),
        Cell::from(word).with_note(why).with_tone(tone),
    ]
}

/// Why a level is not sustained.
fn why_not(capacity: &Capacity, level: &LevelCapacity) -> &'static str {
    let limit = capacity.objective.map(|objective| objective.as_secs_f64() * 1e6);
    match (limit, level.p95_us) {
        (Some(_), None) => "p95 not known",
        (Some(limit), Some(p95)) if p95.value >= limit => "p95 above its SLO",
        (Some(limit), Some(p95)) if p95.high >= limit => "p95 too close to its SLO",
        _ => "gain per added user below half",
    }
}

/// Sustained load, headroom and scalability fit, or why they cannot be estimated.
pub fn sentence(capacity: &Capacity) -> String {
    if let Some(why) = capacity.no_throughput {
        return format!("no capacity estimate: {why}.");
    }
    if capacity.levels.is_empty() {
        return "fewer than two valid windows per level.".to_owned();
    }
    let objective = capacity.objective.map_or_else(
        || "no p95 SLO".to_owned(),
        |objective| format!("p95 SLO {}", time_us(Some(objective.as_secs_f64() * 1e6))),
    );
    let sustained = match &capacity.support {
        Some(support) => format!(
            "sustains {}{} and {} ({objective})",
            if support.is_at_least { "at least " } else { "" },
            counted(u64::from(support.users), "user"),
            rate(Some(support.throughput_per_s))
        ),
        None if capacity.levels.first().is_some_and(|level| level.p95_us.is_none()) => {
            format!("too few requests at the lowest level to know its p95 ({objective})")
        }
        None => format!("sustains none of the tested levels ({objective})"),
    };
    let over = capacity.levels.iter().find(|level| level.users > 1);
    let headroom = over
        .and_then(|level| Some((level, capacity.headroom_over(&level.level)?)))
        .filter(|(_, headroom)| *headroom > 0.005)
        .map_or_else(String::new, |(level, headroom)| {
            format!(
                "; headroom {} over {}",
                signed_percent(headroom),
                counted(u64::from(level.users), "user")
            )
        });
    format!("{sustained}{headroom}; {}.", law(capacity))
}

fn law(capacity: &Capacity) -> String {
    match &capacity.scalability {
        Err(refused) => format!("no scalability fit: {refused}"),
        Ok(found) => match &found.peak {
            Ok(peak) => format!(
                "throughput peaks at {} users ({} to {}) with {} ({})",
                significant(peak.users.value),
                significant(peak.users.low),
                significant(peak.users.high),
                rate(Some(peak.throughput.value)),
                interval_words(Metric::Throughput, (peak.throughput.low, peak.throughput.high))
            ),
            Err(_) if found.level_off.is_some() || found.law.is_err() => {
                growth_words(found, |value| rate(Some(value)))
            }
            Err(refusal) => {
                let fit = found.fit(Law::Usl);
                format!(
                    "no peak estimate: {refusal} (fit: alpha {}, beta {}, gamma {})",
                    significant(fit.alpha),
                    significant(fit.beta),
                    rate(Some(fit.gamma))
                )
            }
        },
    }
}

fn cost(document: &mut Document, findings: &Findings) {
    document.subheading("cost", "Cost");
    let Some((cost, rows)) = &findings.cost else {
        document.paragraph(Text::plain("The scenario has no prices (").and(Text::code("[cost]")).then(")."));
        return;
    };
    document.paragraph(format!(
        "Based on {} requests per customer per month, a peak of {} times the average, and the prices in the scenario. \
         Sustained throughput is the lowest of all endpoints, as if all requests went to that endpoint. Rows with a \
         higher peak are marked as extrapolated.",
        significant(cost.requests_per_user_per_month),
        trimmed(cost.peak_to_average)
    ));
    let money = |text: &str| format!(">{} {text}", cost.currency);
    let (total, each, million) = (money("per month"), money("per customer"), money("per million requests"));
    let mut table = Table::new(&[
        ">customers",
        ">requests per month",
        ">peak",
        ">peak / sustained",
        &total,
        &each,
        &million,
        "note",
    ]);
    for row in rows {
        let mut notes = Vec::new();
        if row.is_extrapolated {
            notes.push(if row.of_measured.is_some() { "extrapolated" } else { "no sustained throughput" });
        }
        if row.is_not_monotone {
            notes.push("total or unit cost out of order: check the prices");
        }
        let number = |value: f64| Cell::number(significant(value), Some(value));
        table.row(vec![
            Cell::number(count(row.users), Some(row.users as f64)),
            number(row.requests_a_month),
            Cell::number(rate(Some(row.peak_per_s)), Some(row.peak_per_s)),
            Cell::number(percent(row.of_measured), row.of_measured),
            number(row.total),
            number(row.each),
            number(row.total / row.requests_a_month * 1e6),
            notes.join("; ").into(),
        ]);
    }
    document.table(table);
}
