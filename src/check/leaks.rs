//! What bodies of responses must not show: stack traces, SQL, paths of files, internal addresses, keys, debug pages.
//!
//! Each pattern needs the shape of the real thing, not a word of it: pages about SQL or paths are no leaks. Time is linear
//! in the length of the body.

use std::sync::LazyLock;

use regex::bytes::{Match, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::domain::finding::Priority;

use super::leak_patterns::{Counts, Harm, KINDS, Kind};
use super::noted::{Noted, Texts};
use super::short::shortened;

/// Most matches of one pattern that are looked at for one that is not quoted.
const MOST_MATCHES: usize = 20;
/// Passwords of the connection strings in manuals.
const EXAMPLES: [&str; 7] = ["password", "pass", "passwd", "pwd", "secret", "user", "yourpassword"];

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
pub(super) struct Leak {
    /// What it is, as a phrase.
    pub(super) name: &'static str,
    harm: Harm,
    /// The beginning of what matched; a secret is left out.
    shown: String,
}

impl Leak {
    /// Whether it is a key or a password.
    pub(super) fn is_secret(&self) -> bool {
        self.harm == Harm::Secret
    }

    fn words(&self) -> String {
        if self.shown.is_empty() { self.name.to_owned() } else { format!("{} ({})", self.name, self.shown) }
    }
}

/// What the body of an error leaks, one for each kind, in a fixed order; empty where it leaks nothing.
pub(super) fn of_error(body: &[u8]) -> Vec<Leak> {
    leaks(body, true)
}

/// Adds a finding where the body of a response leaks something.
pub(super) fn findings(noted: &mut Noted, subject: &str, status: u16, body: &[u8]) {
    let leaks = leaks(body, status >= 400);
    if leaks.iter().any(Leak::is_secret) {
        return secret(noted, subject, &leaks);
    }
    if leaks.is_empty() {
        return;
    }
    let texts = [
        "A response shows internals of the server.",
        &contained(&leaks),
        "It tells attackers which software, queries and paths to aim at.",
        "Turn the debug mode off, let one handler turn every error into a plain message, and write the details to the log.",
    ];
    add(noted, "leaks.internals", Priority::High, subject, texts);
}

/// Adds the finding of a response that contains credentials.
pub(super) fn secret(noted: &mut Noted, subject: &str, leaks: &[Leak]) {
    let texts = [
        "A response contains credentials.",
        &contained(leaks),
        "Everybody who reads the response can use them.",
        "Replace the credentials now, then remove them from the response, and look through the logs for their use.",
    ];
    add(noted, "leaks.secret", Priority::Critical, subject, texts);
}

fn contained(leaks: &[Leak]) -> String {
    let shown: Vec<String> = leaks.iter().map(Leak::words).collect();
    format!("The body contains {}.", shown.join("; "))
}

fn add(noted: &mut Noted, rule: &'static str, priority: Priority, subject: &str, texts: [&str; 4]) {
    let [issue, evidence, impact, recommendation] = texts.map(str::to_owned);
    noted.finding(rule, priority, subject, Texts { issue, evidence, impact, recommendation });
}

fn leaks(body: &[u8], is_error: bool) -> Vec<Leak> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let is_page = body.trim_ascii_start().starts_with(b"<");
    let mut leaks: Vec<Leak> = Vec::new();
    for index in &patterns.set.matches(body) {
        let Kind { name, harm, counts, .. } = *patterns.kinds[index];
        if leaks.last().is_some_and(|last| last.name == name) {
            continue;
        }
        let is_meant = |found: &Match<'_>| {
            let before = &body[..found.start()];
            let counts = is_error
                || match counts {
                    Counts::Mostly => !is_quoted(before, false),
                    Counts::Unquoted => !is_quoted(before, true),
                    Counts::OffPages => !is_page && !is_quoted(before, true),
                    Counts::InErrors => false,
                };
            counts && !(harm == Harm::Secret && is_example(found.as_bytes()))
        };
        let mut matches = patterns.each[index].find_iter(body).take(MOST_MATCHES);
        let Some(found) = matches.find(is_meant) else { continue };
        let secret = harm == Harm::Secret;
        let shown =
            if secret { String::new() } else { shortened(&String::from_utf8_lossy(found.as_bytes()), 60) };
        leaks.push(Leak { name, harm, shown });
    }
    leaks
}

/// Whether a secret is one that manuals print: a key with `EXAMPLE` in it, or a URL whose password is a word for it.
fn is_example(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret);
    let userinfo = text.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    let password = userinfo.and_then(|(userinfo, _)| userinfo.split_once(':')).map(|(_, password)| password);
    let is_word = |word: &str| EXAMPLES.iter().any(|example| word.eq_ignore_ascii_case(example));
    text.ends_with("EXAMPLE") || text.ends_with("EXAMPLEKEY") || password.is_some_and(is_word)
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

    fn found(text: &str) -> Vec<&'static str> {
        of_error(text.as_bytes()).into_iter().map(|leak| leak.name).collect()
    }

    const PATH: &str = "a path of a file on the server";

    #[test]
    fn what_leaks_is_named() {
        let bodies = bodies("leaking");
        let expected: &[(&str, &[&str])] = &[
            ("java.json", &["a stack trace (Java)"]),
            ("python.html", &["a stack trace (Python)", PATH]),
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
        let differing = expected.iter().filter(|(file, kinds)| found(&bodies[*file]) != *kinds);
        let differing: Vec<_> = differing.map(|(file, _)| (file, found(&bodies[*file]))).collect();
        assert!(differing.is_empty(), "{differing:?}");
        assert_eq!(bodies.len(), expected.len(), "a body has no expectation");
    }

    #[test]
    fn clean_bodies_leak_nothing() {
        let bodies = bodies("clean");
        assert!(bodies.len() >= 20, "{}", bodies.len());
        for (file, body) in &bodies {
            assert_eq!(leaks(body.as_bytes(), false), [], "{file}");
        }
    }

    fn noted(body: &[u8]) -> Vec<crate::domain::finding::Finding> {
        let mut noted = Noted::new(&Arc::from("api"));
        findings(&mut noted, "health", 200, body);
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
        assert_eq!(of_error(&[0xFF; 1_000]), []);
        for begin in ["SELECT a ", "at a.b", "/home/a/", "postgres://a:", "error: Uncaught Error: ", "<code"]
        {
            assert_eq!(of_error(begin.repeat(10_000).as_bytes()), [], "{begin}");
        }
    }
}
