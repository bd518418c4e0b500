//! `watch` on a run that is being measured: on a terminal, whose state it gives back, and without one.

use rustix::process::Signal;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::pseudo_terminal::{PseudoTerminal, shown};
use crate::support::scenario::short_run;

const XTERM: (&str, &str) = ("TERM", "xterm-256color");
const FIRST_SCREEN: &str = "\u{1b}[?1049l";

fn started(server: &Hostile, cycles: u32) -> Folder {
    let folder = Folder::new();
    folder.write("short.toml", &short_run(&server.url(), cycles));
    Program::new(folder.path(), &["start", "short.toml", "--detach"]).run().expect_success();
    folder
}

/// The terminal is as it was, and what is left on it says how the run is doing.
fn check_given_back(text: &str, state: &str) {
    assert_eq!(text.matches(FIRST_SCREEN).count(), 1, "{text:?}");
    let (_, after) = text.split_once(FIRST_SCREEN).unwrap();
    assert!(text.contains("\u{1b}[?25h") && !after.contains("\u{1b}[?25l"), "{text:?}");
    let lines = shown(text);
    assert!(lines.iter().any(|line| line.starts_with(state)), "{lines:#?}");
}

#[test]
fn keys_and_sizes_and_the_terminal_back() {
    let server = Hostile::start(Mode::Well);
    let folder = started(&server, 2_000);
    let terminal = PseudoTerminal::with_keys(100, folder.path(), &["watch"], &[XTERM]);
    assert!(terminal.is_as_shells_have_it() || terminal.text().contains("1049h"));
    terminal.wait_for("table", |text| text.contains("endpoint") && text.contains("landing"));
    assert!(!terminal.is_as_shells_have_it());
    for columns in [40, 1, 300, 60] {
        terminal.resize(columns);
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    // A new size draws everything again, in whole lines.
    terminal.press("?");
    terminal.resize(90);
    // Words only: what lies between them is skipped where it was blank before.
    terminal.wait_for("help", |text| text.contains("suspend;"));
    terminal.press("?j\r");
    terminal.resize(100);
    terminal.wait_for("details", |text| text.contains("p99.9"));
    terminal.press("\u{1b}");
    // An escape key alone is one only when nothing follows it.
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.press("q");
    let (text, status) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text:?}");
    check_given_back(&text, "running");
    Program::new(folder.path(), &["stop"]).run().expect_success();
}

#[test]
fn signals_end_the_display_and_leave_the_run_alone() {
    let server = Hostile::start(Mode::Well);
    let folder = started(&server, 2_000);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let terminal = PseudoTerminal::with_keys(80, folder.path(), &["watch"], &[XTERM]);
        terminal.wait_for("table", |text| text.contains("endpoint"));
        terminal.signal(signal);
        let (text, status) = terminal.end();
        assert_eq!(status.code(), Some(0), "{signal:?} {text:?}");
        check_given_back(&text, "running");
    }
    Program::new(folder.path(), &["stop"]).run().expect_success();
}

#[test]
fn a_live_run_is_followed_to_its_end_and_every_window_comes_once() {
    let server = Hostile::start(Mode::Well);
    let folder = started(&server, 20);
    let terminal = PseudoTerminal::with_keys(100, folder.path(), &["watch", "--exit"], &[XTERM]);
    let piped = Program::new(folder.path(), &["watch"]).start();
    let (text, status) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text:?}");
    check_given_back(&text, "completed");
    let lines = piped.end().expect_success();
    let numbers: Vec<&str> =
        lines.lines().filter_map(|line| line.split("  window ").nth(1)?.split(' ').next()).collect();
    // A busy machine skips cycles, and says so.
    assert!(!numbers.is_empty(), "{lines}");
    assert_eq!(numbers, (1..=numbers.len()).map(|number| number.to_string()).collect::<Vec<_>>(), "{lines}");
    let end = format!("\ncompleted: {} of 80 windows\nverdict: ", numbers.len());
    assert!(lines.contains(&end), "{lines}");
}
