//! The verdict of a run in one sentence, and the three key numbers.

use crate::analysis::capacity::Capacity;
use crate::analysis::comparison::is_ratio;
use crate::analysis::incident::IncidentCause;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{Basis, ObjectiveState};
use crate::domain::percentile::Percentile;
use crate::domain::run_verdict::{Reason, RunOutcome};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Verdict;
use crate::report::formats::document::{KeyNumber, Tone};
use crate::report::wording::numbers::{MISSING, capital, count, counted, listed, percent, rate, significant};
use crate::report::wording::phrases::{
    change_words, chosen_value, interval_words, metric_value, metric_words,
};
use crate::report::wording::verdicts::{found_words, reason_words};
use crate::stats::proportion::wilson_95;

use super::incident_view::IncidentView;
use super::objective::ObjectiveView;
use super::run_view::{CellView, LevelView, RunView};

/// The overall state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All SLOs are met, and there were no incidents.
    Healthy,
    /// Something got worse, or some SLOs are undecided.
    Attention,
    /// An SLO is violated, or values regressed.
    Broken,
    /// Too few windows are valid.
    Unjudged,
}

impl State {
    /// Every state of a run, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Attention, Self::Broken, Self::Unjudged];

    /// The name of the state in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Attention => "attention",
            Self::Broken => "broken",
            Self::Unjudged => "unjudged",
        }
    }

    pub(in crate::report) fn tone(self) -> Tone {
        match self {
            Self::Healthy => Tone::Good,
            Self::Attention | Self::Unjudged => Tone::Doubt,
            Self::Broken => Tone::Bad,
        }
    }
}

/// The head of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// Overall state of the run.
    pub state: State,
    /// What matters most, in a sentence.
    pub lead: String,
    /// What else belongs to the verdict, in sentences; empty where there is nothing.
    pub rest: String,
    /// Key numbers: value closest to its SLO, ratio of failed requests, sustained throughput.
    pub numbers: [KeyNumber; 3],
}

/// An objective and its place.
type Placed<'a> = (&'a LevelView, &'a CellView, &'a ObjectiveView);

impl Headline {
    /// The head of a run's report.
    pub fn of(view: &RunView) -> Self {
        let (state, mut sentences) = verdict(view);
        let rest = sentences.split_off(1).join(" ");
        Self {
            state,
            lead: sentences.concat(),
            rest,
            numbers: [nearest(view), failures(view), carried(view)],
        }
    }
}

impl Headline {
    /// The whole verdict in sentences.
    pub fn sentence(&self) -> String {
        let sentences = [self.lead.as_str(), self.rest.as_str()];
        sentences.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

fn objectives(view: &RunView) -> impl Iterator<Item = Placed<'_>> {
    view.cells()
        .flat_map(|(level, cell)| cell.objectives.iter().map(move |objective| (level, cell, objective)))
}

/// The objective with the value closest to its limit, or furthest beyond it.
fn most_used<'a>(all: impl Iterator<Item = Placed<'a>>) -> Option<Placed<'a>> {
    let used = all.filter_map(|placed| Some((placed.2.used()?, placed)));
    used.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, placed)| placed)
}

/// The state of a run, and the sentences that say it, the most important first.
fn verdict(view: &RunView) -> (State, Vec<String>) {
    let health = &view.health;
    if health.tally.windows == 0 {
        return (State::Unjudged, vec!["Nothing has been measured yet.".to_owned()]);
    }
    let mut sentences = Vec::new();
    let reason = view.judged.verdict.measured();
    // A verdict that nothing worked says it all.
    let mut state = if let Some(reason) = reason.filter(|reason| is_plain(reason)) {
        sentences.push(reason_words(reason));
        state_of(reason)
    } else {
        let (state, sentence) = of_objectives(view);
        sentences.push(sentence);
        // What went wrong comes before what did not, and an outage before everything.
        if let Some(said) = incidents(view) {
            let is_first = state != State::Broken || has_failures(view);
            sentences.insert(usize::from(!is_first), said);
        }
        state
    };
    let undecided = reason
        .filter(|reason| !is_plain(reason) && reason.outcome() == RunOutcome::Inconclusive)
        .map(reason_words);
    let reasons = || view.judged.verdict.reasons.iter();
    let cut = reasons().find(|reason| matches!(reason, Reason::Cut { .. }));
    for more in [undecided, cut.map(reason_words)].into_iter().flatten() {
        sentences.push(more);
        if state == State::Healthy {
            state = State::Attention;
        }
    }
    // Of a run that was stopped too early nothing good is said first.
    let missing = reasons().find(|reason| matches!(reason, Reason::TooFewWindows { .. }));
    if let Some(missing) = missing.filter(|_| cut.is_some() && state == State::Attention) {
        sentences.insert(0, reason_words(missing));
        state = State::Unjudged;
    }
    (state, sentences)
}

/// The SLOs, and what else a run that can be judged comes to.
fn of_objectives(view: &RunView) -> (State, String) {
    let health = &view.health;
    let all = objectives(view).count() as u64;
    let of_state = |state| objectives(view).filter(move |(_, _, objective)| objective.state == state);
    let broken = of_state(ObjectiveState::Violated).count() as u64;
    if let Some(worst) =
        most_used(of_state(ObjectiveState::Violated)).or_else(|| of_state(ObjectiveState::Violated).next())
    {
        let (level, cell, objective) = worst;
        return (
            State::Broken,
            format!(
                "{} of {} {} violated; the worst is {} of {} at {}: {}.",
                count(broken),
                counted(all, "SLO"),
                if broken == 1 { "is" } else { "are" },
                what_words(objective),
                cell.endpoint,
                level.name,
                found_words(&objective.judged)
            ),
        );
    }
    let met = match (all, of_state(ObjectiveState::Undecided).count() as u64) {
        (0, _) => "No SLO is set".to_owned(),
        (1, 0) => "The SLO is met".to_owned(),
        (all, 0) => format!("All {} are met", counted(all, "SLO")),
        (all, undecided) => {
            let verb = if undecided == 1 { "is" } else { "are" };
            format!("No SLO is violated, {} of {} {verb} undecided", count(undecided), count(all))
        }
    };
    let holes = || incomplete(view, &met);
    regressed(view, &met).or_else(holes).unwrap_or_else(|| {
        let is_undecided = of_state(ObjectiveState::Undecided).count() > 0;
        if !view.findings.incidents.is_empty() {
            return (State::Attention, format!("{met}."));
        }
        let watched = if health.has_judged() {
            ", and there were no incidents."
        } else {
            "; no window has been compared with a baseline yet."
        };
        (if is_undecided { State::Attention } else { State::Healthy }, format!("{met}{watched}"))
    })
}

/// Whether a reason is a whole sentence by itself: SLOs are summarised with the worst one, and how the run ended follows.
fn is_plain(reason: &Reason) -> bool {
    match reason {
        Reason::Violated { .. }
        | Reason::Undecided { .. }
        | Reason::FewRequests { .. }
        | Reason::Cut { .. } => false,
        Reason::NothingWorked(_)
        | Reason::MostlyFails { .. }
        | Reason::MostlyDown { .. }
        | Reason::TooFewWindows { .. } => true,
    }
}

fn state_of(reason: &Reason) -> State {
    match reason.outcome() {
        RunOutcome::Failed => State::Broken,
        RunOutcome::Inconclusive => State::Unjudged,
        RunOutcome::Accepted => State::Healthy,
    }
}

/// A run with unmeasured endpoints or many missing windows is not healthy.
fn incomplete(view: &RunView, met: &str) -> Option<(State, String)> {
    let health = &view.health;
    if !health.unmeasured.is_empty() {
        let verb = if health.unmeasured.len() == 1 { "was" } else { "were" };
        return Some((
            State::Attention,
            format!("{met}, but {} {verb} never measured.", listed(&health.unmeasured)),
        ));
    }
    health.has_holes().then(|| {
        let planned = counted(health.tally.windows + health.missing, "planned window");
        let verb = if health.missing == 1 { "is" } else { "are" };
        (State::Attention, format!("{met}, but {} of {planned} {verb} missing.", count(health.missing)))
    })
}

fn regressed(view: &RunView, met: &str) -> Option<(State, String)> {
    let named = view.findings.comparison.as_ref()?;
    let rows = || named.comparison.rows.iter().filter(|row| row.verdict == Verdict::Regressed);
    let worst = rows().filter(|row| !is_ratio(row.metric));
    let worst =
        worst.max_by(|left, right| left.change.value.ln().abs().total_cmp(&right.change.value.ln().abs()));
    let worst = worst.or_else(|| rows().next())?;
    let sentence = format!(
        "{met}, but {} of {} regressed compared with baseline {}; the largest is {} of {}: {}.",
        count(rows().count() as u64),
        counted(named.comparison.rows.len() as u64, "value"),
        named.name,
        metric_words(worst.metric),
        worst.cell,
        change_words(worst)
    );
    Some((State::Broken, sentence))
}

/// Whether requests failed in an incident.
fn has_failures(view: &RunView) -> bool {
    view.findings.incidents.iter().any(|incident| incident.cause == IncidentCause::Errors)
}

/// The most serious incident, and the number of the others; `None` without any.
fn incidents(view: &RunView) -> Option<String> {
    let all = IncidentView::by_weight(view);
    let worst = all.first()?;
    Some(match all.len() as u64 {
        1 => format!("{}.", capital(&worst.sentence())),
        n => format!("{}, the worst: {}.", counted(n, "incident"), worst.sentence()),
    })
}

/// The SLO closest to its limit; without any SLO, the longest p95.
fn nearest(view: &RunView) -> KeyNumber {
    if let Some((level, cell, objective)) = most_used(objectives(view)) {
        let interval = objective.interval.map_or_else(String::new, |interval| {
            format!("95 % interval {}; ", interval_words(objective.metric, interval))
        });
        return KeyNumber {
            label: format!("{} of {} at {}", what_words(objective), cell.endpoint, level.name),
            value: metric_value(objective.metric, objective.value),
            note: format!(
                "{interval}{} the {} SLO",
                used_words(objective),
                chosen_value(objective.metric, objective.limit)
            ),
        };
    }
    let p95 = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95));
    let mean = Metric::Time(TimeKind::Service, Reading::Mean);
    let longest = |metric: Metric| {
        let cells = view.cells().filter_map(|(level, cell)| Some((cell.value(metric)?, metric, level, cell)));
        cells.max_by(|left, right| left.0.total_cmp(&right.0))
    };
    match longest(p95).or_else(|| longest(mean)) {
        Some((value, metric, level, cell)) => KeyNumber {
            label: format!("{} of {} at {}", metric_words(metric), cell.endpoint, level.name),
            value: metric_value(metric, Some(value)),
            note: cell.interval(metric).map_or_else(
                || "the slowest; no SLO is set".to_owned(),
                |interval| {
                    format!("95 % interval {}; the slowest, no SLO is set", interval_words(metric, interval))
                },
            ),
        },
        None => KeyNumber {
            label: "service time".to_owned(),
            value: MISSING.to_owned(),
            note: "no request succeeded in a valid window".to_owned(),
        },
    }
}

/// What the decisive value of an SLO is of.
fn what_words(objective: &ObjectiveView) -> String {
    match objective.judged.basis {
        Basis::Time(_) => "time down".to_owned(),
        Basis::Requests | Basis::Stretch(_) => metric_words(objective.metric),
    }
}

/// The value relative to its limit: "20 % of", or "3 times" from twice the limit on; for a lower limit "below" or "above".
fn used_words(objective: &ObjectiveView) -> String {
    match objective.used() {
        used if objective.judged.kind.is_lower_limit() => {
            if used.is_none_or(|used| used > 1.0) { "below" } else { "above" }.to_owned()
        }
        Some(used) if used >= 2.0 => format!("{} times", significant(used)),
        used => format!("{} of", percent(used)),
    }
}

fn failures(view: &RunView) -> KeyNumber {
    let counts = &view.health.tally.counts;
    let judged = counts.failed + counts.succeeded;
    let interval = wilson_95(counts.failed, judged);
    KeyNumber {
        label: "failed requests".to_owned(),
        value: percent(counts.error_ratio()),
        note: match interval {
            Some(interval) => format!(
                "{} of {}; 95 % interval {}",
                count(counts.failed),
                count(judged),
                interval_words(Metric::ErrorRatio, interval)
            ),
            None => "no request completed".to_owned(),
        },
    }
}

/// The endpoint with the lowest sustained throughput.
fn carried(view: &RunView) -> KeyNumber {
    let least = |left: &&Capacity, right: &&Capacity| {
        let of =
            |capacity: &Capacity| capacity.support.as_ref().map_or(0.0, |support| support.throughput_per_s);
        of(left).total_cmp(&of(right))
    };
    let label = "sustained throughput".to_owned();
    // Endpoints without two valid windows at a level have no estimate and must not hide the others.
    let known = view.findings.capacities.iter().filter(|capacity| !capacity.levels.is_empty());
    let Some(capacity) = known.min_by(least) else {
        return KeyNumber {
            label,
            value: MISSING.to_owned(),
            note: view.findings.capacities.iter().find_map(|capacity| capacity.no_throughput).map_or_else(
                || "no endpoint has two valid windows at any level".to_owned(),
                |why| format!("no capacity estimate: {why}"),
            ),
        };
    };
    let Some(support) = &capacity.support else {
        let is_known = capacity.levels.first().is_some_and(|level| level.p95_us.is_some());
        let note = if is_known {
            format!("{} sustains none of the tested levels", capacity.endpoint)
        } else {
            format!("too few requests of {} to know its p95", capacity.endpoint)
        };
        return KeyNumber { label, value: MISSING.to_owned(), note };
    };
    let level = capacity.levels.iter().find(|level| level.level == support.level);
    let interval = level.and_then(|level| level.throughput_interval).map_or_else(String::new, |interval| {
        format!("; 95 % interval {}", interval_words(Metric::Throughput, interval))
    });
    KeyNumber {
        label,
        value: format!(
            "{}{}",
            if support.is_at_least { "at least " } else { "" },
            rate(Some(support.throughput_per_s))
        ),
        note: format!(
            "{} at {}, the lowest of all endpoints{}{interval}",
            capacity.endpoint,
            counted(u64::from(support.users), "user"),
            if view.findings.capacities.iter().all(|capacity| capacity.no_throughput.is_none()) {
                ""
            } else {
                " with an estimate"
            }
        ),
    }
}
