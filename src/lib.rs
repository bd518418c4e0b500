//! Measures how fast a web platform really is, keeps every measurement safe, and refuses to judge what was measured
//! badly.
//!
//! # What is measured
//!
//! An *endpoint* at a *level* of concurrency is a *cell*; a *window* is one measured stretch of a cell; a *cycle* is
//! one pass over all cells; a *run* is all cycles. Each request has four stamps: intended, sent, first byte, completed.
//! Service time is completed - sent, response time is completed - intended; they differ in an open loop only.
//!
//! # Floors
//!
//! A room imports only rooms on lower floors; rooms on one floor never import each other.
//!
//! | floor | rooms |
//! |---|---|
//! | 8 | `cli` |
//! | 7 | `commands` |
//! | 6 | `dashboard`, `monitor` |
//! | 5 | `report`, `observe` |
//! | 4 | `run` |
//! | 3 | `load`, `check` |
//! | 2 | `http`, `scenario`, `store`, `analysis` |
//! | 1 | `stats`, `host`, `demo`, `extract` |
//! | 0 | `domain` |
//!
//! # Example
//!
//! ```
//! use baseline::domain::percentile::Percentile;
//! use baseline::domain::histogram::Histogram;
//! use baseline::domain::time_summary::TimeSummary;
//!
//! let mut service_time = Histogram::new()?;
//! for request in 1..=100_u64 {
//!     service_time.record(request * 1_000_000); // nanoseconds: 1 ms to 100 ms
//! }
//! let percentiles = TimeSummary::percentiles_of(&service_time);
//! assert!(percentiles[Percentile::P50 as usize].is_some());
//! // One hundred requests cannot carry a 99.9th percentile, so there is none.
//! assert_eq!(percentiles[Percentile::P999 as usize], None);
//! # Ok::<(), baseline::domain::histogram::HistogramError>(())
//! ```

pub mod analysis;
pub mod check;
pub mod cli;
pub mod commands;
pub mod dashboard;
pub mod demo;
pub mod domain;
pub mod extract;
pub mod host;
pub mod http;
pub mod load;
pub mod monitor;
pub mod observe;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stats;
pub mod store;
