//! `watch` on a terminal: keys, pages and their drawing. What is shown is collected elsewhere.

mod details;
mod draw;
mod follow;
mod help;
mod keys;
mod panel;
mod reader;
mod rows;
mod screen;
mod spark;
#[cfg(test)]
mod tests;
mod theme;

pub(super) use follow::{WatchOptions, watch};
