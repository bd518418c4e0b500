//! Runs a plan on an engine: cycle after cycle, cell after cell, telling a listener what happens.
//!
//! The schedule is the wall clock's at the start of the session: cycle k begins k x cycle after the run's start, however
//! often it was resumed. From then on time is counted, so that setting the clock moves nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::gap::{Gap, GapReason};
use crate::domain::generator::INTERRUPTION_US;
use crate::domain::plan::{Cell, Plan};
use crate::domain::schedule::cells_in_order;
use crate::domain::window::MeasuredGroup;

use super::engine::{ClockReading, Engine, EngineError, WindowOrder};
use super::event::RunEvent;
use super::stop::Stop;

/// Clocks that drift apart by more than this have jumped.
const JUMP: SignedDuration = SignedDuration::from_secs(1);

/// Where a run stands when its session begins.
#[derive(Debug, Clone)]
pub struct Position {
    /// When the run started, at first.
    pub started_at: Timestamp,
    /// The number of the next window.
    pub next_number: u64,
    /// What is committed already, as cycle and cell.
    pub done: BTreeSet<(u64, Cell)>,
}

impl Position {
    /// A run that starts now.
    pub fn fresh(started_at: Timestamp) -> Self {
        Self { started_at, next_number: 1, done: BTreeSet::new() }
    }
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// The session reached the end of the plan.
    Completed,
    /// Early, because it was asked to.
    Stopped,
    /// Early, because data of a journey has no rows left.
    OutOfRows,
}

/// Why a session could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError<E: std::error::Error + 'static> {
    /// The engine cannot measure any more.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The listener cannot take what happened: the disk is full, for instance.
    #[error(transparent)]
    Listener(E),
}

/// Runs the plan from a position to its end.
/// # Errors
/// [`SessionError`]; everything the listener accepted before stays accepted.
pub async fn run<N, L, E>(
    plan: &Plan,
    position: Position,
    engine: &mut N,
    stop: &mut Stop,
    listener: &mut L,
) -> Result<SessionEnd, SessionError<E>>
where
    N: Engine,
    L: FnMut(RunEvent) -> Result<(), E>,
    E: std::error::Error + 'static,
{
    let origin = engine.clocks();
    let mut session = Session {
        plan,
        started_at: position.started_at,
        number: position.next_number,
        engine,
        listener,
        watch: ClockWatch { last: origin },
        origin,
        has_measured: false,
        has_told_gap: false,
    };
    let mut cycle = 0;
    while cycle < plan.cycles() {
        cycle = session.catch_up(cycle)?;
        if cycle >= plan.cycles() {
            break;
        }
        session.wait_for(session.begins_at(cycle), cycle, stop).await?;
        for (place, cell) in cells_in_order(plan, cycle).into_iter().enumerate() {
            if stop.is_raised() {
                return Ok(SessionEnd::Stopped);
            }
            if session.now() >= session.begins_at(plan.cycles()) {
                return Ok(SessionEnd::Completed);
            }
            if position.done.contains(&(cycle, cell)) || !session.reach_slot(cycle, place, stop).await? {
                continue;
            }
            match session.measure(cycle, cell, stop).await? {
                Measured::Whole => (),
                Measured::Stopped => return Ok(SessionEnd::Stopped),
                Measured::OutOfRows => return Ok(SessionEnd::OutOfRows),
            }
        }
        cycle += 1;
    }
    Ok(SessionEnd::Completed)
}

/// How measuring a cell ended.
enum Measured {
    /// With a window.
    Whole,
    /// The end was asked for first.
    Stopped,
    /// There are no rows for another window.
    OutOfRows,
}

struct Session<'a, N, L> {
    plan: &'a Plan,
    started_at: Timestamp,
    number: u64,
    engine: &'a mut N,
    listener: &'a mut L,
    watch: ClockWatch,
    /// The clocks when the session began.
    origin: ClockReading,
    has_measured: bool,
    /// Whether a gap was told since the last window was opened.
    has_told_gap: bool,
}

impl<N, L, E> Session<'_, N, L>
where
    N: Engine,
    L: FnMut(RunEvent) -> Result<(), E>,
    E: std::error::Error + 'static,
{
    /// The cycle to run next: later than asked for where whole cycles have passed meanwhile.
    fn catch_up(&mut self, cycle: u64) -> Result<u64, SessionError<E>> {
        let into_run =
            Duration::try_from(self.now().duration_since(self.started_at)).unwrap_or(Duration::ZERO);
        let current =
            u64::try_from(into_run.as_nanos() / self.plan.cycle.as_nanos().max(1)).unwrap_or(u64::MAX);
        if current <= cycle {
            return Ok(cycle);
        }
        let next = current.min(self.plan.cycles());
        // On resume, the gap of the stop accounts for the time, and after a pause that of the pause.
        if self.has_measured && !self.has_told_gap {
            let (from, to) = (self.begins_at(cycle), self.begins_at(next));
            self.tell(RunEvent::Gap(Gap { from, to, reason: GapReason::Overrun }))?;
        }
        Ok(next)
    }

    fn begins_at(&self, cycle: u64) -> Timestamp {
        let nanos =
            i128::try_from(self.plan.cycle.as_nanos()).unwrap_or(i128::MAX).saturating_mul(i128::from(cycle));
        let seconds = i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX);
        let rest = i32::try_from(nanos % 1_000_000_000).unwrap_or(0);
        self.started_at.saturating_add(SignedDuration::new(seconds, rest)).unwrap_or(Timestamp::MAX)
    }

    /// Now, on the schedule's clock: where the wall clock stood at the start, and the time counted since.
    fn now(&self) -> Timestamp {
        let now = self.engine.clocks();
        let counted = match (self.origin.boot_ns, now.boot_ns) {
            (Some(origin), Some(now)) => now.saturating_sub(origin),
            _ => now.monotonic_ns.saturating_sub(self.origin.monotonic_ns),
        };
        let counted = SignedDuration::from_nanos_i128(i128::from(counted));
        self.origin.wall.saturating_add(counted).unwrap_or(Timestamp::MAX)
    }

    async fn wait_for(
        &mut self,
        until: Timestamp,
        cycle: u64,
        stop: &mut Stop,
    ) -> Result<(), SessionError<E>> {
        loop {
            self.look_at_clocks(Duration::ZERO)?;
            let left = Duration::try_from(until.duration_since(self.now())).unwrap_or(Duration::ZERO);
            if left.is_zero() || stop.is_raised() {
                return Ok(());
            }
            self.tell(RunEvent::Waiting { until, cycle })?;
            let span = left.min(self.engine.longest_wait());
            self.look_at_clocks(Duration::ZERO)?;
            self.engine.wait(span, stop).await;
            self.look_at_clocks(span)?;
        }
    }

    /// In a plan whose windows are capped, every cell keeps its own time, because the limits were counted on those
    /// times. Waits for it; false where it has passed, and the cell is left out of this cycle.
    async fn reach_slot(
        &mut self,
        cycle: u64,
        place: usize,
        stop: &mut Stop,
    ) -> Result<bool, SessionError<E>> {
        if self.plan.request_caps.iter().all(Option::is_none) {
            return Ok(true);
        }
        let span = SignedDuration::try_from(self.plan.cell_span()).unwrap_or(SignedDuration::ZERO);
        let offset = span.saturating_mul(i32::try_from(place).unwrap_or(i32::MAX));
        let slot = self.begins_at(cycle).saturating_add(offset).unwrap_or(Timestamp::MAX);
        let late = self.now().duration_since(slot);
        if late > span / 2 {
            if self.has_measured && !self.has_told_gap {
                let to = slot.saturating_add(span).unwrap_or(slot);
                self.tell(RunEvent::Gap(Gap { from: slot, to, reason: GapReason::Overrun }))?;
            }
            return Ok(false);
        }
        self.wait_for(slot, cycle, stop).await?;
        Ok(!stop.is_raised())
    }

    /// Measures a cell.
    async fn measure(
        &mut self,
        cycle: u64,
        cell: Cell,
        stop: &mut Stop,
    ) -> Result<Measured, SessionError<E>> {
        let index = self.plan.cells.iter().position(|other| *other == cell);
        let request_cap = index.and_then(|index| self.plan.request_caps[index]);
        let order = WindowOrder { number: self.number, cycle, cell, request_cap, keeps_partial: false };
        self.has_told_gap = false;
        self.tell(RunEvent::WindowOpened { number: self.number, cycle, cell })?;
        let opened = self.engine.clocks();
        let Some(measured) = self.engine.measure(&order, stop).await? else { return Ok(Measured::Stopped) };
        let out_of_rows = measured.out_of_rows.clone();
        self.look_at_clocks_after(&measured, opened)?;
        // Where there was no row for anybody, nothing was measured.
        let counts = measured.whole.window.counts;
        if out_of_rows.is_none() || counts.requests() > 0 {
            self.tell(RunEvent::WindowMeasured(Box::new(measured)))?;
            self.number += 1;
            self.has_measured = true;
        }
        match out_of_rows {
            Some(data) => {
                self.tell(RunEvent::OutOfRows { data })?;
                Ok(Measured::OutOfRows)
            }
            None => Ok(Measured::Whole),
        }
    }

    fn look_at_clocks_after(
        &mut self,
        measured: &MeasuredGroup,
        opened: ClockReading,
    ) -> Result<(), SessionError<E>> {
        self.look_at_clocks(Duration::MAX)?;
        let lag_us = measured.whole.window.generator.scheduling_lag_max_us.unwrap_or(0.0);
        if lag_us > INTERRUPTION_US {
            let to = self.engine.clocks().wall;
            self.tell(RunEvent::Gap(Gap { from: opened.wall, to, reason: GapReason::Paused }))?;
        }
        Ok(())
    }

    /// Tells of a jump since the last look. `asked` is how long we meant to wait; `Duration::MAX` where unknown.
    fn look_at_clocks(&mut self, asked: Duration) -> Result<(), SessionError<E>> {
        let now = self.engine.clocks();
        let gap = self.watch.gap(now, asked);
        self.watch.last = now;
        match gap {
            Some(gap) => self.tell(RunEvent::Gap(gap)),
            None => Ok(()),
        }
    }

    fn tell(&mut self, event: RunEvent) -> Result<(), SessionError<E>> {
        self.has_told_gap |= matches!(event, RunEvent::Gap(_));
        (self.listener)(event).map_err(SessionError::Listener)
    }
}

/// Compares clocks that should agree.
struct ClockWatch {
    last: ClockReading,
}

impl ClockWatch {
    fn gap(&self, now: ClockReading, asked: Duration) -> Option<Gap> {
        let spent = |from: u64, to: u64| SignedDuration::from_nanos_i128(i128::from(to) - i128::from(from));
        let monotonic = spent(self.last.monotonic_ns, now.monotonic_ns);
        let wall = now.wall.duration_since(self.last.wall);
        let boot = self.last.boot_ns.zip(now.boot_ns).map(|(from, to)| spent(from, to));
        let (from, to) = (self.last.wall, now.wall);
        if boot.is_some_and(|boot| boot - monotonic > JUMP) {
            Some(Gap { from, to, reason: GapReason::Suspended })
        } else if (wall - monotonic).abs() > JUMP {
            Some(Gap { from, to, reason: GapReason::ClockStep })
        } else if asked != Duration::MAX && monotonic - SignedDuration::try_from(asked).ok()? > JUMP {
            Some(Gap { from, to, reason: GapReason::Paused })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
