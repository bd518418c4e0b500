//! Security headers and their score.

/// The seven security headers that are shown by service, in this order.
pub const SECURITY_HEADERS: [&str; 7] = [
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "X-XSS-Protection",
];

/// Security headers of one response and their score.
///
/// Source: MDN HTTP Observatory, algorithm version 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFacts {
    /// Name of the endpoint whose response was scored.
    pub endpoint: String,
    /// Its status.
    pub status: u16,
    /// The score, from 0 to above 100.
    pub score: u32,
    /// The grade, `A+` to `F`.
    pub grade: &'static str,
    /// Each test, in the order of the table.
    pub tests: Vec<HeaderTest>,
    /// Values of [`SECURITY_HEADERS`], in their order; `None` where a header is missing. Several values are joined by `, `.
    pub values: Vec<Option<String>>,
}

/// One test of the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTest {
    /// Short name, such as `csp`.
    pub name: &'static str,
    /// What it found, as a phrase: `unsafe-inline in script-src`.
    pub result: String,
    /// What it adds to the score.
    pub modifier: i32,
    /// Whether it counts: bonuses do only from 90 on.
    pub counts: bool,
}
