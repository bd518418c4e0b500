//! How a service behaves: to other origins, to wrong credentials, over WebSocket, where it redirects to, what it says
//! about itself, and whether it keeps its documented rate limits.

use crate::check::facts::{Assessed, AssessedService, LimitFacts, LimitOutcome, SocketStep};
use crate::domain::finding::ServiceState;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{capital, count, counted, span};

use super::omissions::{unchecked_login, unchecked_socket};
use super::wording::{part_id, shortened, status, time};

/// Longest text from a server within a cell.
const LONGEST_VALUE: usize = 120;

/// Where the service is, what it does and how it is.
pub(super) fn opening(document: &mut Document, service: &AssessedService) {
    let mut text = String::new();
    if let Some(role) = &service.role {
        text = format!(" {}.", capital(role.trim_end_matches('.')));
    }
    let address = service.address.map_or_else(String::new, |address| format!(" (connected to {address})"));
    let state = match service.state {
        ServiceState::NotMeasured => "Not measured".to_owned(),
        state => capital(state.words()),
    };
    document.paragraph(
        Text::strong(format!("{state}."))
            .then(format!("{text} "))
            .and(Text::code(service.origin.url()))
            .then(address),
    );
}

/// Every part that something is known of.
pub(super) fn section(document: &mut Document, assessed: &Assessed, service: &AssessedService) {
    redirects(document, service);
    cors(document, service);
    sockets(document, assessed, service);
    logins(document, assessed, service);
    body_rules(document, service);
}

fn verdict(is_right: bool) -> Cell {
    if is_right {
        Cell::from("as expected").with_tone(Tone::Good)
    } else {
        Cell::from("wrong").with_tone(Tone::Bad)
    }
}

/// The reason is in the list of what was not checked.
fn not_checked() -> Cell {
    Cell::from("not checked").with_tone(Tone::Doubt)
}

/// The verdict, or what is wrong.
fn problem(problem: &str) -> Cell {
    if problem.is_empty() {
        verdict(true)
    } else {
        Cell::from(format!("wrong: {problem}")).with_tone(Tone::Bad)
    }
}

fn redirects(document: &mut Document, service: &AssessedService) {
    let Some(redirects) = &service.redirects else { return };
    let mut items = Vec::new();
    let chains = [("Without TLS", &redirects.from_http), ("First endpoint", &redirects.from_first)];
    for (name, chain) in chains.into_iter().filter(|(_, chain)| !chain.is_empty()) {
        let hops = chain.len().saturating_sub(1) as u64;
        let text = match hops {
            0 => "no redirect, ".to_owned(),
            hops => format!("{}, ", counted(hops, "redirect")),
        };
        items.push(Text::plain(format!("{name}: {text}")).and(Text::code(chain.join(" -> "))));
    }
    if !redirects.problem.is_empty() {
        items.push(Text::plain(format!("The chain ended early: {}", redirects.problem)));
    }
    if !items.is_empty() {
        document.subheading(&part_id(service, "redirects"), &format!("{}: redirects", service.name));
        document.list(items);
    }
}

fn cors(document: &mut Document, service: &AssessedService) {
    if service.cors.is_empty() {
        return;
    }
    document.subheading(&part_id(service, "cors"), &format!("{}: other origins (CORS)", service.name));
    let mut table =
        Table::new(&["path", "question", "origin", "status", "allowed origin", "credentials", "verdict"]);
    for (facts, case) in
        service.cors.iter().flat_map(|facts| facts.cases.iter().map(move |case| (facts, case)))
    {
        table.row(vec![
            Text::code(&facts.path).into(),
            case.question.name().into(),
            Text::code(&case.origin).into(),
            status(case.status).into(),
            case.allow_origin.as_ref().map_or_else(
                || Cell::from("none"),
                |origin| Text::code(shortened(origin, LONGEST_VALUE)).into(),
            ),
            if case.allows_credentials { "allowed" } else { "not allowed" }.into(),
            if case.is_right { verdict(true) } else { problem(&case.problem) },
        ]);
    }
    document.table(table);
}

fn sockets(document: &mut Document, assessed: &Assessed, service: &AssessedService) {
    if service.sockets.is_empty() {
        return;
    }
    document.subheading(&part_id(service, "websocket"), &format!("{}: WebSocket", service.name));
    let mut table = Table::new(&["path", "status", "subprotocol", ">opened after", ">ping", "verdict"]);
    for socket in &service.sockets {
        let verdict = match (socket.step, socket.problem.as_str()) {
            _ if unchecked_socket(assessed, &service.name, socket).is_some() => not_checked(),
            (SocketStep::Open, "") => Cell::from("open, ping returned").with_tone(Tone::Good),
            (step, problem) => {
                let problem = if problem.is_empty() { String::new() } else { format!(": {problem}") };
                Cell::from(format!("failed at {}{problem}", step.name())).with_tone(Tone::Bad)
            }
        };
        table.row(vec![
            Text::code(&socket.path).into(),
            status(socket.status).into(),
            socket.protocol.as_deref().unwrap_or("none").into(),
            socket.opened_after.map_or_else(Cell::default, |after| time(after).into()),
            socket.ping.map_or_else(Cell::default, |ping| time(ping).into()),
            verdict,
        ]);
    }
    document.table(table);
}

fn logins(document: &mut Document, assessed: &Assessed, service: &AssessedService) {
    if service.logins.is_empty() {
        return;
    }
    document.subheading(&part_id(service, "login"), &format!("{}: wrong credentials", service.name));
    let mut table = Table::new(&["path", "status", "JSON", "message", "verdict"]);
    for login in &service.logins {
        let leaks = login.leaks.iter().map(|leak| format!("leaks {leak}"));
        let wrong: Vec<String> = login.problems.iter().cloned().chain(leaks).collect();
        table.row(vec![
            Text::code(&login.path).into(),
            status(login.status).into(),
            if login.is_json { "yes" } else { "no" }.into(),
            login.message.as_ref().map_or_else(Cell::default, |text| shortened(text, LONGEST_VALUE).into()),
            match unchecked_login(assessed, &service.name, login) {
                Some(_) => not_checked(),
                None => problem(&wrong.join("; ")),
            },
        ]);
    }
    document.table(table);
}

fn body_rules(document: &mut Document, service: &AssessedService) {
    if service.body_rules.is_empty() {
        return;
    }
    document.subheading(&part_id(service, "body"), &format!("{}: rules about responses", service.name));
    let mut table = Table::new(&["rule", "path", "found", "verdict"]);
    for rule in &service.body_rules {
        table.row(vec![
            rule.name.as_str().into(),
            Text::code(&rule.path).into(),
            rule.found
                .as_ref()
                .map_or_else(Cell::default, |text| Text::code(shortened(text, LONGEST_VALUE)).into()),
            match rule.holds {
                Some(true) => verdict(true),
                Some(false) => Cell::from("not as required").with_tone(Tone::Bad),
                None => not_checked(),
            },
        ]);
    }
    document.table(table);
}

/// The documented rate limits that were verified.
pub(super) fn rate_limits(document: &mut Document, assessed: &Assessed) {
    if assessed.rate_limits.is_empty() {
        return;
    }
    document.heading("rate-limits", "Documented rate limits");
    let mut table =
        Table::new(&["path", "limit", "found", ">requests sent", ">Retry-After", "retry", "429 differs in"]);
    for limit in &assessed.rate_limits {
        let (words, tone) = outcome(limit);
        table.row(vec![
            Text::code(&limit.path).into(),
            format!("{} per {}", count(limit.requests), span(limit.per)).into(),
            Cell::from(words).with_tone(tone),
            count(limit.sent).into(),
            limit.retry_after_s.map_or_else(Cell::default, |seconds| format!("{} s", count(seconds)).into()),
            match limit.retry_succeeded {
                Some(true) => Cell::from("succeeded").with_tone(Tone::Good),
                Some(false) => Cell::from("failed").with_tone(Tone::Bad),
                None => "not tried".into(),
            },
            if limit.problems.is_empty() { "nothing".into() } else { limit.problems.join("; ").into() },
        ]);
    }
    document.table(table);
    document
        .blocks
        .push(Block::Small("Each limit was verified with at most one request more than it allows.".into()));
}

/// What was found of a limit, in words.
pub(super) fn outcome(limit: &LimitFacts) -> (String, Tone) {
    match limit.outcome {
        LimitOutcome::AsDocumented => ("as documented".to_owned(), Tone::Good),
        LimitOutcome::TooEarly(number) => {
            (format!("request {} was already refused", count(number)), Tone::Bad)
        }
        LimitOutcome::NotEnforced => {
            (format!("request {} was served", count(limit.requests.saturating_add(1))), Tone::Bad)
        }
        LimitOutcome::Unreachable => ("other limits keep it out of reach".to_owned(), Tone::Plain),
        LimitOutcome::NotVerified => ("not verified".to_owned(), Tone::Doubt),
    }
}
