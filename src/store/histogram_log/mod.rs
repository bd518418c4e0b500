//! `histograms.hlog`: a standard HdrHistogram interval log (V2, deflate), one line per window, step and kind of time.
//!
//! Lines are written before the row that commits their window; lines without a row are ignored, and cut on resume.

mod check;
mod decoder;
mod follower;
mod lines;
mod read;
mod write;

pub use check::{LogCheck, check};
pub use follower::{Follower, Times};
pub use read::{Tail, committed_length, exists, read_each, tail};
pub use write::{FILE, header, lines};
