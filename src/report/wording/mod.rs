//! Formatting of numbers and findings for people.

pub mod growth;
pub mod numbers;
pub mod phrases;
pub mod verdicts;
