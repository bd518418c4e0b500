//! The live page's API has the numbers of `windows.csv` and report.json, to the last digit.

use std::collections::BTreeMap;

use baseline::dashboard::LiveServer;
use baseline::domain::metric::Metric;
use baseline::store::window_log;
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::live::{address, config, encoded, json, rehearsed, until};

/// Each key of a point, and the metric that it has.
const KEYS: [(&str, &str); 9] = [
    ("throughput_per_s", "throughput_per_s"),
    ("error_ratio", "error_ratio"),
    ("mean_us", "service_time_mean_us"),
    ("p50_us", "service_time_p50_us"),
    ("p90_us", "service_time_p90_us"),
    ("p95_us", "service_time_p95_us"),
    ("p99_us", "service_time_p99_us"),
    ("p999_us", "service_time_p999_us"),
    ("max_us", "service_time_max_us"),
];

/// A number with every bit of it.
fn bits(value: &Value) -> Option<u64> {
    value.as_f64().map(f64::to_bits)
}

#[test]
fn every_window_has_the_numbers_of_the_file() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let to = address(&server);
    let windows = window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let metrics: BTreeMap<String, Metric> =
        Metric::ALL.iter().map(|metric| (metric.name(), *metric)).collect();
    let snapshot = json(to, "/api/v1/snapshot", "snapshot");
    let mut seen = 0;
    for series in snapshot["series"].as_array().unwrap() {
        let id = series["id"].as_str().unwrap();
        let own: Vec<_> = windows.iter().filter(|window| window.cell.to_string() == id).collect();
        let found = json(to, &format!("/api/v1/series?id={}", encoded(id)), "series");
        assert_eq!((&found["merged"], series["windows"].as_u64()), (&1.into(), Some(own.len() as u64)));
        for (place, window) in own.iter().enumerate() {
            let column = |key: &str| &found["columns"][key][place];
            assert_eq!(column("number"), window.number);
            assert_eq!(column("started_at_ms"), window.started_at.as_millisecond());
            assert_eq!(column("requests"), window.counts.requests());
            assert_eq!(column("failed"), window.counts.failed);
            for (key, name) in KEYS {
                let expected = metrics[name].of(window).map(f64::to_bits);
                if found["columns"].get(key).is_some() {
                    assert_eq!(bits(column(key)), expected, "{id} {key} of window {}", window.number);
                }
                if place + 1 == own.len() {
                    assert_eq!(bits(&series["last"][key]), expected, "{id} {key}");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, windows.len());
    for window in &windows[..20] {
        let detail = json(to, &format!("/api/v1/windows/{}", window.number), "window");
        let rows = detail["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["id"] == window.cell.to_string().as_str()).unwrap();
        for (name, metric) in &metrics {
            assert_eq!(bits(&row[name]), metric.of(window).map(f64::to_bits), "{name}");
        }
    }
}

#[test]
fn totals_states_and_incidents_are_those_of_the_report() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let report: Value = serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap();
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let to = address(&server);
    assert!(until(|| json(to, "/api/v1/snapshot", "snapshot")["verdict"]["is_final"] == true));
    let snapshot = json(to, "/api/v1/snapshot", "snapshot");
    assert_eq!(snapshot["verdict"]["outcome"], report["verdict"]["outcome"]);
    assert_eq!(snapshot["progress"]["requests"], report["health"]["requests"]);
    let mut cells = 0;
    for level in report["levels"].as_array().unwrap() {
        for cell in level["cells"].as_array().unwrap() {
            let id =
                format!("{} at {}", cell["endpoint"].as_str().unwrap(), level["level"].as_str().unwrap());
            let series =
                snapshot["series"].as_array().unwrap().iter().find(|series| series["id"] == id.as_str());
            let series = series.unwrap();
            let found = json(to, &format!("/api/v1/series?id={}", encoded(&id)), "series");
            let columns = &found["columns"];
            let valid =
                columns["validity"].as_array().unwrap().iter().enumerate().filter(|(_, word)| **word == 0);
            let requests: u64 = valid.map(|(place, _)| columns["requests"][place].as_u64().unwrap()).sum();
            assert_eq!(cell["requests"], requests, "{id}");
            assert_eq!(cell["windows"], series["windows"], "{id}");
            let objectives = cell["objectives"].as_array().unwrap();
            for (own, theirs) in series["objectives"].as_array().unwrap().iter().zip(objectives) {
                let state = match theirs["state"].as_str().unwrap() {
                    "held" => "met",
                    "broken" => "violated",
                    _ => "undecided",
                };
                assert_eq!((&own["metric"], &own["state"]), (&theirs["metric"], &state.into()), "{id}");
            }
            let band = &series["bands"]["service_time_mean_us"];
            assert_eq!(bits(&band["baseline"]), bits(&cell["baseline_service_time_mean_us"]), "{id}");
            cells += 1;
        }
    }
    assert_eq!(cells, snapshot["series"].as_array().unwrap().len());
    let real =
        snapshot["incidents"].as_array().unwrap().iter().filter(|incident| incident["withdrawn"] == false);
    let real: Vec<&Value> = real.collect();
    let reported = report["incidents"].as_array().unwrap();
    assert_eq!(real.len(), reported.len());
    assert!(!real.is_empty());
    for (own, theirs) in real.iter().zip(reported) {
        assert_eq!((&own["cause"], &own["opened_at"]), (&theirs["cause"], &theirs["opened_at"]));
    }
}

#[test]
fn a_heat_map_counts_every_request() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let windows = window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let cell = &windows[0].cell;
    let own = windows.iter().filter(|window| window.cell == *cell);
    let heat = json(address(&server), &format!("/api/v1/heat?id={}", encoded(&cell.to_string())), "heat");
    let columns = heat["counts"].as_array().unwrap();
    let counted: u64 =
        columns.iter().flat_map(|rows| rows.as_array().unwrap()).map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, own.map(|window| window.counts.succeeded).sum::<u64>());
    assert_eq!(columns.len(), heat["columns"].as_array().unwrap().len());
}
