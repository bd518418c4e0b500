//! Laws that hold for everything: merging, reading back what was written, and no panic whatever the bytes.

mod any_bytes;
mod http_answers;
mod laws;
mod mutations;
mod problems;
mod queries;
mod scrubbing;
mod signatures;
mod strategies;
