//! Windows that show no throughput: those that end with their requests, and those with a handful of them. Nothing builds on it.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::Program;

/// Two endpoints at two levels, 40 cycles; a limit covers `landing` and not `health`.
fn scenario(window: &str, limits: &str, pace: &str) -> String {
    format!(
        r#"schema = 1
name = "capped"
[target]
base_url = "http://127.0.0.1:9"
allow_hosts = ["127.0.0.1"]
[plan]
duration = "2h"
cycle = "3m"
window = "{window}"
warm_up = "100ms"
rate_limits = "fit"
[levels]
light_load = 1
normal_load = 3
[[endpoint]]
name = "health"
path = "/api/health"
[[endpoint]]
name = "landing"
path = "/"
{pace}
[cost]
currency = "EUR"
requests_per_user_per_month = 1000
peak_to_average = 4
[[cost.item]]
name = "platform"
fixed_per_month = 10
{limits}
"#
    )
}

const LIMIT: &str = "[[rate_limit]]\npath = \"/\"\nlimits = [{ requests = 40, per = \"3m\" }]\n";

fn rehearsed(text: &str) -> (Folder, Value) {
    let folder = Folder::new();
    folder.write("capped.toml", text);
    Program::new(folder.path(), &["start", "capped.toml", "--rehearse", "--seed", "3"])
        .run()
        .expect_success();
    let report = std::fs::read(folder.only_run().join("report.json")).unwrap();
    let report = serde_json::from_slice(&report).unwrap();
    (folder, report)
}

fn cells(report: &Value) -> Vec<&Value> {
    let levels = report["levels"].as_array().unwrap().iter();
    levels.flat_map(|level| level["cells"].as_array().unwrap()).collect()
}

fn of<'a>(report: &'a Value, endpoint: &str) -> &'a Value {
    report["capacity"].as_array().unwrap().iter().find(|capacity| capacity["endpoint"] == endpoint).unwrap()
}

/// Requires that nothing is told of what `landing` can carry, and why.
fn check_landing(report: &Value, why: &str) {
    for cell in cells(report).into_iter().filter(|cell| cell["endpoint"] == "landing") {
        assert!(cell["throughput_per_s"].is_null() && cell["goodput_per_s"].is_null(), "{cell:#}");
        assert!(cell["no_throughput"].as_str().unwrap().contains(why), "{cell:#}");
        assert!(cell["interval_95"]["throughput_per_s"].is_null(), "{cell:#}");
        assert!(cell["service_time_mean_us"].is_f64(), "times are told all the same: {cell:#}");
    }
    let capacity = of(report, "landing");
    assert!(capacity["holds"].is_null() && capacity["levels"] == Value::Array(Vec::new()), "{capacity:#}");
    assert!(capacity["no_estimate"].as_str().unwrap().contains(why), "{capacity:#}");
    assert!(capacity["fit"]["refused"].as_str().unwrap().contains(why), "{capacity:#}");
    for row in report["cost"]["rows"].as_array().unwrap() {
        assert!(row["is_extrapolated"] == true, "a platform without a throughput: {row:#}");
    }
    let alerts = report["alerts"].as_array().unwrap().iter();
    assert_eq!(
        alerts
            .filter(|alert| alert["metric"] == "throughput_per_s" && alert["endpoint"] == "landing")
            .count(),
        0
    );
}

#[test]
fn windows_that_the_rate_limits_end_show_no_throughput() {
    let (folder, report) = rehearsed(&scenario("1s", LIMIT, ""));
    check_landing(&report, "by the rate limits");
    assert!(of(&report, "health")["holds"]["throughput_per_s"].as_f64().unwrap() > 100.0);
    let page = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    assert!(
        page.contains("no capacity estimate: windows are limited to 5 requests each by the rate limits"),
        "{page}"
    );
    let log = std::fs::read_to_string(folder.only_run().join("windows.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(log.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let is_capped = &record[at("endpoint")] == "landing";
        assert_eq!(record[at("request_cap")].is_empty(), !is_capped, "{record:?}");
        assert_eq!(record[at("throughput_per_s")].is_empty(), is_capped, "{record:?}");
    }
    // Nor is it part of a baseline, or of what is compared with one.
    let promote = ["promote", "latest", "--as", "main", "--format", "json"];
    let promoted = Program::new(folder.path(), &promote).run().json();
    for cell in promoted["cells"].as_array().unwrap() {
        let has = cell["metrics"]["throughput_per_s"]["after"].is_f64();
        assert_eq!(has, cell["endpoint"] == "health", "{cell:#}");
    }
    let compared =
        Program::new(folder.path(), &["compare", "main", "latest", "--format", "json"]).run().json();
    let rows = compared["rows"].as_array().unwrap();
    let landing = rows.iter().filter(|row| row["endpoint"] == "landing");
    assert!(
        landing.clone().all(|row| row["metric"] != "throughput_per_s") && landing.count() > 0,
        "{compared:#}"
    );
}

#[test]
fn windows_with_a_handful_of_requests_show_no_throughput() {
    // Three users of `landing` have three to six requests in a window of 5 ms, and those of `health` six to nine.
    let (_, report) = rehearsed(&scenario("5ms", "", ""));
    check_landing(&report, "fewer than 10 requests");
    let number = &report["verdict"]["numbers"][2];
    assert!(number["note"].as_str().unwrap().contains("no capacity estimate"), "{number:#}");
}

#[test]
fn capped_arrivals_take_the_time_of_their_rate() {
    for arrivals in ["uniform", "poisson"] {
        for rate in ["0.7", "30"] {
            let pace = format!("pace = {{ rate = {rate}, arrivals = \"{arrivals}\" }}");
            let limits = "[[rate_limit]]\npath = \"/\"\nlimits = [{ requests = 12, per = \"3m\" }]\n";
            let (folder, _) = rehearsed(&scenario("5s", limits, &pace));
            let log = baseline::store::window_log::read(&folder.only_run().join("windows.csv")).unwrap();
            let landing = log.windows.iter().filter(|window| &*window.cell.workload == "landing");
            let rate: f64 = rate.parse().unwrap();
            for window in landing.clone().filter(|window| window.counts.requests() > 0) {
                let told = window.throughput_per_s().unwrap();
                // Without a cap, the arrivals of a random schedule are as many as chance makes them.
                let is_bounded = arrivals == "uniform" || window.request_cap.is_some();
                assert!(!is_bounded || told <= rate * 1.000_01, "{rate} {arrivals}: {told} {window:?}");
            }
            assert!(landing.count() > 0);
        }
    }
}
