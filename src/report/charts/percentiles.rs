//! Service time by percentile, far into the tail: one panel per endpoint, one curve per level.

use crate::domain::percentile::Percentile;
use crate::report::view::run_view::{CellView, RunView};
use crate::report::wording::numbers::{counted, time_us};

use super::axis::{Axis, Scale, Tick};
use super::canvas::Canvas;
use super::chart::{Chart, MOST_ENDPOINTS, Picture, Subject};
use super::frame::Frame;
use super::grid::{Grid, file_of, pictures};
use super::key::Key;
use super::labels::{Heading, endpoint_name, page_width};
use super::layout::Layout;
use super::levels::{level_key, level_styles};
use super::line_style::LevelStyle;

const PANEL: f64 = 150.0;

struct Curve {
    style: LevelStyle,
    /// Share of requests beyond, as a power of ten below 1; microseconds.
    points: Vec<(f64, f64)>,
}

struct Panel {
    endpoint: String,
    curves: Vec<Curve>,
}

struct Percentiles {
    panels: Vec<Panel>,
    key: Key,
}

/// The charts of all endpoints.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let styles = level_styles(view);
    let panels = view.endpoints().into_iter().filter_map(|endpoint| {
        let cells = view.cells().filter(|(_, cell)| cell.endpoint == endpoint);
        let curves = cells.filter_map(|(level, cell)| {
            let points = points(cell);
            (points.len() > 1).then(|| Curve { style: styles[&*level.name], points })
        });
        let curves: Vec<Curve> = curves.collect();
        // An endpoint without data has no panel.
        (!curves.is_empty()).then(|| Panel { endpoint: endpoint_name(view, &endpoint), curves })
    });
    let panels: Vec<Panel> = panels.take(MOST_ENDPOINTS).collect();
    if panels.is_empty() {
        return Vec::new();
    }
    let slowest = view
        .cells()
        .filter_map(|(level, cell)| Some((cell.service_us(Percentile::P99)?, level, cell)))
        .max_by(|left, right| left.0.total_cmp(&right.0));
    let slowest = slowest.map_or_else(String::new, |(p99, level, cell)| {
        format!(" The longest p99 is {} ({} at {}).", time_us(Some(p99)), cell.endpoint, level.name)
    });
    let charts = pictures(panels).into_iter().enumerate();
    charts
        .map(|(place, panels)| Chart {
            subject: Subject::Percentiles,
            endpoint: None,
            file: file_of("percentiles", place),
            alternative: format!(
                "Service time by percentile of {}.{slowest}",
                counted(panels.len() as u64, "endpoint")
            ),
            caption: "From merged histograms, up to the percentile with ten requests above it. Each step to the right \
                      leaves a tenth of the requests. A curve that bends upwards has a long tail."
                .to_owned(),
            picture: Box::new(Percentiles { panels, key: level_key(view) }),
        })
        .collect()
}

fn points(cell: &CellView) -> Vec<(f64, f64)> {
    cell.curve.iter().map(|(quantile, us)| (-(1.0 - quantile).log10(), *us)).collect()
}

/// 0 %, 90 %, 99 % ...
fn tail_ticks(furthest: f64) -> Vec<Tick> {
    let all = (0..12_u8).map(|nines| {
        let share = 100.0 - 100.0 * 10_f64.powi(-i32::from(nines));
        let text = if nines <= 2 {
            format!("{share:.0} %")
        } else {
            format!("{share:.*} %", usize::from(nines - 2))
        };
        (f64::from(nines), text)
    });
    let median = (0.5_f64.log10().abs(), "50 %".to_owned());
    let mut ticks: Vec<Tick> = all.take_while(|(at, _)| *at <= furthest + 1e-9).collect();
    if furthest <= 4.5 {
        ticks.insert(1.min(ticks.len()), median);
    }
    ticks
}

impl Percentiles {
    fn heading(layout: Layout) -> Heading {
        Heading::new(
            layout,
            "Service time by percentile",
            "Percentage of requests within each service time; both scales logarithmic",
        )
    }

    fn grid(&self, layout: Layout) -> Grid {
        let top = Self::heading(layout).height() + self.key.height(page_width(layout));
        Grid::new(layout, self.panels.len(), PANEL, top, (1.0, 1.0))
    }
}

impl Picture for Percentiles {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (page_width(layout), self.grid(layout).picture_height())
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let heading = Self::heading(canvas.layout);
        heading.draw(canvas);
        self.key.draw(canvas, heading.height());
        let grid = self.grid(canvas.layout);
        for (place, panel) in self.panels.iter().enumerate() {
            panel.draw(canvas, grid.place(place));
        }
    }
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas<'_>, (left, top, width, height): (f64, f64, f64, f64)) {
        let all = || self.curves.iter().flat_map(|curve| &curve.points);
        let furthest = all().map(|(x, _)| *x).fold(1.0, f64::max);
        let x = Axis::given(Scale::Linear, 0.0, furthest, tail_ticks(furthest));
        let y = Axis::of_times(all().map(|(_, us)| *us));
        let Some(y) = y else {
            let frame = Frame { left, top, width, height, x, y: Axis::silent() };
            frame.name(canvas, &self.endpoint);
            frame.say(canvas, "no service time above 0");
            return;
        };
        let frame = Frame { left, top, width, height, x, y };
        frame.axes(canvas, true);
        frame.name(canvas, &self.endpoint);
        for curve in &self.curves {
            let points: Vec<(f64, f64)> = curve.points.iter().map(|(x, us)| frame.at(*x, *us)).collect();
            curve.style.draw(canvas, &points);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tail_ticks;

    #[test]
    fn ticks_of_a_tail_are_nines() {
        let said: Vec<String> = tail_ticks(4.2).into_iter().map(|(_, text)| text).collect();
        assert_eq!(said, ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
    }
}
