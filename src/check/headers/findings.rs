//! What is wrong with the headers of a response, each with the header to send.

use crate::domain::finding::Priority;

use super::super::facts::HeaderFacts;
use super::super::noted::{Noted, Texts};
use super::super::short::in_line;
use super::csp::{self, Csp};
use super::framing::{self, Framing};
use super::page::Page;
use super::set_cookie::SetCookie;
use super::sri::{self, Scripts};
use super::transport::{Hsts, hsts};
use super::{cookies, isolation, policies};

/// Headers that tell which software runs.
const BANNERS: [&str; 4] = ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version"];

/// Notes what is wrong with the headers and the cookies of a scored response.
pub(in crate::check) fn findings(noted: &mut Noted, page: &Page<'_>, facts: &HeaderFacts) {
    let mut found = Found { noted, subject: &facts.endpoint };
    policy(&mut found, page);
    transport(&mut found, page);
    frames(&mut found, page);
    scripts(&mut found, page);
    single_words(&mut found, page);
    isolating(&mut found, page);
    banners(&mut found, page);
    let cookies = SetCookie::all(page.fields);
    cookie_findings(&mut found, page, &cookies);
}

/// Notes findings about one endpoint.
struct Found<'a> {
    noted: &'a mut Noted,
    subject: &'a str,
}

impl Found<'_> {
    fn add(
        &mut self,
        rule: &'static str,
        priority: Priority,
        issue: &str,
        evidence: String,
        advice: [&str; 2],
    ) {
        let [impact, recommendation] = advice.map(str::to_owned);
        let texts = Texts { issue: issue.to_owned(), evidence, impact, recommendation };
        self.noted.finding(rule, priority, self.subject, texts);
    }
}

/// A header of the response as evidence.
fn header(page: &Page<'_>, name: &str) -> String {
    page.joined(name)
        .map_or_else(|| format!("no {name} header"), |value| in_line(&format!("{name}: {value}")))
}

fn policy(found: &mut Found<'_>, page: &Page<'_>) {
    let name = "Content-Security-Policy";
    let judged = csp::judge(page);
    let (words, modifier) = judged.graded();
    if modifier >= 0 {
        return;
    }
    // What is no page runs no scripts, unless a browser is led to take it for one.
    let priority = match judged {
        Csp::Eval | Csp::InsecurePassive => Priority::Low,
        _ if page.is_html() => Priority::Medium,
        _ => Priority::Low,
    };
    let start = if page.is_html() {
        "Send `Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'` \
         and add the sources that the page needs; try it first as Content-Security-Policy-Report-Only."
    } else {
        "Send `Content-Security-Policy: default-src 'none'; frame-ancestors 'none'`: responses that are not pages need \
         nothing else."
    };
    let injected = "A script injected into a page runs without any restriction.";
    let (issue, impact, advice) = match judged {
        Csp::Missing => ("Content-Security-Policy is missing.", injected, start),
        Csp::ReportOnly => (
            "Content-Security-Policy is report-only, not enforced.",
            injected,
            "Send the same policy as `Content-Security-Policy` once its reports show no legitimate content.",
        ),
        Csp::Invalid => (
            "Content-Security-Policy is invalid.",
            "Browsers ignore what they cannot parse, so the policy may restrict nothing.",
            "List each directive once, and use 'strict-dynamic' only with a nonce or a hash.",
        ),
        Csp::UnsafeScripts => (
            "Content-Security-Policy allows inline scripts or scripts from nearly anywhere.",
            "The policy does not stop a script injected into a page.",
            "Remove 'unsafe-inline', `data:` and `https:` from script-src, use nonces or hashes, and set \
             `object-src 'none'`.",
        ),
        Csp::Eval => (
            "Content-Security-Policy allows eval.",
            "Any text that reaches eval runs as script.",
            "Remove 'unsafe-eval' once no script needs it.",
        ),
        _ => (
            "Content-Security-Policy allows content over plain HTTP.",
            "An attacker on the network path can replace that content.",
            "Replace `http:` sources with `https:` ones, and add `upgrade-insecure-requests`.",
        ),
    };
    let evidence = match judged {
        Csp::ReportOnly => header(page, "Content-Security-Policy-Report-Only"),
        Csp::Missing => header(page, name),
        _ => format!("{}; {words}", header(page, name)),
    };
    found.add("headers.csp", priority, issue, evidence, [impact, advice]);
}

fn transport(found: &mut Found<'_>, page: &Page<'_>) {
    let name = "Strict-Transport-Security";
    let fix = "Send `Strict-Transport-Security: max-age=31536000; includeSubDomains`; leave out includeSubDomains while \
               any subdomain still needs plain HTTP.";
    let (priority, issue) = match hsts(page) {
        // Plain HTTP (`redirects.no_https`) and certificates have findings of their own.
        Hsts::Long | Hsts::NoHttps | Hsts::Untrusted => return,
        Hsts::Short(_) => (Priority::Low, "Strict-Transport-Security lasts less than half a year."),
        Hsts::Missing => (Priority::Medium, "Strict-Transport-Security is missing."),
        Hsts::Invalid => (Priority::Medium, "Strict-Transport-Security is invalid."),
    };
    let impact = "An attacker on the network path can intercept a visit over plain HTTP and keep it from reaching HTTPS.";
    found.add("headers.hsts", priority, issue, header(page, name), [impact, fix]);
}

fn frames(found: &mut Found<'_>, page: &Page<'_>) {
    let issue = match framing::judge(page) {
        Framing::Ancestors | Framing::Restricted => return,
        Framing::AllowFrom => "X-Frame-Options uses ALLOW-FROM, which browsers ignore.",
        Framing::Missing => "Any site may embed this one in a frame.",
        Framing::Invalid => "X-Frame-Options is invalid, so any site may embed this one in a frame.",
    };
    let evidence = match page.joined("x-frame-options") {
        None => "no frame-ancestors in Content-Security-Policy, no X-Frame-Options header".to_owned(),
        Some(_) => header(page, "X-Frame-Options"),
    };
    let (priority, fix) = if page.is_html() {
        let fix = "Send `Content-Security-Policy: frame-ancestors 'self'` (or add it to the policy), and \
                   `X-Frame-Options: SAMEORIGIN` for old browsers.";
        (Priority::Medium, fix)
    } else {
        (Priority::Low, "Send `X-Frame-Options: DENY`, or add `frame-ancestors 'none'` to the policy.")
    };
    let impact = "Users can be tricked into clicking on something they do not see (clickjacking).";
    found.add("headers.framing", priority, issue, evidence, [impact, fix]);
}

fn scripts(found: &mut Found<'_>, page: &Page<'_>) {
    let (judged, source) = sri::judge(page);
    let (priority, issue) = match judged {
        Scripts::External => (Priority::Low, "Third-party scripts are loaded without an integrity check."),
        Scripts::CheckedInsecure => (Priority::Medium, "Third-party scripts are loaded over plain HTTP."),
        Scripts::Insecure => {
            (Priority::High, "Third-party scripts are loaded over plain HTTP without an integrity check.")
        }
        Scripts::Checked | Scripts::NotHtml | Scripts::None | Scripts::Own => return,
    };
    // Queries may hold tokens.
    let source = source.unwrap_or_default();
    let evidence = in_line(&format!("<script src=\"{}\">", source.split('?').next().unwrap_or_default()));
    let impact = "Anyone who can change that script, at its source or on the network path, can act as any user of this site.";
    let fix = "Load it from an `https://` URL with an integrity attribute, such as \
               `integrity=\"sha384-\u{2026}\" crossorigin=\"anonymous\"`, or host it yourself.";
    found.add("headers.sri", priority, issue, evidence, [impact, fix]);
}

fn single_words(found: &mut Found<'_>, page: &Page<'_>) {
    if policies::nosniff(page).modifier < 0 {
        let issue = if page.joined("x-content-type-options").is_some() {
            "X-Content-Type-Options is invalid."
        } else {
            "X-Content-Type-Options is missing."
        };
        let impact = "Browsers may treat a file as a script or a page, whatever its Content-Type says.";
        let fix = "Send `X-Content-Type-Options: nosniff`.";
        let evidence = header(page, "X-Content-Type-Options");
        found.add("headers.nosniff", Priority::Low, issue, evidence, [impact, fix]);
    }
    let referrer = policies::referrer(page);
    if referrer.modifier < 0 {
        let issue = if referrer.result == "invalid" {
            "Referrer-Policy is invalid."
        } else {
            "Referrer-Policy sends full URLs to other sites."
        };
        let impact = "URLs, including anything sensitive in them, can leak to other sites.";
        let fix = "Send `Referrer-Policy: strict-origin-when-cross-origin` or a stricter one.";
        let evidence = header(page, "Referrer-Policy");
        found.add("headers.referrer", Priority::Low, issue, evidence, [impact, fix]);
    }
}

fn isolating(found: &mut Found<'_>, page: &Page<'_>) {
    let invalid = isolation::invalid(page);
    let Some((name, _, good)) = invalid.first() else { return };
    let evidence: Vec<String> = invalid.iter().map(|(name, value, _)| format!("{name}: {value}")).collect();
    let impact = "Browsers ignore the value, so the page is less isolated than intended.";
    let fix = format!("Send a valid value, such as `{name}: {}`.", good.first().unwrap_or(&""));
    let issue = "A header that isolates the page from other sites is invalid.";
    found.add("headers.isolation", Priority::Low, issue, in_line(&evidence.join("; ")), [impact, &fix]);
}

fn banners(found: &mut Found<'_>, page: &Page<'_>) {
    let named = BANNERS.into_iter().filter(|name| page.joined(name).is_some_and(|value| has_version(&value)));
    let shown: Vec<String> = named.map(|name| header(page, name)).collect();
    if shown.is_empty() {
        return;
    }
    let issue = "Headers reveal software versions.";
    let impact = "Scanners for known vulnerabilities find this server more easily.";
    let fix = "Omit the version (`server_tokens off;` in nginx, `ServerTokens Prod` in Apache, \
               `app.disable('x-powered-by')` in Express).";
    found.add("headers.version", Priority::Low, issue, shown.join("; "), [impact, fix]);
}

/// Whether a text has a version number: digits with a point between them.
fn has_version(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|part| part[0].is_ascii_digit() && part[1] == b'.' && part[2].is_ascii_digit())
}

/// Notes what is wrong with cookies: one finding for each attribute, as one change of a setting mends all of them.
fn cookie_findings(found: &mut Found<'_>, page: &Page<'_>, cookies: &[SetCookie]) {
    let mut add = |rule, priority, issue: &str, wrong: Vec<&SetCookie>, advice: [&str; 2]| {
        if !wrong.is_empty() {
            let shown: Vec<String> = wrong.iter().map(|cookie| in_line(&cookie.shown())).collect();
            let more = shown.len().saturating_sub(5);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown = shown.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            found.add(rule, priority, issue, format!("{shown}{more}"), advice);
        }
    };
    let that =
        |is_wrong: &dyn Fn(&SetCookie) -> bool| cookies.iter().filter(|cookie| is_wrong(cookie)).collect();
    let sessions: Vec<&SetCookie> = that(&|cookie| !cookie.is_secure() && cookie.is_session());
    let others: Vec<&SetCookie> = that(&|cookie| !cookie.is_secure() && !cookie.is_session());
    let readable = "Once sent over plain HTTP, they can be read on the network path.";
    if sessions.is_empty() {
        // Over plain HTTP, browsers would not accept them.
        let others = if page.is_https() { others } else { Vec::new() };
        let advice = [readable, "Add `; Secure` to these cookies."];
        add("cookies.secure", Priority::Low, "Cookies are set without Secure.", others, advice);
    } else {
        let advice = [
            "Sent over plain HTTP even once, the cookie lets an attacker on the network path take over the session.",
            "Add `; Secure` to these cookies, and serve them over HTTPS only.",
        ];
        add("cookies.secure", Priority::High, "Session cookies are set without Secure.", sessions, advice);
    }
    let open = that(&|cookie| cookie.is_session() && !cookie.is_http_only());
    let advice =
        ["Any script injected into a page can steal the session.", "Add `; HttpOnly` to these cookies."];
    add("cookies.http_only", Priority::High, "Session cookies are set without HttpOnly.", open, advice);
    let bad = that(&cookies::has_bad_same_site);
    let advice = [
        "Browsers reject the cookie or treat it differently than intended.",
        "Set `; SameSite=Lax` or `; SameSite=Strict`; `; SameSite=None` only together with `; Secure`.",
    ];
    add("cookies.same_site", Priority::Medium, "Cookies have an invalid SameSite attribute.", bad, advice);
    let free = that(&|cookie| cookie.is_csrf() && cookie.same_site().is_none());
    let advice = [
        "The token protects less than it could: browsers may send it with requests from other sites.",
        "Add `; SameSite=Lax` or `; SameSite=Strict` to these cookies.",
    ];
    let issue = "CSRF tokens are set without SameSite.";
    add("cookies.csrf", Priority::Low, issue, free, advice);
    let refused = that(&|cookie| cookie.has_broken_prefix());
    let advice = [
        "Browsers reject the cookie, so whatever depends on it does not work.",
        "Add `; Secure`; a `__Host-` cookie also needs `; Path=/` and no Domain.",
    ];
    let issue = "Cookies violate the rules of their name prefix (`__Host-`, `__Secure-`).";
    add("cookies.prefix", Priority::Medium, issue, refused, advice);
}
