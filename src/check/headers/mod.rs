//! Security headers and cookies of a response: the score of MDN HTTP Observatory (algorithm 6), and what to change.
//!
//! Each file owns a group of tests: what it found, what that adds to the score, and the finding with the header to send.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod cases;
mod cookies;
mod csp;
mod findings;
mod framing;
mod html;
mod isolation;
mod outcome;
mod page;
mod policies;
mod policy;
mod score;
mod set_cookie;
mod sri;
mod transport;

pub(super) use findings::findings;
pub(super) use page::Page;
pub(super) use score::score;
pub(super) use set_cookie::SetCookie;
pub(super) use transport::has_long_hsts;
