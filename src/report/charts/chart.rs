//! A chart: what it is about, what it says in words, and its picture as SVG or PNG.

use super::canvas::{self, Canvas};
use super::error::ChartError;
use super::labelled::Labels;
use super::layout::Layout;

/// More endpoints than these have no charts of their own: a page of more is not read.
pub(super) const MOST_ENDPOINTS: usize = 24;

/// What a chart is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The state of every endpoint over the run, one strip each.
    Strips,
    /// One incident, by its place in the list of incidents.
    Incident(usize),
    /// Service time over the run: mean and percentiles of each window.
    Course,
    /// Service time by percentile, one curve per level.
    Percentiles,
    /// Distribution of service time over the run, as a heat map.
    HeatMap,
    /// Throughput by number of concurrent users.
    Scalability,
    /// Errors and throttling over time.
    Errors,
    /// Mean service time by hour of day.
    Hours,
}

/// A picture that can be drawn.
pub(super) trait Picture {
    /// Width and height. Units: CSS pixels where it is shown at full size.
    fn size(&self, layout: Layout) -> (f64, f64);
    fn draw(&self, canvas: &mut Canvas<'_>);
}

/// A chart of a run.
pub struct Chart<'a> {
    /// What the chart shows.
    pub subject: Subject,
    /// The endpoint it shows; `None` for all of them.
    pub endpoint: Option<String>,
    /// The name of its PNG in the run's folder.
    pub file: String,
    /// What it shows, in a sentence, for those who do not see it.
    pub alternative: String,
    /// Caption below the chart: how to read it.
    pub caption: String,
    pub(super) picture: Box<dyn Picture + 'a>,
}

impl Chart<'_> {
    /// The name under which text refers to it.
    pub fn id(&self) -> &str {
        self.file.trim_end_matches(".png")
    }

    /// As SVG.
    /// # Errors
    /// [`ChartError::Draw`] where the back end fails.
    pub fn svg(&self, layout: Layout) -> Result<String, ChartError> {
        canvas::svg(layout, self.picture.size(layout), |canvas| self.picture.draw(canvas))
    }

    /// As PNG.
    /// # Errors
    /// [`ChartError`] where the back end or the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        canvas::png(self.picture.size(Layout::Wide), |canvas| self.picture.draw(canvas))
    }

    /// The labels that it writes, in the order of writing.
    pub fn labels(&self, layout: Layout) -> Labels {
        canvas::labels(layout, self.picture.size(layout), |canvas| self.picture.draw(canvas))
    }
}
