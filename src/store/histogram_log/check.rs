//! Compares the histogram log with the rows that it belongs to: a log that was damaged must not move a percentile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::store::checksum::Crc;
use crate::store::window_log::Committed;
use crate::store::{StoreError, packed};

use super::decoder::Decoder;
use super::lines::{for_each_line, index_of, key_of, without_end};
use super::write::FILE;

/// How far a value of a histogram may lie from that of its row: three significant digits, and 2 us at the low end.
const TOLERANCE: f64 = 0.002;
const TOLERANCE_US: f64 = 2.0;

/// What disagrees between the histogram log and the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogCheck {
    /// Cells whose histograms cannot be trusted, with the first reason.
    pub damaged: BTreeMap<CellName, String>,
    /// Groups of windows that have histograms, but no row. A run that was killed may leave one.
    pub groups_without_row: usize,
}

impl LogCheck {
    /// One sentence for each thing that is wrong; a run that was killed is not damaged.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .damaged
            .iter()
            .map(|(cell, what)| {
                format!("{FILE}: {what}; the percentiles of {cell} over the whole run are left out")
            })
            .collect();
        if self.groups_without_row > 1 {
            let groups = self.groups_without_row;
            warnings.push(format!("windows.csv: rows of {groups} windows are missing that {FILE} has"));
        }
        warnings
    }
}

/// What is known of a window's lines.
#[derive(Default)]
struct Seen {
    crc: Crc,
    kinds: [bool; TimeKind::ALL.len()],
    wrong: Option<String>,
}

/// Compares the log of a run with its rows: by checksum where the rows have one, otherwise by count, mean and maximum.
/// A missing log is damaged in every cell with a request.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn check(path: &Path, committed: &Committed) -> Result<LogCheck, StoreError> {
    let windows = &committed.windows;
    let index = index_of(windows);
    let mut seen: Vec<Seen> = windows.iter().map(|_| Seen::default()).collect();
    let mut starts = BTreeSet::new();
    let mut decoder = Decoder::new();
    if packed::exists(path) {
        for_each_line(path, |line| {
            let Some((key, encoded)) = key_of(line) else { return Ok(()) };
            let Some((place, kind)) = index.get(&key) else {
                starts.insert(key.1);
                return Ok(());
            };
            let (Some(seen), Some(window)) = (seen.get_mut(*place), windows.get(*place)) else {
                return Ok(());
            };
            seen.crc.add(without_end(line));
            seen.crc.add(b"\n");
            let is_sealed = committed.log_crcs.get(*place).is_some_and(Option::is_some);
            if !is_sealed && seen.wrong.is_none() {
                seen.wrong = difference(&encoded, &mut decoder, window, *kind).err();
            }
            if std::mem::replace(&mut seen.kinds[*kind as usize], true) && !is_sealed {
                seen.wrong.get_or_insert_with(|| "a line is there twice".to_owned());
            }
            Ok(())
        })?;
    }
    let mut check = LogCheck { groups_without_row: starts.len(), ..LogCheck::default() };
    for ((window, seen), log_crc) in windows.iter().zip(seen).zip(&committed.log_crcs) {
        if let Err(what) = judged(window, seen, *log_crc) {
            let what = format!("window {} of {}: {what}", window.number, window.cell);
            check.damaged.entry(window.cell.clone()).or_insert(what);
        }
    }
    Ok(check)
}

fn judged(window: &Window, seen: Seen, log_crc: Option<u32>) -> Result<(), String> {
    let has_lines = seen.kinds.contains(&true);
    match log_crc {
        Some(_) if !has_lines => Err("it is missing".to_owned()),
        Some(crc) if crc != seen.crc.value() => {
            Err("it does not match its checksum in windows.csv".to_owned())
        }
        Some(_) => Ok(()),
        None => {
            let [service, response, first_byte] = seen.kinds;
            if let Some(wrong) = seen.wrong {
                return Err(wrong);
            }
            // In a closed loop the response time is the service time, and has no line.
            let needs_response =
                window.time(TimeKind::Response) != window.time(TimeKind::Service) && !response;
            if window.counts.succeeded > 0 && (!service || !first_byte || needs_response) {
                return Err("it is missing, or incomplete".to_owned());
            }
            Ok(())
        }
    }
}

/// An error where a histogram is not that of the row.
fn difference(encoded: &str, decoder: &mut Decoder, window: &Window, kind: TimeKind) -> Result<(), String> {
    let histogram = decoder.decode(encoded)?;
    let (in_log, in_row) = (histogram.count(), window.counts.succeeded);
    if in_log != in_row {
        return Err(format!("it has {in_log} requests, and its row in windows.csv {in_row}"));
    }
    let row = window.time(kind);
    let us = |ns: f64| ns / 1e3;
    let pairs = [
        ("mean", histogram.mean_ns().map(us), row.mean),
        ("maximum", histogram.quantile_ns(1.0).map(|ns| us(ns as f64)), row.max),
    ];
    for (name, in_log, in_row) in pairs {
        let (Some(in_log), Some(in_row)) = (in_log, in_row) else { continue };
        // Times beyond the histogram's bounds are recorded as the nearest bound.
        let is_bounded = in_row * 1e3 < Histogram::HIGHEST_NS as f64;
        if is_bounded && (in_log - in_row).abs() > TOLERANCE * in_row + TOLERANCE_US {
            return Err(format!("its {name} is {in_log:.0} us, and in windows.csv {in_row:.0} us"));
        }
    }
    Ok(())
}
