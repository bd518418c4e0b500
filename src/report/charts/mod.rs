//! Charts of a run, drawn once as SVG for HTML and once as PNG for Markdown.
//!
//! A chart says what it shows in words too. One with too little data says so in place of a picture.

mod axis;
mod canvas;
mod errors;
mod frame;
mod grid;
mod heat_map;
mod hours;
pub(super) mod palette;
mod percentiles;
mod scalability;
mod time_course;

use jiff::Timestamp;

use super::view::run_view::{LevelView, RunView};

use canvas::Canvas;

pub(super) use canvas::FAMILY;

/// More endpoints than these have no charts of their own: a page of more is not read.
const MOST_ENDPOINTS: usize = 24;

/// Why a chart cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The back end failed.
    #[error("cannot draw a chart: {what}")]
    Draw {
        /// What it said.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("cannot encode a chart")]
    Encode(#[from] png::EncodingError),
}

/// What a chart is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Service time over time.
    Course,
    /// The percentile curve.
    Percentiles,
    /// The distribution over time.
    HeatMap,
    /// Throughput against users.
    Scalability,
    /// Errors and throttling over time.
    Errors,
    /// By hour of day.
    Hours,
}

/// A picture that can be drawn.
trait Picture {
    /// Units: 1/800 of its width.
    fn height(&self) -> f64;
    fn draw(&self, canvas: &mut Canvas<'_>);
}

/// A chart of a run.
pub struct Chart<'a> {
    /// What it is about.
    pub subject: Subject,
    /// The endpoint it shows; `None` for all of them.
    pub endpoint: Option<String>,
    /// The name of its PNG in the run's folder.
    pub file: String,
    /// What it shows, in a sentence, for those who do not see it.
    pub alternative: String,
    /// How to read it.
    pub caption: String,
    picture: Box<dyn Picture + 'a>,
}

impl Chart<'_> {
    /// The name under which text refers to it.
    pub fn id(&self) -> &str {
        self.file.trim_end_matches(".png")
    }

    /// As SVG.
    /// # Errors
    /// [`ChartError::Draw`] where the back end fails.
    pub fn svg(&self) -> Result<String, ChartError> {
        canvas::svg(self.picture.height(), |canvas| self.picture.draw(canvas))
    }

    /// As PNG.
    /// # Errors
    /// [`ChartError`] where the back end or the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        canvas::png(self.picture.height(), |canvas| self.picture.draw(canvas))
    }
}

/// All charts of a run, in the order in which its report shows them.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let mut charts = Vec::new();
    let endpoints = view.endpoints();
    for (place, endpoint) in endpoints.iter().take(MOST_ENDPOINTS).enumerate() {
        let file = |what: &str| format!("chart-{what}-{:02}-{}.png", place + 1, slug(endpoint));
        charts.push(time_course::chart(view, endpoint, file("time")));
        charts.push(heat_map::chart(view, endpoint, file("heat")));
    }
    charts.extend(percentiles::charts(view));
    charts.extend(errors::charts(view));
    charts.extend(scalability::charts(view));
    charts.extend(hours::charts(view));
    charts
}

/// How many endpoints are left without charts of their own.
pub(super) fn endpoints_left_out(view: &RunView) -> usize {
    view.endpoints().len().saturating_sub(MOST_ENDPOINTS)
}

/// A name as part of a file's name.
fn slug(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let slug: String = plain.take(40).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "endpoint".to_owned() } else { slug.to_owned() }
}

/// Seconds since the epoch, as axes count.
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

/// From the first window to the last, in seconds since the epoch.
fn span_of(view: &RunView) -> (f64, f64) {
    view.span().map_or((0.0, 1.0), |(from, to)| (seconds(from), seconds(to)))
}

/// An endpoint's name as a chart can show it.
fn endpoint_name(view: &RunView, endpoint: &str) -> String {
    let place = view.endpoints().iter().position(|name| **name == *endpoint).unwrap_or(0);
    canvas::legible(endpoint, "endpoint", place + 1)
}

/// A level's name as a chart can show it.
fn level_name(level: &LevelView) -> String {
    canvas::legible(&level.name, "level of", level.users as usize)
}

/// A heading, the key beside or below it.
fn heading(canvas: &mut Canvas<'_>, title: &str) {
    let title = Canvas::cut(title, canvas::TITLE, canvas::WIDTH - 24.0);
    canvas.text(&title, (12.0, 16.0), canvas::TITLE, palette::INK, canvas::Anchor::Start);
}

/// A second line below the heading.
fn subheading(canvas: &mut Canvas<'_>, text: &str) {
    let text = Canvas::cut(text, canvas::LABEL, canvas::WIDTH - 24.0);
    canvas.text(&text, (12.0, 35.0), canvas::LABEL, palette::MUTED, canvas::Anchor::Start);
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_a_file_name_whatever_the_endpoint() {
        let check = |name: &str, expected: &str| assert_eq!(slug(name), expected);
        check("health_detailed", "health-detailed");
        check("../../etc/passwd", "etc-passwd");
        check("<script>|", "script");
        check("日本", "endpoint");
        check(&"a".repeat(500), &"a".repeat(40));
    }
}
