//! The documented rate limits of the platform, as fixed windows that start at their first request.
//!
//! Pure: the time is an argument. It decides only; the response to a refused request is built elsewhere.

use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const QUARTER: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);

/// Counts the requests of all clients together against the documented limits.
#[derive(Debug)]
pub(super) struct Limiter {
    windows: [Window; 4],
}

/// What the limits leave after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Requests that the limit with the least room allows in its period.
    pub(super) limit: u32,
    /// How many of them are left.
    pub(super) remaining: u32,
}

/// A refused request, which exceeds a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// Time until every exhausted limit has room again; above zero.
    pub(super) retry_after: Duration,
}

/// One limit, and how much of it is used.
#[derive(Debug)]
struct Window {
    prefix: &'static str,
    requests: u32,
    per: Duration,
    /// When the window began; `None` before the first request.
    began: Option<Duration>,
    used: u32,
}

impl Limiter {
    /// The documented limits, with nothing used yet. Their periods are divided by `shortened`: 1 is as documented.
    pub(super) fn new(shortened: u32) -> Self {
        let window = |prefix, requests, per: Duration| {
            let per = per / shortened.max(1);
            Window { prefix, requests, per, began: None, used: 0 }
        };
        Self {
            windows: [
                window("/api/auth/", 5, QUARTER),
                window("/api/auth/", 20, HOUR),
                window("/api/", 100, MINUTE),
                window("/api/", 1_000, HOUR),
            ],
        }
    }

    /// Counts a request for `path` at time `now`, which never decreases, and says what is left; `None` where no limit
    /// covers it.
    ///
    /// # Errors
    /// [`Refused`] beyond any limit. A refused request is not counted, so that a client which keeps asking is not
    /// locked out for longer than it was promised.
    pub(super) fn admit(&mut self, path: &str, now: Duration) -> Result<Option<Room>, Refused> {
        let concerned = |window: &&mut Window| path.starts_with(window.prefix);
        let wait = self.windows.iter_mut().filter(concerned).filter_map(|window| window.full_for(now)).max();
        if let Some(retry_after) = wait {
            return Err(Refused { retry_after });
        }
        for window in self.windows.iter_mut().filter(concerned) {
            window.began.get_or_insert(now);
            window.used += 1;
        }
        let rooms = self.windows.iter_mut().filter(concerned).map(|window| Room {
            limit: window.requests,
            remaining: window.requests.saturating_sub(window.used),
        });
        Ok(rooms.min_by_key(|room| room.remaining))
    }
}

impl Window {
    /// How long this window stays full; `None` if it has room. A window whose time is over is cleared first.
    fn full_for(&mut self, now: Duration) -> Option<Duration> {
        let ends = self.began?.saturating_add(self.per);
        if now >= ends {
            (self.began, self.used) = (None, 0);
            return None;
        }
        (self.used >= self.requests).then(|| ends.saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTH: &str = "/api/auth/check";
    const HEALTH: &str = "/api/health";

    /// Sends requests at the given seconds; returns which were refused, with the seconds to wait.
    fn refusals(limiter: &mut Limiter, path: &str, at_s: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
        let mut refused = Vec::new();
        for second in at_s {
            if let Err(refusal) = limiter.admit(path, Duration::from_secs(second)) {
                refused.push((second, refusal.retry_after.as_secs()));
            }
        }
        refused
    }

    fn check(path: &str, at_s: impl IntoIterator<Item = u64>, expected: &[(u64, u64)]) {
        assert_eq!(refusals(&mut Limiter::new(1), path, at_s), expected, "{path}");
    }

    #[test]
    fn five_per_quarter_of_an_hour() {
        check(AUTH, [0, 1, 2, 3, 4], &[]);
        check(AUTH, [100, 101, 102, 103, 104, 105, 999, 1_000], &[(105, 895), (999, 1)]);
    }

    #[test]
    fn twenty_per_hour() {
        // As many per quarter as are allowed fill the hour exactly; late quarters end after the hour does.
        let bursts = (0..4).flat_map(|burst| (0..5).map(move |second| burst * 910 + second));
        let mut limiter = Limiter::new(1);
        assert_eq!(refusals(&mut limiter, AUTH, bursts), []);
        // Both limits are used up: the hour until 3,600 s, the quarter until 3,630 s, and the longer wait is
        // returned.
        assert_eq!(refusals(&mut limiter, AUTH, [3_500, 3_600, 3_630]), [(3_500, 130), (3_600, 30)]);
    }

    #[test]
    fn a_hundred_per_minute_and_a_thousand_per_hour() {
        check(HEALTH, std::iter::repeat_n(7, 102), &[(7, 60), (7, 60)]);
        let hour = (0..1_001).map(|request| request * 3);
        check(HEALTH, hour, &[(3_000, 600)]);
    }

    #[test]
    fn auth_counts_against_both_and_pages_against_none() {
        let mut limiter = Limiter::new(1);
        assert_eq!(refusals(&mut limiter, AUTH, [0; 5]), []);
        assert_eq!(refusals(&mut limiter, HEALTH, [0; 96]), [(0, 60)]);
        assert_eq!(refusals(&mut limiter, "/", [0; 2_000]), []);
        assert_eq!(refusals(&mut limiter, "/api", [0; 2_000]), []);
    }

    #[test]
    fn the_limit_with_the_least_room_is_told() {
        let mut limiter = Limiter::new(1);
        let mut left = |path: &str| {
            limiter.admit(path, Duration::ZERO).unwrap().map(|room| (room.limit, room.remaining))
        };
        assert_eq!(left("/"), None);
        assert_eq!(left(HEALTH), Some((100, 99)));
        assert_eq!([(); 2].map(|()| left(AUTH)), [Some((5, 4)), Some((5, 3))]);
        assert_eq!(left(HEALTH), Some((100, 96)));
    }

    #[test]
    fn periods_can_be_shortened() {
        // Sixty times: five in 15 seconds, twenty in a minute.
        let mut limiter = Limiter::new(60);
        assert_eq!(refusals(&mut limiter, AUTH, [0, 0, 0, 0, 0, 0, 14]), [(0, 15), (14, 1)]);
        assert_eq!(refusals(&mut limiter, AUTH, [15, 15, 15, 15, 15, 15]), [(15, 15)]);
    }

    #[test]
    fn a_retry_after_the_told_time_succeeds() {
        let mut limiter = Limiter::new(1);
        for path in [AUTH, HEALTH] {
            let mut now = Duration::from_millis(1_234);
            for _ in 0..3_000 {
                if let Err(refused) = limiter.admit(path, now) {
                    assert!(refused.retry_after > Duration::ZERO);
                    now += refused.retry_after;
                    assert!(limiter.admit(path, now).is_ok());
                }
            }
            limiter = Limiter::new(1);
        }
    }
}
