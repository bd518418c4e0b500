//! How numbers and findings are put into words.

pub mod numbers;
pub mod phrases;
