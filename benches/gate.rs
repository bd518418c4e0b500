//! Draws the figures of `docs/gate.md`: its false-alarm rate and its power. `cargo bench --bench gate` reruns
//! them. Everything is seeded, so the same code gives the same figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to who runs it, and fails by panicking"
)]

mod page;
#[path = "../tests/support/simulate_gate.rs"]
mod simulate_gate;

use std::fmt::Write as _;

use baseline::analysis::gate::Design;
use baseline::stats::proportion::wilson_95;
use simulate_gate::{Change, Drift, Noise, Runs, fails};

/// Gates of a figure: many for what is seldom.
const SAME: u64 = 6_000;
const CHANGED: u64 = 1_000;
const SIGMAS: [f64; 4] = [0.01, 0.02, 0.03, 0.05];
const STRUCTURES: [(&str, f64, f64, bool); 6] = [
    ("half of it shared by all cells", 0.5, 0.0, false),
    ("all of it shared", 1.0, 0.0, false),
    ("each cell by itself", 0.0, 0.0, false),
    ("half shared, the rest uneven: one cell in six twice as much", 0.5, 0.5, false),
    ("half shared, and 40 windows of 10 %", 0.5, 0.0, true),
    ("each by itself, and 40 windows of 10 %", 0.0, 0.0, true),
];

fn main() {
    page::draw(
        "docs/gate.md",
        &[("false-alarms", false_alarms), ("drift", drift), ("power", power), ("interleaved", interleaved)],
    );
}

/// The shares that fail alone and confirmed.
fn shares(seed: u64, noise: Noise, change: &Change, design: Design) -> [u64; 2] {
    let mut runs = Runs::new(seed, noise);
    let mut failed = [0, 0];
    for _ in 0..if *change == Change::NONE { SAME } else { CHANGED } {
        let (first, both) = match design {
            Design::Stored => runs.stored(change),
            Design::Interleaved => runs.interleaved(change),
        };
        let (alone, confirmed) = fails(&first, &both, design);
        failed[0] += u64::from(alone);
        failed[1] += u64::from(confirmed);
    }
    failed
}

fn percent(failed: u64) -> String {
    let (_, high) = wilson_95(failed, SAME).unwrap();
    format!("{:.2} (up to {:.2})", 100.0 * failed as f64 / SAME as f64, 100.0 * high)
}

fn share(found: u64) -> String {
    format!("{:.3}", found as f64 / CHANGED as f64)
}

fn false_alarms() -> String {
    let mut table = String::from(
        "| noise between runs | sigma 1 %: first set, both sets | 2 % | 3 % | 5 % |\n|---|---:|---:|---:|---:|\n",
    );
    for (name, common, uneven, windows) in STRUCTURES {
        let cells = SIGMAS.map(|sigma| {
            let noise = Noise { sigma, common, uneven, windows, drift: Drift::None };
            let [alone, confirmed] = shares(1, noise, &Change::NONE, Design::Stored);
            format!("{}, {}", percent(alone), percent(confirmed))
        });
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
    }
    table
}

fn drift() -> String {
    let mut table = String::from(
        "| drift of 10 % | sigma 1 %: first set, both sets | 2 % | 3 % | 5 % |\n|---|---:|---:|---:|---:|\n",
    );
    for (name, drift) in [
        ("evenly, from the first run to the last", Drift::Linear(0.10)),
        ("at once, after the baseline", Drift::Step(0.10)),
    ] {
        let cells = SIGMAS.map(|sigma| {
            let noise = Noise { sigma, common: 0.5, uneven: 0.0, windows: true, drift };
            let [alone, confirmed] = shares(2, noise, &Change::NONE, Design::Stored);
            format!("{}, {}", percent(alone), percent(confirmed))
        });
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
    }
    table
}

fn power() -> String {
    let mut table = String::from(
        "| noise between runs | sigma | +10 %, one cell | +10 %, one endpoint | +20 %, one cell |\n|---|---|---:|---:|---:|\n",
    );
    for (name, common, uneven, windows) in STRUCTURES {
        for sigma in SIGMAS {
            let noise = Noise { sigma, common, uneven, windows, drift: Drift::None };
            let changes =
                [Change::of_one_cell(0.10), Change::of_one_endpoint(0.10), Change::of_one_cell(0.20)];
            let cells = changes.map(|change| {
                let [alone, confirmed] = shares(3, noise, &change, Design::Stored);
                format!("{}, {}", share(alone), share(confirmed))
            });
            let _ = writeln!(table, "| {name} | {:.0} % | {} |", 100.0 * sigma, cells.join(" | "));
        }
    }
    table
}

fn interleaved() -> String {
    let mut table = String::from(
        "| noise within a round | sigma | false alarms, % | +10 %, one cell | +20 %, one cell |\n|---|---|---:|---:|---:|\n",
    );
    for (name, common, uneven, windows) in STRUCTURES {
        for sigma in [0.02, 0.05] {
            let noise = Noise { sigma, common, uneven, windows, drift: Drift::Linear(0.10) };
            let [alone, confirmed] = shares(4, noise, &Change::NONE, Design::Interleaved);
            let found = [0.10, 0.20].map(|size| {
                let [alone, confirmed] = shares(5, noise, &Change::of_one_cell(size), Design::Interleaved);
                format!("{}, {}", share(alone), share(confirmed))
            });
            let _ = writeln!(
                table,
                "| {name} | {:.0} % | {}, {} | {} |",
                100.0 * sigma,
                percent(alone),
                percent(confirmed),
                found.join(" | ")
            );
        }
    }
    table
}
