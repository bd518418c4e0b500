//! Asks whether a page returns a script from a query parameter unescaped. The script is harmless: it is one word.

use crate::domain::endpoint::Endpoint;
use crate::domain::finding::Priority;
use crate::domain::referenced::Referenced;
use crate::domain::service::Service;

use super::asker::Asker;
use super::nonce::marker;
use super::noted::{Noted, Texts};
use super::seen::Seen;

/// Most pages of a service that are asked.
const MOST_PAGES: usize = 3;
/// Most parameters of a page that are replaced.
const MOST_PARAMETERS: usize = 20;
/// The parameter that is asked of every page.
const USUAL: &str = "q";

/// Sends a request with a marked script in each query parameter, to pages whose known response is HTML.
pub(super) async fn ask(asker: &Asker, service: &Service, known: &[(&Endpoint, &Seen)], noted: &mut Noted) {
    let pages = known.iter().filter(|(page, seen)| page.method.as_str() == "GET" && is_html(seen));
    for (page, _) in pages.take(MOST_PAGES) {
        let (request, markers) = marked(page);
        match asker.ask(&request).await {
            Ok(seen) => judge(service, page, &seen, &markers, noted),
            Err(trouble) => noted.not_checked(format!("reflected scripts of {}", page.name), trouble.words()),
        }
    }
}

/// A request with a marked script in each parameter, and the parameters with their markers.
fn marked(page: &Endpoint) -> (Endpoint, Vec<(String, String)>) {
    let resolved = page.path.reveal();
    let (path, query) = resolved.split_once('?').unwrap_or((resolved, ""));
    let mut names: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS) {
        if !names.iter().any(|known| *known == name) {
            names.push(name.into_owned());
        }
    }
    if !names.iter().any(|name| name == USUAL) {
        names.push(USUAL.to_owned());
    }
    let script = || format!("<script>baseline-check-{}</script>", marker());
    let markers: Vec<(String, String)> = names.into_iter().map(|name| (name, script())).collect();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&markers).finish();
    let written = page.path.written().split('?').next().unwrap_or_default();
    let path = Referenced::new(format!("{path}?{query}"), format!("{written}?{query}"));
    (Endpoint { path, ..page.clone() }, markers)
}

/// Whether browsers show a response as a page.
fn is_html(seen: &Seen) -> bool {
    let option = seen.fields.get("x-content-type-options");
    let is_guessed = !option.is_some_and(|option| option.trim().eq_ignore_ascii_case("nosniff"));
    let kind = seen.fields.get("content-type");
    kind.map_or(is_guessed, |kind| kind.to_ascii_lowercase().contains("html"))
}

fn judge(service: &Service, page: &Endpoint, seen: &Seen, markers: &[(String, String)], noted: &mut Noted) {
    // Browsers show no body of a redirect.
    let is_redirect = (300..400).contains(&seen.status) && seen.fields.get("location").is_some();
    if is_redirect || !is_html(seen) {
        return;
    }
    let body = String::from_utf8_lossy(&seen.body);
    let reflected: Vec<&str> =
        markers.iter().filter(|(_, marker)| body.contains(marker)).map(|(name, _)| name.as_str()).collect();
    if reflected.is_empty() {
        return;
    }
    let is_blocked = seen.fields.all("content-security-policy").any(blocks_inline);
    let policy = match seen.fields.get("content-security-policy") {
        Some(_) if is_blocked => "Its Content-Security-Policy keeps the script from running.",
        Some(_) => "A Content-Security-Policy is set, which may keep the script from running.",
        None => "No Content-Security-Policy keeps it from running.",
    };
    let path = page.path.written().split('?').next().unwrap_or_default();
    let texts = Texts {
        issue: "A page returns a script from a query parameter unescaped.".to_owned(),
        evidence: format!(
            "GET {}{path}, status {}: the parameter {} comes back as it was sent, `<script>` included. {policy}",
            service.origin,
            seen.status,
            reflected.join(", ")
        ),
        impact: if is_blocked {
            "Only the policy keeps a link to this page from running a script as the user who follows it. Markup such as a \
             false login form still comes through."
        } else {
            "A link to this page can run any script as the user who follows it: it reads sessions and acts for them \
             (cross-site scripting)."
        }
        .to_owned(),
        recommendation: "Escape the parameter for HTML where the page is written, and add a Content-Security-Policy \
                         without `unsafe-inline`."
            .to_owned(),
    };
    let priority = if is_blocked { Priority::Medium } else { Priority::High };
    noted.finding("reflection.script", priority, page.name.to_string(), texts);
}

/// Whether policies keep inline scripts from running: one of them names sources of scripts, and inline is none of them.
fn blocks_inline(header: &str) -> bool {
    header.to_ascii_lowercase().split(',').any(|policy| {
        let sources = |wanted: &str| {
            let mut directives = policy.split(';').map(str::split_ascii_whitespace);
            directives.find_map(|mut words| (words.next() == Some(wanted)).then(|| words.collect::<Vec<_>>()))
        };
        let scripts = ["script-src-elem", "script-src", "default-src"].iter().find_map(|name| sources(name));
        let voids = |source: &&str| {
            let names = ["'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'"];
            names.iter().any(|name| source.starts_with(name))
        };
        scripts.is_some_and(|all| !all.contains(&"'unsafe-inline'") || all.iter().any(voids))
    })
}

#[cfg(test)]
mod tests {
    use super::super::asker::Shared;
    use super::super::fake::{self, LONG};
    use super::*;

    #[test]
    fn a_policy_blocks_inline_scripts_unless_it_allows_them() {
        let check = |header: &str, blocks: bool| assert_eq!(blocks_inline(header), blocks, "{header}");
        check("default-src 'none'", true);
        check("DEFAULT-SRC 'self'; img-src *", true);
        check("default-src 'self'; script-src 'self' 'unsafe-inline'", false);
        check("script-src 'unsafe-inline' 'nonce-abc'", true);
        check("img-src 'none'", false);
        check("img-src 'none', script-src 'self'", true);
        check("", false);
    }

    #[tokio::test]
    async fn what_a_browser_does_not_run_is_less_urgent_or_nothing() {
        let csp = "content-type: text/html\r\ncontent-security-policy: default-src 'none'";
        let (noted, _) = asked(csp, "/", "q", false).await;
        assert_eq!(noted.findings[0].priority, Priority::Medium);
        let csp = "content-type: text/html\r\ncontent-security-policy: default-src 'unsafe-inline'";
        let (noted, _) = asked(csp, "/", "q", false).await;
        assert_eq!(noted.findings[0].priority, Priority::High);
        let (noted, _) =
            asked_with("302 Found", "location: /\r\ncontent-type: text/html", "/", "q", false).await;
        assert_eq!(noted.findings, []);
    }

    async fn asked(kind: &'static str, path: &str, name: &'static str, escapes: bool) -> (Noted, u64) {
        asked_with("200 OK", kind, path, name, escapes).await
    }

    /// Asks a server that writes the decoded value of the parameter `name` into its body.
    async fn asked_with(
        status: &'static str,
        kind: &'static str,
        path: &str,
        name: &'static str,
        escapes: bool,
    ) -> (Noted, u64) {
        let port = fake::http(move |request| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            let query = path.split_once('?').map_or("", |(_, query)| query);
            let value = form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
            let value = value.map_or(String::new(), |(_, value)| value.into_owned());
            let value = if escapes { value.replace('<', "&lt;") } else { value };
            (format!("{status}\r\n{kind}"), format!("<p>Results for {value}</p>"))
        })
        .await;
        let service = "[[service]]\nname = \"web\"\n[[service.path]]\nname = \"search\"\npath = ";
        let plan = fake::plan(port, &format!("{service}\"{path}\"\n"));
        let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
        let (asker, mut noted) = (Asker::new(&shared, LONG), Noted::new(&service.name));
        let seen = asker.ask(&service.endpoints[0]).await.unwrap_or_else(|trouble| panic!("{trouble:?}"));
        ask(&asker, service, &[(&service.endpoints[0], &seen)], &mut noted).await;
        assert_eq!(noted.not_checked, []);
        (noted, shared.sent() - 1)
    }

    #[tokio::test]
    async fn an_unescaped_script_is_a_finding() {
        const HTML: &str = "content-type: text/html; charset=utf-8";

        let check = async |kind, path, name, escapes, findings: usize, sent: u64| {
            let (noted, asked) = asked(kind, path, name, escapes).await;
            assert_eq!((noted.findings.len(), asked), (findings, sent), "{kind} {path} {name} {escapes}");
            noted.findings.into_iter().next()
        };
        let finding = check(HTML, "/", "q", false, 1, 1).await.unwrap();
        assert_eq!((&*finding.rule, finding.priority), ("reflection.script", Priority::High));
        assert!(finding.evidence.contains("the parameter q comes"), "{}", finding.evidence);
        let finding = check(HTML, "/search?term=a&page=2", "term", false, 1, 1).await.unwrap();
        assert!(finding.evidence.contains("the parameter term comes"), "{}", finding.evidence);
        check(HTML, "/", "q", true, 0, 1).await;
        check(HTML, "/", "other", false, 0, 1).await;
        check("content-type: application/json", "/", "q", false, 0, 0).await;
        check("x-empty: 1", "/", "q", false, 1, 1).await;
        check("x-content-type-options: nosniff", "/", "q", false, 0, 0).await;
    }

    #[test]
    fn every_parameter_has_its_own_marker() {
        let plan = fake::plan(
            9,
            "[[service]]\nname = \"a\"\n[[service.path]]\nname = \"b\"\npath = \"/c?d=1&e=2&d=3\"\n",
        );
        let page = &plan.assessment.services[0].endpoints[0];
        let (request, markers) = marked(page);
        assert_eq!(markers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["d", "e", "q"]);
        assert!(request.path.reveal().starts_with("/c?d=%3Cscript%3Ebaseline-check-"));
        assert!(markers[0].1 != markers[1].1);
    }
}
