//! `watch` without a terminal: lines, exact on a rehearsed run.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::five_endpoints;

#[test]
fn every_window_is_one_line_and_the_verdict_comes_last() {
    let folder = five_endpoints();
    let start = ["start", "--rehearse", "--demo", "--duration", "90m", "--cycle", "3m", "--seed", "5"];
    let faults = ["--fault", "down:health:66m..75m", "--fault", "slow:browse:+80%:66m..81m"];
    Program::new(folder.path(), &[&start[..], &faults].concat()).run().expect_run();
    let text = Program::new(folder.path(), &["watch"]).run().expect_success();
    let numbers: Vec<u64> = text
        .lines()
        .filter_map(|line| line.split("  window ").nth(1)?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers, (1..=450).collect::<Vec<u64>>());
    let is_shown = |line: &&str| {
        let number =
            line.split("  window ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
        number.is_none_or(|number| number <= 15) || line.contains("incident")
    };
    let shown: Vec<&str> = text.lines().filter(is_shown).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert!(!text.contains('\u{1b}'));
    // The same for a path and a prefix, and on request.
    let run = folder.only_run();
    let name = run.file_name().unwrap().to_str().unwrap().to_owned();
    for arguments in [&["watch", &name[..8]][..], &["watch", run.to_str().unwrap(), "--lines", "--exit"]] {
        assert_eq!(Program::new(folder.path(), arguments).run().expect_success(), text);
    }
}

#[test]
fn a_run_that_is_not_there_is_an_error() {
    let folder = Folder::new();
    let said = Program::new(folder.path(), &["watch", "nightly"]).run().expect_refusal();
    assert!(said.contains("nightly"), "{said}");
}
