//! `windows.csv`: one row per window and step, and the row of the whole is the commit point.
//!
//! Rows of a run have checksums; those of other programs need none. Columns derive from the catalogues of metrics and generator readings. A torn last row, as a crash leaves it, is not
//! a row; parts without their whole are not a group.

mod columns;
mod follower;
mod groups;
mod rows;
mod seal;
mod writer;

pub use columns::{FILE, header, header_line};
pub use follower::Follower;
pub use groups::{Committed, first_line, parse, read};
pub use seal::{Sealer, sealed_header, sealed_header_line};
pub use writer::line;
