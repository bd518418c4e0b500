//! The session on a scripted engine: cycles, clocks, caps and stops.

use std::collections::BTreeMap;

use super::*;
use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::Histogram;
use crate::domain::plan::{Access, CellOrder};
use crate::domain::time_summary::TimeSummary;
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Histograms, MeasuredWindow, Phases, Window};
use crate::load::stop::stop_switch;

fn check(wall_s: i64, monotonic_s: u64, boot_s: Option<u64>, asked_s: u64, expected: Option<GapReason>) {
    let reading = |wall: i64, monotonic: u64, boot: Option<u64>| ClockReading {
        wall: Timestamp::from_second(1_000 + wall).unwrap(),
        monotonic_ns: monotonic * 1_000_000_000,
        boot_ns: boot.map(|boot| boot * 1_000_000_000),
    };
    let watch = ClockWatch { last: reading(0, 0, boot_s.map(|_| 0)) };
    let gap = watch.gap(reading(wall_s, monotonic_s, boot_s), Duration::from_secs(asked_s));
    assert_eq!(gap.map(|gap| gap.reason), expected);
}

#[test]
fn jumps_have_their_reasons() {
    check(10, 10, Some(10), 10, None);
    check(70, 10, Some(70), 10, Some(GapReason::Suspended));
    check(70, 10, Some(10), 10, Some(GapReason::ClockStep));
    check(-50, 10, Some(10), 10, Some(GapReason::ClockStep));
    check(70, 10, None, 10, Some(GapReason::ClockStep));
    check(40, 40, Some(40), 10, Some(GapReason::Paused));
}

/// Measures in no time, except for windows that the test makes slow.
struct Scripted {
    wall_s: i64,
    /// By number of the window.
    takes_s: fn(u64) -> i64,
}

impl Engine for Scripted {
    fn clocks(&self) -> ClockReading {
        let wall = Timestamp::from_second(self.wall_s).unwrap();
        ClockReading { wall, monotonic_ns: self.wall_s.unsigned_abs() * 1_000_000_000, boot_ns: None }
    }

    fn longest_wait(&self) -> Duration {
        Duration::MAX
    }

    async fn wait(&mut self, span: Duration, _stop: &mut Stop) {
        self.wall_s += i64::try_from(span.as_secs()).unwrap();
    }

    async fn measure(
        &mut self,
        order: &WindowOrder,
        _stop: &mut Stop,
    ) -> Result<Option<MeasuredGroup>, EngineError> {
        self.wall_s += (self.takes_s)(order.number);
        Ok(Some(MeasuredGroup::of_one(measured(order))))
    }
}

fn measured(order: &WindowOrder) -> MeasuredWindow {
    let histogram = Histogram::new().unwrap();
    let window = Window {
        number: order.number,
        cycle: order.cycle,
        started_at: Timestamp::UNIX_EPOCH,
        cell: CellName::new("a", "b"),
        users: 1,
        duration: Duration::ZERO,
        backed_off: None,
        request_cap: None,
        counts: Counts::default(),
        validity: Validity::Valid,
        bytes: 0,
        times: [TimeSummary::default(); 3],
        statuses: BTreeMap::new(),
        decoded_bytes: None,
        odd_responses: 0,
        addresses: BTreeMap::new(),
        certificate_days: None,
        errors: ErrorCounts::default(),
        cache: CacheCounts::default(),
        phases: Phases::default(),
        late_starts: 0,
        redirects: 0,
        remarks: Vec::new(),
        generator: GeneratorHealth::default(),
    };
    let histograms =
        Histograms { service_time: histogram.clone(), response_time: None, first_byte: histogram };
    MeasuredWindow { window, histograms, slowest: Vec::new() }
}

/// One endpoint at two levels, six cycles of a minute.
fn plan() -> Plan {
    let cells = vec![Cell::new(0, 0), Cell::new(0, 1)];
    Plan {
        name: "p".into(),
        workloads: Vec::new(),
        levels: Vec::new(),
        left_out: Vec::new(),
        request_caps: vec![None; cells.len()],
        cells,
        duration: Duration::from_mins(6),
        cycle: Duration::from_mins(1),
        window: Duration::from_secs(10),
        warm_up: Duration::ZERO,
        order: CellOrder::Listed,
        access: Access::default(),
        rate_limits: Vec::new(),
        feeders: Vec::new(),
        tracing: crate::domain::trace::Tracing::default(),
        secrets: crate::domain::plan::Secrets::default(),
        assessment: crate::domain::service::Assessment::default(),
        monitoring: crate::domain::monitoring::Monitoring::default(),
        hooks: Vec::new(),
        silences: Vec::new(),
        receivers: Vec::new(),
        check_every: None,
        seed: 1,
    }
}

/// The number and cycle of each window, and the reason and seconds of each gap.
type Driven = (Vec<(u64, u64)>, Vec<(GapReason, u64)>);

/// Runs the plan from a time on.
fn drive(from_s: i64, position: Position, takes_s: fn(u64) -> i64) -> Driven {
    let mut engine = Scripted { wall_s: from_s, takes_s };
    let (_switch, mut stop) = stop_switch();
    let (mut windows, mut gaps) = (Vec::new(), Vec::new());
    let mut listener = |event| {
        match event {
            RunEvent::WindowMeasured(measured) => {
                windows.push((measured.whole.window.number, measured.whole.window.cycle));
            }
            RunEvent::Gap(gap) => gaps.push((gap.reason, gap.length().as_secs())),
            _ => (),
        }
        Ok::<(), std::fmt::Error>(())
    };
    let plan = plan();
    let session = run(&plan, position, &mut engine, &mut stop, &mut listener);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(session).unwrap(), SessionEnd::Completed);
    (windows, gaps)
}

#[test]
fn every_cell_is_measured_in_every_cycle() {
    let (windows, gaps) = drive(0, Position::fresh(Timestamp::UNIX_EPOCH), |_| 10);
    let expected: Vec<(u64, u64)> = (0..12).map(|place| (place + 1, place / 2)).collect();
    assert_eq!((windows, gaps), (expected, vec![]));
}

#[test]
fn a_cell_that_takes_longer_than_cycles_costs_those_cycles() {
    // The second window takes three and a half minutes, so cycles 1 and 2 are over when it ends.
    let (windows, gaps) =
        drive(0, Position::fresh(Timestamp::UNIX_EPOCH), |number| if number == 2 { 210 } else { 5 });
    let cycles: Vec<u64> = windows.iter().map(|(_, cycle)| *cycle).collect();
    assert_eq!(cycles, [0, 0, 3, 3, 4, 4, 5, 5]);
    assert_eq!(gaps, [(GapReason::Overrun, 120)]);
}

#[test]
fn a_resumed_run_goes_on_where_the_clock_is() {
    // Killed in cycle 1 after its first cell, resumed in cycle 3.
    let done = [(0, 0), (0, 1), (1, 0)].map(|(cycle, level)| (cycle, Cell::new(0, level)));
    let position = Position { started_at: Timestamp::UNIX_EPOCH, next_number: 4, done: done.into() };
    let (windows, gaps) = drive(190, position, |_| 5);
    assert_eq!(windows, [(4, 3), (5, 3), (6, 4), (7, 4), (8, 5), (9, 5)]);
    assert_eq!(gaps, []);
}

#[test]
fn nothing_is_measured_past_the_planned_end() {
    // Resumed five seconds before the end, with cells of ten seconds.
    let position = Position { next_number: 7, ..Position::fresh(Timestamp::UNIX_EPOCH) };
    let (windows, _) = drive(355, position, |_| 10);
    assert_eq!(windows, [(7, 5)]);
}

#[test]
fn a_run_resumed_within_its_cycle_measures_what_is_left_of_it() {
    let done = [(0, Cell::new(0, 0))];
    let position = Position { started_at: Timestamp::UNIX_EPOCH, next_number: 2, done: done.into() };
    let (windows, _) = drive(20, position, |_| 5);
    assert_eq!(windows[..3], [(2, 0), (3, 1), (4, 1)]);
}
