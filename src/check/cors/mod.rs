//! What other origins may do: the questions, and what is wrong about the answers.

mod answers;
mod ask;
mod judge;
#[cfg(test)]
mod servers;

pub(super) use ask::{ask, probe_hostile};
