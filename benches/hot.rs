//! Times what runs for each request and each window: `cargo bench --bench hot`.
//!
//! `counts` counts the instructions of the same parts, which a busy machine does not change.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod parts;

use std::hint::black_box;
use std::process::{Command, Stdio};

use baseline::analysis::watch::Watcher;
use baseline::domain::window::Window;
use baseline::store::window_log;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn each_request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_request");
    let mut recorder = parts::recorder();
    let mut time_ns = 50_000;
    group.bench_function("record", |bencher| {
        bencher.iter(|| {
            time_ns = parts::next_time(time_ns);
            parts::record(&mut recorder, time_ns);
        });
    });
    for (name, answer) in parts::ANSWERS {
        group.bench_function(format!("parse_{name}"), |bencher| {
            bencher.iter(|| parts::parse(black_box(answer)));
        });
    }
    for (name, schedule) in parts::schedules() {
        let mut arrival = 0;
        group.bench_function(format!("schedule_{name}"), |bencher| {
            bencher.iter(|| {
                arrival = (arrival + 1) % parts::ARRIVALS;
                schedule.at_ns(black_box(arrival))
            });
        });
    }
    group.finish();
}

fn each_window(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_window");
    let (full, other) = (parts::full_recorder(1), parts::full_recorder(2));
    group.bench_function("merge", |bencher| {
        bencher.iter_batched_ref(
            || full.clone(),
            |recorder| recorder.merge(black_box(&other)).unwrap(),
            BatchSize::LargeInput,
        );
    });
    let histogram = parts::full_histogram();
    group.bench_function("quantile", |bencher| bencher.iter(|| histogram.quantile_ns(black_box(0.999))));
    let windows = rehearsed();
    group.throughput(Throughput::Elements(windows.len() as u64)).sample_size(10);
    group.bench_function("detect", |bencher| {
        bencher.iter(|| {
            let mut watcher = Watcher::learning(100);
            windows.iter().map(|window| watcher.take(window).flags.len()).sum::<usize>()
        });
    });
    group.finish();
}

/// The windows of 48 rehearsed hours of the demo.
fn rehearsed() -> Vec<Window> {
    let out = tempfile::tempdir().unwrap();
    let plan = ["--duration", "48h", "--cycle", "5m", "--window", "1s", "--out"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_baseline"));
    program.args(["start", "--demo", "--rehearse"]).args(plan).arg(out.path());
    assert!(program.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    let run = std::fs::read_dir(out.path()).unwrap().next().unwrap().unwrap().path();
    window_log::read(&run.join("windows.csv")).unwrap().windows
}

criterion_group!(benches, each_request, each_window);
criterion_main!(benches);
