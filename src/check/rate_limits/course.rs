//! Decides how a limit can be verified: when the next request may be sent, and how long the whole takes. Pure.

use std::time::Duration;

use super::book::{Book, Limit};

/// More requests than this are not sent for one limit.
const MOST_REQUESTS: u64 = 5_000;

/// How a limit can be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Course {
    /// Another limit is always reached first: which one, in words.
    Unreachable(String),
    /// It needs more requests than anybody should send for it.
    TooMany,
    /// It takes this long, or never ends (`None`).
    TooLong(Option<Duration>),
    /// Sending begins at this time.
    From(Duration),
}

/// How a limit can be verified by requests to a path, if that takes no longer than `longest`.
pub(super) fn course(book: &Book, target: usize, path: &str, now: Duration, longest: Duration) -> Course {
    let Some((_, limit)) = book.limits().nth(target) else { return Course::TooMany };
    if let Some((_, first)) =
        book.others(target, path).find(|(index, other)| is_first(*index, other, target, limit))
    {
        return Course::Unreachable(first.words());
    }
    if limit.requests > MOST_REQUESTS {
        return Course::TooMany;
    }
    // Best once nothing doubtful is counted; where that takes too long, as far as is certain.
    match course_from(book, target, path, now, book.certain_from(target, now), longest) {
        Course::TooLong(_) => course_from(book, target, path, now, now, longest),
        course => course,
    }
}

/// The same, if sending begins at `begin` or later.
fn course_from(
    book: &Book,
    target: usize,
    path: &str,
    now: Duration,
    begin: Duration,
    longest: Duration,
) -> Course {
    let as_is = ends(book, target, path, begin);
    let from = book.known_from(target, begin, as_is.unwrap_or(begin));
    let ends = if from == begin { as_is } else { ends(book, target, path, from) };
    match ends.map(|ends| ends.saturating_sub(now)) {
        Some(takes) if takes <= longest => Course::From(from),
        takes => Course::TooLong(takes),
    }
}

/// When the next request to a path may be sent without going beyond any limit but the target: `now`, or later.
pub(super) fn next(book: &Book, target: usize, path: &str, now: Duration) -> Duration {
    let limit = book.limits().nth(target).map(|(_, limit)| limit);
    // A limit that is written down twice is one limit.
    let others = book.others(target, path).filter(|(_, other)| Some(*other) != limit);
    others.map(|(index, _)| book.room_at(index, now)).max().unwrap_or(now)
}

/// Whether another limit is reached before this one, however the requests are spaced.
fn is_first(index: usize, other: &Limit, target: usize, limit: &Limit) -> bool {
    if (other.requests, other.per) == (limit.requests, limit.per) {
        return index < target;
    }
    let stretches = limit.per.as_nanos().div_ceil(other.per.as_nanos().max(1));
    u128::from(other.requests).saturating_mul(stretches) <= u128::from(limit.requests)
}

/// When the request beyond the limit would be sent, if responses took no time; `None` where it never is.
pub(super) fn ends(book: &Book, target: usize, path: &str, from: Duration) -> Option<Duration> {
    let (_, limit) = book.limits().nth(target)?;
    let (mut book, mut now) = (book.clone(), from);
    while book.sure(target, now) <= limit.requests {
        now = next(&book, target, path, now);
        if now > from + limit.per * 2 {
            return None;
        }
        book.note(path, now, true);
    }
    Some(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate_limit::{Allowance, RateLimit};

    const AUTH: &str = "/api/auth/check";
    const HEALTH: &str = "/api/health";

    fn m(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    /// The documented limits of the platform: 5 per 15 minutes, 20 per hour; 100 per minute, 1,000 per hour.
    fn documented() -> Vec<Limit> {
        let limit = |path: &str, allowances: [(u64, u64); 2]| RateLimit {
            path: path.to_owned(),
            allowances: allowances.map(|(requests, per)| Allowance { requests, per: m(per) }).to_vec(),
        };
        Limit::all(&[limit("/api/auth/*", [(5, 15), (20, 60)]), limit("/api/*", [(100, 1), (1_000, 60)])])
    }

    #[test]
    fn each_documented_limit_has_its_course() {
        let book = Book::new(&documented());
        let check = |target, path: &str, longest, expected: Course| {
            assert_eq!(course(&book, target, path, m(1), longest), expected, "{target} {path}");
        };
        check(0, AUTH, m(0), Course::From(m(1)));
        check(1, AUTH, m(100), Course::Unreachable("5 per 15m for /api/auth/*".to_owned()));
        check(2, HEALTH, m(0), Course::From(m(1)));
        // With requests to the tighter paths, the wider limits are out of reach.
        check(2, AUTH, m(100), Course::Unreachable("5 per 15m for /api/auth/*".to_owned()));
        // Eleven bursts of a hundred, a minute and a second apart.
        let takes = m(10) + Duration::from_secs(10);
        check(3, HEALTH, takes, Course::From(m(1)));
        check(3, HEALTH, takes.saturating_sub(Duration::from_nanos(1)), Course::TooLong(Some(takes)));
    }

    #[test]
    fn limits_that_are_equal_are_verified_once() {
        let limits = [documented()[0].clone(), documented()[0].clone()];
        let book = Book::new(&limits);
        assert_eq!(course(&book, 0, AUTH, m(0), m(0)), Course::From(m(0)));
        assert!(matches!(course(&book, 1, AUTH, m(0), m(0)), Course::Unreachable(_)));
        let many = [Limit { requests: 1_000_000, ..documented()[0].clone() }];
        assert_eq!(course(&Book::new(&many), 0, AUTH, m(0), m(0)), Course::TooMany);
    }

    #[test]
    fn what_was_sent_before_counts() {
        let mut book = Book::new(&documented());
        (0..3).for_each(|second| book.note(AUTH, Duration::from_secs(second), true));
        let now = Duration::from_secs(5);
        assert_eq!(course(&book, 0, AUTH, now, m(0)), Course::From(now));
        // A minute later, the limit of a minute may have begun to count anew: it is left until nothing is counted.
        let later = Duration::from_secs(59);
        assert_eq!(course(&book, 2, HEALTH, later, m(5)), Course::From(Duration::from_secs(63)));
        assert!(matches!(course(&book, 2, HEALTH, later, m(0)), Course::TooLong(Some(_))));
    }

    #[test]
    fn what_is_doubtful_is_waited_for_where_there_is_time() {
        let mut book = Book::new(&documented());
        book.note(HEALTH, m(1), true);
        book.refused(HEALTH);
        let gone = m(2) + Duration::from_secs(1);
        assert_eq!(course(&book, 2, HEALTH, m(1), m(5)), Course::From(gone));
        assert_eq!(course(&book, 2, HEALTH, m(1), m(0)), Course::From(m(1)));
    }

    /// A service that counts as this one does: in stretches that begin with their first request, or sliding.
    struct Service {
        limits: Vec<Limit>,
        slides: bool,
        sent: Vec<Vec<Duration>>,
    }

    impl Service {
        fn admits(&mut self, path: &str, now: Duration) -> bool {
            let covering = |limit: &Limit| limit.paths.covers(path);
            for (limit, sent) in self.limits.iter().zip(&mut self.sent).filter(|(limit, _)| covering(limit)) {
                match sent.first() {
                    Some(first) if !self.slides && now >= *first + limit.per => sent.clear(),
                    _ if self.slides => sent.retain(|at| now < *at + limit.per),
                    _ => {}
                }
                if sent.len() as u64 >= limit.requests {
                    return false;
                }
            }
            let all = self.limits.iter().zip(&mut self.sent).filter(|(limit, _)| covering(limit));
            all.for_each(|(_, sent)| sent.push(now));
            true
        }
    }

    #[test]
    fn no_limit_is_exceeded_by_more_than_one_request() {
        for slides in [false, true] {
            let mut service = Service { limits: documented(), slides, sent: vec![Vec::new(); 4] };
            let (mut book, mut now) = (Book::new(&documented()), m(3));
            // What the ordinary check sent.
            for path in [HEALTH, AUTH, HEALTH] {
                assert!(service.admits(path, now));
                book.note(path, now, true);
            }
            for (target, path) in [(0, AUTH), (2, HEALTH), (3, HEALTH)] {
                let Course::From(from) = course(&book, target, path, now, m(70)) else { panic!("{target}") };
                now = from;
                let limit = &documented()[target];
                let number = loop {
                    now = next(&book, target, path, now);
                    book.note(path, now, true);
                    let number = book.sure(target, now);
                    assert!(number <= limit.requests + 1, "{target}");
                    if !service.admits(path, now) {
                        break number;
                    }
                    now += Duration::from_millis(7);
                };
                let doubtful = book.doubtful(target, now);
                assert!(number + doubtful > limit.requests, "{target} slides {slides}: refused at {number}");
                book.refused(path);
                now += limit.counted_for();
                now = next(&book, target, path, now);
                assert!(service.admits(path, now), "{target} slides {slides}: after its time");
                book.note(path, now, true);
            }
        }
    }
}
