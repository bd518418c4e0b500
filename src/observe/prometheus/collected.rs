//! The samples of all metrics at one moment, before they are written in any format.

use std::sync::Arc;

use super::catalogue::{ALL, Definition};
use super::distribution::Distribution;

/// Value of a sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a counter or gauge.
    Number(f64),
    /// Of a histogram.
    Distribution(Arc<Distribution>),
}

/// A sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Values of the labels, in the order of the definition.
    pub labels: Vec<Arc<str>>,
    /// Its value.
    pub value: Value,
    /// Since when a counter or histogram has counted, in Unix seconds; 0 for a gauge.
    pub created: f64,
}

/// The samples of every metric, in the order of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    families: Vec<Vec<Sample>>,
    /// Start of the run that is being collected, in Unix seconds.
    pub(super) created: f64,
}

impl Collected {
    /// Nothing yet, of a run that started at this Unix time in seconds.
    pub(super) fn since(created: f64) -> Self {
        Self { created, ..Self::default() }
    }

    /// Adds a sample. Labels have the order of the definition.
    pub(super) fn push(&mut self, of: &'static Definition, labels: Vec<Arc<str>>, value: Value) {
        debug_assert_eq!(labels.len(), of.labels.len(), "{}", of.name);
        if self.families.is_empty() {
            self.families.resize(ALL.len(), Vec::new());
        }
        if let Some(place) = ALL.iter().position(|known| std::ptr::eq(*known, of)) {
            self.families[place].push(Sample { labels, value, created: self.created });
        }
    }

    /// Adds a number.
    pub(super) fn number(&mut self, of: &'static Definition, labels: &[&Arc<str>], value: f64) {
        let labels = labels.iter().map(|label| Arc::clone(label)).collect();
        self.push(of, labels, Value::Number(value));
    }

    /// The metrics that have samples, with their samples.
    pub fn families(&self) -> impl Iterator<Item = (&'static Definition, &[Sample])> {
        let all = ALL.iter().zip(&self.families).filter(|(_, samples)| !samples.is_empty());
        all.map(|(definition, samples)| (*definition, samples.as_slice()))
    }
}
