//! A journey: a user's path over several requests, and what it carries from one to the next.

use std::sync::Arc;
use std::time::Duration;

use super::endpoint::{Endpoint, Pace};
use super::objective::Objective;
use super::template::Template;

/// A user's path over several requests: its setup once, its steps again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey {
    /// Name of the journey, unique among the workloads of a plan.
    pub name: Arc<str>,
    /// Requests that prepare a user, in order. They are counted nowhere.
    pub setup: Vec<Step>,
    /// The measured requests of one iteration, in order; at least one.
    pub steps: Vec<Step>,
    /// Where the value of each slot of its templates comes from.
    pub slots: Vec<Slot>,
    /// How long a user's cookies live.
    pub cookies: JarLife,
    /// How iterations are timed.
    pub pace: Pace,
    /// SLO of a whole iteration; its times are active times.
    pub objective: Objective,
    /// A response is kept up to this many bytes, where something is captured or checked.
    pub body_limit: u64,
}

/// How long a user's cookies live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JarLife {
    /// Each iteration begins with the cookies of the setup only.
    #[default]
    Iteration,
    /// The user keeps its cookies for the whole run.
    User,
}

/// One request of a journey, and what is done with its response.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The request as it was written: its path and its headers may have placeholders.
    pub request: Endpoint,
    /// Its path and query, with slots.
    pub path: Template,
    /// Its headers, with slots.
    pub headers: Vec<(String, Template)>,
    /// Its body where that is a text, with slots.
    pub text: Option<Template>,
    /// Values that are set before it is sent, by slot.
    pub set: Vec<(usize, Template)>,
    /// Values that are taken from its response.
    pub captures: Vec<Capture>,
    /// What must hold for its response.
    pub checks: Vec<Check>,
    /// Whether its redirects are followed.
    pub follow: bool,
    /// Whether it is also sent after a step that failed.
    pub always: bool,
    /// The pause after its response.
    pub pause: Pause,
    /// The setup is repeated before this step's response is older than this.
    pub refresh: Option<Duration>,
    /// Slots that need a fresh value each time it is sent.
    pub fresh: Vec<usize>,
    /// Whether AWS keys sign it.
    pub aws: Option<AwsSigning>,
}

/// Where the value of a slot comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// A step captures or sets it.
    Kept {
        /// Name of the value.
        name: Arc<str>,
        /// Whether it may be shown.
        is_public: bool,
    },
    /// A column of the row that the user or the iteration was handed.
    Data {
        /// Index into [`super::plan::Plan::feeders`].
        feeder: usize,
        /// Index of the column.
        column: usize,
    },
    /// It is generated whenever a text with it is sent.
    Generated(Generator),
}

/// A value that is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// A random UUID (version 4).
    Uuid,
    /// The time in RFC 3339, in UTC with milliseconds.
    Now,
    /// Milliseconds since 1970.
    NowMillis,
    /// Number of the user, from 1, unique among the users of the run.
    User,
    /// Number of the user's iteration, from 1.
    Iteration,
    /// A random whole number.
    Random {
        /// The smallest.
        low: i64,
        /// The largest.
        high: i64,
    },
}

/// A value that is taken from a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Name of the value.
    pub name: Arc<str>,
    /// Slot of the value as text; `None` where no template uses it.
    pub text_slot: Option<usize>,
    /// Slot of the value as JSON; `None` where no template uses it.
    pub json_slot: Option<usize>,
    /// Where in the response it stands, in the words of queries.
    pub query: String,
    /// Whether it may be shown.
    pub is_public: bool,
}

/// What must hold for a response.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// A query and a predicate.
    pub text: String,
    /// The value to compare with, where it has slots.
    pub value: Option<Template>,
}

/// A pause between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pause {
    /// None.
    #[default]
    None,
    /// Always the same.
    Constant(Duration),
    /// Any length between two is equally likely.
    Uniform(Duration, Duration),
    /// Exponentially distributed, as with independent users; at most ten times the mean.
    Exponential {
        /// The mean.
        mean: Duration,
    },
}

/// Means more than this many times the mean are cut: one in 22,000 is.
const LONGEST_OF_MEAN: u32 = 10;

impl Pause {
    /// The pause for a random number in [0, 1).
    pub fn drawn(self, uniform: f64) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Constant(span) => span,
            Self::Uniform(low, high) => low + high.saturating_sub(low).mul_f64(uniform.clamp(0.0, 1.0)),
            Self::Exponential { mean } => {
                let times = -(1.0 - uniform.clamp(0.0, 1.0)).ln();
                mean.mul_f64(times.min(f64::from(LONGEST_OF_MEAN)))
            }
        }
    }

    /// The shortest pause.
    pub fn shortest(self) -> Duration {
        match self {
            Self::None | Self::Exponential { .. } => Duration::ZERO,
            Self::Constant(span) | Self::Uniform(span, _) => span,
        }
    }

    /// The mean pause.
    pub fn mean(self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Constant(span) => span,
            Self::Uniform(low, high) => (low + high) / 2,
            Self::Exponential { mean } => mean,
        }
    }

    /// Whether there is never one.
    pub fn is_none(self) -> bool {
        self.mean().is_zero()
    }
}

/// Keys and scope of AWS Signature Version 4. Neither key is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsSigning {
    /// Identifier of the access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// Token of a temporary session; `None` for long-lived keys.
    pub session_token: Option<String>,
    /// Region, such as `eu-central-1`.
    pub region: String,
    /// Service, such as `execute-api`.
    pub service: String,
}

impl std::fmt::Debug for AwsSigning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsSigning")
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl Journey {
    /// Setup and steps, in the order in which a user sends them.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.setup.iter().chain(&self.steps)
    }

    /// The shortest time that its pauses take in an iteration. The pause after the last step is one between iterations.
    pub fn shortest_pauses(&self) -> Duration {
        self.steps.iter().map(|step| step.pause.shortest()).sum()
    }

    /// The mean time that its pauses take in an iteration.
    pub fn mean_pauses(&self) -> Duration {
        self.steps.iter().map(|step| step.pause.mean()).sum()
    }

    /// The feeders whose rows it uses, each once.
    pub fn feeders(&self) -> Vec<usize> {
        let mut feeders: Vec<usize> = self
            .slots
            .iter()
            .filter_map(|slot| match slot {
                Slot::Data { feeder, .. } => Some(*feeder),
                Slot::Kept { .. } | Slot::Generated(_) => None,
            })
            .collect();
        feeders.sort_unstable();
        feeders.dedup();
        feeders
    }

    /// The age at which its setup is repeated; `None` where it is never.
    pub fn refresh(&self) -> Option<Duration> {
        self.setup.iter().filter_map(|step| step.refresh).min()
    }

    /// Number of steps that change something at the target.
    pub fn writes(&self) -> usize {
        self.steps.iter().filter(|step| !step.request.method.is_safe()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_have_their_mean_and_their_bounds() {
        let second = Duration::from_secs(1);
        let check = |pause: Pause, mean: f64, low: f64, high: f64| {
            let draws: Vec<f64> =
                (0..10_000).map(|draw| pause.drawn(f64::from(draw) / 10_000.0).as_secs_f64()).collect();
            let found = draws.iter().sum::<f64>() / 10_000.0;
            assert!((found - mean).abs() < 0.01, "{pause:?}: {found}");
            assert!(draws.iter().all(|draw| (low..=high).contains(draw)), "{pause:?}");
            assert!((pause.mean().as_secs_f64() - mean).abs() < 1e-9);
            assert!(pause.shortest().as_secs_f64() >= low);
        };
        check(Pause::None, 0.0, 0.0, 0.0);
        check(Pause::Constant(second), 1.0, 1.0, 1.0);
        check(Pause::Uniform(second, 3 * second), 2.0, 1.0, 3.0);
        check(Pause::Exponential { mean: 2 * second }, 2.0, 0.0, 20.0);
        assert_eq!(Pause::Exponential { mean: second }.drawn(1.0), 10 * second);
    }

    #[test]
    fn signing_keys_are_not_shown() {
        let keys = AwsSigning {
            access_key: "AKIDOBVIOUSLYFAKE".into(),
            secret_key: "obviously-fake".into(),
            session_token: Some("also-fake".into()),
            region: "eu-central-1".into(),
            service: "s3".into(),
        };
        let shown = format!("{keys:?}").to_lowercase();
        assert!(!shown.contains("fake") && shown.contains("s3"), "{shown}");
    }
}
