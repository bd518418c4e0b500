//! Output of `baseline test --once`: every request and response of one iteration, with secrets masked.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::load::once::Once;
use crate::load::trace::{Message, Traced};
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::format::Format;
use crate::report::wording::numbers::time_us;

/// The exchanges of one iteration, for people or programs.
pub fn once(name: &str, once: &Once, format: Format) -> String {
    match format {
        Format::Json => once_json(name, once),
        _ => once_text(name, once),
    }
}

fn once_text(name: &str, once: &Once) -> String {
    let mut text = String::new();
    for traced in &once.exchanges {
        let _ = writeln!(text, "{}{}", if traced.is_setup { "setup step " } else { "step " }, traced.step);
        message(&mut text, '>', &traced.request);
        match &traced.response {
            Some(response) => message(&mut text, '<', response),
            None => text.push_str("  (no response)\n"),
        }
        for (name, query, value) in &traced.captured {
            let value = value.as_deref().unwrap_or("***");
            let _ = writeln!(text, "  {name} = {value}  ({query})");
        }
        if let Some(failure) = &traced.failure {
            let _ = writeln!(text, "  failed: {failure}");
        }
        if let Some(time_ns) = traced.time_ns {
            let _ = writeln!(text, "  {}", time_us(Some(time_ns as f64 / 1e3)));
        }
        text.push('\n');
    }
    let time = time_us(Some(once.active_ns as f64 / 1e3));
    let _ = match &once.failure {
        None => writeln!(text, "{name}: succeeded in {time}, without setup and pauses"),
        Some(failure) => writeln!(text, "{name}: failed: {failure}"),
    };
    text
}

fn message(text: &mut String, mark: char, message: &Message) {
    let _ = writeln!(text, "{mark} {}", message.line);
    for (name, value) in &message.fields {
        let _ = writeln!(text, "{mark} {name}: {value}");
    }
    if !message.body.is_empty() {
        let _ = writeln!(text, "{mark}");
        for line in message.body.lines() {
            let _ = writeln!(text, "{mark} {line}");
        }
        if message.is_cut {
            let _ = writeln!(text, "{mark} ...");
        }
    }
}

fn once_json(name: &str, once: &Once) -> String {
    print(IterationOutput {
        workload: name,
        succeeded: once.failure.is_none(),
        failure: once.failure.as_deref(),
        active_time_us: once.active_ns as f64 / 1e3,
        exchanges: once.exchanges.iter().map(ExchangeOutput::from).collect(),
    })
}

/// One iteration of a journey, as `baseline test --once` prints it. Secrets are masked.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IterationOutput<'a> {
    /// Name of the journey, endpoint or mix.
    workload: &'a str,
    /// Whether every step succeeded.
    succeeded: bool,
    /// Why it failed; `null` where it succeeded.
    failure: Option<&'a str>,
    /// Time of the steps without setup and pauses, in microseconds.
    active_time_us: f64,
    /// Every request with its response, setup first; a redirect is a request of its own.
    exchanges: Vec<ExchangeOutput<'a>>,
}

impl Output for IterationOutput<'_> {
    const KIND: &'static str = "iteration";
}

/// One request and its response.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ExchangeOutput<'a> {
    /// Name of the step.
    step: &'a str,
    /// Whether it belongs to the setup.
    setup: bool,
    /// The request as it was sent.
    request: MessageOutput<'a>,
    /// The response; `null` without one.
    response: Option<MessageOutput<'a>>,
    /// Status code; `null` without a response.
    status: Option<u16>,
    /// From sending to the complete response, redirects included, in microseconds; `null` for a redirect.
    time_us: Option<f64>,
    /// Why the step failed; `null` where it did not.
    failure: Option<&'a str>,
    /// Captured values.
    captured: Vec<CapturedOutput<'a>>,
}

/// A request or a response.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct MessageOutput<'a> {
    /// Method and URL, or the status code.
    line: &'a str,
    /// Header fields in order, each a name and a value.
    headers: Vec<(&'a str, &'a str)>,
    /// The body as text.
    body: &'a str,
    /// Whether the end of the body was left out.
    cut: bool,
}

/// A captured value.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CapturedOutput<'a> {
    /// Its name.
    name: &'a str,
    /// The query that found it.
    query: &'a str,
    /// The value; `null` where it is secret.
    value: Option<&'a str>,
}

impl<'a> From<&'a Traced> for ExchangeOutput<'a> {
    fn from(traced: &'a Traced) -> Self {
        let captured = traced.captured.iter();
        Self {
            step: &traced.step,
            setup: traced.is_setup,
            request: MessageOutput::from(&traced.request),
            response: traced.response.as_ref().map(MessageOutput::from),
            status: traced.status,
            time_us: traced.time_ns.map(|time_ns| time_ns as f64 / 1e3),
            failure: traced.failure.as_deref(),
            captured: captured
                .map(|(name, query, value)| CapturedOutput { name, query, value: value.as_deref() })
                .collect(),
        }
    }
}

impl<'a> From<&'a Message> for MessageOutput<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            line: &message.line,
            headers: message.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            body: &message.body,
            cut: message.is_cut,
        }
    }
}
