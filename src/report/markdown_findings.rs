//! The part of `report.md` that says what the numbers come to.

use std::fmt::Write as _;

use crate::analysis::capacity::{Capacity, LevelCapacity};
use crate::analysis::comparison::Row;
use crate::domain::metric::Metric;
use crate::domain::verdict::Verdict;
use crate::stats::Estimate;
use crate::stats::usl::Law;

use super::findings::{Findings, NamedComparison, Series, time_of};
use super::markdown::escape;
use super::numbers::{MISSING, count, counted, rate, significant, time_us};
use super::rolling::RollingView;
use super::sentences::{describe_alert, metric_value, metric_words, signed_percent};

/// Longer lists are cut; the files have the rest.
const MOST_LINES: usize = 20;

/// Alerts, comparison, course, capacity and cost.
pub(super) fn findings(text: &mut String, findings: &Findings, judged: u64) {
    alerts(text, findings, judged);
    if let Some(comparison) = &findings.comparison {
        compared(text, comparison);
    }
    course(text, findings);
    if !findings.capacities.is_empty() {
        capacities(text, &findings.capacities);
    }
    cost(text, findings);
}

/// The last minute to hour, by endpoint, as a table.
pub fn rolling_table(views: &[RollingView]) -> String {
    let mut text = String::from(
        "| endpoint | the last | windows | requests | errors | mean | p95 | p99 |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for view in views {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            escape(&view.endpoint),
            super::numbers::span(view.span),
            view.windows,
            count(view.counts.requests()),
            super::numbers::percent(view.counts.error_ratio()),
            time_us(view.mean_us),
            time_us(view.p95_us),
            time_us(view.p99_us)
        );
    }
    text
}

fn alerts(text: &mut String, findings: &Findings, judged: u64) {
    text.push_str("## Alerts\n\n");
    if findings.alerts.is_empty() {
        text.push_str(if judged == 0 {
            "No window was judged yet, so there could be none.\n\n"
        } else {
            "None: no change of 10 % or more was confirmed while the run went on.\n\n"
        });
        return;
    }
    for alert in findings.alerts.iter().take(MOST_LINES) {
        let sentence = describe_alert(alert);
        let sentence = sentence.strip_prefix("alert: ").unwrap_or(&sentence);
        let _ = writeln!(
            text,
            "- {:.0}, window {}: {}",
            alert.place.started_at,
            alert.place.window,
            escape(sentence)
        );
    }
    more(text, findings.alerts.len(), "anomalies.csv");
    text.push('\n');
}

fn more(text: &mut String, all: usize, file: &str) {
    if all > MOST_LINES {
        let _ = writeln!(text, "- and {} more, in `{file}`", count((all - MOST_LINES) as u64));
    }
}

fn name(series: &Series) -> String {
    format!("{} at {}: {}", escape(&series.endpoint), escape(&series.level), metric_words(series.metric))
}

fn course(text: &mut String, findings: &Findings) {
    text.push_str("## Over time\n\n");
    for (series, change) in findings.regimes.iter().take(MOST_LINES) {
        let value = |value| metric_value(series.metric, Some(value));
        let _ = writeln!(
            text,
            "- {:.0}, window {}: {} moved from {} to {} ({})",
            time_of(change),
            change.window,
            name(series),
            value(change.before),
            value(change.after),
            signed_percent(change.effect())
        );
    }
    more(text, findings.regimes.len(), "report.json");
    let series = |n: usize| counted_series(n as u64);
    match (findings.regimes.is_empty(), findings.examined) {
        (_, 0) => text.push_str("- Too few valid windows to look for changes of level.\n"),
        (true, n) => {
            let _ = writeln!(text, "- No lasting change of level of 5 % or more was shown in {}.", series(n));
        }
        (false, _) => (),
    }
    for (series, drift) in findings.trends.iter().take(MOST_LINES) {
        let Estimate { value, low, high } = drift.in_a_day;
        let _ = writeln!(
            text,
            "- {} drifts: 24 hours of it would make {} (95 % interval {} to {}), seen over {}",
            name(series),
            signed_percent(value),
            signed_percent(low),
            signed_percent(high),
            super::numbers::span(std::time::Duration::from_secs_f64(drift.seen_s.max(0.0)))
        );
    }
    match (findings.trends.is_empty(), findings.trends_examined) {
        (_, 0) => {
            text.push_str(
                "- Too short for trends: within a day they cannot be told from the time of day.
",
            );
        }
        (true, n) => {
            let _ = writeln!(
                text,
                "- No trend that moves a value by 10 % in 24 hours was shown in {}.",
                series(n)
            );
        }
        (false, _) => (),
    }
    if let Some((series, swing)) = &findings.daily_swing {
        let _ = writeln!(
            text,
            "- The largest daily swing: {}, +-{}",
            name(series),
            super::numbers::percent(Some(*swing))
        );
    }
    text.push('\n');
}

fn counted_series(n: u64) -> String {
    if n == 1 { "the one series".to_owned() } else { format!("{} series", count(n)) }
}

fn compared(text: &mut String, named: &NamedComparison) {
    let _ = writeln!(text, "## Against baseline `{}`\n", escape(&named.name));
    for difference in &named.differences {
        let _ = writeln!(text, "- not the same: {}", escape(difference));
    }
    let rows = &named.comparison.rows;
    not_compared(text, &named.comparison.not_compared);
    if rows.is_empty() {
        text.push_str("Nothing could be compared.\n\n");
        return;
    }
    let of = |verdict| rows.iter().filter(|row| row.verdict == verdict).count() as u64;
    let _ = writeln!(
        text,
        "{}: {} regressed, {} improved, {} unchanged, {} inconclusive.\n",
        counted(rows.len() as u64, "value"),
        of(Verdict::Regressed),
        of(Verdict::Improved),
        of(Verdict::Unchanged),
        of(Verdict::Inconclusive)
    );
    if !named.comparison.knows_runs {
        text.push_str(
            "The baseline has one run, so how much runs of the same code differ is not known: intervals are too narrow by that.\n\n",
        );
    }
    text.push_str("| endpoint | level | | before | after | change (95 % interval) | verdict |\n|---|---|---|---:|---:|---:|---|\n");
    let told = rows.iter().filter(|row| row.verdict != Verdict::Unchanged);
    let mut told: Vec<&Row> = told.collect();
    told.sort_by_key(|row| row.verdict);
    for row in told.iter().take(2 * MOST_LINES) {
        let change = if row.metric == Metric::ErrorRatio {
            let value = |value| metric_value(row.metric, Some(value));
            format!("now {} to {}", value(row.change.low), value(row.change.high))
        } else {
            let percent = |ratio: f64| signed_percent(ratio - 1.0);
            let Estimate { value, low, high } = row.change;
            format!("{} ({} to {})", percent(value), percent(low), percent(high))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {change} | {} |",
            escape(&row.endpoint),
            escape(&row.level),
            metric_words(row.metric),
            metric_value(row.metric, Some(row.before)),
            metric_value(row.metric, Some(row.after)),
            row.verdict.word()
        );
    }
    if told.is_empty() {
        text.push_str("| | | | | | every value is unchanged | |\n");
    }
    text.push('\n');
}

/// Cells that only one side has, or that have too few valid windows.
fn not_compared(text: &mut String, cells: &[(String, String)]) {
    let Some((endpoint, level)) = cells.first() else {
        text.push('\n');
        return;
    };
    let others = match cells.len() - 1 {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64)),
    };
    let _ = writeln!(
        text,
        "- not compared, for one side has too few valid windows (20 are needed): {} at {}{others}\n",
        escape(endpoint),
        escape(level)
    );
}

fn capacities(text: &mut String, capacities: &[Capacity]) {
    text.push_str("## Capacity\n\n");
    text.push_str(
        "| endpoint | users | throughput (95 % interval) | response time mean (95 % interval) | p95 (95 % interval) | Little's law | holds |\n\
         |---|---:|---:|---:|---:|---:|---|\n",
    );
    for capacity in capacities {
        for level in &capacity.levels {
            let Estimate { value, low, high } = level.throughput_per_s;
            let p95 = level.p95_us.map_or_else(
                || MISSING.to_owned(),
                |p95| {
                    format!(
                        "{} ({} to {})",
                        time_us(Some(p95.value)),
                        time_us(Some(p95.low)),
                        time_us(Some(p95.high))
                    )
                },
            );
            let _ = writeln!(
                text,
                "| {} | {} | {} ({} to {}) | {} | {p95} | {} | {} |",
                escape(&capacity.endpoint),
                level.users,
                rate(Some(value)),
                significant(low),
                significant(high),
                response(level),
                level.littles_law.map_or_else(|| MISSING.to_owned(), significant),
                if level.holds { "yes" } else { "no" }
            );
        }
    }
    text.push('\n');
    for capacity in capacities {
        let _ = writeln!(text, "- {}: {}", escape(&capacity.endpoint), capacity_sentence(capacity));
    }
    text.push('\n');
}

fn response(level: &LevelCapacity) -> String {
    let mean = time_us(level.response_mean_us);
    level.response_interval_us.map_or(mean.clone(), |(low, high)| {
        format!("{mean} ({} to {})", time_us(Some(low)), time_us(Some(high)))
    })
}

/// The knee, the headroom and the law, or why they are not told.
fn capacity_sentence(capacity: &Capacity) -> String {
    let objective = capacity.objective.map_or_else(
        || "without an objective".to_owned(),
        |objective| format!("p95 below {}", time_us(Some(objective.as_secs_f64() * 1e6))),
    );
    let knee = match &capacity.support {
        Some(support) => format!(
            "{}{} and {} hold ({objective})",
            if support.is_at_least { "at least " } else { "" },
            counted(u64::from(support.users), "user"),
            rate(Some(support.throughput_per_s))
        ),
        None => format!("no tested level holds ({objective})"),
    };
    let headroom = capacity
        .levels
        .iter()
        .find(|level| level.users > 1)
        .and_then(|level| Some((level, capacity.headroom_over(&level.level)?)))
        .filter(|(_, headroom)| *headroom > 0.005)
        .map_or_else(String::new, |(level, headroom)| {
            format!("; {} over {}", signed_percent(headroom), counted(u64::from(level.users), "user"))
        });
    let law = match &capacity.scalability {
        Err(refused) => format!("no law is fitted: {refused}"),
        Ok(found) => match &found.peak {
            Ok(peak) => format!(
                "throughput peaks at {} users ({} to {}), {}",
                significant(peak.users.value),
                significant(peak.users.low),
                significant(peak.users.high),
                rate(Some(peak.throughput.value))
            ),
            Err(refusal) => {
                let fit = found.fit(Law::Usl);
                format!(
                    "no peak is told: {refusal} (fit: alpha {}, beta {}, gamma {})",
                    significant(fit.alpha),
                    significant(fit.beta),
                    rate(Some(fit.gamma))
                )
            }
        },
    };
    format!("{knee}{headroom}; {law}.")
}

fn cost(text: &mut String, findings: &Findings) {
    let Some((cost, rows)) = &findings.cost else { return };
    let _ = writeln!(
        text,
        "## Cost\n\nFrom {} requests a user and month, a busiest time of {} times the average, and the scenario's own prices.\n",
        significant(cost.requests_per_user_per_month),
        super::numbers::trimmed(cost.peak_to_average)
    );
    let _ = writeln!(
        text,
        "| users | requests a month | busiest | of what holds | {0} a month | {0} a user | {0} a million requests | |\n|---:|---:|---:|---:|---:|---:|---:|---|",
        escape(&cost.currency)
    );
    for row in rows {
        let mut notes = Vec::new();
        if row.is_extrapolated {
            notes.push(if row.of_measured.is_some() {
                "extrapolated"
            } else {
                "nothing was measured to hold"
            });
        }
        if row.is_not_monotone {
            notes.push("not monotone: check the prices");
        }
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            count(row.users),
            significant(row.requests_a_month),
            rate(Some(row.peak_per_s)),
            super::numbers::percent(row.of_measured),
            significant(row.total),
            significant(row.each),
            significant(row.total / row.requests_a_month * 1e6),
            notes.join("; ")
        );
    }
    text.push_str(
        "\nWhat holds is the throughput of the endpoint that holds least, as if all requests went there. \
         A row is called extrapolated where it asks for more than that.\n\n",
    );
}
