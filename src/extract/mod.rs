//! What is looked for in one HTTP response: queries for captures and checks, in Hurl's words.
//!
//! A query is compiled once and evaluated many times. Pure functions over a status, header fields and a body: no I/O, no
//! clock. What is found may be a secret, so nothing found can be printed with `Debug`.

mod check;
mod cookie;
mod error;
mod expected;
mod filter;
mod found;
mod json;
mod number;
mod path;
mod pattern;
mod predicate;
mod query;
mod seen;
mod walk;
mod words;

pub use check::Check;
pub use error::QueryError;
pub use found::{Found, Missing};
pub use query::Query;
pub use seen::Seen;
