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
    assert_eq!((&plan["cycles"], &plan["windows"]), (&6.into(), &102.into()), "{plan:#}");
}

#[test]
fn sides_that_take_turns_are_left_out_together() {
    let folder = Folder::new();
    folder.write(
        "pair.toml",
        r#"
schema = 1
name = "pair"
[target]
base_url = "http://127.0.0.1:1"
allow_hosts = ["127.0.0.1"]
[plan]
duration = "1h"
cycle = "6m"
order = "paired"
rate_limits = "fit"
[[endpoint]]
name = "login@a"
path = "/login"
[[endpoint]]
name = "login@b"
path = "/login"
[[rate_limit]]
path = "/login"
limits = [{ requests = 8, per = "6m" }]
"#,
    );
    let arguments = ["start", "--dry-run", "pair.toml", "--format", "json"];
    let plan = Program::new(folder.path(), &arguments).run().json();
    let left_out: Vec<&str> =
        plan["left_out"].as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    let of = |side: &str| -> Vec<&str> {
        left_out.iter().filter_map(|cell| cell.strip_prefix(&format!("login@{side} at "))).collect()
    };
    assert!(!of("a").is_empty() && of("a").len() < 3, "{left_out:?}");
    assert_eq!(of("a"), of("b"));
    let alone = std::fs::read_to_string(folder.path().join("pair.toml")).unwrap();
    folder.write("odd.toml", &alone.replace("[[endpoint]]\nname = \"login@b\"\npath = \"/login\"\n", ""));
    let said = Program::new(folder.path(), &["start", "--dry-run", "odd.toml"]).run().expect_refusal();
    assert!(said.contains("an even number of endpoints"), "{said}");
}

#[test]
fn timeouts_that_may_overrun_the_cycle_are_a_warning() {
    let plan = |cycle: &str| {
        let text = dry_run(&["--demo", "--duration", "1h", "--cycle", cycle, "--format", "json"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["overrun"].clone()
    };
    assert!(plan("10m").is_null());
    assert!(plan("8s").as_str().unwrap().contains("cycles are skipped"), "{}", plan("8s"));
    assert!(
        dry_run(&["--demo", "--duration", "1h", "--cycle", "8s"]).contains("warning: if requests time out")
    );
}
