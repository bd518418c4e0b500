//! Responses whose score is known: each row of the table, and grades of whole responses.
//!
//! Source of the scores: MDN HTTP Observatory, algorithm version 6, run on the same responses.

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::fields::Fields;

use super::super::facts::{CorsCase, CorsFacts, CorsQuestion, RedirectFacts};
use super::{Page, score};

/// Headers without a penalty. Each case replaces some (`name: value`), removes some (`name`) or adds a second value (`+`).
const GOOD: [&str; 5] = [
    "Content-Type: text/html",
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'",
    "Strict-Transport-Security: max-age=31536000",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
];
const HOSTILE: &str = "https://hostile.invalid";

/// Name, what is different, which tests change the score, score and grade. What is different begins with `@` where it is no
/// header: the chain from the plain-HTTP address, the answer to a hostile origin, the page.
const CASES: &str = r#"
good |  | framing 5 | 105 A+
CSP none | Content-Security-Policy: default-src 'none' | csp 10, framing 5 | 115 A+
CSP no unsafe | Content-Security-Policy: default-src 'self' | csp 5, framing 5 | 110 A+
CSP nonce beside unsafe-inline | Content-Security-Policy: script-src 'nonce-abc' 'unsafe-inline'; object-src 'none'; style-src 'self' | csp 5, framing 5 | 110 A+
CSP strict-dynamic | Content-Security-Policy: default-src 'nonce-abc' 'strict-dynamic' https: | csp 5, framing 5 | 110 A+
CSP strict-dynamic alone | Content-Security-Policy: default-src 'self' 'strict-dynamic' | csp -25, framing 5 | 75 B
CSP passive http | Content-Security-Policy: default-src 'self'; img-src http: | csp -10, framing 5 | 95 A
CSP eval | Content-Security-Policy: default-src 'self' 'unsafe-eval' | csp -10, framing 5 | 95 A
CSP inline scripts | Content-Security-Policy: default-src 'self'; script-src 'self' 'unsafe-inline' | csp -20, framing 5 | 80 B+
CSP broad | Content-Security-Policy: default-src https: | csp -20, framing 5 | 80 B+
CSP without scripts | Content-Security-Policy: img-src 'self' | csp -20, framing 5 | 80 B+
CSP active http | Content-Security-Policy: default-src 'self'; script-src http://a.example | csp -20, framing 5 | 80 B+
CSP twice the same directive | Content-Security-Policy: img-src a; img-src b | csp -25, framing 5 | 75 B
CSP duplicate reports | Content-Security-Policy: default-src 'none'; report-uri /a; report-uri /b | framing 5 | 105 A+
CSP missing | Content-Security-Policy | csp -25, framing 5 | 75 B
CSP report only | Content-Security-Policy & Content-Security-Policy-Report-Only: default-src 'self' | csp -25, framing 5 | 75 B
CSP in the page | Content-Security-Policy & @body <meta http-equiv="Content-Security-Policy" content="default-src 'none'"> | csp 10, framing 5 | 115 A+
CSP of two headers | Content-Security-Policy: default-src 'self' 'unsafe-inline' & +Content-Security-Policy: default-src 'self' | csp 5, framing 5 | 110 A+
CSP of two headers, by default | Content-Security-Policy: default-src 'self' & +Content-Security-Policy: script-src 'unsafe-inline' | csp 5, framing 5 | 110 A+
frame-ancestors | X-Frame-Options & Content-Security-Policy: default-src 'self'; frame-ancestors 'none' | csp 5, framing 5 | 110 A+
framing missing | X-Frame-Options | framing -20 | 80 B+
framing allow-from | X-Frame-Options: ALLOW-FROM https://b.example |  | 100 A+
framing invalid | X-Frame-Options: SAME | framing -20 | 80 B+
cookies all flags | Set-Cookie: SESSID=x; Secure; HttpOnly; SameSite=Lax | cookies 5, framing 5 | 110 A+
cookies without SameSite | Set-Cookie: a=x; Secure | framing 5 | 105 A+
cookies under HSTS | Set-Cookie: a=x | cookies -5, framing 5 | 100 A+
session under HSTS | Set-Cookie: sess=x; HttpOnly | cookies -10, framing 5 | 95 A
cookies insecure | Set-Cookie: a=x & Strict-Transport-Security | cookies -20, hsts -20, framing 5 | 60 C+
SameSite invalid | Set-Cookie: a=x; Secure; SameSite=Maybe | cookies -20, framing 5 | 80 B+
csrf without SameSite | Set-Cookie: csrf=x; Secure | cookies -20, framing 5 | 80 B+
session without HttpOnly | Set-Cookie: login=x; Secure; SameSite=Lax | cookies -30, framing 5 | 70 B
session insecure | Set-Cookie: login=x; HttpOnly & Strict-Transport-Security: max-age=60 | cookies -40, hsts -10, framing 5 | 50 C
HSTS short | Strict-Transport-Security: max-age=86400; includeSubDomains; preload | hsts -10, framing 5 | 95 A
HSTS invalid | Strict-Transport-Security: includeSubDomains | hsts -20, framing 5 | 80 B+
HSTS untrusted | @untrusted | redirects -20, hsts -20, framing 5 | 60 C+
no HTTPS | @plain & @chain http://a.example/ | redirects -20, hsts -20, framing 5 | 60 C+
no plain HTTP | @chain | framing 5 | 105 A+
not redirected | @chain http://a.example/ | redirects -20, framing 5 | 80 B+
not HTTPS first | @chain http://a.example/ http://a.example/x https://a.example/ | redirects -10, framing 5 | 95 A
off host first | @chain http://a.example/ https://www.a.example/ | redirects -5, framing 5 | 100 A+
referrer private | Referrer-Policy: no-referrer, strict-origin-when-cross-origin | referrer 5, framing 5 | 110 A+
referrer unsafe | Referrer-Policy: no-referrer, unsafe-url | referrer -5, framing 5 | 100 A+
referrer in the page | @body <meta name=referrer content=unsafe-url> | referrer -5, framing 5 | 100 A+
referrer invalid | Referrer-Policy: always | referrer -5, framing 5 | 100 A+
nosniff missing | X-Content-Type-Options | nosniff -5, framing 5 | 100 A+
nosniff invalid | X-Content-Type-Options: yes | nosniff -5, framing 5 | 100 A+
scripts of others | @body <script src=https://cdn.other.example.net/a.js></script> | sri -5, framing 5 | 100 A+
scripts checked | @body <script src=https://cdn.other.example.net/a.js integrity=sha384-x></script> | sri 5, framing 5 | 110 A+
scripts checked, insecure | @body <script src=//cdn.other.example.net/a.js integrity=sha384-x></script> | sri -20, framing 5 | 80 B+
scripts insecure | @body <script src=http://cdn.other.example.net/a.js></script> | sri -50, framing 5 | 50 C
own scripts | @body <script src=/a.js></script><script>1</script> | framing 5 | 105 A+
scripts in JSON | Content-Type: application/json & @body <script src=https://cdn.other.example.net/a.js></script> | framing 5 | 105 A+
CORP | Cross-Origin-Resource-Policy: same-site | framing 5, corp 10 | 115 A+
COEP and COOP | Cross-Origin-Embedder-Policy: require-corp; report-to="x" & Cross-Origin-Opener-Policy: same-origin-allow-popups | framing 5, coep 10, coop 10 | 125 A+
isolation off | Cross-Origin-Resource-Policy: cross-origin & Cross-Origin-Embedder-Policy: unsafe-none & Cross-Origin-Opener-Policy: unsafe-none | framing 5 | 105 A+
isolation invalid | Cross-Origin-Resource-Policy: same & Cross-Origin-Embedder-Policy: Require-Corp & Cross-Origin-Opener-Policy: none | framing 5, corp -5, coep -5, coop -5 | 85 A-
CORS public | @cors * | framing 5 | 105 A+
CORS restricted | @cors https://a.example credentials | framing 5 | 105 A+
CORS reflected | @cors https://hostile.invalid | framing 5 | 105 A+
CORS reflected with credentials | @cors https://hostile.invalid credentials | cors -50, framing 5 | 50 C
bare | Content-Security-Policy & Strict-Transport-Security & X-Content-Type-Options & X-Frame-Options & @plain & @chain http://a.example/ | csp -25, redirects -20, hsts -20, nosniff -5, framing -20 | 10 F
"#;

/// A response as a row describes it.
struct Case {
    headers: Vec<(String, String)>,
    body: String,
    scheme: Scheme,
    is_trusted: bool,
    chain: Vec<String>,
    cors: Vec<CorsCase>,
}

impl Case {
    fn of(differences: &str) -> Self {
        let mut case = Self {
            headers: Vec::new(),
            body: "<!doctype html>".to_owned(),
            scheme: Scheme::Https,
            is_trusted: true,
            chain: ["http://a.example/", "https://a.example/"].map(str::to_owned).to_vec(),
            cors: Vec::new(),
        };
        GOOD.into_iter().for_each(|line| case.header(line));
        for difference in differences.split(" & ").filter(|text| !text.is_empty()) {
            match difference.split_once(' ').unwrap_or((difference, "")) {
                ("@plain", _) => case.scheme = Scheme::Http,
                ("@untrusted", _) => case.is_trusted = false,
                ("@chain", urls) => case.chain = urls.split_whitespace().map(str::to_owned).collect(),
                ("@body", body) => body.clone_into(&mut case.body),
                ("@cors", answer) => case.cors.push(cors(answer)),
                _ => case.header(difference),
            }
        }
        case
    }

    fn header(&mut self, line: &str) {
        let (is_added, line) = line.strip_prefix('+').map_or((false, line), |line| (true, line));
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        self.headers.retain(|(known, _)| known != name || is_added);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn cors(answer: &str) -> CorsCase {
    let (origin, credentials) = answer.split_once(' ').unwrap_or((answer, ""));
    CorsCase {
        question: CorsQuestion::Hostile,
        origin: HOSTILE.to_owned(),
        status: Some(200),
        allow_origin: Some(origin.to_owned()),
        allows_credentials: !credentials.is_empty(),
        is_right: true,
        problem: String::new(),
    }
}

fn check(row: &str) {
    let [name, differences, changes, total] = row.split(" | ").collect::<Vec<_>>()[..] else {
        panic!("not four columns: {row}");
    };
    let Case { headers, body, scheme, is_trusted, chain, cors } = Case::of(differences.trim());
    let mut fields = Fields::default();
    headers.iter().for_each(|(name, value)| fields.push(name, value.as_bytes()));
    let port = if scheme == Scheme::Http { 80 } else { 443 };
    let origin = Origin { scheme, host: "a.example".to_owned(), port };
    let redirects = RedirectFacts { from_http: chain.clone(), from_first: chain, problem: String::new() };
    let page = Page {
        endpoint: "page",
        origin: &origin,
        status: 200,
        fields: &fields,
        body: body.as_bytes(),
        redirects: Some(&redirects),
        cors: &[CorsFacts { path: "/".to_owned(), cases: cors }],
        is_trusted,
    };
    let facts = score(&page).unwrap();
    let changing = facts.tests.iter().filter(|test| test.modifier != 0);
    let changing: Vec<String> = changing.map(|test| format!("{} {}", test.name, test.modifier)).collect();
    assert_eq!(changing.join(", "), changes.trim(), "{name}");
    assert_eq!(format!("{} {}", facts.score, facts.grade), total, "{name}");
    assert!(score(&Page { status: 404, ..page }).is_none());
}

#[test]
fn every_row_of_the_table_is_scored() {
    let rows: Vec<&str> = CASES.lines().filter(|line| !line.is_empty()).collect();
    assert!(rows.len() >= 40);
    rows.into_iter().for_each(check);
}
