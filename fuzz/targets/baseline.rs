//! Whatever a baseline file holds: a baseline or an error, and what was read can be written and read again.
#![no_main]

use baseline::store::baselines;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("baseline-fuzz-{}.json", std::process::id()));
    std::fs::write(&path, bytes).expect("a temporary file");
    if let Ok(baseline) = baselines::read(&path) {
        baselines::write(&path, &baseline).expect("what was read can be written");
        assert!(baselines::read(&path).expect("and read again") == baseline);
    }
});
