//! Counts the requests that were sent, by documented limit. Pure: the time is an argument.

use std::time::Duration;

use crate::domain::rate_limit::RateLimit;
use crate::domain::units::format_span;

/// One documented limit: a path or prefix, and one number of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    /// The paths that it is about; its allowances do not matter.
    pub(super) paths: RateLimit,
    pub(super) requests: u64,
    pub(super) per: Duration,
}

impl Limit {
    /// The limits of a plan, one for each allowance, in its order.
    pub(super) fn all(limits: &[RateLimit]) -> Vec<Self> {
        let of = |limit: &RateLimit| {
            let paths = RateLimit { path: limit.path.clone(), allowances: Vec::new() };
            let allowances = limit.allowances.clone();
            allowances.into_iter().map(move |allowance| Self {
                paths: paths.clone(),
                requests: allowance.requests,
                per: allowance.per,
            })
        };
        limits.iter().flat_map(of).collect()
    }

    /// The limit in words: `5 per 15m for /api/auth/*`.
    pub(super) fn words(&self) -> String {
        format!("{} per {} for {}", self.requests, format_span(self.per), self.paths.path)
    }

    /// For how long a request is counted to be sure: clocks and networks are not exact.
    pub(super) fn counted_for(&self) -> Duration {
        self.per + (self.per / 10).min(Duration::from_secs(1))
    }
}

/// What was sent, as each limit counts it.
#[derive(Debug, Clone)]
pub(super) struct Book(Vec<Counted>);

/// A limit and when its requests were sent, in order.
#[derive(Debug, Clone)]
struct Counted {
    limit: Limit,
    /// Requests that the service counts for certain.
    sure: Vec<Duration>,
    /// Requests that it may count: those that were refused, and those to another host.
    doubtful: Vec<Duration>,
}

impl Book {
    /// Nothing was sent yet.
    pub(super) fn new(limits: &[Limit]) -> Self {
        let counted =
            |limit: &Limit| Counted { limit: limit.clone(), sure: Vec::new(), doubtful: Vec::new() };
        Self(limits.iter().map(counted).collect())
    }

    /// Notes a request. Times do not decrease.
    pub(super) fn note(&mut self, path: &str, at: Duration, is_sure: bool) {
        for counted in self.0.iter_mut().filter(|counted| counted.limit.paths.covers(path)) {
            if is_sure { &mut counted.sure } else { &mut counted.doubtful }.push(at);
        }
    }

    /// The last request was refused: whether it counts is for the service to decide.
    pub(super) fn refused(&mut self, path: &str) {
        for counted in self.0.iter_mut().filter(|counted| counted.limit.paths.covers(path)) {
            counted.doubtful.extend(counted.sure.pop());
        }
    }

    /// The limits.
    pub(super) fn limits(&self) -> impl Iterator<Item = (usize, &Limit)> {
        self.0.iter().map(|counted| &counted.limit).enumerate()
    }

    /// The limits that cover a path, but for one.
    pub(super) fn others<'a>(
        &'a self,
        target: usize,
        path: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Limit)> {
        self.limits().filter(move |(index, limit)| *index != target && limit.paths.covers(path))
    }

    /// Number of requests that a limit counts now for certain.
    pub(super) fn sure(&self, index: usize, now: Duration) -> u64 {
        within(&self.0[index].sure, now, self.0[index].limit.per)
    }

    /// Number of further requests that it may count.
    pub(super) fn doubtful(&self, index: usize, now: Duration) -> u64 {
        within(&self.0[index].doubtful, now, self.0[index].limit.per)
    }

    /// From when on a limit counts no request of which it is doubtful whether it counts; `now` where it counts none.
    pub(super) fn certain_from(&self, index: usize, now: Duration) -> Duration {
        let Counted { limit, doubtful, .. } = &self.0[index];
        doubtful.last().map_or(now, |last| now.max(*last + limit.counted_for()))
    }

    /// When a limit has room for a request, however the service counts; `now` where it has.
    pub(super) fn room_at(&self, index: usize, now: Duration) -> Duration {
        let Counted { limit, sure, doubtful } = &self.0[index];
        let mut all = [sure.as_slice(), doubtful].concat();
        all.sort_unstable();
        // The request that must have left before there is room for another.
        let last = usize::try_from(limit.requests).ok().and_then(|most| all.len().checked_sub(most));
        let Some(leaving) = last.and_then(|place| all.get(place)) else { return now };
        now.max(*leaving + limit.counted_for())
    }

    /// From when on it is known what the service counts, if sending ends at `ends`: from `now`, or from when it counts
    /// nothing. A service may count within a stretch that began with the first request, and begin another meanwhile.
    pub(super) fn known_from(&self, index: usize, now: Duration, ends: Duration) -> Duration {
        let Counted { limit, sure, .. } = &self.0[index];
        let young = sure.partition_point(|at| *at + limit.per <= now);
        let (Some(first), Some(last)) = (sure.get(young), sure.last()) else { return now };
        let follows_another = young.checked_sub(1).is_some_and(|old| sure[old] + limit.per > *first);
        let outlasts = ends + limit.per / 10 > *first + limit.per;
        if follows_another || outlasts { *last + limit.counted_for() } else { now }
    }
}

fn within(times: &[Duration], now: Duration, per: Duration) -> u64 {
    (times.len() - times.partition_point(|at| *at + per <= now)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate_limit::Allowance;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn book() -> Book {
        let limit = |path: &str, requests, per| RateLimit {
            path: path.to_owned(),
            allowances: vec![Allowance { requests, per: s(per) }],
        };
        Book::new(&Limit::all(&[limit("/api/auth/*", 2, 100), limit("/api/*", 3, 10)]))
    }

    #[test]
    fn every_limit_counts_what_it_covers_for_its_time() {
        let mut book = book();
        book.note("/api/auth/a?b", s(1), true);
        book.note("/api/b", s(2), false);
        book.note("/", s(2), true);
        let counts = |now| [0, 1].map(|index| (book.sure(index, s(now)), book.doubtful(index, s(now))));
        assert_eq!(counts(2), [(1, 0), (1, 1)]);
        assert_eq!(counts(11), [(1, 0), (0, 1)]);
        assert_eq!(counts(101), [(0, 0), (0, 0)]);
    }

    #[test]
    fn a_refused_request_may_count() {
        let mut book = book();
        book.note("/api/a", s(1), true);
        book.refused("/api/a");
        assert_eq!((book.sure(1, s(1)), book.doubtful(1, s(1))), (0, 1));
        assert_eq!([2, 20].map(|now| book.certain_from(1, s(now))), [s(12), s(20)]);
        assert_eq!(book.certain_from(0, s(2)), s(2));
    }

    #[test]
    fn there_is_room_once_enough_requests_are_old() {
        let mut book = book();
        for at in [1, 2, 3, 4] {
            assert_eq!(book.room_at(1, s(at)), if at < 4 { s(at) } else { s(12) }, "{at}");
            book.note("/api/a", s(at), true);
        }
        assert_eq!(book.room_at(1, s(4)), s(13));
        assert_eq!(book.room_at(1, s(30)), s(30));
        assert_eq!(book.room_at(0, s(4)), s(4));
    }

    #[test]
    fn it_is_known_what_counts_unless_stretches_may_overlap() {
        let check = |sent: &[u64], now: u64, ends: u64, expected: u64| {
            let mut book = book();
            for at in sent {
                book.note("/api/a", s(*at), true);
            }
            assert_eq!(book.known_from(1, s(now), s(ends)), s(expected), "{sent:?} at {now}");
        };
        check(&[], 5, 5, 5);
        check(&[1, 2], 3, 3, 3);
        check(&[1, 2], 3, 12, 13);
        check(&[1, 2], 20, 25, 20);
        // The service may have begun to count anew at 11.
        check(&[1, 9], 12, 12, 20);
        check(&[1, 11], 12, 12, 12);
    }
}
