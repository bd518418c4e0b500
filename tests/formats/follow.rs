//! Following a run's folder while it is written: nothing is skipped, nothing comes twice, and it is what a reader of the whole sees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use baseline::domain::cell_name::CellName;
use baseline::domain::histogram::Histogram;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::window::Window;
use baseline::observe::{self, Exporter};
use baseline::run::event::{Event, Subject};
use baseline::run::feed::{Feed, WhenFull};
use baseline::run::follow::{Distributions, Group, RunFollower};
use baseline::store::{anomaly_log, histogram_log, window_log};

use crate::support::folder::{Folder, copy};
use crate::support::program::Program;

type Key = (u64, CellName, usize);

/// The files of a rehearsed run with a journey and a slowdown, in a folder of the test's own.
fn rehearsed(folder: &Folder) -> PathBuf {
    static RUN: LazyLock<(Folder, PathBuf)> = LazyLock::new(|| {
        let folder = Folder::new();
        let fault = "slow:browse:+60%:50s..90s";
        let arguments = ["start", "demo", "--rehearse", "--duration", "2m", "--fault", fault];
        let ended = Program::new(folder.path(), &arguments).run();
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
        let run = folder.only_run();
        std::fs::remove_dir_all(run.join("report")).unwrap();
        (folder, run)
    });
    let run = folder.path().join("run");
    copy(&RUN.1, &run);
    run
}

fn followed(follower: &mut RunFollower) -> Vec<Group> {
    let mut groups = Vec::new();
    follower.poll(|_, group| groups.push(group)).unwrap();
    groups
}

fn rows(groups: &[Group]) -> Vec<Window> {
    groups.iter().flat_map(|group| &group.rows).map(|row| (*row.window).clone()).collect()
}

fn times(groups: &[Group]) -> BTreeMap<Key, Histogram> {
    let mut all = BTreeMap::new();
    for row in groups.iter().flat_map(|group| &group.rows) {
        for kind in TimeKind::ALL {
            if let Some(histogram) = &row.times[kind as usize] {
                let key = (row.window.number, row.window.cell.clone(), kind as usize);
                assert!(all.insert(key, histogram.clone()).is_none());
            }
        }
    }
    all
}

fn on_disk(run: &Path) -> (Vec<Window>, BTreeMap<Key, Histogram>) {
    let windows = window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let mut all = BTreeMap::new();
    histogram_log::read_each(&run.join(histogram_log::FILE), &windows, |window, kind, histogram| {
        all.insert((window.number, window.cell.clone(), kind as usize), histogram);
        Ok(())
    })
    .unwrap();
    (windows, all)
}

fn assert_same(one: &BTreeMap<Key, Histogram>, other: &BTreeMap<Key, Histogram>) {
    assert!(one.keys().eq(other.keys()), "other windows or kinds of time");
    for (key, histogram) in one {
        assert!(histogram.as_raw().unwrap() == other[key].as_raw().unwrap(), "{key:?}");
    }
}

#[test]
fn a_run_that_has_ended_is_followed_from_its_first_window_to_its_last() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let (windows, histograms) = on_disk(&run);
    let mut follower = RunFollower::open(&run, Distributions::Read).unwrap();
    let groups = followed(&mut follower);
    assert!(rows(&groups) == windows && windows.len() > 200, "{}", windows.len());
    assert_same(&times(&groups), &histograms);
    assert!(followed(&mut follower).is_empty());
    let last = windows.last().unwrap().number;
    assert_eq!(follower.last(), last);
    assert!(groups.iter().map(Group::number).eq(1..=last));
    assert!(groups.iter().any(|group| group.rows.len() > 1), "no journey");

    // Judged as the run did.
    let noticed = anomaly_log::read(&run).unwrap();
    let flags = noticed.iter().filter(|row| row.kind == anomaly_log::FLAG).count();
    let alerts = noticed.len() - noticed.iter().filter(|row| anomaly_log::is_outlier(row)).count();
    let of = |count: fn(&Group) -> usize| groups.iter().map(count).sum::<usize>();
    assert_eq!(of(|group| group.rows.iter().map(|row| row.noticed.flags.len()).sum()), flags);
    assert!(flags > 0 && alerts > 0);
    assert!(of(|group| group.rows.iter().map(|row| row.noticed.incidents.len()).sum()) > 0);
}

#[test]
fn a_run_that_grows_in_pieces_is_followed_as_one_that_has_ended() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let (windows, histograms) = on_disk(&run);
    let growing = folder.path().join("growing");
    copy(&run, &growing);
    let [all_rows, all_lines] =
        [window_log::FILE, histogram_log::FILE].map(|name| std::fs::read(run.join(name)).unwrap());
    let mut follower = RunFollower::open(&growing, Distributions::Read).unwrap();
    let mut groups = Vec::new();
    // Histograms are written before rows: they are ahead by a part of a line, by many lines, or all there.
    for step in 0..=60_usize {
        let part = |bytes: &[u8], step: usize| bytes[..bytes.len() * step.min(60) / 60].to_vec();
        let ahead = [12, 60][step % 2];
        std::fs::write(growing.join(histogram_log::FILE), part(&all_lines, step + ahead)).unwrap();
        std::fs::write(growing.join(window_log::FILE), part(&all_rows, step)).unwrap();
        groups.extend(followed(&mut follower));
    }
    assert!(rows(&groups) == windows);
    assert_same(&times(&groups), &histograms);
}

#[test]
fn without_distributions_the_log_is_not_read() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    std::fs::write(run.join(histogram_log::FILE), "not a log").unwrap();
    let mut follower = RunFollower::open(&run, Distributions::Skip).unwrap();
    let groups = followed(&mut follower);
    assert!(!groups.is_empty() && times(&groups).is_empty());
}

#[test]
fn a_group_that_cannot_be_read_is_an_error_and_read_again() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let log = run.join(histogram_log::FILE);
    let whole = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    // The histogram of the third data line is not Base64.
    let mut damaged = lines.clone();
    let (before, _) = damaged[6].rsplit_once(',').unwrap();
    let bad = format!("{before},####");
    damaged[6] = &bad;
    std::fs::write(&log, damaged.join("\n") + "\n").unwrap();
    let mut follower = RunFollower::open(&run, Distributions::Read).unwrap();
    let mut groups = Vec::new();
    assert!(follower.poll(|_, group| groups.push(group)).is_err());
    assert!(follower.poll(|_, group| groups.push(group)).is_err());
    std::fs::write(&log, &whole).unwrap();
    follower.poll(|_, group| groups.push(group)).unwrap();
    assert!(rows(&groups) == on_disk(&run).0);
    assert_same(&times(&groups), &on_disk(&run).1);
}

/// Counts what it is given, and takes its time.
#[derive(Default)]
struct Slow(Arc<Mutex<Calls>>);

#[derive(Debug, Default, PartialEq)]
struct Calls {
    begun: usize,
    numbers: Vec<u64>,
    ended: usize,
}

impl Exporter for Slow {
    fn began(&mut self, run: &RunFollower) {
        assert_eq!(run.last(), 0);
        self.0.lock().unwrap().begun += 1;
    }

    fn group(&mut self, _: &RunFollower, group: &Group) {
        std::thread::sleep(Duration::from_millis(1));
        self.0.lock().unwrap().numbers.push(group.number());
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        assert!(run.is_some());
        self.0.lock().unwrap().ended += 1;
    }
}

#[test]
fn an_exporter_that_is_slow_gets_every_group_and_holds_up_nobody() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let mut feed = Feed::new();
    let calls = Arc::new(Mutex::new(Calls::default()));
    let exporter = Box::new(Slow(Arc::clone(&calls)));
    let thread = observe::spawn("slow", exporter, feed.subscribe(), |text| panic!("{text}")).unwrap();
    let (windows, duration) = (1, Duration::from_secs(1));
    feed.publish(
        Event::Began { folder: run.clone(), subject: Subject::Rehearsal, windows, duration },
        WhenFull::Wait,
    );
    // As every run does.
    feed.flush(Duration::from_mins(1));
    for _ in 0..10_000 {
        feed.publish(Event::Idle, WhenFull::DropOldest);
    }
    drop(feed);
    thread.join().unwrap();
    let last = on_disk(&run).0.last().unwrap().number;
    assert_eq!(*calls.lock().unwrap(), Calls { begun: 1, numbers: (1..=last).collect(), ended: 1 });
}
