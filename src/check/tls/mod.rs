//! TLS as a health check sees it: what a handshake showed, what is wrong with it, and a grade.
//!
//! All certificates that were sent are judged here, each fault by itself: the verifier of rustls stops at the first one.

mod chain;
mod dates;
mod facts;
mod faults;
mod findings;
mod grade;
#[cfg(test)]
mod made;
mod names;
mod parsed;
mod reasons;
mod texts;
mod trouble;

pub(super) use facts::facts;
pub(super) use findings::findings;
pub(super) use trouble::{is_about_tls, is_ours, trouble};
