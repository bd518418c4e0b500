//! Verifies the documented rate limits of a service: by sending as many requests as each allows, and one more.
//!
//! `book` counts requests, and `course` decides on a virtual clock when the next one may be sent; `verify` sends them, and
//! `refusal` compares the 429 with its documentation.

mod book;
mod course;
mod refusal;
#[cfg(test)]
mod tests;
mod verify;

pub(super) use verify::verify;
