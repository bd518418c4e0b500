//! What somebody may have meant by a name that is not known: the nearest of those that are.

use strsim::osa_distance;

/// The known name that is nearest to what was written; `None` where none is near enough to be a slip of the fingers.
///
/// Letters that are wrong, missing, added or swapped count one each, and a third of the letters may be wrong. Capitals and
/// the choice between `-` and `_` do not count.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    // Text from outside may have any length; no name has more letters than this.
    if written.chars().count() > MOST_LETTERS {
        return None;
    }
    let written = plain(written);
    let most = written.chars().count().div_ceil(3);
    let near = known.into_iter().map(|name| (osa_distance(&written, &plain(name)), name));
    // Words that share the beginning of what was written are long forms of it: `dur`, `duration`.
    near.filter(|(distance, name)| *distance <= most || is_beginning(&written, &plain(name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Longest name that is compared. Units: characters.
const MOST_LETTERS: usize = 100;
/// Fewer letters than this begin many words.
const SHORTEST_BEGINNING: usize = 3;

fn is_beginning(written: &str, name: &str) -> bool {
    written.chars().count() >= SHORTEST_BEGINNING && name.starts_with(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let keys = ["duration", "cycle", "window", "warm_up", "order", "rate_limits"];
        let check = |written: &str, expected: Option<&str>| {
            assert_eq!(nearest(written, keys), expected, "{written}");
        };
        check("windows", Some("window"));
        check("widnow", Some("window"));
        check("warm-up", Some("warm_up"));
        check("WarmUp", Some("warm_up"));
        check("dur", Some("duration"));
        check("ordre", Some("order"));
        // The first letter is Cyrillic.
        check("\u{441}ycle", Some("cycle"));
        check("users", None);
        check("x", None);
        check("", None);
        check(&"window".repeat(1_000), None);
    }

    #[test]
    fn the_nearest_comes_first() {
        assert_eq!(nearest("helth", ["health_detailed", "health", "wealth"]), Some("health"));
        assert_eq!(nearest("p99", ["mean", "p95"]), Some("p95"));
    }
}
