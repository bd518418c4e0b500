//! Output of the commands for terminals and programs: one file per command.

pub mod alerts;
pub mod calibrate;
pub mod capacity;
pub mod collected;
pub mod compare;
pub mod detect;
pub(in crate::report) mod detect_json;
mod detect_summary;
pub mod dry_run;
pub mod list;
pub(in crate::report) mod list_json;
mod listed_run;
pub mod monitor;
pub mod notes;
pub mod once;
mod planned;
pub mod promote;
pub mod promote_json;
pub mod readiness;
pub mod scenarios;
pub mod stack;
pub mod start;
pub mod status;
pub(in crate::report) mod status_json;
mod status_text;
mod stored_json;
pub mod test;
pub mod test_json;
pub mod watch;
mod worst;

pub use listed_run::reported_outcome;
