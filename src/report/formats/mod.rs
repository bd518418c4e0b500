//! The formats of a report, and the document of headings, lists, tables and figures that they write.

pub(in crate::report) mod document;
pub(in crate::report) mod envelope;
pub mod format;
pub(in crate::report) mod html;
pub(in crate::report) mod incidents_csv;
pub(in crate::report) mod json;
pub(in crate::report) mod markdown;
pub(in crate::report) mod outliers_csv;
pub(in crate::report) mod summary_csv;
pub(in crate::report) mod text;
pub(in crate::report) mod values;
mod vocabularies;
pub(in crate::report) mod words;
