//! The steps that may explain the last values: one candidate for each of them.

use super::super::robust::median;
use super::super::swing::{STATES, Vector, basis, dot};
use super::{Forecast, JUDGING_CLIP, MEMORY};

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
    before: Vector,
    information: f64,
}

/// A step before one of the last values.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
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

impl Forecast {
    /// Weighs the value that comes next for and against a step before each of the last values.
    pub(super) fn weigh_steps(&mut self, at: f64, direction: &Vector, surprise: f64, variance: f64) {
        let phi = self.phi_after(at);
        let gain = self.spread(direction).map(|spread| spread / variance);
        let reach = JUDGING_CLIP * variance.sqrt();
        let held = surprise.clamp(-reach, reach);
        if self.candidates.len() >= MEMORY {
            self.candidates.pop_front();
        }
        self.candidates.push_back(Candidate {
            before: self.state,
            taken_up: [0.0; STATES],
            evidence: 0.0,
            information: 0.0,
            age: 0,
        });
        for candidate in &mut self.candidates {
            // A step of height 1 shows whole in its first value, and less what dependence hands on in the others.
            let shows =
                if candidate.age == 0 { 1.0 } else { 1.0 - phi } - dot(direction, &candidate.taken_up);
            candidate.evidence += shows * held / variance;
            candidate.information += shows * shows / variance;
            candidate.age += 1;
            for (taken_up, gain) in candidate.taken_up.iter_mut().zip(gain) {
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
        let old = self.candidates.iter().filter(|candidate| candidate.age >= least_age);
        let told = old.filter(|candidate| candidate.information > 0.0);
        told.max_by(|left, right| left.clarity().abs().total_cmp(&right.clarity().abs()))
    }

    /// The number of values since the earliest step that is looked for.
    pub fn earliest_age(&self) -> Option<usize> {
        self.candidates.front().map(|candidate| candidate.age)
    }

    /// How clear a step so many values ago is, in standard errors; 0 where it is not looked for.
    pub fn clarity(&self, age: usize) -> f64 {
        self.candidate(age).map_or(0.0, Candidate::clarity)
    }

    fn candidate(&self, age: usize) -> Option<&Candidate> {
        let place = self.candidates.len().checked_sub(age)?;
        self.candidates.get(place).filter(|candidate| candidate.information > 0.0)
    }

    /// The step so many values ago; `None` where it is not looked for.
    pub fn step(&self, age: usize) -> Option<Step> {
        let candidate = self.candidate(age)?;
        Some(Step {
            height: self.height_of(candidate),
            z: candidate.clarity(),
            age: candidate.age,
            level_before: candidate.before[0],
            before: candidate.before,
            information: candidate.information,
        })
    }

    /// Takes a step for real: level and swing are as they were before it, moved by its height, and no other step is
    /// looked for before this moment.
    pub fn accept(&mut self, step: &Step) {
        self.state = step.before;
        self.state[0] += step.height;
        self.covariance[0][0] += 1.0 / step.information;
        self.last_residual -= step.height;
        self.candidates.clear();
        // What the step explains is no noise.
        self.pending.truncate(self.pending.len().saturating_sub(step.age));
    }

    /// How far the values since lie from what was expected before: the median where it stands out by itself, else the
    /// mean, in which a single value counts for at most this many deviations.
    fn height_of(&self, candidate: &Candidate) -> f64 {
        let since = self.recent.iter().rev().take(candidate.age);
        let distances: Vec<f64> =
            since.map(|(at, value)| value - dot(&basis(*at), &candidate.before)).collect();
        let typical = median(&distances).unwrap_or(0.0);
        let reach = JUDGING_CLIP * self.sigma();
        if typical.abs() > reach {
            return typical;
        }
        let held = distances.iter().map(|distance| distance.clamp(-reach, reach));
        held.sum::<f64>() / distances.len().max(1) as f64
    }
}
