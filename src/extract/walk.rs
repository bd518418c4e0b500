//! JSONPath without filters, followed through a parsed value in one pass: its time grows with what it looks at, and no more.

use serde_json::Value;

use super::found::Missing;

/// More matches than this at any step are too many: `[*,*][*,*]` doubles them with each bracket.
const MOST: usize = 1_000_000;

/// What a bracket selects of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pick {
    /// A member of an object.
    Name(String),
    /// An element of an array, from its end where below 0.
    Index(i64),
    /// Every member or element.
    All,
    /// Elements from one to another, in steps; from the end where below 0.
    Slice(Option<i64>, Option<i64>, Option<i64>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hop {
    /// Whether it selects of everything below as well: `..`.
    pub(super) goes_down: bool,
    pub(super) picks: Vec<Pick>,
}

/// Everything that a path matches, in the order of the text.
///
/// # Errors
///
/// [`Missing::TooLarge`] where there would be too many matches.
pub(super) fn matches<'v>(hops: &[Hop], root: &'v Value) -> Result<Vec<&'v Value>, Missing> {
    let mut found = vec![root];
    for hop in hops {
        let mut next = Vec::new();
        for value in found {
            if hop.goes_down {
                descend(value, &hop.picks, &mut next)?;
            } else {
                pick(value, &hop.picks, &mut next)?;
            }
        }
        found = next;
    }
    Ok(found)
}

/// Picks of a value, and then of what is below it. No deeper than the parser goes.
fn descend<'v>(value: &'v Value, picks: &[Pick], out: &mut Vec<&'v Value>) -> Result<(), Missing> {
    pick(value, picks, out)?;
    match value {
        Value::Array(all) => all.iter().try_for_each(|below| descend(below, picks, out)),
        Value::Object(all) => all.values().try_for_each(|below| descend(below, picks, out)),
        _ => Ok(()),
    }
}

fn pick<'v>(value: &'v Value, picks: &[Pick], out: &mut Vec<&'v Value>) -> Result<(), Missing> {
    for pick in picks {
        match (pick, value) {
            (Pick::Name(name), Value::Object(all)) => out.extend(all.get(name)),
            (Pick::Index(index), Value::Array(all)) => out.extend(at(all, *index)),
            (Pick::All, Value::Array(all)) => out.extend(all),
            (Pick::All, Value::Object(all)) => out.extend(all.values()),
            (Pick::Slice(start, end, step), Value::Array(all)) => slice(all, *start, *end, *step, out),
            _ => (),
        }
        if out.len() > MOST {
            return Err(Missing::TooLarge);
        }
    }
    Ok(())
}

fn at(all: &[Value], index: i64) -> Option<&Value> {
    let from_end = || all.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    all.get(usize::try_from(index).ok().or_else(from_end)?)
}

/// The elements of a slice.
/// Source: RFC 9535, section 2.3.4.2.2.
fn slice<'v>(
    all: &'v [Value],
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
    out: &mut Vec<&'v Value>,
) {
    let len = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let from_start = |index: i64| if index >= 0 { index } else { len.saturating_add(index) };
    let step = step.unwrap_or(1);
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let place = |index: i64| usize::try_from(index).unwrap_or(0);
    if step > 0 {
        let low = from_start(start.unwrap_or(0)).clamp(0, len);
        let high = from_start(end.unwrap_or(len)).clamp(0, len);
        out.extend(all[..place(high)].iter().skip(place(low)).step_by(stride));
    } else if step < 0 {
        let high = from_start(start.unwrap_or(len - 1)).clamp(-1, len - 1);
        let low = end.map_or(-1, from_start).clamp(-1, len - 1);
        if low < high {
            out.extend(all[place(low + 1)..=place(high)].iter().rev().step_by(stride));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sliced(start: Option<i64>, end: Option<i64>, step: Option<i64>) -> Vec<u64> {
        let all: Vec<Value> = (0..5).map(|number| json!(number)).collect();
        let mut out = Vec::new();
        slice(&all, start, end, step, &mut out);
        out.into_iter().filter_map(Value::as_u64).collect()
    }

    #[test]
    fn slices_are_those_of_the_standard() {
        let check = |start: Option<i64>, end: Option<i64>, step: Option<i64>, expected: &[u64]| {
            assert_eq!(sliced(start, end, step), expected, "{start:?} {end:?} {step:?}");
        };
        check(None, None, None, &[0, 1, 2, 3, 4]);
        check(Some(1), Some(3), None, &[1, 2]);
        check(Some(3), Some(1), None, &[]);
        check(Some(-2), None, None, &[3, 4]);
        check(Some(-99), Some(99), Some(2), &[0, 2, 4]);
        check(None, None, Some(0), &[]);
        check(None, None, Some(-1), &[4, 3, 2, 1, 0]);
        check(Some(-1), Some(0), Some(-1), &[4, 3, 2, 1]);
        check(Some(3), Some(-99), Some(-2), &[3, 1]);
        check(Some(1), Some(3), Some(-1), &[]);
        check(Some(i64::MIN), Some(i64::MAX), Some(i64::MAX), &[0]);
        check(Some(i64::MAX), Some(i64::MIN), Some(i64::MIN), &[4]);
    }

    #[test]
    fn an_index_below_0_counts_from_the_end() {
        let all = [json!("a"), json!("b")];
        let check = |index: i64, expected: Option<&str>| {
            assert_eq!(at(&all, index).and_then(Value::as_str), expected, "{index}");
        };
        check(0, Some("a"));
        check(-1, Some("b"));
        check(-2, Some("a"));
        check(-3, None);
        check(2, None);
        check(i64::MIN, None);
    }

    #[test]
    fn too_many_matches_are_refused() {
        let value = json!(vec![vec![0; 100]; 100]);
        let doubling = vec![Hop { goes_down: false, picks: vec![Pick::Index(0), Pick::Index(0)] }];
        assert_eq!(matches(&doubling, &value).map(|all| all.len()), Ok(2));
        let many = Hop { goes_down: true, picks: vec![Pick::All; 150] };
        assert_eq!(matches(&[many], &value), Err(Missing::TooLarge));
    }
}
