//! What it takes to draw a run in every format: `cargo bench --bench report`.
//!
//! Holds the bars that the product promises: 48 hours of 8,640 windows in less than three seconds, and ten times the
//! windows in at most eleven times the time. It ends with an error where they are missed. Memory is measured in a
//! process of its own, because this one also makes the runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to who runs it, and fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use baseline::report::drawing::{Drawing, draw};
use criterion::{Criterion, criterion_group, criterion_main};

/// The bars.
const MOST_TIME: Duration = Duration::from_secs(3);
const MOST_RATIO: f64 = 11.0;

/// Rehearses 48 hours at that cycle; returns the run's folder.
fn rehearsed(out: &Path, cycle: &str) -> PathBuf {
    let out = out.join(cycle);
    let plan = ["--duration", "48h", "--cycle", cycle, "--window", "1s", "--out"];
    let program = Command::new(env!("CARGO_BIN_EXE_baseline"))
        .args(["start", "--demo", "--rehearse"])
        .args(plan)
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(program.success());
    let mut runs = std::fs::read_dir(&out).unwrap();
    runs.next().unwrap().unwrap().path()
}

/// The best of a few: what else runs on the machine only ever adds.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn best_of(times: u32, run: &Path) -> Duration {
    let each = (0..times).map(|_| {
        let start = Instant::now();
        draw(run, Drawing::ALL).unwrap();
        start.elapsed()
    });
    each.min().unwrap_or_default()
}

fn reports(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let day_and_night = rehearsed(folder.path(), "5m");
    let mut group = criterion.benchmark_group("report_of_8640_windows");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("every_format", |bencher| {
        bencher.iter(|| draw(&day_and_night, Drawing::ALL).unwrap());
    });
    for drawing in Drawing::ALL {
        let name = format!("{drawing:?}").to_lowercase();
        group.bench_function(name, |bencher| bencher.iter(|| draw(&day_and_night, &[*drawing]).unwrap()));
    }
    group.finish();

    let usual = best_of(5, &day_and_night);
    let ten_times = best_of(2, &rehearsed(folder.path(), "30s"));
    let ratio = ten_times.as_secs_f64() / usual.as_secs_f64();
    println!("8,640 windows: {usual:.2?}; 86,400 windows: {ten_times:.2?}, {ratio:.1} times as long");
    assert!(
        usual <= MOST_TIME && ratio <= MOST_RATIO,
        "the bars are {MOST_TIME:?} and {MOST_RATIO} times as long"
    );
}

criterion_group!(benches, reports);
criterion_main!(benches);
