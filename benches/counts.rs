//! Counts the instructions of what runs for each request and each window: `cargo bench --bench counts`.
//!
//! Wants valgrind, `cargo install gungraun-runner` of the version that `Cargo.lock` has, and symbols, so a build of its own:
//! `CARGO_PROFILE_BENCH_DEBUG=true CARGO_PROFILE_BENCH_STRIP=false CARGO_TARGET_DIR=target/counts`. A count repeats on a
//! busy machine, where a time does not.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(
    missing_docs,
    unused_qualifications,
    dead_code,
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the macros write items and a main function in their own way"
)]

mod parts;

use std::hint::black_box;

use baseline::domain::histogram::Histogram;
use baseline::load::pacing::Schedule;
use baseline::load::recorder::Recorder;
use gungraun::{library_benchmark, library_benchmark_group, main};

/// How often what is short is repeated, so that calling it does not weigh.
const REPEATS: u64 = 1_000;

#[library_benchmark(setup = parts::recorder)]
fn record_1000(mut recorder: Recorder) -> Recorder {
    let mut time_ns = 50_000;
    for _ in 0..REPEATS {
        time_ns = parts::next_time(time_ns);
        parts::record(&mut recorder, time_ns);
    }
    recorder
}

#[library_benchmark]
#[bench::nothing(parts::ANSWERS[0].1)]
#[bench::length(parts::ANSWERS[1].1)]
#[bench::chunked(parts::ANSWERS[2].1)]
fn parse(answer: &[u8]) {
    parts::parse(black_box(answer));
}

fn two_recorders() -> (Recorder, Recorder) {
    (parts::full_recorder(1), parts::full_recorder(2))
}

#[library_benchmark(setup = two_recorders)]
fn merge((mut recorder, other): (Recorder, Recorder)) -> (Recorder, Recorder) {
    recorder.merge(&other).unwrap();
    (recorder, other)
}

#[library_benchmark(setup = parts::full_histogram)]
fn quantile(histogram: Histogram) -> (Histogram, Option<u64>) {
    let value = histogram.quantile_ns(black_box(0.999));
    (histogram, value)
}

fn uniform() -> Schedule {
    let [(_, schedule), _] = parts::schedules();
    schedule
}

#[library_benchmark(setup = uniform)]
fn schedule_1000(schedule: Schedule) -> u64 {
    (0..REPEATS).filter_map(|arrival| schedule.at_ns(black_box(arrival))).sum()
}

library_benchmark_group!(name = each_request; benchmarks = record_1000, parse, schedule_1000);
library_benchmark_group!(name = each_window; benchmarks = merge, quantile);
main!(library_benchmark_groups = each_request, each_window);
