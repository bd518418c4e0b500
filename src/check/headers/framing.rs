//! Who may show the page in a frame: `frame-ancestors` of a policy, or `X-Frame-Options`.

use super::super::facts::HeaderTest;
use super::outcome::outcome;
use super::page::Page;
use super::policy::Policy;

/// Who may show the page in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// The policy says who.
    Ancestors,
    /// Nobody, or the site itself.
    Restricted,
    /// A site that is named in a way that browsers no longer know.
    AllowFrom,
    Missing,
    Invalid,
}

/// The test of the score.
pub(super) fn test(page: &Page<'_>) -> HeaderTest {
    let (result, modifier) = match judge(page) {
        Framing::Ancestors => ("set by frame-ancestors of the policy", 5),
        Framing::Restricted => ("DENY or SAMEORIGIN", 5),
        Framing::AllowFrom => ("ALLOW-FROM, which browsers ignore", 0),
        Framing::Missing => ("missing", -20),
        Framing::Invalid => ("invalid", -20),
    };
    outcome("framing", result, modifier)
}

/// Who may show the page in a frame.
pub(super) fn judge(page: &Page<'_>) -> Framing {
    // Browsers ignore the directive in a page's own policy, so only headers count.
    let policy = Policy::parse(page.fields.all("content-security-policy"), std::iter::empty());
    if policy.is_ok_and(|policy| policy.sources("frame-ancestors").is_some()) {
        return Framing::Ancestors;
    }
    let Some(value) = page.joined("x-frame-options") else { return Framing::Missing };
    let value = value.to_ascii_lowercase();
    let mut values: Vec<&str> = value.split(',').map(str::trim).collect();
    values.dedup();
    match values[..] {
        ["deny" | "sameorigin"] => Framing::Restricted,
        [one] if one.starts_with("allow-from") => Framing::AllowFrom,
        [""] => Framing::Missing,
        _ => Framing::Invalid,
    }
}
