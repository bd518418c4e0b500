//! The outcome of one test of the score.

use super::super::facts::HeaderTest;

/// What a test found, and what that adds to the score. Whether it counts is decided when all are known.
pub(super) fn outcome(name: &'static str, result: impl Into<String>, modifier: i32) -> HeaderTest {
    HeaderTest { name, result: result.into(), modifier, counts: modifier <= 0 }
}
