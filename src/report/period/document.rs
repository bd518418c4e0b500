//! A report over many runs as a document: the verdict, then availability, incidents, service times, days, and what was not
//! measured.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::availability::Availability;
use crate::domain::error_budget::BurnWindow;
use crate::domain::measured_minutes::MinuteCounts;
use crate::report::formats::document::{Block, Cell, Document, KeyNumber, Table, Text, Tone};
use crate::report::formats::{html, markdown};
use crate::report::wording::budget;
use crate::report::wording::numbers::{MISSING, count, counted, percent, significant, span, time_us};
use crate::report::wording::precision;
use crate::report::wording::times::{moment_with_year, stretch};

use super::cells::{CellTrend, Reference};
use super::incidents::PeriodIncident;
use super::view::{PeriodView, WorkloadView};

/// Longer lists are cut; the JSON output has the rest.
const MOST_ROWS: usize = 50;
/// More workloads than these have no columns of their own in the table of days.
const MOST_COLUMNS: usize = 6;

impl PeriodView {
    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        markdown::markdown(&self.document())
    }

    /// The report as one self-contained HTML page.
    pub fn html(&self) -> String {
        html::html(&self.document(), &BTreeMap::new())
    }

    fn document(&self) -> Document {
        let title = format!("{}: {}", self.scenario, stretch(self.period.from, self.period.until));
        let mut document = Document { title, ..Document::default() };
        self.verdict(&mut document);
        self.availability(&mut document);
        self.incident_list(&mut document);
        self.service_times(&mut document);
        self.day_table(&mut document);
        self.not_measured(&mut document);
        self.sources(&mut document);
        document
    }

    fn verdict(&self, document: &mut Document) {
        let Some(all) = self.together() else {
            let text = Text::plain("Nothing was measured in this period.");
            document.blocks.push(Block::Verdict { tone: Tone::Doubt, text, rest: Text::default() });
            return;
        };
        let is_met = all.budget.used.is_some_and(|used| used <= 1.0);
        let tone = if is_met { Tone::Good } else { Tone::Bad };
        let limit = budget::allowed(&self.budget);
        let text = format!(
            "Available in {} of the measured time: {} of failure in {}.",
            availability(&all.minutes),
            budget::minutes(all.budget.failed),
            span(Duration::from_secs(all.minutes.all().saturating_mul(60)))
        );
        let left = if is_met {
            format!("{} are left.", budget::minutes(all.budget.left))
        } else {
            format!("That is {} too much.", budget::minutes(self.budget.overrun(all.budget.failed)))
        };
        let rest = Text::plain(format!("{limit}. {left}"));
        document.blocks.push(Block::Verdict { tone, text: text.into(), rest });
        let open = self.incidents.iter().filter(|incident| incident.resolved_at.is_none()).count();
        let number =
            |label: &str, value: String, note: String| KeyNumber { label: label.to_owned(), value, note };
        document.blocks.push(Block::KeyNumbers(vec![
            number(
                "Error budget used",
                all.budget.used.map_or_else(|| "all".to_owned(), |used| percent(Some(used))),
                format!("of {}", budget::minutes(self.budget.allowed())),
            ),
            number("Incidents", count(self.incidents.len() as u64), format!("{open} without a known end")),
            number(
                "Not measured",
                percent(Some(
                    self.unmeasured_time().as_secs_f64() / self.period.length().as_secs_f64().max(1.0),
                )),
                span(self.unmeasured_time()),
            ),
        ]));
    }

    fn availability(&self, document: &mut Document) {
        document.heading("availability", "Availability");
        if let Some(seen) = &self.visibility {
            document.paragraph(budget::visible(seen));
        }
        let mut table = Table::new(&[
            "endpoint",
            ">availability",
            ">by time",
            ">down",
            ">budget used",
            ">budget left",
            ">burn rate 1 h",
            ">6 h",
            ">1 d",
            ">3 d",
        ]);
        for one in &self.workloads {
            table.row(self.availability_row(one));
        }
        document.table(table);
        document.blocks.push(Block::Small(Text::plain(
            "Availability is the percentage of measured minutes in which every probe worked; a probe fails where at least half \
             of its requests do, and stands for the time up to the next one. By time, each window counts for the time up to \
             the next one. Time without measurements counts neither as up nor as down. A burn rate of 1 uses the whole error \
             budget within the period.",
        )));
    }

    fn availability_row(&self, one: &WorkloadView) -> Vec<Cell> {
        let is_over = one.budget.used.is_none_or(|used| used > 1.0);
        let by_time = one.time.as_ref().and_then(Availability::ratio);
        let used = match one.budget.used {
            _ if one.minutes.all() == 0 => MISSING.to_owned(),
            Some(used) => percent(Some(used)),
            None => "all".to_owned(),
        };
        let mut row = vec![
            one.name.as_deref().map_or_else(|| Text::strong("all together"), Text::code).into(),
            Cell::number(availability(&one.minutes), one.minutes.ratio()),
            Cell::number(by_time.map_or_else(|| MISSING.to_owned(), nines), by_time),
            Cell::number(budget::minutes(one.budget.failed), Some(one.budget.failed.as_secs_f64())),
            Cell::number(used, one.budget.used).with_tone(if is_over { Tone::Bad } else { Tone::Plain }),
            Cell::number(budget::minutes(one.budget.left), Some(one.budget.left.as_secs_f64())),
        ];
        row.extend(one.budget.burn.iter().zip(BurnWindow::ALL).map(|(burn, window)| {
            let is_fast = burn.is_some_and(|burn| burn >= window.rate(self.period.length()));
            let text = burn.map_or_else(|| MISSING.to_owned(), significant);
            Cell::number(text, *burn).with_tone(if is_fast { Tone::Bad } else { Tone::Plain })
        }));
        row
    }

    fn incident_list(&self, document: &mut Document) {
        document.heading("incidents", "Incidents");
        if self.incidents.is_empty() {
            return document.paragraph("No incidents.");
        }
        let mut table = Table::new(&["opened", "resolved", ">lasted", "what"]);
        for incident in self.incidents.iter().take(MOST_ROWS) {
            table.row(incident_row(incident));
        }
        document.table(table);
        more(document, self.incidents.len());
    }

    fn service_times(&self, document: &mut Document) {
        document.heading("service-time", "Mean service time");
        if self.trends.is_empty() {
            return document.paragraph("Too few days for a comparison.");
        }
        let mut table = Table::new(&[
            "endpoint",
            "level",
            "compared with",
            ">before",
            ">after",
            ">change",
            ">change per week",
        ]);
        for trend in self.trends.iter().take(MOST_ROWS) {
            table.row(trend_row(trend));
        }
        document.table(table);
        more(document, self.trends.len());
        document.blocks.push(Block::Small(Text::plain(
            "Typical daily mean (geometric mean over the days), and its change with a 95 % interval; the interval takes at least \
             two days on each side. The change per week is the slope over all days, from ten days on; it is highlighted where \
             such a slope has a probability below 1 % by chance.",
        )));
    }

    fn day_table(&self, document: &mut Document) {
        document.heading("days", "Days");
        let names: Vec<&str> = self.workloads.iter().filter_map(|one| one.name.as_deref()).collect();
        let shown = if names.len() <= MOST_COLUMNS { names.as_slice() } else { &[] };
        let mut columns = vec!["day (UTC)", ">measured", ">down", ">availability", ">incidents"];
        let right: Vec<String> = shown.iter().map(|name| format!(">{name}")).collect();
        columns.extend(right.iter().map(String::as_str));
        let mut table = Table::new(&columns);
        for day in &self.days {
            let measured = Duration::from_secs(day.minutes.all().saturating_mul(60));
            let mut row = vec![
                day.day.to_string().into(),
                Cell::number(span(measured), Some(measured.as_secs_f64())),
                Cell::number(budget::minutes(day.minutes.down_time()), Some(day.minutes.down as f64))
                    .with_tone(if day.minutes.down > 0 { Tone::Bad } else { Tone::Plain }),
                Cell::number(availability(&day.minutes), day.minutes.ratio()),
                count(day.incidents).into(),
            ];
            row.extend(shown.iter().map(|name| {
                let minutes = day.by_workload.get(*name).copied().unwrap_or_default();
                Cell::number(availability(&minutes), minutes.ratio())
            }));
            table.row(row);
        }
        document.table(table);
    }

    fn not_measured(&self, document: &mut Document) {
        document.heading("not-measured", "Not measured");
        if self.unmeasured.is_empty() {
            return document.paragraph("The whole period was measured.");
        }
        let items = self.unmeasured.iter().take(MOST_ROWS).map(|(from, until)| {
            let length = Duration::try_from(until.duration_since(*from)).unwrap_or_default();
            Text::plain(format!("{}: {}", stretch(*from, *until), span(length)))
        });
        document.list(items.collect());
        more(document, self.unmeasured.len());
    }

    fn sources(&self, document: &mut Document) {
        document.heading("runs", "Runs");
        let days = self.runs.iter().filter(|run| run.is_monitor).count() as u64;
        let others = self.runs.len() as u64 - days;
        document.paragraph(format!(
            "{} of a monitor and {} of {}{}.",
            counted(days, "day"),
            counted(others, "other run"),
            self.scenario,
            if self.is_virtual { ", on a virtual clock" } else { "" }
        ));
        document.list(self.warnings.iter().map(Text::plain).collect());
        let list = self.runs.iter().map(|run| {
            Text::code(&run.id).then(format!(
                ": {}, from {}, {}",
                run.state,
                moment_with_year(run.started_at),
                counted(run.windows, "window")
            ))
        });
        document.folded("All runs", vec![Block::List(list.collect())]);
    }
}

fn more(document: &mut Document, all: usize) {
    if all > MOST_ROWS {
        let left = count((all - MOST_ROWS) as u64);
        document.paragraph(format!("{left} more in the JSON output."));
    }
}

fn availability(minutes: &MinuteCounts) -> String {
    minutes.ratio().map_or_else(|| MISSING.to_owned(), nines)
}

/// A ratio near 1 as percent: three decimals, never rounded up to 100 %.
fn nines(ratio: f64) -> String {
    if ratio >= 1.0 {
        return "100 %".to_owned();
    }
    format!("{:.3} %", (ratio * 1e5).floor() / 1e3)
}

fn incident_row(incident: &PeriodIncident) -> Vec<Cell> {
    let resolved = incident.resolved_at.map_or_else(|| "no end seen".to_owned(), moment_with_year);
    let tone = if incident.resolved_at.is_some() { Tone::Plain } else { Tone::Bad };
    vec![
        moment_with_year(incident.opened_at).into(),
        Cell::from(resolved).with_tone(tone),
        Cell::number(span(incident.length()), Some(incident.length().as_secs_f64())),
        incident.what.as_str().into(),
    ]
}

fn trend_row(trend: &CellTrend) -> Vec<Cell> {
    let reference = match &trend.reference {
        Reference::Baseline(name) => Text::plain("baseline ").and(Text::code(name)),
        Reference::FirstDays(1) => Text::plain("the first day"),
        Reference::FirstDays(days) => Text::plain(format!("the first {days} days")),
    };
    let change = trend.change.map_or_else(
        || Cell::from(MISSING),
        |change| {
            let (text, interval) = precision::change(change);
            let is_clear = !change.covers(1.0) && change.value > 1.0;
            Cell::number(text, Some(change.value)).with_note(Some(interval)).with_tone(if is_clear {
                Tone::Doubt
            } else {
                Tone::Plain
            })
        },
    );
    let per_week = trend.per_week.map_or_else(
        || Cell::from(MISSING),
        |(slope, p)| {
            let (text, interval) = precision::change(slope);
            Cell::number(text, Some(slope.value)).with_note(Some(interval)).with_tone(if p < 0.01 {
                Tone::Bad
            } else {
                Tone::Plain
            })
        },
    );
    vec![
        trend.cell.series().into(),
        (&*trend.cell.level).into(),
        reference.into(),
        Cell::number(time_us(Some(trend.before_us)), Some(trend.before_us)),
        Cell::number(time_us(Some(trend.after_us)), Some(trend.after_us)),
        change,
        per_week,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_availability_is_never_rounded_up_to_all() {
        let check = |ratio: f64, expected: &str| assert_eq!(nines(ratio), expected);
        check(1.0, "100 %");
        check(0.999_999_9, "99.999 %");
        check(0.999, "99.900 %");
        check(0.5, "50.000 %");
    }
}
