//! Whole program, no clock: what people see, and rehearsals to the last byte.

mod annotate;
mod capacity;
mod capped;
mod compare;
mod connections;
mod detect;
mod detect_files;
mod detect_times;
mod errors;
#[cfg(unix)]
mod export_alertmanager;
mod export_rules;
mod export_systemd;
mod gate;
mod gate_rehearsed;
mod gc;
mod help;
mod journey_problems;
mod journeys;
mod log;
mod monitor_days;
mod paths;
mod plain_words;
mod plans;
mod problems;
mod promote;
mod readiness;
mod rehearsal;
mod run_ends;
mod runs;
mod scenarios;
mod services;
mod shell;
mod verdicts;
mod watch;

use crate::support::folder::Folder;
use crate::support::program::Program;

/// Rehearses the demo below `reports/` of a folder: two hours of it, in an instant.
fn rehearse(folder: &Folder, arguments: &[&str]) {
    let usual = ["start", "--rehearse", "--demo", "--duration", "2h", "--cycle", "5m"];
    Program::new(folder.path(), &[&usual, arguments].concat()).run().expect_run();
}
