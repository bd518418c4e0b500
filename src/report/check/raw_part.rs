//! The raw facts at the end of a report: whole header values, certificates, tests of the score, times by name of other
//! tools.

use crate::check::facts::{Assessed, AssessedService};
use crate::domain::grade::Phase;
use crate::report::formats::document::{Block, Document, Table, Text};
use crate::report::wording::times::moment_with_year;

use super::names::curl_times;
use super::times_part::range;
use super::wording::time;
use crate::check::facts::SECURITY_HEADERS;

/// One folded part per service.
pub(super) fn section(document: &mut Document, assessed: &Assessed) {
    let parts: Vec<(&AssessedService, Vec<Block>)> =
        assessed.services.iter().map(|service| (service, blocks(service))).collect();
    if parts.iter().all(|(_, blocks)| blocks.is_empty()) {
        return;
    }
    document.heading("raw", "Raw facts");
    document.paragraph(
        "Times under the names of curl -w are cumulative medians in seconds. The JSON output has every fact.",
    );
    for (service, blocks) in parts {
        document.folded(service.name.to_string(), blocks);
    }
}

fn blocks(service: &AssessedService) -> Vec<Block> {
    let mut blocks = Vec::new();
    for table in [endpoints(service), curl(service), certificates(service), headers(service), tests(service)]
    {
        if !table.rows.is_empty() {
            blocks.push(Block::Table(table));
        }
    }
    blocks
}

fn endpoints(service: &AssessedService) -> Table {
    let mut table = Table::new(&["endpoint", "phase", ">median", ">quartiles", ">min to max", ">samples"]);
    for endpoint in &service.endpoints {
        let processing = endpoint.processing.iter().map(|spread| ("server (request to first byte)", spread));
        let kept = endpoint.kept_alive.iter().map(|spread| ("response, kept-alive", spread));
        let phases = Phase::ALL
            .into_iter()
            .filter_map(|phase| endpoint.phase(phase).map(|spread| (phase.words(), spread)));
        for (name, spread) in phases.chain(processing).chain(kept) {
            table.row(vec![
                Text::code(&*endpoint.name).into(),
                name.into(),
                time(spread.median).into(),
                range(spread.lower_quartile, spread.upper_quartile).into(),
                range(spread.min, spread.max).into(),
                spread.samples.to_string().into(),
            ]);
        }
    }
    table
}

fn curl(service: &AssessedService) -> Table {
    let mut table = Table::new(&["endpoint", "name in curl -w", ">seconds"]);
    for endpoint in &service.endpoints {
        for (name, seconds) in curl_times(endpoint).listed() {
            let Some(seconds) = seconds else { continue };
            table.row(vec![
                Text::code(&*endpoint.name).into(),
                Text::code(name).into(),
                format!("{seconds:.6}").into(),
            ]);
        }
    }
    table
}

fn certificates(service: &AssessedService) -> Table {
    let mut table = Table::new(&["certificate", "value"]);
    for certificate in service.tls.iter().flat_map(|tls| &tls.certificates) {
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let rows = [
            ("subject", certificate.subject.clone()),
            ("issuer", certificate.issuer.clone()),
            ("serial number", certificate.serial.clone()),
            ("SHA-256", certificate.fingerprint.clone()),
            ("valid from", moment_with_year(certificate.valid_from)),
            ("valid until", moment_with_year(certificate.valid_until)),
            ("may issue certificates", yes(certificate.is_authority)),
        ];
        for (name, value) in rows {
            table.row(vec![name.into(), Text::code(value).into()]);
        }
    }
    if let Some(tls) = &service.tls
        && !tls.names.is_empty()
    {
        table.row(vec!["names".into(), Text::code(tls.names.join(", ")).into()]);
    }
    table
}

fn headers(service: &AssessedService) -> Table {
    let mut table = Table::new(&["header", "value"]);
    let Some(headers) = &service.headers else { return table };
    for (name, value) in SECURITY_HEADERS.into_iter().zip(&headers.values) {
        if let Some(value) = value {
            table.row(vec![name.into(), Text::code(value).into()]);
        }
    }
    table
}

fn tests(service: &AssessedService) -> Table {
    let mut table = Table::new(&["test of the score", "result", ">points", "counts"]);
    for test in service.headers.iter().flat_map(|headers| &headers.tests) {
        table.row(vec![
            test.name.into(),
            test.result.as_str().into(),
            test.modifier.to_string().into(),
            if test.counts { "yes" } else { "no" }.into(),
        ]);
    }
    table
}
