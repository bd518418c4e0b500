//! `baseline capacity`: how throughput grows with users, from any table of both.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::report::numbers::significant;
use crate::report::scalability_json;
use crate::stats::usl::{Law, Point, Scalability, fit};
use crate::store::table::{Table, empty_row};

use super::detect::filters;
use super::{CommandError, Exit, Format};

/// More levels than this are no load test.
const MOST_LEVELS: usize = 10_000;

/// No throughput and no number of users comes near this.
const LARGEST: f64 = 1e30;

/// What `capacity` was asked to do.
#[derive(Debug, Clone)]
pub struct CapacityOptions {
    /// The table.
    pub file: PathBuf,
    /// The column of users.
    pub users: String,
    /// The column of throughput.
    pub throughput: String,
    /// `COLUMN=TEXT`: only such rows.
    pub only: Vec<String>,
}

/// Runs `capacity`. A refusal to tell a peak is a result, not an error.
/// # Errors
/// [`CommandError`] where the table cannot be read or fitted.
pub fn capacity(
    options: &CapacityOptions,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let points = points(options)?;
    let found = fit(&points).map_err(CommandError::Fit)?;
    let text = match format {
        Format::Json => json_text(&found),
        _ => text(&found),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

fn points(options: &CapacityOptions) -> Result<Vec<Point>, CommandError> {
    let mut table = Table::open(&options.file)?;
    let (users, throughput) = (table.column(&options.users)?, table.column(&options.throughput)?);
    for (column, text) in filters(&options.only)? {
        table.only(column, text)?;
    }
    // Rows of one level share its luck, so a level is one point: the mean of its rows, weighed by how many they are.
    let mut levels: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    let mut row = empty_row();
    while let Some(line) = table.next_row(&mut row)? {
        let number = |column: usize, should_be: &str, least: f64| {
            let text = row.get(column).unwrap_or_default().trim();
            let is_right = |value: &f64| (least..LARGEST).contains(value);
            text.parse::<f64>()
                .ok()
                .filter(is_right)
                .ok_or_else(|| table.wrong(line, column, text, should_be))
        };
        let users = number(users, "a number of users above 0", 1.0 / LARGEST)?;
        let throughput = number(throughput, "a throughput, 0 or above", 0.0)?;
        // Numbers above 0 are ordered as their bits are.
        let (rows, mean) = levels.entry(users.to_bits()).or_insert((0.0, 0.0));
        *rows += 1.0;
        *mean += (throughput - *mean) / *rows;
        if levels.len() > MOST_LEVELS {
            return Err(CommandError::Usage {
                what: format!("more than {MOST_LEVELS} different numbers of users"),
                hint: "name the column of users with --users, or pick rows with --where".to_owned(),
            });
        }
    }
    let point = |(users, (rows, mean)): (u64, (f64, f64))| Point {
        users: f64::from_bits(users),
        throughput: mean,
        weight: rows,
    };
    Ok(levels.into_iter().map(point).collect())
}

fn json_text(found: &Scalability) -> String {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(1));
    if let Value::Object(rest) = scalability_json(found) {
        object.extend(rest);
    }
    serde_json::to_string_pretty(&Value::Object(object)).unwrap_or_default() + "\n"
}

fn text(found: &Scalability) -> String {
    let mut text = String::new();
    let fit = found.fit(Law::Usl);
    let law = match found.law {
        Law::Linear => "linear: each user adds as much as the first",
        Law::Amdahl => "Amdahl's law: throughput levels off",
        Law::Usl => {
            "Universal Scalability Law: users also wait for each other, so that throughput falls again"
        }
    };
    let _ = writeln!(text, "best supported      {law}");
    text.push_str(
        "coefficients        of the Universal Scalability Law, of which the others are special cases\n",
    );
    let names = ["alpha (contention)", "beta (coherency)", "gamma (one user)"];
    for (i, (name, value)) in names.iter().zip([fit.alpha, fit.beta, fit.gamma]).enumerate() {
        let interval = match fit.interval[i] {
            Some((low, high)) => format!("95 % interval {} to {}", exact(low), exact(high)),
            None if fit.degrees == 0 => "no interval: as many parameters as points".to_owned(),
            None => "on its bound".to_owned(),
        };
        let _ = writeln!(text, "{name:<20}{}  ({interval})", exact(value));
    }
    let (users, throughput) = found.tested;
    let _ = writeln!(
        text,
        "tested up to        {} users, highest throughput {}",
        significant(users),
        significant(throughput)
    );
    match &found.peak {
        Ok(peak) => {
            let _ = writeln!(
                text,
                "peak                {} at {} users (95 % interval {} to {} users)",
                significant(peak.throughput.value),
                significant(peak.users.value),
                significant(peak.users.low),
                significant(peak.users.high)
            );
        }
        Err(refusal) => {
            let _ = writeln!(text, "peak                not told: {refusal}");
        }
    }
    text
}

/// Coefficients span many powers of ten: six significant digits.
fn exact(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&value.abs()) {
        #[expect(clippy::cast_possible_truncation, reason = "an exponent of -3 to 6")]
        let digits = 5 - value.abs().log10().floor() as i32;
        format!("{value:.*}", usize::try_from(digits.max(0)).unwrap_or(0))
    } else {
        format!("{value:.5e}")
    }
}
