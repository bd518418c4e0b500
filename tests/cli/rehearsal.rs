//! Rehearsals: the same seed, the same bytes; every cell in every cycle once.

use std::collections::BTreeMap;

use baseline::domain::verdict::Validity;
use baseline::domain::window::Window;
use baseline::store::window_log;

use crate::support::folder::{Folder, contents};
use crate::support::program::Program;

use super::rehearse;

fn rehearsed(arguments: &[&str]) -> Folder {
    let folder = Folder::new();
    rehearse(&folder, arguments);
    folder
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_every_file() {
    let [first, second] = [(); 2].map(|()| contents(rehearsed(&["--seed", "7"]).path()));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    let differ: Vec<_> =
        first.iter().filter(|(name, bytes)| second[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{differ:?}");
    let names: Vec<String> =
        first.keys().filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect();
    for name in [
        "run.json",
        "windows.csv",
        "histograms.hlog",
        "anomalies.csv",
        "status.json",
        "report.md",
        "report.json",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} is not among {names:?}");
    }
}

#[test]
fn a_rehearsal_in_the_place_of_an_earlier_one_is_the_same() {
    let folder = rehearsed(&["--seed", "7"]);
    let before = contents(folder.path());
    rehearse(&folder, &["--seed", "7"]);
    assert!(contents(folder.path()) == before);
}

#[test]
fn another_seed_gives_other_times() {
    let log =
        |seed: &str| std::fs::read(rehearsed(&["--seed", seed]).only_run().join("windows.csv")).unwrap();
    assert_ne!(log("7"), log("8"));
}

#[test]
fn every_cell_is_measured_in_every_cycle_exactly_once() {
    let folder = rehearsed(&["--seed", "7"]);
    let windows = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
    let mut times: BTreeMap<(u64, String, &str), u32> = BTreeMap::new();
    for window in &windows {
        *times.entry((window.cycle, window.cell.series(), &window.cell.level)).or_default() += 1;
    }
    // Every five minutes for two hours: five endpoints at three levels, and a journey of three steps at two.
    let rows = 24 * (15 + 2 * (1 + 3));
    assert_eq!((windows.len(), times.len()), (rows, rows));
    let (wholes, steps): (Vec<&Window>, Vec<&Window>) =
        windows.iter().partition(|window| window.cell.step.is_none());
    assert_eq!(wholes.len(), 24 * 17);
    assert!(wholes.iter().map(|window| window.number).eq(1..=408), "numbers count up from 1");
    for step in steps {
        let whole = wholes[usize::try_from(step.number).unwrap() - 1];
        assert_eq!(
            (&step.cell.workload, &step.cell.level, step.started_at),
            (&whole.cell.workload, &whole.cell.level, whole.started_at)
        );
        // Nothing fails here, so every iteration has every step.
        assert_eq!(step.counts.requests(), whole.counts.requests(), "window {}", step.number);
    }
    assert!(windows.is_sorted_by_key(|window| window.started_at));
    for window in &windows {
        assert_eq!(
            window.counts.requests(),
            window.statuses.values().sum::<u64>(),
            "window {}",
            window.number
        );
    }
}

#[test]
fn the_order_of_cells_differs_from_cycle_to_cycle() {
    let folder = rehearsed(&["--seed", "7"]);
    let windows = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
    let order = |cycle: u64| -> Vec<String> {
        let of_cycle = windows.iter().filter(|window| window.cycle == cycle);
        of_cycle.map(|window| format!("{}/{}", window.cell.workload, window.cell.level)).collect()
    };
    assert_ne!(order(0), order(1));
}

#[test]
fn a_fault_is_seen_while_it_lasts() {
    let folder = rehearsed(&["--seed", "7", "--fault", "errors:health:50%:30m..60m"]);
    let windows = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
    for window in windows {
        let slowed = &*window.cell.workload == "health" && (6..12).contains(&window.cycle);
        assert_eq!(window.counts.failed > 0, slowed, "{window:?}");
    }
}

#[test]
fn a_plan_that_rate_limits_thin_sends_what_its_dry_run_says() {
    let folder = Folder::new();
    let arguments = ["start", "pitchey", "--rehearse", "--duration", "30m"];
    Program::new(folder.path(), &arguments).run().expect_run();
    let windows = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
    // Thirteen cells fit into the documented limits, six cycles of them.
    assert_eq!(windows.len(), 6 * 13);
    assert!(windows.iter().all(|window| window.validity == Validity::Valid));
    let limited = windows.iter().filter(|window| &*window.cell.workload != "landing_page");
    for window in limited {
        assert!((u64::from(window.users)..100).contains(&window.counts.requests()), "{window:?}");
    }
}

#[test]
fn a_target_that_stalls_or_is_down_fails_requests_and_is_not_flooded() {
    for fault in ["stall:browse:30m..60m", "down:browse:30m..60m"] {
        let folder = rehearsed(&["--seed", "7", "--fault", fault]);
        let windows = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
        let slowed = |window: &&Window| &*window.cell.workload == "browse" && (6..12).contains(&window.cycle);
        for window in windows.iter().filter(slowed) {
            assert!(window.counts.failed > 0, "{fault}: {window:?}");
            // A user that fails pauses, so a short window holds a handful of attempts for each.
            assert!(window.counts.requests() < u64::from(window.users) * 20, "{fault}: {window:?}");
        }
    }
}

#[test]
fn a_clean_run_with_a_daily_swing_has_as_many_outliers_as_chance_brings() {
    for seed in ["3", "11"] {
        let folder = Folder::new();
        let start = ["start", "demo", "--rehearse", "--daily-swing", "20", "--duration", "48h"];
        let arguments = [&start[..], &["--cycle", "20m", "--seed", seed]].concat();
        Program::new(folder.path(), &arguments).run().expect_run();
        let told = |arguments: &[&str]| Program::new(folder.path(), arguments).run().json();
        let report = told(&["report", "latest", "--format", "json"]);
        let number = |of: &str, key: &str| report[of][key].as_u64().unwrap();
        let expected = |of: &str| report[of]["expected_by_noise"].as_f64().unwrap();
        let times = |observed: u64, of: &str| observed as f64 / expected(of);
        let observed = number("outliers", "observed");
        assert!((0.5..1.5).contains(&times(observed, "outliers")), "{}", report["outliers"]);
        // One band for all hours is left by a third of the values and more.
        assert!(times(number("flags", "observed"), "flags") > 3.0, "{}", report["flags"]);
        assert_eq!(number("outliers", "judged"), number("flags", "judged"));
        // The cells add up, and the status of a run that is over says the same.
        let levels = report["levels"].as_array().unwrap().iter();
        let cells = levels.flat_map(|level| level["cells"].as_array().unwrap());
        assert_eq!(cells.map(|cell| cell["outliers"].as_u64().unwrap()).sum::<u64>(), observed);
        let status = told(&["status", "--format", "json"]);
        assert_eq!(status["outliers"], report["outliers"], "{status:#}");
        assert_eq!(status["flags"], report["flags"]["observed"], "{status:#}");
        let text = |name: &str| std::fs::read_to_string(folder.only_run().join(name)).unwrap();
        assert_eq!(text("report/outliers.csv").lines().count() as u64, observed + 1);
        let anomalies = text("anomalies.csv");
        let rows =
            |kind: &str| anomalies.lines().filter(|line| line.split(',').nth(5) == Some(kind)).count() as u64;
        assert_eq!(rows("flag"), number("flags", "observed"));
        // The forecast learns from hours in which the swing looks like noise, and is careful at first.
        assert!(rows("outlier") > 0 && times(rows("outlier"), "outliers") < 1.5, "{}", rows("outlier"));
        assert!(text("report.md").contains("daily swing +-20 %"));
    }
}

#[test]
fn the_daily_swing_is_one_of_a_rehearsal() {
    let folder = Folder::new();
    let refused = Program::new(folder.path(), &["start", "demo", "--demo", "--daily-swing", "20"]).run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let refused = Program::new(folder.path(), &["start", "demo", "--rehearse", "--daily-swing", "91"]).run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let log = |swing: &[&str]| {
        let folder = rehearsed(&[&["--seed", "7"], swing].concat());
        std::fs::read(folder.only_run().join("windows.csv")).unwrap()
    };
    assert_eq!(log(&[]), log(&["--daily-swing", "10"]));
    assert_ne!(log(&[]), log(&["--daily-swing", "20"]));
}
