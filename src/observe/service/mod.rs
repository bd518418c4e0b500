//! The service manager: its notifications while a run is measured, and the files with which it runs one.

mod quoting;
pub mod unit;
