//! The line of each load level: the same colour and dashes in every chart, with a key.

use std::collections::BTreeMap;

use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::counted;

use super::key::{Key, Sample};
use super::labels::level_name;
use super::line_style::LevelStyle;

/// The style of each level, by its name.
pub(super) fn level_styles(view: &RunView) -> BTreeMap<&str, LevelStyle> {
    view.levels.iter().enumerate().map(|(place, level)| (&*level.name, LevelStyle::of(place))).collect()
}

/// The levels and their styles.
pub(super) fn level_key(view: &RunView) -> Key {
    let levels = view.levels.iter().enumerate().map(|(place, level)| {
        let users = counted(u64::from(level.users), "user");
        (Sample::Line(LevelStyle::of(place)), format!("{}: {users}", level_name(level)))
    });
    Key(levels.collect())
}
