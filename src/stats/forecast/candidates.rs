//! The steps that may explain the last values: one candidate for each of them.

use std::collections::VecDeque;

use super::super::swing::{STATES, Vector, dot};

/// How many values back a step is looked for.
pub(super) const MEMORY: usize = 20;

/// How many values a step must have lasted.
const LEAST_AGE: usize = 4;

/// A step that explains the last values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its height: how far the values since lie from what was expected before it came. Units: those of the series.
    pub height: f64,
    /// How clear it is, in standard errors, level and swing being as uncertain as they are.
    pub z: f64,
    /// How many values it lasts.
    pub age: usize,
    /// The level before it came.
    pub level_before: f64,
    pub(super) before: Vector,
    pub(super) information: f64,
}

/// A step before one of the last values.
#[derive(Debug, Clone)]
struct Candidate {
    /// Level and swing as they were before.
    before: Vector,
    /// How much of the step they have taken up since.
    taken_up: Vector,
    /// What the values since say for it, each limited to this many deviations.
    evidence: f64,
    information: f64,
    age: usize,
}

impl Candidate {
    /// How clear it is, in standard errors.
    fn clarity(&self) -> f64 {
        self.evidence / self.information.sqrt()
    }
}

/// The candidates, the earliest first.
#[derive(Debug, Clone)]
pub struct Candidates(VecDeque<Candidate>);

/// What a value says about the state, and what the state takes up of it.
pub(super) struct Weighed<'a> {
    /// How each state shows in the value.
    pub(super) direction: &'a Vector,
    /// How far each state follows a surprise of one.
    pub(super) gain: &'a Vector,
    /// How much of the value before the value hands on.
    pub(super) phi: f64,
    /// The surprise, limited to what a single value may say.
    pub(super) surprise: f64,
    /// The variance of such a surprise.
    pub(super) variance: f64,
}

impl Candidates {
    pub(super) fn new() -> Self {
        Self(VecDeque::with_capacity(MEMORY + 1))
    }

    /// Weighs the value that comes next for and against a step before each of the last values; `before` is the state now.
    pub(super) fn weigh(&mut self, before: &Vector, value: &Weighed<'_>) {
        if self.0.len() >= MEMORY {
            self.0.pop_front();
        }
        self.0.push_back(Candidate {
            before: *before,
            taken_up: [0.0; STATES],
            evidence: 0.0,
            information: 0.0,
            age: 0,
        });
        for candidate in &mut self.0 {
            // A step of height 1 shows whole in its first value, and less what dependence hands on in the others.
            let shows = if candidate.age == 0 { 1.0 } else { 1.0 - value.phi }
                - dot(value.direction, &candidate.taken_up);
            candidate.evidence += shows * value.surprise / value.variance;
            candidate.information += shows * shows / value.variance;
            candidate.age += 1;
            for (taken_up, gain) in candidate.taken_up.iter_mut().zip(value.gain) {
                *taken_up += gain * shows;
            }
        }
    }

    /// The number of values since the step that is clearest, of those that are old enough to tell.
    pub fn clearest_age(&self) -> Option<usize> {
        self.clearest(LEAST_AGE).map(|candidate| candidate.age)
    }

    /// The same, but `None` while an even younger step is clearer: it may be one value that strays, and if not, its windows
    /// still to come tell more.
    pub fn settled_age(&self) -> Option<usize> {
        self.clearest(1).map(|candidate| candidate.age).filter(|age| *age >= LEAST_AGE)
    }

    fn clearest(&self, least_age: usize) -> Option<&Candidate> {
        let old = self.0.iter().filter(|candidate| candidate.age >= least_age);
        let told = old.filter(|candidate| candidate.information > 0.0);
        told.max_by(|left, right| left.clarity().abs().total_cmp(&right.clarity().abs()))
    }

    /// The number of values since the earliest step that is looked for.
    pub fn earliest_age(&self) -> Option<usize> {
        self.0.front().map(|candidate| candidate.age)
    }

    /// How clear the step `age` values ago is, in standard errors; 0 where it is not looked for.
    pub fn clarity(&self, age: usize) -> f64 {
        self.get(age).map_or(0.0, Candidate::clarity)
    }

    /// The state before the step `age` values ago; `None` where it is not looked for.
    pub(super) fn before(&self, age: usize) -> Option<Vector> {
        self.get(age).map(|candidate| candidate.before)
    }

    /// The step `age` values ago with the height that its values show; `None` where it is not looked for.
    pub(super) fn step(&self, age: usize, height: f64) -> Option<Step> {
        let candidate = self.get(age)?;
        Some(Step {
            height,
            z: candidate.clarity(),
            age,
            level_before: candidate.before[0],
            before: candidate.before,
            information: candidate.information,
        })
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn get(&self, age: usize) -> Option<&Candidate> {
        let place = self.0.len().checked_sub(age)?;
        self.0.get(place).filter(|candidate| candidate.information > 0.0)
    }
}
