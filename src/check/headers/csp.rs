//! Content-Security-Policy: what scripts, styles and frames a page may load.

use super::super::facts::HeaderTest;
use super::outcome::outcome;
use super::page::Page;
use super::policy::{Policy, Sources};

/// Sources that allow nearly everything.
const BROAD: [&str; 8] =
    ["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"];
const INLINE: [&str; 2] = ["'unsafe-inline'", "data:"];
/// Directives for what cannot act on its own.
const PASSIVE: [&str; 2] = ["img-src", "media-src"];
const NONCES_AND_HASHES: [&str; 4] = ["'sha256-", "'sha384-", "'sha512-", "'nonce-"];

/// What the policies of a page amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Csp {
    Missing,
    ReportOnly,
    Invalid,
    /// Scripts or objects from anywhere, or inline.
    UnsafeScripts,
    /// Content that acts may be loaded over plain HTTP.
    InsecureActive,
    Eval,
    /// Images or media may be loaded over plain HTTP.
    InsecurePassive,
    UnsafeStyles,
    DuplicateReports,
    NoUnsafe,
    /// The same, and nothing is allowed by default.
    DefaultNone,
}

impl Csp {
    /// What was found, as a phrase, and what it adds to the score.
    pub(super) fn graded(self) -> (&'static str, i32) {
        match self {
            Self::Missing => ("missing", -25),
            Self::ReportOnly => ("only reported, not enforced", -25),
            Self::Invalid => ("invalid", -25),
            Self::UnsafeScripts => ("allows inline scripts, or scripts from nearly anywhere", -20),
            Self::InsecureActive => ("allows content over plain HTTP", -20),
            Self::Eval => ("allows eval", -10),
            Self::InsecurePassive => ("allows images or media over plain HTTP", -10),
            Self::UnsafeStyles => ("no unsafe sources except for styles", 0),
            Self::DuplicateReports => ("no unsafe sources, names its reports twice", 0),
            Self::NoUnsafe => ("no unsafe sources", 5),
            Self::DefaultNone => ("no unsafe sources, nothing by default", 10),
        }
    }
}

/// The test of the score.
pub(super) fn test(page: &Page<'_>) -> HeaderTest {
    let (result, modifier) = judge(page).graded();
    outcome("csp", result, modifier)
}

/// What the policies of a page amount to.
pub(super) fn judge(page: &Page<'_>) -> Csp {
    let name = "content-security-policy";
    let metas = page.equivalents(name);
    let Ok(policy) = Policy::parse(page.fields.all(name), metas.iter().map(String::as_str)) else {
        return Csp::Invalid;
    };
    if policy.is_empty() {
        let is_reported = page.fields.get("content-security-policy-report-only").is_some();
        return if is_reported { Csp::ReportOnly } else { Csp::Missing };
    }
    let judged = judge_sources(&policy, page.is_https());
    let passes = !matches!(judged, Csp::Invalid | Csp::UnsafeScripts | Csp::InsecureActive | Csp::Eval);
    if passes && policy.repeats_reports { Csp::DuplicateReports } else { judged }
}

fn judge_sources(policy: &Policy, is_https: bool) -> Csp {
    let any = Sources::from(["*".to_owned()]);
    let default = policy.sources("default-src");
    let mut scripts = policy.sources("script-src").or(default).unwrap_or(&any).clone();
    let mut styles = policy.sources("style-src").or(default).unwrap_or(&any).clone();
    let has_nonce = |sources: &Sources| {
        sources.iter().any(|source| NONCES_AND_HASHES.iter().any(|start| source.starts_with(start)))
    };
    // Browsers that know nonces and hashes ignore 'unsafe-inline' beside them.
    for sources in [&mut scripts, &mut styles] {
        if has_nonce(sources) {
            sources.remove("'unsafe-inline'");
        }
    }
    if scripts.contains("'strict-dynamic'") {
        if !has_nonce(&scripts) {
            return Csp::Invalid;
        }
        // Beside it, browsers ignore hosts and schemes.
        scripts.retain(|source| source != "'self'" && !BROAD.iter().any(|broad| source.starts_with(broad)));
    }
    // What is the default for scripts and for others is judged once.
    let scripts_are_default = policy.sources("script-src").is_none();
    let default = if scripts_are_default { default.map(|_| &scripts) } else { default };
    let objects = policy.sources("object-src").or(default).unwrap_or(&any);
    if policy.sources("style-src").is_none()
        && let Some(default) = default.filter(|_| scripts_are_default)
    {
        styles.clone_from(default);
    }
    let is_broad = |source: &String| BROAD.contains(&source.as_str());
    let is_unsafe = |source: &String| is_broad(source) || INLINE.contains(&source.as_str());
    let is_insecure = |source: &String| source.starts_with("http:") || source.starts_with("ftp:");
    let is_active = |directive: &str| !PASSIVE.contains(&directive) && directive != "script-src";
    let active_is_insecure = scripts.iter().any(is_insecure)
        || policy.iter().any(|(directive, sources)| {
            let replaced = directive == "default-src" && scripts_are_default;
            is_active(directive) && !replaced && sources.iter().any(is_insecure)
        });
    let passive_is_insecure = PASSIVE.iter().any(|directive| {
        policy.sources(directive).or(default).is_some_and(|sources| sources.iter().any(is_insecure))
    });
    let nothing = Sources::from(["'none'".to_owned()]);
    if scripts.iter().any(is_unsafe) || objects.iter().any(is_broad) {
        Csp::UnsafeScripts
    } else if is_https && active_is_insecure {
        Csp::InsecureActive
    } else if scripts.contains("'unsafe-eval'") || styles.contains("'unsafe-eval'") {
        Csp::Eval
    } else if is_https && passive_is_insecure {
        Csp::InsecurePassive
    } else if styles.iter().any(is_unsafe) {
        Csp::UnsafeStyles
    } else if policy.sources("default-src") == Some(&nothing) {
        Csp::DefaultNone
    } else {
        Csp::NoUnsafe
    }
}
