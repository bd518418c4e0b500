//! The one judge of SLOs: what was measured, compared with the limits that the domain describes.
//!
//! - [`whole`]: all valid windows of a cell as one sample, for `test`, runs and reports.
//! - [`stretches`]: every stretch of a given length by itself, so that a late degradation is not diluted by a long run; for
//!   runs with `slo.for`, and for gates.

mod decide;
mod lower;
pub mod sample;
pub mod stretches;
pub mod whole;
