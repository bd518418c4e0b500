//! Placeholders in the texts of a journey: `{{name}}` becomes a slot of a template, before anything is sent.
//!
//! A text is first marked: each placeholder is replaced by a mark that every rule for paths, headers and URLs lets pass. Once
//! the text was checked and its references to the environment are resolved, the marks become slots. What a variable holds
//! is never read as a placeholder.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::feeder::{Feeder, RowPer};
use crate::domain::journey::{Generator, Slot};
use crate::domain::suggestion::nearest;
use crate::domain::template::{Escape, Piece, Template};

use super::check::Check;
use super::key_path::KeyPath;
use super::problem::Reported;

/// A mark begins and ends with this. Paths, headers and JSON may contain it.
const MARK: &str = "~~slot";
/// The mark of a value that is inserted as JSON.
const JSON_MARK: &str = "~~json";
const END: &str = "~~";
/// Expressions that generate a value, as they are listed in hints.
const GENERATORS: [&str; 6] = ["uuid", "now", "now_ms", "user", "iteration", "random LOW HIGH"];

/// A value that steps capture or set.
#[derive(Debug, Clone, Default)]
struct Kept {
    text: Option<usize>,
    json: Option<usize>,
    is_public: bool,
    /// Whether a step that comes before the current one gives it.
    is_known: bool,
    /// The step that gives it first.
    step: String,
}

/// The names that the texts of one journey may use, and the slots that they got.
pub(super) struct Placeholders<'a> {
    check: &'a Check<'a>,
    feeders: &'a [Feeder],
    kept: RefCell<BTreeMap<String, Kept>>,
    slots: RefCell<Vec<Slot>>,
    /// Generated slots since they were last taken.
    fresh: RefCell<Vec<usize>>,
    /// Whether the texts are those of the setup, which comes before any iteration.
    is_setup: Cell<bool>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn new(check: &'a Check<'a>, feeders: &'a [Feeder]) -> Self {
        Self {
            check,
            feeders,
            kept: RefCell::default(),
            slots: RefCell::default(),
            fresh: RefCell::default(),
            is_setup: Cell::new(false),
        }
    }

    /// Announces a value that a step will give, so that an earlier use of it can be explained.
    pub(super) fn announce(&self, name: &str, step: &str, is_public: bool) {
        let mut kept = self.kept.borrow_mut();
        let known = kept.entry(name.to_owned()).or_default();
        if known.step.is_empty() {
            step.clone_into(&mut known.step);
        }
        known.is_public |= is_public;
    }

    /// The texts that follow are those of the setup, or of steps.
    pub(super) fn enter(&self, is_setup: bool) {
        self.is_setup.set(is_setup);
    }

    /// From here on the value may be used.
    pub(super) fn learn(&self, name: &str) {
        if let Some(known) = self.kept.borrow_mut().get_mut(name) {
            known.is_known = true;
        }
    }

    /// The slots of a captured or set value, as text and as JSON; `None` where nothing uses it.
    pub(super) fn slots_of(&self, name: &str) -> (Option<usize>, Option<usize>) {
        self.kept.borrow().get(name).map_or((None, None), |known| (known.text, known.json))
    }

    /// A slot for the value as text, whether or not anything uses it.
    pub(super) fn text_slot(&self, name: &str) -> usize {
        self.slot_of(name, false)
    }

    /// The slots that were generated since this was last asked: they need a value each time the step is sent.
    pub(super) fn take_fresh(&self) -> Vec<usize> {
        self.fresh.take()
    }

    /// Every slot, in the order of their numbers.
    pub(super) fn into_slots(self) -> Vec<Slot> {
        self.slots.into_inner()
    }

    /// A text with marks in the place of its placeholders.
    pub(super) fn marked(&self, key: &KeyPath, text: &str) -> Result<String, Reported> {
        if text.contains(MARK) || text.contains(JSON_MARK) {
            let what = format!("`{MARK}` and `{JSON_MARK}` are reserved");
            return Err(self.check.wrong(key, what, Some("write another text")));
        }
        let mut marked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            marked.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            if let Some(after) = after.strip_prefix("'{{'}}") {
                marked.push_str("{{");
                rest = after;
                continue;
            }
            let Some(end) = after.find("}}") else {
                let hint = "close it with }}, or write {{'{{'}} for two braces";
                return Err(self.check.wrong(key, "`{{` is not closed", Some(hint)));
            };
            let expression = after[..end].trim();
            let slot = self.slot(key, expression)?;
            marked.push_str(if expression.starts_with("json ") { JSON_MARK } else { MARK });
            marked.push_str(&slot.to_string());
            marked.push_str(END);
            rest = &after[end + 2..];
        }
        marked.push_str(rest);
        Ok(marked)
    }

    fn slot(&self, key: &KeyPath, expression: &str) -> Result<usize, Reported> {
        let words: Vec<&str> = expression.split_whitespace().collect();
        match words.as_slice() {
            ["uuid"] => Ok(self.generated(Generator::Uuid)),
            ["now"] => Ok(self.generated(Generator::Now)),
            ["now_ms"] => Ok(self.generated(Generator::NowMillis)),
            ["user"] => Ok(self.generated(Generator::User)),
            ["iteration"] => Ok(self.generated(Generator::Iteration)),
            ["random", low, high] => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) if low <= high => Ok(self.generated(Generator::Random { low, high })),
                _ => {
                    let hint = "write the smallest and the largest whole number: {{random 1 100}}";
                    let what = format!("{{{{{expression}}}}} has no range of whole numbers");
                    Err(self.check.wrong(key, what, Some(hint)))
                }
            },
            ["json", name] => self.named(key, name, true),
            [name] => self.named(key, name, false),
            _ => {
                let what = format!("{{{{{expression}}}}} is not a name");
                Err(self.check.wrong(key, what, Some(&self.hint(expression))))
            }
        }
    }

    fn named(&self, key: &KeyPath, name: &str, as_json: bool) -> Result<usize, Reported> {
        if let Some((feeder, column)) = name.split_once('.') {
            if as_json {
                let what = format!("{{{{json {name}}}}}: a column of data is text");
                let hint = format!("write {{{{{name}}}}}; `json` is for captured values");
                return Err(self.check.wrong(key, what, Some(&hint)));
            }
            return self.column(key, name, feeder, column);
        }
        let known = self.kept.borrow().get(name).map(|known| (known.is_known, known.step.clone()));
        match known {
            Some((true, _)) => Ok(self.slot_of(name, as_json)),
            Some((false, step)) => {
                let what =
                    format!("{{{{{name}}}}} has no value yet: step {step:?} gives it, and comes later");
                Err(self.check.wrong(key, what, Some("use it in a later step, or move that step up")))
            }
            None => {
                let what = format!("{{{{{name}}}}} is unknown");
                Err(self.check.wrong(key, what, Some(&self.hint(name))))
            }
        }
    }

    fn column(&self, key: &KeyPath, name: &str, feeder: &str, column: &str) -> Result<usize, Reported> {
        let Some(place) = self.feeders.iter().position(|known| *known.name == *feeder) else {
            // Data that could not be read was reported already.
            if !self.check.document.is_whole(&KeyPath::of(["data"])) {
                return Err(Reported(()));
            }
            let names: Vec<&str> = self.feeders.iter().map(|feeder| &*feeder.name).collect();
            let hint = match nearest(feeder, names.iter().copied()) {
                Some(meant) => format!("did you mean {{{{{meant}.{column}}}}}?"),
                None if names.is_empty() => format!("add [[data]] with name = {feeder:?}"),
                None => format!("known data: {}", names.join(", ")),
            };
            let what = format!("{{{{{name}}}}}: there is no data {feeder:?}");
            return Err(self.check.wrong(key, what, Some(&hint)));
        };
        let columns = &self.feeders[place].columns;
        let Some(column_place) = columns.iter().position(|known| known == column) else {
            let hint = match nearest(column, columns.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean {{{{{feeder}.{meant}}}}}?"),
                None => format!("its columns are {}", columns.join(", ")),
            };
            let what = format!("{{{{{name}}}}}: data {feeder:?} has no column {column:?}");
            return Err(self.check.wrong(key, what, Some(&hint)));
        };
        if self.is_setup.get() && self.feeders[place].per == RowPer::Iteration {
            let what = format!(
                "{{{{{name}}}}}: data {feeder:?} has a row for each iteration, and the setup comes before them"
            );
            let hint = format!("write per = \"user\" in the [[data]] {feeder:?}, or use it in a step");
            return Err(self.check.wrong(key, what, Some(&hint)));
        }
        Ok(self.add(Slot::Data { feeder: place, column: column_place }))
    }

    fn hint(&self, name: &str) -> String {
        let kept = self.kept.borrow();
        let names = kept.keys().map(String::as_str).chain(["uuid", "now", "now_ms", "user", "iteration"]);
        if let Some(meant) = nearest(name, names) {
            return format!("did you mean {{{{{meant}}}}}?");
        }
        let captured: Vec<&str> = kept.keys().map(String::as_str).collect();
        let of_data = self
            .feeders
            .iter()
            .flat_map(|feeder| feeder.columns.iter().map(move |column| format!("{}.{column}", feeder.name)));
        let all: Vec<String> = captured
            .iter()
            .map(|name| (*name).to_owned())
            .chain(of_data)
            .chain(GENERATORS.map(str::to_owned))
            .collect();
        format!("known names: {}", all.join(", "))
    }

    fn slot_of(&self, name: &str, as_json: bool) -> usize {
        let known = self.slots_of(name);
        let known = if as_json { known.1 } else { known.0 };
        if let Some(slot) = known {
            return slot;
        }
        let is_public = self.kept.borrow().get(name).is_some_and(|known| known.is_public);
        let slot = self.add(Slot::Kept { name: Arc::from(name), is_public });
        if let Some(known) = self.kept.borrow_mut().get_mut(name) {
            *(if as_json { &mut known.json } else { &mut known.text }) = Some(slot);
        }
        slot
    }

    fn generated(&self, generator: Generator) -> usize {
        let slot = self.add(Slot::Generated(generator));
        self.fresh.borrow_mut().push(slot);
        slot
    }

    fn add(&self, slot: Slot) -> usize {
        let mut slots = self.slots.borrow_mut();
        // A column needs one slot however often it is used; a generated value is another each time it is written.
        if let Some(known) =
            slots.iter().position(|known| *known == slot && matches!(slot, Slot::Data { .. }))
        {
            return known;
        }
        slots.push(slot);
        slots.len() - 1
    }
}

/// A marked text as a template. Values inserted as JSON are not escaped where texts within JSON are.
pub(super) fn template(marked: &str, escape: Escape) -> Template {
    let mut pieces = Vec::new();
    let mut rest = marked;
    while let Some(mark) = next_mark(rest) {
        if !mark.before.is_empty() {
            pieces.push(Piece::Literal(mark.before.to_owned()));
        }
        let as_it_is = mark.is_json && escape == Escape::JsonString;
        pieces.push(Piece::Slot(mark.slot, if as_it_is { Escape::None } else { escape }));
        rest = mark.after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Template::of(pieces)
}

/// Number of marks in a text.
pub(super) fn count_marks(text: &str) -> usize {
    let (mut count, mut rest) = (0, text);
    while let Some(mark) = next_mark(rest) {
        (count, rest) = (count + 1, mark.after);
    }
    count
}

/// A mark in a text, with what is before and behind it.
pub(super) struct Mark<'a> {
    pub(super) before: &'a str,
    pub(super) slot: usize,
    /// Whether the value is inserted as JSON.
    pub(super) is_json: bool,
    pub(super) after: &'a str,
}

impl Mark<'_> {
    /// Whether the text has nothing else.
    pub(super) fn is_alone(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// The first mark of a text.
pub(super) fn next_mark(text: &str) -> Option<Mark<'_>> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("~~")?;
        let rest = &text[start..];
        let is_json = rest.starts_with(JSON_MARK);
        let number = rest.strip_prefix(MARK).or_else(|| rest.strip_prefix(JSON_MARK));
        let read = number.and_then(|rest| {
            let end = rest.find(END)?;
            Some((rest[..end].parse().ok()?, &rest[end + END.len()..]))
        });
        if let Some((slot, after)) = read {
            return Some(Mark { before: &text[..start], slot, is_json, after });
        }
        from = start + 1;
    }
}

/// A marked text with its placeholders as they were written, for people.
pub(super) fn unmarked(marked: &str, written: &str) -> String {
    let mut shown = String::new();
    let (mut rest, mut source) = (marked, written);
    while let Some(mark) = next_mark(rest) {
        shown.push_str(mark.before);
        let placeholder = source.find("{{").and_then(|start| {
            let end = start + source[start..].find("}}")? + 2;
            Some((&source[start..end], &source[end..]))
        });
        if let Some((placeholder, after)) = placeholder {
            shown.push_str(placeholder);
            source = after;
        }
        rest = mark.after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_slots() {
        let path = template("/api/~~slot1~~/x?y=~~slot0~~", Escape::Path);
        assert_eq!(path.rendered(&["a", "b/c"]), "/api/b%2Fc/x?y=a");
        let json = template(r#"{"id":~~json0~~,"name":"~~slot1~~"}"#, Escape::JsonString);
        assert_eq!(json.rendered(&["17", "a\"b"]), r#"{"id":17,"name":"a\"b"}"#);
        assert!(next_mark("/api/~~slot~~x/~~~").is_none());
        assert!(next_mark("~~~slot12~~").is_some_and(|mark| mark.slot == 12 && mark.before == "~"));
        assert!(next_mark("~~json3~~").is_some_and(|mark| mark.is_json && mark.is_alone()));
    }

    #[test]
    fn marks_are_shown_as_they_were_written() {
        let shown = unmarked("/api/~~slot1~~/%20x?y=~~slot0~~", "/api/{{id}}/ x?y={{account.email}}");
        assert_eq!(shown, "/api/{{id}}/%20x?y={{account.email}}");
    }
}
