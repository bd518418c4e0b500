//! `--dry-run`: what would be sent, and that nothing is.

use crate::support::folder::{Folder, contents};
use crate::support::program::Program;
use crate::support::redact;

fn dry_run(arguments: &[&str]) -> String {
    let folder = Folder::new();
    let text =
        Program::new(folder.path(), &[&["start", "--dry-run"], arguments].concat()).run().expect_success();
    assert!(contents(folder.path()).is_empty(), "a dry run wrote something");
    text
}

#[test]
fn dry_run_of_pitchey() {
    redact::settings().bind(|| insta::assert_snapshot!(dry_run(&["pitchey"])));
}

#[test]
fn dry_run_of_the_demo() {
    redact::settings().bind(|| insta::assert_snapshot!(dry_run(&["--demo"])));
}

#[test]
fn dry_run_for_programs() {
    let text = dry_run(&["pitchey", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&plan["duration_s"], &plan["cycles"]), (&172_800.0.into(), &576.into()), "{plan:#}");
    let limits = plan["rate_limits"].as_array().unwrap();
    assert!(limits.len() == 4 && limits.iter().all(|limit| limit["fits"] == true), "{plan:#}");
}

#[test]
fn an_option_overrides_the_scenario() {
    let text = dry_run(&["--demo", "--duration", "1h", "--cycle", "10m", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&plan["cycles"], &plan["windows"]), (&6.into(), &90.into()), "{plan:#}");
}
