//! GitHub workflow commands: one error per change that fails, doubts as warnings, improvements as notices; the worst first.

use crate::analysis::gate::{Outcome, Row};
use crate::domain::verdict::Verdict;

use crate::report::changes::{Change, place, sentence};

use super::doubts::doubted;
use super::moved;
use super::reason::{broken, change_words, reason};
use super::view::GateView;

/// GitHub shows at most this number of annotations of each kind per step.
const MOST: usize = 10;

/// All annotations, one per line.
pub fn annotations(stages: &[GateView]) -> String {
    let (mut errors, mut warnings, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for view in stages {
        let title = |what: &str| format!("{}: {what}", view.title());
        errors.extend(view.broken.iter().map(|one| (title("SLO"), broken(one, 1))));
        let of_change = |change: &Change| (title(&place(change)), sentence(change));
        errors.extend(moved::regressed(view).iter().map(of_change));
        if view.outcome() == Outcome::Inconclusive {
            warnings.push((title("inconclusive"), reason(view)));
        } else {
            warnings
                .extend(view.judgement.doubts.iter().map(|doubt| (title("warning"), doubted(view, doubt))));
        }
        let is_new = |row: &&Row| row.is_new && row.verdict != Verdict::Regressed;
        warnings.extend(view.judgement.rows.iter().filter(is_new).map(|row| {
            let place = row.cell.to_string();
            (title(&place), format!("{place}: {}", change_words(row)))
        }));
        warnings.extend(view.remarks.iter().map(|remark| (title("note"), remark.clone())));
        if view.outcome() == Outcome::Accepted {
            notices.push((title("accepted"), reason(view)));
        }
        notices.extend(moved::improved(view).iter().map(of_change));
    }
    let mut text = String::new();
    for (kind, all) in [("error", errors), ("warning", warnings), ("notice", notices)] {
        for (title, message) in all.iter().take(MOST) {
            text.push_str(&line(kind, title, message));
        }
    }
    text
}

fn line(kind: &str, title: &str, message: &str) -> String {
    let message = data(message);
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={title}::{message}\n")
}

/// Escapes a text as the runner expects it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(
            line("error", "a: b, c", "100 %\n::error::x"),
            "::error title=a%3A b%2C c::100 %25%0A::error::x\n"
        );
    }
}
