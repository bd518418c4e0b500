//! What an entry of the list of what was not checked is about: the part of a service, by area and subject.

use crate::check::facts::{Assessed, LoginFacts, NotChecked, SocketFacts, SocketStep};

/// The area and the subject of something that was not checked; `None` where it is not about one part of a service.
pub(super) fn about(not: &NotChecked) -> Option<(&'static str, &str)> {
    let what = not.what.as_str();
    let beginnings = [
        ("login ", "login"),
        ("WebSocket ", "websocket"),
        ("CORS of ", "cors"),
        ("reflected scripts of ", "reflection"),
    ];
    if let Some(found) =
        beginnings.into_iter().find_map(|(beginning, area)| Some((area, what.strip_prefix(beginning)?)))
    {
        return Some(found);
    }
    if let Some((name, _)) = what.strip_prefix("rule ").and_then(|rest| rest.split_once(" of ")) {
        return Some(("body", name));
    }
    if let Some(endpoint) = what.strip_suffix(": all of its samples") {
        return Some(("times", endpoint));
    }
    let is_redirect = what.starts_with("whether plain HTTP is redirected")
        || what.starts_with("where ") && what.ends_with(" redirects to");
    match what {
        "security headers" => Some(("headers", "")),
        _ => is_redirect.then_some(("redirects", "")),
    }
}

/// Why a part of a service was not checked; `None` where it was.
pub(super) fn reason<'a>(
    assessed: &'a Assessed,
    service: &str,
    area: &str,
    subject: &str,
) -> Option<&'a NotChecked> {
    let mut of_service = assessed.not_checked.iter().filter(|not| not.service == service);
    of_service.find(|not| about(not) == Some((area, subject)))
}

/// Why a login was not checked; `None` where its response was judged.
pub(super) fn unchecked_login<'a>(
    assessed: &'a Assessed,
    service: &str,
    login: &LoginFacts,
) -> Option<&'a NotChecked> {
    let is_undecided = matches!(login.status, None | Some(429)) && login.problems.is_empty();
    reason(assessed, service, "login", &login.path).filter(|_| is_undecided)
}

/// Why a WebSocket connection was not tried; `None` where it was.
pub(super) fn unchecked_socket<'a>(
    assessed: &'a Assessed,
    service: &str,
    socket: &SocketFacts,
) -> Option<&'a NotChecked> {
    reason(assessed, service, "websocket", &socket.path).filter(|_| socket.step != SocketStep::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_lead_to_their_parts() {
        let check = |what: &str, expected| {
            let not = NotChecked { service: String::new(), what: what.to_owned(), why: String::new() };
            assert_eq!(about(&not), expected, "{what}");
        };
        check("login /api/login", Some(("login", "/api/login")));
        check("WebSocket /ws", Some(("websocket", "/ws")));
        check("CORS of /api", Some(("cors", "/api")));
        check("rule redis of /health", Some(("body", "redis")));
        check("reflected scripts of home", Some(("reflection", "home")));
        check("home: all of its samples", Some(("times", "home")));
        check("whether plain HTTP is redirected to HTTPS", Some(("redirects", "")));
        check("where http://a/ redirects to", Some(("redirects", "")));
        check("security headers", Some(("headers", "")));
        check("rate limit 6 per 1m for /api", None);
        check("", None);
    }
}
