//! The formats of a report, and the document of headings, lists, tables and figures that they write.

pub(in crate::report) mod document;
pub mod format;
pub(in crate::report) mod html;
pub mod json;
pub(in crate::report) mod json_findings;
pub(in crate::report) mod markdown;
pub(in crate::report) mod summary_csv;
pub(in crate::report) mod text;
