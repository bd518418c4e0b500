//! Values that changed alike are one change: the metrics of a cell, the levels of an endpoint, and endpoints.
//!
//! `compare`, the gate and the report of a run use it to write a line for each cause and not one for each value.

mod grouping;
mod table;
mod value;
mod words;

pub(super) use grouping::{Change, changes};
pub(super) use table::table;
pub(super) use value::{Label, Value, quantity_words, value_words};
pub(super) use words::{place, sentence, sentences};
