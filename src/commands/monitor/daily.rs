//! The days of a monitor: each is a run of its own, which ends at midnight UTC and goes on in the next.

use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::silence::midnight;
use crate::domain::units::after;
use crate::host;
use crate::load::session::SessionEnd;
use crate::observe::Say;
use crate::report::drawing::{Drawing, draw};
use crate::run::collect::{Rules, Scope, collect};
use crate::run::create::manifest_for_comparison;
use crate::run::feed::Feed;
use crate::run::launch::{launch, rehearsal_start};
use crate::run::options::RunOptions;
use crate::run::prepared::Prepared;
use crate::run::probing::Probing;
use crate::run::resume::resume;
use crate::run::runtime::runtime;
use crate::run::state;
use crate::store::journal::Journal;
use crate::store::manifest::{Manifest, Mode};
use crate::store::run_directory::Loss;
use crate::store::runs;

use crate::commands::CommandError;

use super::watching::{COMPRESS_AFTER, DAY, Monitor};

/// How long the journal keeps what is over: a year and a month.
const JOURNAL_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Monitor {
    /// Measures until the day ends; `false` where there is no other.
    /// # Errors
    /// [`CommandError`]; windows that were committed before stay committed.
    pub fn measure_day(&mut self, feed: &Feed) -> Result<bool, CommandError> {
        if !self.wait_until_due()? {
            return Ok(false);
        }
        let now = self.now();
        let left = self.options.duration.map(|duration| duration.saturating_sub(self.passed));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(false);
        }
        let length = until_midnight(now, self.interval).min(left.unwrap_or(Duration::MAX));
        let prepared = self.day(length)?;
        let finished = if let Some(folder) = self.unfinished(&prepared, now, length)? {
            Some(resume(&folder, &self.environment, Loss::Refuse, self.stop.clone(), feed)?)
        } else {
            let run = RunOptions { no_preflight: true, ..self.options.run.clone() };
            launch(&run, &prepared, &self.environment, self.stop.clone(), feed)?
        };
        let Some(finished) = finished else { return Ok(false) };
        if finished.end == SessionEnd::OutOfRows {
            return Err(CommandError::Usage {
                what: "data of a journey has no rows left, so the monitor cannot play it any more".to_owned(),
                hint: "add rows, or use order = \"circular\", which hands out rows again".to_owned(),
            });
        }
        let is_over = finished.end != SessionEnd::Completed;
        let manifest = Manifest::read(&finished.folder)?;
        let (start, end) = (manifest.start(&finished.folder)?, manifest.end(&finished.folder)?);
        // The last round stands for its interval too.
        let span = Duration::try_from(end.duration_since(start)).unwrap_or_default();
        let rounds =
            u32::try_from(span.as_nanos() / self.interval.as_nanos().max(1)).unwrap_or(u32::MAX).max(1);
        let over = after(start, self.interval.saturating_mul(rounds));
        let spent = Duration::try_from(over.duration_since(now)).unwrap_or_default();
        self.passed = self.passed.saturating_add(spent.max(self.interval));
        self.due = Some(over);
        self.last = Some(finished);
        Ok(!is_over)
    }

    /// The plan of a day.
    fn day(&self, length: Duration) -> Result<Prepared, CommandError> {
        let probing = Probing { every: self.options.every, duration: length };
        let mut prepared = self.prepared.probing(probing, &self.environment)?;
        if self.options.run.rehearse {
            // Each day has other noise.
            let day = self.passed.as_secs() / 86_400;
            prepared.plan.seed = prepared.plan.seed.wrapping_add(day);
            prepared.settings.seed = prepared.plan.seed;
            prepared.passed = self.passed;
            prepared = prepared.without_checks();
        }
        Ok(prepared)
    }

    fn now(&self) -> Timestamp {
        if self.options.run.rehearse { after(rehearsal_start(), self.passed) } else { host::clock::now() }
    }

    /// Waits for the next round; `false` where it is asked to end.
    fn wait_until_due(&mut self) -> Result<bool, CommandError> {
        let Some(due) = self.due.filter(|_| !self.options.run.rehearse) else {
            return Ok(!self.stop.is_raised());
        };
        let runtime = runtime()?;
        runtime.block_on(async {
            loop {
                self.service.alive();
                let left = Duration::try_from(due.duration_since(host::clock::now())).unwrap_or_default();
                if left.is_zero() {
                    return Ok(true);
                }
                tokio::select! {
                    () = tokio::time::sleep(left.min(self.service.pause())) => (),
                    () = self.stop.raised() => return Ok(false),
                }
            }
        })
    }

    /// Today's run of the same plan, where it was interrupted and ends no later than this one would.
    fn unfinished(
        &self,
        prepared: &Prepared,
        now: Timestamp,
        length: Duration,
    ) -> Result<Option<PathBuf>, CommandError> {
        if self.options.run.rehearse {
            return Ok(None);
        }
        let name = prepared.plan.name.as_ref();
        let wanted = without_duration(manifest_for_comparison(prepared, Mode::Real)?);
        let is_demo = self.options.run.demo;
        for folder in runs::list(&self.options.run.out).into_iter().rev() {
            let Ok(manifest) = Manifest::read(&folder) else { continue };
            let is_of_kind = match manifest.mode {
                Mode::Real => !is_demo,
                Mode::Demo { .. } => is_demo,
                Mode::Rehearsal { .. } => false,
            };
            if !manifest.monitor || manifest.scenario != name || !is_of_kind {
                continue;
            }
            let is_running = state::RunStatus::read(&folder, &manifest).state == state::RUNNING;
            if is_running {
                return Err(CommandError::Usage {
                    what: format!("another monitor of {name} is running: {}", folder.display()),
                    hint: "stop it, or choose another folder with --out".to_owned(),
                });
            }
            let end = manifest.end(&folder)?;
            let has_time = end > after(now, self.interval) && end <= after(now, length + self.interval);
            let is_same = without_duration(manifest) == wanted;
            return Ok((has_time && is_same).then_some(folder));
        }
        Ok(None)
    }

    /// Tells the service manager that no other day follows.
    pub fn ends(&self) {
        self.service.stopping();
    }

    /// After a day: its report, and what is too old. Trouble with either is said, and ends nothing.
    pub fn after_day(&mut self, say: Say) {
        let Some(finished) = self.last.take() else { return };
        self.service.alive();
        if !self.options.run.rehearse
            && let Err(error) = draw(&finished.folder, Drawing::ALL)
        {
            say(&format!("warning: the report of {} cannot be written: {error}", finished.run_id));
        }
        self.service.alive();
        let rules = Rules {
            scope: Scope::Monitor(self.prepared.plan.name.to_string()),
            compress_after: COMPRESS_AFTER,
            keep: Some(self.prepared.plan.monitoring.keep),
            baselines: self.options.run.baselines.clone(),
            is_dry_run: false,
            is_virtual: self.options.run.rehearse,
        };
        let now = self.now();
        if let Err(error) = collect(&self.options.run.out, now, &rules) {
            say(&format!("warning: old days are not removed: {error}"));
        }
        let long_ago = now.checked_sub(JOURNAL_KEPT).unwrap_or(Timestamp::MIN);
        let pruned = Journal::open(&self.folder()).and_then(|(mut journal, _)| journal.prune(long_ago));
        if let Err(error) = pruned {
            say(&format!("warning: old entries of the journal are not removed: {error}"));
        }
        self.service.alive();
    }
}

/// The time until midnight UTC; until the one after it where no round would fit in before.
fn until_midnight(now: Timestamp, interval: Duration) -> Duration {
    let next = after(midnight(now), DAY);
    let left = Duration::try_from(next.duration_since(now)).unwrap_or(DAY);
    let length = if left < interval { left + DAY } else { left };
    // Whole milliseconds, as files have them.
    Duration::from_millis(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}

/// The plan of a manifest, but for the length of its day.
fn without_duration(manifest: Manifest) -> serde_json::Value {
    let mut plan = manifest.plan;
    if let Some(section) = plan.get_mut("plan").and_then(serde_json::Value::as_object_mut) {
        section.remove("duration");
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::format_span;

    #[test]
    fn a_day_ends_at_midnight_unless_nothing_fits_before() {
        let check = |now: &str, interval, expected: &str| {
            let length = until_midnight(now.parse().unwrap(), Duration::from_secs(interval));
            assert_eq!(format_span(length), expected, "{now}");
        };
        check("2026-11-27T20:00:00Z", 60, "4h");
        check("2026-11-27T00:00:00Z", 60, "24h");
        check("2026-11-27T23:59:30Z", 60, "24h30s");
        check("2026-11-27T23:59:00Z", 60, "1m");
    }
}
