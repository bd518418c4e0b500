//! Availability: the fraction of the measured time in which a workload worked.
//!
//! A ratio of requests hides an outage. A refused user asks once a second and a served one thousands of times, so a target
//! that is down for a fifth of a run fails a few requests in ten thousand. Time counts every minute alike.

use std::time::Duration;

use super::verdict::Validity;
use super::window::Window;

/// Fraction of failed requests from which on a workload does not work.
pub const DOWN_FROM: f64 = 0.5;

/// What a window counts that may end with its last request.
const CAPPED: Duration = Duration::from_secs(10);

impl Window {
    /// The time that it counts for in an availability: what was measured.
    ///
    /// A window with a maximum of requests ends with the last of them: soon where they succeed, and late where users wait after
    /// failures. Its length would count outages many times, so such windows all count alike.
    pub fn weight(&self) -> Duration {
        if self.request_cap.is_some() { CAPPED } else { self.duration }
    }

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
        if window.cell.step.is_none() {
            self.add_part(window);
        }
    }

    /// Counts one more window, also that of a step: for the availability of a step by itself.
    pub fn add_part(&mut self, window: &Window) {
        match window.worked() {
            Some(true) => (self.up, self.windows_up) = (self.up + window.weight(), self.windows_up + 1),
            Some(false) => {
                (self.down, self.windows_down) = (self.down + window.weight(), self.windows_down + 1);
            }
            None => (),
        }
    }

    /// Adds what was measured elsewhere.
    pub fn merge(&mut self, other: &Self) {
        (self.up, self.down) = (self.up + other.up, self.down + other.down);
        (self.windows_up, self.windows_down) =
            (self.windows_up + other.windows_up, self.windows_down + other.windows_down);
    }

    /// Number of windows that show whether it worked.
    pub fn windows(&self) -> u64 {
        self.windows_up + self.windows_down
    }

    /// Fraction of the measured time in which it did not work, 0 to 1; `None` where no window shows it.
    pub fn down_ratio(&self) -> Option<f64> {
        let all = (self.up + self.down).as_secs_f64();
        (all > 0.0).then(|| self.down.as_secs_f64() / all)
    }

    /// Fraction of the measured time in which it worked, 0 to 1; `None` where no window shows it.
    pub fn ratio(&self) -> Option<f64> {
        let all = (self.up + self.down).as_secs_f64();
        (all > 0.0).then(|| self.up.as_secs_f64() / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cell_name::CellName;
    use crate::domain::verdict::InvalidReason;
    use crate::domain::window::Counts;

    fn window(succeeded: u64, failed: u64, validity: Validity, seconds: u64) -> Window {
        let counts = Counts { succeeded, failed, throttled: 0 };
        Window { counts, validity, duration: Duration::from_secs(seconds), ..Window::sample() }
    }

    const STARVED: Validity = Validity::Invalid(InvalidReason::GeneratorStarved);

    #[test]
    fn trouble_of_the_generator_makes_no_request_succeed() {
        let check = |window: Window, expected| assert_eq!(window.worked(), expected, "{window:?}");
        check(window(10, 0, Validity::Valid, 1), Some(true));
        check(window(0, 10, Validity::Valid, 1), Some(false));
        check(window(5, 5, Validity::Valid, 1), Some(false));
        check(window(6, 5, Validity::Throttled, 1), Some(true));
        check(window(10, 0, STARVED, 1), Some(true));
        check(window(0, 10, STARVED, 1), None);
        check(window(0, 0, Validity::Invalid(InvalidReason::NoRequests), 1), None);
    }

    #[test]
    fn time_counts_alike_however_many_requests_it_had() {
        let all = [
            window(100_000, 3, Validity::Valid, 72),
            window(0, 18, Validity::Valid, 18),
            window(0, 18, STARVED, 600),
        ];
        let availability = Availability::of(&all);
        assert_eq!((availability.windows_up, availability.windows_down), (1, 1));
        assert_eq!(availability.ratio(), Some(0.8));
        assert_eq!(Availability::default().ratio(), None);
    }

    #[test]
    fn windows_that_end_with_their_requests_count_alike() {
        let capped = |window| Window { request_cap: Some(5), ..window };
        let up = capped(window(5, 0, Validity::Valid, 1));
        let down = capped(window(0, 5, Validity::Valid, 30));
        assert_eq!(Availability::of([&up, &up, &up, &down]).ratio(), Some(0.75));
    }

    #[test]
    fn steps_count_with_their_whole() {
        let step = CellName { step: Some("login".into()), ..CellName::new("a", "light") };
        let window = Window { cell: step, ..window(0, 10, Validity::Valid, 1) };
        assert_eq!(Availability::of([&window]).windows(), 0);
    }
}
