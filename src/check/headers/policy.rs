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
        let mut all = Self::default();
        let headers = headers.map(|text| (text, false));
        for (text, is_meta) in headers.chain(metas.map(|text| (text, true))) {
            let policies: Vec<&str> =
                text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
            if policies.is_empty() {
                return Err(Invalid);
            }
            for policy in policies {
                all.restrict(one(policy)?, is_meta);
            }
        }
        Ok(all)
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

    fn restrict(&mut self, one: Self, is_meta: bool) {
        self.repeats_reports |= one.repeats_reports;
        for (directive, sources) in one.directives {
            if is_meta && NOT_IN_META.contains(&directive.as_str()) {
                continue;
            }
            let known = self.directives.entry(directive).or_insert_with(|| sources.clone());
            known.retain(|source| sources.contains(source));
            if known.is_empty() {
                known.insert("'none'".to_owned());
            }
        }
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
        check(&["img-src a; img-src b"], &[], Err(Invalid));
        check(&[""], &[], Err(Invalid));
        check(&["csp"], &[], Err(Invalid));
        check(&[" ;;;;;; "], &[], Err(Invalid));
        check(&[], &[], Ok(""));
    }
}
