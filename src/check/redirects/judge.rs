//! What is wrong about a chain of redirects.

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::finding::Priority;

use super::super::noted::{Noted, Texts};
use super::super::shortened::shortened;
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
                "Users who type the address without https:// send and get everything readable on the way.",
                "Redirect every request at port 80 with 301 to the same address with https://, or close the port.",
            ];
            let evidence = format!("{}, status {status}", chain.evidence());
            note(noted, ("redirects.not_https", Priority::Medium), &subject, texts, evidence);
        }
        End::Response(_) | End::NotAllowed(_) if chain.urls.len() > 1 && ends_secure && !is_secure(1) => {
            let texts = [
                "Plain HTTP is redirected to HTTPS, but to another plain-HTTP address first.",
                "One more request can be read and changed on the way.",
                "Redirect to the https:// address of the same host first.",
            ];
            note(noted, ("redirects.not_first", Priority::Low), &subject, texts, chain.evidence());
        }
        End::Response(_) | End::NotAllowed(_) if is_secure(1) && chain.urls[1].origin.host != host => {
            let texts = [
                "Plain HTTP is redirected to another host before HTTPS of the same one.",
                "Browsers never learn that this host wants HTTPS (HSTS), so the next visit begins with plain HTTP again.",
                "Redirect to https:// of the same host first, and from there to the other one.",
            ];
            note(noted, ("redirects.off_host", Priority::Low), &subject, texts, chain.evidence());
        }
        _ => {}
    }
}

/// Notes where a chain ends in nothing.
pub(super) fn judge_ends(chain: &Chain, subject: &str, noted: &mut Noted) {
    let impact = "Nobody who comes this way gets a page.";
    match &chain.end {
        End::Loop | End::TooMany => {
            let texts = [
                "Redirects go in a circle, or do not end.",
                impact,
                "Compare the redirect rules of the proxy with those of the application: often one adds what the other \
                 removes (https, www, a final slash).",
            ];
            let evidence = format!("{}: {}, without cookies", chain.evidence(), chain.problem());
            note(noted, ("redirects.loop", Priority::High), subject, texts, evidence);
        }
        End::NoUrl => {
            let texts = [
                "A redirect leads to what is no URL of HTTP.",
                impact,
                "Send a `Location` with a path, or with an https:// URL.",
            ];
            note(noted, ("redirects.broken", Priority::Medium), subject, texts, chain.evidence());
        }
        End::Trouble(trouble) if chain.urls.len() > 1 && !trouble.is_ours() => {
            let texts = [
                "A redirect leads to an address that does not respond.",
                impact,
                "Correct the `Location`, or bring up what it leads to.",
            ];
            let evidence = format!("{}: {}", chain.evidence(), trouble.words());
            note(noted, ("redirects.broken", Priority::High), subject, texts, evidence);
        }
        End::NotAllowed(_) | End::Trouble(_) if chain.urls.len() > 1 => {
            noted.not_checked(
                format!("where {} redirects to", shortened(&chain.urls[0].shown)),
                chain.problem(),
            );
        }
        End::Response(_) | End::NotAllowed(_) | End::Trouble(_) => {}
    }
}

/// Notes where a chain leaves HTTPS.
pub(super) fn judge_downgrade(chain: &Chain, subject: &str, noted: &mut Noted) {
    let is_downgrade =
        |pair: &[Hop]| pair[0].origin.scheme == Scheme::Https && pair[1].origin.scheme == Scheme::Http;
    if chain.urls.windows(2).any(is_downgrade) {
        let texts = [
            "HTTPS is redirected to plain HTTP.",
            "The request that follows can be read and changed on the way, and the browser warns the user.",
            "Send a `Location` with https://, or without scheme and host; behind a proxy, let the application trust \
             `X-Forwarded-Proto`.",
        ];
        note(noted, ("redirects.downgrade", Priority::High), subject, texts, chain.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::destination;
    use super::*;

    #[test]
    fn chains_of_plain_http_are_judged() {
        let check = |urls: &[&str], status: u16, expected: &[&str]| {
            let urls = urls.iter().map(|url| {
                let (origin, _) = destination(
                    &Origin { scheme: Scheme::Http, host: "a.example".to_owned(), port: 80 },
                    "/",
                    url,
                )
                .unwrap();
                Hop { origin, shown: (*url).to_owned() }
            });
            let chain = Chain { urls: urls.collect(), end: End::Response(status) };
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
