//! What a typed target and a typed load mean: an endpoint of the scenario or a URL, a number of users or a level.

use crate::domain::suggestion::nearest;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use crate::commands::CommandError;

/// The users that one cell can have.
const USERS: std::ops::RangeInclusive<i64> = 1..=10_000;

/// How a word is read that is not the name of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) enum Word {
    /// A URL with its scheme.
    Url(String),
    /// A host and a path without a scheme, and the URL that this means.
    Bare(String),
    /// Too little to tell a host from a misspelt endpoint: with a path or a port, but neither a dot nor loopback.
    Ambiguous,
    /// Only a path.
    Path,
    /// Anything else.
    Name,
}

/// Reads a word by its form alone.
pub(in crate::commands) fn word(text: &str) -> Word {
    let is_scheme =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme)) {
        return Word::Url(text.to_owned());
    }
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (authority, rest) = text.split_at(end);
    // What may be a password is left to the reader of URLs, which refuses it without showing it.
    let (_, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match address.rsplit_once(':') {
        Some((host, digits)) if port(digits) => (host, Some(digits)),
        _ => (address, None),
    };
    let is_ip = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    let is_file = port.is_none() && rest.is_empty() && is_scenario_file(host);
    if is_loopback(host) || is_ip || (host.contains('.') && !host.starts_with('.') && !is_file) {
        let is_plain = match port {
            Some("80") => true,
            Some("443") => false,
            _ => is_loopback(host),
        };
        return Word::Bare(format!("{}://{text}", if is_plain { "http" } else { "https" }));
    }
    match (host.is_empty(), rest.is_empty() && port.is_none()) {
        (true, _) if !text.is_empty() => Word::Path,
        (false, false) => Word::Ambiguous,
        _ => Word::Name,
    }
}

/// Whether a word looks like the name of a scenario file.
pub(in crate::commands) fn is_scenario_file(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The scheme that was chosen for a word without one.
pub(in crate::commands) fn notice(url: &str) -> String {
    let other = if url.starts_with("https://") { "http:// for plain HTTP" } else { "https:// for TLS" };
    format!("note: sending to {url}; write {other}")
}

/// A level: its name and its users.
///
/// `5` is five users, `NAME` a level of the scenario, `NAME:5` five users under that name.
/// # Errors
/// [`CommandError::Usage`] for anything else, and for a number that is also the name of a level with other users.
pub(super) fn level(text: &str, levels: &BTreeMap<String, i64>) -> Result<(String, i64), CommandError> {
    let refused = |what: String| {
        let known = levels.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let levels = if known.is_empty() { String::new() } else { format!("; levels: {known}") };
        CommandError::Usage {
            what,
            hint: format!("give a number of users from 1 to 10000, such as 5, or a level{levels}"),
        }
    };
    let users_of = |text: &str| match text.parse::<i64>() {
        Ok(users) if USERS.contains(&users) => Ok(users),
        _ => Err(refused(format!("{text:?} is not a number of users from 1 to 10000"))),
    };
    if let Some((name, users)) = text.split_once(':') {
        return Ok((name.to_owned(), users_of(users)?));
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match levels.get(text) {
        Some(users) if is_number && text.parse() != Ok(*users) => Err(CommandError::Usage {
            what: format!("{text} is a number of users and also a level with {users} users"),
            hint: format!("write {text}:{users} for the level, or users:{text} for the number"),
        }),
        Some(users) => Ok((text.to_owned(), *users)),
        None if is_number => {
            let users = users_of(text)?;
            Ok((format!("{users}_user{}", if users == 1 { "" } else { "s" }), users))
        }
        None => Err(match nearest(text, levels.keys().map(String::as_str)) {
            Some(meant) => CommandError::Usage {
                what: format!("there is no level `{text}`"),
                hint: format!("did you mean `{meant}`?"),
            },
            None => refused(format!("there is no level `{text}`")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_by_their_form() {
        let bare = |url: &str| Word::Bare(url.to_owned());
        let check = |text: &str, expected: Word| assert_eq!(word(text), expected, "{text}");
        check("api.example/health", bare("https://api.example/health"));
        check("api.example", bare("https://api.example"));
        check("api.example:8443/x", bare("https://api.example:8443/x"));
        check("api.example:80/x", bare("http://api.example:80/x"));
        check("api.example?q=1", bare("https://api.example?q=1"));
        check("localhost", bare("http://localhost"));
        check("LOCALHOST:3000/x", bare("http://LOCALHOST:3000/x"));
        check("app.localhost/x", bare("http://app.localhost/x"));
        check("127.0.0.1:8787/api/health", bare("http://127.0.0.1:8787/api/health"));
        check("127.9.9.9", bare("http://127.9.9.9"));
        check("[::1]:8080/x", bare("http://[::1]:8080/x"));
        check("[2001:db8::1]/x", bare("https://[2001:db8::1]/x"));
        check("10.0.0.7/x", bare("https://10.0.0.7/x"));
        check("localhost:443", bare("https://localhost:443"));
        check("localhost/to?u=http://a", bare("http://localhost/to?u=http://a"));
        check("me:secret@api.example/x", bare("https://me:secret@api.example/x"));
        check("http://a/x", Word::Url("http://a/x".to_owned()));
        check("ftp://a/x", Word::Url("ftp://a/x".to_owned()));
        check("web/health", Word::Ambiguous);
        check("web:8080", Word::Ambiguous);
        check("/api/health", Word::Path);
        check("?q", Word::Path);
        check("health", Word::Name);
        check("my-service.toml", Word::Name);
        check("", Word::Name);
        check(".hidden", Word::Name);
    }

    #[test]
    fn a_load_is_a_number_or_a_level() {
        let levels: BTreeMap<String, i64> =
            [("light", 2), ("7", 7), ("9", 90)].map(|(name, users)| (name.to_owned(), users)).into();
        let check = |text: &str, name: &str, users: i64| {
            assert_eq!(level(text, &levels).unwrap(), (name.to_owned(), users), "{text}");
        };
        check("1", "1_user", 1);
        check("5", "5_users", 5);
        check("10000", "10000_users", 10_000);
        check("light", "light", 2);
        check("light:3", "light", 3);
        check("7", "7", 7);
        let refused = |text: &str, expected: &str| {
            let error = level(text, &levels).unwrap_err();
            let all = format!("{error} | {}", error.hint().unwrap_or_default());
            assert!(all.contains(expected), "{text}: {all}");
        };
        refused("0", "\"0\" is not a number of users from 1 to 10000");
        refused("10001", "not a number of users");
        refused("99999999999999999999", "not a number of users");
        refused(
            "heavy",
            "there is no level `heavy` | give a number of users from 1 to 10000, such as 5, or a level; levels: 7, 9, light",
        );
        refused("light:", "\"\" is not a number");
        refused("light:x", "\"x\" is not a number");
        refused("1.5", "there is no level `1.5`");
        refused(
            "9",
            "9 is a number of users and also a level with 90 users | write 9:90 for the level, or users:9 for the number",
        );
    }
}
