//! Whatever a scenario file holds: a plan or an error, never a panic.
#![no_main]

use baseline::scenario::environment::Environment;
use baseline::scenario::{Source, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source { label: "fuzz".to_owned(), text: text.to_owned() };
    if let Err(error) = check(&source, &Environment::default()) {
        // Messages quote what is wrong, wherever in the text it is.
        let _ = error.to_string();
    }
});
