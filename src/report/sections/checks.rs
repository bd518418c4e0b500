//! The health checks of a run: how each service was at the end, how long its certificate lasts, what was found, and what
//! changed when.

use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::view::checks::{FindingOverRun, ServiceOverRun};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, count, counted};
use crate::report::wording::times::moment;
use crate::store::check_changes::{Change, Changes, STATE};
use crate::store::check_log::{CertificateRecord, CheckRecord, FILE};

use super::parts::{MOST_LINES, more};

pub(super) fn section(document: &mut Document, view: &RunView) {
    of_records(document, &view.facts.checks);
}

fn of_records(document: &mut Document, records: &[CheckRecord]) {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return };
    document.heading("checks", "Health checks during the run");
    let checks = counted(records.len() as u64, "health check");
    let requests = counted(records.iter().map(|record| record.requests).sum(), "request");
    let (from, until) = (moment(first.at), moment(last.at));
    document.paragraph(if records.len() == 1 {
        format!("{checks}, at {from}, with {requests}.")
    } else {
        format!("{checks} from {from} to {until}, with {requests} in all.")
    });
    document.table(services(&ServiceOverRun::all(records)));
    findings(document, &FindingOverRun::all(records));
    changes(document, &Changes::of(records));
}

fn services(services: &[ServiceOverRun<'_>]) -> Table {
    let mut table = Table::new(&[
        "service",
        "state",
        ">checks not healthy",
        ">certificate days, first",
        ">certificate days, last",
        "certificate expires",
        "headers",
    ]);
    for service in services {
        let state = service.last.state.as_str();
        let tone = match state {
            "down" | "unhealthy" => Tone::Bad,
            _ => Tone::Plain,
        };
        let expires = service.last_certificate.map(|seen| seen.valid_until.strftime("%Y-%m-%d").to_string());
        table.row(vec![
            service.name.into(),
            Cell::from(state.replace('_', " ")).with_tone(tone),
            Cell::number(
                format!("{} of {}", count(service.troubled), count(service.checks)),
                Some(service.troubled as f64),
            ),
            days(service.first_certificate),
            days(service.last_certificate),
            expires.unwrap_or_else(|| MISSING.to_owned()).into(),
            service.header_grade.unwrap_or(MISSING).into(),
        ]);
    }
    table
}

fn findings(document: &mut Document, findings: &[FindingOverRun<'_>]) {
    if findings.is_empty() {
        return;
    }
    let what = Text::plain("What the checks found; ").and(Text::code("baseline check"));
    document.paragraph(what.then(" explains each finding and what to do about it:"));
    let headings = ["priority", "service", "finding", "about", "first seen", "last seen", ">checks"];
    let mut table = Table::new(&headings);
    for found in findings.iter().take(MOST_LINES) {
        let tone = match found.priority {
            "critical" | "high" => Tone::Bad,
            _ => Tone::Plain,
        };
        let about = if found.subject.is_empty() { "the service" } else { found.subject };
        table.row(vec![
            Cell::from(found.priority).with_tone(tone),
            found.service.into(),
            Text::code(found.rule).into(),
            about.into(),
            moment(found.first_at).into(),
            moment(found.last_at).into(),
            Cell::number(
                format!("{} of {}", count(found.found_in), count(found.checks)),
                Some(found.found_in as f64),
            ),
        ]);
    }
    document.table(table);
    if let Some(more) = more(findings.len(), MOST_LINES, FILE) {
        document.paragraph(more);
    }
}

fn days(certificate: Option<&CertificateRecord>) -> Cell {
    let days = certificate.and_then(|certificate| certificate.days_left);
    let text = days.map_or_else(|| MISSING.to_owned(), |days| days.to_string());
    Cell::number(text, days.map(|days| days as f64))
}

fn changes(document: &mut Document, changes: &[Change]) {
    if changes.is_empty() {
        document.paragraph(
            "No check saw a change: states, certificates, TLS versions, security headers and findings stayed the same.",
        );
        return;
    }
    let mut table = Table::new(&["seen at", "service", "what changed", "before", "after"]);
    for change in changes.iter().take(MOST_LINES) {
        let side = |side: &Option<String>| match side {
            Some(value) if change.what == STATE => Text::plain(value.replace('_', " ")),
            Some(value) => Text::code(value.as_str()),
            None => Text::plain(change.missing()),
        };
        table.row(vec![
            moment(change.at).into(),
            change.service.as_str().into(),
            change.what.as_str().into(),
            side(&change.before).into(),
            side(&change.after).into(),
        ]);
    }
    document.table(table);
    if let Some(more) = more(changes.len(), MOST_LINES, FILE) {
        document.paragraph(more);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::report::formats::document::Block;
    use crate::store::check_log::{FindingRecord, ServiceRecord};

    fn record(at: &str, days: i64, policy: Option<&str>, state: &str) -> CheckRecord {
        let certificate = CertificateRecord {
            fingerprint: "ab".repeat(32),
            days_left: Some(days),
            valid_until: "2026-12-31T00:00:00Z".parse().unwrap(),
        };
        let service = ServiceRecord {
            name: "api".to_owned(),
            state: state.to_owned(),
            certificate: Some(certificate),
            headers: Some(BTreeMap::from([("Referrer-Policy".to_owned(), policy.map(str::to_owned))])),
            header_grade: Some("B+".to_owned()),
            ..ServiceRecord::default()
        };
        CheckRecord { at: at.parse::<Timestamp>().unwrap(), requests: 3, services: vec![service] }
    }

    /// The section as lines: paragraphs, and the cells of each row.
    fn lines(records: &[CheckRecord]) -> Vec<String> {
        let mut document = Document::default();
        of_records(&mut document, records);
        let mut lines = Vec::new();
        for block in &document.blocks {
            match block {
                Block::Table(table) => {
                    let row = |row: &Vec<Cell>| {
                        row.iter().map(|cell| cell.text.bare()).collect::<Vec<_>>().join(" | ")
                    };
                    lines.extend(table.rows.iter().map(row));
                }
                Block::Paragraph(text) => lines.push(text.bare()),
                _ => {}
            }
        }
        lines
    }

    #[test]
    fn a_run_without_checks_has_no_section() {
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn where_nothing_changed_one_line_says_so() {
        let records = [
            record("2026-11-26T12:00:00Z", 35, Some("no-referrer"), "healthy"),
            record("2026-11-27T12:00:00Z", 34, Some("no-referrer"), "healthy"),
        ];
        let expected = [
            "2 health checks from 26 Nov 12:00:00 UTC to 27 Nov 12:00:00 UTC, with 6 requests in all.",
            "api | healthy | 0 of 2 | 35 | 34 | 2026-12-31 | B+",
            "No check saw a change: states, certificates, TLS versions, security headers and findings stayed the same.",
        ];
        assert_eq!(lines(&records), expected);
    }

    #[test]
    fn changes_are_listed_with_their_times() {
        let records = [
            record("2026-11-26T12:00:00Z", 35, Some("no-referrer"), "healthy"),
            record("2026-11-26T13:00:00Z", 35, None, "not_measured"),
            record("2026-11-26T14:00:00Z", 35, None, "degraded"),
        ];
        let expected = [
            "3 health checks from 26 Nov 12:00:00 UTC to 26 Nov 14:00:00 UTC, with 9 requests in all.",
            "api | degraded | 1 of 3 | 35 | 35 | 2026-12-31 | B+",
            "26 Nov 13:00:00 UTC | api | Referrer-Policy | no-referrer | missing",
            "26 Nov 14:00:00 UTC | api | state | healthy | degraded",
        ];
        assert_eq!(lines(&records), expected);
    }

    #[test]
    fn findings_say_why_a_service_is_degraded() {
        let mut records = [
            record("2026-11-26T12:00:00Z", 35, None, "degraded"),
            record("2026-11-26T13:00:00Z", 35, None, "degraded"),
        ];
        let found = |rule: &str, priority: &str, subject: &str| FindingRecord {
            rule: rule.to_owned(),
            priority: priority.to_owned(),
            subject: subject.to_owned(),
        };
        records[0].services[0].findings = vec![found("csp.missing", "medium", "health")];
        records[1].services[0].findings =
            vec![found("tls.expires_soon", "high", ""), found("csp.missing", "medium", "health")];
        let (first, last) = ("26 Nov 12:00:00 UTC", "26 Nov 13:00:00 UTC");
        let expected = [
            format!("high | api | tls.expires_soon | the service | {last} | {last} | 1 of 2"),
            format!("medium | api | csp.missing | health | {first} | {last} | 2 of 2"),
            format!("{last} | api | finding tls.expires_soon | not found | high"),
        ];
        assert_eq!(lines(&records)[3..], expected);
    }
}
