//! Whatever `windows.csv` holds: windows or an error, and what was read reads the same when it is written again.
#![no_main]

use std::path::Path;

use baseline::store::window_log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("windows.csv");
    let Ok(committed) = window_log::parse(bytes, path) else { return };
    let mut text = window_log::header_line();
    for window in &committed.windows {
        let _ = (window.throughput_per_s(), window.counts.error_ratio(), window.cache.hit_ratio());
        text.push_str(&window_log::line(window));
    }
    let again = window_log::parse(text.as_bytes(), path).expect("what the program writes it can read");
    assert_eq!(again.windows.len(), committed.windows.len());
});
