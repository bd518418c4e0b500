//! Health of a workload over time: a state that changes only after several probes say the same.

/// What one probe showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Everything was as it should be.
    Good,
    /// It worked, but was slow or failed more often than allowed.
    Poor,
    /// It did not work: at least half of the requests failed.
    Bad,
}

/// How a workload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// No probe has shown anything yet.
    Unknown,
    /// It works as it should.
    Healthy,
    /// It works, but is slow or fails more often than allowed.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl Health {
    /// Every state, the best last but the unknown one.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Healthy, Self::Degraded, Self::Unhealthy];

    /// The word in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// The state with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.name() == name)
    }
}

/// How many of the latest probes have to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Votes {
    /// Number of probes that have to agree.
    pub needed: u32,
    /// Number of the latest probes that are looked at.
    pub of: u32,
}

/// When a state changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthRules {
    /// Bad probes that make a workload unhealthy.
    pub unhealthy: Votes,
    /// Bad or poor probes that make it degraded.
    pub degraded: Votes,
    /// Good probes in a row after which it is healthy again, and probes in a row that are not bad after which it is no
    /// longer unhealthy.
    pub healthy_after: u32,
}

impl Default for HealthRules {
    fn default() -> Self {
        let votes = Votes { needed: 2, of: 3 };
        Self { unhealthy: votes, degraded: votes, healthy_after: 3 }
    }
}

/// The health of one workload, and the probes that it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthTracker {
    rules: HealthRules,
    state: Health,
    /// The latest probes, the newest last.
    recent: Vec<Probe>,
}

impl HealthTracker {
    /// A workload of which nothing is known.
    pub fn new(rules: HealthRules) -> Self {
        Self { rules, state: Health::Unknown, recent: Vec::new() }
    }

    /// A workload as it was left.
    pub fn resumed(rules: HealthRules, state: Health, recent: Vec<Probe>) -> Self {
        let mut tracker = Self { rules, state, recent };
        tracker.forget();
        tracker
    }

    /// When its state changes.
    pub fn rules(&self) -> HealthRules {
        self.rules
    }

    /// The state that it is in.
    pub fn state(&self) -> Health {
        self.state
    }

    /// The latest probes, the newest last.
    pub fn recent(&self) -> &[Probe] {
        &self.recent
    }

    /// Counts one more probe; returns the state before where it changed.
    pub fn take(&mut self, probe: Probe) -> Option<Health> {
        self.recent.push(probe);
        self.forget();
        let before = self.state;
        self.state = self.next();
        (self.state != before).then_some(before)
    }

    fn next(&self) -> Health {
        let is_bad = |probe: &Probe| *probe == Probe::Bad;
        let is_trouble = |probe: &Probe| *probe != Probe::Good;
        if self.agree(self.rules.unhealthy, is_bad) {
            return Health::Unhealthy;
        }
        if self.state == Health::Unhealthy && !self.in_a_row(|probe| !is_bad(probe)) {
            return Health::Unhealthy;
        }
        if self.in_a_row(|probe| *probe == Probe::Good) {
            return Health::Healthy;
        }
        match self.state {
            // Out of an outage it gets better in steps.
            Health::Unhealthy => Health::Degraded,
            Health::Unknown if self.recent.last() == Some(&Probe::Good) => Health::Healthy,
            state if self.agree(self.rules.degraded, is_trouble) => state.max(Health::Degraded),
            state => state,
        }
    }

    fn agree(&self, votes: Votes, is_one: impl Fn(&Probe) -> bool) -> bool {
        let latest = self.recent.iter().rev().take(votes.of as usize);
        latest.filter(|probe| is_one(probe)).count() >= votes.needed.max(1) as usize
    }

    fn in_a_row(&self, is_one: impl Fn(&Probe) -> bool) -> bool {
        let needed = self.rules.healthy_after.max(1) as usize;
        self.recent.len() >= needed && self.recent.iter().rev().take(needed).all(is_one)
    }

    /// Keeps as many probes as the rules look at.
    fn forget(&mut self) {
        let HealthRules { unhealthy, degraded, healthy_after } = self.rules;
        let most = unhealthy.of.max(degraded.of).max(healthy_after).max(1) as usize;
        self.recent.drain(..self.recent.len().saturating_sub(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The states after each probe: g is good, p poor, b bad.
    fn states(probes: &str) -> String {
        let mut tracker = HealthTracker::new(HealthRules::default());
        let after = |probe| {
            tracker.take(match probe {
                'g' => Probe::Good,
                'p' => Probe::Poor,
                _ => Probe::Bad,
            });
            tracker.state().name().chars().next().unwrap()
        };
        probes.chars().map(after).collect()
    }

    #[test]
    fn two_of_three_decide_and_three_in_a_row_end_it() {
        let check = |probes: &str, expected: &str| assert_eq!(states(probes), expected, "{probes}");
        // u is unknown or unhealthy, and which of them the letters before tell.
        check("ggg", "hhh");
        check("gbg", "hhh");
        check("gbb", "hhu");
        check("gbgb", "hhhu");
        check("gpgp", "hhhd");
        check("gpgggggg", "hhhhhhhh");
        check("gppgpggg", "hhdddddh");
        // A bad and a poor one together are trouble, but no outage.
        check("gbp", "hhd");
        // Out of an outage after three that are not bad.
        check("gbbpppggg", "hhuuudddh");
        check("gbbggg", "hhuuuh");
        // Every other probe fails: it stays as it is.
        check("gbbgbgbgbg", "hhuuuuuuuu");
    }

    #[test]
    fn one_probe_tells_that_it_is_healthy_and_two_that_it_is_not() {
        let mut tracker = HealthTracker::new(HealthRules::default());
        assert_eq!(tracker.take(Probe::Bad), None);
        assert_eq!(tracker.take(Probe::Bad), Some(Health::Unknown));
        assert_eq!(tracker.state(), Health::Unhealthy);
        let mut fresh = HealthTracker::new(HealthRules::default());
        assert_eq!(fresh.take(Probe::Good), Some(Health::Unknown));
    }

    #[test]
    fn it_goes_on_as_it_was_left() {
        let rules = HealthRules::default();
        let mut whole = HealthTracker::new(rules);
        let probes = [Probe::Good, Probe::Bad, Probe::Bad, Probe::Good, Probe::Good, Probe::Good];
        for (place, probe) in probes.into_iter().enumerate() {
            let mut resumed = HealthTracker::resumed(rules, whole.state(), whole.recent().to_vec());
            assert_eq!(resumed.take(probe), whole.take(probe), "{place}");
            assert_eq!(resumed, whole);
        }
        assert!(whole.recent().len() <= 3);
    }
}
