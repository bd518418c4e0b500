//! Reports: all formats say the same, as the published schema has it, in words and numbers that people can read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use baseline::domain::metric::Metric;
use baseline::report::wording::numbers::{percent, rate, time_us};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::report::Drawn;
use crate::support::scenario::five_endpoints;
use crate::support::schemas;
use crate::support::seal::{seal_manifest, without_checksums};

/// Cells of the demo: five endpoints at three levels; its journey and its three steps at two.
const CELLS: usize = 15 + 2 * (1 + 3);

/// Three hours of the demo with a slowdown and failures, for tests that only read them.
static FAULTY: LazyLock<Folder> = LazyLock::new(|| with_faults(Folder::new()));

/// The same without the journey: a test may take out single rows and still leave a run whose groups are whole.
static PAGES: LazyLock<Folder> = LazyLock::new(|| with_faults(five_endpoints()));

fn with_faults(folder: Folder) -> Folder {
    let arguments = ["start", "--rehearse", "--demo", "--duration", "3h", "--cycle", "3m", "--seed", "5"];
    let faults = ["--fault", "slow:browse:+40%:100m..150m", "--fault", "errors:health:7%:1h..2h"];
    Program::new(folder.path(), &[&arguments[..], &faults].concat()).run().expect_run();
    folder
}

/// The run without the journey, for a test that changes it.
fn faulty() -> Folder {
    Folder::copy_of(&PAGES)
}

#[test]
fn the_schema_describes_every_report() {
    schemas::check(&Drawn::read(&FAULTY.only_run()).json);
    let mut wrong = Drawn::read(&FAULTY.only_run()).json;
    wrong["levels"][0]["cells"][0].as_object_mut().unwrap().remove("bytes");
    assert_eq!(schemas::faults(&wrong).len(), 1, "the schema misses a missing key");
    wrong["levels"][0]["cells"][0]["bytes"] = Value::Null;
    assert_eq!(schemas::faults(&wrong), Vec::<String>::new());
    wrong["levels"][0]["cells"][0]["more"] = Value::Null;
    assert_eq!(schemas::faults(&wrong).len(), 1, "the schema misses a strange key");
    wrong["verdict"]["state"] = "fine".into();
    assert_eq!(schemas::faults(&wrong).len(), 2, "the schema misses a strange word");
}

#[test]
fn summary_and_json_hold_the_same_numbers_for_every_metric() {
    let drawn = Drawn::read(&FAULTY.only_run());
    let mut seen = 0;
    for level in drawn.json["levels"].as_array().unwrap() {
        for cell in level["cells"].as_array().unwrap() {
            for metric in Metric::ALL {
                let name = metric.name();
                let place = (text(&cell["endpoint"]), text(&level["level"]), name.clone());
                let row = &drawn.summary[&place];
                assert_eq!(number(&row["value"]), cell[&name].as_f64(), "{place:?}");
                let interval = &cell["interval_95"][&name];
                assert_eq!(number(&row["low_95"]), interval[0].as_f64(), "{place:?}");
                assert_eq!(number(&row["high_95"]), interval[1].as_f64(), "{place:?}");
                assert_eq!(row["unit"], metric.unit());
                seen += 1;
            }
        }
    }
    assert_eq!(seen, drawn.summary.len());
    assert_eq!(seen, CELLS * Metric::ALL.len());
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

#[test]
fn tables_show_the_numbers_of_the_summary() {
    let drawn = Drawn::read(&FAULTY.only_run());
    let columns = [
        ("throughput", "throughput_per_s"),
        ("errors", "error_ratio"),
        ("mean", "service_time_mean_us"),
        ("p50", "service_time_p50_us"),
        ("p95", "service_time_p95_us"),
        ("p99", "service_time_p99_us"),
        ("p99.9", "service_time_p999_us"),
    ];
    let levels = ["light_load", "normal_load", "heavy_load"];
    for tables in [drawn.markdown_tables(), drawn.html_tables()] {
        let of_cells: Vec<_> =
            tables.into_iter().filter(|table| table[0].iter().any(|name| name == "p99.9")).collect();
        assert_eq!(of_cells.len(), levels.len());
        for (level, table) in levels.iter().zip(&of_cells) {
            for row in &table[1..] {
                for (head, metric) in columns {
                    let place = (row[0].clone(), (*level).to_owned(), metric.to_owned());
                    let value = number(&drawn.summary[&place]["value"]);
                    let expected = match metric {
                        "throughput_per_s" => rate(value),
                        "error_ratio" => percent(value),
                        _ => time_us(value),
                    };
                    let column = table[0].iter().position(|name| name == head).unwrap();
                    assert!(row[column].starts_with(&expected), "{place:?}: {expected} in {row:?}");
                }
            }
        }
    }
}

#[test]
fn markdown_and_html_have_the_same_tables() {
    let drawn = Drawn::read(&FAULTY.only_run());
    let with_head = |tables: Vec<Vec<Vec<String>>>| -> Vec<Vec<Vec<String>>> {
        // The three numbers are no table in HTML, and one of names and values has no head there.
        tables.into_iter().filter(|table| table[0].iter().any(|name| !name.is_empty())).collect()
    };
    let markdown: Vec<_> = with_head(drawn.markdown_tables()).into_iter().skip(1).collect();
    let html: Vec<_> = with_head(drawn.html_tables())
        .into_iter()
        .filter(|table| table[0].first().is_none_or(|n| n != "run"))
        .collect();
    assert_eq!(markdown.len(), html.len());
    for (one, other) in markdown.iter().zip(&html) {
        assert_eq!(one, other);
        let width = one[0].len();
        assert!(one.iter().all(|row| row.len() == width), "{one:?}");
    }
}

/// What a run's files say of a cell, read by nothing of the program's.
#[derive(Default)]
struct Truth {
    succeeded: u64,
    failed: u64,
    seconds: f64,
    sum_us: f64,
    times: Option<Histogram<u64>>,
}

fn truths(run: &Path) -> BTreeMap<(String, String), Truth> {
    let mut truths: BTreeMap<(String, String), Truth> = BTreeMap::new();
    let mut valid = BTreeSet::new();
    let mut reader = csv::Reader::from_path(run.join("windows.csv")).unwrap();
    let names = reader.headers().unwrap().clone();
    for record in reader.records() {
        let record = record.unwrap();
        let row: BTreeMap<&str, &str> = names.iter().zip(&record).collect();
        if row["validity"] != "valid" {
            continue;
        }
        let series = match row["step"] {
            "" => row["endpoint"].to_owned(),
            step => format!("{}.{step}", row["endpoint"]),
        };
        let truth = truths.entry((series.clone(), row["level"].to_owned())).or_default();
        let succeeded: u64 = row["succeeded"].parse().unwrap();
        truth.succeeded += succeeded;
        truth.failed += row["failed"].parse::<u64>().unwrap();
        truth.seconds += row["duration_s"].parse::<f64>().unwrap();
        truth.sum_us += succeeded as f64 * row["service_time_mean_us"].parse().unwrap_or(0.0);
        let at: jiff::Timestamp = row["started_at"].parse().unwrap();
        valid.insert((series, row["level"].to_owned(), at.as_millisecond()));
    }
    let log = std::fs::read(run.join("histograms.hlog")).unwrap();
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(&log) {
        let LogEntry::Interval(interval) = entry.unwrap() else { continue };
        let tag: Vec<&str> = interval.tag().unwrap().as_str().split('/').collect();
        let at = i64::try_from(interval.start_timestamp().as_millis()).unwrap();
        let cell = (tag[0].to_owned(), tag[1].to_owned());
        if tag[2] != "service_time" || !valid.contains(&(cell.0.clone(), cell.1.clone(), at)) {
            continue;
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(interval.encoded_histogram()).unwrap();
        let histogram: Histogram<u64> = deserializer.deserialize(&mut bytes.as_slice()).unwrap();
        let times = &mut truths.get_mut(&cell).unwrap().times;
        match times {
            Some(times) => times.add(&histogram).unwrap(),
            None => *times = Some(histogram),
        }
    }
    truths
}

#[test]
fn every_number_is_traced_back_to_the_raw_files() {
    let drawn = Drawn::read(&FAULTY.only_run());
    let truths = truths(&FAULTY.only_run());
    assert_eq!(truths.len(), CELLS);
    for ((endpoint, level), truth) in truths {
        let said = |metric: &str| {
            number(&drawn.summary[&(endpoint.clone(), level.clone(), metric.to_owned())]["value"])
        };
        let close = |metric: &str, expected: f64| {
            let said = said(metric).unwrap();
            assert!(
                (said - expected).abs() <= 1e-6 * expected.abs(),
                "{endpoint} {level} {metric}: {said}, {expected}"
            );
        };
        let judged = truth.succeeded + truth.failed;
        // A user finishes the journey fewer than ten times in a window: too few for a throughput.
        if endpoint.starts_with("sign_in") && level == "light_load" {
            assert_eq!(said("throughput_per_s"), None, "{endpoint} {level}");
        } else {
            close("throughput_per_s", judged as f64 / truth.seconds);
        }
        close("error_ratio", truth.failed as f64 / judged as f64);
        close("service_time_mean_us", truth.sum_us / truth.succeeded as f64);
        let times = truth.times.unwrap();
        assert_eq!(times.len(), truth.succeeded, "{endpoint} {level}");
        for (metric, quantile) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            // The value of rank round(q n).
            let rank = (quantile * times.len() as f64).round();
            let expected = times.value_at_quantile((rank - 0.5) / times.len() as f64) as f64 / 1e3;
            close(&format!("service_time_{metric}_us"), expected);
        }
    }
}

/// What no report may say, wherever it says it.
fn check_words(drawn: &Drawn) {
    let visible = drawn.html.split("<main>").nth(1).unwrap().split("<script>").next().unwrap();
    // Letters within an embedded chart's coordinates are none of a text's.
    let without_charts: String =
        visible.split("<svg").map(|part| part.split_once("</svg>").map_or(part, |(_, rest)| rest)).collect();
    for text in [&drawn.markdown, &without_charts] {
        for bad in [
            "NaN",
            "inf ",
            "-inf",
            "-0 ",
            "-0.0 ",
            "-0.00 ",
            "null",
            "None,",
            "None)",
            "Some(",
            "  %",
            "  ms",
            " 1 windows",
            " 1 alerts",
        ] {
            assert!(!text.contains(bad), "{bad:?} in {text}");
        }
    }
    // Words and places of charts, too.
    for part in drawn.html.split("<svg").skip(1).map(|part| part.split("</svg>").next().unwrap()) {
        for bad in ["NaN", "inf", "-0 "] {
            assert!(!part.contains(bad), "{bad:?} in {part}");
        }
    }
    let without_names = drawn.html.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http://", "https://", "src=\"", "@import", "url(h"] {
        assert!(!without_names.contains(outside), "{outside}");
    }
}

#[test]
fn a_report_reads_like_one() {
    check_words(&Drawn::read(&FAULTY.only_run()));
}

/// Everything that a link of a report leads to is there, once.
fn check_links(drawn: &Drawn) {
    let ids: Vec<&str> =
        drawn.html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    for to in drawn.html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(unique.contains(to), "#{to} leads nowhere");
    }
    for to in drawn.markdown.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(drawn.markdown.contains(&format!("<a id=\"{to}\">")), "#{to} leads nowhere in Markdown");
    }
}

#[test]
fn links_lead_somewhere_and_pictures_are_there() {
    let drawn = Drawn::read(&FAULTY.only_run());
    check_links(&drawn);
    let pictures: Vec<&str> =
        drawn.markdown.split("](chart-").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(pictures.len() > 10, "{pictures:?}");
    for picture in pictures {
        let bytes = std::fs::read(FAULTY.only_run().join(format!("chart-{picture}"))).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{picture}");
    }
}

/// Edits files of a run, draws it again and checks what holds of every report.
fn drawn_after(folder: &Folder, edits: &[(&str, &dyn Fn(String) -> String)]) -> Drawn {
    drawn_only_after(folder, edits, "csv,md,png,html,json")
}

/// The same of some files. Charts are part of the HTML, too, so a picture shows nothing but its encoding.
fn drawn_only_after(folder: &Folder, edits: &[(&str, &dyn Fn(String) -> String)], only: &str) -> Drawn {
    let run = folder.only_run();
    for (file, edit) in edits {
        let text = std::fs::read_to_string(run.join(file)).unwrap();
        std::fs::write(run.join(file), edit(text)).unwrap();
        if *file == "run.json" {
            seal_manifest(&run);
        }
    }
    Program::new(folder.path(), &["report", "--only", only]).run().expect_success();
    let drawn = Drawn::read(&run);
    schemas::check(&drawn.json);
    check_words(&drawn);
    check_links(&drawn);
    drawn
}

/// The rows for which `keep` holds, by their number from 0; the head stays.
fn rows(keep: impl Fn(usize, &str) -> bool) -> impl Fn(String) -> String {
    move |text| {
        let lines = text.lines().enumerate().filter(|(place, line)| *place == 0 || keep(place - 1, line));
        lines.flat_map(|(_, line)| [line, "\n"]).collect()
    }
}

fn sentence(drawn: &Drawn) -> String {
    text(&drawn.json["verdict"]["sentence"])
}

#[test]
fn a_run_of_one_window_says_what_it_cannot_say() {
    let drawn = drawn_after(&faulty(), &[("windows.csv", &rows(|place, _| place == 0))]);
    assert_eq!(drawn.json["health"]["windows"], 1);
    assert!(drawn.html.contains("1 valid window: too few to plot"), "{}", drawn.html);
}

#[test]
fn a_run_without_a_window_is_a_report_too() {
    let drawn = drawn_after(&faulty(), &[("windows.csv", &rows(|_, _| false))]);
    assert_eq!(sentence(&drawn), "Nothing has been measured yet.");
    assert_eq!(drawn.json["verdict"]["state"], "unjudged");
}

#[test]
fn a_run_of_failures_is_broken_not_fast() {
    let folder = Folder::new();
    let arguments = ["start", "--rehearse", "--demo", "--duration", "1h", "--cycle", "5m"];
    // The five endpoints, and the three that the steps of the journey request.
    let down =
        ["auth_check", "browse", "health", "health_detailed", "landing", "login", "pitch_list", "logout"]
            .map(|name| format!("down:{name}:0s..1h"));
    let faults: Vec<&str> = down.iter().flat_map(|fault| ["--fault", fault.as_str()]).collect();
    Program::new(folder.path(), &[&arguments[..], &faults].concat()).run().expect_run();
    let drawn = drawn_after(&folder, &[]);
    assert_ne!(drawn.json["verdict"]["state"], "healthy", "{}", sentence(&drawn));
    let cell = &drawn.json["levels"][0]["cells"][0];
    assert_eq!((&cell["succeeded"], &cell["service_time_p50_us"]), (&0.into(), &Value::Null));
    // A chart of service times would be empty; that of failures is not.
    assert!(!drawn.html.contains("id=\"chart-time-") && drawn.html.contains("id=\"chart-errors\""));
}

#[test]
fn names_that_try_to_be_code_stay_names() {
    for name in
        ["<script>alert(1)</script>", "a|b`c`*d*[e](f)", "_x_&amp;\\", "日本語", "x' onmouseover='y", "a`b"]
    {
        let rename = |text: String| without_checksums(&text).replace("browse,", &format!("{name},"));
        let tag = |text: String| text.replace("Tag=browse/", &format!("Tag={name}/"));
        let manifest = |text: String| text.replace("\"demo\"", &Value::from(name).to_string());
        // Letters that the font lacks are drawn with it, too.
        let only = if name == "日本語" { "csv,md,png,html,json" } else { "csv,md,html,json" };
        let drawn = drawn_only_after(
            &faulty(),
            &[("windows.csv", &rename), ("histograms.hlog", &tag), ("run.json", &manifest)],
            only,
        );
        for text in [&drawn.markdown, &drawn.html] {
            assert!(!text.contains("<script>alert"), "{text}");
            assert!(!text.contains("x' onmouseover") || *text == drawn.markdown, "{text}");
        }
        let tables = [drawn.markdown_tables(), drawn.html_tables()];
        for table in tables.iter().flatten().filter(|table| table[0].iter().any(|head| head == "p99.9")) {
            assert!(table.iter().any(|row| row[0] == name), "{name} in {table:?}");
        }
    }
}

#[test]
fn a_gap_of_a_day_is_seen() {
    let folder = five_endpoints();
    let arguments =
        ["start", "--rehearse", "--demo", "--duration", "40h", "--cycle", "20m", "--fault", "none"];
    Program::new(folder.path(), &arguments).run().expect_run();
    // A day of 72 cycles of 15 cells is gone.
    let cut = rows(|place, _| !(225..1_305).contains(&place));
    let manifest = |text: String| {
        let mut manifest: Value = serde_json::from_str(&text).unwrap();
        manifest["gaps"] = serde_json::json!([{
            "from": "2026-01-01T05:00:00.000Z", "to": "2026-01-02T05:00:00.000Z", "reason": "stopped"
        }]);
        manifest.to_string()
    };
    let drawn = drawn_after(&folder, &[("windows.csv", &cut), ("run.json", &manifest)]);
    assert_eq!(drawn.json["health"]["gap_s"], 86_400.0);
    assert!(drawn.html.contains("gap of 24 h"), "the charts do not show it");
    let advice = drawn.json["recommendations"].as_array().unwrap();
    assert!(advice.iter().any(|advice| advice["id"] == "measurement/gaps"), "{advice:?}");
}

#[test]
fn what_was_planned_and_is_not_there_is_missed() {
    let folder = faulty();
    let drawn = drawn_after(&folder, &[("windows.csv", &rows(|_, line| !line.contains(",browse,")))]);
    assert_eq!(drawn.json["health"]["unmeasured_endpoints"], serde_json::json!(["browse"]));
    assert_eq!(drawn.json["health"]["missing"], 180);
    assert!(drawn.markdown.contains("Never measured: browse."), "{}", drawn.markdown);
    let folder = five_endpoints();
    let arguments =
        ["start", "--rehearse", "--demo", "--duration", "8h", "--cycle", "10m", "--fault", "none"];
    Program::new(folder.path(), &arguments).run().expect_run();
    let drawn = drawn_after(&folder, &[("windows.csv", &rows(|place, _| !(300..500).contains(&place)))]);
    assert_eq!(drawn.json["verdict"]["state"], "attention", "{}", sentence(&drawn));
    assert!(sentence(&drawn).contains("200 of 720 planned windows are missing"), "{}", sentence(&drawn));
}

/// Edits a file of a run that can then not be reported; returns what is said.
fn refused_after(file: &str, edit: &dyn Fn(String) -> String) -> String {
    let folder = faulty();
    let path = folder.only_run().join(file);
    std::fs::write(&path, edit(std::fs::read_to_string(&path).unwrap())).unwrap();
    let before = std::fs::read(folder.only_run().join("report.md")).unwrap();
    let ended = Program::new(folder.path(), &["report"]).run();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(std::fs::read(folder.only_run().join("report.md")).unwrap(), before, "the old report is gone");
    ended.stderr
}

#[test]
fn files_that_contradict_each_other_are_refused() {
    let half = |text: String| {
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() / 2].join("\n") + "\n"
    };
    // The rows are intact, so all but the percentiles of the damaged cells is reported.
    let drawn = drawn_after(&faulty(), &[("histograms.hlog", &half)]);
    let warnings = drawn.json["run"]["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty() && drawn.markdown.contains("Warning: histograms.hlog: window "));
    let cell = &drawn.json["levels"][0]["cells"][0];
    assert!(cell["service_time_p50_us"].is_null() && cell["service_time_mean_us"].is_f64(), "{cell:#}");
    let turned = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(10, 20);
        lines.join("\n") + "\n"
    };
    let said = refused_after("windows.csv", &turned);
    assert!(said.contains("must be in commit order"), "{said}");
}

#[test]
fn what_is_wrong_is_told_first() {
    let drawn = Drawn::read(&FAULTY.only_run());
    assert_eq!(drawn.json["verdict"]["state"], "broken");
    assert!(sentence(&drawn).contains("error ratio of health"), "{}", sentence(&drawn));
    let advice = drawn.json["recommendations"].as_array().unwrap();
    let ids: Vec<&str> = advice.iter().map(|advice| advice["id"].as_str().unwrap()).collect();
    assert_eq!(ids[0], "objective/health/error_ratio", "{ids:?}");
    assert!(ids.contains(&"incident/1"), "{ids:?}");
    let slow =
        drawn.json["incidents"].as_array().unwrap().iter().find(|of| of["cause"] == "slowdown").unwrap();
    assert_eq!(slow["endpoints"], serde_json::json!(["browse"]), "{slow}");
    let charts: BTreeSet<&str> = drawn.json["charts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chart| chart["file"].as_str().unwrap())
        .collect();
    for chart in advice.iter().filter_map(|advice| advice["chart"].as_str()) {
        assert!(charts.contains(format!("{chart}.png").as_str()), "{chart}");
    }
}
