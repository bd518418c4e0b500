//! Reads Content-Security-Policies: which sources a page may load from, where all its policies are taken together.

use std::collections::{BTreeMap, BTreeSet};

/// Shorter than the shortest policy that does anything. Units: bytes.
const SHORTEST: usize = 6;
/// Directives that browsers ignore in a page's own `<meta>`.
const NOT_IN_META: [&str; 3] = ["frame-ancestors", "report-uri", "sandbox"];
/// Directives that may stand twice in a policy.
const MAY_REPEAT: [&str; 2] = ["report-uri", "report-to"];

pub(super) type Sources = BTreeSet<String>;

/// All policies of a page together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Policy {
    /// Sources of each directive, both in lowercase. Of several policies, those that all of them allow.
    directives: BTreeMap<String, Sources>,
    /// Whether a directive for reports stands twice.
    pub(super) repeats_reports: bool,
}

/// Policies that cannot be read: one is empty, or says something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid;

impl Policy {
    /// The policies of headers and of `<meta>` tags together.
    pub(super) fn parse<'t>(
        headers: impl Iterator<Item = &'t str>,
        metas: impl Iterator<Item = &'t str>,
    ) -> Result<Self, Invalid> {
        let mut policies: Vec<Self> = Vec::new();
        let headers = headers.map(|text| (text, false));
        for (text, is_meta) in headers.chain(metas.map(|text| (text, true))) {
            let listed: Vec<&str> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
            if listed.is_empty() {
                return Err(Invalid);
            }
            for policy in listed {
                let mut policy = one(policy)?;
                policy.directives.retain(|name, _| !is_meta || !NOT_IN_META.contains(&name.as_str()));
                policies.push(policy);
            }
        }
        Ok(Self::together(&policies))
    }

    /// What all of these policies allow.
    fn together(policies: &[Self]) -> Self {
        let names: BTreeSet<&String> = policies.iter().flat_map(|policy| policy.directives.keys()).collect();
        let directives = names.into_iter().map(|name| {
            let mut restricting = policies.iter().filter_map(|policy| policy.effective(name));
            let mut sources = restricting.next().cloned().unwrap_or_default();
            for other in restricting {
                sources.retain(|source| other.contains(source));
            }
            if sources.is_empty() {
                sources.insert("'none'".to_owned());
            }
            (name.clone(), sources)
        });
        Self {
            directives: directives.collect(),
            repeats_reports: policies.iter().any(|policy| policy.repeats_reports),
        }
    }

    /// What one policy says about a directive: its own sources, or those by default.
    fn effective(&self, name: &str) -> Option<&Sources> {
        let default = || self.directives.get("default-src").filter(|_| name.ends_with("-src"));
        self.directives.get(name).or_else(default)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// The sources of a directive; `None` where no policy has it.
    pub(super) fn sources(&self, directive: &str) -> Option<&Sources> {
        self.directives.get(directive)
    }

    /// Every directive and its sources.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Sources)> {
        self.directives.iter().map(|(directive, sources)| (directive.as_str(), sources))
    }
}

/// One policy.
fn one(text: &str) -> Result<Policy, Invalid> {
    if text.len() < SHORTEST {
        return Err(Invalid);
    }
    let mut policy = Policy::default();
    for entry in text.split(';') {
        let mut words = entry.split_ascii_whitespace().map(str::to_ascii_lowercase);
        let Some(directive) = words.next() else { continue };
        if policy.directives.contains_key(&directive) {
            if !MAY_REPEAT.contains(&directive.as_str()) {
                return Err(Invalid);
            }
            policy.repeats_reports = true;
            continue;
        }
        let mut sources: Sources = words.collect();
        if sources.is_empty() {
            sources.insert("'none'".to_owned());
        }
        policy.directives.insert(directive, sources);
    }
    if policy.is_empty() { Err(Invalid) } else { Ok(policy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_together() {
        let check = |headers: &[&str], metas: &[&str], expected: Result<&str, Invalid>| {
            let policy = Policy::parse(headers.iter().copied(), metas.iter().copied());
            let shown = policy.map(|policy| {
                let directive = |(name, sources): (&str, &Sources)| {
                    format!("{name} {}", sources.iter().cloned().collect::<Vec<_>>().join(" "))
                };
                policy.iter().map(directive).collect::<Vec<_>>().join("; ")
            });
            assert_eq!(shown.as_deref().map_err(|invalid| *invalid), expected, "{headers:?} {metas:?}");
        };
        check(&["Default-Src 'Self' ;; img-src"], &[], Ok("default-src 'self'; img-src 'none'"));
        check(&["script-src a b", "script-src b c, script-src b"], &[], Ok("script-src b"));
        check(&["script-src a"], &["script-src b; frame-ancestors c"], Ok("script-src 'none'"));
        check(&["report-uri /a; report-uri /b"], &[], Ok("report-uri /a"));
        check(
            &["default-src a", "script-src b; object-src a"],
            &[],
            Ok("default-src a; object-src a; script-src 'none'"),
        );
        check(&["img-src a; img-src b"], &[], Err(Invalid));
        check(&[""], &[], Err(Invalid));
        check(&["csp"], &[], Err(Invalid));
        check(&[" ;;;;;; "], &[], Err(Invalid));
        check(&[], &[], Ok(""));
    }
}
