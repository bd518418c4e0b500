//! Subresource integrity: whether scripts of other sites are checked before they run.

use super::super::facts::HeaderTest;
use super::html;
use super::outcome::outcome;
use super::page::Page;

/// How the scripts of a page are loaded. Ordered: a later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scripts {
    /// Scripts are checked; all of other sites are.
    Checked,
    NotHtml,
    None,
    /// All are the site's own.
    Own,
    /// Scripts of other sites over HTTPS, not checked.
    External,
    /// Checked scripts of other sites, over plain HTTP or over whatever the page was loaded with.
    CheckedInsecure,
    /// Such scripts, not checked.
    Insecure,
}

/// The test of the score.
pub(super) fn test(page: &Page<'_>) -> HeaderTest {
    let (result, modifier) = match judge(page).0 {
        Scripts::Checked => ("scripts are checked", 5),
        Scripts::NotHtml => ("not HTML", 0),
        Scripts::None => ("no scripts", 0),
        Scripts::Own => ("only scripts of the site itself", 0),
        Scripts::External => ("scripts of other sites are not checked", -5),
        Scripts::CheckedInsecure => ("scripts of other sites over plain HTTP", -20),
        Scripts::Insecure => ("scripts of other sites over plain HTTP, not checked", -50),
    };
    outcome("sri", result, modifier)
}

/// How the scripts of a page are loaded, and the first address that is at fault.
pub(super) fn judge(page: &Page<'_>) -> (Scripts, Option<String>) {
    if !page.is_html() {
        return (Scripts::NotHtml, None);
    }
    let tags = html::tags(page.body);
    let scripts: Vec<_> = tags.iter().filter(|tag| tag.name == "script").collect();
    if scripts.is_empty() {
        return (Scripts::None, None);
    }
    let (mut own_is_checked, mut has_external) = (false, false);
    let mut worst: Option<(Scripts, &str)> = None;
    for script in scripts {
        let Some(source) = script.attribute("src").map(str::trim).filter(|source| !source.is_empty()) else {
            continue;
        };
        let is_checked = script.attribute("integrity").is_some_and(|value| !value.trim().is_empty());
        let (is_own, is_secure) = place(page, source);
        if is_own {
            own_is_checked |= is_checked && is_secure;
            continue;
        }
        has_external = true;
        let fault = match (is_checked, is_secure) {
            (true, true) => continue,
            (false, true) => Scripts::External,
            (true, false) => Scripts::CheckedInsecure,
            (false, false) => Scripts::Insecure,
        };
        if worst.is_none_or(|(known, _)| fault > known) {
            worst = Some((fault, source));
        }
    }
    match worst {
        Some((fault, source)) => (fault, Some(source.to_owned())),
        None if has_external || own_is_checked => (Scripts::Checked, None),
        None => (Scripts::Own, None),
    }
}

/// Whether an address is of the page's own site, and whether it is loaded over HTTPS for certain.
fn place(page: &Page<'_>, source: &str) -> (bool, bool) {
    let lower = source.to_ascii_lowercase();
    if lower.starts_with("//") {
        // The scheme is that of the page, whatever it was loaded with: the score takes such scripts for external.
        return (false, false);
    }
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else {
        return (true, page.is_https());
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = if host.starts_with('[') {
        host.split(']').next().unwrap_or_default().trim_start_matches('[')
    } else {
        host.split(':').next().unwrap_or_default()
    };
    (is_same_site(host, &page.origin.host), lower.starts_with("https:"))
}

fn is_same_site(one: &str, other: &str) -> bool {
    let is_address = |host: &str| host.parse::<std::net::IpAddr>().is_ok();
    if one == other || is_address(one) || is_address(other) {
        return one == other;
    }
    let domains = (psl::domain_str(one), psl::domain_str(other));
    matches!(domains, (Some(one), Some(other)) if one == other)
}
