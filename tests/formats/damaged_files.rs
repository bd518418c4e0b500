//! Files of a run that were damaged, replaced or planted: each is an error that names the file, or a warning.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use baseline::domain::run::RunState;
use baseline::domain::window::Window;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::run_directory::{Commit, Loss, RunDirectory};
use baseline::store::{StoreError, histogram_log, window_log, write_drawing};

use crate::support::fixtures::{group, measured, run_with};
use crate::support::folder::{Folder, entries};
use crate::support::program::Program;

const FILES: [&str; 6] =
    ["run.json", "windows.csv", "histograms.hlog", "anomalies.csv", "status.json", "baseline.json"];

/// A rehearsed run with a baseline.
fn rehearsed() -> Folder {
    let folder = Folder::new();
    let start = ["start", "--rehearse", "--demo", "--duration", "50m", "--cycle", "2m", "--fault", "none"];
    Program::new(folder.path(), &start).run().expect_success();
    Program::new(folder.path(), &["promote", "latest", "--as", "main"]).run().expect_success();
    let with_baseline = [&start[..], &["--seed", "2", "--baseline", "main"]].concat();
    Program::new(folder.path(), &with_baseline).run().expect_success();
    std::fs::remove_dir_all(run_of(&folder, "seed1")).unwrap();
    folder
}

fn run_of(folder: &Folder, name: &str) -> PathBuf {
    let runs = entries(&folder.path().join("reports"));
    runs.into_iter().find(|run| run.to_string_lossy().contains(name)).unwrap()
}

/// Opens a run again. A child of another test may hold what is open here for a moment, until it becomes another program.
fn resumed_with(run: &Path, loss: Loss) -> Result<(RunDirectory, Vec<Window>), StoreError> {
    for _ in 0..1_000 {
        match RunDirectory::resume_with(run, Commit::EachGroup, loss) {
            Err(StoreError::Locked { .. }) => std::thread::sleep(std::time::Duration::from_millis(1)),
            result => return result,
        }
    }
    RunDirectory::resume_with(run, Commit::EachGroup, loss)
}

fn resumed(run: &Path) -> (RunDirectory, Vec<Window>) {
    resumed_with(run, Loss::Refuse).unwrap()
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {}", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn refused(folder: &Folder, arguments: &[&str], says: &[&str]) {
    let said = Program::new(folder.path(), arguments).run().expect_refusal();
    for says in says {
        assert!(said.contains(says), "{says:?} is not in {said}");
    }
}

#[test]
fn an_edited_plan_is_refused_whatever_was_edited() {
    for (from, to) in [("\"mean\": \"50ms\"", "\"mean\": \"90ms\""), ("\"error_rate\"", "\"error_rats\"")] {
        let folder = rehearsed();
        edit(&folder.only_run().join("run.json"), from, to);
        for verb in ["report", "status"] {
            refused(&folder, &[verb], &["run.json: it does not match its checksum"]);
        }
    }
}

#[test]
fn a_baseline_that_was_deleted_or_replaced_is_noticed() {
    let folder = rehearsed();
    let path = folder.only_run().join("baseline.json");
    edit(&path, "\"name\": \"main\"", "\"name\": \"mine\"");
    refused(&folder, &["report"], &["baseline.json: it is not the baseline that the run was started with"]);
    std::fs::remove_file(path).unwrap();
    refused(&folder, &["report"], &["baseline.json: it is missing"]);
}

#[test]
fn a_changed_digit_is_named_by_its_line() {
    let folder = rehearsed();
    let path = folder.only_run().join("windows.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[6] = lines[6].replacen(",200:", ",200:1", 1);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    refused(&folder, &["report"], &["windows.csv: line 7 does not match its checksum", "hint: restore it"]);
}

#[test]
fn an_unreadable_heartbeat_does_not_kill_a_completed_run() {
    let folder = rehearsed();
    std::fs::write(folder.only_run().join("status.json"), "{ torn").unwrap();
    let status = Program::new(folder.path(), &["status", "--format", "json"]).run().json();
    assert_eq!(status["state"], "completed");
    assert!(status["warnings"][0].as_str().unwrap().contains("status.json"), "{status:#}");
    let list = Program::new(folder.path(), &["list"]).run().expect_success();
    assert!(list.contains("completed") && list.contains("warning: "), "{list}");
}

#[test]
fn a_damaged_manifest_does_not_make_another_run_the_latest() {
    let folder = rehearsed();
    let again = ["start", "--rehearse", "--demo", "--duration", "50m", "--cycle", "2m", "--seed", "3"];
    Program::new(folder.path(), &again).run();
    edit(&run_of(&folder, "seed3").join("run.json"), "\"seed\": 3", "\"seed\": 4");
    refused(&folder, &["report", "latest"], &["seed3", "run.json"]);
    let list = Program::new(folder.path(), &["list"]).run().expect_success();
    assert!(list.contains("warning: ") && list.contains("seed3"), "{list}");
}

#[test]
fn pipes_devices_and_folders_are_not_read() {
    for name in FILES {
        let folder = rehearsed();
        let path = folder.only_run().join(name);
        let make: [&dyn Fn(); 3] = [
            &|| assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            &|| std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
            &|| std::fs::create_dir(&path).unwrap(),
        ];
        std::fs::remove_file(&path).unwrap();
        for make in make {
            make();
            // None hangs, and none ends in a panic. Those that read the file say so.
            for verb in ["list", "status", "report"] {
                let ended = Program::new(folder.path(), &[verb]).run();
                assert!(matches!(ended.code, Some(0 | 2)), "{name}: {ended:?}");
                assert!(!ended.stderr.contains("panicked"), "{name}: {ended:?}");
            }
            if path.is_dir() { std::fs::remove_dir(&path) } else { std::fs::remove_file(&path) }.unwrap();
        }
    }
}

#[test]
fn a_baseline_with_impossible_numbers_is_refused_and_never_a_panic() {
    let folder = rehearsed();
    let path = folder.path().join("baselines/demo/main.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let good: serde_json::Value = serde_json::from_str(&text).unwrap();
    let start = ["start", "--rehearse", "--demo", "--duration", "50m", "--cycle", "2m", "--baseline", "main"];
    let diagonal = [0, 5, 9, 12, 14];
    let places = diagonal.map(|place| format!("/covariance/{place}")).into_iter();
    let others = ["/variance", "/count", "/spacing_s", "/lag_1", "/state/0", "/state/3"].map(str::to_owned);
    for place in places.chain(others) {
        for value in [1e40, 1e300, -1e300, -1.0] {
            let mut bad = good.clone();
            let series = &mut bad["cells"]["browse"]["heavy_load"]["series"]["service_time_mean_us"];
            *series["outlook"].pointer_mut(&place).unwrap() = value.into();
            std::fs::write(&path, bad.to_string()).unwrap();
            let ended = Program::new(folder.path(), &start).run();
            // A level of -1 is that of a time of 0.4 us: possible.
            let may_pass = place.starts_with("/state") && (-2.0..0.0).contains(&value);
            assert!(ended.code == Some(2) || may_pass, "{place} {value}: {ended:?}");
            assert!(!ended.stderr.contains("panicked"), "{place} {value}: {ended:?}");
        }
    }
}

#[test]
fn a_log_that_is_replaced_during_a_run_ends_it_and_nothing_is_lost() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 2);
    let (mut directory, _) = resumed(&run);
    let path = run.join(window_log::FILE);
    let header = window_log::first_line(&path).unwrap();
    std::fs::write(run.join("edited"), &header).unwrap();
    std::fs::rename(run.join("edited"), &path).unwrap();
    let error = directory.commit(&group(3, &[100])).unwrap_err();
    let StoreError::Replaced { kept: Some(kept), .. } = &error else { panic!("{error}") };
    assert!(error.to_string().contains("replaced by another program"), "{error}");
    assert!(matches!(directory.sync(), Err(StoreError::Replaced { .. })));
    drop(directory);
    assert_eq!(window_log::read(kept).unwrap().windows.len(), 3);
    std::fs::rename(kept, &path).unwrap();
    let (_, committed) = resumed(&run);
    assert_eq!(committed.len(), 3);
}

#[test]
fn a_log_that_is_changed_in_place_during_a_run_ends_it() {
    for name in [window_log::FILE, histogram_log::FILE] {
        let folder = Folder::new();
        let run = run_with(folder.path(), 2);
        let (mut directory, _) = resumed(&run);
        let file = std::fs::OpenOptions::new().write(true).open(run.join(name)).unwrap();
        file.set_len(100).unwrap();
        let error = directory.commit(&group(3, &[100])).unwrap_err();
        assert!(matches!(error, StoreError::Replaced { how: "changed", .. }), "{error}");
    }
}

#[test]
fn windows_that_are_gone_are_not_cut_from_the_histograms_without_asking() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 5);
    let path = run.join(window_log::FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: String = text.split_inclusive('\n').take(3).collect();
    std::fs::write(&path, kept).unwrap();
    let before = std::fs::read(run.join(histogram_log::FILE)).unwrap();
    let error = resumed_with(&run, Loss::Refuse).unwrap_err();
    assert!(matches!(error, StoreError::Loss { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--accept-loss"), "{error}");
    assert!(std::fs::read(run.join(histogram_log::FILE)).unwrap() == before);
    let (_, committed) = resumed_with(&run, Loss::Accept).unwrap();
    assert_eq!(committed.len(), 2);
}

#[test]
fn stop_ends_no_process_that_only_a_file_names() {
    let folder = rehearsed();
    let mut bystander = Command::new("sleep").arg("60").spawn().unwrap();
    let mut heartbeat = Heartbeat::new(RunState::Running, None);
    heartbeat.pid = Some(bystander.id());
    heartbeat.write(&folder.only_run()).unwrap();
    refused(&folder, &["stop"], &["is not running (state: killed)"]);
    assert!(bystander.try_wait().unwrap().is_none(), "it was ended");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_histogram_that_states_an_impossible_length_is_refused() {
    let mut inner = 0x1c84_9303_u32.to_be_bytes().to_vec();
    inner.extend((-1_i32).to_be_bytes());
    inner.extend([0; 32]);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &inner).unwrap();
    let packed = packed.finish().unwrap();
    let mut bytes = 0x1c84_9304_u32.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
    bytes.extend(packed);
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    let folder = Folder::new();
    let path = folder.path().join(histogram_log::FILE);
    let window = measured(1, &[100]).window;
    let start = window.started_at.as_millisecond() as f64 / 1e3;
    std::fs::write(&path, format!("Tag=health/light_load/service_time,{start:.3},0.100,1.000,{encoded}\n"))
        .unwrap();
    let error = histogram_log::read_each(&path, &[window], |_, _, _| Ok(())).unwrap_err().to_string();
    assert!(error.contains("does not have the length that it states"), "{error}");
}

#[test]
fn an_unclosed_quote_does_not_read_a_table_into_memory() {
    let folder = Folder::new();
    folder.write("t.csv", &format!("time,value\n1,\"{}", "2\n".repeat(2_000_000)));
    refused(&folder, &["detect", "t.csv", "--time", "time", "--value", "value"], &["a quote is not closed"]);
}

#[test]
fn two_processes_may_write_the_same_file() {
    let folder = Folder::new();
    let path = folder.path().join("report.md");
    let target = folder.write("target", "untouched");
    // The name that earlier versions used for all of them.
    std::os::unix::fs::symlink(folder.path().join(target), folder.path().join(".report.md.new")).unwrap();
    std::thread::scope(|scope| {
        for text in ["one", "two", "three"] {
            let path = &path;
            scope.spawn(move || (0..100).for_each(|_| write_drawing(path, text.as_bytes()).unwrap()));
        }
    });
    assert_eq!(std::fs::read_to_string(folder.path().join(target)).unwrap(), "untouched");
    assert!(["one", "two", "three"].contains(&std::fs::read_to_string(&path).unwrap().as_str()));
    assert_eq!(entries(folder.path()).len(), 3, "temporary files are left");
}

#[test]
fn a_limit_of_the_file_size_is_told() {
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_baseline");
    let script = format!("ulimit -f 64; exec {program} start --rehearse --demo --duration 4h --cycle 5m");
    let ended = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("ulimit -f"), "{said}");
}

#[test]
fn what_acts_on_a_terminal_is_shown_instead() {
    let folder = rehearsed();
    let path = folder.path().join("baselines/demo/main.json");
    edit(
        &path,
        "\"fingerprint\": {",
        "\"fingerprint\": {\n    \"\\u001b[2J\\u202e\": \"\\u001b]0;x\\u0007\",",
    );
    let ended = Program::new(folder.path(), &["compare", "main", "latest"]).run();
    assert!(ended.stdout.contains("[2J\\u202e"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(['\u{1b}', '\u{202e}', '\u{7}']) && !ended.stderr.contains('\u{1b}'));
}
