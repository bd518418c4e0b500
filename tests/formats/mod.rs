//! Files: their columns, that what is written is read back, and what a crash may leave of them.

mod histogram_log;
mod manifest;
mod torn_tails;
mod window_log;
