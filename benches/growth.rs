//! What is chosen for simulated tables of users and throughput: the figure `growth` of `docs/statistics.md`.

use std::fmt::Write as _;

use baseline::stats::growth::Growth;
use baseline::stats::usl::Point;
use baseline::stats::usl_fit::fit;

use super::simulate_growth::Target;

/// Tables of each kind and noise: these levels, each this many times.
const LEVELS: [usize; 3] = [6, 10, 16];
const SEEDS: u64 = 200;
/// How far they are tested, in multiples of where the throughput levels off or peaks.
const REACH: f64 = 2.0;

const TARGETS: [(&str, Target); 10] = [
    ("plateau, sharp knee", Target::Plateau(28.0)),
    ("one server, think time 27 services", Target::Closed(27.0, &[1.0])),
    ("one server, think time 5 services", Target::Closed(5.0, &[1.0])),
    ("two servers, 1 and 0.5", Target::Closed(27.0, &[1.0, 0.5])),
    ("three servers, 1, 0.7 and 0.7", Target::Closed(10.0, &[1.0, 0.7, 0.7])),
    ("constant", Target::Constant),
    ("linear", Target::Linear),
    ("Amdahl, contention 5 %", Target::Amdahl(0.05)),
    ("USL, peak at 31 users", Target::Usl(0.05, 0.001)),
    ("sharp knee, then a fall", Target::Collapse(28.0, 0.015)),
];

/// Percent of tables that level off, of these within 3 % of the bound, of the supported laws and of peaks.
pub(crate) fn growth() -> String {
    let mut table = String::from(
        "| throughput | noise | levels off | bound within 3 % | linear | Amdahl | USL | none | peak |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (name, target) in TARGETS {
        for noise in [0.0, 0.01, 0.02, 0.05] {
            let (mut all, mut off, mut near, mut peaks) = (0_u32, 0_u32, 0_u32, 0_u32);
            let mut laws = [0_u32; Growth::ALL.len()];
            for (levels, seed) in
                LEVELS.into_iter().flat_map(|levels| (0..SEEDS).map(move |seed| (levels, seed)))
            {
                let rows = target.table(levels, REACH, noise, seed);
                let point = |(users, throughput): &(f64, f64)| Point {
                    users: *users,
                    throughput: *throughput,
                    weight: 1.0,
                };
                let found = fit(&rows.iter().map(point).collect::<Vec<_>>()).unwrap();
                all += 1;
                peaks += u32::from(found.peak.is_ok());
                if let Some(level) = found.level_off {
                    off += 1;
                    near += u32::from((level.throughput / 210.0 - 1.0).abs() <= 0.03);
                }
                if let Ok(law) = found.law {
                    laws[law as usize] += 1;
                }
            }
            let percent = |count: u32, of: u32| {
                if of == 0 {
                    "-".to_owned()
                } else {
                    format!("{:.0} %", f64::from(count) / f64::from(of) * 100.0)
                }
            };
            let law = |law: Growth| percent(laws[law as usize], all);
            let _ = writeln!(
                table,
                "| {name} | {:.0} % | {} | {} | {} | {} | {} | {} | {:.1} % |",
                noise * 100.0,
                percent(off, all),
                percent(near, if target_has_bound(target) { off } else { 0 }),
                law(Growth::Linear),
                law(Growth::Amdahl),
                law(Growth::Usl),
                percent(all - laws.iter().sum::<u32>(), all),
                f64::from(peaks) / f64::from(all) * 100.0
            );
        }
    }
    table
}

fn target_has_bound(target: Target) -> bool {
    matches!(target, Target::Constant | Target::Plateau(_) | Target::Closed(..))
}
