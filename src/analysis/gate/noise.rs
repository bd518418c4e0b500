//! How often this gate fails runs of the same code on this machine: splits of recorded runs, in the order of time.

use crate::stats::proportion::wilson_95;

use super::{Design, Outcome, RunOfCells, Settings, Sides, judge};

/// Results of gates over splits of runs of the same code.
#[derive(Debug, Clone, PartialEq)]
pub struct Splits {
    /// Number of recorded runs of the same code.
    pub runs: usize,
    /// Runs per split that act as the baseline.
    pub before: usize,
    /// Runs per split that act as the candidate.
    pub after: usize,
    /// Number of splits into consecutive runs that were judged.
    pub splits: usize,
    /// Splits that failed, each of them a false alarm.
    pub failed: usize,
    /// Splits that reached no verdict.
    pub inconclusive: usize,
    /// Median over splits of the smallest change that would have been detected. Units: ratio less 1.
    pub smallest: Option<f64>,
}

impl Splits {
    /// Number of splits that reached a verdict.
    pub fn conclusive(&self) -> usize {
        self.splits - self.inconclusive.min(self.splits)
    }

    /// The number of independent gates these splits are worth: neighbours share all but one run.
    pub fn worth(&self) -> f64 {
        let all = self.runs as f64 / (self.before + self.after).max(1) as f64;
        all * self.conclusive() as f64 / self.splits.max(1) as f64
    }

    /// 95% interval of the false-positive rate, as a fraction from 0 to 1.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let worth = self.worth();
        let share = self.failed as f64 / self.conclusive().max(1) as f64;
        // Wilson's interval of whole counts, at the number of gates that the splits are worth.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few runs")]
        let (hits, all) = ((share * worth).round() as u64, worth.floor().max(1.0) as u64);
        wilson_95(hits.min(all), all)
    }
}

/// Judges every `before + after` consecutive runs of the same code, in the order of their starts; `None` with fewer
/// runs than that.
pub fn splits(runs: &[RunOfCells], before: usize, after: usize, settings: &Settings) -> Option<Splits> {
    let mut splits =
        Splits { runs: runs.len(), before, after, splits: 0, failed: 0, inconclusive: 0, smallest: None };
    let mut smallest = Vec::new();
    for split in runs.windows((before + after).max(1)) {
        let (first, last) = split.split_at(before);
        let sides = Sides { before: first.to_vec(), after: last.to_vec() };
        let judgement = judge(&sides, None, false, &Settings { design: Design::Stored, ..settings.clone() });
        splits.splits += 1;
        splits.failed += usize::from(judgement.outcome == Outcome::Regressed);
        splits.inconclusive += usize::from(judgement.outcome == Outcome::Inconclusive);
        smallest.extend(judgement.smallest());
    }
    smallest.sort_by(f64::total_cmp);
    splits.smallest = smallest.get(smallest.len() / 2).copied();
    (splits.splits > 0).then_some(splits)
}
