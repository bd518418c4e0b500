//! A level: a named concurrency.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A named number of concurrent users, such as `normal_load:5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Name of the level, unique within a plan.
    pub name: Arc<str>,
    /// Number of users that send requests concurrently.
    pub users: NonZeroU32,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.users)
    }
}
