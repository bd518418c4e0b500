//! The gate against golden values, and its promises on simulated runs.

use std::collections::BTreeMap;

use baseline::analysis::gate::{
    Cause, Confirmation, Design, Judgement, Outcome, Quantity, RunOfCells, Settings, Sides, judge,
    wants_confirmation,
};
use baseline::domain::baseline::CellRun;
use baseline::domain::cell_name::CellName;
use baseline::domain::metric::{Metric, Reading};
use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::verdict::Verdict;
use serde_json::Value;

use crate::support::simulate_gate::{Change, Drift, Noise, Runs, fails};

const P50: Metric = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P50));
const P99: Metric = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P99));

/// Source: the rule written a second time in Python with numpy and scipy.
fn golden() -> Value {
    serde_json::from_str(include_str!("../fixtures/gate/golden.json")).unwrap()
}

/// Three endpoints at three levels, in the order of the fixture.
fn cell(place: usize) -> CellName {
    CellName::new(format!("endpoint-{}", place / 3), format!("level-{}", place % 3))
}

/// Runs from `[run][cell][metric]` in microseconds.
fn runs(value: &Value, cells: usize) -> Vec<RunOfCells> {
    let run = |run: &Value| {
        let of_cell = |place: usize| {
            let log = |metric: usize| run[place][metric].as_f64().unwrap().ln();
            let values = BTreeMap::from([(P50.name(), log(0)), (P99.name(), log(1))]);
            (
                cell(place),
                CellRun { windows: 40, judged: 1_000, requests: 1_000, values, ..CellRun::default() },
            )
        };
        (0..cells).map(of_cell).collect()
    };
    value.as_array().unwrap().iter().map(run).collect()
}

fn close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    let error = (found - expected).abs() / expected.abs().max(1e-6);
    assert!(error < 1e-6, "{what}: {found}, and not {expected}");
}

fn row(judgement: &Judgement, place: usize, metric: Metric) -> &baseline::analysis::gate::Row {
    let cell = cell(place);
    let is_it =
        |row: &&baseline::analysis::gate::Row| row.cell == cell && row.quantity == Quantity::Metric(metric);
    judgement.rows.iter().find(is_it).unwrap()
}

#[test]
fn golden_stored() {
    check_stored("baseline", "candidate", "stored");
    // Three of the nine cells stray five times as far, so that variances may borrow less.
    check_stored("uneven_baseline", "uneven_candidate", "uneven");
}

fn check_stored(before: &str, after: &str, section: &str) {
    let golden = golden();
    let sides = Sides { before: runs(&golden[before], 9), after: runs(&golden[after], 9) };
    let settings = Settings::of(Design::Stored);
    let expected = &golden[section];
    let alone = judge(&sides, None, false, &settings);
    let confirmed = judge(&sides, None, true, &settings);
    for place in 0..9 {
        for (at, metric) in [P50, P99].into_iter().enumerate() {
            let (found, what) = (row(&alone, place, metric), format!("cell {place}, metric {at}"));
            let of = |key: &str| &expected[key][place][at];
            close(found.change.value.ln(), of("D"), &what);
            close(found.p, of("p_rel"), &what);
            close(found.p_adjusted, of("q_rel"), &what);
            close(found.smallest.unwrap(), of("mde_alone"), &what);
            close(row(&confirmed, place, metric).smallest.unwrap(), of("mde_confirmed"), &what);
        }
    }
    for (at, (metric, change)) in alone.together.iter().enumerate() {
        close(change.ln_1p(), &expected["g"][at], &metric.name());
    }
    let failing: Vec<(usize, usize)> = (0..9)
        .flat_map(|place| [(place, 0), (place, 1)])
        .filter(|(place, at)| row(&alone, *place, [P50, P99][*at]).verdict == Verdict::Regressed)
        .collect();
    let listed: Vec<(usize, usize)> = serde_json::from_value(expected["failing_alone"].clone()).unwrap();
    assert_eq!(failing, listed);
    assert_eq!(alone.confirmation, Confirmation::Unconfirmed);
    assert_eq!(alone.outcome == Outcome::Regressed, !listed.is_empty());
}

#[test]
fn golden_interleaved() {
    let golden = golden();
    let sides = Sides { before: runs(&golden["baseline"], 9), after: runs(&golden["b_side"], 9) };
    let judgement = judge(&sides, None, false, &Settings::of(Design::Interleaved));
    let expected = &golden["interleaved"];
    for place in 0..9 {
        for (at, metric) in [P50, P99].into_iter().enumerate() {
            let (found, what) = (row(&judgement, place, metric), format!("cell {place}, metric {at}"));
            close(found.change.value.ln(), &expected["D"][place][at], &what);
            close(found.p, &expected["p_rel"][place][at], &what);
            close(found.p_adjusted, &expected["q_rel"][place][at], &what);
        }
    }
}

#[test]
fn golden_with_few_cells() {
    let golden = golden();
    for (cells, name) in [(3, "raw_three_cells"), (1, "raw_one_cell")] {
        let of = |key: &str| runs(&golden[key], cells);
        let sides = Sides { before: of("baseline"), after: of("candidate") };
        let settings = Settings { drift: 0.0, ..Settings::of(Design::Stored) };
        let judgement = judge(&sides, None, false, &settings);
        assert!(judgement.together.is_empty(), "three cells do not tell what all did");
        for place in 0..cells {
            for (at, metric) in [P50, P99].into_iter().enumerate() {
                let expected = |key: &str| match cells {
                    1 => &golden[name][key][at],
                    _ => &golden[name][key][place][at],
                };
                let found = row(&judgement, place, metric);
                close(found.change.value.ln(), expected("D"), name);
                close(found.p, expected("p_raw"), name);
            }
        }
    }
}

/// How many of the given number of gates fail, alone and confirmed.
fn failing(gates: usize, seed: u64, noise: Noise, change: &Change, design: Design) -> (usize, usize) {
    let mut runs = Runs::new(seed, noise);
    let results = (0..gates).map(|_| {
        let (first, both) = match design {
            Design::Stored => runs.stored(change),
            Design::Interleaved => runs.interleaved(change),
        };
        fails(&first, &both, design)
    });
    results.fold((0, 0), |(alone, confirmed), (first, second)| {
        (alone + usize::from(first), confirmed + usize::from(second))
    })
}

/// Half of the noise between runs is shared by all cells; windows stray on top where it is said.
fn noise(sigma: f64, windows: bool, drift: Drift) -> Noise {
    Noise { sigma, common: 0.5, uneven: 0.0, windows, drift }
}

#[test]
fn the_same_code_fails_at_most_once_in_a_hundred_gates() {
    for sigma in [0.01, 0.03, 0.05] {
        for drift in [Drift::None, Drift::Linear(0.10), Drift::Step(0.10)] {
            let failed = failing(200, 11, noise(sigma, true, drift), &Change::NONE, Design::Stored);
            assert!(failed.0 <= 2 && failed.1 <= 2, "{sigma} {drift:?}: {failed:?}");
        }
        let uneven = Noise { uneven: 0.8, ..noise(sigma, false, Drift::None) };
        let failed = failing(200, 21, uneven, &Change::NONE, Design::Stored);
        assert!(failed.0 <= 3 && failed.1 <= 3, "uneven, {sigma}: {failed:?}");
        let drift = Drift::Linear(0.10);
        let failed = failing(200, 12, noise(sigma, true, drift), &Change::NONE, Design::Interleaved);
        assert!(failed.0 <= 2 && failed.1 <= 2, "in turn, {sigma}: {failed:?}");
    }
}

#[test]
fn what_got_slower_is_found_as_often_as_promised() {
    let gates = 100;
    let share = |found: usize| found as f64 / gates as f64;
    let found = |sigma, size, design| {
        let drift = if design == Design::Interleaved { Drift::Linear(0.10) } else { Drift::None };
        failing(gates, 13, noise(sigma, false, drift), &Change::of_one_cell(size), design)
    };
    let (alone, confirmed) = found(0.03, 0.10, Design::Stored);
    assert!(share(alone) >= 0.8 && share(confirmed) >= 0.8, "{alone} {confirmed}");
    let (alone, confirmed) = found(0.03, 0.20, Design::Stored);
    assert!(share(alone) >= 0.95 && share(confirmed) >= 0.95, "{alone} {confirmed}");
    let (alone, confirmed) = found(0.05, 0.20, Design::Stored);
    assert!(share(alone) >= 0.85 && share(confirmed) >= 0.85, "{alone} {confirmed}");
    let endpoint = Change::of_one_endpoint(0.10);
    let (alone, confirmed) = failing(gates, 15, noise(0.03, true, Drift::None), &endpoint, Design::Stored);
    assert!(share(alone) >= 0.8 && share(confirmed) >= 0.8, "{alone} {confirmed}");
    let (alone, confirmed) = found(0.02, 0.10, Design::Interleaved);
    assert!(share(alone) >= 0.95 && share(confirmed) >= 0.95, "{alone} {confirmed}");
}

#[test]
fn a_disturbed_round_is_left_out_and_its_errors_are_not() {
    let mut runs = Runs::new(14, noise(0.02, false, Drift::None));
    let (_, mut both) = runs.interleaved(&Change::of_one_cell(0.5));
    let settings = Settings::of(Design::Interleaved);
    let key = CellName::new("endpoint-3", "level-1");
    for round in [1, 4] {
        let cell = both.after[round].get_mut(&key).unwrap();
        cell.values.clear();
        cell.failed = 100;
    }
    let judgement = judge(&both, None, true, &settings);
    assert_eq!((judgement.runs_before, judgement.runs_after), (8, 8));
    let fails = |row: &baseline::analysis::gate::Row| row.verdict == Verdict::Regressed;
    let endpoints: Vec<&str> =
        judgement.rows.iter().filter(|row| fails(row)).map(|row| &*row.cell.workload).collect();
    assert!(endpoints.contains(&"endpoint-0"), "{endpoints:?}");
    // Two bad rounds of ten are no more than a burst, and eight are a change.
    assert!(!endpoints.contains(&"endpoint-3"), "{endpoints:?}");
    for round in 0..8 {
        let cell = both.after[round].get_mut(&key).unwrap();
        cell.values.clear();
        cell.failed = 100;
    }
    let judgement = judge(&both, None, true, &settings);
    let errors = judgement.rows.iter().filter(|row| fails(row) && row.quantity == Quantity::RATIOS[0]);
    assert_eq!(errors.map(|row| &*row.cell.workload).collect::<Vec<_>>(), ["endpoint-3"]);
    assert_eq!(judgement.outcome, Outcome::Regressed);
}

/// The runs of a few endpoints' cells alone.
fn only(sides: &Sides, cells: usize) -> Sides {
    let keys: Vec<CellName> = sides.before[0].keys().take(cells).cloned().collect();
    let of = |runs: &[RunOfCells]| -> Vec<RunOfCells> {
        runs.iter()
            .map(|run| {
                run.iter()
                    .filter(|(key, _)| keys.contains(key))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect()
            })
            .collect()
    };
    Sides { before: of(&sides.before), after: of(&sides.after) }
}

#[test]
fn few_cells_do_not_fail_by_the_drift_that_is_allowed() {
    for cells in [1, 3, 6] {
        let mut runs = Runs::new(16, noise(0.02, false, Drift::Step(0.10)));
        let (mut failed, mut unsure) = (0, 0);
        for _ in 0..100 {
            let (first, both) = runs.stored(&Change::NONE);
            let (first, both) = (only(&first, cells), only(&both, cells));
            let settings = Settings::of(Design::Stored);
            failed += usize::from(fails(&first, &both, Design::Stored).0);
            failed += usize::from(fails(&first, &both, Design::Stored).1);
            let judgement = judge(&first, None, false, &settings);
            unsure += usize::from(judgement.outcome == Outcome::Inconclusive);
        }
        assert!(failed <= 3 && unsure >= 80, "{cells} cells: {failed} of 200 failed, {unsure} of 100 unsure");
    }
}

#[test]
fn what_stays_as_it_was_does_not_fail_beside_what_got_faster() {
    for (design, sigma) in [(Design::Stored, 0.03), (Design::Interleaved, 0.03)] {
        let change = Change { size: -0.3, cells: 0..6 };
        let (alone, confirmed) = failing(150, 17, noise(sigma, false, Drift::None), &change, design);
        assert!(alone <= 2 && confirmed <= 2, "{design:?}: {alone}, {confirmed}");
    }
    // All of it, measured in turn, is improved and not merely unchanged.
    let mut runs = Runs::new(18, noise(0.02, false, Drift::None));
    let (first, _) = runs.interleaved(&Change { size: -0.3, cells: 0..15 });
    let judgement = judge(&first, None, true, &Settings::of(Design::Interleaved));
    let times = judgement.rows.iter().filter(|row| !row.quantity.is_ratio());
    assert!(times.clone().all(|row| row.verdict == Verdict::Improved), "{:?}", times.collect::<Vec<_>>());
}

/// Six cells: three endpoints at two levels. Two of the endpoints get slower.
#[test]
fn two_endpoints_of_three_are_no_system_wide_shift() {
    for design in Design::ALL {
        let mut runs = Runs::new(23, noise(0.01, false, Drift::None));
        for _ in 0..20 {
            let change = Change { size: 0.2, cells: 2..6 };
            let (first, both) = match design {
                Design::Stored => runs.stored(&change),
                Design::Interleaved => runs.interleaved(&change),
            };
            let judgement =
                judge(&three_by_two(&first), Some(&three_by_two(&both)), true, &Settings::of(design));
            assert_eq!(judgement.outcome, Outcome::Regressed);
            for row in judgement.rows.iter().filter(|row| !row.quantity.is_ratio()) {
                let is_slower = &*row.cell.workload != "three-0";
                let expected = if is_slower { Verdict::Regressed } else { Verdict::Unchanged };
                assert_eq!(row.verdict, expected, "{design:?} {row:?}");
                assert_eq!(row.cause, is_slower.then_some(Cause::Alone), "{design:?} {row:?}");
            }
            assert!(judgement.together.iter().all(|(_, change)| *change < 0.04), "{:?}", judgement.together);
        }
    }
}

/// The first six cells, renamed to three endpoints at two levels.
fn three_by_two(sides: &Sides) -> Sides {
    let of = |runs: &[RunOfCells]| -> Vec<RunOfCells> {
        let renamed = |run: &RunOfCells| {
            let cells = run.values().take(6).enumerate();
            cells
                .map(|(place, values)| {
                    let name = CellName::new(format!("three-{}", place / 2), format!("level-{}", place % 2));
                    (name, values.clone())
                })
                .collect()
        };
        runs.iter().map(renamed).collect()
    };
    Sides { before: of(&sides.before), after: of(&sides.after) }
}

/// A whole interval beyond the floor keeps a gate from accepting; of the same code that is as rare as a false alarm.
#[test]
fn the_same_code_is_hardly_ever_suspected() {
    let (mut suspected, mut unsure) = (0, 0);
    let gates = 300;
    for (seed, sigma) in [(24, 0.02), (25, 0.03), (26, 0.05)] {
        let mut runs = Runs::new(seed, noise(sigma, true, Drift::None));
        for _ in 0..gates / 3 {
            let (first, both) = runs.stored(&Change::NONE);
            let settings = Settings::of(Design::Stored);
            let joint = wants_confirmation(&first, &settings).then_some(&both);
            let judgement = judge(&first, joint, true, &settings);
            suspected += usize::from(judgement.rows.iter().any(|row| row.is_suspect));
            unsure += usize::from(judgement.outcome == Outcome::Inconclusive);
        }
    }
    println!("{suspected} suspected, {unsure} inconclusive of {gates}");
    assert!(suspected * 50 <= gates, "{suspected} of {gates}");
}

#[test]
fn a_second_set_without_times_clears_nothing() {
    let mut runs = Runs::new(19, noise(0.02, false, Drift::None));
    let (first, mut both) = runs.interleaved(&Change::of_one_endpoint(0.3));
    // Each of its rounds misses another cell.
    for (place, run) in both.after[5..].iter_mut().enumerate() {
        run.values_mut().nth(5 + place).unwrap().values.clear();
    }
    let judgement = judge(&first, Some(&both), true, &Settings::of(Design::Interleaved));
    assert_eq!((judgement.outcome, judgement.confirmation), (Outcome::Regressed, Confirmation::Unconfirmed));
}

#[test]
fn a_burst_of_errors_in_one_run_does_not_fail_and_an_outage_does() {
    let mut runs = Runs::new(20, noise(0.02, false, Drift::None));
    let (first, both) = runs.stored(&Change::NONE);
    let key = CellName::new("endpoint-1", "level-2");
    let judged = |bursts: &[(usize, u64)]| {
        let (mut first, mut both) = (first.clone(), both.clone());
        for (run, failed) in bursts {
            both.after[*run].get_mut(&key).unwrap().failed = *failed;
            if *run < 3 {
                first.after[*run].get_mut(&key).unwrap().failed = *failed;
            }
        }
        judge(&first, Some(&both), true, &Settings::of(Design::Stored)).outcome
    };
    // Of 4,000 requests a run.
    assert_eq!(judged(&[(0, 200)]), Outcome::Accepted);
    assert_eq!(judged(&[(0, 3_000)]), Outcome::Accepted, "the second set was clean");
    assert_eq!(judged(&[(0, 3_000), (4, 3_000)]), Outcome::Regressed);
    assert_eq!(judged(&[(0, 100), (1, 100), (2, 100), (3, 100), (4, 100), (5, 100)]), Outcome::Regressed);
}

#[test]
fn the_page_promises_what_it_shows() {
    let page = include_str!("../../docs/gate.md");
    let shares = page
        .split(" (up to ")
        .filter_map(|before| before.rsplit([' ', '|', ',']).next()?.parse::<f64>().ok());
    let shares: Vec<f64> = shares.collect();
    assert!(shares.len() >= 60, "{}", shares.len());
    assert!(shares.iter().all(|share| *share <= 1.0), "{shares:?}");
}
