//! The one integration binary: whole program, formats, statistics, properties, real load, architecture.
//!
//! Nothing here asserts a span of time; everything listens on 127.0.0.1:0 and is bounded.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod cli;
mod formats;
mod journeys;
mod loopback;
mod properties;
mod readme;
mod statistics;
mod support;
mod wire;
