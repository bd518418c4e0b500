//! Notes and silences in the reports and on the live page; without any, nothing changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baseline::dashboard::LiveServer;
use baseline::report::Report;
use baseline::report::drawing;
use baseline::store::notes::{self, Note};
use serde_json::{Value, json};

use crate::support::folder::{Folder, entries};
use crate::support::live::{Events, address, config, json as asked, rehearsed, until};
use crate::support::program::Program;

fn note(at: &str, text: &str) -> Note {
    Note::new(format!("2026-01-01T{at}Z").parse().unwrap(), text).unwrap()
}

fn silence(at: &str, until: &str, text: &str) -> Note {
    let until = Some(format!("2026-01-01T{until}Z").parse().unwrap());
    Note { until, silence: true, ..note(at, text) }
}

fn draw(folder: &Folder, run: &Path) {
    Program::new(folder.path(), &["report", run.to_str().unwrap()]).run().expect_success();
}

/// Every drawn file of a run with its bytes.
fn drawn(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let is_drawn = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("report.") || name.starts_with("chart-")
    };
    entries(run)
        .into_iter()
        .filter(is_drawn)
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

fn report(run: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap()
}

#[test]
fn notes_about_something_else_change_no_byte() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    draw(&folder, &run);
    let before = drawn(&run);
    assert!(before.len() > 10, "{before:?}");
    let other = Note { scenario: Some("other".to_owned()), ..note("00:01:00", "deploy elsewhere") };
    notes::append(folder.path(), &other).unwrap();
    notes::append(folder.path(), &note("00:02:01", "later")).unwrap();
    notes::append(folder.path(), &Note { at: "2025-12-31T23:59:59Z".parse().unwrap(), ..other }).unwrap();
    draw(&folder, &run);
    assert!(drawn(&run) == before);
    assert!(report(&run).get("notes").is_none());
}

#[test]
fn notes_of_the_time_of_a_run_are_in_its_reports() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    draw(&folder, &run);
    let before = drawn(&run);
    let about = Note { only: vec!["browse".to_owned()], ..silence("00:01:00", "00:01:30", "up|grade <b>") };
    notes::append(folder.path(), &about).unwrap();
    notes::append(folder.path(), &note("00:00:30", "deploy 1.2.3")).unwrap();
    let path = folder.path().join(notes::FILE);
    std::fs::write(&path, [std::fs::read(&path).unwrap(), b"damaged\n".to_vec()].concat()).unwrap();
    draw(&folder, &run);
    let after = report(&run);
    let expected = json!([
        { "number": 1, "at": "2026-01-01T00:00:30.000Z", "until": null, "text": "deploy 1.2.3", "silence": false,
          "only": [], "source": "note" },
        { "number": 2, "at": "2026-01-01T00:01:00.000Z", "until": "2026-01-01T00:01:30.000Z", "text": "up|grade <b>",
          "silence": true, "only": ["browse"], "source": "note" },
    ]);
    assert_eq!(after["notes"], expected);
    let warnings = after["run"]["warnings"].to_string();
    assert!(warnings.contains("1 line of notes.jsonl cannot be read"), "{warnings}");
    let markdown = std::fs::read_to_string(run.join("report.md")).unwrap();
    assert!(markdown.contains("## Notes and maintenance"), "{markdown}");
    assert!(
        markdown.contains("1 Jan 00:00:30 UTC | – | deploy 1.2.3 | everything | as always |"),
        "{markdown}"
    );
    let html = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(html.contains("Notes and maintenance") && html.contains("up|grade &lt;b&gt;"));
    // Each chart over time has the marks that are about it, and its caption says what they are.
    let changed = |name: &str| drawn(&run)[&run.join(name)] != before[&run.join(name)];
    let view = drawing::view(&run).unwrap();
    let charts = Report::of(&view).charts;
    assert!(charts.len() > 10);
    for chart in &charts {
        let (file, caption) = (chart.file.as_str(), chart.caption.as_str());
        let is_over_time = ["chart-strips", "chart-time", "chart-heat", "chart-errors"];
        let is_over_time = is_over_time.iter().any(|lead| file.starts_with(lead));
        assert_eq!(changed(file), is_over_time, "{file}");
        assert_eq!(caption.contains("Brown lines"), is_over_time, "{file}: {caption}");
        let has_silence =
            file == "chart-strips.png" || file.starts_with("chart-time") && file.contains("browse");
        assert_eq!(caption.contains("silences, without alerts"), has_silence, "{file}: {caption}");
    }
}

#[test]
fn silences_of_the_scenario_are_in_the_report() {
    let folder = Folder::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/demo.toml");
    let text = std::fs::read_to_string(demo).unwrap();
    let more = "\n[[silence]]\nname = \"backup\"\nfrom = \"00:01\"\nto = \"00:02\"\n";
    let file = folder.write("own.toml", &(text + more));
    Program::new(folder.path(), &["start", file, "--rehearse", "--duration", "2m"]).run().expect_run();
    let run = folder.only_run();
    let found = report(&run);
    let expected = json!([{ "number": 1, "at": "2026-01-01T00:01:00.000Z", "until": "2026-01-01T00:02:00.000Z",
        "text": "backup", "silence": true, "only": [], "source": "scenario" }]);
    assert_eq!(found["notes"], expected);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let marks = || asked(address(&server), "/api/v1/snapshot", "snapshot")["marks"].clone();
    assert!(until(|| marks() == expected), "{}", marks());
}

#[test]
fn the_live_page_hears_of_a_note_while_it_is_open() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let to = address(&server);
    let snapshot = asked(to, "/api/v1/snapshot", "snapshot");
    assert!(snapshot.get("marks").is_none(), "{}", snapshot["marks"]);
    let after = snapshot["event_id"].as_u64().unwrap();
    let mut client = Events::listen(to, &format!("/api/v1/events?after={after}"), "");
    notes::append(folder.path(), &note("00:00:30", "deploy 1.2.3")).unwrap();
    let mut events = (0..1_000).map_while(|_| client.next());
    let event = events.find(|event| event.name == "marks").unwrap();
    assert_eq!(event.data["marks"][0]["text"], "deploy 1.2.3");
    assert_eq!(asked(to, "/api/v1/snapshot", "snapshot")["marks"], event.data["marks"]);
}
