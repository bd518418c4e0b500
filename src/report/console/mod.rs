//! What verbs print to a terminal or to a program that reads it: one file for each verb.

pub mod calibrate;
pub mod capacity;
pub mod compare;
pub mod detect;
pub mod dry_run;
pub mod list;
pub mod promote;
pub mod promote_json;
pub mod status;
pub mod test;
pub mod test_json;
