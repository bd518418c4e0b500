//! The verdict of a run in sentences, the most important first.

use crate::analysis::comparison::is_ratio;
use crate::analysis::incident::IncidentCause;
use crate::domain::objective::ObjectiveState;
use crate::domain::run_verdict::{Reason, RunOutcome};
use crate::domain::verdict::Verdict;
use crate::report::formats::document::{KeyNumber, Tone};
use crate::report::wording::numbers::{capital, count, counted, listed};
use crate::report::wording::phrases::{change_words, metric_words};
use crate::report::wording::verdicts::{found_words, reason_words};

use super::incident_view::IncidentView;
use super::key_numbers::{key_numbers, most_used, objectives, what_words};
use super::run_view::RunView;

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

impl Headline {
    /// The head of a run's report.
    pub fn of(view: &RunView) -> Self {
        let (state, mut sentences) = verdict(view);
        let rest = sentences.split_off(1).join(" ");
        Self { state, lead: sentences.concat(), rest, numbers: key_numbers(view) }
    }
}

impl Headline {
    /// The whole verdict in sentences.
    pub fn sentence(&self) -> String {
        let sentences = [self.lead.as_str(), self.rest.as_str()];
        sentences.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }
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
