//! Mean service time by hour of day, for runs of a day and more: one panel per endpoint, one line per level.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::report::view::run_view::RunView;

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

const PANEL: f64 = 120.0;
/// Shorter runs have no profile: some hours would be missing.
const LEAST_RUN: Duration = Duration::from_hours(24);

/// A level's mean of each hour; `None` where nothing was measured in it. Units: microseconds.
type Profile = [Option<f64>; 24];

struct Panel {
    endpoint: String,
    profiles: Vec<(LevelStyle, Profile)>,
}

struct Hours {
    panels: Vec<Panel>,
    key: Key,
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
    let panels = view.endpoints().into_iter().filter_map(|endpoint| panel(view, &endpoint));
    let panels: Vec<Panel> = panels.take(MOST_ENDPOINTS).collect();
    if panels.is_empty() {
        return Vec::new();
    }
    let charts = pictures(panels).into_iter().enumerate();
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
            picture: Box::new(Hours { panels, key: level_key(view) }),
        })
        .collect()
}

/// An endpoint's panel; `None` where no request succeeded in a valid window.
fn panel(view: &RunView, endpoint: &str) -> Option<Panel> {
    let styles = level_styles(view);
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
        if profile.iter().any(Option::is_some) {
            profiles.push((styles[&*level.name], profile));
        }
    }
    (!profiles.is_empty()).then(|| Panel { endpoint: endpoint_name(view, endpoint), profiles })
}

fn hour_ticks() -> Vec<Tick> {
    [0_u8, 6, 12, 18, 24].into_iter().map(|hour| (f64::from(hour), format!("{hour:02}:00"))).collect()
}

impl Hours {
    fn heading(layout: Layout) -> Heading {
        let subtitle = "All days together, logarithmic scale; hours are UTC";
        Heading::new(layout, "Mean service time by hour of day", subtitle)
    }

    fn grid(&self, layout: Layout) -> Grid {
        let top = Self::heading(layout).height() + self.key.height(page_width(layout));
        Grid::new(layout, self.panels.len(), PANEL, top, (1.0, 1.0))
    }
}

impl Picture for Hours {
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
        let x = Axis::given(Scale::Linear, 0.0, 24.0, hour_ticks());
        let values = self.profiles.iter().flat_map(|(_, profile)| profile.iter().flatten().copied());
        let Some(y) = Axis::of_times(values) else {
            let frame = Frame { left, top, width, height, x, y: Axis::silent() };
            frame.name(canvas, &self.endpoint);
            frame.say(canvas, "no service time above 0");
            return;
        };
        let frame = Frame { left, top, width, height, x, y };
        frame.axes(canvas, true);
        frame.name(canvas, &self.endpoint);
        for (style, profile) in &self.profiles {
            let mut stretch = Vec::new();
            for (hour, value) in profile.iter().enumerate() {
                match value {
                    Some(value) => stretch.push(frame.at(hour as f64 + 0.5, *value)),
                    None => draw_stretch(canvas, *style, &std::mem::take(&mut stretch)),
                }
            }
            draw_stretch(canvas, *style, &stretch);
        }
    }
}

/// A line, or a dot for an hour between hours without a value.
fn draw_stretch(canvas: &mut Canvas<'_>, style: LevelStyle, points: &[(f64, f64)]) {
    match points {
        [point] => canvas.circle(*point, 2.0, style.colour, true),
        points => style.draw(canvas, points),
    }
}
