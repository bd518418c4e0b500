//! What a user sends and receives, kept for people, with everything secret masked.

use crate::domain::endpoint::Origin;
use crate::domain::journey::Slot;
use crate::domain::mask::{MASK, Mask, SHORTEST_ANYWHERE};
use crate::domain::plan::Plan;
use crate::domain::template::Values as _;
use crate::http::{Request, Response, Traceparent};

use super::carried::Carried;
use super::client::Outcome;
use super::play::{Play, PlayStep};
use super::played::Sent;
use super::rows_in_use::RowsInUse;

/// More of a body is not shown. Units: bytes.
const LONGEST_BODY: usize = 4_096;
/// Header fields whose values are always secret.
const SECRET_FIELDS: [&str; 8] = [
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-amz-security-token",
];

/// The exchanges of one iteration, setup first.
#[derive(Clone, Default)]
pub struct Trace {
    /// In the order in which they were sent; a redirect is one more.
    pub exchanges: Vec<Traced>,
    /// Values that must not be shown.
    secrets: Vec<String>,
}

/// One request and its response. Nothing is masked before [`Trace::masked`].
#[derive(Clone, Default)]
pub struct Traced {
    /// Name of the step.
    pub step: String,
    /// Whether it belongs to the setup.
    pub is_setup: bool,
    /// Request line, header lines and body.
    pub request: Message,
    /// The response; `None` where there was none.
    pub response: Option<Message>,
    /// Status of the response.
    pub status: Option<u16>,
    /// Time from sending to the complete response, redirects included, in nanoseconds; `None` for a redirect.
    pub time_ns: Option<u64>,
    /// Why the step failed; `None` where it did not.
    pub failure: Option<String>,
    /// Captured values: name, query, and the value where it may be shown.
    pub captured: Vec<(String, String, Option<String>)>,
}

/// The first line, header fields and body of a request or a response.
#[derive(Clone, Default)]
pub struct Message {
    /// Request line, or status.
    pub line: String,
    /// Header fields, in order.
    pub fields: Vec<(String, String)>,
    /// The body, where it is text; a note where it is not.
    pub body: String,
    /// Whether more of the body was left out.
    pub is_cut: bool,
}

// Both may hold secrets.
impl std::fmt::Debug for Traced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traced")
            .field("step", &self.step)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Trace {
    /// Nothing yet; values of the environment that the plan uses are secret.
    pub(super) fn new(plan: &Plan) -> Self {
        Self { exchanges: Vec::new(), secrets: plan.secrets.values().to_vec() }
    }

    /// A request goes out.
    pub(super) fn sends(
        &mut self,
        step: &PlayStep,
        request: &Request,
        to: &Origin,
        traceparent: &Traceparent,
    ) {
        let mut message = Message::default();
        if let Some((method, target, host, headers)) = request.lines() {
            message.line = format!("{method} {to}{target}");
            message.fields.push(("host".to_owned(), host.to_owned()));
            message.fields.extend(headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        let ours = message.fields.iter_mut().find(|(name, _)| request.is_traced() && name == "traceparent");
        if let Some((_, value)) = ours {
            traceparent.as_str().clone_into(value);
        }
        let secrets: Vec<String> = secrets_in(&message.fields);
        for secret in &secrets {
            self.hide(secret);
        }
        (message.body, message.is_cut) = match request.body() {
            Some(body) => text_of(body),
            None => ("(file)".to_owned(), false),
        };
        let (step, is_setup) = (step.name.to_string(), step.is_setup);
        self.exchanges.push(Traced { step, is_setup, request: message, ..Traced::default() });
    }

    /// A response of a redirect came, or the last one of a step.
    pub(super) fn received(&mut self, response: &Response) {
        let Some(traced) = self.exchanges.last_mut() else { return };
        traced.status = Some(response.status);
        let mut message = Message { line: response.status.to_string(), ..Message::default() };
        if let Some(kept) = &response.kept {
            let fields = kept.fields.iter();
            message.fields.extend(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
            (message.body, message.is_cut) = text_of(&kept.body);
            message.is_cut |= kept.body_is_cut;
        }
        let secrets = secrets_in(&message.fields);
        traced.response = Some(message);
        for secret in &secrets {
            self.hide(secret);
        }
    }

    /// A step has ended.
    pub(super) fn ended(&mut self, sent: &Sent, step: &PlayStep, play: &Play, carried: &Carried) {
        for (slot, from) in play.slots.iter().enumerate() {
            let is_secret = matches!(from, Slot::Kept { is_public: false, .. });
            if is_secret {
                self.hide(carried.get(slot));
            }
        }
        let Some(traced) = self.exchanges.last_mut() else { return };
        traced.time_ns = Some(sent.ended_ns.saturating_sub(sent.started.sent_ns));
        traced.failure = match sent.outcome {
            Outcome::Succeeded => None,
            Outcome::Throttled => Some("rate-limited (429)".to_owned()),
            Outcome::Failed(reason) => Some(sent.remark.clone().unwrap_or_else(|| reason.brief().to_owned())),
        };
        if sent.outcome == Outcome::Succeeded {
            traced.captured = step
                .captures
                .iter()
                .map(|taken| {
                    let slot = taken.text_slot.or(taken.json_slot);
                    let shown = slot.filter(|_| taken.is_public).map(|slot| carried.get(slot).to_owned());
                    (taken.name.to_string(), taken.query.text().to_owned(), shown)
                })
                .collect();
        }
    }

    /// Data of a row is secret, except for public columns.
    pub(super) fn hide_rows(&mut self, play: &Play, carried: &Carried, rows: &RowsInUse) {
        for (slot, from) in play.slots.iter().enumerate() {
            let Slot::Data { feeder, column } = from else { continue };
            let is_public = rows.feeder(*feeder).is_some_and(|known| known.public[*column]);
            if !is_public {
                self.hide(carried.get(slot));
            }
        }
    }

    /// A value that must not be shown.
    pub(super) fn hide(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_owned());
        }
    }

    /// The exchanges with every secret masked: by value wherever it stands, and in fields that are always secret.
    pub fn masked(mut self) -> Vec<Traced> {
        let secrets = Mask::new(self.secrets.iter().map(String::as_str));
        let mask = |text: &str| secrets.applied(text);
        for traced in &mut self.exchanges {
            for message in [Some(&mut traced.request), traced.response.as_mut()].into_iter().flatten() {
                message.line = mask(&message.line);
                if message.is_cut {
                    secrets.cut_begun(&mut message.body);
                }
                message.body = mask(&message.body);
                for (name, value) in &mut message.fields {
                    *value = if is_secret(name) { masked_field(name, value) } else { mask(value) };
                }
            }
            traced.failure = traced.failure.take().map(|failure| mask(&failure));
        }
        self.exchanges
    }
}

fn is_secret(field: &str) -> bool {
    SECRET_FIELDS.iter().any(|known| field.eq_ignore_ascii_case(known))
}

/// What is secret of header fields, to be masked wherever else it stands. The words of a page are not taken for one.
fn secrets_in(fields: &[(String, String)]) -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| is_secret(name)) {
        if name.eq_ignore_ascii_case("cookie") {
            secrets.extend(value.split(';').filter_map(|pair| Some(pair.split_once('=')?.1)));
        } else if name.eq_ignore_ascii_case("set-cookie") {
            secrets.extend(value.split(';').next().and_then(|pair| Some(pair.split_once('=')?.1)));
        } else {
            secrets.push(value.split_once(' ').map_or(value.as_str(), |(_, credentials)| credentials));
        }
    }
    let is_long = |secret: &&str| secret.len() >= SHORTEST_ANYWHERE;
    secrets.into_iter().map(str::trim).filter(is_long).map(str::to_owned).collect()
}

/// The value of a field that is always secret: the scheme and the names of cookies stay.
fn masked_field(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case("cookie") {
        let names = value.split(';').map(|pair| pair.split('=').next().unwrap_or_default().trim());
        return names.map(|name| format!("{name}={MASK}")).collect::<Vec<_>>().join("; ");
    }
    if name.eq_ignore_ascii_case("set-cookie") {
        let (pair, rest) = value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
        let name = pair.split('=').next().unwrap_or_default();
        let rest = if rest.is_empty() { String::new() } else { format!(";{rest}") };
        return format!("{name}={MASK}{rest}");
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name.to_ascii_lowercase().ends_with("authorization") => {
            format!("{scheme} {MASK}")
        }
        _ => MASK.to_owned(),
    }
}

/// A body as text, and whether it was cut.
fn text_of(body: &[u8]) -> (String, bool) {
    let shown = &body[..body.len().min(LONGEST_BODY)];
    let is_cut = shown.len() < body.len();
    match std::str::from_utf8(shown) {
        Ok(text) => (text.to_owned(), is_cut),
        // A character may be cut at the end.
        Err(error) if is_cut && error.valid_up_to() + 4 > shown.len() => {
            (String::from_utf8_lossy(&shown[..error.valid_up_to()]).into_owned(), true)
        }
        Err(_) => (format!("({} bytes)", body.len()), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let message = |body: &str, fields: &[(&str, &str)]| Message {
            line: "POST http://a.example/x?key=obviously%2Ffake".to_owned(),
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_owned(),
            is_cut: false,
        };
        let trace = Trace {
            exchanges: vec![Traced {
                request: message(
                    "{\"k\":\"obviously/fake\"}",
                    &[("authorization", "Bearer abc"), ("cookie", "a=1; b=2")],
                ),
                response: Some(message("obviously/fake!", &[("set-cookie", "s=1; Path=/")])),
                ..Traced::default()
            }],
            secrets: vec!["obviously/fake".to_owned(), "obviously/fake!".to_owned()],
        };
        let masked = trace.masked();
        let (request, response) = (&masked[0].request, masked[0].response.as_ref().unwrap());
        assert_eq!(request.line, "POST http://a.example/x?key=***");
        assert_eq!(request.body, "{\"k\":\"***\"}");
        assert_eq!(request.fields[0].1, "Bearer ***");
        assert_eq!(request.fields[1].1, "a=***; b=***");
        assert_eq!((response.body.as_str(), response.fields[0].1.as_str()), ("***", "s=***; Path=/"));
    }

    #[test]
    fn what_secret_fields_hold_is_masked_elsewhere() {
        let fields = [
            ("Authorization", "Bearer obviously-fake"),
            ("cookie", "a=cookie-fake; b=1"),
            ("Set-Cookie", "c=other-fake; Path=/"),
            ("accept", "text/html"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(secrets_in(&fields), ["obviously-fake", "cookie-fake", "other-fake"]);
    }

    #[test]
    fn bodies_are_cut_between_characters() {
        let long = "é".repeat(LONGEST_BODY);
        let (text, is_cut) = text_of(&long.as_bytes()[1..]);
        assert!(is_cut || text.starts_with('('));
        let (text, is_cut) = text_of(long.as_bytes());
        assert!(is_cut && text.chars().all(|c| c == 'é'));
        assert_eq!(text_of(&[0xff, 0xfe]).0, "(2 bytes)");
    }
}
