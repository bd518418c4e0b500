//! The nouns, units and laws that every other room uses.
//!
//! No I/O, no async, no serde, no clock: a value here means the same on a real run, on a rehearsal and in a test.

pub mod availability;
pub mod baseline;
pub mod cell_name;
pub mod columns;
pub mod cost;
pub mod deal;
pub mod endpoint;
pub mod error_counts;
pub mod error_reason;
pub mod feeder;
pub mod fields;
pub mod finding;
pub mod gap;
pub mod generator;
pub mod grade;
pub mod histogram;
pub mod journey;
pub mod level;
pub mod merged_times;
pub mod metric;
pub mod multipart;
pub mod objective;
pub mod outcomes;
pub mod percentile;
pub mod plain_text;
pub mod plan;
pub mod random;
pub mod rate_limit;
pub mod referenced;
pub mod run;
pub mod run_verdict;
pub mod sample;
pub mod schedule;
pub mod service;
pub mod suggestion;
pub mod tally;
pub mod template;
pub mod throughput;
pub mod time_summary;
pub mod transport;
pub mod units;
pub mod verdict;
pub mod window;
pub mod workload;
