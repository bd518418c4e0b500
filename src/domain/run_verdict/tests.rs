//! The rule, reason by reason.

use std::time::Duration;

use super::*;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::error_reason::ErrorReason;
use crate::domain::objective::{Needs, ObjectiveState};
use crate::domain::verdict::Validity;
use crate::domain::window::{Counts, Window};

fn outcomes(succeeded: u64, failed: u64) -> Outcomes {
    Outcomes { counts: Counts { succeeded, failed, throttled: 0 }, ..Outcomes::default() }
}

fn tally(windows: u64, valid: u64) -> Tally {
    Tally { windows, valid, invalid: windows - valid, ..Tally::default() }
}

fn cell(outcomes: Outcomes) -> CellEvidence {
    CellEvidence { outcomes, ..CellEvidence::default() }
}

fn limit(kind: ObjectiveKind, state: ObjectiveState, basis: Basis) -> JudgedLimit {
    let needs = (state == ObjectiveState::Undecided).then_some(Needs::Requests(72));
    JudgedLimit { kind, limit: 1.0, value: Some(2.0), state, basis, requests: 10, needs }
}

fn verdict(tally: &Tally, planned: u64, progress: RunProgress, cells: &[CellEvidence]) -> RunVerdict {
    let name = |place: usize| CellName::new(format!("e{place}"), "light_load");
    let cells = cells.iter().enumerate().map(|(place, cell)| (name(place), cell.clone())).collect();
    RunVerdict::of(tally, planned, progress, &cells)
}

/// Outcome and first reason of a completed run of ten valid windows.
fn completed(cells: &[CellEvidence]) -> (RunOutcome, Option<&'static str>) {
    let verdict = verdict(&tally(10, 10), 10, RunProgress::Completed, cells);
    (verdict.outcome(), verdict.reasons.first().map(Reason::word))
}

#[test]
fn about_half_of_the_requests_may_not_fail() {
    let check = |succeeded, failed, expected| {
        assert_eq!(outcomes(succeeded, failed).failing(), expected, "{succeeded} {failed}");
    };
    check(0, 0, Failing::No);
    check(3, 0, Failing::No);
    check(0, 1, Failing::Mostly);
    check(100, 100, Failing::Mostly);
    // As a target that fails every second request by chance is measured now and then.
    check(105, 95, Failing::Mostly);
    check(600, 400, Failing::No);
    check(90, 10, Failing::No);
    check(3, 1, Failing::Undecided { needs: 36 });
}

#[test]
fn trouble_of_the_generator_fails_some_requests_but_not_all() {
    let mut window = Window {
        validity: Validity::Invalid(crate::domain::verdict::InvalidReason::GeneratorStarved),
        ..Window::sample()
    };
    window.counts.failed = 10;
    window.errors.add(ErrorReason::ConnectionRefused, 10);
    let mut all = Outcomes::default();
    all.add(&window);
    assert_eq!(all.failing(), Failing::Mostly);
    window.counts = Counts { succeeded: 1, failed: 0, throttled: 0 };
    window.errors = ErrorCounts::default();
    all.add(&window);
    assert_eq!(all.failing(), Failing::No);
}

#[test]
fn without_an_slo_for_errors_a_cell_that_mostly_fails_fails_the_run() {
    let good = || cell(outcomes(100, 0));
    assert_eq!(completed(&[good(), good()]), (RunOutcome::Accepted, None));
    assert_eq!(completed(&[good(), cell(outcomes(2, 98))]), (RunOutcome::Failed, Some("mostly_fails")));
    assert_eq!(completed(&[cell(outcomes(0, 10))]), (RunOutcome::Failed, Some("nothing_worked")));
    assert_eq!(completed(&[cell(outcomes(3, 1))]), (RunOutcome::Inconclusive, Some("few_requests")));
    let second = Duration::from_secs(1);
    let availability = Availability { up: second, down: 2 * second, windows_up: 1, windows_down: 2 };
    let down = CellEvidence { availability, ..cell(outcomes(1_000, 2)) };
    assert_eq!(completed(&[down]), (RunOutcome::Failed, Some("mostly_down")));
    // An SLO that allows it takes the place of the default.
    let allowed = limit(ObjectiveKind::ErrorRate, ObjectiveState::Met, Basis::Requests);
    let lenient = CellEvidence { limits: vec![allowed], ..cell(outcomes(10, 90)) };
    assert_eq!(completed(&[lenient]), (RunOutcome::Accepted, None));
}

#[test]
fn violated_is_failed_and_undecided_is_inconclusive() {
    let with = |limits: Vec<JudgedLimit>| CellEvidence { limits, ..cell(outcomes(100, 0)) };
    let undecided = limit(ObjectiveKind::P95, ObjectiveState::Undecided, Basis::Requests);
    let violated = limit(ObjectiveKind::Mean, ObjectiveState::Violated, Basis::Requests);
    assert_eq!(completed(&[with(vec![undecided])]), (RunOutcome::Inconclusive, Some("slo_undecided")));
    assert_eq!(completed(&[with(vec![undecided, violated])]), (RunOutcome::Failed, Some("slo_violated")));
}

#[test]
fn what_was_planned_enters_the_verdict() {
    let good = [cell(outcomes(100, 0))];
    let check = |windows, valid, planned, progress, outcome, word: Option<&str>| {
        let verdict = verdict(&tally(windows, valid), planned, progress, &good);
        let first = verdict.reasons.first().map(Reason::word);
        assert_eq!((verdict.outcome(), first), (outcome, word), "{windows} of {planned}");
    };
    check(60, 60, 100, RunProgress::Completed, RunOutcome::Accepted, None);
    check(15, 15, 100, RunProgress::Completed, RunOutcome::Inconclusive, Some("windows_missing"));
    check(15, 15, 100, RunProgress::Running, RunOutcome::Accepted, None);
    check(0, 0, 100, RunProgress::Running, RunOutcome::Inconclusive, Some("windows_missing"));
    check(100, 40, 100, RunProgress::Completed, RunOutcome::Inconclusive, Some("windows_invalid"));
    check(90, 90, 100, RunProgress::Cut("stopped"), RunOutcome::Inconclusive, Some("ended_early"));
}

#[test]
fn whoever_stops_a_run_gets_no_verdict_but_the_reasons() {
    let dead = [cell(outcomes(0, 10))];
    let stopped = verdict(&tally(10, 10), 100, RunProgress::Cut("stopped"), &dead);
    assert_eq!(stopped.outcome(), RunOutcome::Inconclusive);
    assert!(stopped.reasons.iter().any(|reason| matches!(reason, Reason::NothingWorked(_))));
    assert_eq!(stopped.measured().map(Reason::word), Some("nothing_worked"));
    let good = verdict(&tally(10, 10), 100, RunProgress::Cut("stopped"), &[cell(outcomes(100, 0))]);
    assert_eq!((good.outcome(), good.measured()), (RunOutcome::Inconclusive, None));
    assert_eq!(stopped.refusals().next().map(Reason::word), Some("nothing_worked"));
}

#[test]
fn time_down_counts_where_most_windows_are_invalid() {
    let down = limit(ObjectiveKind::ErrorRate, ObjectiveState::Violated, Basis::Time(0.2));
    let cells = [CellEvidence { limits: vec![down], ..cell(outcomes(100, 2)) }];
    let verdict = verdict(&tally(30, 6), 30, RunProgress::Completed, &cells);
    assert_eq!(verdict.outcome(), RunOutcome::Failed);
    assert_eq!(verdict.refusals().count(), 2);
}

#[test]
fn a_baseline_needs_a_run_that_works_and_is_there() {
    let refused = |windows, planned, progress| {
        verdict(&tally(windows, windows), planned, progress, &[cell(outcomes(100, 0))])
            .refusals()
            .next()
            .is_some()
    };
    assert!(!refused(90, 100, RunProgress::Cut("stopped")));
    assert!(refused(30, 100, RunProgress::Cut("killed")));
    assert!(refused(30, 100, RunProgress::Completed));
}

#[test]
fn every_reason_has_its_word() {
    for reason in [
        Reason::NothingWorked(Outcomes::default()),
        Reason::Cut { word: "stopped", windows: 1, planned: 2 },
        Reason::TooFewWindows { shortfall: Shortfall::Empty, tally: Tally::default(), planned: 1 },
    ] {
        assert!(Reason::WORDS.contains(&reason.word()), "{reason:?}");
    }
}
