//! The rules for data: each has a name and rows, from a file or from the scenario itself.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::feeder::{Feeder, RowOrder, RowPer};
use crate::domain::suggestion::nearest;

use super::check::{Check, all, duplicates};
use super::file::{DataSection, RowOrderText, RowPerText, ScenarioFile};
use super::key_path::KeyPath;
use super::problem::Reported;
use super::rows::{self, Rows};

/// Validates and reads all data of a file.
pub(super) fn feeders(check: &Check<'_>, file: &ScenarioFile) -> Result<Vec<Feeder>, Reported> {
    let at = KeyPath::of(["data"]);
    for (index, name) in duplicates(file.data.iter().map(|section| section.name.as_str())) {
        check.wrong(&at.index(index).key("name"), format!("data {name:?} is defined twice"), None);
    }
    all(file.data.iter().enumerate().map(|(index, section)| feeder(check, &at.index(index), section)))
}

fn feeder(check: &Check<'_>, key: &KeyPath, section: &DataSection) -> Result<Feeder, Reported> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = if section.name.is_empty() || !section.name.chars().all(is_part) {
        let hint = "use letters, digits, `_` and `-`: its values are used as {{name.column}}";
        Err(check.wrong(&key.key("name"), format!("{:?} is not a valid name", section.name), Some(hint)))
    } else {
        Ok(())
    };
    let (file, Rows { columns, rows }) = rows_of(check, key, section)?;
    let mut is_known = Ok(());
    for (index, column) in section.public.iter().enumerate().filter(|(_, name)| !columns.contains(name)) {
        let hint = match nearest(column, columns.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("its columns are {}", columns.join(", ")),
        };
        let what = format!("there is no column {column:?}");
        is_known = Err(check.wrong(&key.key("public").index(index), what, Some(&hint)));
    }
    name.and(is_known)?;
    Ok(Feeder {
        name: Arc::from(section.name.as_str()),
        file,
        public: columns.iter().map(|column| section.public.contains(column)).collect(),
        columns,
        rows: Arc::new(rows),
        order: match section.order {
            RowOrderText::Circular => RowOrder::Circular,
            RowOrderText::Queue => RowOrder::Queue,
            RowOrderText::Shuffle => RowOrder::Shuffle,
            RowOrderText::Random => RowOrder::Random,
        },
        per: match section.per {
            RowPerText::Iteration => RowPer::Iteration,
            RowPerText::User => RowPer::User,
        },
    })
}

fn rows_of(
    check: &Check<'_>,
    key: &KeyPath,
    section: &DataSection,
) -> Result<(Option<PathBuf>, Rows), Reported> {
    match (&section.file, &section.rows) {
        (Some(file), None) => {
            let key = key.key("file");
            let path = check.readable(&key, file)?;
            let rows = rows::read(&path).map_err(|what| {
                let hint = "write a CSV file with a header row, or a JSON file with a list of objects";
                check.wrong(&key, format!("{file:?}: {what}"), Some(hint))
            })?;
            Ok((Some(path), rows))
        }
        (None, Some(given)) => {
            let key = key.key("rows");
            let mut objects: Vec<Map<String, Value>> = Vec::new();
            for (index, row) in given.iter().enumerate() {
                let mut object = Map::new();
                for (name, value) in row {
                    let value = match value {
                        Value::String(text) => {
                            let text = check.resolve(&key.index(index).key(name), text)?;
                            Value::from(text.reveal())
                        }
                        other => other.clone(),
                    };
                    object.insert(name.clone(), value);
                }
                objects.push(object);
            }
            let rows = rows::of_objects(objects.iter().map(Some));
            let rows = rows.map_err(|what| check.wrong(&key, what, None))?;
            if rows.rows.is_empty() {
                return Err(check.wrong(&key, "it has no rows", Some("add one, or remove the data")));
            }
            Ok((None, rows))
        }
        (Some(_), Some(_)) => {
            let what = "`file` and `rows` exclude each other";
            Err(check.wrong(&key.key("rows"), what, Some("remove one of them")))
        }
        (None, None) => {
            let hint = "add file = \"accounts.csv\", or rows = [{ email = \"a@example.invalid\" }]";
            Err(check.wrong(key, "the data has no rows", Some(hint)))
        }
    }
}
