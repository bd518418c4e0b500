//! What help and man pages say beyond the options: examples, exit codes, environment variables, files.
//!
//! The texts are in tables, one entry per verb, so that help, man pages and tests read the same ones.

mod alerts;
mod analyse;
mod checks;
mod dress;
mod entry;
mod environment;
mod export;
mod measure;
mod monitor;
mod notes;
mod recorded;
mod shell;
mod stack;
mod tables;

pub(super) use dress::dressed;
pub(super) use entry::Guide;
pub(super) use tables::guide;
