//! The report of a day of a monitor: it has the alerts of that day, which the monitor keeps for all its days together.

use serde_json::Value;

use crate::support::folder::{Folder, entries};
use crate::support::program::Program;

#[test]
fn the_report_of_a_day_has_the_alerts_of_the_day() {
    let folder = Folder::new();
    // One outage in the middle of the second day, one over the midnight after it.
    let faults = ["--fault", "down:health:30h..31h", "--fault", "down:health:47h..49h"];
    let monitor = ["monitor", "demo", "--rehearse", "--duration", "3d", "--every", "5m"];
    Program::new(folder.path(), &[&monitor[..], &faults].concat()).run();
    let runs: Vec<_> = entries(&folder.path().join("reports"))
        .into_iter()
        .filter(|run| run.join("run.json").is_file())
        .collect();
    let ids = |run: &std::path::Path| -> Vec<String> {
        Program::new(folder.path(), &["report", run.to_str().unwrap()]).run().expect_success();
        let report: Value = serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap();
        let journal = report["journal"].as_array().unwrap();
        let of_health = journal.iter().filter(|entry| entry["alert"] == "BaselineDown");
        of_health.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
    };
    let days: Vec<Vec<String>> = runs.iter().map(|run| ids(run)).collect();

    let [first, second, third] = days.as_slice() else { panic!("{runs:?}") };
    assert_eq!((first.len(), second.len(), third.len()), (0, 2, 1), "{days:?}");
    assert!(second.contains(&third[0]), "{days:?}");
}
