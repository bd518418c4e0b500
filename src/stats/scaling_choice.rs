//! Chooses the law of growth that points support, and states its peak or why there is none.
//!
//! The least of Akaike's criterion decides, with one exception. A law with a peak says that more users bring less, so it
//! needs more than a criterion: throughput that was seen to fall, and no law without a peak that fits far better.

use super::bounded::Bounded;
use super::decline::{Leftover, bent_line, slope_from_highest};
use super::growth::{Growth, LEAST_TO_CHOOSE, LevelOff, NoLaw};
use super::least_squares::without_rounding;
use super::usl::{Constant, Fit, LEAST_LEVELS, Law, Peak, Refusal, Scatter, law};
use super::{Estimate, t_test};

/// How near to the far end of the peak's interval the highest level must lie: whoever tested up to there has seen the
/// turn, wherever within its interval it is.
const NEAR_PEAK: f64 = 0.75;
/// A peak or limit whose throughput is known no better than this, relative and to either side, is not reported.
const WIDEST_PEAK: f64 = 0.25;
/// Without a fall that was seen, the Universal Scalability Law must be this much better by the criterion.
/// Source: Burnham and Anderson (2002), section 2.6: no support for the other laws.
const DECISIVE: f64 = 10.0;
/// And this much better for a fall that the law's own coefficients show, or the levels less clearly.
const LIKELY: f64 = 6.0;
/// The highest level must show at least this part of the fall that the law has from its peak to there.
const SEEN: f64 = 0.5;
/// Amdahl's law levels off where the highest level is this near to its limit.
const REACHED: f64 = 0.9;
/// Misses of this size, relative to the highest throughput, are no lack of fit, however exact the levels are; and a fall of
/// this size needs the support of the criterion.
const NEGLIGIBLE: f64 = 0.03;

/// What was fitted, in units of the highest throughput where points are meant.
pub(super) struct Fitted<'a> {
    /// Users, throughput and weight, by users in ascending order.
    pub points: &'a [(f64, f64, f64)],
    /// The same, one point per level.
    pub levels: &'a [(f64, f64, f64)],
    /// Scatter within levels, in the order of points; empty where it is not known.
    pub scatter: &'a [Option<Scatter>],
    pub fits: &'a [Fit; 3],
    pub bounded: &'a Bounded,
    pub constant: &'a Constant,
}

/// What the points support.
pub(super) struct Choice {
    pub law: Result<Growth, NoLaw>,
    pub level_off: Option<LevelOff>,
    pub peak: Result<Peak, Refusal>,
}

impl Fitted<'_> {
    /// Chooses.
    pub(super) fn choose(&self) -> Choice {
        let levels = self.levels.len();
        if levels < LEAST_TO_CHOOSE {
            let law = Err(NoLaw::TooFewLevels { levels });
            return Choice { law, level_off: None, peak: Err(Refusal::TooFewLevels { levels }) };
        }
        let other = self.best_without_peak();
        let margin = self.criterion(other) - self.criterion(Growth::Usl);
        let (falls, fits) = (self.falls(margin), self.usl_fits(other));
        let is_other_refuted =
            || bent_line(self.levels).is_some_and(|bent| self.leftover(other).is_worse_than(bent));
        let law = if fits && (falls && self.usl().beta > 0.0 || margin > DECISIVE) {
            Ok(Growth::Usl)
        } else if falls && is_other_refuted() {
            Err(NoLaw::NoneFits)
        } else {
            Ok(other)
        };
        let peak = self.peak(law, falls, fits);
        let level_off = law.ok().and_then(|law| self.level_off(law));
        Choice { law, level_off, peak }
    }

    fn usl(&self) -> &Fit {
        &self.fits[Law::Usl as usize]
    }

    fn tested(&self) -> f64 {
        self.levels.last().map_or(0.0, |level| level.0)
    }

    /// Number of levels with at least this many users.
    fn levels_from(&self, users: f64) -> usize {
        self.levels.iter().filter(|level| level.0 >= users).count()
    }

    fn criterion(&self, law: Growth) -> f64 {
        let criterion = match law {
            Growth::Constant => self.constant.aicc,
            // One level above a straight line is no bound.
            Growth::Bounded => self.bounded.aicc.filter(|_| self.levels_from(self.bounded.users) >= 2),
            Growth::Linear => self.fits[Law::Linear as usize].aicc,
            Growth::Amdahl => self.fits[Law::Amdahl as usize].aicc,
            Growth::Usl => self.usl().aicc,
        };
        criterion.unwrap_or(f64::INFINITY)
    }

    fn best_without_peak(&self) -> Growth {
        let others = Growth::ALL.into_iter().filter(|law| *law != Growth::Usl);
        // The first of equals is the simplest.
        let best = others.min_by(|left, right| self.criterion(*left).total_cmp(&self.criterion(*right)));
        best.unwrap_or(Growth::Linear)
    }

    fn leftover(&self, law: Growth) -> Leftover {
        let (residual, degrees) = match law {
            Growth::Constant => (self.constant.residual, self.constant.degrees),
            Growth::Bounded => (self.bounded.residual, self.bounded.degrees),
            Growth::Linear => self.fits[Law::Linear as usize].leftover(),
            Growth::Amdahl => self.fits[Law::Amdahl as usize].leftover(),
            Growth::Usl => self.usl().leftover(),
        };
        let unit = self.constant.unit;
        let cost = without_rounding(self.points, residual / unit / unit);
        Leftover { cost, degrees: degrees.max(1) as f64 }
    }

    /// Whether throughput was seen to fall: by the levels from the highest one on, or by the law from its peak to the
    /// highest level. With less support by the criterion the levels must show it more clearly.
    fn falls(&self, margin: f64) -> bool {
        let is_likely = margin > LIKELY;
        let slope = slope_from_highest(self.levels, if is_likely { 0.98 } else { 0.99 });
        let is_steep = slope
            .is_some_and(|(slope, span)| slope.high < 0.0 && (is_likely || slope.value * span < -NEGLIGIBLE));
        is_steep || is_likely && self.law_falls()
    }

    fn law_falls(&self) -> bool {
        let fit = self.usl();
        if fit.beta <= 0.0 || fit.alpha >= 1.0 {
            return false;
        }
        let (at_peak, at_end) = (((1.0 - fit.alpha) / fit.beta).sqrt(), self.tested());
        let parameters = [fit.alpha, fit.beta, fit.gamma];
        let ((peak, by_peak), (end, by_end)) = (law(&parameters, at_peak), law(&parameters, at_end));
        let slopes: [f64; 3] = std::array::from_fn(|i| by_peak[i] - by_end[i]);
        let half = fit.spread(&slopes).map(|spread| spread * t_test::quantile(0.95, fit.degrees as f64));
        let last = self.levels.last().map_or(0.0, |level| level.1);
        let seen = (self.levels.iter().map(|level| level.1).fold(0.0, f64::max) - last) * self.constant.unit;
        at_peak < at_end && seen >= SEEN * (peak - end) && half.is_some_and(|half| peak - end > half)
    }

    /// Whether the Universal Scalability Law fits: not far worse than another law or than a bent line, and its misses are no
    /// larger than the scatter within levels, where that is known, or are small.
    fn usl_fits(&self, other: Growth) -> bool {
        let usl = self.leftover(Growth::Usl);
        let is_worse = usl.is_worse_than(self.leftover(other))
            || bent_line(self.levels).is_some_and(|bent| usl.is_worse_than(bent));
        let weight: f64 = self.points.iter().map(|point| point.2).sum();
        let is_small = (usl.cost / weight).sqrt() < NEGLIGIBLE;
        let misses = || self.within_levels().is_some_and(|within| usl.is_worse_than(within));
        !is_worse && (is_small || !misses())
    }

    /// The scatter within levels, as what a perfect law would leave.
    fn within_levels(&self) -> Option<Leftover> {
        let known =
            self.points.iter().zip(self.scatter).filter_map(|(point, scatter)| Some((point.2, (*scatter)?)));
        let (mut cost, mut degrees) = (0.0, 0.0);
        for (weight, scatter) in known {
            cost += scatter.degrees * weight * scatter.variance / self.constant.unit / self.constant.unit;
            degrees += scatter.degrees;
        }
        (degrees > 0.0).then_some(Leftover { cost, degrees })
    }

    /// Where the law levels off, if that is known well enough to be stated.
    fn level_off(&self, law: Growth) -> Option<LevelOff> {
        self.any_level_off(law).filter(|level| {
            let reach = level.throughput_interval.map(|(low, high)| (high - low) / 2.0 / level.throughput);
            reach.is_none_or(|reach| reach <= WIDEST_PEAK)
        })
    }

    fn any_level_off(&self, law: Growth) -> Option<LevelOff> {
        let amdahl = &self.fits[Law::Amdahl as usize];
        match law {
            Growth::Constant => Some(LevelOff {
                throughput: self.constant.throughput,
                throughput_interval: self.constant.interval,
                users: self.levels.first()?.0,
                users_interval: None,
            }),
            Growth::Bounded => self.bounded.level_off(self.tested()),
            Growth::Amdahl if amdahl.alpha > 0.0 => {
                let limit = amdahl.gamma / amdahl.alpha;
                let t = t_test::quantile(0.95, amdahl.degrees.max(1) as f64);
                let of_limit = amdahl.spread(&[-limit / amdahl.alpha, 0.0, 1.0 / amdahl.alpha]);
                let of_users = amdahl.spread(&[-amdahl.alpha.powi(-2), 0.0, 0.0]);
                (amdahl.throughput(self.tested()) >= REACHED * limit)
                    .then(|| LevelOff::of((limit, of_limit), (1.0 / amdahl.alpha, of_users), t))
            }
            _ => None,
        }
    }

    fn peak(&self, law: Result<Growth, NoLaw>, falls: bool, fits: bool) -> Result<Peak, Refusal> {
        let (levels, fit) = (self.levels.len(), self.usl());
        if levels < LEAST_LEVELS {
            return Err(Refusal::TooFewLevels { levels });
        }
        let turns = (fit.beta > 0.0).then(|| ((1.0 - fit.alpha).max(0.0) / fit.beta).sqrt());
        let lowest = self.levels.first().map_or(0.0, |level| level.0);
        if (falls || law == Ok(Growth::Usl)) && turns.is_some_and(|users| users <= lowest) {
            return Err(Refusal::Falls);
        }
        let users = match (law, turns) {
            (Ok(Growth::Usl), Some(users)) => users,
            (Ok(law), _) if !falls || fits => {
                return Err(Refusal::NoPeak(law, self.level_off(law).is_some()));
            }
            _ => return Err(Refusal::NoneFits),
        };
        let peak = estimate(fit, users, self.tested())?;
        if falls { Ok(peak) } else { Err(Refusal::MayBeChance) }
    }
}

/// The peak of the law at this number of users, with intervals.
fn estimate(fit: &Fit, users: f64, tested: f64) -> Result<Peak, Refusal> {
    if fit.interval[1].is_none_or(|(low, _)| low <= 0.0) {
        return Err(Refusal::MayBeChance);
    }
    // On logarithms: both are positive, and their errors are relative ones.
    let t = t_test::quantile(0.95, fit.degrees as f64);
    let by_users = [-0.5 / (1.0 - fit.alpha), -0.5 / fit.beta, 0.0];
    let (throughput, slopes) = law(&[fit.alpha, fit.beta, fit.gamma], users);
    // At the peak the slope by users is 0, so only the parameters move it.
    let by_throughput = slopes.map(|slope| slope / throughput);
    let uncertain = Refusal::TooUncertain { reach: f64::INFINITY };
    let estimate = |value: f64, slopes: &[f64; 3]| -> Option<Estimate> {
        let reach = (t * fit.spread(slopes)?).exp();
        reach.is_finite().then(|| Estimate { value, low: value / reach, high: value * reach })
    };
    let users = estimate(users, &by_users).ok_or(uncertain)?;
    let throughput = estimate(throughput, &by_throughput).ok_or(uncertain)?;
    if tested < NEAR_PEAK * users.high {
        return Err(Refusal::TestedTooLow { tested, fitted: users.value, high: users.high });
    }
    let reach = (throughput.high - throughput.low) / 2.0 / throughput.value;
    if reach > WIDEST_PEAK {
        return Err(Refusal::TooUncertain { reach });
    }
    Ok(Peak { users, throughput })
}
