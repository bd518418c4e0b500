//! What a receiver is told next: pure, from the alerts, from what it was told before, and from the time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::domain::units::nanos;
use crate::observe::remote_write::jittered;
use crate::store::sent::Told;

/// Alertmanager takes an alert that it does not hear of again for resolved after five minutes.
const REPEAT_NS: u64 = 60_000_000_000;
/// An alert that ended longer ago than this is no news any more.
const HORIZON: Duration = Duration::from_hours(24);
/// The first wait after a failure; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// An alert as its caller sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) alert: Alert,
    /// Whether nobody is told now.
    pub(super) is_silenced: bool,
    /// Whether a silence has held it back since it began.
    pub(super) is_held: bool,
}

/// What to do about an alert.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Notes that it is held back, or that there is nothing left to tell.
    Mark(String, Told),
    /// Tells it.
    Send(Sending),
}

/// A notification.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sending {
    pub(super) alert: Alert,
    pub(super) is_firing: bool,
    /// Whether the receiver knows it, and has to hear of it again.
    pub(super) is_repeat: bool,
}

/// The order of notifications to one receiver.
#[derive(Debug)]
pub(super) struct Queue {
    /// Whether alerts that last are told again.
    has_repeats: bool,
    /// What the receiver has refused since the start.
    refused: BTreeSet<String>,
    /// When alerts that last were told. Units: nanoseconds of the clock.
    posted: BTreeMap<String, u64>,
    due_ns: u64,
    wait: Duration,
}

impl Queue {
    pub(super) fn new(has_repeats: bool) -> Self {
        Self { has_repeats, refused: BTreeSet::new(), posted: BTreeMap::new(), due_ns: 0, wait: FIRST_WAIT }
    }

    /// The next step; `None` where there is nothing to do now. `wanted`: in the order of their beginnings.
    pub(super) fn next(
        &self,
        wanted: &[Wanted],
        told: impl Fn(&str) -> Option<Told>,
        now: Timestamp,
        now_ns: u64,
    ) -> Option<Step> {
        let mark = wanted.iter().find_map(|wanted| {
            let told = mark(wanted, told(&wanted.alert.id))?;
            Some(Step::Mark(wanted.alert.id.clone(), told))
        });
        if mark.is_some() || now_ns < self.due_ns {
            return mark;
        }
        let news = self.news(wanted, &told, now).next();
        news.or_else(|| self.repeat(wanted, &told, now_ns)).map(Step::Send)
    }

    /// Number of notifications that wait, without those that are only repeated.
    pub(super) fn pending(
        &self,
        wanted: &[Wanted],
        told: impl Fn(&str) -> Option<Told>,
        now: Timestamp,
    ) -> u64 {
        let of = |sending: Sending| if sending.is_firing && !sending.alert.is_open() { 2 } else { 1 };
        self.news(wanted, &told, now).map(of).sum()
    }

    /// What the receiver does not know yet.
    fn news<'a>(
        &'a self,
        wanted: &'a [Wanted],
        told: &'a impl Fn(&str) -> Option<Told>,
        now: Timestamp,
    ) -> impl Iterator<Item = Sending> + 'a {
        let open = wanted.iter().filter(move |wanted| {
            !wanted.is_silenced && !self.refused.contains(&wanted.alert.id) && !is_old(&wanted.alert, now)
        });
        open.filter_map(move |wanted| {
            let is_firing = match told(&wanted.alert.id) {
                Some(Told::Done) => return None,
                Some(Told::Firing) if wanted.alert.is_open() => return None,
                Some(Told::Firing) => false,
                Some(Told::Held) | None => true,
            };
            Some(Sending { alert: wanted.alert.clone(), is_firing, is_repeat: false })
        })
    }

    fn repeat(
        &self,
        wanted: &[Wanted],
        told: &impl Fn(&str) -> Option<Told>,
        now_ns: u64,
    ) -> Option<Sending> {
        let is_due = |id: &str| self.posted.get(id).is_none_or(|at| now_ns.saturating_sub(*at) >= REPEAT_NS);
        let due = self.repeated(wanted, told).find(|alert| is_due(&alert.id))?;
        Some(Sending { alert: due.clone(), is_firing: true, is_repeat: true })
    }

    /// The alerts that the receiver has to hear of again and again.
    fn repeated<'a>(
        &'a self,
        wanted: &'a [Wanted],
        told: &'a impl Fn(&str) -> Option<Told>,
    ) -> impl Iterator<Item = &'a Alert> + 'a {
        let open = wanted.iter().filter(|wanted| {
            self.has_repeats
                && !wanted.is_silenced
                && wanted.alert.is_open()
                && !self.refused.contains(&wanted.alert.id)
        });
        open.map(|wanted| &wanted.alert).filter(move |alert| told(&alert.id) == Some(Told::Firing))
    }

    /// When something is due next, if nothing changes; `None` for never. Units: nanoseconds of the clock.
    pub(super) fn until_ns(
        &self,
        wanted: &[Wanted],
        told: impl Fn(&str) -> Option<Told>,
        now: Timestamp,
    ) -> Option<u64> {
        let news = self.news(wanted, &told, now).next().map(|_| self.due_ns);
        let repeats = self.repeated(wanted, &told).map(|alert| {
            self.posted.get(&alert.id).map_or(0, |at| at.saturating_add(REPEAT_NS)).max(self.due_ns)
        });
        repeats.chain(news).min()
    }

    /// The receiver has taken a notification. Returns how far it knows the alert now.
    pub(super) fn accepted(&mut self, sending: &Sending, now_ns: u64) -> Told {
        (self.wait, self.due_ns) = (FIRST_WAIT, 0);
        if sending.is_firing {
            self.posted.insert(sending.alert.id.clone(), now_ns);
            return Told::Firing;
        }
        // One that has the same labels and lasts ended with it at Alertmanager.
        self.posted.clear();
        Told::Done
    }

    /// The receiver does not take this alert.
    pub(super) fn refused(&mut self, sending: &Sending) {
        (self.wait, self.due_ns) = (FIRST_WAIT, 0);
        self.refused.insert(sending.alert.id.clone());
    }

    /// The receiver is busy or away.
    pub(super) fn failed(&mut self, after: Option<Duration>, now_ns: u64) {
        let wait = after.unwrap_or_else(|| jittered(self.wait));
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.due_ns = now_ns.saturating_add(nanos(wait));
    }

    /// Tries again at once.
    pub(super) fn hurry(&mut self) {
        (self.wait, self.due_ns) = (FIRST_WAIT, 0);
    }

    /// Forgets what is not wanted any more.
    pub(super) fn forget(&mut self, wanted: &[Wanted]) {
        let is_wanted = |id: &String| wanted.iter().any(|wanted| wanted.alert.id == *id);
        self.refused.retain(is_wanted);
        self.posted.retain(|id, _| is_wanted(id));
    }
}

/// What is noted about an alert without telling anybody.
fn mark(wanted: &Wanted, told: Option<Told>) -> Option<Told> {
    let is_held = told == Some(Told::Held) || told.is_none() && wanted.is_held;
    match told {
        None if wanted.is_silenced => Some(Told::Held),
        // It began and ended in a silence.
        None | Some(Told::Held) if is_held && !wanted.is_silenced && !wanted.alert.is_open() => {
            Some(Told::Done)
        }
        _ => None,
    }
}

fn is_old(alert: &Alert, now: Timestamp) -> bool {
    let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
    alert.closed_at.is_some_and(|at| age(at) > HORIZON)
}

#[cfg(test)]
mod tests {
    use crate::domain::alert::AlertKind;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn wanted(id: &str, opened: i64, closed: Option<i64>, is_silenced: bool) -> Wanted {
        let alert = Alert {
            id: id.to_owned(),
            kind: AlertKind::Slow,
            scenario: "shop".into(),
            subject: None,
            level: None,
            summary: String::new(),
            description: String::new(),
            opened_at: at(opened),
            closed_at: closed.map(at),
        };
        Wanted { alert, is_silenced, is_held: is_silenced }
    }

    /// Plays alerts to a receiver that takes everything, and returns what it gets.
    #[derive(Default)]
    struct Played {
        told: BTreeMap<String, Told>,
    }

    impl Played {
        fn at(&mut self, queue: &mut Queue, second: i64, all: &[Wanted]) -> Vec<String> {
            let mut got = Vec::new();
            let now_ns = u64::try_from(second).unwrap() * SECOND;
            while let Some(step) = queue.next(all, |id| self.told.get(id).copied(), at(second), now_ns) {
                match step {
                    Step::Mark(id, told) => drop(self.told.insert(id, told)),
                    Step::Send(sending) => {
                        let told = queue.accepted(&sending, now_ns);
                        let word = if sending.is_firing { "firing" } else { "resolved" };
                        got.push(format!("{} {word}", sending.alert.id));
                        self.told.insert(sending.alert.id, told);
                    }
                }
            }
            got
        }
    }

    #[test]
    fn each_is_told_once_from_beginning_to_end() {
        let (mut queue, mut played) = (Queue::new(false), Played::default());
        let both = [wanted("a", 1, None, false), wanted("b", 2, Some(3), false)];
        assert_eq!(played.at(&mut queue, 4, &both), ["a firing", "b firing", "b resolved"]);
        assert_eq!(played.at(&mut queue, 400, &both), [""; 0]);
        let over = [wanted("a", 1, Some(500), false)];
        assert_eq!(played.at(&mut Queue::new(false), 501, &over), ["a resolved"]);
        assert_eq!(played.at(&mut queue, 502, &over), [""; 0]);
        let old = [wanted("c", 1, Some(2), false)];
        assert_eq!(played.at(&mut queue, 90_000, &old), [""; 0]);
    }

    #[test]
    fn alertmanager_hears_of_what_lasts_every_minute() {
        let (mut queue, mut played) = (Queue::new(true), Played::default());
        let one = [wanted("a", 1, None, false)];
        assert_eq!(played.at(&mut queue, 10, &one), ["a firing"]);
        assert_eq!(played.at(&mut queue, 69, &one), [""; 0]);
        let told = |id: &str| played.told.get(id).copied();
        assert_eq!(queue.until_ns(&one, told, at(69)), Some(70 * SECOND));
        assert_eq!(played.at(&mut queue, 70, &one), ["a firing"]);
        // After a restart at once.
        assert_eq!(played.at(&mut Queue::new(true), 71, &one), ["a firing"]);
        assert_eq!(played.at(&mut queue, 140, &[wanted("a", 1, None, true)]), [""; 0]);
    }

    #[test]
    fn silences_hold_back_and_tell_what_is_left() {
        let check = |steps: &[(i64, Option<i64>, bool)], expected: &[&str]| {
            let (mut queue, mut played, mut got) = (Queue::new(false), Played::default(), Vec::new());
            for (second, closed, is_silenced) in steps {
                let mut one = wanted("a", 1, *closed, *is_silenced);
                one.is_held = false;
                got.extend(played.at(&mut queue, *second, &[one]));
            }
            assert_eq!(got, expected, "{steps:?}");
        };
        check(&[(2, None, true), (3, None, false)], &["a firing"]);
        check(&[(2, None, true), (3, Some(3), true), (4, Some(3), false)], &[]);
        check(&[(2, Some(2), true), (4, Some(2), false)], &[]);
        check(&[(2, None, false), (3, Some(3), true)], &["a firing"]);
        check(&[(2, None, false), (3, Some(3), true), (4, Some(3), false)], &["a firing", "a resolved"]);
        check(&[(2, None, true), (3, None, false), (4, Some(4), false)], &["a firing", "a resolved"]);
    }

    #[test]
    fn one_that_is_away_is_asked_ever_less_often_and_one_that_refuses_not_again() {
        let mut queue = Queue::new(false);
        let one = [wanted("a", 1, None, false)];
        let next = |queue: &Queue, now_ns| queue.next(&one, |_| None, at(2), now_ns);
        assert!(next(&queue, 0).is_some());
        queue.failed(None, 0);
        assert!(next(&queue, SECOND / 2 - 1).is_none() && next(&queue, SECOND).is_some());
        queue.failed(Some(Duration::from_secs(30)), SECOND);
        assert!(next(&queue, 30 * SECOND).is_none() && next(&queue, 31 * SECOND).is_some());
        for _ in 0..20 {
            queue.failed(None, 0);
        }
        assert!(queue.until_ns(&one, |_| None, at(2)).is_some_and(|due| due <= 60 * SECOND));
        assert_eq!(queue.pending(&one, |_| None, at(2)), 1);
        queue.hurry();
        let Some(Step::Send(sending)) = next(&queue, 0) else { panic!() };
        queue.refused(&sending);
        assert!(next(&queue, 0).is_none());
        assert_eq!(queue.pending(&one, |_| None, at(2)), 0);
        queue.forget(&[]);
        assert!(next(&queue, 0).is_some());
    }
}
