//! Charts of a run, drawn once as SVG for HTML and once as PNG for Markdown.
//!
//! Every chart has an alternative text. A chart with too little data shows a message instead of a plot.

mod axis;
mod canvas;
mod chart;
mod compact;
mod course_panel;
mod error;
mod errors;
mod failure_reasons;
mod frame;
mod grid;
mod heat_map;
mod hours;
mod incident;
mod incident_marks;
mod key;
mod labelled;
mod labels;
mod layout;
mod levels;
mod line_style;
mod note_marks;
pub(super) mod palette;
mod pen;
mod percentiles;
mod raster;
mod scalability;
mod stretches;
mod strips;
mod time_course;
mod typeface;

use super::view::run_view::RunView;

use chart::MOST_ENDPOINTS;

pub use chart::{Chart, Subject};
pub use error::ChartError;
pub use labelled::{Ground, Label, Labels};
pub use layout::Layout;
pub(super) use pen::FAMILY;

/// All charts of a run, in the order in which its report shows them.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let mut charts: Vec<Chart<'_>> = strips::chart(view).into_iter().collect();
    charts.extend(incident::charts(view));
    let endpoints = view.endpoints();
    for (place, endpoint) in endpoints.iter().take(MOST_ENDPOINTS).enumerate() {
        let file = |what: &str| format!("chart-{what}-{:02}-{}.png", place + 1, slug(endpoint));
        charts.extend(time_course::chart(view, endpoint, file("time")));
        charts.extend(heat_map::chart(view, endpoint, file("heat")));
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
