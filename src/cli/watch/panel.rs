//! Below the table of `watch`: incidents, gaps, outliers, and the load generator.

use ratatui::text::{Line, Span};

use crate::report::console::watch::Live;
use crate::report::console::watch::words::{gaps_words, generator_words, outliers_words};
use crate::report::wording::numbers::count;

use super::theme::Theme;

/// The panel, line by line, the most important first.
pub(super) fn lines(live: &Live, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![incidents(live, theme)];
    for incident in &live.incidents {
        let (word, style) =
            if incident.is_open { ("OPEN      ", theme.bad()) } else { ("resolved  ", theme.muted()) };
        lines.push(Line::from(vec![Span::styled(word, style), Span::raw(incident.sentence.clone())]));
    }
    let is_short = live.generator.is_short_of_cpu() == Some(true);
    let generator = Line::styled(
        generator_words(live),
        if is_short { theme.doubt() } else { ratatui::style::Style::new() },
    );
    // What may spoil all figures comes before a long list of incidents.
    lines.insert(1, generator);
    let rest = outliers_words(live).into_iter().chain(gaps_words(live));
    let place = lines.len().min(2);
    for (more, words) in rest.enumerate() {
        lines.insert(place + more, Line::raw(words));
    }
    lines
}

fn incidents(live: &Live, theme: Theme) -> Line<'static> {
    let open = live.incidents.iter().filter(|incident| incident.is_open).count() as u64;
    let all = live.incidents.len() as u64;
    match (all, open) {
        (0, _) => Line::styled("incidents: none", theme.good()),
        (all, 0) => Line::styled(format!("incidents: {}, none open", count(all)), theme.doubt()),
        (all, open) => Line::styled(format!("incidents: {}, {} OPEN", count(all), count(open)), theme.bad()),
    }
}
