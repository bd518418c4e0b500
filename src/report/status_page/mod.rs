//! A status page of one run or of several: one HTML file for people, and `summary.json` in the shape that Upptime made common.
//!
//! Everything follows from windows and incidents. What was not measured is `No data`, which is never counted as up.

mod bars;
mod component;
mod downtime;
mod history;
mod html;
mod page;
mod state;
mod summary;
mod write;

pub use write::{INDEX, SUMMARY, Written, write};
