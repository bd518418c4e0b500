//! A run's feed and its folder: what is published is on disk already, and who missed it reads it from there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::Histogram;
use crate::domain::plan::{Cell, Plan};
use crate::domain::run::RunState;
use crate::domain::time_summary::TimeSummary;
use crate::domain::units::after;
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Histograms, MeasuredGroup, MeasuredWindow, Phases, Window};
use crate::load::event::RunEvent;
use crate::scenario::environment::Environment;
use crate::scenario::overrides::Overrides;
use crate::store::manifest::Mode;
use crate::store::window_log::{self, Follower};

use super::committer::Beat;
use super::create::create;
use super::drive::committer;
use super::event::Event;
use super::feed::{Delivery, Feed, Subscription};
use super::prepared::Prepared;

/// More events than a queue holds: each window is opened and committed.
const WINDOWS: u64 = 150;

fn measured(plan: &Plan, number: u64, step: Option<&str>) -> MeasuredWindow {
    let histogram = Histogram::new().unwrap();
    let cell = plan.cell_name(plan.cells[0]);
    let window = Window {
        number,
        cycle: number - 1,
        started_at: after(Timestamp::UNIX_EPOCH, Duration::from_secs(number)),
        cell: CellName { step: step.map(Into::into), ..cell },
        users: 1,
        duration: Duration::from_secs(1),
        backed_off: None,
        request_cap: None,
        decoded_bytes: None,
        odd_responses: 0,
        addresses: BTreeMap::new(),
        certificate_days: None,
        counts: Counts { succeeded: 7, ..Counts::default() },
        validity: Validity::Valid,
        bytes: 0,
        times: [TimeSummary::default(); 3],
        statuses: BTreeMap::new(),
        errors: ErrorCounts::default(),
        cache: CacheCounts::default(),
        phases: Phases::default(),
        late_starts: 0,
        redirects: 0,
        remarks: Vec::new(),
        generator: GeneratorHealth::default(),
    };
    let histograms =
        Histograms { service_time: histogram.clone(), response_time: None, first_byte: histogram };
    MeasuredWindow { window, histograms, slowest: Vec::new() }
}

/// A group of three: two steps and their whole.
fn group(plan: &Plan, number: u64) -> MeasuredGroup {
    let parts = ["log-in", "create"].map(|step| measured(plan, number, Some(step)));
    MeasuredGroup { whole: measured(plan, number, None), parts: parts.into(), out_of_rows: None }
}

/// Commits groups to a new run's folder as a session would; returns the folder.
fn commit(feed: &Feed, out: &Path) -> std::path::PathBuf {
    let prepared = Prepared::new("demo", &Overrides::default(), 1, &Environment::default(), true).unwrap();
    let (directory, manifest) =
        create(&prepared, out, &Mode::Demo { faults: Vec::new() }, Timestamp::UNIX_EPOCH, None).unwrap();
    let (folder, end) = (directory.folder().to_owned(), Timestamp::UNIX_EPOCH);
    let plan = &prepared.plan;
    let mut committer = committer(plan, directory, manifest, end, feed, Beat::EveryStep).unwrap();
    let cell: Cell = plan.cells[0];
    for number in 1..=WINDOWS {
        committer.take(RunEvent::WindowOpened { number, cycle: number - 1, cell }).unwrap();
        committer.take(RunEvent::WindowMeasured(Box::new(group(plan, number)))).unwrap();
    }
    committer.finish(RunState::Completed, end).unwrap();
    folder
}

/// Receives everything, and reads the folder at each commit: the numbers of groups as published, and as found on disk.
fn listen(subscription: &Subscription, out: &Path) -> (Vec<u64>, Vec<u64>, u64) {
    let (mut published, mut on_disk, mut missed) = (Vec::new(), Vec::new(), 0);
    let mut follower: Option<Follower> = None;
    while let Some(delivery) = subscription.next_delivery() {
        let Delivery::Event(event) = delivery else {
            let Delivery::Missed(count) = delivery else { continue };
            missed += count;
            continue;
        };
        let Event::Committed { rows, progress, .. } = &*event else { continue };
        let number = rows.last().unwrap().number;
        assert_eq!(rows.len(), 3);
        assert_eq!((progress.tally.windows, progress.tally.counts.succeeded), (number, 7 * number));
        let run = || std::fs::read_dir(out).unwrap().next().unwrap().unwrap().path();
        let follower = follower.get_or_insert_with(|| Follower::new(&run()));
        on_disk.extend(follower.read_new().unwrap().iter().map(|window| window.number));
        assert!(on_disk.contains(&number), "group {number} was published and is not on disk");
        published.push(number);
    }
    on_disk.dedup();
    (published, on_disk, missed)
}

#[test]
fn what_is_published_is_on_disk_and_who_is_slow_reads_it_there() {
    let out = tempfile::tempdir().unwrap();
    let mut feed = Feed::new();
    let (prompt, stuck) = (feed.subscribe(), feed.subscribe());
    let path = out.path().to_owned();
    let listener = std::thread::spawn(move || listen(&prompt, &path));
    let folder = commit(&feed, out.path());
    drop(feed);

    let all: Vec<u64> = (1..=WINDOWS).collect();
    let (published, on_disk, missed) = listener.join().unwrap();
    assert_eq!((published, missed), (all.clone(), 0), "a subscriber that keeps up receives every group");
    assert_eq!(on_disk, all);

    // The other never took an event: the run was not held up, and the subscriber learns how many it lost.
    let Some(Delivery::Missed(lost)) = stuck.next_delivery() else { panic!("nothing was lost") };
    assert!(lost > 0 && lost < 2 * WINDOWS, "{lost}");
    let rows = Follower::new(&folder).read_new().unwrap();
    assert_eq!(rows.len() as u64, 3 * WINDOWS);
    assert_eq!(rows, window_log::read(&folder.join(window_log::FILE)).unwrap().windows);
}

#[test]
fn a_group_that_is_half_written_comes_when_it_is_whole() {
    let out = tempfile::tempdir().unwrap();
    let folder = commit(&Feed::silent(), out.path());
    let path = folder.join(window_log::FILE);
    let whole = std::fs::read_to_string(&path).unwrap();
    let mut follower = Follower::new(&folder);
    let mut found = Vec::new();
    // Cut at every line of the first groups, and within some.
    let ends = whole.match_indices('\n').map(|(at, _)| at + 1).take(13);
    for end in ends.flat_map(|end| [end - 20, end]) {
        std::fs::write(&path, &whole[..end]).unwrap();
        let new = follower.read_new().unwrap();
        assert_eq!(new.len() % 3, 0, "only whole groups");
        found.extend(new.iter().map(|window| (window.number, window.cell.step.is_none())));
    }
    let group = |number| [(number, false), (number, false), (number, true)];
    assert_eq!(found, [1, 2, 3, 4].map(group).concat());
}
