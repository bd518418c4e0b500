//! A run's report, ready for every format: the view, the headline, the recommendations and the charts.

use super::charts::{self, Chart};
use super::recommendations::{self, Recommendation};
use super::view::headline::Headline;
use super::view::run_view::RunView;

/// A run's report, ready for every format.
pub struct Report<'a> {
    /// What it is drawn from.
    pub view: &'a RunView,
    /// The verdict and its numbers.
    pub headline: Headline,
    /// What to do, the most urgent first.
    pub recommendations: Vec<Recommendation>,
    /// The charts, in the order in which the report shows them.
    pub charts: Vec<Chart<'a>>,
}

impl<'a> Report<'a> {
    /// The report of a run.
    pub fn of(view: &'a RunView) -> Self {
        let charts = charts::charts(view);
        let recommendations = recommendations::recommendations(view, &charts);
        Self { view, headline: Headline::of(view), recommendations, charts }
    }
}
