//! What shells need: completion scripts and candidates, and man pages.

use std::process::Command;

use crate::support::folder::{Folder, contents};
use crate::support::program::Program;

use super::help::VERBS;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The candidates for the last word of a line, one per line of the shell that asks.
fn candidates(folder: &Folder, shell: &str, words: &[&str]) -> Vec<String> {
    let line = [&["--", "baseline"], words].concat();
    let ended = Program::new(folder.path(), &line)
        .env("BASELINE_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", &words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .run();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{words:?}");
    ended.stdout.lines().map(str::to_owned).collect()
}

/// Two baselines, a scenario, and this number of runs. Only their names count.
fn folder_with(runs: usize) -> Folder {
    let folder = Folder::new();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for run in 0..runs {
        put(&format!("reports/svc-20261126T{run:06}Z/run.json"), "{}");
    }
    put("reports/no-run/notes.txt", "");
    put("baselines/svc/main.json", "not even JSON");
    put("baselines/demo/nightly.json", "{}");
    put("scenarios/mine.toml", "= broken");
    put("other.toml", include_str!("../../scenarios/demo.toml"));
    put("nightly/elsewhere-20261126T000000Z/run.json", "{}");
    folder
}

#[test]
fn scripts_call_the_program() {
    let folder = Folder::new();
    for shell in SHELLS {
        let text = Program::new(folder.path(), &["completions", shell]).run().expect_success();
        assert!(text.contains("BASELINE_COMPLETE") && text.contains(shell), "{shell}: {text}");
        // By its name, not by the path that it has on the machine where the script was made.
        assert!(!text.contains("target/debug"), "{shell}: {text}");
    }
}

#[test]
fn verbs_options_and_their_values_are_known() {
    let folder = Folder::new();
    let all = candidates(&folder, "bash", &[""]);
    for verb in VERBS.into_iter().filter(|verb| !verb.contains(' ')) {
        assert!(all.iter().any(|found| found == verb), "{verb}: {all:?}");
    }
    assert_eq!(candidates(&folder, "bash", &["sta"]), ["start", "status", "stack"]);
    assert_eq!(candidates(&folder, "bash", &["scenario", "c"]), ["check"]);
    assert_eq!(candidates(&folder, "bash", &["start", "--du"]), ["--duration"]);
    assert_eq!(candidates(&folder, "bash", &["gate", "--inconclusive", ""]), ["pass", "fail"]);
}

#[test]
fn scenarios_runs_and_baselines_are_known() {
    let folder = folder_with(3);
    let begin = |words: &[&str]| candidates(&folder, "bash", words);
    let scenarios = begin(&["start", ""]);
    for name in ["demo", "pitchey", "mine", "other.toml"] {
        assert!(scenarios.iter().any(|found| found == name), "{name}: {scenarios:?}");
    }
    assert_eq!(begin(&["start", "pi"]), ["pitchey"]);
    assert_eq!(begin(&["monitor", "pi"]), ["pitchey"]);
    assert_eq!(begin(&["export", "rules", "rules", "pi"]), ["pitchey"]);
    assert_eq!(begin(&["gate", "--scenario", "min"]), ["mine"]);
    assert_eq!(begin(&["scenario", "check", "oth"]), ["other.toml"]);
    let runs = ["svc-20261126T000000Z", "svc-20261126T000001Z", "svc-20261126T000002Z"];
    for words in [&["status", "svc"][..], &["stop", "svc"], &["report", "svc"], &["promote", "svc"]] {
        let mut found = begin(words);
        found.sort();
        assert_eq!(found, runs, "{words:?}");
    }
    assert_eq!(begin(&["start", "--resume", "la"]), ["latest"]);
    assert_eq!(begin(&["promote", "svc-20261126T000000Z", "svc-20261126T000002"]), [runs[2]]);
    assert_eq!(begin(&["start", "x", "--baseline", ""]), ["main", "nightly"]);
    assert_eq!(begin(&["gate", "--against", "n"]), ["nightly"]);
    assert_eq!(begin(&["promote", "latest", "--as", "m"]), ["main"]);
    assert_eq!(begin(&["compare", "main", "svc-20261126T000001"]), [runs[1]]);
    assert_eq!(begin(&["compare", "ma"]), ["main"]);
    // An option that names another folder counts, also as bash breaks it.
    assert_eq!(begin(&["status", "--out", "nightly", "else"]), ["elsewhere-20261126T000000Z"]);
    assert_eq!(begin(&["status", "--out=nightly", "else"]), ["elsewhere-20261126T000000Z"]);
}

#[test]
fn endpoints_and_levels_of_the_scenario_are_known() {
    let folder = folder_with(0);
    let begin = |words: &[&str]| candidates(&folder, "bash", words);
    assert_eq!(begin(&["test", "heal"]), ["health", "health_detailed"]);
    assert_eq!(begin(&["test", "--scenario", "other.toml", "brow"]), ["browse"]);
    assert_eq!(begin(&["test", "health", "li"]), ["light_load"]);
}

#[test]
fn what_cannot_be_read_has_no_candidates_and_no_message() {
    let folder = folder_with(0);
    let begin = |words: &[&str]| candidates(&folder, "bash", words);
    let is_flag = |found: &String| found.starts_with("--");
    assert!(begin(&["status", ""]).iter().all(is_flag));
    assert!(begin(&["status", "--out", "nowhere", ""]).iter().all(is_flag));
    assert!(begin(&["test", "--scenario", "mine", ""]).iter().all(is_flag));
    assert!(begin(&["test", "--scenario", "missing.toml", "heal"]).is_empty());
    assert!(begin(&["nonsense", "x"]).len() < 50);
    assert!(begin(&["promote", "\u{1b}[31m"]).is_empty());
    for shell in ["", "tcsh"] {
        let ended =
            Program::new(folder.path(), &["--", "baseline", "s"]).env("BASELINE_COMPLETE", shell).run();
        // Without a shell that is known it is an ordinary call, or nothing.
        assert!(
            shell.is_empty()
                || (ended.code, ended.stdout.as_str(), ended.stderr.as_str()) == (Some(0), "", "")
        );
    }
}

#[test]
fn a_thousand_runs_are_listed() {
    let folder = folder_with(1_000);
    for verb in ["status", "watch", "serve", "report"] {
        assert_eq!(candidates(&folder, "fish", &[verb, "svc-"]).len(), 1_000, "{verb}");
    }
}

/// Runs a script in a real shell, where this machine has it.
#[expect(clippy::print_stdout, reason = "the log of a test run names what was not tried")]
fn in_shell(folder: &Folder, shell: &str, script: &str) -> Option<String> {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_baseline")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(program.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH")?)),
    );
    let mut command = Command::new(shell);
    command
        .args(["-c", script])
        .current_dir(folder.path())
        .env("PATH", path.unwrap())
        .env("HOME", folder.path());
    let Ok(output) = command.output() else {
        println!("not tried: there is no {shell}");
        return None;
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_script_works_in_bash() {
    let script = "source <(baseline completions bash)\n\
        COMP_WORDS=(baseline start x --baseline \"\"); COMP_CWORD=4; COMP_TYPE=9\n\
        _clap_complete_baseline baseline \"\" --baseline\n\
        printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p baseline";
    let Some(text) = in_shell(&folder_with(2), "bash", script) else { return };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["main", "nightly"], "{text}");
    assert!(lines[2].ends_with("-F _clap_complete_baseline baseline"), "{text}");
}

#[test]
fn the_script_works_in_fish() {
    let script = "baseline completions fish | source; complete -C 'baseline start x --baseline '";
    let Some(text) = in_shell(&folder_with(2), "fish", script) else { return };
    assert_eq!(text, "main\nnightly\n");
}

#[test]
fn the_script_works_in_zsh() {
    let script = "compdef() { print -r -- \"compdef $*\" }\n\
        _describe() { print -rl -- ${(P)3} }\n\
        source <(baseline completions zsh)\n\
        words=(baseline start x --baseline \"\"); CURRENT=5\n\
        _clap_dynamic_completer_baseline";
    let Some(text) = in_shell(&folder_with(2), "zsh", script) else { return };
    assert_eq!(text, "compdef _clap_dynamic_completer_baseline baseline\nmain\nnightly\n");
}

const SECTIONS: [&str; 9] = [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPTIONS",
    "EXAMPLES",
    "\"EXIT STATUS\"",
    "ENVIRONMENT",
    "FILES",
    "\"SEE ALSO\"",
];

#[test]
fn every_verb_has_a_page_with_every_section() {
    let folder = Folder::new();
    let printed = Program::new(folder.path(), &["man", "pages/man1"]).run().expect_success();
    let pages = contents(&folder.path().join("pages/man1"));
    assert_eq!(printed.lines().count(), pages.len());
    let mut names: Vec<String> = pages.keys().map(|path| path.display().to_string()).collect();
    let mut expected: Vec<String> =
        VERBS.iter().map(|verb| format!("baseline-{}.1", verb.replace(' ', "-"))).collect();
    expected.push("baseline.1".to_owned());
    expected.sort();
    names.sort();
    assert_eq!(names, expected);
    for (name, bytes) in &pages {
        let text = String::from_utf8_lossy(bytes);
        let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let wanted: Vec<&str> = SECTIONS.into_iter().filter(|section| found.contains(section)).collect();
        assert_eq!(wanted, SECTIONS, "{}", name.display());
        // Other pages, and never itself.
        let own = format!("\\fB{}\\fR(1)", name.file_stem().unwrap().display()).replace('-', "\\-");
        assert!(!text.contains(&own), "{}", name.display());
    }
    let main = Program::new(folder.path(), &["man"]).run().expect_success();
    assert_eq!(main.as_bytes(), pages[std::path::Path::new("baseline.1")]);
}

#[test]
fn pages_have_nothing_that_mandoc_complains_about() {
    let folder = Folder::new();
    Program::new(folder.path(), &["man", "pages"]).run().expect_success();
    for page in contents(&folder.path().join("pages")).into_keys() {
        let mut command = Command::new("mandoc");
        command.args(["-T", "lint"]).arg(folder.path().join("pages").join(&page));
        let Ok(output) = command.output() else {
            println!("not tried: there is no mandoc");
            return;
        };
        let complaints = String::from_utf8_lossy(&output.stdout).into_owned();
        // Sources without git have no date.
        let complaints: Vec<&str> =
            complaints.lines().filter(|line| !line.contains("missing date")).collect();
        assert_eq!(complaints, [""; 0], "{}", page.display());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = Folder::new();
    folder.write("taken", "");
    let message = Program::new(folder.path(), &["man", "taken"]).run().expect_refusal();
    assert!(message.starts_with("error: cannot write the man pages\ncaused by: "), "{message}");
}
