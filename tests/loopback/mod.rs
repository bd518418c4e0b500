//! Real load over loopback, whole program: counts, classes and order, never milliseconds.

mod alertmanager;
mod alertmanager_of_a_run;
mod alerts;
#[cfg(unix)]
mod caches;
mod check_cors;
mod check_ends;
mod check_headers;
mod check_in_run;
mod check_limits;
mod check_probes;
mod check_tls;
mod connections;
mod cookie_cases;
mod cookies;
mod dead_targets;
mod detach;
mod drops;
mod early_answers;
mod forms;
mod gate;
mod grafana;
mod hostile_servers;
mod interrupted_test;
mod journey_ends;
mod journey_rows;
mod journey_troubles;
mod journeys;
mod like_curl;
mod limits;
mod live_events;
mod live_refusals;
mod live_runs;
mod local_failures;
mod memory;
#[cfg(target_os = "linux")]
mod monitor;
mod otlp;
mod overload;
mod preflight;
mod reach;
mod remote_write;
mod resends;
mod resume;
mod rules;
mod saturation;
mod secrets;
#[cfg(unix)]
mod service_manager;
mod stack;
mod start;
mod target;
#[cfg(unix)]
mod terminal;
mod tls;
mod tracing;
mod truth;
mod typed_targets;
mod undecided;
#[cfg(unix)]
mod watch;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

/// Runs `test` on a target in a folder of its own, with JSON asked for.
fn measure(target: &str, arguments: &[&str]) -> Ended {
    let folder = Folder::new();
    let all = [&["test", target, "light_load:2", "--format", "json"], arguments].concat();
    Program::new(folder.path(), &all).run()
}

/// The count under a key; a missing key counts nothing.
fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or(0)
}
