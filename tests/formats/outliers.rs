//! Files from before outliers were counted by the time of day: still read, with nothing made up.

use std::path::{Path, PathBuf};

use baseline::store::anomaly_log::{self, is_outlier};
use baseline::store::heartbeat::{self, Heartbeat, OutlierEntry};

use crate::support::folder::Folder;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs/flags-only")
}

#[test]
fn a_heartbeat_without_outliers_is_intact() {
    let run = "demo-rehearsal-seed5-20260101T000000Z";
    let found = Heartbeat::of_run(&kept(), run).unwrap();
    assert_eq!((found.flags, found.outliers), (7_815, None));
    // Written again, nothing is added.
    let folder = Folder::new();
    found.write(folder.path()).unwrap();
    let text = |at: &Path| std::fs::read_to_string(at.join(heartbeat::FILE)).unwrap();
    assert_eq!(text(folder.path()), text(&kept()));
    let outliers = Some(OutlierEntry { judged: 100, observed: 7, expected: 4.6, range_95: Some((1.5, 9.5)) });
    Heartbeat { outliers, ..found }.write(folder.path()).unwrap();
    assert_eq!(Heartbeat::of_run(folder.path(), run).unwrap().outliers, outliers);
}

#[test]
fn rows_of_flags_are_read_as_they_were() {
    let rows = anomaly_log::read(&kept()).unwrap();
    assert_eq!(rows.len(), 39);
    assert!(rows.iter().all(|row| row.kind == anomaly_log::FLAG && is_outlier(row)));
}
