//! What can be read on the charts, by the geometry of their drawing: labels that keep apart, on the page, large enough, and of
//! enough contrast, in both layouts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use baseline::report::Report;
use baseline::report::charts::{Chart, Label, Labels, Layout, Subject};
use baseline::report::drawing;
use baseline::report::view::marks::{Mark, MarkSource};
use baseline::report::view::run_view::{LevelView, RunView};

use crate::support::folder::Folder;
use crate::support::program::Program;

/// A phone of 390 CSS pixels leaves this much to a chart, between the margins of the page and of a card.
const PHONE: f64 = 332.0;

/// The runs that the charts are drawn of, each with its name.
static RUNS: LazyLock<Vec<(&'static str, RunView)>> = LazyLock::new(|| {
    let long = ["a_level_with_a_very_long_name_that_goes_on_and_on", "another_level_with_a_very_long_name"];
    let long: Vec<(String, u32)> =
        long.iter().zip([3, 30]).map(|(name, users)| ((*name).to_owned(), users)).collect();
    let ten: Vec<(String, u32)> = (0..10).map(|n| (format!("level_{n}"), n * 3 + 1)).collect();
    let endpoint =
        |name: &str, slo: &str| format!("[[endpoint]]\nname = \"{name}\"\npath = \"/api/health\"\n{slo}\n");
    let near = "slo = { mean = \"6ms\", p95 = \"20ms\", error_rate = 0.01 }";
    let long_names: String = (0..4)
        .map(|n| endpoint(&format!("an_endpoint_with_a_very_long_name_that_fits_nowhere_{n}"), near))
        .collect();
    let many: String = (0..30).map(|n| endpoint(&format!("endpoint_{n}"), "")).collect();
    let two = endpoint("health", near) + &endpoint("browse", "");
    let days = ["--duration", "48h", "--cycle", "15m", "--daily-swing", "20"];
    vec![
        (
            "three incidents",
            of_demo(
                3,
                &[
                    &days[..],
                    &[
                        "--fault",
                        "slow:browse:+35%:20h..22h",
                        "--fault",
                        "errors:health:40%:30h..32h",
                        "--fault",
                        "down:landing:36h..37h",
                    ],
                ]
                .concat(),
            ),
        ),
        (
            "incidents side by side",
            of_demo(
                8,
                &[
                    &days[..],
                    &[
                        "--fault",
                        "slow:browse:+50%:10h..12h",
                        "--fault",
                        "errors:browse:30%:13h..15h",
                        "--fault",
                        "slow:browse:+80%:16h..18h",
                        "--fault",
                        "down:browse:19h..20h",
                        "--fault",
                        "errors:browse:60%:40h..42h",
                    ],
                ]
                .concat(),
            ),
        ),
        (
            "notes and silences",
            noted(of_demo(
                9,
                &[
                    &days[..],
                    &["--fault", "slow:browse:+60%:20h..24h", "--fault", "errors:health:30%:30h..32h"],
                ]
                .concat(),
            )),
        ),
        ("twelve seconds", of_demo(10, &["--duration", "12s"])),
        ("two minutes", of_demo(4, &["--duration", "2m", "--fault", "down:browse:40s..70s"])),
        (
            "a month",
            of_demo(11, &["--duration", "720h", "--cycle", "4h", "--fault", "slow:landing:+50%:300h..400h"]),
        ),
        ("one endpoint", of(2, &ten[..3], &endpoint("health", ""), &["--duration", "6h", "--cycle", "5m"])),
        (
            "ten levels",
            of(6, &ten, &two, &["--duration", "12h", "--cycle", "10m", "--fault", "down:health:6h..7h"]),
        ),
        (
            "long names",
            of(
                5,
                &long,
                &long_names,
                &[
                    "--duration",
                    "6h",
                    "--cycle",
                    "2m",
                    "--fault",
                    "slow:*:+80%:2h..3h",
                    "--fault",
                    "errors:*:50%:4h..5h",
                ],
            ),
        ),
        (
            "thirty endpoints",
            of(7, &ten[..2], &many, &["--duration", "4h", "--cycle", "5m", "--fault", "down:*:2h..3h"]),
        ),
    ]
});

fn view_of(folder: &Folder, start: &[&str]) -> RunView {
    Program::new(folder.path(), start).run().expect_run();
    drawing::view(&folder.only_run()).unwrap()
}

/// A run with notes and silences, some side by side and some at its ends.
fn noted(mut view: RunView) -> RunView {
    let (from, until) = view.span().unwrap();
    let length = until.duration_since(from);
    let at = |percent: i32| from + length * percent / 100;
    let spans =
        [(-1, None), (10, None), (10, None), (11, Some(13)), (42, Some(60)), (45, None), (95, Some(120))];
    view.marks = spans
        .into_iter()
        .enumerate()
        .map(|(place, (start, end))| Mark {
            number: place + 1,
            at: at(start),
            until: end.map(at),
            text: "upgrade".to_owned(),
            only: Vec::new(),
            silence: end.is_some() && place != 3,
            source: MarkSource::Note,
        })
        .collect();
    view
}

fn of_demo(seed: u32, arguments: &[&str]) -> RunView {
    let seed = seed.to_string();
    view_of(&Folder::new(), &[&["start", "demo", "--rehearse", "--seed", &seed], arguments].concat())
}

/// A run of a scenario with these levels and endpoints.
fn of(seed: u32, levels: &[(String, u32)], endpoints: &str, arguments: &[&str]) -> RunView {
    let folder = Folder::new();
    let mut text = "schema = 1\nname = \"drawn\"\n[target]\nbase_url = \"http://127.0.0.1:8787\"\n\
         allow_hosts = [\"127.0.0.1\"]\nallow_networks = [\"127.0.0.0/8\"]\n\
         [plan]\nduration = \"6h\"\ncycle = \"5m\"\nwindow = \"100ms\"\nwarm_up = \"20ms\"\n[levels]\n"
        .to_owned();
    for (name, users) in levels {
        let _ = writeln!(text, "{name} = {users}");
    }
    text.push_str(endpoints);
    let (file, seed) = (folder.write("drawn.toml", &text), seed.to_string());
    view_of(&folder, &[&["start", file, "--rehearse", "--seed", &seed], arguments].concat())
}

/// Calls `check` with every chart of every run in both layouts; it returns what is wrong.
fn each(check: impl Fn(&Chart<'_>, &Labels) -> Vec<String>) {
    let (mut wrong, mut pictures) = (Vec::new(), 0);
    for (name, view) in RUNS.iter() {
        for chart in &Report::of(view).charts {
            for layout in Layout::ALL {
                let found = check(chart, &chart.labels(layout));
                wrong.extend(
                    found.into_iter().map(|what| format!("{name}: {} {layout:?}: {what}", chart.file)),
                );
                pictures += 1;
            }
        }
    }
    assert!(pictures > 150, "{pictures} pictures");
    assert!(wrong.is_empty(), "{} wrong of {pictures}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_two_labels_overlap() {
    let overlaps = |one: &Label, other: &Label| {
        let (one, other) = (one.ends(), other.ends());
        // Left before right, and top before bottom, both ways.
        [(0, 2), (1, 3)]
            .iter()
            .all(|(low, high)| one[*low] + 0.5 < other[*high] && other[*low] + 0.5 < one[*high])
    };
    each(|_, labels| {
        let all = labels.written.iter().enumerate();
        all.flat_map(|(place, one)| {
            let others = labels.written[place + 1..].iter().filter(|other| overlaps(one, other));
            others.map(|other| format!("{:?} and {:?}", one.text, other.text)).collect::<Vec<_>>()
        })
        .collect()
    });
}

#[test]
fn every_label_lies_on_the_page() {
    each(|_, labels| {
        let is_off = |label: &&Label| {
            let [left, top, right, bottom] = label.ends();
            left < 0.0 || top < 0.0 || right > labels.width || bottom > labels.height
        };
        labels
            .written
            .iter()
            .filter(is_off)
            .map(|label| format!("{:?} at {:?}", label.text, label.ends()))
            .collect()
    });
}

#[test]
fn text_is_large_enough_on_a_phone() {
    each(|chart, labels| {
        // The wide layout is for wider screens.
        let narrow = chart.labels(Layout::Narrow);
        let is_small = |label: &&Label| label.size * PHONE / narrow.width < 10.0;
        assert!(labels.written.iter().all(|label| label.size >= 11.0));
        narrow.written.iter().filter(is_small).map(|label| label.text.clone()).collect()
    });
}

#[test]
fn text_stands_out_on_light_and_on_dark_pages() {
    each(|_, labels| {
        let pale = labels.written.iter().flat_map(|label| {
            let ratios = [false, true].map(|is_dark| label.contrast(is_dark));
            ratios
                .into_iter()
                .filter(|ratio| *ratio < 4.5)
                .map(|ratio| format!("{:?}: {ratio:.2}", label.text))
        });
        pale.collect()
    });
}

/// The incidents that a label names: `I1`, `I1, I3`, `I1 to I4`.
fn numbers_in(text: &str) -> Vec<usize> {
    let number = |text: &str| text.strip_prefix('I')?.parse::<usize>().ok();
    let parts = text.split(", ").filter_map(|part| match part.split_once(" to ") {
        Some((first, last)) => Some(number(first)?..=number(last)?),
        None => number(part).map(|number| number..=number),
    });
    parts.flatten().collect()
}

#[test]
fn every_incident_is_named_where_it_is_drawn() {
    assert_eq!(numbers_in("I2 to I4, I7"), [2, 3, 4, 7]);
    let mut most = 0;
    for (name, view) in RUNS.iter() {
        let all: BTreeSet<usize> = (1..=view.findings.incidents.len()).collect();
        most = most.max(all.len());
        for chart in Report::of(view).charts {
            let of_chart: BTreeSet<usize> = match chart.subject {
                Subject::Strips => all.clone(),
                Subject::Incident(place) => BTreeSet::from([place + 1]),
                Subject::Course => {
                    let endpoint = chart.endpoint.as_deref().unwrap();
                    let incidents = view.findings.incidents.iter().enumerate();
                    let concerned =
                        incidents.filter(|(_, incident)| incident.series().iter().any(|of| of == endpoint));
                    concerned.map(|(place, _)| place + 1).collect()
                }
                _ => continue,
            };
            for layout in Layout::ALL {
                let labels = chart.labels(layout);
                let said = labels.written.iter().map(|label| label.text.trim_start_matches("shaded: "));
                let said: BTreeSet<usize> = said.flat_map(numbers_in).collect();
                assert_eq!(said, of_chart, "{name}: {} {layout:?}", chart.file);
            }
        }
    }
    assert!(most >= 4, "no run has many incidents: {most}");
}

#[test]
fn every_level_and_line_has_a_name() {
    let begins_with = |labels: &Labels, name: &str| {
        // A name that is too long ends with an ellipsis.
        labels.written.iter().any(|label| {
            label.text.trim_end_matches('…').chars().zip(name.chars()).take(12).all(|(a, b)| a == b)
        })
    };
    for (name, view) in RUNS.iter() {
        for chart in Report::of(view).charts {
            let has_levels = matches!(
                chart.subject,
                Subject::Course | Subject::Percentiles | Subject::HeatMap | Subject::Hours
            );
            // A journey may be measured at some of the levels.
            let is_drawn = |level: &&LevelView| {
                let mut cells = level.cells.iter();
                chart.endpoint.as_ref().is_none_or(|of| cells.any(|cell| *cell.endpoint == **of))
            };
            for (layout, level) in Layout::ALL
                .into_iter()
                .flat_map(|layout| view.levels.iter().filter(is_drawn).map(move |level| (layout, level)))
            {
                let labels = chart.labels(layout);
                assert!(
                    !has_levels || begins_with(&labels, &level.name),
                    "{name}: {} {layout:?}: {}",
                    chart.file,
                    level.name
                );
            }
        }
    }
}

#[test]
fn no_chart_is_empty() {
    for (name, view) in RUNS.iter() {
        let report = Report::of(view);
        let failed = view.health.tally.counts.failed + view.health.tally.counts.throttled;
        let has_errors = report.charts.iter().any(|chart| chart.subject == Subject::Errors);
        assert_eq!(has_errors, failed > 0, "{name}");
        let strips = report.charts.iter().filter(|chart| chart.subject == Subject::Strips).count();
        assert_eq!(strips, 1, "{name}");
        for chart in &report.charts {
            // What is drawn besides background, grid and axes.
            let svg = chart.svg(Layout::Wide).unwrap();
            let colours: BTreeSet<&str> = svg.split('"').filter(|part| part.starts_with('#')).collect();
            assert!(colours.len() > 4, "{name}: {}: {colours:?}", chart.file);
        }
    }
}

#[test]
fn failures_are_told_by_status_and_reason() {
    let said = |wanted: &str, reason: &str| {
        let (_, view) = RUNS.iter().find(|(name, _)| *name == wanted).unwrap();
        let report = Report::of(view);
        let chart = report.charts.iter().find(|chart| chart.subject == Subject::Errors).unwrap();
        Layout::ALL
            .into_iter()
            .all(|layout| chart.labels(layout).written.iter().any(|label| label.text == reason))
    };
    assert!(said("three incidents", "500"));
    assert!(said("three incidents", "connection closed before any response"));
}

#[test]
fn the_charts_of_two_days_are_small_in_both_layouts() {
    let (_, view) = &RUNS[0];
    let charts = Report::of(view).charts;
    let sizes: Vec<(String, usize)> = charts
        .iter()
        .flat_map(|chart| Layout::ALL.map(|layout| (chart.file.clone(), chart.svg(layout).unwrap().len())))
        .collect();
    let all: usize = sizes.iter().map(|(_, size)| size).sum();
    // Five endpoints, a journey and its three steps: nine courses and nine heat maps.
    assert!(all < 800_000, "{all} bytes: {sizes:?}");
}
