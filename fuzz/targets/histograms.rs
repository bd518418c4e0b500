//! Whatever `histograms.hlog` holds: distributions or an error, and never more committed bytes than there are.
#![no_main]

use std::path::Path;

use baseline::store::{histogram_log, window_log};
use libfuzzer_sys::fuzz_target;

/// The windows that the log's lines may belong to.
const WINDOWS: &[u8] = include_bytes!("../corpus/windows/run.csv");

fuzz_target!(|bytes: &[u8]| {
    let committed = window_log::parse(WINDOWS, Path::new("windows.csv")).expect("a log from a run").windows;
    let path = std::env::temp_dir().join(format!("baseline-fuzz-{}.hlog", std::process::id()));
    std::fs::write(&path, bytes).expect("a temporary file");
    if let Ok(length) = histogram_log::committed_length(&path, &committed) {
        assert!(length <= bytes.len() as u64);
    }
    let _ = histogram_log::read_each(&path, &committed, |_, _, histogram| {
        let _ = (histogram.count(), histogram.quantile_ns(0.99), histogram.mean_ns());
        Ok(())
    });
});
