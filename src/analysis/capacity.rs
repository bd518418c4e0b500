//! The capacity of an endpoint: throughput by users, the scalability law behind it, sustained throughput, the headroom.

use std::time::Duration;

use crate::domain::throughput::NoThroughput;
use crate::stats::t_test::Mean;
use crate::stats::usl::{FitError, Point, Scalability, Scatter};
use crate::stats::{Estimate, usl_fit};

/// A level counts while each further user still adds this fraction of what the first one contributed ...
const LEAST_MARGIN: f64 = 0.5;
/// ... where a run has this number of levels: fewer show that throughput grows less, not where it ends.
const LEAST_FOR_A_KNEE: usize = 5;

/// Measurements of an endpoint at one load level.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Name of the load level, unique in the plan.
    pub level: String,
    /// Number of concurrent users at this level.
    pub users: u32,
    /// Completions per second of each valid window, in the order of time; empty where the windows show none.
    pub throughput: Vec<f64>,
    /// Why the windows show no throughput; `None` where they do.
    pub no_throughput: Option<NoThroughput>,
    /// Mean response time over all requests, pauses left out, in microseconds; `None` without requests.
    pub response_mean_us: Option<f64>,
    /// 95% interval of the throughput; `None` where the windows support none.
    pub throughput_interval: Option<(f64, f64)>,
    /// 95% interval of the mean response time in microseconds; `None` where the windows support none.
    pub response_interval_us: Option<(f64, f64)>,
    /// p95 service time over all valid windows with its interval, in microseconds; `None` where too few requests
    /// support it.
    pub p95_us: Option<Estimate>,
}

/// An endpoint with its measurements at all levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Name of the endpoint, unique in the plan.
    pub endpoint: String,
    /// Its SLO for p95 service time; `None` without one.
    pub objective: Option<Duration>,
    /// What kept users from sending as fast as responses came; `None` for a plain closed loop.
    pub held_back: Option<&'static str>,
    /// Measurements per level, fewest users first.
    pub levels: Vec<Measured>,
}

/// One level of a capacity table.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelCapacity {
    /// Name of the load level, unique in the plan.
    pub level: String,
    /// Number of concurrent users at this level.
    pub users: u32,
    /// Completions per second.
    pub throughput_per_s: f64,
    /// 95% interval of the throughput; `None` where the windows support none.
    pub throughput_interval: Option<(f64, f64)>,
    /// Mean response time over all requests, pauses left out, in microseconds.
    pub response_mean_us: Option<f64>,
    /// 95% interval around it in microseconds; `None` where the windows support none.
    pub response_interval_us: Option<(f64, f64)>,
    /// p95 service time with its interval, in microseconds.
    pub p95_us: Option<Estimate>,
    /// Throughput times response time over users: 1 where users do nothing but wait for responses.
    pub littles_law: Option<f64>,
    /// Throughput that each added user contributed, relative to a user of the lowest level; `None` at the lowest level.
    pub margin: Option<f64>,
    /// Whether it meets the SLO and, where the run has five levels or more, its users still add throughput.
    pub holds: bool,
}

/// Sustained throughput: the highest load that was measured to meet the SLO.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// Name of the load level, unique in the plan.
    pub level: String,
    /// Number of concurrent users at this level.
    pub users: u32,
    /// Completions per second at that level.
    pub throughput_per_s: f64,
    /// Whether no tested level failed above it, so that the limit lies here or beyond.
    pub is_at_least: bool,
}

/// The capacity of an endpoint, as far as its levels show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// Name of the endpoint, unique in the plan.
    pub endpoint: String,
    /// Its SLO for p95 service time; `None` without one.
    pub objective: Option<Duration>,
    /// One entry per level with at least two valid windows that show a throughput, fewest users first.
    pub levels: Vec<LevelCapacity>,
    /// Why no level has a throughput; `None` where one has, or too little was measured.
    pub no_throughput: Option<NoThroughput>,
    /// The laws fitted to throughput, or the reason why none could be fitted.
    pub scalability: Result<Scalability, Refused>,
    /// The highest level that holds together with all levels below it; `None` where none does.
    pub support: Option<Support>,
}

/// Why no scalability law is fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The plan, not the target, set the throughput; contains what held the users back.
    #[error("the plan limits the request rate ({0}), so throughput does not show what the target can do")]
    HeldBack(&'static str),
    /// The windows of no level show a throughput.
    #[error(transparent)]
    NoThroughput(#[from] NoThroughput),
    /// The measured levels do not determine a law.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl Capacity {
    /// Whether the users that a level adds bring less than half of what the first one brings, as far as the run can tell.
    pub fn adds_little(&self, level: &LevelCapacity) -> bool {
        let is_held_back = matches!(self.scalability, Err(Refused::HeldBack(_)));
        !is_held_back
            && self.levels.len() >= LEAST_FOR_A_KNEE
            && level.margin.is_some_and(|margin| margin < LEAST_MARGIN)
    }

    /// Sustained throughput over that of a level, less 1: 1 is twice as much. `None` where either is unknown.
    pub fn headroom_over(&self, level: &str) -> Option<f64> {
        let now = self.levels.iter().find(|measured| measured.level == level)?;
        let support = self.support.as_ref()?;
        (now.throughput_per_s > 0.0).then(|| support.throughput_per_s / now.throughput_per_s - 1.0)
    }
}

/// The capacity of an endpoint. Levels with fewer than two valid windows are left out.
pub fn capacity(subject: &Subject) -> Capacity {
    let measured: Vec<(&Measured, Mean)> = subject
        .levels
        .iter()
        .filter_map(|level| Some((level, Mean::of_series(&level.throughput)?)))
        .filter(|(level, _)| level.users > 0)
        .collect();
    let mut levels: Vec<LevelCapacity> = Vec::new();
    for (place, (level, mean)) in measured.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| &measured[place]);
        levels.push(level_of(subject, level, mean, before, measured.first()));
    }
    // Users held back by the plan add what the plan allows, so the margin proves nothing.
    if subject.held_back.is_none() && levels.len() >= LEAST_FOR_A_KNEE {
        for level in &mut levels {
            level.holds &= level.margin.is_none_or(|margin| margin >= LEAST_MARGIN);
        }
    }
    let refused = subject.levels.iter().find_map(|level| level.no_throughput);
    let no_throughput = refused.filter(|_| levels.is_empty());
    let holding = levels.iter().take_while(|level| level.holds).count();
    let support = holding.checked_sub(1).map(|place| Support {
        level: levels[place].level.clone(),
        users: levels[place].users,
        throughput_per_s: levels[place].throughput_per_s,
        is_at_least: holding == levels.len(),
    });
    Capacity {
        endpoint: subject.endpoint.clone(),
        objective: subject.objective,
        scalability: no_throughput.map_or_else(|| scalability(subject, &measured), |why| Err(why.into())),
        levels,
        no_throughput,
        support,
    }
}

fn level_of(
    subject: &Subject,
    level: &Measured,
    mean: &Mean,
    before: Option<&(&Measured, Mean)>,
    first: Option<&(&Measured, Mean)>,
) -> LevelCapacity {
    let margin = before.zip(first).and_then(|((below, lower), (lowest, alone))| {
        let added = f64::from(level.users) - f64::from(below.users);
        let each = alone.mean / f64::from(lowest.users);
        (added > 0.0 && each > 0.0).then(|| (mean.mean - lower.mean) / added / each)
    });
    let holds_objective = match (subject.objective, level.p95_us) {
        (Some(objective), Some(p95)) => p95.high < objective.as_secs_f64() * 1e6,
        // An SLO that cannot be checked is not met.
        (Some(_), None) => false,
        (None, _) => true,
    };
    LevelCapacity {
        level: level.level.clone(),
        users: level.users,
        throughput_per_s: mean.mean,
        throughput_interval: level.throughput_interval,
        response_mean_us: level.response_mean_us,
        response_interval_us: level.response_interval_us,
        p95_us: level.p95_us,
        littles_law: level
            .response_mean_us
            .map(|response| mean.mean * response / 1e6 / f64::from(level.users)),
        margin,
        holds: holds_objective,
    }
}

fn scalability(subject: &Subject, measured: &[(&Measured, Mean)]) -> Result<Scalability, Refused> {
    if let Some(why) = subject.held_back {
        return Err(Refused::HeldBack(why));
    }
    // The spread of throughput is proportional to its size, so a level weighs by its windows over its square. Its own
    // variance would be the better weight, but a few windows do not determine it.
    let (points, scatter): (Vec<Point>, Vec<Option<Scatter>>) = measured
        .iter()
        .filter(|(_, mean)| mean.mean > 0.0)
        .map(|(level, mean)| {
            let point = Point {
                users: f64::from(level.users),
                throughput: mean.mean,
                weight: (mean.degrees + 1.0) / mean.mean.powi(2),
            };
            let scatter = Scatter { variance: mean.variance, degrees: mean.degrees };
            (point, (mean.degrees > 0.0).then_some(scatter))
        })
        .unzip();
    Ok(usl_fit::fit_with(&points, &scatter)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(users: u32, throughput: f64, p95_ms: f64) -> Measured {
        let p95 = p95_ms * 1e3;
        Measured {
            level: format!("{users}_users"),
            users,
            throughput: vec![throughput * 0.99, throughput * 1.01, throughput, throughput * 1.005],
            no_throughput: None,
            response_mean_us: Some(f64::from(users) / throughput * 1e6),
            throughput_interval: None,
            response_interval_us: None,
            p95_us: Some(Estimate { value: p95, low: p95 * 0.9, high: p95 * 1.1 }),
        }
    }

    fn subject(levels: Vec<Measured>) -> Subject {
        Subject {
            endpoint: "health".to_owned(),
            objective: Some(Duration::from_millis(100)),
            held_back: None,
            levels,
        }
    }

    #[test]
    fn the_knee_is_the_last_level_that_holds_its_objective() {
        let levels = vec![measured(1, 100.0, 20.0), measured(5, 450.0, 40.0), measured(10, 800.0, 95.0)];
        let found = capacity(&subject(levels));
        let support = found.support.as_ref().unwrap();
        // 95 ms is below 100 ms, but its interval is not.
        assert_eq!((support.users, support.is_at_least), (5, false));
        assert!(found.headroom_over("1_users").unwrap() > 3.0);
        assert!((found.levels[1].littles_law.unwrap() - 1.0).abs() < 0.01);
    }

    #[test]
    fn users_that_add_nothing_are_past_the_knee_where_five_levels_show_it() {
        let mut levels = vec![measured(1, 100.0, 1.0), measured(5, 480.0, 2.0), measured(10, 500.0, 3.0)];
        // Three levels show no end: the highest meets the SLO.
        assert_eq!(capacity(&subject(levels.clone())).support.unwrap().users, 10);
        levels.extend([measured(20, 510.0, 6.0), measured(40, 505.0, 12.0)]);
        let support = capacity(&subject(levels)).support.unwrap();
        assert_eq!((support.users, support.is_at_least), (5, false));
    }

    #[test]
    fn a_paced_endpoint_is_not_fitted() {
        let mut subject =
            subject(vec![measured(1, 10.0, 1.0), measured(5, 50.0, 1.0), measured(10, 100.0, 1.0)]);
        subject.held_back = Some("rate");
        let found = capacity(&subject);
        assert_eq!(found.scalability, Err(Refused::HeldBack("rate")));
        assert!(found.support.unwrap().is_at_least);
    }

    #[test]
    fn windows_that_show_no_throughput_have_no_capacity() {
        let refused = NoThroughput::Capped(3);
        let capped =
            Measured { throughput: Vec::new(), no_throughput: Some(refused), ..measured(5, 280.0, 3.0) };
        let found = capacity(&subject(vec![capped.clone()]));
        assert_eq!((found.support, found.no_throughput), (None, Some(refused)));
        assert_eq!(found.scalability, Err(Refused::NoThroughput(refused)));
        // A level that shows one is estimated all the same.
        let found = capacity(&subject(vec![measured(1, 100.0, 1.0), capped]));
        assert_eq!((found.levels.len(), found.no_throughput), (1, None));
    }

    #[test]
    fn nothing_measured_has_no_capacity() {
        let found = capacity(&subject(Vec::new()));
        assert_eq!(found.support, None);
        assert!(found.scalability.is_err());
    }
}
