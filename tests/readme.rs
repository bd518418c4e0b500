//! The README's commands: one to try the program, one to test it, and examples that run unchanged.

use baseline::demo::{DemoConfig, DemoServer};

use crate::support::folder::Folder;
use crate::support::program::Program;

const README: &str = include_str!("../README.md");
/// The address in the examples. In the test, the demo server listens on a free port instead.
const DOCUMENTED: &str = "http://127.0.0.1:8787";

/// The lines of every `sh` block.
fn commands() -> Vec<&'static str> {
    let blocks = README.split("```sh\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap().lines()).collect()
}

#[test]
fn there_is_one_command_to_try_and_one_to_test() {
    let cargo: Vec<&str> = commands().into_iter().filter(|line| line.starts_with("cargo")).collect();
    assert_eq!(cargo, ["cargo run --release -- start --demo", "cargo test"]);
}

#[test]
fn ci_calls_the_same_test_command() {
    assert!(include_str!("../.ci/run").contains("cargo test"));
}

#[test]
fn examples_about_runs_and_baselines() {
    examples_run(6, |example| !is_a_measurement(example) && !is_a_gate(example));
}

#[test]
fn examples_that_measure_one_cell() {
    examples_run(3, is_a_measurement);
}

#[test]
fn examples_of_the_gate() {
    examples_run(3, is_a_gate);
}

fn is_a_measurement(example: &str) -> bool {
    example.starts_with("baseline test ")
}

/// The gate, and the promotion of the runs that it measured.
fn is_a_gate(example: &str) -> bool {
    example.starts_with("baseline gate ") || example.ends_with(" --as release")
}

/// Runs the selected examples one after another in one folder, and checks how many there are.
fn examples_run(at_least: usize, is_selected: impl Fn(&str) -> bool) {
    let folder = Folder::new();
    let target = DemoServer::start(DemoConfig::default()).unwrap();
    let url = format!("http://{}", target.address());
    let examples = commands().into_iter().filter(|line| line.starts_with("baseline") && is_selected(line));
    let examples: Vec<&str> = examples.collect();
    assert!(examples.len() >= at_least, "{examples:?}");
    for example in examples {
        let example = example.replace(DOCUMENTED, &url);
        let arguments: Vec<&str> = example.split_whitespace().skip(1).collect();
        let program = Program::new(folder.path(), &arguments).env("BASELINE_URL", &url);
        let ended = program.env("BASELINE_FRONTEND_URL", &url).run();
        // Beside other tests a measurement may find that it waited for a CPU, and must then say so.
        let is_starved = ended.code == Some(3) && ended.stdout.contains("invalid (generator_starved)");
        assert!(ended.code == Some(0) || is_starved, "{example}: {ended:?}");
    }
    target.stop();
}
