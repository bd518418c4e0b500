//! The audit: how many requests arrived and how they ended, the last ones in order, and every misuse.
//!
//! Its memory is bounded: counters by method and route, and a log of the last requests.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde_json::{Map, Value, json};

use super::misuse::Misuse;

/// Longest path in the log; a longer one is cut. Units: bytes.
const LONGEST_PATH: usize = 200;
/// Methods with counters of their own.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const OTHER: &str = "other";

/// What arrived, and what became of it.
#[derive(Debug)]
pub(super) struct Audit {
    counts: BTreeMap<Key, Counts>,
    log: VecDeque<Entry>,
    /// Number of the first entry that is kept; the first request is number 1.
    first: u64,
    most: usize,
    misuses: [u64; Misuse::ALL.len()],
}

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visitor {
    /// The session of a login.
    Session(u64),
    /// The session of a form.
    Form(u64),
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With a response.
    Status(u16),
    /// A fault closed the connection instead.
    Closed,
    /// The client left before its response was due.
    Abandoned,
}

/// One request between its arrival and its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    number: u64,
    key: Key,
}

/// Method, and pattern of the path.
type Key = (&'static str, &'static str);

#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    by_status: BTreeMap<u16, u64>,
    closed: u64,
    abandoned: u64,
}

/// One line of the log.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    method: &'static str,
    path: Cow<'static, str>,
    visitor: Option<Visitor>,
    status: Option<u16>,
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(number) => write!(f, "s{number}"),
            Self::Form(number) => write!(f, "f{number}"),
        }
    }
}

impl Audit {
    /// An empty audit whose log keeps the last `most` requests.
    pub(super) fn new(most: usize) -> Self {
        let misuses = [0; Misuse::ALL.len()];
        Self { counts: BTreeMap::new(), log: VecDeque::new(), first: 1, most, misuses }
    }

    /// Enters a request that arrives; `pattern` is that of its path, if any route matches.
    pub(super) fn arrive(
        &mut self,
        method: &str,
        path: &str,
        pattern: Option<&'static str>,
        visitor: Option<Visitor>,
    ) -> Ticket {
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER);
        let key = (method, pattern.unwrap_or(OTHER));
        self.counts.entry(key).or_default().requests += 1;
        let path = match pattern {
            Some(pattern) if pattern == path => Cow::Borrowed(pattern),
            _ => Cow::Owned(path[..path.floor_char_boundary(LONGEST_PATH)].to_owned()),
        };
        if self.log.len() >= self.most && self.log.pop_front().is_some() {
            self.first += 1;
        }
        self.log.push_back(Entry { method, path, visitor, status: None });
        Ticket { number: self.arrived(), key }
    }

    /// Enters how a request ended.
    pub(super) fn finish(&mut self, ticket: Ticket, outcome: Outcome) {
        let counts = self.counts.entry(ticket.key).or_default();
        match outcome {
            Outcome::Status(status) => {
                *counts.by_status.entry(status).or_default() += 1;
                if let Some(entry) = self.entry(ticket) {
                    entry.status = Some(status);
                }
            }
            Outcome::Closed => counts.closed += 1,
            Outcome::Abandoned => counts.abandoned += 1,
        }
    }

    /// Enters who sent a request, where that is known only once it was processed.
    pub(super) fn identify(&mut self, ticket: Ticket, visitor: Visitor) {
        if let Some(entry) = self.entry(ticket) {
            entry.visitor = Some(visitor);
        }
    }

    /// Counts a misuse.
    pub(super) fn count(&mut self, misuse: Misuse) {
        self.misuses[misuse as usize] += 1;
    }

    /// The counters by method and route, as JSON.
    pub(super) fn requests(&self) -> Value {
        let counts = |counts: &Counts| {
            let by_status: Map<String, Value> =
                counts.by_status.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
            json!({
                "requests": counts.requests,
                "by_status": by_status,
                "closed": counts.closed,
                "abandoned": counts.abandoned,
            })
        };
        let by_route = self.counts.iter();
        by_route
            .map(|((method, pattern), of)| (format!("{method} {pattern}"), counts(of)))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The counters of misuse, as JSON.
    pub(super) fn misuses(&self) -> Value {
        let named = Misuse::ALL
            .iter()
            .map(|(misuse, name)| ((*name).to_owned(), json!(self.misuses[*misuse as usize])));
        named.collect::<Map<_, _>>().into()
    }

    /// Number of the first entry that is kept, and the entries from there on.
    pub(super) fn log(&self) -> (u64, Vec<Entry>) {
        (self.first, self.log.iter().cloned().collect())
    }

    /// Number of requests that arrived.
    fn arrived(&self) -> u64 {
        self.first + self.log.len() as u64 - 1
    }

    /// The line of a request, unless it is too long ago.
    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let place = ticket.number.checked_sub(self.first)?;
        self.log.get_mut(usize::try_from(place).ok()?)
    }
}

impl Entry {
    /// This line with its number, as JSON.
    pub(super) fn json(&self, number: u64) -> Value {
        json!({
            "n": number,
            "session": self.visitor.map(|visitor| visitor.to_string()),
            "method": self.method,
            "path": self.path,
            "status": self.status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(audit: &Audit) -> Vec<String> {
        let (first, entries) = audit.log();
        (first..).zip(entries).map(|(number, entry)| entry.json(number).to_string()).collect()
    }

    #[test]
    fn requests_are_listed_as_they_arrived() {
        let mut audit = Audit::new(10);
        let first = audit.arrive("GET", "/form", Some("/form"), None);
        let second =
            audit.arrive("POST", "/api/pitches/x", Some("/api/pitches/{id}"), Some(Visitor::Session(3)));
        let third = audit.arrive("BREW", "/pot", None, None);
        audit.finish(second, Outcome::Status(405));
        audit.identify(first, Visitor::Form(0));
        audit.finish(first, Outcome::Status(200));
        audit.finish(third, Outcome::Closed);
        assert_eq!(
            lines(&audit),
            [
                r#"{"n":1,"session":"f0","method":"GET","path":"/form","status":200}"#,
                r#"{"n":2,"session":"s3","method":"POST","path":"/api/pitches/x","status":405}"#,
                r#"{"n":3,"session":null,"method":"other","path":"/pot","status":null}"#,
            ]
        );
        let requests = audit.requests();
        assert_eq!(requests["GET /form"]["by_status"]["200"], 1);
        assert_eq!(requests["POST /api/pitches/{id}"]["requests"], 1);
        assert_eq!(requests["other other"]["closed"], 1);
    }

    #[test]
    fn only_the_last_requests_are_kept_but_all_are_counted() {
        let mut audit = Audit::new(2);
        let tickets: Vec<Ticket> = (0..5).map(|_| audit.arrive("GET", "/", Some("/"), None)).collect();
        for ticket in tickets {
            audit.identify(ticket, Visitor::Session(1));
            audit.finish(ticket, Outcome::Status(200));
        }
        assert_eq!((audit.first, audit.log.len()), (4, 2));
        assert!(lines(&audit)[0].starts_with(r#"{"n":4,"session":"s1","#));
        assert_eq!(audit.requests()["GET /"]["by_status"]["200"], 5);
    }

    #[test]
    fn a_long_path_is_cut_between_letters() {
        let mut audit = Audit::new(2);
        audit.arrive("GET", &format!("/a{}", "ü".repeat(300)), None, None);
        assert_eq!(audit.log[0].path.len(), LONGEST_PATH);
        audit.arrive("GET", &format!("/{}", "ü".repeat(300)), None, None);
        assert_eq!(audit.log[1].path.len(), LONGEST_PATH - 1);
    }

    #[test]
    fn each_misuse_has_its_counter() {
        let mut audit = Audit::new(1);
        audit.count(Misuse::ForeignId);
        audit.count(Misuse::ForeignId);
        let misuses = audit.misuses();
        assert_eq!((&misuses["foreign_ids"], &misuses["reused_csrf"]), (&json!(2), &json!(0)));
    }
}
