//! The outcome of one request.

/// Why a request failed. Bounded, so that counting by class costs a fixed array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The name did not resolve, or resolved to an address that is not allowed.
    Resolve,
    /// No connection: the target refused it, or did not react.
    Connect,
    /// The TLS handshake failed, for instance because of the certificate.
    Tls,
    /// No complete response within the endpoint's timeout.
    Timeout,
    /// The peer closed or reset the connection before the response was complete.
    Reset,
    /// The bytes received were not a valid HTTP response.
    Protocol,
    /// A complete response with an unexpected status code.
    Status,
    /// A complete response whose body was not as expected.
    Expectation,
    /// The generator's own machine could not send it: no port, route, buffer or descriptor was free.
    Local,
    /// In an open loop: not sent, because no response could have come in time.
    Deadline,
    /// A complete response in which a journey did not find the value that it has to carry on.
    Capture,
}

impl ErrorClass {
    /// Every class, in the order of the counters.
    pub const ALL: [Self; 11] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
        Self::Status,
        Self::Expectation,
        Self::Local,
        Self::Deadline,
        Self::Capture,
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
            Self::Local => "local",
            Self::Deadline => "deadline",
            Self::Capture => "capture",
        }
    }

    /// The class with this name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether the exchange broke before a complete response: there is nothing to time, and reason to back off.
    pub fn is_transport(self) -> bool {
        !matches!(self, Self::Status | Self::Expectation | Self::Capture)
    }
}

/// What the `cf-cache-status`, `x-cache` or `age` header of a response reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// The headers report that a cache served the response.
    Hit,
    /// The headers report that no cache served the response.
    Miss,
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
