//! Output of `baseline capacity`: the fitted law, its coefficients, and the peak if it can be estimated.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::scalability::Scalability;
use crate::report::wording::growth::growth_words;
use crate::report::wording::numbers::significant;
use crate::stats::growth::Growth;
use crate::stats::usl;
use crate::stats::usl::Law;

/// What became of the rows of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RowCounts {
    /// Rows that were fitted.
    pub used: u64,
    /// Blank rows, which were skipped.
    pub blank: u64,
    /// Rows with 0 users, which were skipped.
    pub zero_users: u64,
    /// Rows with no value for the throughput, which were skipped.
    pub without_throughput: u64,
}

/// What `capacity --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct CapacityOutput {
    rows: RowCounts,
    #[serde(flatten)]
    fit: Scalability,
}

impl Output for CapacityOutput {
    const KIND: &'static str = "capacity";
}

/// Renders the fitted scaling laws as JSON, for programs.
pub fn capacity_json(found: &usl::Scalability, rows: RowCounts) -> String {
    print(CapacityOutput { rows, fit: Scalability::from(found) })
}

/// Renders the fitted scaling law and its peak as text, for people.
pub fn capacity_text(found: &usl::Scalability) -> String {
    let mut text = String::new();
    let fit = found.fit(Law::Usl);
    let is_chosen = found.law.is_ok();
    let heading = if is_chosen { "best supported" } else { "no law chosen" };
    let _ = writeln!(text, "{heading:<20}{}", growth_words(found, significant));
    let of = match found.law {
        Ok(Growth::Linear | Growth::Amdahl | Growth::Usl) => {
            "of which linear growth and Amdahl's law are special cases"
        }
        Ok(_) => "which fits less well",
        Err(_) => "for comparison only",
    };
    let _ = writeln!(text, "coefficients        of the Universal Scalability Law, {of}");
    let names = ["alpha (contention)", "beta (coherency)", "gamma (one user)"];
    for (i, (name, value)) in names.iter().zip([fit.alpha, fit.beta, fit.gamma]).enumerate() {
        let interval = match fit.interval[i] {
            Some((low, high)) => format!("95 % interval {} to {}", exact(low), exact(high)),
            None if fit.degrees == 0 => "no interval: as many parameters as points".to_owned(),
            None => "at its bound".to_owned(),
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
            let _ = writeln!(text, "peak                no estimate: {refusal}");
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
