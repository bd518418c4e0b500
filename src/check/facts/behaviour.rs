//! How a service responds: to wrong credentials, what it says about itself, where it redirects to.

/// How a login with wrong credentials was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginFacts {
    /// The path as it is written in the scenario.
    pub path: String,
    /// Status of the response; `None` without any.
    pub status: Option<u16>,
    /// Whether its body is JSON.
    pub is_json: bool,
    /// The words of the error, where they were found in the JSON.
    pub message: Option<String>,
    /// What the body leaks, a phrase each: `a stack trace (Java)`.
    pub leaks: Vec<String>,
    /// What else is wrong, a phrase each.
    pub problems: Vec<String>,
}

/// Whether a rule about a body holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyFacts {
    /// Name of the rule.
    pub name: String,
    /// The path as it is written in the scenario.
    pub path: String,
    /// Whether it holds; `None` where there was no response to look into.
    pub holds: Option<bool>,
    /// The value that was found, shortened; `None` where there is none.
    pub found: Option<String>,
}

/// Where a service redirects to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedirectFacts {
    /// The chain that begins at the address without TLS, each URL without its query; empty where it was not asked.
    pub from_http: Vec<String>,
    /// The chain that begins at the first endpoint; a single URL where it does not redirect.
    pub from_first: Vec<String>,
    /// What ended the chain, as a phrase; empty where it ended in a response.
    pub problem: String,
}
