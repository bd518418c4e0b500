//! SLOs judged on all valid windows of a cell together.
//!
//! A limit is violated where a target that just keeps it would look like this at most once in forty times, and undecided
//! where the value lies beyond it and chance alone could have done that, or where the sample is too small to state the value.

use crate::domain::availability::Availability;
use crate::domain::objective::{Basis, JudgedLimit, Needs, Objective, ObjectiveKind, ObjectiveState};
use crate::domain::percentile::Percentile;
use crate::stats::normal;
use crate::stats::proportion::{binomial_tail, wilson_95};

use super::decide::{TAIL, count, for_ratio, half_by_spread, needs, state_of};
use super::lower;
use super::sample::{Beyond, Sample, Sums};

/// With fewer times than this their mean is not close to normal.
const LEAST_TIMES: f64 = 20.0;

/// What all valid windows of a cell come to.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// The valid windows, in any order.
    pub windows: &'a [Sample],
    /// Measured time by whether it worked, in invalid windows too.
    pub availability: Availability,
    /// 95th percentile of the service time in microseconds, where enough requests support it.
    pub p95_us: Option<f64>,
}

impl Whole<'_> {
    /// Each limit of an SLO, in the order in which limits are listed.
    pub fn judged(&self, objective: &Objective) -> Vec<JudgedLimit> {
        let sums = self.windows.iter().fold(Sums::default(), |sums, window| sums.and(&window.sums));
        let judge = |(kind, limit)| match kind {
            ObjectiveKind::Mean => self.mean(limit, &sums),
            ObjectiveKind::P95 => self.p95(limit, &sums),
            ObjectiveKind::ErrorRate => self.errors(limit, &sums),
            ObjectiveKind::CacheHitRatio => lower::cache(limit, &sums, self.windows),
            ObjectiveKind::CertificateDays => lower::certificate(limit, self.windows),
        };
        objective.limits().map(judge).collect()
    }

    fn mean(&self, limit: f64, sums: &Sums) -> JudgedLimit {
        let base = JudgedLimit {
            kind: ObjectiveKind::Mean,
            limit,
            value: None,
            state: ObjectiveState::Undecided,
            basis: Basis::Requests,
            requests: count(sums.times),
            needs: Some(Needs::Requests(count(LEAST_TIMES))),
        };
        let Some((mean, error)) = sums.mean_us() else { return base };
        let base = JudgedLimit { value: Some(mean), ..base };
        if sums.times < LEAST_TIMES {
            return base;
        }
        // Windows differ by more than their requests suggest.
        let half = (normal::quantile(1.0 - TAIL) * error).max(self.half_by_windows(mean).unwrap_or(0.0));
        let state = state_of(mean + half <= limit, mean - half > limit);
        let factor = (half / (mean - limit).abs()).powi(2);
        JudgedLimit {
            state,
            needs: needs(state, Needs::Requests(count(sums.times * factor).max(base.requests + 1))),
            ..base
        }
    }

    /// Half of the 95% interval of a mean, from the spread between windows; `None` below two windows.
    fn half_by_windows(&self, mean: f64) -> Option<f64> {
        let means: Vec<f64> =
            self.windows.iter().filter_map(|window| window.sums.mean_us()).map(|(mean, _)| mean).collect();
        let (plain, half) = half_by_spread(&means)?;
        let relative = if plain > 0.0 { half / plain } else { 0.0 };
        Some(relative * mean)
    }

    fn p95(&self, limit: f64, sums: &Sums) -> JudgedLimit {
        let kept: Option<Vec<&Beyond>> = self.windows.iter().map(|window| window.beyond.as_ref()).collect();
        let (times, beyond) = kept.map_or((0, 0), |kept| {
            kept.iter().fold((0, 0), |(times, beyond), window| (times + window.times, beyond + window.beyond))
        });
        let least = Percentile::P95.needs();
        let base = JudgedLimit {
            kind: ObjectiveKind::P95,
            limit,
            value: self.p95_us,
            state: ObjectiveState::Undecided,
            basis: Basis::Requests,
            requests: count(sums.times),
            needs: Some(Needs::Requests(least)),
        };
        if times < least {
            return base;
        }
        let allowed = 1.0 - Percentile::P95.quantile();
        let at_least = |n: u64| binomial_tail(n, times, allowed).unwrap_or(1.0);
        let state = state_of(1.0 - at_least(beyond + 1) <= TAIL, at_least(beyond) <= TAIL);
        let more = for_ratio(beyond as f64 / times as f64, allowed).max(times + 1);
        JudgedLimit { state, needs: needs(state, Needs::Requests(more)), ..base }
    }

    /// Errors by request and by time: violated where either is.
    fn errors(&self, limit: f64, sums: &Sums) -> JudgedLimit {
        let by_request = self.errors_by_request(limit, sums);
        if by_request.state == ObjectiveState::Violated {
            return by_request;
        }
        match self.errors_by_time(limit, &by_request) {
            Some(by_time) if by_time.state == ObjectiveState::Violated => by_time,
            Some(by_time)
                if by_request.state == ObjectiveState::Met && by_time.state == ObjectiveState::Undecided =>
            {
                by_time
            }
            _ => by_request,
        }
    }

    fn errors_by_request(&self, limit: f64, sums: &Sums) -> JudgedLimit {
        // Where no valid window worked and others did, the valid ones are those of an outage.
        let is_outage_only =
            sums.windows > 0 && sums.down == sums.windows && self.availability.windows_up > 0;
        let judged = if is_outage_only { 0 } else { sums.judged };
        let value = (judged > 0).then(|| sums.failed as f64 / judged as f64);
        // Among fewer requests not even one failure in twice as many as the limit allows could be seen.
        let least = if limit > 0.0 { count((0.5 / limit).ceil()) } else { 1 };
        let base = JudgedLimit {
            kind: ObjectiveKind::ErrorRate,
            limit,
            value,
            state: ObjectiveState::Undecided,
            basis: Basis::Requests,
            requests: judged,
            needs: Some(Needs::Requests(least)),
        };
        let (Some(ratio), Some((low, _))) = (value, wilson_95(sums.failed, judged)) else { return base };
        let state =
            state_of(ratio <= limit && judged >= least, ratio > limit && (low > limit || limit == 0.0));
        let more = if ratio > limit { for_ratio(ratio, limit).max(judged + 1) } else { least };
        JudgedLimit { state, needs: needs(state, Needs::Requests(more)), ..base }
    }

    /// The fraction of time down, where there was any.
    fn errors_by_time(&self, limit: f64, by_request: &JudgedLimit) -> Option<JudgedLimit> {
        let (windows, down) = (self.availability.windows(), self.availability.windows_down);
        let ratio = self.availability.down_ratio().filter(|_| down > 0)?;
        let (low, _) = wilson_95(down, windows)?;
        let state = state_of(ratio <= limit, ratio > limit && (low > limit || limit == 0.0));
        let more = for_ratio(down as f64 / windows as f64, limit).max(windows + 1);
        Some(JudgedLimit {
            basis: Basis::Time(ratio),
            state,
            needs: needs(state, Needs::Windows(more)),
            ..*by_request
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::objective::ObjectiveState::{Met, Undecided, Violated};

    fn sums(failed: u64, succeeded: u64, mean_us: f64) -> Sums {
        let times = succeeded as f64;
        Sums {
            windows: 1,
            down: u64::from(failed >= succeeded),
            failed,
            judged: failed + succeeded,
            times,
            sum_us: times * mean_us,
            squares: times * mean_us * mean_us * 1.04,
            ..Sums::default()
        }
    }

    fn sample(sums: Sums, beyond: Option<(u64, u64)>) -> Sample {
        let at = Timestamp::UNIX_EPOCH;
        let beyond = beyond.map(|(times, beyond)| Beyond { times, beyond, tail: Vec::new() });
        Sample { number: 1, from: at, until: at, sums, certificate_days: None, beyond }
    }

    fn judged(objective: &Objective, windows: &[Sample], availability: Availability) -> JudgedLimit {
        Whole { windows, availability, p95_us: None }.judged(objective)[0]
    }

    #[test]
    fn a_p95_is_judged_from_72_requests_on() {
        let objective = Objective { p95: Some(Duration::from_millis(1)), ..Objective::default() };
        let check = |times, beyond, expected, needs: Option<u64>| {
            let window = sample(sums(0, times, 20_000.0), Some((times, beyond)));
            let judged = judged(&objective, &[window], Availability::default());
            assert_eq!(
                (judged.state, judged.needs),
                (expected, needs.map(Needs::Requests)),
                "{times} {beyond}"
            );
        };
        check(71, 71, Undecided, Some(72));
        check(71, 0, Undecided, Some(72));
        check(72, 72, Violated, None);
        check(72, 0, Met, None);
        // One in ten lies beyond, of a hundred: that is no accident at 5 %.
        check(100, 12, Violated, None);
        check(100, 7, Undecided, Some(457));
        check(10_000, 400, Met, None);
        check(10_000, 520, Undecided, Some(45_618));
    }

    #[test]
    fn without_its_times_a_p95_is_undecided() {
        let objective = Objective { p95: Some(Duration::from_millis(1)), ..Objective::default() };
        let windows = [sample(sums(0, 1_000, 20_000.0), None)];
        assert_eq!(judged(&objective, &windows, Availability::default()).state, Undecided);
    }

    #[test]
    fn a_mean_is_judged_by_the_wider_of_two_intervals() {
        let check = |limit_ms, means_us: &[f64], expected| {
            let objective = Objective { mean: Some(Duration::from_millis(limit_ms)), ..Objective::default() };
            let windows: Vec<Sample> =
                means_us.iter().map(|mean| sample(sums(0, 1_000, *mean), None)).collect();
            let judged = judged(&objective, &windows, Availability::default());
            assert_eq!(judged.state, expected, "{limit_ms} {means_us:?}: {judged:?}");
            assert_eq!(judged.needs.is_some(), expected == Undecided);
        };
        check(10, &[9_000.0, 9_100.0, 8_900.0], Met);
        check(8, &[9_000.0, 9_100.0, 8_900.0], Violated);
        // Two windows that differ by a third cannot say.
        check(10, &[8_000.0, 11_000.0], Undecided);
        // A swing within the run is no uncertainty of its mean.
        let swing: Vec<f64> =
            (0..288).map(|place| 9_000.0 + 1_800.0 * (f64::from(place) / 45.8).sin()).collect();
        check(10, &swing, Met);
    }

    #[test]
    fn errors_are_judged_by_requests_and_by_time() {
        let check = |limit, failed, succeeded, up: u64, down: u64, expected, by_time| {
            let objective = Objective { error_rate: Some(limit), ..Objective::default() };
            let spans = (Duration::from_secs(up), Duration::from_secs(down));
            let availability =
                Availability { up: spans.0, down: spans.1, windows_up: up, windows_down: down };
            let judged = judged(&objective, &[sample(sums(failed, succeeded, 1.0), None)], availability);
            let told = (judged.state, matches!(judged.basis, Basis::Time(_)));
            assert_eq!(told, (expected, by_time), "{failed} of {succeeded}, {down} of {up}: {judged:?}");
        };
        check(0.01, 0, 50, 10, 0, Met, false);
        check(0.01, 0, 49, 10, 0, Undecided, false);
        check(0.0, 0, 1, 1, 0, Met, false);
        check(0.0, 1, 1_000_000, 9, 0, Violated, false);
        check(0.001, 1, 599, 10, 0, Undecided, false);
        check(0.001, 1, 2_303, 10, 0, Met, false);
        check(0.01, 30, 970, 10, 0, Violated, false);
        // Down for a fifth of the time, in 3 of 10,000 requests.
        check(0.01, 3, 9_997, 24, 6, Violated, true);
        check(0.01, 3, 9_997, 99, 1, Met, false);
        check(0.01, 3, 9_997, 98, 2, Undecided, true);
        // The valid windows are those of the outage only.
        check(0.5, 10, 0, 8, 2, Undecided, false);
    }
}
