//! The catalogues whose words stand in JSON.

use std::borrow::Cow;

use crate::analysis::alert::AlertKind;
use crate::analysis::gate::{Cause, Confirmation, Design, JUDGED, Outcome, Quantity};
use crate::analysis::incident::IncidentCause;
use crate::analysis::series::NoInterval;
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::{Priority as FindingPriority, ServiceState};
use crate::domain::gap::GapReason;
use crate::domain::generator::GeneratorReading;
use crate::domain::grade::{Grade, Phase};
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{ObjectiveKind, ObjectiveState};
use crate::domain::run_verdict::RunOutcome;
use crate::domain::sample::ErrorClass;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::{InvalidReason, Validity, Verdict};
use crate::report::recommendations::Priority;
use crate::report::view::headline::State;
use crate::stats::growth::Growth;

use super::words::Vocabulary;

/// A catalogue that has its values in `ALL` and their words in a function.
macro_rules! vocabulary {
    ($type:ident, $word:ident, $meaning:literal) => {
        impl Vocabulary for $type {
            const NAME: &'static str = stringify!($type);
            const MEANING: &'static str = $meaning;

            fn all() -> Vec<Self> {
                $type::ALL.to_vec()
            }

            fn word(&self) -> Cow<'static, str> {
                Cow::from($type::$word(*self))
            }
        }
    };
}

vocabulary!(AlertKind, name, "What kind of change: a burst of outliers, a level shift, or errors.");
vocabulary!(Cause, word, "Whether a value regressed alone or together with all others.");
vocabulary!(
    Confirmation,
    word,
    "Whether a second set of runs was measured to confirm what the first raised."
);
vocabulary!(Design, word, "Stored runs of a baseline, or both sides measured in turn.");
vocabulary!(ErrorClass, name, "What a request failed of.");
vocabulary!(ErrorReason, name, "What a request failed of, more closely than its class.");
vocabulary!(FindingPriority, name, "How urgent a finding of a health check is.");
vocabulary!(Grade, name, "A word for a time.");
vocabulary!(Phase, name, "A part of a request on a new connection.");
vocabulary!(ServiceState, name, "The state of a service.");
vocabulary!(GapReason, name, "Why nothing was measured.");
vocabulary!(InvalidReason, name, "Why a window cannot be judged.");
vocabulary!(IncidentCause, name, "What is wrong during an incident: requests fail, or the target is slower.");
vocabulary!(NoInterval, name, "Why a figure has no 95% interval.");
vocabulary!(Growth, name, "How throughput grows with users: the law that the points support.");
vocabulary!(ObjectiveKind, name, "What an SLO limits.");
vocabulary!(ObjectiveState, name, "Whether an SLO is met (held), violated (broken) or undecided (unclear).");
vocabulary!(Outcome, word, "What a gate comes to.");
vocabulary!(RunOutcome, word, "What a run comes to: exit code 0, 1 or 3 of `baseline start`.");
vocabulary!(Priority, word, "How soon somebody should look.");
vocabulary!(State, word, "What a run comes to.");
vocabulary!(Verdict, word, "What a comparison of one metric comes to.");

impl Vocabulary for Validity {
    const NAME: &'static str = "Validity";
    const MEANING: &'static str = "Whether a window may be judged.";

    fn all() -> Vec<Self> {
        vec![Self::Valid, Self::Throttled, Self::Invalid(InvalidReason::NoRequests)]
    }

    fn word(&self) -> Cow<'static, str> {
        Cow::from(Validity::word(*self))
    }
}

impl Vocabulary for Metric {
    const NAME: &'static str = "Metric";
    const MEANING: &'static str = "A metric of the catalogue; its unit is the end of its name.";

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    fn word(&self) -> Cow<'static, str> {
        Cow::from(self.name())
    }

    fn meaning(&self) -> String {
        match self {
            Self::Throughput => "Completed requests per second.".to_owned(),
            Self::ErrorRatio => "Failed requests over failed and succeeded ones, 0 to 1.".to_owned(),
            Self::Bytes => "Body bytes received.".to_owned(),
            Self::CacheHitRatio => {
                "Cache hits over responses that say hit or miss, 0 to 1; null where none does.".to_owned()
            }
            Self::CertificateDays => "Days until the first certificate of the target expires, counted from the start of \
                                      the window; below 0 once one has expired. Over a run the lowest. Null without TLS."
                .to_owned(),
            Self::Time(kind, reading) => format!(
                "{} of the {}, over the succeeded requests of the valid windows. Unit: microseconds.{}",
                reading.name(),
                described(*kind),
                null_below(*reading)
            ),
        }
    }
}

/// A time of a request and what it spans.
fn described(kind: TimeKind) -> &'static str {
    match kind {
        TimeKind::Service => "service time (sent to completed)",
        TimeKind::Response => "response time (intended start to completed)",
        TimeKind::FirstByte => "time to first byte (sent to first byte)",
    }
}

fn null_below(reading: Reading) -> String {
    match reading {
        Reading::Percentile(percentile) => format!(" null below {} requests.", percentile.needs()),
        _ => String::new(),
    }
}

impl Vocabulary for Quantity {
    const NAME: &'static str = "Quantity";
    const MEANING: &'static str = "What a gate judges: a metric, or the ratio of throttled requests.";

    fn all() -> Vec<Self> {
        JUDGED.into_iter().map(Self::Metric).chain(Self::RATIOS).collect()
    }

    fn word(&self) -> Cow<'static, str> {
        Cow::from(self.name())
    }
}

impl Vocabulary for TimeKind {
    const NAME: &'static str = "Time";
    const MEANING: &'static str = "One of the three times of a request, in microseconds.";

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    /// The key of a summary, which carries the unit.
    fn word(&self) -> Cow<'static, str> {
        Cow::from(format!("{}_us", self.name()))
    }

    fn meaning(&self) -> String {
        format!("The {} of succeeded requests. Unit: microseconds.", described(*self))
    }
}

impl Vocabulary for Reading {
    const NAME: &'static str = "Reading";
    const MEANING: &'static str = "What is read off a distribution of times.";

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    fn word(&self) -> Cow<'static, str> {
        Cow::from(self.name())
    }

    fn meaning(&self) -> String {
        null_below(*self).trim_start().to_owned()
    }
}

impl Vocabulary for GeneratorReading {
    const NAME: &'static str = "GeneratorReading";
    const MEANING: &'static str = "How the load generator itself fared.";

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    /// The name of the column, without saying again whose it is.
    fn word(&self) -> Cow<'static, str> {
        let name = self.name();
        Cow::from(name.strip_prefix("generator_").unwrap_or(name))
    }

    fn meaning(&self) -> String {
        let meaning = match self {
            Self::CpuShare => "CPU time of the generator's thread over wall time, 0 to 1.",
            Self::WaitShare => "Time it was ready to run but had no CPU, over wall time, 0 to 1.",
            Self::SchedulingLagP99 => "How late its timers fired, 99th percentile.",
            Self::SchedulingLagMax => "How late its timers fired at most.",
            Self::SendLatenessP99 => "Open loop: how late a free user sent, 99th percentile.",
            Self::LittlesLawRatio => "Closed loop: time explained by requests and pauses over users x time.",
            Self::CpuPerRequest => "CPU time of the generator's thread per request.",
            Self::DescriptorHeadroom => "Free file descriptors over the limit, 0 to 1.",
            Self::PortHeadroom => "Free local ports over all that connections may use, 0 to 1.",
        };
        meaning.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Vocabulary>(count: usize) {
        let words: std::collections::BTreeSet<String> =
            T::all().iter().map(|value| value.word().into_owned()).collect();
        assert_eq!(words.len(), count, "{}: {words:?}", T::NAME);
        assert!(!words.contains("") && T::MEANING.ends_with('.'), "{}", T::NAME);
    }

    #[test]
    fn no_two_values_share_a_word() {
        check::<AlertKind>(3);
        check::<Cause>(2);
        check::<Confirmation>(3);
        check::<Design>(2);
        check::<ErrorClass>(11);
        check::<ErrorReason>(ErrorReason::ALL.len());
        check::<GapReason>(6);
        check::<GeneratorReading>(9);
        check::<InvalidReason>(12);
        check::<Growth>(5);
        check::<Metric>(32);
        check::<ObjectiveKind>(5);
        check::<ObjectiveState>(3);
        check::<Outcome>(3);
        check::<Priority>(3);
        check::<RunOutcome>(3);
        check::<Quantity>(7);
        check::<Reading>(9);
        check::<State>(4);
        check::<TimeKind>(3);
        check::<Validity>(3);
        check::<Verdict>(4);
    }
}
