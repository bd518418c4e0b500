//! What one request came to.

/// Why a request failed. Bounded, so that counting by class costs a fixed array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The name did not resolve, or resolved to an address that is not allowed.
    Resolve,
    /// No connection: refused, unreachable, out of descriptors.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// No complete answer within the endpoint's timeout.
    Timeout,
    /// The peer closed or reset the connection before the answer was complete.
    Reset,
    /// The bytes that came were not a valid HTTP answer.
    Protocol,
    /// A complete answer with a status that was not expected.
    Status,
    /// A complete answer whose body was not as expected.
    Expectation,
}

impl ErrorClass {
    /// Every class, in the order of the counters.
    pub const ALL: [Self; 8] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
        Self::Status,
        Self::Expectation,
    ];

    /// The name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Expectation => "expectation",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether the exchange broke before a complete answer, so that there is nothing to time and reason to back off.
    pub fn is_transport(self) -> bool {
        !matches!(self, Self::Status | Self::Expectation)
    }
}

/// What the `cf-cache-status`, `x-cache` or `age` header said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// Served from a cache.
    Hit,
    /// Not served from a cache.
    Miss,
}

/// Failures by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounts([u64; ErrorClass::ALL.len()]);

impl ErrorCounts {
    /// Counts one more.
    pub fn add(&mut self, class: ErrorClass, count: u64) {
        self.0[class as usize] += count;
    }

    /// How many of a class.
    pub fn get(&self, class: ErrorClass) -> u64 {
        self.0[class as usize]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that broke before a complete answer.
    pub fn transport(&self) -> u64 {
        ErrorClass::ALL.into_iter().filter(|class| class.is_transport()).map(|class| self.get(class)).sum()
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// The classes that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (ErrorClass, u64)> + '_ {
        ErrorClass::ALL.into_iter().map(|class| (class, self.get(class))).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_follow_the_order_of_the_classes() {
        for (index, class) in ErrorClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
            assert_eq!(ErrorClass::from_name(class.name()), Some(class));
        }
    }
}
