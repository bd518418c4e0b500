//! `baseline capacity`: fits how throughput grows with users, from a table of both.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use crate::report::console::capacity::{RowCounts, capacity_json, capacity_text};
use crate::report::wording::numbers::counted;
use crate::run::feed::Feed;
use crate::stats::usl::{Point, Scatter};
use crate::stats::usl_fit::fit_with;
use crate::store::table::{Table, empty_row};

use super::detect::filters;
use super::{CommandError, Exit, Format};

/// Most levels that are accepted; a table with more is not a load test.
const MOST_LEVELS: usize = 10_000;

/// Upper bound for throughput and users, far beyond real values.
const LARGEST: f64 = 1e30;

/// Options of the command `capacity`, after parsing.
#[derive(Debug, Clone)]
pub struct CapacityOptions {
    /// CSV file, or `-` for standard input.
    pub file: PathBuf,
    /// Name of the column of users.
    pub users: String,
    /// Name of the column of throughput.
    pub throughput: String,
    /// Filters of the form `COLUMN=TEXT`; only matching rows are used.
    pub only: Vec<String>,
}

/// Runs `capacity`. Too little data for a peak estimate is a result, not an error.
/// # Errors
/// [`CommandError`] where the table cannot be read or fitted.
pub fn capacity(
    options: &CapacityOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let (levels, rows) = levels(options)?;
    if rows.blank > 0 {
        feed.notice(format!("skipped {}", counted(rows.blank, "blank row")));
    }
    if rows.zero_users > 0 {
        feed.notice(format!("skipped {} with 0 users", counted(rows.zero_users, "row")));
    }
    let points: Vec<Point> = levels.iter().map(|(users, level)| level.point(*users)).collect();
    let scatter: Vec<Option<Scatter>> = levels.iter().map(|(_, level)| level.scatter()).collect();
    let found = fit_with(&points, &scatter).map_err(CommandError::Fit)?;
    let text = match format {
        Format::Json => capacity_json(&found, rows),
        _ => capacity_text(&found),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// The rows of one level. They are correlated, so a level is one point: the mean of its rows, weighted by their number.
#[derive(Debug, Default)]
struct Level {
    rows: f64,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
}

impl Level {
    fn take(&mut self, throughput: f64) {
        self.rows += 1.0;
        let deviation = throughput - self.mean;
        self.mean += deviation / self.rows;
        self.squares += deviation * (throughput - self.mean);
    }

    fn point(&self, users: f64) -> Point {
        Point { users, throughput: self.mean, weight: self.rows }
    }

    fn scatter(&self) -> Option<Scatter> {
        let degrees = self.rows - 1.0;
        (degrees > 0.0).then(|| Scatter { variance: self.squares / degrees / self.rows, degrees })
    }
}

fn levels(options: &CapacityOptions) -> Result<(Vec<(f64, Level)>, RowCounts), CommandError> {
    let mut table = Table::open(&options.file)?;
    let (users, throughput) = (table.column(&options.users)?, table.column(&options.throughput)?);
    for (column, text) in filters(&options.only)? {
        table.only(column, text)?;
    }
    let mut levels: BTreeMap<u64, Level> = BTreeMap::new();
    let mut rows = RowCounts::default();
    let mut row = empty_row();
    while let Some(line) = table.next_row(&mut row)? {
        let number = |column: usize, should_be: &str| {
            let text = row.get(column).unwrap_or_default().trim();
            let is_right = |value: &f64| *value == 0.0 || (1.0 / LARGEST..LARGEST).contains(value);
            text.parse::<f64>()
                .ok()
                .filter(is_right)
                .ok_or_else(|| table.wrong(line, column, text, should_be))
        };
        let users = number(users, "a number of users")?;
        // Load tools write such rows before the first user starts: nothing is known about the target then.
        if users == 0.0 {
            rows.zero_users += 1;
            continue;
        }
        // A window that shows no throughput has an empty field in `windows.csv`.
        if row.get(throughput).is_some_and(|field| field.trim().is_empty()) {
            rows.without_throughput += 1;
            continue;
        }
        let throughput = number(throughput, "a throughput of 0 or more")?;
        rows.used += 1;
        // Positive numbers have the same order as their bits.
        levels.entry(users.to_bits()).or_default().take(throughput);
        if levels.len() > MOST_LEVELS {
            return Err(CommandError::Usage {
                what: format!("more than {MOST_LEVELS} different numbers of users"),
                hint: "select the column of users with --users, or rows with --where".to_owned(),
            });
        }
    }
    rows.blank = table.blank_rows();
    Ok((levels.into_iter().map(|(users, level)| (f64::from_bits(users), level)).collect(), rows))
}
