//! Recommendations: each with its evidence, impact and next step, the most urgent first.

mod changes;
mod demand;
mod limits;
mod measurement;
mod objectives;

use super::charts::{Chart, Subject};
use super::view::run_view::RunView;

/// How the IDs of recommendations on incidents begin.
const INCIDENT: &str = "incident/";

/// The ID of the recommendation on an incident, by its place in the list of incidents.
pub(super) fn incident_id(place: usize) -> String {
    format!("{INCIDENT}{}", place + 1)
}

/// How urgent a recommendation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Act now.
    Critical,
    /// Act soon.
    Medium,
    /// Act when there is time.
    Low,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Medium, Self::Low];

    /// The word in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A recommendation: what is wrong, the evidence, the impact and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Its subject, stable between reports: `objective/browse/service_time_p95_us`.
    pub id: String,
    /// Urgency: critical, medium or low.
    pub priority: Priority,
    /// What is wrong, in a sentence.
    pub issue: String,
    /// The numbers that show it.
    pub evidence: String,
    /// The chart that shows it.
    pub chart: Option<String>,
    /// What it means for the users of the platform or the readers of the report.
    pub impact: String,
    /// What to do about it.
    pub action: String,
}

impl Recommendation {
    /// Whether it is on a single incident.
    pub fn is_about_an_incident(&self) -> bool {
        self.id.starts_with(INCIDENT)
    }
}

/// All recommendations of a run, the most urgent first.
pub(super) fn recommendations(view: &RunView, charts: &[Chart<'_>]) -> Vec<Recommendation> {
    let advisor = Advisor { view, charts };
    let rules = [
        Advisor::measurement,
        Advisor::objectives,
        Advisor::comparison,
        Advisor::changes,
        Advisor::trends,
        Advisor::errors,
        Advisor::throttling,
        Advisor::capacity,
        Advisor::cost,
        Advisor::caches,
        Advisor::certificates,
        Advisor::baseline,
    ];
    let mut all: Vec<Recommendation> = rules.into_iter().flat_map(|rule| rule(&advisor)).collect();
    // Stable: within a priority in the order of the rules.
    all.sort_by_key(|recommendation| recommendation.priority);
    all
}

struct Advisor<'a> {
    view: &'a RunView,
    charts: &'a [Chart<'a>],
}

impl Advisor<'_> {
    fn chart(&self, subject: Subject, endpoint: Option<&str>) -> Option<String> {
        let of = |chart: &&Chart<'_>| {
            chart.subject == subject && (endpoint.is_none() || chart.endpoint.as_deref() == endpoint)
        };
        self.charts.iter().find(of).map(|chart| chart.id().to_owned())
    }
}
