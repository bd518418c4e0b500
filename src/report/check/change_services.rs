//! What differs between two checks of one service.

use crate::domain::csp_nonce::without_nonces;

use super::change::Difference;
use super::change_times::times;
use super::earlier::{
    EarlierCase, EarlierCertificate, EarlierEndpoint, EarlierHeaders, EarlierService, EarlierTls,
};

/// Hexadecimal digits of a fingerprint that are enough to recognise it.
const FINGERPRINT_DIGITS: usize = 16;

/// Collects the differences of one service.
struct Found<'s> {
    service: &'s str,
    differences: Vec<Difference>,
}

impl Found<'_> {
    /// Notes both values where they differ.
    fn compare(&mut self, subject: &str, what: &'static str, before: Option<String>, after: Option<String>) {
        if before != after {
            self.note(subject, what, before, after);
        }
    }

    fn note(&mut self, subject: &str, what: &'static str, before: Option<String>, after: Option<String>) {
        let (service, subject) = (self.service.to_owned(), subject.to_owned());
        self.differences.push(Difference { service, subject, what, before, after });
    }
}

/// The differences of a service; only its state where it was not checked both times.
pub(super) fn service(
    before: &EarlierService,
    after: &EarlierService,
    both_checked: bool,
) -> Vec<Difference> {
    let mut found = Found { service: &after.name, differences: Vec::new() };
    let state = |service: &EarlierService| Some(words_of_state(&service.state));
    found.compare("", "state", state(before), state(after));
    found.compare("", "address", Some(before.url.clone()), Some(after.url.clone()));
    if both_checked {
        endpoints(&mut found, before, after);
        tls(&mut found, before.tls.as_ref(), after.tls.as_ref());
        headers(&mut found, before.headers.as_ref(), after.headers.as_ref());
        behaviour(&mut found, before, after);
    }
    found.differences
}

/// The name of a state as people read it.
pub(super) fn words_of_state(state: &str) -> String {
    state.replace('_', " ")
}

fn endpoints(found: &mut Found<'_>, before: &EarlierService, after: &EarlierService) {
    let status = |endpoint: &EarlierEndpoint| {
        Some(endpoint.status.map_or_else(|| "no response".to_owned(), |status| status.to_string()))
    };
    for now in &after.endpoints {
        let Some(earlier) = before.endpoints.iter().find(|earlier| earlier.name == now.name) else {
            found.note(&now.name, "new endpoint", None, status(now));
            continue;
        };
        found.compare(&now.name, "status", status(earlier), status(now));
        // Without a response there is no version to compare.
        if earlier.version.is_some() && now.version.is_some() {
            found.compare(&now.name, "HTTP version", earlier.version.clone(), now.version.clone());
        }
        for (phase, before, after) in times(earlier, now) {
            found.note(&format!("{}, {phase}", now.name), "time", Some(before), Some(after));
        }
    }
    let gone = |earlier: &&EarlierEndpoint| after.endpoints.iter().all(|now| now.name != earlier.name);
    for earlier in before.endpoints.iter().filter(gone) {
        found.note(&earlier.name, "endpoint removed", status(earlier), None);
    }
}

fn tls(found: &mut Found<'_>, before: Option<&EarlierTls>, after: Option<&EarlierTls>) {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, None) => return,
        (before, after) => {
            let version = |tls: Option<&EarlierTls>| tls.map(|tls| tls.version.clone());
            return found.note("", "TLS", version(before), version(after));
        }
    };
    let mut compare = |what, value: &dyn Fn(&EarlierTls) -> Option<String>| {
        found.compare("", what, value(before), value(after));
    };
    compare("TLS version", &|tls| Some(tls.version.clone()));
    compare("cipher suite", &|tls| Some(tls.cipher_suite.clone()));
    compare("key exchange", &|tls| tls.key_exchange_group.clone());
    compare("protocol (ALPN)", &|tls| tls.alpn.clone());
    compare("trusted certificate", &|tls| Some(if tls.is_trusted { "yes" } else { "no" }.to_owned()));
    compare("TLS grade", &|tls| Some(tls.grade.clone()));
    compare("certificate", &|tls| tls.certificates.first().map(certificate));
}

fn certificate(certificate: &EarlierCertificate) -> String {
    let fingerprint: String = certificate.sha256.chars().take(FINGERPRINT_DIGITS).collect();
    let until = certificate.valid_until.strftime("%Y-%m-%d");
    format!("valid until {until}, issued by {}, SHA-256 {fingerprint}…", certificate.issuer)
}

fn headers(found: &mut Found<'_>, before: Option<&EarlierHeaders>, after: Option<&EarlierHeaders>) {
    let (Some(before), Some(after)) = (before, after) else { return };
    // Values of different responses say nothing about each other.
    if before.endpoint != after.endpoint {
        let endpoint = |headers: &EarlierHeaders| Some(headers.endpoint.clone());
        return found.note("", "endpoint whose headers are scored", endpoint(before), endpoint(after));
    }
    let score = |headers: &EarlierHeaders| Some(format!("{} ({})", headers.grade, headers.score));
    found.compare("", "headers grade", score(before), score(after));
    for now in &after.values {
        let Some(earlier) = before.values.iter().find(|earlier| earlier.name == now.name) else { continue };
        let normal =
            |value: &Option<String>| value.as_deref().map(|value| without_nonces(value).into_owned());
        found.compare(&now.name, "header", normal(&earlier.value), normal(&now.value));
    }
}

fn behaviour(found: &mut Found<'_>, before: &EarlierService, after: &EarlierService) {
    if let (Some(before), Some(after)) = (&before.redirects, &after.redirects) {
        let chain = |urls: &[String]| (!urls.is_empty()).then(|| urls.join(" -> "));
        found.compare("without TLS", "redirects", chain(&before.from_http), chain(&after.from_http));
        found.compare("first endpoint", "redirects", chain(&before.from_first), chain(&after.from_first));
    }
    let cases = |service: &EarlierService| -> Vec<(String, Option<String>)> {
        let all = service.cors.iter().flat_map(|cors| cors.cases.iter().map(move |case| (&cors.path, case)));
        all.map(|(path, case)| (format!("{path}, {} {}", case.question, case.origin), Some(case_words(case))))
            .collect()
    };
    by_name(found, "other origins", &cases(before), &cases(after));
    let sockets = |service: &EarlierService| -> Vec<(String, Option<String>)> {
        let words = |step: &str, protocol: &Option<String>| match (step, protocol) {
            ("open", Some(protocol)) => format!("open, {protocol}"),
            ("open", None) => "open".to_owned(),
            (step, _) => format!("failed at {step}"),
        };
        let all = service.websockets.iter();
        all.map(|socket| (socket.path.clone(), Some(words(&socket.step, &socket.protocol)))).collect()
    };
    by_name(found, "WebSocket", &sockets(before), &sockets(after));
    let logins = |service: &EarlierService| -> Vec<(String, Option<String>)> {
        let all = service.logins.iter();
        let status = |status: Option<u16>| {
            status.map_or_else(|| "no response".to_owned(), |status| status.to_string())
        };
        all.map(|login| (login.path.clone(), Some(status(login.status)))).collect()
    };
    by_name(found, "wrong credentials", &logins(before), &logins(after));
    let rules = |service: &EarlierService| -> Vec<(String, Option<String>)> {
        let words = |is_met: Option<bool>| match is_met {
            Some(true) => "as required",
            Some(false) => "not as required",
            None => "not checked",
        };
        service
            .body_rules
            .iter()
            .map(|rule| (rule.name.clone(), Some(words(rule.is_met).to_owned())))
            .collect()
    };
    by_name(found, "body rule", &rules(before), &rules(after));
}

fn case_words(case: &EarlierCase) -> String {
    let verdict = if case.is_right { "as expected" } else { "wrong" };
    let origin = case.allow_origin.as_deref().unwrap_or("no origin");
    let credentials = if case.allows_credentials { " with credentials" } else { "" };
    format!("{verdict}: allows {origin}{credentials}")
}

/// Compares what both checks have under the same name: of several with one name, the first with the first.
fn by_name(
    found: &mut Found<'_>,
    what: &'static str,
    before: &[(String, Option<String>)],
    after: &[(String, Option<String>)],
) {
    for (place, (name, value)) in after.iter().enumerate() {
        let ordinal = after[..place].iter().filter(|(known, _)| known == name).count();
        if let Some((_, earlier)) = before.iter().filter(|(known, _)| known == name).nth(ordinal) {
            found.compare(name, what, earlier.clone(), value.clone());
        }
    }
}
