//! Formatting of numbers and findings for people.

pub mod budget;
pub mod failures;
pub mod growth;
pub mod numbers;
pub mod outliers;
pub mod phrases;
pub mod precision;
pub mod times;
pub mod verdicts;
