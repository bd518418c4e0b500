//! The service manager: what it is told while a run is measured, and which run a restarted service resumes.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::answers::Mode;
use crate::support::folder::{Folder, entries};
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::scenario::{at, short_run};

/// Every message that came to a socket.
fn messages(socket: &UnixDatagram) -> Vec<String> {
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut bytes = [0; 4096];
    std::iter::from_fn(|| {
        let length = socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    })
    .collect()
}

#[test]
fn a_service_is_ready_makes_progress_and_stops() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 8));
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let program = Program::new(folder.path(), &["start", "short.toml"]);
    let running =
        program.env("NOTIFY_SOCKET", path.to_str().unwrap()).env("WATCHDOG_USEC", "2000000").start();
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        while !all.iter().any(|text: &String| text.contains("STOPPING=1")) && all.len() < 10_000 {
            all.extend(messages(&socket));
        }
        all
    });
    running.end().expect_run();
    let all = reader.join().unwrap();
    assert!(all[0].starts_with("READY=1\nSTATUS=run short-"), "{all:?}");
    assert!(all.last().unwrap().starts_with("STOPPING=1\nSTATUS=run completed"), "{all:?}");
    assert!(all.iter().any(|text| text == "WATCHDOG=1"), "{all:?}");
    let of_windows = all.iter().filter(|text| text.starts_with("STATUS=cycle ")).count();
    assert!(of_windows > 10, "{all:?}");
    assert!(all.iter().any(|text| text.contains("of 32, 0 of ") && text.contains("incidents: 0")), "{all:?}");
}

#[test]
fn a_run_in_the_background_is_no_service() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 100));
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let program = Program::new(folder.path(), &["start", "short.toml", "--detach"]);
    program.env("NOTIFY_SOCKET", path.to_str().unwrap()).run().expect_success();
    Program::new(folder.path(), &["stop", "latest"]).run().expect_success();
    assert_eq!(messages(&socket), Vec::<String>::new());
}

#[test]
fn a_socket_that_is_not_there_is_a_warning() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 2));
    for (address, words) in [("/nowhere/notify", "cannot notify"), ("nonsense", "NOTIFY_SOCKET")] {
        let program = Program::new(folder.path(), &["start", "short.toml"]);
        let ended = program.env("NOTIFY_SOCKET", address).run().expect_run();
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

#[test]
fn a_restarted_service_resumes_its_run_and_begins_another_after_its_end() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 12));
    let runs = || entries(&folder.path().join("reports"));
    let service = || Program::new(folder.path(), &["start", "short.toml", "--resume-unfinished"]);
    let mut running = service().start();
    let has_rows = || {
        let log = runs().first().and_then(|run| std::fs::read_to_string(run.join("windows.csv")).ok());
        log.is_some_and(|log| log.lines().count() > 4)
    };
    for _ in 0..3_000 {
        if has_rows() {
            break;
        }
        assert!(!running.has_ended());
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill();
    let resumed = service().run().expect_run();
    assert!(resumed.stderr.contains("resumes the unfinished run short-"), "{}", resumed.stderr);
    assert_eq!(runs().len(), 1);
    // Its report is written and its end has come: the next start is that of another run.
    folder.write("short.toml", &short_run(&server.url(), 2));
    let next = service().run().expect_run();
    assert!(!next.stderr.contains("resumes"), "{}", next.stderr);
    assert_eq!(runs().len(), 2);
    // One without its report is not finished.
    let last = runs().pop().unwrap();
    std::fs::remove_file(last.join("report.md")).unwrap();
    service().run().expect_run();
    assert!(last.join("report.md").is_file());
    assert_eq!(runs().len(), 2);
}

/// Messages until one satisfies a condition.
fn messages_until(socket: &UnixDatagram, is_last: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..300 {
        all.extend(messages(socket));
        if all.iter().any(|text| is_last(text)) {
            return all;
        }
    }
    panic!("it is missing: {all:?}");
}

#[test]
fn a_monitor_is_a_service_that_shows_no_life_while_it_is_stopped() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("small.toml", &at(server.url().trim_end_matches('/')));
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let program = Program::new(folder.path(), &["monitor", "small.toml", "--every", "10s"]);
    let running =
        program.env("NOTIFY_SOCKET", path.to_str().unwrap()).env("WATCHDOG_USEC", "2000000").start();
    let signal = |signal| kill_process(Pid::from_raw(i32::try_from(running.id()).unwrap()).unwrap(), signal);
    let began = messages_until(&socket, |text| text == "WATCHDOG=1");
    assert!(began[0].starts_with("READY=1\nSTATUS=run small-"), "{began:?}");
    // Also while it waits for its next probes.
    let waiting = messages_until(&socket, |text| text.ends_with("; waiting"));
    messages_until(&socket, |text| text == "WATCHDOG=1");
    signal(Signal::STOP).unwrap();
    messages(&socket);
    socket.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
    let silent = socket.recv(&mut [0; 64]);
    assert!(silent.is_err(), "it showed life; before: {waiting:?}");
    signal(Signal::CONT).unwrap();
    messages_until(&socket, |text| text == "WATCHDOG=1");
    signal(Signal::TERM).unwrap();
    let last = messages_until(&socket, |text| text.contains("STOPPING=1"));
    let ended = running.end();
    assert!(ended.code.is_some(), "{ended:?}");
    let rest = messages(&socket);
    let all = [last, rest].concat();
    let stopping = all.iter().filter(|text| text.contains("STOPPING=1")).count();
    assert_eq!((stopping, all.iter().any(|text| text.contains("READY=1"))), (1, false), "{all:?}");
}
