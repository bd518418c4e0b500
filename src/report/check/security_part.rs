//! TLS of a service, and the security headers of all services side by side.

use crate::check::facts::{
    Assessed, AssessedService, CertificateFacts, HeaderFacts, SECURITY_HEADERS, TlsFacts,
};
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{counted, listed};

use super::wording::{days_left, part_id, shortened, tls_grade, tone_of_letter};

/// Longest value of a header in the table; the raw facts have the whole value.
const LONGEST_VALUE: usize = 80;

/// What the handshake showed.
pub(super) fn tls(document: &mut Document, service: &AssessedService) {
    let Some(tls) = &service.tls else { return };
    document.subheading(&part_id(service, "tls"), &format!("{}: TLS", service.name));
    let mut table = Table::new(&["", ""]);
    for (name, value) in facts(tls) {
        table.row(vec![name.into(), value]);
    }
    document.table(table);
    certificates(document, &tls.certificates);
}

fn facts(tls: &TlsFacts) -> Vec<(&'static str, Cell)> {
    let mut facts = vec![(
        "grade, as observed by this client",
        Cell::from(tls_grade(&tls.grade)).with_tone(tone_of_letter(&tls.grade)),
    )];
    if !tls.grade_reasons.is_empty() {
        facts.push(("reason of the grade", tls.grade_reasons.join("; ").into()));
    }
    facts.extend([("version", tls.version.as_str().into()), ("cipher suite", Text::code(&tls.suite).into())]);
    facts.extend(tls.group.as_ref().map(|group| ("key exchange", group.as_str().into())));
    facts.push(("protocol (ALPN)", tls.alpn.as_deref().unwrap_or("none").into()));
    facts.push(("trusted for this name", is_trusted(tls)));
    if let Some(days) = tls.days_left {
        let tone = if days < 0 { Tone::Bad } else { Tone::Plain };
        facts.push(("certificate", Cell::from(days_left(days)).with_tone(tone)));
    }
    facts.push(("names", listed(&tls.names).into()));
    facts.push(("certificate timestamps (SCT)", tls.scts.to_string().into()));
    facts.push(("OCSP stapling", if tls.is_stapled { "yes" } else { "no" }.into()));
    if tls.asks_for_client_certificate {
        facts.push(("client certificate", "asked for".into()));
    }
    facts
}

fn is_trusted(tls: &TlsFacts) -> Cell {
    if tls.is_trusted {
        Cell::from("yes").with_tone(Tone::Good)
    } else {
        Cell::from("no").with_tone(Tone::Bad)
    }
}

fn certificates(document: &mut Document, certificates: &[CertificateFacts]) {
    if certificates.is_empty() {
        return;
    }
    let mut table = Table::new(&["certificate", "issuer", "valid until", "key", "signature"]);
    for certificate in certificates {
        table.row(vec![
            certificate.subject.as_str().into(),
            if certificate.is_self_issued { "itself".into() } else { certificate.issuer.as_str().into() },
            certificate.valid_until.strftime("%Y-%m-%d").to_string().into(),
            certificate.key.as_str().into(),
            certificate.signature.as_str().into(),
        ]);
    }
    document.table(table);
}

/// The seven headers, one column per service, with score and grade below.
pub(super) fn headers(document: &mut Document, assessed: &Assessed) {
    let scored: Vec<(&AssessedService, &HeaderFacts)> = assessed
        .services
        .iter()
        .filter_map(|service| service.headers.as_ref().map(|headers| (service, headers)))
        .collect();
    if scored.is_empty() {
        return;
    }
    document.heading("headers", "Security headers");
    let mut columns = vec!["header"];
    columns.extend(scored.iter().map(|(service, _)| &*service.name));
    let mut table = Table::new(&columns);
    for (place, name) in SECURITY_HEADERS.into_iter().enumerate() {
        let mut row = vec![Cell::from(name)];
        row.extend(scored.iter().map(|(_, headers)| value(headers.values.get(place))));
        table.row(row);
    }
    let mut row = |name: &str, cell: &dyn Fn(&HeaderFacts) -> Cell| {
        let mut cells = vec![Cell::from(name)];
        cells.extend(scored.iter().map(|(_, headers)| cell(headers)));
        table.row(cells);
    };
    row("score", &|headers| headers.score.to_string().into());
    row("grade", &|headers| Cell::from(headers.grade).with_tone(tone_of_letter(headers.grade)));
    row("response", &|headers| format!("{}, status {}", headers.endpoint, headers.status).into());
    document.table(table);
    document.blocks.push(Block::Small(
        "Score and grade: MDN HTTP Observatory 6. X-XSS-Protection and Permissions-Policy do not count in it.".into(),
    ));
    for (service, headers) in scored {
        lost(document, service, headers);
    }
}

fn value(value: Option<&Option<String>>) -> Cell {
    match value {
        Some(Some(value)) => Text::code(shortened(value, LONGEST_VALUE)).into(),
        _ => Cell::from("missing").with_tone(Tone::Doubt),
    }
}

/// What costs a service points.
fn lost(document: &mut Document, service: &AssessedService, headers: &HeaderFacts) {
    let tests = headers.tests.iter().filter(|test| test.modifier < 0 && test.counts);
    let lost: Vec<String> =
        tests.map(|test| format!("{} {} ({})", test.modifier, test.name, test.result)).collect();
    if !lost.is_empty() {
        let points = headers.tests.iter().filter(|test| test.counts && test.modifier < 0);
        let points: u64 = points.map(|test| u64::from(test.modifier.unsigned_abs())).sum();
        document.paragraph(format!(
            "{} loses {}: {}.",
            service.name,
            counted(points, "point"),
            lost.join(", ")
        ));
    }
}
