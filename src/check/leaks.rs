//! What bodies of responses must not show: stack traces, SQL, paths of files, internal addresses, keys, debug pages.
//!
//! Each pattern needs the shape of the real thing, not a word of it: pages about SQL or paths are no leaks. Time is linear
//! in the length of the body.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::domain::finding::Priority;

use super::leak_patterns::{Harm, KINDS, Kind};
use super::noted::{Noted, Texts};
use super::short::shortened;

/// Most matches of one pattern that are looked at for one that is not quoted.
const MOST_MATCHES: usize = 20;

/// All patterns, with the kind that each belongs to.
struct Patterns {
    set: RegexSet,
    each: Vec<Regex>,
    kinds: Vec<&'static Kind>,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let all = || KINDS.iter().flat_map(|kind| kind.patterns.iter().map(move |one| (kind, *one)));
    let each = all().map(|(_, pattern)| RegexBuilder::new(pattern).unicode(false).build());
    Some(Patterns {
        set: RegexSetBuilder::new(all().map(|(_, pattern)| pattern)).unicode(false).build().ok()?,
        each: each.collect::<Result<_, _>>().ok()?,
        kinds: all().map(|(kind, _)| kind).collect(),
    })
});

/// One kind of leak that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leak {
    name: &'static str,
    harm: Harm,
    /// The beginning of what matched; a secret is left out.
    shown: String,
}

/// What a text leaks, a phrase for each kind, in a fixed order; empty where it leaks nothing.
pub(super) fn found(text: &str) -> Vec<String> {
    leaks(text.as_bytes()).into_iter().map(|leak| leak.name.to_owned()).collect()
}

/// Adds a finding where the body of a response leaks something.
pub(super) fn findings(noted: &mut Noted, endpoint_name: &str, body: &[u8]) {
    let leaks = leaks(body);
    let Some(worst) = leaks.iter().map(|leak| leak.harm).max() else { return };
    let shown: Vec<String> = leaks.iter().map(Leak::words).collect();
    let evidence = format!("The body contains {}.", shown.join("; "));
    let (rule, priority, issue, impact, recommendation) = match worst {
        Harm::Secret => (
            "leaks.secret",
            Priority::Critical,
            "A response contains credentials.",
            "Everybody who reads the response can use them.",
            "Replace the credentials now, then remove them from the response, and look through the logs for their use.",
        ),
        Harm::Hint => (
            "leaks.internals",
            Priority::High,
            "A response shows internals of the server.",
            "It tells attackers which software, queries and paths to aim at.",
            "Turn the debug mode off, let one handler turn every error into a plain message, and write the details to the log.",
        ),
    };
    let texts = Texts {
        issue: issue.to_owned(),
        evidence,
        impact: impact.to_owned(),
        recommendation: recommendation.to_owned(),
    };
    noted.finding(rule, priority, endpoint_name, texts);
}

impl Leak {
    fn words(&self) -> String {
        if self.shown.is_empty() { self.name.to_owned() } else { format!("{} ({})", self.name, self.shown) }
    }
}

fn leaks(body: &[u8]) -> Vec<Leak> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let mut leaks: Vec<Leak> = Vec::new();
    for index in &patterns.set.matches(body) {
        let Kind { name, harm, is_quoted_often, .. } = *patterns.kinds[index];
        if leaks.last().is_some_and(|last| last.name == name) {
            continue;
        }
        let mut matches = patterns.each[index].find_iter(body).take(MOST_MATCHES);
        let Some(found) = matches.find(|found| !is_quoted(&body[..found.start()], is_quoted_often)) else {
            continue;
        };
        let secret = harm == Harm::Secret;
        let shown =
            if secret { String::new() } else { shortened(&String::from_utf8_lossy(found.as_bytes()), 60) };
        leaks.push(Leak { name, harm, shown });
    }
    leaks
}

/// Whether a text ends within an element that quotes code: `<code>`, and `<pre>` where that counts too.
fn is_quoted(before: &[u8], within_pre: bool) -> bool {
    let last = |tag: &[u8]| before.windows(tag.len()).rposition(|window| window == tag);
    let is_open =
        |open: &[u8], close: &[u8]| last(open).is_some_and(|at| last(close).is_none_or(|end| end < at));
    is_open(b"<code", b"</code") || (within_pre && is_open(b"<pre", b"</pre"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    fn bodies(folder: &str) -> BTreeMap<String, String> {
        let folder = format!("{}/tests/fixtures/check/bodies/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let named = files.map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        });
        named.collect()
    }

    const PATH: &str = "a path of a file on the server";

    #[test]
    fn what_leaks_is_named() {
        let bodies = bodies("leaking");
        let expected: &[(&str, &[&str])] = &[
            ("java.json", &["a stack trace (Java)"]),
            ("python.html", &["a stack trace (Python)"]),
            ("node.json", &["a stack trace (Node.js)", PATH]),
            ("go.txt", &["a stack trace (Go)"]),
            ("rust.txt", &["a stack trace (Rust)"]),
            ("php.html", &["a stack trace (PHP)", PATH]),
            ("dotnet.txt", &["a stack trace (.NET)", PATH]),
            ("ruby.txt", &["a stack trace (Ruby)"]),
            ("postgresql.json", &["an SQL error (PostgreSQL)", "an SQL statement"]),
            ("mysql.html", &["an SQL error (MySQL)"]),
            ("sqlite.json", &["an SQL error (SQLite)"]),
            ("mssql.html", &["an SQL error (SQL Server)"]),
            ("oracle.txt", &["an SQL error (Oracle)"]),
            ("address.json", &["an internal address"]),
            ("private_key.txt", &["a private key"]),
            ("cloud_key.json", &["a key of a cloud account"]),
            ("connection_string.json", &["a connection string"]),
            ("django.html", &["a debug page (Django)"]),
            ("werkzeug.html", &["a debug page (Werkzeug)"]),
            ("laravel.json", &["an SQL error (MySQL)", PATH, "a debug page (Laravel)"]),
            ("rails.html", &["a debug page (Rails)"]),
            ("worker.html", &["an error of a worker (Cloudflare)"]),
            ("deno.txt", &["a stack trace (Node.js)", PATH, "an uncaught error (Deno)"]),
            ("windows_path.json", &[PATH]),
        ];
        for (file, kinds) in expected {
            assert_eq!(found(&bodies[*file]), *kinds, "{file}");
        }
        assert_eq!(bodies.len(), expected.len(), "a body has no expectation");
    }

    #[test]
    fn clean_bodies_leak_nothing() {
        let bodies = bodies("clean");
        assert!(bodies.len() >= 20, "{}", bodies.len());
        for (file, body) in &bodies {
            assert_eq!(leaks(body.as_bytes()), [], "{file}");
        }
    }

    fn noted(body: &[u8]) -> Vec<crate::domain::finding::Finding> {
        let mut noted = Noted::new(&Arc::from("api"));
        findings(&mut noted, "health", body);
        noted.findings
    }

    #[test]
    fn a_secret_is_critical_and_is_not_shown() {
        let body = &bodies("leaking")["connection_string.json"];
        let [finding] = <[_; 1]>::try_from(noted(body.as_bytes())).unwrap();
        assert_eq!((&*finding.rule, finding.priority), ("leaks.secret", Priority::Critical));
        assert!(!format!("{finding:?}").contains("obviously-fake"), "{finding:?}");
        let [finding] = <[_; 1]>::try_from(noted(b"ORA-00933: SQL command not properly ended")).unwrap();
        assert_eq!((&*finding.rule, finding.priority), ("leaks.internals", Priority::High));
        assert_eq!(finding.evidence, "The body contains an SQL error (Oracle) (ORA-00933:).");
        assert_eq!(noted(b"{}").len(), 0);
    }

    #[test]
    fn what_begins_patterns_and_ends_none_leaks_nothing() {
        assert_eq!(leaks(&[0xFF; 1_000]), []);
        for begin in ["SELECT a ", "at a.b", "/home/a/", "postgres://a:", "error: Uncaught Error: ", "<code"]
        {
            assert_eq!(leaks(begin.repeat(10_000).as_bytes()), [], "{begin}");
        }
    }
}
