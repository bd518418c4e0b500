//! Reads the rows of a data file: CSV with a header row, or a JSON list of objects.
//!
//! Values may be secrets, so no message contains one.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// A larger file does not belong into the memory of a load generator. Units: bytes.
const LARGEST: u64 = 512 << 20;

/// Rows and the names of their columns.
#[derive(PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

// The values may be secrets.
impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Reads a data file. A file whose text begins with a bracket is JSON.
/// # Errors
/// What is wrong with it, with the line or row.
pub(super) fn read(path: &Path) -> Result<Rows, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    if text.len() as u64 > LARGEST {
        return Err("the file is larger than 512 MiB".to_owned());
    }
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
        _ => error.to_string(),
    })?;
    parse(&text)
}

fn parse(text: &str) -> Result<Rows, String> {
    let text = text.trim_start_matches('\u{feff}');
    let is_json = text.trim_start().starts_with(['[', '{']);
    let rows = if is_json { of_json(text)? } else { of_csv(text)? };
    for (place, name) in rows.columns.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("column {} has no name", place + 1));
        }
        if rows.columns[..place].contains(name) {
            return Err(format!("two columns are named {name:?}"));
        }
    }
    if rows.rows.is_empty() {
        return Err("it has no rows".to_owned());
    }
    Ok(rows)
}

fn of_csv(text: &str) -> Result<Rows, String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let wrong = |error: &csv::Error| match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} values, but the header has {expected_len}")
        }
        _ => "it is not CSV".to_owned(),
    };
    let header = reader.headers().map_err(|error| wrong(&error))?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if columns.iter().all(String::is_empty) {
        return Err("it is empty; the first line has to name the columns".to_owned());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(Rows { columns, rows })
}

fn of_json(text: &str) -> Result<Rows, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        // The error of the library may quote a value.
        format!("it is not JSON from line {}, column {} on", error.line(), error.column())
    })?;
    let Value::Array(objects) = value else { return Err("the JSON is not a list of objects".to_owned()) };
    of_objects(objects.iter().map(Value::as_object))
}

/// Rows of JSON objects. All must have the keys of the first.
pub(super) fn of_objects<'a>(
    objects: impl Iterator<Item = Option<&'a serde_json::Map<String, Value>>>,
) -> Result<Rows, String> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (place, object) in objects.enumerate() {
        let row = place + 1;
        let object = object.ok_or_else(|| format!("row {row} is not an object"))?;
        if place == 0 {
            columns = object.keys().cloned().collect();
        }
        if let Some(extra) = object.keys().find(|key| !columns.contains(key)) {
            return Err(format!("row {row} has {extra:?}, which the first row does not have"));
        }
        let value = |name: &String| {
            let value = object.get(name).ok_or_else(|| format!("row {row} has no {name:?}"))?;
            Ok(match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        rows.push(columns.iter().map(value).collect::<Result<_, String>>()?);
    }
    Ok(Rows { columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, columns: &[&str], rows: &[&[&str]]) {
        let read = parse(text).unwrap();
        assert_eq!(read.columns, columns, "{text:?}");
        assert_eq!(read.rows, rows, "{text:?}");
    }

    #[test]
    fn csv_and_json_are_rows() {
        check(
            "\u{feff}a,b\r\n1,\"x\ny, \"\"z\"\"\"\r\n2,\r\n",
            &["a", "b"],
            &[&["1", "x\ny, \"z\""], &["2", ""]],
        );
        check(
            " [{\"a\": 1, \"b\": \"x\"}, {\"b\": null, \"a\": [1]}]",
            &["a", "b"],
            &[&["1", "x"], &["[1]", "null"]],
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_a_value() {
        let check = |text: &str, expected: &str| {
            let error = parse(text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            assert!(!error.contains("secret"));
        };
        check("", "it is empty; the first line has to name the columns");
        check("a,b\n", "it has no rows");
        check("a,b\nsecret\n", "line 2 has 1 values, but the header has 2");
        check("a,a\n1,2\n", "two columns are named \"a\"");
        check("a,\n1,2\n", "column 2 has no name");
        check("[]", "it has no rows");
        check("{\"a\": \"secret\"}", "the JSON is not a list of objects");
        check("[{\"a\": secret}]", "it is not JSON from line 1, column 8 on");
        check("[{\"a\": 1}, {\"b\": \"secret\"}]", "row 2 has \"b\", which the first row does not have");
        check("[1]", "row 1 is not an object");
    }
}
