//! The status page as one HTML file: it needs no script, and fetches nothing.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::analysis::incident::IncidentCause;
use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;
use crate::report::wording::numbers::{capital, count, counted, percent, span, time_us};
use crate::report::wording::times::{moment_with_year, stretch};

use super::bars::{Bar, Scale};
use super::component::{Component, Period};
use super::history::PageIncident;
use super::page::StatusPage;
use super::state::ServiceState;
use super::summary::percent_up;

const STYLE: &str = include_str!("style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// The most incidents and gaps that are listed.
const MOST_LISTED: usize = 100;
/// Width of a bar with the space behind it, in units of the drawing.
const STEP: usize = 10;

/// The page.
pub(super) fn html(page: &StatusPage) -> String {
    let title = text(&format!("Status of {}", page.scenario));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    overall(&mut out, page);
    open_incidents(&mut out, page);
    services(&mut out, page);
    past_incidents(&mut out, page);
    gaps(&mut out, page);
    footer(&mut out, page);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn overall(out: &mut String, page: &StatusPage) {
    let state = page.state;
    let words = match state {
        ServiceState::Operational => "All systems operational",
        state => state.word(),
    };
    let last = page.measured_until.map_or_else(
        || "Nothing has been measured yet.".to_owned(),
        |at| format!("Last measured at {}.", moment_with_year(at)),
    );
    let now = match (page.runs.first(), page.is_running()) {
        (_, true) => "Being measured now.".to_owned(),
        (Some((_, state)), false) => format!("Not being measured now: the last run is {state}."),
        (None, false) => String::new(),
    };
    let _ = writeln!(
        out,
        "<div class=\"overall {}\"><p><strong>{words}</strong></p><p class=\"muted\">{last} {}</p></div>",
        state.class(),
        text(&now)
    );
    for warning in &page.warnings {
        let _ = writeln!(out, "<p class=\"muted\">Warning: {}</p>", text(warning));
    }
}

fn open_incidents(out: &mut String, page: &StatusPage) {
    out.push_str("<h2>Current incidents</h2>\n");
    if page.open.is_empty() {
        out.push_str("<p>None.</p>\n");
        return;
    }
    out.push_str("<ul>\n");
    for incident in &page.open {
        let lasted = page.measured_until.map_or_else(String::new, |until| lasted(incident.opened_at, until));
        let when = format!("Started {}; open{lasted}.", moment_with_year(incident.opened_at));
        write_incident(out, incident, &when);
    }
    out.push_str("</ul>\n");
}

fn lasted(from: Timestamp, until: Timestamp) -> String {
    std::time::Duration::try_from(until.duration_since(from))
        .map_or_else(|_| String::new(), |lasted| format!(" for {}", span(lasted)))
}

fn write_incident(out: &mut String, incident: &PageIncident, when: &str) {
    let (class, word) = match incident.cause {
        IncidentCause::Errors => ("part", "Failing requests"),
        IncidentCause::Slowdown => ("doubt", "Slowdown"),
        IncidentCause::Cache => ("doubt", "Fewer cache hits"),
    };
    let names: Vec<&str> = incident.workloads.iter().map(|name| &**name).collect();
    let _ = writeln!(
        out,
        "<li class=\"incident {class}\"><h3>{word}: {}</h3><p>{}.</p><p class=\"muted\">{}</p></li>",
        text(&names.join(", ")),
        text(&capital(&incident.what)),
        text(when)
    );
}

fn services(out: &mut String, page: &StatusPage) {
    out.push_str("<h2>Endpoints and journeys</h2>\n");
    if page.components.is_empty() {
        out.push_str("<p>No data.</p>\n");
        return;
    }
    out.push_str("<p class=\"legend\">");
    for state in ServiceState::ALL.into_iter().rev() {
        let _ = write!(
            out,
            "<span><svg viewBox=\"0 0 10 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}</svg>{}</span>",
            rect(state, 0, ""),
            state.word()
        );
    }
    out.push_str("</p>\n");
    for component in &page.components {
        service(out, component, &page.scale);
    }
}

fn service(out: &mut String, component: &Component, scale: &Scale) {
    let name = text(&component.name);
    let state = component.state;
    let _ = writeln!(
        out,
        "<section class=\"service\" id=\"{}\"><div class=\"head\"><h3>{name}</h3><span class=\"word {}\">{}</span></div>",
        text(&component.slug),
        state.class(),
        state.word()
    );
    drawn(out, component, scale, &name);
    let all = &component.all;
    let noun = if component.has_steps { "iterations" } else { "requests" };
    let ratio = (all.judged > 0).then(|| all.failed as f64 / all.judged as f64);
    let mean =
        all.mean_us.map_or_else(String::new, |us| format!(" · mean service time {}", time_us(Some(us))));
    let measured = component.measured_until.map_or_else(
        || "never measured".to_owned(),
        |at| format!("last measured at {}", moment_with_year(at)),
    );
    let _ = writeln!(
        out,
        "<p class=\"facts\">{} · {} of {} {noun} failed ({}){mean} · {measured}</p>",
        uptime(all),
        count(all.failed),
        count(all.judged),
        percent(ratio)
    );
    table(out, component);
    out.push_str("</section>\n");
}

/// Uptime as the page shows it, and to all its digits for programs. Where no window was down but requests failed, it is not a
/// round hundred percent.
fn uptime(period: &Period) -> String {
    let availability = &period.availability;
    match (percent_up(availability), availability.ratio()) {
        (Some(_), Some(ratio)) if availability.windows_down == 0 && period.failed > 0 => {
            format!("<data value=\"{ratio}\">no downtime</data>")
        }
        (Some(shown), Some(ratio)) => {
            let shown = shown.trim_end_matches('%');
            format!("<data value=\"{ratio}\">{shown}&nbsp;%</data> uptime")
        }
        _ => "no uptime: no data".to_owned(),
    }
}

fn rect(state: ServiceState, place: usize, title: &str) -> String {
    let height = state.height();
    let title = if title.is_empty() { String::new() } else { format!("<title>{}</title>", text(title)) };
    format!(
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\">{title}</rect>",
        state.class(),
        place * STEP,
        100 - height,
        STEP - 2
    )
}

fn drawn(out: &mut String, component: &Component, scale: &Scale, name: &str) {
    let bars = &component.bars;
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return };
    let each = if scale.is_of_days() { "day".to_owned() } else { span(scale.length()) };
    let label = format!("{} of {each} each: {}", counted(bars.len() as u64, "bar"), tally(bars));
    let _ = write!(
        out,
        "<svg role=\"img\" aria-label=\"{name}, {}\" viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\">",
        text(&label),
        bars.len() * STEP - 2
    );
    for (place, bar) in bars.iter().enumerate() {
        out.push_str(&rect(bar.state, place, &bar_words(bar)));
    }
    let _ = writeln!(
        out,
        "</svg>\n<div class=\"ends\"><span>{}</span><span>{}</span></div>",
        moment_with_year(first.from),
        moment_with_year(last.until)
    );
}

/// How many bars have each state: `34 Operational, 2 Partial outage`.
fn tally(bars: &[Bar]) -> String {
    let of = |state: ServiceState| bars.iter().filter(|bar| bar.state == state).count();
    let parts: Vec<String> = ServiceState::ALL
        .into_iter()
        .rev()
        .filter(|state| of(*state) > 0)
        .map(|state| format!("{} {}", of(state), state.word()))
        .collect();
    parts.join(", ")
}

fn bar_words(bar: &Bar) -> String {
    let up = percent_up(&bar.availability).map_or_else(String::new, |up| format!(", {up} up"));
    format!("{}: {}{up}", stretch(bar.from, bar.until), bar.state.word())
}

/// The bars that are not operational, as text.
fn table(out: &mut String, component: &Component) {
    let odd: Vec<&Bar> = component.bars.iter().filter(|bar| bar.state != ServiceState::Operational).collect();
    if odd.is_empty() {
        return;
    }
    out.push_str("<details><summary>What was not operational</summary><table>\n");
    for bar in odd.iter().rev() {
        let up = percent_up(&bar.availability).map_or_else(String::new, |up| format!("{up} up"));
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{up}</td></tr>",
            stretch(bar.from, bar.until),
            bar.state.word()
        );
    }
    out.push_str("</table></details>\n");
}

fn past_incidents(out: &mut String, page: &StatusPage) {
    out.push_str("<h2>Past incidents</h2>\n");
    if page.past.is_empty() {
        out.push_str("<p>None.</p>\n");
        return;
    }
    out.push_str("<ul>\n");
    for incident in page.past.iter().take(MOST_LISTED) {
        let from = moment_with_year(incident.opened_at);
        let when = match incident.resolved_at {
            Some(until) => {
                let lasted = lasted(incident.opened_at, until);
                format!("From {from} to {}{}.", moment_with_year(until), lasted.replacen(" for ", ", ", 1))
            }
            None => format!("Started {from}; still open when its run ended."),
        };
        write_incident(out, incident, &when);
    }
    out.push_str("</ul>\n");
    more(out, page.past.len(), "incident");
}

fn more(out: &mut String, all: usize, noun: &str) {
    let more = all.saturating_sub(MOST_LISTED) as u64;
    if more > 0 {
        let _ =
            writeln!(out, "<p class=\"muted\">{} not listed.</p>", counted(more, &format!("earlier {noun}")));
    }
}

fn gaps(out: &mut String, page: &StatusPage) {
    if page.gaps.is_empty() {
        return;
    }
    out.push_str("<h2>Not measured</h2>\n<ul>\n");
    for gap in page.gaps.iter().take(MOST_LISTED) {
        let reason = gap.reason.name().replace('_', " ");
        let _ = writeln!(out, "<li>{}, {} ({reason})</li>", stretch(gap.from, gap.to), span(gap.length()));
    }
    out.push_str("</ul>\n");
    more(out, page.gaps.len(), "gap");
}

fn footer(out: &mut String, page: &StatusPage) {
    let runs: Vec<String> = page.runs.iter().take(10).map(|(id, state)| format!("{id} ({state})")).collect();
    let rest = page.runs.len().saturating_sub(runs.len()) as u64;
    let rest = if rest == 0 { String::new() } else { format!(" and {}", counted(rest, "earlier run")) };
    let _ = writeln!(
        out,
        "<footer><p>Uptime is the part of the measured time in which more than half of the requests succeeded, over all load \
         levels, rounded down. What was not measured counts as neither up nor down. Major outage: down for at least half of \
         the measured time. Partial outage: down for less, or an incident with failing requests. Degraded performance: \
         another incident, more failures than the SLO accepts (1&nbsp;% without an SLO), or most windows slower than the \
         SLO. Times are UTC.</p><p>From {}: {}{rest}.</p></footer>",
        counted(page.runs.len() as u64, "run"),
        text(&runs.join(", "))
    );
}

/// Text from outside, without secrets, as HTML shows it, in elements and attributes.
fn text(raw: &str) -> String {
    let scrubbed = scrub(raw);
    let mut escaped = String::with_capacity(scrubbed.len());
    for letter in visible(&scrubbed).chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
