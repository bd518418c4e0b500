//! What is wrong about a chain of redirects.

use std::net::IpAddr;

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::finding::Priority;

use super::super::noted::{Noted, Texts};
use super::super::short::in_line;
use super::chain::{Chain, End, Hop};

fn note(
    noted: &mut Noted,
    (rule, priority): (&'static str, Priority),
    subject: &str,
    [issue, impact, recommendation]: [&str; 3],
    evidence: String,
) {
    let [issue, impact, recommendation] = [issue, impact, recommendation].map(str::to_owned);
    noted.finding(rule, priority, subject, Texts { issue, evidence, impact, recommendation });
}

/// Notes what is wrong about the plain-HTTP address of a service with HTTPS.
pub(super) fn judge_plain(chain: &Chain, noted: &mut Noted) {
    let subject = chain.urls.first().map(|url| url.origin.to_string()).unwrap_or_default();
    let Origin { host, .. } = chain.urls[0].origin.clone();
    let is_secure =
        |place: usize| chain.urls.get(place).is_some_and(|url| url.origin.scheme == Scheme::Https);
    let ends_secure = is_secure(chain.urls.len() - 1);
    judge_ends(chain, &subject, noted);
    judge_downgrade(chain, &subject, noted);
    match chain.end {
        // A refusal is as good as a redirect.
        End::Response(status) if !ends_secure && status < 400 => {
            let texts = [
                "Plain HTTP is not redirected to HTTPS.",
                "Users who type the address without https:// send and receive everything in the clear: an attacker on the network \
                 path can read and change it.",
                "Redirect every request on port 80 to the same URL with https:// (301), or close the port.",
            ];
            let evidence = format!("{}, status {status}", chain.evidence());
            note(noted, ("redirects.not_https", Priority::Medium), &subject, texts, evidence);
        }
        End::Response(_) | End::NotAllowed(_) if chain.urls.len() > 1 && ends_secure && !is_secure(1) => {
            let texts = [
                "Plain HTTP is redirected to another plain-HTTP URL before HTTPS.",
                "An attacker on the network path can read and change one more request.",
                "Redirect straight to the https:// URL of the same host.",
            ];
            note(noted, ("redirects.not_first", Priority::Low), &subject, texts, chain.evidence());
        }
        End::Response(_) | End::NotAllowed(_) if is_secure(1) && chain.urls[1].origin.host != host => {
            let texts = [
                "Plain HTTP is redirected to another host instead of to HTTPS on the same one.",
                "Browsers never see an HSTS header for this host, so the next visit starts over plain HTTP again.",
                "Redirect to https:// on the same host first, and from there to the other host.",
            ];
            note(noted, ("redirects.off_host", Priority::Low), &subject, texts, chain.evidence());
        }
        _ => {}
    }
}

/// Notes where a chain ends in nothing.
pub(super) fn judge_ends(chain: &Chain, subject: &str, noted: &mut Noted) {
    let impact = "Clients that follow this redirect get no response.";
    match &chain.end {
        End::Loop | End::TooMany => {
            let texts = [
                "Redirects form a loop or do not end.",
                impact,
                "Compare the redirect rules of the proxy with those of the application: often one adds what the other \
                 removes (https, www, a trailing slash).",
            ];
            let evidence = format!("{}: {}, without cookies", chain.evidence(), chain.problem());
            note(noted, ("redirects.loop", Priority::High), subject, texts, evidence);
        }
        End::NoUrl => {
            let texts = [
                "A redirect leads to an invalid URL.",
                impact,
                "Send a `Location` with a path or an https:// URL.",
            ];
            note(noted, ("redirects.broken", Priority::Medium), subject, texts, chain.evidence());
        }
        End::Trouble(trouble) if chain.urls.len() > 1 && !trouble.is_ours() => {
            let texts = [
                "A redirect leads to an address that does not respond.",
                impact,
                "Correct the `Location`, or bring up the server it points to.",
            ];
            let evidence = format!("{}: {}", chain.evidence(), trouble.words());
            note(noted, ("redirects.broken", Priority::High), subject, texts, evidence);
        }
        End::NotAllowed(_) | End::Trouble(_) if chain.urls.len() > 1 => {
            noted.not_checked(
                format!("where {} redirects to", in_line(&chain.urls[0].shown)),
                chain.problem(),
            );
        }
        End::Response(_) | End::NotAllowed(_) | End::Trouble(_) => {}
    }
}

/// Notes where a service is used over plain HTTP, and its first endpoint does not lead to HTTPS.
///
/// Between machines of one network, and on one machine, that is nobody's fault.
pub(super) fn judge_no_https(chain: &Chain, noted: &mut Noted) {
    let (Some(first), Some(last)) = (chain.urls.first(), chain.urls.last()) else { return };
    let is_plain = |hop: &Hop| hop.origin.scheme == Scheme::Http;
    let is_unanswered = chain.urls.len() == 1 && matches!(chain.end, End::Trouble(_));
    if !is_plain(first) || !is_plain(last) || is_unanswered || is_internal(&first.origin) {
        return;
    }
    let texts = [
        "The service is served over plain HTTP.",
        "An attacker on the network path can read and change everything that is sent: pages, data, passwords and session \
         cookies.",
        "Serve it over TLS, redirect plain HTTP to https:// with 301, and send Strict-Transport-Security (HSTS) from there. \
         Then use the https:// URL in the scenario.",
    ];
    note(noted, ("redirects.no_https", Priority::High), "", texts, chain.evidence());
}

/// Whether a host is this machine or one of its own network, by its name or address.
fn is_internal(origin: &Origin) -> bool {
    if let Some(address) = origin.literal() {
        return match address.to_canonical() {
            IpAddr::V4(address) => {
                address.is_loopback()
                    || address.is_private()
                    || address.is_link_local()
                    || address.is_unspecified()
            }
            IpAddr::V6(address) => {
                address.is_loopback()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_unspecified()
            }
        };
    }
    let host = origin.host.trim_end_matches('.').to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    matches!(last, "localhost" | "internal" | "local" | "test")
}

/// Notes where a chain leaves HTTPS.
pub(super) fn judge_downgrade(chain: &Chain, subject: &str, noted: &mut Noted) {
    let is_downgrade =
        |pair: &[Hop]| pair[0].origin.scheme == Scheme::Https && pair[1].origin.scheme == Scheme::Http;
    if chain.urls.windows(2).any(is_downgrade) {
        let texts = [
            "HTTPS is redirected to plain HTTP.",
            "An attacker on the network path can read and change the next request, and browsers warn the user.",
            "Send a `Location` with https://, or without scheme and host; behind a proxy, make the application honor \
             `X-Forwarded-Proto`.",
        ];
        note(noted, ("redirects.downgrade", Priority::High), subject, texts, chain.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::seen::Trouble;
    use super::super::chain::destination;
    use super::*;

    fn chain(urls: &[&str], end: End) -> Chain {
        let base = Origin { scheme: Scheme::Http, host: "a.example".to_owned(), port: 80 };
        let hop = |url: &&str| {
            let (origin, _) = destination(&base, "/", url).unwrap();
            Hop { origin, shown: (*url).to_owned() }
        };
        Chain { urls: urls.iter().map(hop).collect(), end }
    }

    #[test]
    fn plain_http_is_a_finding_outside_of_the_own_network() {
        let check = |urls: &[&str], is_found: bool| {
            let mut noted = Noted::new(&"web".into());
            judge_no_https(&chain(urls, End::Response(200)), &mut noted);
            let found: Vec<(&str, Priority)> =
                noted.findings.iter().map(|finding| (&*finding.rule, finding.priority)).collect();
            let expected: &[(&str, Priority)] =
                if is_found { &[("redirects.no_https", Priority::High)] } else { &[] };
            assert_eq!(found, expected, "{urls:?}");
        };
        for url in ["http://a.example", "http://a.example:8080", "http://8.8.8.8", "http://[2606:4700::1]"] {
            check(&[url], true);
        }
        check(&["http://172.32.0.1"], true);
        check(&["http://localhost.example"], true);
        check(&["http://a.example", "http://b.example"], true);
        check(&["http://a.example", "https://a.example", "http://a.example/x"], true);
        check(&["http://a.example", "https://a.example"], false);
        check(&["https://a.example"], false);
        let local =
            ["127.0.0.1:8080", "[::1]", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "[fd00::1]"];
        let names = [
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "localhost:3000",
            "api.localhost",
            "api.internal",
            "nas.local",
        ];
        for host in local.iter().chain(&names).chain(&["SHOP.TEST", "shop.test."]) {
            check(&[&format!("http://{host}")], false);
        }
        // What does not respond says nothing.
        let mut noted = Noted::new(&"web".into());
        let refused = End::Trouble(Trouble::OutOfTime);
        judge_no_https(&chain(&["http://a.example"], refused), &mut noted);
        assert!(noted.findings.is_empty());
    }

    #[test]
    fn chains_of_plain_http_are_judged() {
        let check = |urls: &[&str], status: u16, expected: &[&str]| {
            let chain = chain(urls, End::Response(status));
            let mut noted = Noted::new(&"web".into());
            judge_plain(&chain, &mut noted);
            let rules: Vec<&str> = noted.findings.iter().map(|finding| &*finding.rule).collect();
            assert_eq!(rules, expected);
        };
        check(&["http://a.example", "https://a.example"], 200, &[]);
        check(&["http://a.example", "https://a.example", "https://www.a.example"], 200, &[]);
        check(&["http://a.example"], 404, &[]);
        check(&["http://a.example"], 200, &["redirects.not_https"]);
        check(&["http://a.example", "https://b.example"], 200, &["redirects.off_host"]);
        check(&["http://a.example", "http://b.example", "https://b.example"], 200, &["redirects.not_first"]);
        check(
            &["http://a.example", "https://a.example", "http://a.example/x"],
            200,
            &["redirects.downgrade", "redirects.not_https"],
        );
    }
}
