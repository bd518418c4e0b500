//! A run folder with one damaged file: an error, the right numbers, or a warning that anybody sees. Never a panic, and never
//! another number without a word.
//!
//! `BASELINE_MUTATIONS=10000` tries that many; a plain test run tries a few hundred.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baseline::report::Report;
use baseline::report::console::list::Listing;
use baseline::report::console::status::Status;
use baseline::report::drawing::view;
use baseline::run::recorded::Recorded;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::folder::{Folder, contents};
use crate::support::program::Program;

/// How many are tried where nobody asks for more.
const FEW: u64 = 400;
/// In the name of the run that is damaged.
const RUN: &str = "seed2";
/// Few cells, so that many mutations take little time: a closed and an open loop.
const SCENARIO: &str = r#"
schema = 1
name = "small"
[target]
base_url = "http://127.0.0.1:1"
allow_hosts = ["127.0.0.1"]
[plan]
duration = "25m"
cycle = "1m"
window = "200ms"
warm_up = "10ms"
[levels]
normal_load = 2
[[endpoint]]
name = "health"
path = "/api/health"
slo = { mean = "50ms", p95 = "100ms", error_rate = 0.01 }
[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"
pace = { rate = 200 }
"#;
/// What a run consists of; reports are made from these.
const FILES: [&str; 6] =
    ["run.json", "windows.csv", "histograms.hlog", "anomalies.csv", "status.json", "baseline.json"];

/// Everything that is told of the run: by `report`, `status`, `list`, and by what reads values for `promote`, `compare` and
/// `gate`. Each is a value without its warnings, and the warnings; or an error.
type Told = BTreeMap<&'static str, Result<(Value, usize), String>>;

fn told(out: &Path, run: &Path) -> Told {
    let parsed = |text: String| {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let warnings = take_warnings(&mut value);
        (value, warnings)
    };
    let report = view(run).map(|view| parsed(Report::of(&view).json())).map_err(|error| error.to_string());
    let status =
        Status::read(run, true).map(|status| parsed(status.json())).map_err(|error| error.to_string());
    let recorded = Recorded::read(run).map_err(|error| error.to_string()).map(|recorded| {
        let values = format!("{:?} {:?} {:?}", recorded.manifest, recorded.windows, recorded.values);
        (Value::from(values), recorded.warnings.len())
    });
    let list = Ok(parsed(Listing::read(out).json()));
    [("report", report), ("status", status), ("recorded", recorded), ("list", list)].into()
}

/// Removes the warnings of an output, wherever they are; returns their number.
fn take_warnings(value: &mut Value) -> usize {
    match value {
        Value::Object(keys) => {
            let own = keys.remove("warnings").map_or(0, |warnings| warnings.as_array().unwrap().len());
            // How long until the planned end depends on when it is asked.
            keys.remove("left_s");
            own + keys.values_mut().map(take_warnings).sum::<usize>()
        }
        Value::Array(values) => values.iter_mut().map(take_warnings).sum(),
        _ => 0,
    }
}

/// A run with a baseline, and the files of another run of the same scenario.
struct Intact {
    folder: Folder,
    files: BTreeMap<&'static str, Vec<u8>>,
    others: BTreeMap<&'static str, Vec<u8>>,
}

impl Intact {
    fn new() -> Self {
        let folder = Folder::new();
        folder.write("small.toml", SCENARIO);
        let start = ["start", "small.toml", "--rehearse"];
        let run = |more: &[&str]| Program::new(folder.path(), &[&start, more].concat()).run();
        run(&["--seed", "1", "--fault", "none"]).expect_success();
        Program::new(folder.path(), &["promote", "latest", "--as", "main"]).run().expect_success();
        run(&["--seed", "3", "--baseline", "main"]);
        let others = Self::files_of(&folder.only_after("seed1"));
        let other = Self::files_of(&folder.only_after("seed3"));
        run(&["--seed", "2", "--baseline", "main"]);
        let files = Self::files_of(&folder.only_after(RUN));
        let others = others.into_iter().chain(other).collect();
        // `list` reads every run; one is enough.
        for other in ["seed1", "seed3"] {
            std::fs::remove_dir_all(folder.only_after(other)).unwrap();
        }
        Self { folder, files, others }
    }

    fn files_of(run: &Path) -> BTreeMap<&'static str, Vec<u8>> {
        let read = |name: &&'static str| Some((*name, std::fs::read(run.join(name)).ok()?));
        FILES.iter().filter_map(read).collect()
    }

    fn run(&self) -> PathBuf {
        self.folder.only_after(RUN)
    }

    fn told(&self) -> Told {
        told(&self.folder.path().join("reports"), &self.run())
    }
}

/// What is done to a file; `None` deletes it.
fn damaged(bytes: &[u8], other: Option<&Vec<u8>>, kind: usize, random: &mut ChaCha8Rng) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    let length = bytes.len();
    let at = random.random_range(0..length);
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (line, second) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
    match kind {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.random_range(0..8_u32),
        2 | 3 => {
            // A digit becomes another one: what no parser finds.
            let digits: Vec<usize> = (0..length).filter(|place| bytes[*place].is_ascii_digit()).collect();
            let place = digits[random.random_range(0..digits.len())];
            bytes[place] = b'0' + (bytes[place] - b'0' + random.random_range(1..10_u8)) % 10;
        }
        4 => {
            lines.swap(line, second);
            bytes = lines.concat();
        }
        5 => {
            lines.insert(second, lines[line].clone());
            bytes = lines.concat();
        }
        6 => {
            lines.remove(line);
            bytes = lines.concat();
        }
        7 => lines[..line].concat().clone_into(&mut bytes),
        8 => return None,
        9 => bytes = other.cloned().unwrap_or_default(),
        10 => bytes = String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes(),
        11 => bytes.splice(0..0, *b"\xEF\xBB\xBF").for_each(drop),
        12 => bytes.clear(),
        13 => bytes[at..(at + 16).min(length)].fill(0),
        14 => bytes.splice(at..at, [random.random(), random.random()]).for_each(drop),
        15 => drop(bytes.remove(at)),
        _ => bytes.extend(lines[line].clone()),
    }
    Some(bytes)
}
const KINDS: usize = 17;

/// How many mutations had which outcome.
#[derive(Debug, Default)]
struct Outcomes {
    refused: u64,
    warned: u64,
    equal: u64,
}

#[test]
fn a_damaged_file_changes_no_number_without_a_word() {
    let asked = std::env::var("BASELINE_MUTATIONS").ok().and_then(|text| text.parse().ok());
    let intact = Intact::new();
    let (run, expected) = (intact.run(), intact.told());
    assert!(
        expected.values().all(|told| told.as_ref().is_ok_and(|(_, warnings)| *warnings == 0)),
        "{expected:#?}"
    );
    let mut outcomes: BTreeMap<&str, Outcomes> = BTreeMap::new();
    for seed in 0..asked.unwrap_or(FEW) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let name = FILES[random.random_range(0..FILES.len())];
        let kind = random.random_range(0..KINDS);
        let path = run.join(name);
        match damaged(&intact.files[name], intact.others.get(name), kind, &mut random) {
            Some(bytes) => std::fs::write(&path, bytes).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let found = intact.told();
        let of_file = outcomes.entry(name).or_default();
        for (verb, told) in &found {
            match told {
                Err(_) => of_file.refused += 1,
                Ok((_, warnings)) if *warnings > 0 => of_file.warned += 1,
                Ok((value, _)) => {
                    let (before, _) = expected[verb].as_ref().unwrap();
                    assert!(
                        value == before,
                        "seed {seed}, {name}, kind {kind}: {verb} changed without a word"
                    );
                    of_file.equal += 1;
                }
            }
        }
        std::fs::write(&path, &intact.files[name]).unwrap();
    }
    assert!(intact.told() == expected, "the run was changed by reading it");
    // Shown with `--nocapture`, for a run of many.
    println!("{outcomes:#?}");
    assert!(contents(&run).len() > FILES.len());
}

impl Folder {
    /// The one run whose name contains a text.
    fn only_after(&self, text: &str) -> PathBuf {
        let runs = crate::support::folder::entries(&self.path().join("reports"));
        runs.into_iter().find(|run| run.to_string_lossy().contains(text)).unwrap()
    }
}
