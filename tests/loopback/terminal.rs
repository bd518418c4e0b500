//! What a terminal shows while the program runs, and what is left on it afterwards.

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::pseudo_terminal::{PseudoTerminal, shown};
use crate::support::scenario::short_run;

const XTERM: (&str, &str) = ("TERM", "xterm-256color");

/// The lines of progress that were drawn, without their colours. After each, the cursor is back at its beginning.
fn drawn(text: &str) -> Vec<String> {
    let colours = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let pieces = text.split("\r\u{1b}[J").skip(1).filter_map(|piece| piece.split_once('\r'));
    let lines = pieces.filter(|(_, rest)| !rest.starts_with('\n'));
    lines.map(|(line, _)| colours.replace_all(line, "").into_owned()).collect()
}

/// A run against a server of the test's own, on a terminal.
fn started(
    server: &Hostile,
    folder: &Folder,
    columns: u16,
    cycles: u32,
    more: &[(&str, &str)],
) -> PseudoTerminal {
    folder.write("short.toml", &short_run(&server.url(), cycles));
    PseudoTerminal::start(columns, folder.path(), &["start", "short.toml"], more)
}

/// Nothing of a line of progress may be left.
fn check_clean(text: &str) {
    let lines = shown(text);
    let is_progress = |line: &&String| line.contains(" left") || line.contains("[=") || line.contains("[>");
    assert_eq!(lines.iter().find(is_progress), None, "{lines:#?}");
    // Before it stands that the plan is too small for a baseline.
    assert!(lines.iter().take(2).any(|line| line.starts_with("measuring the target: ")), "{lines:#?}");
}

#[test]
fn the_line_fits_every_width_and_leaves_nothing_behind() {
    let server = Hostile::start(Mode::Well);
    let runs = [10, 40, 60, 80, 100, 200].map(|columns: u16| {
        let folder = Folder::new();
        let run = started(&server, &folder, columns, 6, &[XTERM]);
        (columns, folder, run)
    });
    for (columns, _folder, run) in runs {
        let (text, _) = run.end();
        let lines = drawn(&text);
        assert!(lines.iter().any(|line| line.contains(" %")), "{columns}: {text:?}");
        assert!(
            lines.iter().all(|line| line.chars().count() < usize::from(columns)),
            "{columns}: {lines:#?}"
        );
        if columns >= 40 {
            assert!(lines.iter().any(|line| line.contains(" left")), "{columns}: {lines:#?}");
        }
        assert!(text.contains("\u{1b}[32m[") || columns < 60, "no colours: {text:?}");
        check_clean(&text);
        let end = shown(&text);
        assert!(end.iter().any(|line| line.starts_with("report: reports/")), "{end:#?}");
        assert!(end.last().unwrap().ends_with("/report.md"), "the result is not last: {end:#?}");
    }
}

#[test]
fn the_line_follows_a_resize() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let run = started(&server, &folder, 200, 40, &[XTERM]);
    run.wait_for("wide line", |text| drawn(text).iter().any(|line| line.contains(" windows")));
    run.resize(40);
    let before = drawn(&run.text()).len();
    // The first one may have been measured before the resize.
    run.wait_for("two more lines", |text| drawn(text).len() > before + 2);
    let lines = drawn(&run.text()).split_off(before + 1);
    assert!(lines.iter().all(|line| line.chars().count() < 40), "{lines:#?}");
    run.interrupt();
    let (text, status) = run.end();
    assert_eq!(status.code(), Some(3), "{text}");
    check_clean(&text);
    assert!(shown(&text).contains(&"exit code 3: the run ended before its planned end".to_owned()), "{text}");
}

#[test]
fn a_second_interrupt_leaves_no_line_behind() {
    let folder = Folder::new();
    // Long enough that it is interrupted while its report is being written.
    let arguments = ["start", "--demo", "--rehearse", "--duration", "48h", "--cycle", "5s"];
    let run = PseudoTerminal::start(80, folder.path(), &arguments, &[XTERM]);
    run.wait_for("line", |text| drawn(text).iter().any(|line| line.contains("simulated ")));
    run.interrupt();
    run.wait_for("report in the making", |text| {
        drawn(text).iter().any(|line| line.contains("writing the report")) || text.contains("report.md")
    });
    run.interrupt();
    let (text, status) = run.end();
    // A quick machine has written the report before.
    assert!(matches!(status.code(), Some(130 | 3)), "{status:?} {text}");
    let lines = shown(&text);
    assert!(lines[0].starts_with("measuring a simulated run"), "{lines:#?}");
    assert!(status.code() == Some(3) || lines.len() == 1, "{lines:#?}");
}

#[test]
fn the_environment_decides_on_colours_and_movements() {
    let server = Hostile::start(Mode::Well);
    let check = |environment: &[(&str, &str)], is_drawn: bool, has_colours: bool| {
        let folder = Folder::new();
        let (text, _) = started(&server, &folder, 100, 3, environment).end();
        assert_eq!(!drawn(&text).is_empty(), is_drawn, "{environment:?}: {text:?}");
        assert_eq!(text.contains("\u{1b}[32m"), has_colours, "{environment:?}: {text:?}");
        assert_eq!(text.contains('\u{1b}'), is_drawn, "{environment:?}: {text:?}");
        check_clean(&text);
    };
    check(&[XTERM], true, true);
    check(&[XTERM, ("NO_COLOR", "1")], true, false);
    check(&[XTERM, ("CLICOLOR", "0")], true, false);
    check(&[("TERM", "dumb")], false, false);
    check(&[], false, false);
}

#[test]
fn a_test_of_some_seconds_shows_its_progress_on_a_terminal_only() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let url = format!("{}/", server.url());
    let arguments = ["test", &url, "light_load:2", "--duration", "3s", "--warm-up", "10ms"];
    let (text, _) = PseudoTerminal::start(100, folder.path(), &arguments, &[XTERM]).end();
    let lines = drawn(&text);
    assert!(lines.iter().any(|line| line.contains(" of 3 s  measuring http://127.0.0.1:")), "{text:?}");
    assert!(!shown(&text).iter().any(|line| line.contains("[=")), "{text:?}");
    let piped = Program::new(folder.path(), &arguments).run();
    assert_eq!(piped.stderr, "", "{piped:?}");
}

#[test]
fn a_watched_run_is_shown_on_a_second_screen_until_it_ends() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 20));
    let watch = ["status", "--watch", "--every", "100ms"];
    let printed = Program::new(folder.path(), &["start", "short.toml", "--detach"]).run().expect_success();
    let terminal = PseudoTerminal::start(100, folder.path(), &watch, &[XTERM]);
    let piped = Program::new(folder.path(), &watch).start();
    terminal.wait_for("status", |text| text.contains("accepted so far") || text.contains("time left"));
    let (text, status) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text:?}");
    // On the first screen there is only what the run came to.
    let lines = shown(&text);
    assert!(lines[0].ends_with(": completed"), "{lines:#?}");
    let Ended { code, stdout, .. } = piped.end();
    assert_eq!(code, Some(0), "{stdout}");
    let blocks: Vec<&str> = stdout.split("\n\n").collect();
    assert!(blocks.len() > 2 && stdout.contains(": completed\n"), "{stdout}");
    assert!(blocks.windows(2).all(|two| two[0] != two[1]), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "{stdout:?}");
    // The report is written after the run has ended.
    let path = folder.path().join(printed.trim()).join("detached.log");
    let log = (0..300).find_map(|_| {
        let log = std::fs::read_to_string(&path).unwrap();
        let is_whole = log.contains("\nreport: ");
        if !is_whole {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        is_whole.then_some(log)
    });
    let log = log.unwrap();
    assert!(log.starts_with("measuring the target: 80 windows in 6 s; writing to reports/"), "{log}");
    assert!(log.contains("\ncompleted: ") && log.contains("\nreport: reports/"), "{log}");
}

#[test]
fn an_interrupted_watch_leaves_a_clean_screen_and_the_run_alone() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 200));
    Program::new(folder.path(), &["start", "short.toml", "--detach"]).run().expect_success();
    let terminal = PseudoTerminal::start(60, folder.path(), &["status", "--watch"], &[XTERM]);
    terminal.wait_for("status", |text| text.contains("time left"));
    terminal.resize(30);
    terminal.interrupt();
    let (text, status) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text:?}");
    assert!(shown(&text)[0].ends_with(": running"), "{text:?}");
    Program::new(folder.path(), &["stop"]).run().expect_success();
}

#[test]
fn a_long_rehearsal_says_how_far_it_is_without_a_terminal_too() {
    let folder = Folder::new();
    let arguments = ["start", "--demo", "--rehearse", "--duration", "48h", "--cycle", "3s"];
    let (said, mut child) = {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_baseline"));
        command.args(arguments).current_dir(folder.path()).env_clear();
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = std::io::BufReader::new(child.stderr.take().unwrap());
        let said: Vec<String> = std::io::BufRead::lines(lines).take(2).map(Result::unwrap).collect();
        (said, child)
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        said[0].starts_with("measuring a simulated run on a virtual clock: 979,200 windows in 48 h; "),
        "{said:?}"
    );
    let line =
        regex::Regex::new(r"^\d+ %, simulated .+ of 48 h: [\d,]+ of 979,200 windows, .* about .+ left$")
            .unwrap();
    assert!(line.is_match(&said[1]), "{said:?}");
}
