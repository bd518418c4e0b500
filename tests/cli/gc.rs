//! `gc`: runs are compressed and read on as before, old ones are removed, and what must stay stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baseline::domain::run::RunState;
use baseline::run::collect::{COMPRESS_AFTER, Outcome, Rules, Scope, collect};
use baseline::store::archive;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest::{Manifest, Mode, hash_of};
use baseline::store::run_directory::{Commit, RunDirectory};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::fixtures;
use crate::support::folder::{Folder, contents};
use crate::support::made_runs::Made;
use crate::support::program::{Ended, Program};

use super::rehearse;

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// What every verb that reads runs prints of them.
fn read_by_all(folder: &Folder) -> BTreeMap<String, String> {
    let verbs: [&[&str]; 9] = [
        &["report", "latest", "--format", "json"],
        &["status", "latest", "--format", "json"],
        &["status", "latest", "--rolling"],
        &["list", "--format", "json"],
        &["compare", "demo-rehearsal-seed1", "demo-rehearsal-seed2", "--format", "json"],
        &["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed2", "--suggest-thresholds"],
        &["watch", "demo-rehearsal-seed1", "--lines"],
        &["report", "latest", "--all", "--status-page", "page"],
        &["report", "demo", "--last", "1d", "--format", "json"],
    ];
    let mut said: BTreeMap<String, String> =
        verbs.iter().map(|verb| (verb.join(" "), run(folder, verb).expect_success())).collect();
    let page = folder.path().join("page/summary.json");
    said.insert("summary.json".to_owned(), std::fs::read_to_string(page).unwrap());
    for seed in ["1", "2"] {
        let id = format!("demo-rehearsal-seed{seed}");
        run(folder, &["report", &id, "--only", "csv,md"]).expect_success();
        for file in ["report/summary.csv", "report/outliers.csv", "report.md"] {
            let path = folder.run_like(&id).join(file);
            said.insert(format!("{seed} {file}"), std::fs::read_to_string(path).unwrap());
        }
    }
    said
}

#[test]
fn every_verb_reads_a_compressed_run_as_before() {
    let folder = Folder::new();
    for seed in ["1", "2"] {
        rehearse(&folder, &["--seed", seed]);
    }
    let before = read_by_all(&folder);
    let untouched = contents(&folder.path().join("reports"));
    let dry = run(&folder, &["gc", "--compress-after", "0s", "--dry-run", "--format", "json"]).json();
    assert_eq!(dry["runs"].as_array().unwrap().len(), 2, "{dry}");
    assert_eq!(contents(&folder.path().join("reports")), untouched);
    // Younger than a day.
    assert_eq!(run(&folder, &["gc"]).expect_success(), "nothing to compress or remove\n");
    let done = run(&folder, &["gc", "--compress-after", "0s", "--format", "json"]).json();
    for run in done["runs"].as_array().unwrap() {
        assert_eq!(run["action"], "compressed");
        let size = |key: &str| run[key].as_u64().unwrap();
        assert!(size("bytes_after") * 2 < size("bytes_before"), "{run}");
    }
    for seed in ["1", "2"] {
        let run = folder.run_like(&format!("demo-rehearsal-seed{seed}"));
        assert!(run.join("windows.csv.gz").exists() && !run.join("windows.csv").exists());
        assert!(run.join("histograms.hlog.gz").exists() && !run.join("histograms.hlog").exists());
    }
    let after = read_by_all(&folder);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (what, text) in before {
        assert_eq!(after[&what], text, "{what}");
    }
    let again = run(&folder, &["gc", "--compress-after", "0s"]).expect_success();
    assert_eq!(again, "nothing to compress or remove\n");
}

#[test]
fn damage_of_a_compressed_run_is_noticed() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "1"]);
    run(&folder, &["gc", "--compress-after", "0s"]).expect_success();
    let path = folder.only_run().join("windows.csv.gz");
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let ended = run(&folder, &["report", "latest", "--format", "json"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("windows.csv"), "{ended:?}");
    std::fs::write(&path, &whole[..place]).unwrap();
    let ended = run(&folder, &["report", "latest", "--format", "json"]);
    assert!(ended.stderr.contains("it was cut") && ended.stderr.contains("hint: restore it"), "{ended:?}");
}

#[test]
fn a_run_that_is_written_is_not_touched_and_one_that_is_resumed_is_unpacked() {
    let folder = Folder::new();
    let path = fixtures::run_with(&folder.path().join("reports"), 60);
    let untouched = contents(&path);
    let (held, _) = RunDirectory::resume(&path, Commit::EachGroup).unwrap();
    let said = run(&folder, &["gc", "--compress-after", "0s", "--keep", "0s"]).expect_success();
    assert_eq!(said, "nothing to compress or remove\n");
    assert_eq!(contents(&path), untouched);
    drop(held);
    run(&folder, &["gc", "--compress-after", "0s"]).expect_success();
    assert!(path.join("windows.csv.gz").exists());
    let (mut resumed, committed) = RunDirectory::resume(&path, Commit::EachGroup).unwrap();
    assert_eq!(committed.len(), 60);
    assert!(!archive::is_compressed(&path));
    resumed.commit(&fixtures::group(61, &[100, 200])).unwrap();
    drop(resumed);
    assert!(contents(&path)[Path::new("windows.csv")].starts_with(&untouched[Path::new("windows.csv")]));
}

fn now() -> Timestamp {
    "2026-12-31T12:00:00Z".parse().unwrap()
}

/// Writes a run of some days before [`now`], which took an hour.
fn made(folder: &Folder, id: &str, days: i64, label: &dyn Fn(&mut Manifest)) -> PathBuf {
    let started_at = now() - SignedDuration::from_hours(24 * days);
    let ended_at = started_at + SignedDuration::from_hours(1);
    let whole = |manifest: &mut Manifest| {
        manifest.mode = Mode::Real;
        manifest.started_at = format!("{started_at:.3}");
        manifest.planned_end = format!("{ended_at:.3}");
        label(manifest);
        manifest.scenario_hash = hash_of(&manifest.plan);
    };
    Made { label: &whole, ..Made::new(id, 1) }.write(folder.path());
    let path = folder.path().join("reports").join(id);
    let mut heartbeat = Heartbeat::read(&path).unwrap();
    heartbeat.updated_at = format!("{ended_at:.3}");
    heartbeat.write(&path).unwrap();
    path
}

fn rules(folder: &Folder) -> Rules {
    Rules {
        scope: Scope::All,
        compress_after: COMPRESS_AFTER,
        keep: None,
        baselines: folder.path().join("baselines"),
        is_dry_run: false,
        is_virtual: false,
    }
}

/// What became of which run, `c` for compressed, `r` for removed, `k` for kept.
fn collected(folder: &Folder, rules: &Rules) -> Vec<(String, char)> {
    let letter = |outcome: &Outcome| match outcome {
        Outcome::Compressed { .. } => 'c',
        Outcome::Removed { .. } => 'r',
        Outcome::Named { .. } => 'k',
        Outcome::Failed(error) => panic!("{error}"),
    };
    let all = collect(&folder.path().join("reports"), now(), rules).unwrap();
    let mut all: Vec<(String, char)> =
        all.into_iter().map(|run| (run.run_id, letter(&run.outcome))).collect();
    all.sort();
    all
}

fn of(expected: &[(&str, char)]) -> Vec<(String, char)> {
    expected.iter().map(|(id, letter)| ((*id).to_owned(), *letter)).collect()
}

#[test]
fn days_of_monitors_go_after_the_time_in_their_scenario_and_other_runs_stay() {
    let folder = Folder::new();
    let monitor = |manifest: &mut Manifest| manifest.monitor = true;
    let week = |manifest: &mut Manifest| {
        manifest.monitor = true;
        manifest.plan["monitor"] = serde_json::json!({ "keep": "7d" });
    };
    made(&folder, "m-today", 0, &monitor);
    made(&folder, "m-34", 34, &monitor);
    made(&folder, "m-36", 36, &monitor);
    made(&folder, "w-6", 6, &week);
    made(&folder, "w-8", 8, &week);
    made(&folder, "run-300", 300, &|_| ());
    std::fs::create_dir_all(folder.path().join("reports/notes")).unwrap();
    std::fs::write(folder.path().join("reports/notes/run.json"), "{").unwrap();
    let dry = Rules { is_dry_run: true, ..rules(&folder) };
    let expected = of(&[("m-34", 'c'), ("m-36", 'r'), ("run-300", 'c'), ("w-6", 'c'), ("w-8", 'r')]);
    let untouched = contents(folder.path());
    assert_eq!(collected(&folder, &dry), expected);
    assert_eq!(contents(folder.path()), untouched);
    // Of another scenario's monitor only.
    let other = Rules { scope: Scope::Monitor("other".to_owned()), ..rules(&folder) };
    assert_eq!(collected(&folder, &other), []);
    // On a virtual clock, only rehearsals.
    assert_eq!(collected(&folder, &Rules { is_virtual: true, ..rules(&folder) }), []);
    assert_eq!(collected(&folder, &rules(&folder)), expected);
    assert_eq!(collected(&folder, &rules(&folder)), []);
    let left = |name: &str| folder.path().join("reports").join(name).exists();
    for (name, is_left) in [
        ("m-today", true),
        ("m-34", true),
        ("m-36", false),
        ("w-8", false),
        ("run-300", true),
        ("notes", true),
    ] {
        assert_eq!(left(name), is_left, "{name}");
    }
}

#[test]
fn with_keep_other_runs_go_too_but_none_that_a_baseline_names() {
    let folder = Folder::new();
    for number in 1..=3 {
        made(&folder, &format!("old-{number}"), 100 + number, &|_| ());
    }
    made(&folder, "young", 20, &|_| ());
    run(&folder, &["promote", "old-2", "--as", "main"]).expect_success();
    let keep = Rules { keep: Some(std::time::Duration::from_hours(24 * 90)), ..rules(&folder) };
    let baseline = folder.path().join("baselines/made_up/main.json");
    let text = std::fs::read_to_string(&baseline).unwrap();
    // Nobody knows which runs it names.
    std::fs::write(&baseline, &text[..text.len() / 2]).unwrap();
    let error = collect(&folder.path().join("reports"), now(), &keep).unwrap_err();
    assert!(error.to_string().contains("main.json"), "{error}");
    assert!(folder.path().join("reports/old-1").exists());
    std::fs::write(&baseline, &text).unwrap();
    let expected = of(&[("old-1", 'r'), ("old-2", 'c'), ("old-2", 'k'), ("old-3", 'r'), ("young", 'c')]);
    assert_eq!(collected(&folder, &keep), expected);
    let dry = run(&folder, &["gc", "--keep", "1s", "--dry-run", "--format", "json"]).json();
    let kept: Vec<&Value> =
        dry["runs"].as_array().unwrap().iter().filter(|run| run["action"] == "kept").collect();
    assert_eq!(kept.len(), 1, "{dry}");
    assert!(kept[0]["reason"].as_str().unwrap().ends_with("main.json"));
}

#[test]
fn what_a_crash_leaves_of_a_removal_is_removed_the_next_time() {
    let folder = Folder::new();
    let path = made(&folder, "old", 100, &|_| ());
    std::fs::remove_file(path.join("windows.csv")).unwrap();
    std::fs::remove_file(path.join("status.json")).unwrap();
    assert!(path.join("run.json").exists());
    run(&folder, &["gc", "--keep", "0s"]).expect_success();
    assert!(!path.exists());
}

#[test]
fn a_run_that_can_be_resumed_stays_as_it_is() {
    let folder = Folder::new();
    let path = made(&folder, "stopped", 10, &|manifest| {
        manifest.planned_end = "2027-01-31T00:00:00.000Z".to_owned();
    });
    let mut heartbeat = Heartbeat::read(&path).unwrap();
    let (state, updated_at) = (RunState::Stopped.name().to_owned(), heartbeat.updated_at.clone());
    heartbeat.state = state;
    heartbeat.updated_at = updated_at;
    heartbeat.write(&path).unwrap();
    let keep = Rules { keep: Some(std::time::Duration::ZERO), ..rules(&folder) };
    assert_eq!(collected(&folder, &keep), []);
}
