//! One measured cell, as `baseline test` prints it for people.

use std::fmt::Write as _;
use std::time::Duration;

use crate::analysis::run_judge::Judged;
use crate::domain::cell_name::CellName;
use crate::domain::endpoint::Expectation;
use crate::domain::metric::Metric;
use crate::domain::objective::{JudgedLimit, ObjectiveKind, ObjectiveState};
use crate::domain::percentile::Percentile;
use crate::domain::run_verdict::CellEvidence;
use crate::domain::time_summary::TimeKind;
use crate::domain::trace::SlowRequest;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::wording::failures::{failures_listed, statuses_words};
use crate::report::wording::numbers::{bytes, count, counted, days_words, percent, rate, span, time_us};
use crate::report::wording::phrases::interval_words;
use crate::report::wording::verdicts::limit_words;
use crate::stats::proportion::wilson_95;

/// A certificate that expires sooner than this is mentioned.
const FEW_DAYS: f64 = 30.0;
/// The most slow requests that are shown.
const MOST_TRACES: usize = 3;

/// Result of measuring one cell now, as `baseline test` does.
#[derive(Debug, Clone)]
pub struct MeasurementView<'a> {
    /// The window that was measured.
    pub window: &'a Window,
    /// Windows of its parts: the steps of a journey, the members of a mix and their steps.
    pub parts: &'a [Window],
    /// The slowest requests with their traces: those of the window, then those of each part.
    pub slowest: &'a [SlowRequest],
    /// Whether it counts iterations of a journey or a mix, and not requests.
    pub is_iterated: bool,
    /// The SLO of its endpoint, judged, and the verdict; without an SLO for errors no request may fail.
    pub judged: &'a Judged,
    /// Method and URL that were measured.
    pub url: String,
    /// Scheduled requests per second; `None` in a closed loop.
    pub offered_per_s: Option<f64>,
    /// Planned length of the measurement; `None` where a number of requests ends it.
    pub planned: Option<Duration>,
    /// Whether it was interrupted before its end.
    pub interrupted: bool,
    /// Whether certificates were not verified.
    pub insecure: bool,
    /// Where the first redirect pointed to; `None` without one, and where it is not known.
    pub redirect: Option<String>,
    /// The response that counts as success.
    pub expectation: &'a Expectation,
}

impl MeasurementView<'_> {
    /// What is counted.
    fn unit(&self) -> &'static str {
        if self.is_iterated { "iteration" } else { "request" }
    }

    /// Whether most requests of an open loop had to wait for a free user.
    fn is_overloaded(&self) -> bool {
        self.offered_per_s.is_some() && self.window.late_starts * 2 > self.window.counts.requests()
    }

    /// Complete responses per second. An open loop has its schedule's, and a closed loop needs enough requests; a number
    /// of requests that was asked for is no limit of the target's.
    pub(super) fn throughput_per_s(&self) -> Option<f64> {
        let is_tiny = self.offered_per_s.is_none() && self.window.has_few_requests();
        self.window.throughput_per_s().filter(|_| !is_tiny)
    }

    /// The limits of the SLO, judged.
    pub(super) fn limits(&self) -> impl Iterator<Item = &JudgedLimit> {
        self.judged.cells.values().flat_map(|cell| &cell.limits)
    }

    /// The limits that the window exceeds, one sentence each.
    pub fn violations(&self) -> Vec<String> {
        let sentence = |judged: &JudgedLimit, is_whole: bool| match judged.kind {
            ObjectiveKind::ErrorRate => format!(
                "error ratio {} exceeds the limit of {}",
                percent(judged.decisive()),
                percent(Some(judged.limit))
            ),
            ObjectiveKind::CacheHitRatio | ObjectiveKind::CertificateDays => limit_words(judged),
            kind => format!(
                "{} {} {} exceeds the limit of {}",
                kind.name(),
                if self.is_iterated && is_whole { "active time" } else { "service time" },
                time_us(judged.decisive()),
                span(Duration::from_secs_f64(judged.limit / 1e6))
            ),
        };
        let is_violated = |judged: &&JudgedLimit| judged.state == ObjectiveState::Violated;
        let of_cell = |(name, cell): (&CellName, &CellEvidence)| {
            let sentences = cell.limits.iter().filter(is_violated).map(|judged| match &name.step {
                None => sentence(judged, true),
                Some(step) => format!("{step}: {}", sentence(judged, false)),
            });
            sentences.collect::<Vec<_>>()
        };
        self.judged.cells.iter().flat_map(of_cell).collect()
    }
}

/// Renders the measured cell as text, for people.
pub fn measurement_text(view: &MeasurementView<'_>) -> String {
    let window = view.window;
    let mut text = String::new();
    let users = counted(u64::from(window.users), "user");
    let _ = writeln!(text, "{} ({users}) on {}", window.cell, view.url);
    let counts = &window.counts;
    let throttled = if counts.throttled > 0 {
        format!(", {} rate-limited (429)", count(counts.throttled))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "  {} in {}: {} succeeded, {} failed{throttled}; {}, {} received",
        counted(counts.requests(), view.unit()),
        span(window.duration),
        count(counts.succeeded),
        count(counts.failed),
        rate(view.throughput_per_s()),
        bytes(window.bytes),
    );
    if view.interrupted {
        text.push_str(&interrupted_text(view));
    }
    text.push_str(&failed_text(view));
    text.push_str(&responses_text(view));
    text.push_str(&backed_off_text(window));
    text.push_str(&times_text(view));
    text.push('\n');
    text.push_str(&parts_text(view));
    if Percentile::ALL.iter().any(|p| window.time(TimeKind::Service).percentile(*p).is_none())
        && counts.succeeded > 0
    {
        let lacking =
            Percentile::ALL.into_iter().find(|p| window.time(TimeKind::Service).percentile(*p).is_none());
        if let Some(lacking) = lacking {
            let _ = writeln!(
                text,
                "  a dash means too few requests; p{} needs {}",
                lacking.quantile() * 100.0,
                count(lacking.needs())
            );
        }
    }
    if view.offered_per_s.is_some() {
        let late = count(window.late_starts);
        let _ = writeln!(text, "  offered {}, late starts: {late}", rate(view.offered_per_s));
    }
    if view.is_overloaded() {
        text.push_str("  overloaded: the target or the number of users cannot sustain the offered rate\n");
    }
    let _ = writeln!(text, "  validity: {}", validity(window));
    text.push_str(&slowest_text(view));
    for remark in &window.remarks {
        let _ = writeln!(text, "  {remark}");
    }
    for violation in view.violations() {
        let _ = writeln!(text, "  violated: {violation}");
    }
    for judged in view.limits().filter(|judged| judged.state == ObjectiveState::Undecided) {
        let _ = writeln!(text, "  undecided: {}", limit_words(judged));
    }
    text
}

/// The slowest requests, or iterations, with the traces to look up at the target.
fn slowest_text(view: &MeasurementView<'_>) -> String {
    let of_whole = view.slowest.iter().filter(|slow| slow.cell == view.window.cell);
    let line = |slow: &SlowRequest| {
        let result = match (slow.failure, slow.status) {
            (Some(failure), _) => format!(", {}", failure.brief()),
            (None, Some(status)) => format!(", status {status}"),
            (None, None) => String::new(),
        };
        let micros = slow.service_time.as_nanos() as f64 / 1e3;
        format!("  slow: {}{result}, trace {}\n", time_us(Some(micros)), slow.trace_id)
    };
    of_whole.take(MOST_TRACES).map(line).collect()
}

/// The times of the requests, or of the iterations, by kind.
fn times_text(view: &MeasurementView<'_>) -> String {
    let window = view.window;
    let mut text =
        "\n                   mean       p50       p90       p95       p99     p99.9       max\n".to_owned();
    for kind in TimeKind::ALL {
        // In a closed loop the response time is the service time.
        if kind == TimeKind::Response && view.offered_per_s.is_none() {
            continue;
        }
        // An iteration has several first bytes.
        if kind == TimeKind::FirstByte && view.is_iterated {
            continue;
        }
        let summary = window.time(kind);
        let name = match kind {
            TimeKind::Service if view.is_iterated => "active time".to_owned(),
            kind => kind.name().replace('_', " "),
        };
        let mut row = format!("  {name:<13}{:>10}", time_us(summary.mean));
        for percentile in Percentile::ALL {
            let _ = write!(row, "{:>10}", time_us(summary.percentile(percentile)));
        }
        let _ = writeln!(text, "{row}{:>10}", time_us(summary.max));
    }
    text
}

/// The parts of a journey or a mix: how many requests each had, how many failed and why, and their times.
fn parts_text(view: &MeasurementView<'_>) -> String {
    if view.parts.is_empty() {
        return String::new();
    }
    let names: Vec<&str> =
        view.parts.iter().map(|part| part.cell.step.as_deref().unwrap_or_default()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    // The members of a mix contain their steps.
    let is_inner = |part: &Window| view.parts.iter().any(|other| other.cell.has_step(&part.cell));
    let spent_us =
        |part: &Window| part.time(TimeKind::Service).mean.unwrap_or(0.0) * part.counts.succeeded as f64;
    let all_us: f64 = view.parts.iter().filter(|part| !is_inner(part)).map(spent_us).sum();
    let mut text = format!(
        "  {:<width$}{:>10}{:>10}{:>10}{:>10}{:>10}{:>13}\n",
        "step", "sent", "failed", "mean", "p95", "max", "active time"
    );
    for (name, part) in names.iter().zip(view.parts) {
        let times = part.time(TimeKind::Service);
        let _ = writeln!(
            text,
            "  {name:<width$}{:>10}{:>10}{:>10}{:>10}{:>10}{:>13}",
            count(part.counts.requests()),
            count(part.counts.failed + part.counts.throttled),
            time_us(times.mean),
            time_us(times.percentile(Percentile::P95)),
            time_us(times.max),
            percent((all_us > 0.0).then(|| spent_us(part) / all_us))
        );
        if part.counts.failed > 0 {
            let failures = failures_listed(&part.errors, &part.statuses).join(", ");
            let _ = writeln!(text, "  {:width$}  failed: {failures}", "");
        }
        for remark in &part.remarks {
            let _ = writeln!(text, "  {:width$}  {remark}", "");
        }
    }
    text.push('\n');
    text
}

/// Why requests failed, and how often; empty where none did.
fn failed_text(view: &MeasurementView<'_>) -> String {
    let window = view.window;
    let counts = &window.counts;
    match wilson_95(counts.failed, counts.failed + counts.succeeded) {
        Some((low, high)) if counts.failed > 0 => format!(
            "  failed: {}; {} of the {}s (95 % interval {})\n",
            failures_listed(&window.errors, &window.statuses).join(", "),
            percent(counts.error_ratio()),
            view.unit(),
            interval_words(Metric::ErrorRatio, (low, high))
        ),
        _ => String::new(),
    }
}

fn interrupted_text(view: &MeasurementView<'_>) -> String {
    let measured = span(view.window.duration);
    match view.planned {
        Some(planned) => {
            format!("  interrupted after {measured} of {}: these are the figures so far\n", span(planned))
        }
        None => format!("  interrupted after {measured}: these are the figures so far\n"),
    }
}

/// What came back: statuses, redirects, oddities, addresses, certificates; a line each, and none where there is nothing to
/// say.
fn responses_text(view: &MeasurementView<'_>) -> String {
    let window = view.window;
    let mut text = String::new();
    // An iteration has the status of its last request; the steps that failed have their own.
    if !window.statuses.is_empty() && !view.is_iterated {
        let _ = writeln!(text, "  status: {}", statuses_words(&window.statuses));
    }
    for status in window.statuses.keys().filter(|status| is_redirect(**status) && !view.is_iterated) {
        // An expected redirect is what the endpoint is about.
        if !view.expectation.accepts_status(*status) {
            let to = view.redirect.as_ref().map_or_else(String::new, |to| format!(" to {to}"));
            let _ = writeln!(text, "  {status} is a redirect{to}; redirects are not followed");
        }
    }
    if window.odd_responses > 0 {
        let _ = writeln!(text, "  {} not quite valid HTTP", are(window.odd_responses, "response"));
    }
    if window.addresses.len() > 1 {
        let users: Vec<String> = window
            .addresses
            .iter()
            .map(|(address, users)| format!("{address} ({})", counted(*users, "user")))
            .collect();
        let _ = writeln!(text, "  {} addresses: {}", users.len(), users.join(", "));
    }
    if view.insecure {
        text.push_str("  certificates were not verified (insecure)\n");
    }
    match window.certificate_days {
        Some(days) if days < 0.0 => text.push_str("  the certificate has expired\n"),
        Some(days) if days < FEW_DAYS => {
            let _ = writeln!(text, "  the certificate expires in {}", days_words(days));
        }
        _ => (),
    }
    text
}

fn are(number: u64, thing: &str) -> String {
    format!("{} {}", counted(number, thing), if number == 1 { "is" } else { "are" })
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// How much of the time users paused because requests failed; empty where they did not.
fn backed_off_text(window: &Window) -> String {
    match window.backed_off {
        Some(paused) if !paused.is_zero() => {
            let (paused, measured) = (span(paused), span(window.duration));
            let ratio = percent(window.backed_off_ratio());
            format!("  users paused {paused} of {measured} after failed requests ({ratio})\n")
        }
        _ => String::new(),
    }
}

fn validity(window: &Window) -> String {
    match window.validity {
        Validity::Valid => "valid".to_owned(),
        Validity::Throttled => {
            "rate-limited (429): these are the times of the rate limiter, not of the endpoint".to_owned()
        }
        Validity::Invalid(reason) => format!("{}: {}", window.validity, reason.advice()),
    }
}
