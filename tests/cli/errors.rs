//! What people see when something is wrong: exit 2, `error:`, and where there is one, a `hint:`.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;
use crate::support::scenario::{MINIMAL, changed};

use super::rehearse;

/// The refusal of a command in a folder.
fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    let text = Program::new(folder.path(), arguments).run().expect_refusal();
    redact::without_folder(&text, folder.path())
}

/// The refusal of a scenario; the same whether it is checked or run.
fn of_scenario(text: &str) -> String {
    let folder = Folder::new();
    folder.write("small.toml", text);
    let checked = refusal(&folder, &["scenario", "check", "small.toml"]);
    assert_eq!(checked, refusal(&folder, &["start", "small.toml"]));
    assert_eq!(checked, refusal(&folder, &["start", "small.toml", "--dry-run"]));
    checked
}

macro_rules! scenario_errors {
    ($($name:ident: $text:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(of_scenario(&$text));
        })*
    };
}

scenario_errors! {
    host_that_is_not_allowed: changed("http://127.0.0.1:9", "http://pitchey.example");
    url_without_a_scheme: changed("http://127.0.0.1:9", "127.0.0.1:9");
    missing_variable: changed("http://127.0.0.1:9", "${BASELINE_URL}");
    cells_that_do_not_fit_into_a_cycle: changed("cycle = \"1s\"", "cycle = \"110ms\"");
    window_longer_than_its_cycle: changed("window = \"100ms\"", "window = \"2s\"");
    cycle_longer_than_the_run: changed("duration = \"10s\"", "duration = \"500ms\"");
    zero_users: changed("light_load = 2", "light_load = 0");
    no_levels: changed("light_load = 2", "");
    unknown_key: changed("[plan]", "[plan]\nwindows = 3");
    wrong_unit: changed("window = \"100ms\"", "window = \"100 bananas\"");
    span_without_a_unit: changed("window = \"100ms\"", "window = 100");
    duplicate_endpoint: format!("{MINIMAL}\n[[endpoint]]\nname = \"health\"\npath = \"/\"\n");
    unknown_level: format!("{MINIMAL}levels = [\"heavy_load\"]\n");
    later_schema: changed("schema = 1", "schema = 2");
    no_endpoint: changed("[[endpoint]]\nname = \"health\"\npath = \"/api/health\"\n", "");
    throttling_as_an_expectation: format!("{MINIMAL}expect = {{ status = [429] }}\n");
    not_toml: changed("[target]", "[target");
    rate_limit_excess: format!(
        "{MINIMAL}\n[[rate_limit]]\npath = \"/api/*\"\nlimits = [{{ requests = 5, per = \"1m\" }}]\n"
    );
}

#[test]
fn an_option_is_named_where_it_is_at_fault() {
    let folder = Folder::new();
    folder.write("small.toml", MINIMAL);
    insta::assert_snapshot!(refusal(&folder, &["start", "small.toml", "--window", "1h"]));
}

#[test]
fn unknown_scenario() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["start", "pitchy"]));
}

#[test]
fn scenario_file_that_is_not_there() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["start", "not/there.toml"]));
}

#[test]
fn unknown_endpoint() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["test", "helth", "normal_load:5"]));
}

#[test]
fn unknown_level_of_a_test() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["test", "health", "normal_lod"]));
}

#[test]
fn users_that_are_no_number() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["test", "health", "normal_load:many"]));
}

#[test]
fn unreadable_fault() {
    let arguments = ["start", "--demo", "--rehearse", "--fault", "slow:helth:+20%:1m..2m"];
    insta::assert_snapshot!(refusal(&Folder::new(), &arguments));
}

#[test]
fn fault_for_a_real_target() {
    insta::assert_snapshot!(refusal(&Folder::new(), &["start", "pitchey", "--fault", "down:*:1m..2m"]));
}

#[test]
fn unknown_run() {
    for verb in ["status", "stop", "report"] {
        insta::assert_snapshot!("unknown_run", refusal(&Folder::new(), &[verb, "pitchey-2026"]));
    }
    insta::assert_snapshot!(
        "unknown_run_to_resume",
        refusal(&Folder::new(), &["start", "--resume", "latest"])
    );
    insta::assert_snapshot!("path_that_is_no_run", refusal(&Folder::new(), &["status", "./nowhere"]));
}

#[test]
fn ambiguous_run() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "7"]);
    rehearse(&folder, &["--seed", "8"]);
    insta::assert_snapshot!(refusal(&folder, &["status", "demo"]));
}

#[test]
fn run_that_is_not_running() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "7"]);
    insta::assert_snapshot!("stop_of_a_run_that_is_over", refusal(&folder, &["stop"]));
    insta::assert_snapshot!("resume_of_a_rehearsal", refusal(&folder, &["start", "--resume", "latest"]));
}

#[test]
fn run_of_a_later_version() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "7"]);
    let manifest = folder.only_run().join("run.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replacen("\"schema\": 3", "\"schema\": 4", 1)).unwrap();
    let path = folder.only_run();
    insta::assert_snapshot!(refusal(&folder, &["report", path.to_str().unwrap()]));
}

#[test]
fn corrupted_row() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "7"]);
    let log = folder.only_run().join("windows.csv");
    let text = std::fs::read_to_string(&log).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let broken = lines[9].replacen(',', ",x", 1);
    lines[9] = &broken;
    std::fs::write(&log, lines.join("\n") + "\n").unwrap();
    insta::assert_snapshot!(refusal(&folder, &["report"]));
}

#[test]
fn usage_errors_are_exit_2_too() {
    for arguments in [&["nonsense"][..], &["start"], &["start", "--seed", "x"], &["test"], &[]] {
        let ended = Program::new(Folder::new().path(), arguments).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
    }
}
