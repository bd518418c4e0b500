//! Incidents: stretches in which cells are worse than expected, each with a beginning, an end and a size.
//!
//! Alerts of the live watch open entries, one per cell and cause; a test of two known levels closes them. From time to time
//! all entries are looked at again with everything that was measured since, and grouped where they begin and end together.
//! The same windows give the same incidents, live and from disk.

mod best_edge;
mod describe;
mod edges;
mod entry;
mod group;
mod hindsight;
mod history;
mod past;
mod reported;
mod stretch;
mod tracker;
mod types;

pub use tracker::{News, Tracker, Update};
pub use types::{Affected, Incident, IncidentCause};
