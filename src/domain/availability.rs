//! Availability: the fraction of the measured time in which a workload worked.
//!
//! A ratio of requests hides an outage. A refused user asks once a second and a served one thousands of times, so a target
//! that is down for a fifth of a run fails a few requests in ten thousand. Time counts every minute alike.

use std::time::Duration;

use super::verdict::Validity;
use super::window::Window;

/// Fraction of failed requests from which on a workload does not work.
pub const DOWN_FROM: f64 = 0.5;

impl Window {
    /// Whether the workload worked: fewer than half of its requests failed.
    ///
    /// `None` where the window shows neither: nothing was judged, or requests failed while the load generator itself was in
    /// trouble. Such trouble makes no request succeed, so an invalid window can still show that the workload worked.
    pub fn worked(&self) -> Option<bool> {
        let is_down = self.counts.error_ratio()? >= DOWN_FROM;
        match self.validity {
            Validity::Invalid(_) if is_down => None,
            _ => Some(!is_down),
        }
    }
}

/// Measured time of one workload, or of several, by whether it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Availability {
    /// Measured time in windows in which it worked.
    pub up: Duration,
    /// Measured time in windows in which it did not.
    pub down: Duration,
    /// Number of windows in which it worked.
    pub windows_up: u64,
    /// Number of windows in which it did not.
    pub windows_down: u64,
}

impl Availability {
    /// The availability in these windows; steps of a workload are not counted separately.
    pub fn of<'a>(windows: impl IntoIterator<Item = &'a Window>) -> Self {
        let mut availability = Self::default();
        windows.into_iter().for_each(|window| availability.add(window));
        availability
    }

    /// Counts one more window. Parts of a group are counted with their whole and never by themselves.
    pub fn add(&mut self, window: &Window) {
        if window.cell.step.is_some() {
            return;
        }
        match window.worked() {
            Some(true) => (self.up, self.windows_up) = (self.up + window.duration, self.windows_up + 1),
            Some(false) => {
                (self.down, self.windows_down) = (self.down + window.duration, self.windows_down + 1);
            }
            None => (),
        }
    }

    /// Number of windows that show whether it worked.
    pub fn windows(&self) -> u64 {
        self.windows_up + self.windows_down
    }

    /// Fraction of the measured time in which it worked, 0 to 1; `None` where no window shows it.
    pub fn ratio(&self) -> Option<f64> {
        let all = (self.up + self.down).as_secs_f64();
        (all > 0.0).then(|| self.up.as_secs_f64() / all)
    }
}
