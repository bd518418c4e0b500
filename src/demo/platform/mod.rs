//! The platform behind the demo server: accounts, logins, pitches, forms, and an audit of everything that arrived.
//!
//! It is a room of state behind one lock. It knows neither work times nor faults, and it does not share code with the
//! load generator that is tested against it.

mod accounts;
mod audit;
mod auth;
mod desk;
mod fields;
mod forms;
mod identity;
mod mint;
mod misuse;
mod multipart;
mod pages;
mod pitch_routes;
mod pitches;
mod reply;
mod sessions;
mod state;

pub(super) use desk::{Arrival, Platform};
pub(super) use fields::{Payload, Unreadable};
pub(super) use reply::{Content, Reply};
