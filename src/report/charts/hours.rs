//! Mean service time by hour of day, for runs of a day and more: one panel per endpoint, one line per level.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::report::view::run_view::RunView;

use super::axis::{Axis, Scale, Tick};
use super::canvas::{Canvas, WIDTH};
use super::chart::{Chart, Layout, MOST_ENDPOINTS, Picture, Subject};
use super::frame::{EndLabel, Frame};
use super::grid::{Grid, file_of, layered, pictures};
use super::labels::{endpoint_name, heading, level_name, subheading};
use super::palette::series;

const PANEL: f64 = 120.0;
/// Shorter runs have no profile: some hours would be missing.
const LEAST_RUN: Duration = Duration::from_hours(24);

/// A level's mean of each hour; `None` where nothing was measured in it. Units: microseconds.
type Profile = [Option<f64>; 24];

struct Panel {
    endpoint: String,
    profiles: Vec<(String, Profile)>,
}

struct Hours {
    panels: Vec<Panel>,
}

/// The charts, where the run is long enough for any.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let is_long = view.span().is_some_and(|(from, to)| {
        // Its last window may end a little before the day is full.
        let length = Duration::try_from(to.duration_since(from)).unwrap_or_default();
        length.as_secs_f64() >= LEAST_RUN.as_secs_f64() * 0.99
    });
    if !is_long {
        return Vec::new();
    }
    let panels = view.endpoints().into_iter().take(MOST_ENDPOINTS).map(|endpoint| panel(view, &endpoint));
    let charts = pictures(panels.collect()).into_iter().enumerate();
    charts
        .map(|(place, panels)| Chart {
            subject: Subject::Hours,
            endpoint: None,
            file: file_of("hours", place),
            alternative: "Mean service time by hour of day (UTC), by endpoint and level.".to_owned(),
            caption:
                "Mean over all requests in valid windows that started within each hour of the day (UTC), all days \
                      together; logarithmic scale."
                    .to_owned(),
            picture: Box::new(Hours { panels }),
        })
        .collect()
}

fn panel(view: &RunView, endpoint: &str) -> Panel {
    let mut profiles = Vec::new();
    for level in &view.levels {
        let mut sums = [(0.0, 0.0); 24];
        let windows = view.windows.iter().filter(|window| {
            window.validity == Validity::Valid
                && window.cell.is_series(endpoint)
                && window.cell.level == level.name
        });
        for window in windows {
            let hour = window.started_at.to_zoned(TimeZone::UTC).hour();
            let sum = &mut sums[usize::try_from(hour).unwrap_or(0) % 24];
            if let Some(mean) = window.time(TimeKind::Service).mean {
                let requests = window.counts.succeeded as f64;
                *sum = (sum.0 + requests, sum.1 + requests * mean);
            }
        }
        let profile = sums.map(|(requests, sum)| (requests > 0.0).then(|| sum / requests));
        profiles.push((level_name(level), profile));
    }
    Panel { endpoint: endpoint_name(view, endpoint), profiles }
}

fn hour_ticks() -> Vec<Tick> {
    [0_u8, 6, 12, 18, 24].into_iter().map(|hour| (f64::from(hour), format!("{hour:02}:00"))).collect()
}

impl Hours {
    fn grid(&self) -> Grid {
        Grid::new(self.panels.len(), PANEL, 58.0, 92.0)
    }
}

impl Picture for Hours {
    fn size(&self, _: Layout) -> (f64, f64) {
        (WIDTH, self.grid().picture_height())
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        heading(canvas, "Mean service time by hour of day");
        subheading(canvas, "All days together, logarithmic scale; hours are UTC");
        let grid = self.grid();
        for (place, panel) in self.panels.iter().enumerate() {
            panel.draw(canvas, &grid, place);
        }
    }
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas<'_>, grid: &Grid, place: usize) {
        let (left, top, width, height) = grid.place(place);
        let x = Axis::given(Scale::Linear, 0.0, 24.0, hour_ticks());
        let values = self.profiles.iter().flat_map(|(_, profile)| profile.iter().flatten().copied());
        let Some(y) = Axis::of_times(values) else {
            let frame = Frame { left, top, width, height, x, y: Axis::from_zero(1.0, |_| String::new()) };
            frame.name(canvas, &self.endpoint);
            frame.say(canvas, "no request succeeded in a valid window");
            return;
        };
        let frame = Frame { left, top, width, height, x, y };
        frame.axes(canvas, true);
        frame.name(canvas, &self.endpoint);
        let mut labels = Vec::new();
        for (place, (level, profile)) in self.profiles.iter().enumerate() {
            let colour = series(place);
            let width = layered(place, self.profiles.len());
            let mut stretch = Vec::new();
            for (hour, value) in profile.iter().enumerate() {
                match value {
                    Some(value) => stretch.push(frame.at(hour as f64 + 0.5, *value)),
                    None => canvas.line(&std::mem::take(&mut stretch), colour, width),
                }
            }
            canvas.line(&stretch, colour, width);
            if let Some(value) = profile.iter().rev().flatten().next() {
                labels.push(EndLabel { text: level.clone(), y: frame.y_at(*value), colour });
            }
        }
        frame.end_labels(canvas, labels, grid.right);
    }
}
