//! Rows of data under real load: a queue hands out each once, in `test`, in `start`, and after a kill.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::recording::{Recorded, Recording};

const ROWS: usize = 300;

fn folder_with(server: &Recording, order: &str, rows: usize) -> Folder {
    let folder = Folder::new();
    let mut csv = "id,word\n".to_owned();
    for row in 0..rows {
        let _ = writeln!(csv, "{row},\"a \"\"{row}\"\"\nb\"");
    }
    folder.write("rows.csv", &csv);
    let address = server.address();
    let scenario = format!(
        r#"schema = 1
name = "rows"

[target]
base_url = "http://{address}"
allow_hosts = ["127.0.0.1"]

[plan]
duration = "20s"
cycle = "400ms"
window = "100ms"
warm_up = "20ms"

[levels]
light_load = 2

[[data]]
name = "row"
file = "rows.csv"
order = "{order}"

[[journey]]
name = "rows"

[[journey.step]]
name = "row"
method = "POST"
path = "/row/{{{{row.id}}}}"
json = {{ word = "{{{{row.word}}}}" }}
pause = {{ constant = "1ms" }}
"#
    );
    folder.write("rows.toml", &scenario);
    folder
}

fn test(folder: &Folder, arguments: &[&str]) -> Ended {
    let usual = ["test", "rows", "light_load", "--scenario", "rows.toml", "--warm-up", "0s"];
    Program::new(folder.path(), &[&usual, arguments].concat()).run()
}

/// How often each row came.
fn uses(requests: Vec<Recorded>) -> BTreeMap<String, usize> {
    let mut uses = BTreeMap::new();
    for request in requests {
        let path = request.line.split(' ').nth(1).unwrap().to_owned();
        let row = path.trim_start_matches("/row/").to_owned();
        let body = String::from_utf8(request.body).unwrap();
        assert_eq!(body, format!("{{\"word\":\"a \\\"{row}\\\"\\nb\"}}"));
        *uses.entry(row).or_insert(0) += 1;
    }
    uses
}

#[test]
fn a_queue_hands_out_each_row_once_and_then_ends_the_test() {
    let server = Recording::start();
    let folder = folder_with(&server, "queue", ROWS);
    let ended = test(&folder, &["--requests", "1000"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("data \"row\" has no rows left"), "{ended:?}");
    let uses = uses(server.rest());
    assert_eq!((uses.len(), uses.values().max()), (ROWS, Some(&1)));
}

#[test]
fn circular_rows_are_used_equally_often() {
    let server = Recording::start();
    test(&folder_with(&server, "circular", 7), &["--requests", "100"]);
    let uses = uses(server.rest());
    assert_eq!(uses.len(), 7);
    assert!(uses.values().all(|count| (14..=15).contains(count)), "{uses:?}");
}

#[test]
fn random_rows_repeat_with_the_seed() {
    let drawn = |seed: &str| {
        let server = Recording::start();
        test(&folder_with(&server, "random", 50), &["--requests", "100", "--seed", seed]);
        uses(server.rest())
    };
    assert_eq!(drawn("7"), drawn("7"));
    assert_ne!(drawn("7"), drawn("8"));
}

#[test]
fn a_run_ends_when_its_queue_does() {
    let server = Recording::start();
    let folder = folder_with(&server, "queue", 60);
    let ended = Program::new(folder.path(), &["start", "rows.toml"]).run();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("data \"row\" has no rows left"), "{ended:?}");
    let uses = uses(server.rest());
    assert_eq!((uses.len(), uses.values().max()), (60, Some(&1)));
}

#[test]
fn a_run_that_was_killed_hands_out_no_row_twice() {
    let server = Recording::start();
    let folder = folder_with(&server, "queue", 100_000);
    let mut requests = Vec::new();
    for (number, millis) in [90, 140, 230, 310, 450, 530].into_iter().enumerate() {
        let run = (number > 0).then(|| folder.only_run().display().to_string());
        let resumed = run.as_ref().map(|run| ["start", "--resume", run.as_str()]);
        let arguments = resumed.as_ref().map_or(&["start", "rows.toml"][..], |resumed| &resumed[..]);
        let mut running = Program::new(folder.path(), arguments).start();
        // Somewhere in a window, or between two.
        requests.extend(server.next());
        std::thread::sleep(Duration::from_millis(millis));
        running.kill();
        std::thread::sleep(Duration::from_millis(50));
        requests.extend(server.rest());
    }
    let uses = uses(requests);
    assert!(uses.len() > 20 && uses.values().all(|count| *count == 1), "{} rows", uses.len());
    // A cell and its step are committed together.
    let windows = std::fs::read_to_string(folder.only_run().join("windows.csv")).unwrap();
    let steps = windows.lines().skip(1).map(|line| line.split(',').nth(5).unwrap());
    let (of_step, of_whole): (Vec<&str>, Vec<&str>) = steps.partition(|step| *step == "row");
    assert_eq!(of_step.len(), of_whole.len(), "{windows}");
}
