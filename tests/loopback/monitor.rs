//! `monitor` on a real target that breaks and recovers: each alert is told once, also over a kill, and hooks keep their limits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::alert_sink::{AlertSink, Reaction};
use crate::support::folder::{Folder, entries};
use crate::support::program::{Ended, Program, Running};
use crate::support::raw_server::{RawServer, read_head};

/// A target with `/` that fails, and takes as long, as it is told to. Everything else works.
struct Target {
    server: RawServer,
    fails: Arc<AtomicBool>,
    delay_ms: Arc<AtomicU64>,
}

impl Target {
    fn start() -> Self {
        let (fails, delay_ms) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (is_failing, delay) = (Arc::clone(&fails), Arc::clone(&delay_ms));
        let server = RawServer::serving(move |mut stream, _| {
            while let Some(head) = read_head(&mut stream) {
                let is_root = head.starts_with(b"GET / ");
                if is_root {
                    std::thread::sleep(Duration::from_millis(delay.load(Ordering::SeqCst)));
                }
                let fails = is_root && is_failing.load(Ordering::SeqCst);
                let status = if fails { "500 Broken" } else { "200 OK" };
                let text = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
                if std::io::Write::write_all(&mut stream, text.as_bytes()).is_err() {
                    return;
                }
            }
        });
        Self { server, fails, delay_ms }
    }

    fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// A folder with `live.toml`, which probes it every second.
    fn scenario(&self, tables: &str) -> Folder {
        let folder = Folder::new();
        folder.write("live.toml", &self.text(tables));
        folder
    }

    fn text(&self, tables: &str) -> String {
        let url = self.server.url();
        let url = url.trim_end_matches('/');
        format!(
            "schema = 1\nname = \"live\"\n\n[target]\nbase_url = \"{url}\"\nallow_hosts = [\"127.0.0.1\"]\n\
             timeout = \"2s\"\n\n[plan]\nduration = \"1h\"\ncycle = \"1m\"\nwindow = \"1s\"\n\n\
             [levels]\nlight_load = 1\n\n[monitor]\nevery = \"1s\"\nrequests = 3\nwindow = \"300ms\"\n\n\
             [[endpoint]]\nname = \"health\"\npath = \"/api/health\"\n\n\
             [[endpoint]]\nname = \"landing\"\npath = \"/\"\n{tables}"
        )
    }
}

fn monitor(folder: &Path, further: &[&str]) -> Program {
    Program::new(folder, &[&["monitor", "live.toml"], further].concat())
}

fn once(folder: &Path, further: &[&str]) -> Ended {
    monitor(folder, &[&["--once", "--format", "json"], further].concat()).run()
}

/// The notifications about `landing` that a webhook has accepted, each as `name event`.
fn told(sink: &AlertSink) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    sink.accepted().iter().map(|body| format!("{} {}", text(&body["alert"]), text(&body["event"]))).collect()
}

/// The journal of the monitor; nothing before it has one.
fn journal(folder: &Folder) -> Vec<Value> {
    let path = folder.path().join("reports/monitor/live/journal.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map_while(|line| serde_json::from_str(line).ok()).collect()
}

fn events<'j>(journal: &'j [Value], event: &str) -> Vec<&'j Value> {
    journal.iter().filter(|entry| entry["event"] == event).collect()
}

/// Whether a notification was accepted, and is known to be. A kill in between would have it repeated with the same key.
fn is_told(folder: &Folder) -> bool {
    !events(&journal(folder), "sent").is_empty()
}

/// Run folders of its days.
fn days(folder: &Folder) -> Vec<std::path::PathBuf> {
    let all = entries(&folder.path().join("reports"));
    all.into_iter().filter(|path| path.join("run.json").is_file()).collect()
}

/// Start and validity of the windows of `landing`, in order.
fn windows(folder: &Folder) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for day in days(folder) {
        let text = std::fs::read_to_string(day.join("windows.csv")).unwrap_or_default();
        let Some(head) = text.lines().next() else { continue };
        let column = |name: &str| head.split(',').position(|column| column == name).unwrap();
        let (at, endpoint, validity) = (column("started_at"), column("endpoint"), column("validity"));
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if cells.get(endpoint) == Some(&"landing") && cells.len() > validity {
                all.push((cells[at].to_owned(), cells[validity] == "valid"));
            }
        }
    }
    all
}

/// Waits until something is so. Bounded by looks, not by a clock.
fn wait_until(running: &mut Running, what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if is_so() {
            return;
        }
        assert!(!running.has_ended(), "it ended: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}");
}

fn wait_for_windows(running: &mut Running, folder: &Folder, more: usize) {
    let before = windows(folder).len();
    wait_until(running, "no more windows", || windows(folder).len() >= before + more);
}

fn terminate(running: Running) -> Ended {
    let id = i32::try_from(running.id()).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), rustix::process::Signal::TERM)
        .unwrap();
    running.end()
}

#[test]
fn an_outage_is_told_once_over_a_kill_and_a_second_monitor_is_refused() {
    let target = Target::start();
    let folder = target.scenario("");
    let sink = AlertSink::start(|_| Reaction::Accept);
    let url = format!("http://{}/", sink.address());
    let mut running = monitor(folder.path(), &["--webhook", &url]).start();
    wait_until(&mut running, "it measures nothing", || windows(&folder).len() >= 2);
    for arguments in [&[][..], &["--once"]] {
        let error = monitor(folder.path(), arguments).run().expect_refusal();
        assert!(error.contains("another monitor of live is running"), "{error}");
        assert!(error.contains("hint: stop it, or choose another folder with --out"), "{error}");
    }
    target.fail(true);
    wait_until(&mut running, "nobody is told", || is_told(&folder));
    running.kill();
    let mut running = monitor(folder.path(), &["--webhook", &url]).start();
    wait_for_windows(&mut running, &folder, 3);
    assert_eq!(told(&sink), ["BaselineDown firing"]);
    target.fail(false);
    wait_until(&mut running, "its end is not told", || told(&sink).len() >= 2);
    let ended = terminate(running);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.starts_with("live: healthy\n"), "{ended:?}");
    assert_eq!(told(&sink), ["BaselineDown firing", "BaselineDown resolved"]);
    let journal = journal(&folder);
    assert_eq!((events(&journal, "opened").len(), events(&journal, "closed").len()), (1, 1), "{journal:#?}");
    // One that was asked to end goes on with its day too, and a shorter one has a run of its own.
    let mut running = monitor(folder.path(), &[]).start();
    wait_for_windows(&mut running, &folder, 1);
    assert_eq!(terminate(running).code, Some(0));
    let before = days(&folder);
    monitor(folder.path(), &["--duration", "1s"]).run().expect_success();
    assert_eq!(days(&folder).len(), before.len() + 1);
    // The day went on in its run, unless it was midnight.
    let date = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.rsplit_once('-').unwrap().1[..8].to_owned()
    };
    let mut dates: Vec<String> = before.iter().map(date).collect();
    let count = dates.len();
    dates.dedup();
    assert_eq!(dates.len(), count, "{dates:?}");
}

#[test]
fn half_as_slow_again_is_told_within_three_probes_and_once_over_a_kill() {
    let target = Target::start();
    let folder = target.scenario("");
    target.delay_ms.store(40, Ordering::SeqCst);
    // What is usual is learned by rounds for cron, and known to the monitor.
    let mut usual = Value::Null;
    for _ in 0..80 {
        let ended = once(folder.path(), &[]);
        usual = ended.json()["workloads"][1]["usual_us"].clone();
        if usual.is_number() {
            break;
        }
    }
    let usual = usual.as_f64().unwrap();
    assert!((39_000.0..60_000.0).contains(&usual), "{usual}");
    let sink = AlertSink::start(|_| Reaction::Accept);
    let url = format!("http://{}/", sink.address());
    let mut running = monitor(folder.path(), &["--webhook", &url]).start();
    wait_until(&mut running, "it measures nothing", || windows(&folder).len() >= 2);
    let changed_after = windows(&folder).last().unwrap().0.clone();
    target.delay_ms.store(65, Ordering::SeqCst);
    wait_until(&mut running, "nobody is told", || is_told(&folder));
    running.kill();
    let journal_then = journal(&folder);
    let state =
        events(&journal_then, "state").into_iter().find(|entry| entry["after"] == "degraded").unwrap();
    let seen_at = state["at"].as_str().unwrap();
    // One more may have begun before the change.
    let all = windows(&folder);
    let needed =
        all.iter().filter(|(at, is_valid)| *at > changed_after && at.as_str() <= seen_at && *is_valid);
    assert!(needed.count() <= 4, "{all:?} {journal_then:#?}");
    let mut running = monitor(folder.path(), &["--webhook", &url]).start();
    wait_for_windows(&mut running, &folder, 3);
    assert_eq!(told(&sink), ["BaselineSlowerThanBaseline firing"]);
    target.delay_ms.store(40, Ordering::SeqCst);
    wait_until(&mut running, "its end is not told", || told(&sink).len() >= 2);
    assert_eq!(terminate(running).code, Some(0));
    assert_eq!(told(&sink), ["BaselineSlowerThanBaseline firing", "BaselineSlowerThanBaseline resolved"]);
}

#[test]
fn rounds_for_cron_add_up_to_a_state() {
    let target = Target::start();
    let folder = target.scenario("");
    let sink = AlertSink::start(|_| Reaction::Accept);
    let url = format!("http://{}/", sink.address());
    let round = || {
        let ended = once(folder.path(), &["--webhook", &url]);
        let output = ended.json();
        assert_eq!(output["kind"], "monitor");
        let is_healthy = output["state"] == "healthy";
        assert_eq!(ended.code, Some(i32::from(!is_healthy)), "{ended:?}");
        output["workloads"][1]["state"].as_str().unwrap().to_owned()
    };
    let states = |count: usize| (0..count).map(|_| round()).collect::<Vec<_>>();
    // Beside a busy processor the first may say nothing.
    for _ in 0..20 {
        if once(folder.path(), &[]).code == Some(0) {
            break;
        }
    }
    assert_eq!(states(1), ["healthy"]);
    target.fail(true);
    assert_eq!(states(3), ["healthy", "unhealthy", "unhealthy"]);
    // A torn line is that of a crash.
    let path = folder.path().join("reports/monitor/live/journal.jsonl");
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend(b"{\"at\":\"2026-11-");
    std::fs::write(&path, torn).unwrap();
    target.fail(false);
    for _ in 0..20 {
        if round() == "healthy" {
            break;
        }
    }
    assert_eq!(told(&sink), ["BaselineDown firing", "BaselineDown resolved"]);
    assert_eq!(days(&folder).len(), 0);
}

/// Two hooks, one of which never ends by itself, and leaves a child that does not end either.
const HOOKS: &str = r#"
[[hook]]
name = "restart"
when = "unhealthy"
run = ["/bin/sh", "-c", "echo $BASELINE_WORKLOAD >> ran"]
cool_down = "1h"

[[hook]]
name = "hangs"
when = "unhealthy"
only = ["landing"]
run = ["/bin/sh", "-c", "sleep 600 & echo $! > child; wait"]
timeout = "1s"
cool_down = "1h"
"#;

fn is_alive(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    // One that was killed and not yet waited for is no longer alive.
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn hooks_run_on_request_only_within_their_limits_and_end_with_their_group() {
    let target = Target::start();
    let folder = target.scenario(HOOKS);
    let start_of = |journal: &[Value]| {
        let all = events(journal, "hook_started");
        all.iter().map(|entry| entry["dry_run"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    target.fail(true);
    for _ in 0..20 {
        once(folder.path(), &[]);
        if !start_of(&journal(&folder)).is_empty() {
            break;
        }
    }
    assert_eq!(start_of(&journal(&folder)), [true, true]);
    assert!(!folder.path().join("ran").exists());
    target.fail(false);
    for _ in 0..20 {
        if once(folder.path(), &[]).code == Some(0) {
            break;
        }
    }
    let mut running = monitor(folder.path(), &["--recover"]).start();
    wait_until(&mut running, "it measures nothing", || windows(&folder).len() >= 2);
    target.fail(true);
    wait_until(&mut running, "no hook ends", || events(&journal(&folder), "hook_ended").len() >= 2);
    let first = journal(&folder);
    assert_eq!(start_of(&first), [true, true, false, false]);
    let ended = events(&first, "hook_ended");
    let of = |name: &str| ended.iter().find(|entry| entry["hook"] == name).unwrap();
    assert_eq!((&of("restart")["code"], &of("restart")["timed_out"]), (&0.into(), &false.into()));
    assert_eq!((&of("hangs")["code"], &of("hangs")["timed_out"]), (&Value::Null, &true.into()));
    let child = std::fs::read_to_string(folder.path().join("child")).unwrap();
    assert!(!is_alive(&child), "{child}");
    // It goes up and down again, within the cool-down.
    target.fail(false);
    let is = |state: &str| {
        let journal = journal(&folder);
        events(&journal, "state").last().is_some_and(|entry| entry["after"] == state)
    };
    wait_until(&mut running, "it does not recover", || is("healthy"));
    target.fail(true);
    wait_until(&mut running, "nothing is skipped", || events(&journal(&folder), "hook_skipped").len() >= 2);
    assert_eq!(terminate(running).code, Some(0));
    assert_eq!(start_of(&journal(&folder)).len(), 4);
    assert_eq!(std::fs::read_to_string(folder.path().join("ran")).unwrap(), "landing\n");
}

#[test]
fn in_a_silence_nobody_is_told_nothing_runs_and_the_states_are_kept() {
    const SILENCE: &str =
        "\n[[silence]]\nname = \"move\"\nfrom = \"2000-01-01T00:00:00Z\"\nto = \"2100-01-01T00:00:00Z\"\n";
    let target = Target::start();
    for is_noted in [false, true] {
        let tables = if is_noted { HOOKS.to_owned() } else { format!("{HOOKS}{SILENCE}") };
        let folder = target.scenario(&tables);
        if is_noted {
            let arguments = ["annotate", "deploy", "--silence", "--for", "5m"];
            Program::new(folder.path(), &arguments).run().expect_success();
        }
        let sink = AlertSink::start(|_| Reaction::Accept);
        let url = format!("http://{}/", sink.address());
        target.fail(true);
        for _ in 0..20 {
            once(folder.path(), &["--recover", "--webhook", &url]);
            if !events(&journal(&folder), "opened").is_empty() {
                break;
            }
        }
        let journal = journal(&folder);
        assert_eq!(events(&journal, "opened").len(), 1, "{journal:#?}");
        assert_eq!(events(&journal, "hook_started").len(), 0, "{journal:#?}");
        let skipped = events(&journal, "hook_skipped");
        assert_eq!(skipped.len(), 2, "{journal:#?}");
        assert!(skipped.iter().all(|entry| entry["why"].as_str().unwrap().starts_with("silence")));
        assert_eq!((sink.taken().len(), folder.path().join("ran").exists()), (0, false));
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_what_left_the_scenario_ends() {
    let target = Target::start();
    let folder = target.scenario("");
    target.fail(true);
    for _ in 0..20 {
        once(folder.path(), &[]);
        if !events(&journal(&folder), "opened").is_empty() {
            break;
        }
    }
    let state = folder.path().join("reports/monitor/live/state.json");
    let good = std::fs::read_to_string(&state).unwrap();
    for (bad, expected) in [
        ("garbage".to_owned(), "expected value"),
        (String::new(), "EOF"),
        (good.replace("\"schema\":1", "\"schema\":9"), "schema 9; this version reads 1"),
    ] {
        std::fs::write(&state, bad).unwrap();
        let error = monitor(folder.path(), &["--once"]).run().expect_refusal();
        assert!(error.contains("state.json") && error.contains(expected), "{error}");
    }
    std::fs::write(&state, &good).unwrap();
    // The endpoint that is down has another name: nobody can tell any more when the old one recovers.
    let renamed = target.text("").replace("name = \"landing\"", "name = \"pages\"");
    folder.write("live.toml", &renamed);
    let output = once(folder.path(), &[]).json();
    assert_eq!(output["alerts"], Value::Array(Vec::new()));
    assert_eq!(events(&journal(&folder), "closed").len(), 1);
    // Without its state it does not know which alerts it has to end, and ends them once it sees anything.
    for _ in 0..20 {
        if events(&journal(&folder), "opened").len() == 2 {
            break;
        }
        once(folder.path(), &[]);
    }
    std::fs::remove_file(&state).unwrap();
    target.fail(false);
    for _ in 0..20 {
        if once(folder.path(), &[]).code == Some(0) {
            break;
        }
    }
    let journal = journal(&folder);
    assert_eq!((events(&journal, "opened").len(), events(&journal, "closed").len()), (2, 2), "{journal:#?}");
}
