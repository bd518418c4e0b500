//! The metrics of a run: their names in the documentation, and their values compared with the files of the run.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use baseline::domain::metric::Metric;
use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::units::seconds_of_us;
use baseline::domain::window::Window;
use baseline::observe::prometheus::{BOUNDS_NS, Metrics, catalogue, render};
use baseline::run::follow::{Distributions, RunFollower};
use baseline::store::window_log;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

#[test]
fn the_table_of_metrics_is_that_of_the_program() {
    let document = std::fs::read_to_string("docs/metrics.md").unwrap();
    let of_document: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let of_program: Vec<String> = catalogue::ALL
        .iter()
        .map(|of| {
            let labels: Vec<String> = of.labels.iter().map(|label| format!("`{label}`")).collect();
            let unit = if of.unit.is_empty() { "-" } else { of.unit };
            format!("| `{}` | {} | {unit} | {} | {} |", of.name, of.kind.word(), labels.join(", "), of.help)
        })
        .collect();
    assert_eq!(of_document, of_program);
}

/// A rehearsed run with a slowdown, with its metrics.
fn rehearsed() -> (&'static Path, Metrics) {
    static RUN: LazyLock<(Folder, PathBuf)> = LazyLock::new(|| {
        let folder = Folder::new();
        folder.write("small.toml", MINIMAL);
        let fault = "slow:health:+60%:30s..45s";
        let plan = ["--duration", "60s", "--window", "500ms", "--fault", fault];
        let arguments = [&["start", "small.toml", "--rehearse"], &plan[..]].concat();
        let ended = Program::new(folder.path(), &arguments).run();
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
        let run = folder.only_run();
        (folder, run)
    });
    (&RUN.1, metrics_of(&RUN.1))
}

fn metrics_of(run: &Path) -> Metrics {
    let mut follower = RunFollower::open(run, Distributions::Read).unwrap();
    let mut metrics = Metrics::new(&follower);
    follower.poll(|run, group| metrics.take(run, &group)).unwrap();
    metrics.beside(&follower.beside().unwrap());
    metrics.status(&follower.status());
    metrics
}

/// The samples of a text: name, labels and value, each as it stands there.
fn samples(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs: Vec<_> = lines.map(|line| line.rsplit_once(' ').unwrap()).collect();
    let all: BTreeMap<String, String> =
        pairs.iter().map(|(series, value)| ((*series).to_owned(), (*value).to_owned())).collect();
    assert_eq!(all.len(), pairs.len(), "a series is there twice");
    all
}

fn text_of(metrics: &Metrics, accept: &str) -> String {
    String::from_utf8(render(&[metrics], Some(accept)).body).unwrap()
}

#[test]
fn last_windows_have_the_digits_of_the_files() {
    let (run, metrics) = rehearsed();
    let samples = samples(&text_of(&metrics, "text/plain"));
    let windows = window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let mut last: BTreeMap<_, &Window> = BTreeMap::new();
    for window in &windows {
        last.insert(&window.cell, window);
    }
    let mut compared = 0;
    for (cell, window) in last {
        let own = format!("scenario=\"small\",endpoint=\"{}\",level=\"{}\"", cell.series(), cell.level);
        let times = window.time(TimeKind::Service);
        let seconds = |us: f64| seconds_of_us(us).to_string();
        let mut check = |name: &str, further: &str, expected: Option<String>| {
            let series = format!("{name}{{{own}{further}}}");
            assert_eq!(samples.get(&series), expected.as_ref(), "{series}");
            compared += 1;
        };
        let name = "baseline_window_service_time_seconds";
        for (percentile, word) in Percentile::ALL.into_iter().zip(["p50", "p90", "p95", "p99", "p999"]) {
            check(name, &format!(",percentile=\"{word}\""), times.percentile(percentile).map(seconds));
        }
        check("baseline_window_service_time_mean_seconds", "", times.mean.map(seconds));
        let throughput = Metric::Throughput.of(window).map(|value| value.to_string());
        check("baseline_window_throughput_per_second", "", throughput);
        check(
            "baseline_window_error_ratio",
            "",
            Metric::ErrorRatio.of(window).map(|value| value.to_string()),
        );
    }
    assert!(compared >= 8, "{compared}");
}

#[test]
fn totals_are_those_of_the_report() {
    let (run, metrics) = rehearsed();
    let samples = samples(&text_of(&metrics, "text/plain"));
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap();
    for level in report["levels"].as_array().unwrap() {
        for cell in level["cells"].as_array().unwrap() {
            let own = format!("scenario=\"small\",endpoint={},level={}", cell["endpoint"], level["level"]);
            for (code, count) in cell["statuses"].as_object().unwrap() {
                let series = format!("baseline_responses_total{{{own},code=\"{code}\"}}");
                assert_eq!(samples[&series], count.to_string(), "{series}");
            }
            let valid = &samples[&format!("baseline_windows_total{{{own},validity=\"valid\"}}")];
            assert_eq!(*valid, cell["valid_windows"].to_string());
            // The percentile of the report lies in the bucket that the histogram has for it.
            let count: u64 =
                samples[&format!("baseline_service_time_seconds_count{{{own}}}")].parse().unwrap();
            assert_eq!(Some(count), cell["succeeded"].as_u64());
            let Some(p99_us) = cell["service_time_p99_us"].as_f64() else { continue };
            let rank = (count * 99 + 50) / 100;
            let mut below = 0;
            for bound_ns in BOUNDS_NS {
                let mut bound = (bound_ns as f64 / 1e9).to_string();
                if !bound.contains('.') {
                    bound += ".0";
                }
                let series = format!("baseline_service_time_seconds_bucket{{{own},le=\"{bound}\"}}");
                let until: u64 = samples[&series].parse().unwrap();
                assert!(until >= below, "{series} falls");
                below = until;
                assert_eq!(until >= rank, p99_us * 1e3 <= bound_ns as f64, "{series}: {p99_us} us");
            }
        }
    }
}

#[test]
fn every_format_has_every_series() {
    let (_, metrics) = rehearsed();
    let classic = text_of(&metrics, "text/plain;version=0.0.4");
    let open = text_of(&metrics, "application/openmetrics-text;version=1.0.0");
    assert!(open.ends_with("# EOF\n") && samples(&classic) == samples(&open));
    let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    let rendered = render(&[&metrics], Some(protobuf));
    assert!(rendered.content_type.starts_with("application/vnd.google.protobuf"));
    let has = |name: &str| rendered.body.windows(name.len()).any(|bytes| bytes == name.as_bytes());
    for line in classic.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        assert!(has(line.split(' ').next().unwrap()), "{line}");
    }
    for name in ["baseline_band_seconds", "baseline_incidents_total", "baseline_service_time_seconds"] {
        assert!(classic.contains(&format!("\n# TYPE {name} ")), "{name}");
    }
}

#[test]
fn a_second_reader_counts_the_same() {
    let (run, metrics) = rehearsed();
    assert_eq!(text_of(&metrics_of(run), "text/plain"), text_of(&metrics, "text/plain"));
    // Two of one scenario have the same labels: one is shown.
    let twice = render(&[&metrics, &metrics_of(run)], None).body;
    assert_eq!(String::from_utf8(twice).unwrap(), text_of(&metrics, "text/plain"));
}

/// Runs a program to its end with a text as its input; its output.
fn promtool(text: &str) -> String {
    let piped = std::process::Stdio::piped;
    let mut child = std::process::Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(piped())
        .stdout(piped())
        .stderr(piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    format!("{:?} {}", output.status.code(), String::from_utf8_lossy(&said))
}

#[test]
#[ignore = "needs promtool"]
fn promtool_finds_nothing() {
    let (_, metrics) = rehearsed();
    assert_eq!(promtool(&text_of(&metrics, "text/plain")), "Some(0) ");
}
