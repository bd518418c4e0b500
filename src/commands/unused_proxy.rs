//! A proxy that the environment names is not used: whoever expects it is informed.

use crate::domain::transport::Transport;
use crate::scenario::environment::Environment;
use crate::scenario::{parse, shipped};

/// Variables that other clients read a proxy from.
const VARIABLES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A sentence where the environment names a proxy and the plan has none. Values may contain passwords and are not shown.
pub(super) fn notice(transport: &Transport, environment: &Environment) -> Option<String> {
    if transport.proxy.is_some() || transport.unix_socket.is_some() {
        return None;
    }
    let set = environment.set_of(&VARIABLES);
    let (first, rest) = set.split_first()?;
    let (names, verb) = match rest {
        [] => ((*first).to_owned(), "is"),
        rest => (format!("{first}, {}", rest.join(", ")), "are"),
    };
    Some(format!(
        "note: {names} {verb} not used; to use a proxy, write `proxy` and `allow_proxies` under [target], or use \
         `baseline test --proxy`"
    ))
}

/// The same for a scenario that is measured later; nothing where it cannot be read, which is reported then.
pub(super) fn notice_of(scenario: &str, environment: &Environment) -> Option<String> {
    let (file, _) = shipped::find(scenario).and_then(|source| parse(&source)).ok()?;
    let is_direct = file.target.proxy.is_none() && file.target.unix_socket.is_none();
    is_direct.then(|| notice(&Transport::default(), environment)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::origin::parse_origin;

    #[test]
    fn only_an_unused_proxy_is_mentioned() {
        let direct = Transport::default();
        let set = Environment::of([("HTTP_PROXY", "http://me:obviously-fake@p.example"), ("all_proxy", "x")]);
        let text = notice(&direct, &set).unwrap();
        assert!(text.starts_with("note: all_proxy, HTTP_PROXY are not used"), "{text}");
        assert!(!text.contains("obviously-fake"), "{text}");
        assert_eq!(notice(&direct, &Environment::of([("http_proxy", ""), ("no_proxy", "x")])), None);
        let through = Transport { proxy: parse_origin("http://127.0.0.1:1").ok(), ..direct };
        assert_eq!(notice(&through, &set), None);
    }
}
