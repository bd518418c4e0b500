//! `monitor --rehearse`: a day, a midnight and a month on the virtual clock say exactly what was injected.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::folder::{Folder, entries};
use crate::support::program::Program;

/// Three endpoints of the demo server with SLOs that only faults break.
const SHOP: &str = r#"schema = 1
name = "shop"

[target]
base_url = "http://127.0.0.1:9"
allow_hosts = ["127.0.0.1"]
timeout = "2s"

[plan]
duration = "2h"
cycle = "5m"
window = "1s"

[levels]
light_load = 1
normal_load = 5

[[endpoint]]
name = "health"
path = "/api/health"
slo = { mean = "500ms", p95 = "1s", error_rate = 0.01 }

[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"

[[endpoint]]
name = "landing"
path = "/"
"#;

/// What a rehearsed monitor left and said.
struct Rehearsed {
    folder: Folder,
    output: Value,
    stderr: String,
}

fn rehearse(tables: &str, arguments: &[&str]) -> Rehearsed {
    let folder = Folder::new();
    folder.write("shop.toml", &format!("{SHOP}{tables}"));
    rehearse_in(folder, arguments)
}

fn rehearse_in(folder: Folder, arguments: &[&str]) -> Rehearsed {
    let all = [&["monitor", "shop.toml", "--rehearse", "--format", "json"], arguments].concat();
    let ended = Program::new(folder.path(), &all).run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let output = ended.json();
    assert_eq!(output["kind"], "monitor");
    Rehearsed { folder, output, stderr: ended.stderr }
}

impl Rehearsed {
    fn journal(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("reports/monitor/shop-rehearsal/journal.jsonl")).unwrap()
    }

    fn entries(&self) -> Vec<Value> {
        let text = String::from_utf8(self.journal()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Alerts in the order of their beginning: name, subject, day and time to the minute of both ends.
    fn alerts(&self) -> Vec<[String; 4]> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let minute = |value: &Value| value.as_str().unwrap()[5..16].to_owned();
        let entries = self.entries();
        let closed = |id: &Value| {
            let all: Vec<&Value> =
                entries.iter().filter(|entry| entry["event"] == "closed" && entry["id"] == *id).collect();
            assert!(all.len() <= 1, "{all:?}");
            all.first().map_or_else(|| "open".to_owned(), |entry| minute(&entry["closed_at"]))
        };
        let opened = entries.iter().filter(|entry| entry["event"] == "opened");
        opened
            .map(|entry| {
                let (name, subject) = (text(&entry["alert"]), text(&entry["subject"]));
                [name, subject, minute(&entry["opened_at"]), closed(&entry["id"])]
            })
            .collect()
    }

    fn workload(&self, name: &str) -> &Value {
        let all = self.output["workloads"].as_array().unwrap();
        all.iter().find(|workload| workload["name"] == name).unwrap()
    }

    /// The run folders of its days.
    fn days(&self) -> Vec<PathBuf> {
        let all = entries(&self.folder.path().join("reports"));
        all.into_iter().filter(|path| path.join("run.json").is_file()).collect()
    }
}

fn check_near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 1e-9 * expected.abs().max(1.0), "{value} is not {expected}");
}

fn alert(kind: &str, subject: &str, from: &str, until: &str) -> [String; 4] {
    [kind, subject, from, until].map(str::to_owned)
}

#[test]
fn a_day_says_exactly_what_was_injected() {
    let faults = [
        "--duration",
        "24h",
        "--every",
        "3m",
        "--fault",
        "down:landing:3h..4h",
        "--fault",
        "errors:browse:100%:23h30m..23h45m",
        "--fault",
        "slow:health:+50%:10h..11h",
    ];
    let day = rehearse("", &faults);
    assert_eq!(
        day.alerts(),
        [
            alert("BaselineDown", "landing", "01-01T03:00", "01-01T04:00"),
            alert("BaselineSlowerThanBaseline", "health", "01-01T10:00", "01-01T11:00"),
            alert("BaselineDown", "browse", "01-01T23:30", "01-01T23:45"),
        ]
    );
    // 99.9 % of 30 days are 43.2 minutes.
    check_near(&day.output["allowed_s"], 2_592.0);
    for (name, down_minutes) in [("landing", 60.0), ("browse", 15.0), ("health", 0.0)] {
        let workload = day.workload(name);
        let down = down_minutes * 60.0;
        check_near(&workload["measured_s"], 86_400.0);
        check_near(&workload["down_s"], down);
        check_near(&workload["availability"], 1.0 - down / 86_400.0);
        check_near(&workload["budget_used"], down / 2_592.0);
        check_near(&workload["budget_left_s"], (2_592.0 - down).max(0.0));
        check_near(&workload["burn_rates"]["day"], down / 86_400.0 / 0.001);
        assert_eq!(workload["state"], "healthy");
    }
    assert_eq!(day.output["alerts"], Value::Array(Vec::new()));
    assert!(day.stderr.contains("landing: healthy -> unhealthy"), "{}", day.stderr);
}

#[test]
fn the_same_seed_writes_the_same_journal_also_in_a_folder_that_has_one() {
    let arguments = ["--duration", "24h", "--every", "20m", "--fault", "down:landing:3h..4h", "--seed", "7"];
    let first = rehearse("", &arguments);
    let (journal, output) = (first.journal(), first.output.clone());
    assert_eq!(first.alerts(), [alert("BaselineDown", "landing", "01-01T03:00", "01-01T04:00")]);
    let second = rehearse("", &arguments);
    assert_eq!((&second.journal(), &second.output), (&journal, &output));
    // Another rehearsal begins anew: nothing of the first is counted twice.
    let again = rehearse_in(first.folder, &arguments);
    assert_eq!((&again.journal(), &again.output), (&journal, &output));
}

#[test]
fn an_outage_over_midnight_is_one_alert_with_its_true_times() {
    let check = "\n[check]\navailability = 0.9999\n";
    let arguments = ["--duration", "48h", "--every", "5m", "--fault", "down:landing:23h30m..24h45m"];
    let days = rehearse(check, &arguments);
    assert_eq!(days.alerts(), [alert("BaselineDown", "landing", "01-01T23:30", "01-02T00:45")]);
    assert_eq!(days.days().len(), 2);
    check_near(&days.workload("landing")["down_s"], 75.0 * 60.0);
    check_near(&days.workload("landing")["measured_s"], 2.0 * 86_400.0);
    // 4.3 minutes cannot be seen at intervals of 5.
    assert_eq!(days.output["objective_is_visible"], false);
    let said = "99.99 % of 30 days allows 4.3 min of downtime";
    assert!(days.stderr.contains(said) && days.stderr.contains("every 5m"), "{}", days.stderr);
}

#[test]
fn a_month_rolls_its_days_keeps_some_and_compresses_old_ones() {
    let arguments = [
        "--duration",
        "30d",
        "--every",
        "1h",
        "--fault",
        "down:landing:71h..75h",
        "--fault",
        "down:browse:700h..710h",
    ];
    let month = rehearse("\n[monitor]\nkeep = \"10d\"\n", &arguments);
    assert_eq!(
        month.alerts(),
        [
            alert("BaselineDown", "landing", "01-03T23:00", "01-04T03:00"),
            alert("BaselineDown", "browse", "01-30T04:00", "01-30T14:00"),
        ]
    );
    // The state goes on over all days, also over those whose folders are gone.
    for (name, hours) in [("landing", 4.0), ("browse", 10.0), ("health", 0.0)] {
        check_near(&month.workload(name)["down_s"], hours * 3_600.0);
        check_near(&month.workload(name)["measured_s"], 30.0 * 86_400.0);
    }
    let days = month.days();
    let dates: Vec<String> = days
        .iter()
        .map(|day| {
            let name = day.file_name().unwrap().to_string_lossy().into_owned();
            name.rsplit_once('-').unwrap().1[..8].to_owned()
        })
        .collect();
    assert!((10..=11).contains(&dates.len()), "{dates:?}");
    let expected: Vec<String> = (31 - dates.len()..31).map(|day| format!("202601{day:02}")).collect();
    assert_eq!(dates, expected);
    for (place, day) in days.iter().rev().enumerate() {
        let (plain, packed) = (day.join("windows.csv"), day.join("windows.csv.gz"));
        match place {
            0 => assert!(plain.is_file() && !packed.exists(), "{}", day.display()),
            1 => (),
            _ => assert!(!plain.exists() && packed.is_file(), "{}", day.display()),
        }
    }
    for (last, kept) in [("30d", dates.len() as f64), ("7d", 7.0)] {
        let arguments = ["report", "--last", last, "shop", "--format", "json"];
        let report = Program::new(month.folder.path(), &arguments).run().json();
        let browse = &report["workloads"]["browse"];
        check_near(&browse["minutes_down"], 600.0);
        check_near(&browse["failed_s"], 36_000.0);
        check_near(&browse["minutes_up"], kept * 1_440.0 - 600.0);
        check_near(&report["workloads"]["landing"]["minutes_down"], 0.0);
        // The journal knows of outages whose days are gone.
        let incidents: Vec<(String, f64)> = report["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (one["opened_at"].as_str().unwrap()[..13].to_owned(), one["lasted_s"].as_f64().unwrap())
            })
            .collect();
        let early = (last == "30d").then(|| ("2026-01-03T23".to_owned(), 14_400.0));
        let expected: Vec<(String, f64)> =
            early.into_iter().chain([("2026-01-30T04".to_owned(), 36_000.0)]).collect();
        assert_eq!(incidents, expected);
    }
}

#[test]
fn without_a_section_for_it_it_watches_every_minute_and_without_an_end_it_refuses() {
    let hour = rehearse("\n[monitor]\n", &["--duration", "1h"]);
    check_near(&hour.output["interval_s"], 60.0);
    check_near(&hour.workload("health")["measured_s"], 3_600.0);
    let arguments = ["monitor", "shop.toml", "--rehearse"];
    let error = Program::new(hour.folder.path(), &arguments).run().expect_refusal();
    assert!(error.contains("hint: add --duration"), "{error}");
}

#[test]
fn many_endpoints_fit_into_an_interval_and_limits_without_room_leave_one_out() {
    let folder = Folder::new();
    let many: String = (0..200)
        .map(|n| format!("[[endpoint]]\nname = \"e{n}\"\npath = \"/p{n}\"\n"))
        .collect::<Vec<_>>()
        .concat();
    folder.write("shop.toml", &format!("{}{many}", SHOP.replace("cycle = \"5m\"", "cycle = \"1h\"")));
    let minute = rehearse_in(folder, &["--duration", "1m", "--every", "20s"]);
    assert_eq!(minute.output["workloads"].as_array().unwrap().len(), 203);
    assert_eq!(minute.output["state"], "healthy");
    let limit = |count: u32| {
        format!("\n[[rate_limit]]\npath = \"/\"\nlimits = [{{ requests = {count}, per = \"1h\" }}]\n")
    };
    let left = rehearse(&limit(4), &["--duration", "1h"]);
    let said = "not probed: landing, because its documented rate limit does not allow a probe every 1m";
    assert!(left.stderr.contains(said), "{}", left.stderr);
    assert_eq!(left.output["workloads"].as_array().unwrap().len(), 2);
    let rarer = "health checks every 1h: the documented rate limits do not allow one every 5m";
    assert!(left.stderr.contains(rarer), "{}", left.stderr);
    let rare = rehearse(&limit(4), &["--duration", "6h", "--every", "1h"]);
    assert!(!rare.stderr.contains("not probed"), "{}", rare.stderr);
    assert_eq!(rare.workload("landing")["measured_s"], 21_600.0);
    let arguments = ["monitor", "shop.toml", "--rehearse", "--duration", "1h", "--every", "500ms"];
    let error = Program::new(rare.folder.path(), &arguments).run().expect_refusal();
    assert!(error.contains("option --every: is shorter than 1s"), "{error}");
}

#[test]
fn a_queue_that_runs_out_is_an_error_and_no_quiet_end() {
    let folder = Folder::new();
    folder.write(
        "queue.toml",
        "schema = 1\nname = \"queue\"\n[target]\nbase_url = \"http://127.0.0.1:9\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [[data]]\nname = \"user\"\norder = \"queue\"\nper = \"iteration\"\nrows = [{ id = \"1\" }, { id = \"2\" }]\n\
         [[journey]]\nname = \"look\"\n[[journey.step]]\nname = \"one\"\npath = \"/api/health?u={{user.id}}\"\n",
    );
    let arguments = ["monitor", "queue.toml", "--rehearse", "--duration", "1h"];
    let ended = Program::new(folder.path(), &arguments).run();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let said = &ended.stderr;
    assert!(said.contains("error: data of a journey has no rows left"), "{said}");
    assert!(said.contains("order = \"circular\""), "{said}");
}
