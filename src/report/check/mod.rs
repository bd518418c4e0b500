//! The report of a health check: as text, Markdown, HTML, JSON, JUnit XML and metrics of Prometheus; and what changed since
//! an earlier one.

mod behaviour_part;
mod change;
mod change_part;
mod change_services;
mod change_times;
mod closing_part;
mod comparing;
mod document;
mod earlier;
mod findings_part;
mod json;
mod json_behaviour;
mod json_change;
mod json_security;
mod json_service;
mod junit;
mod looked_at;
mod names;
mod omissions;
mod overall;
mod parts;
mod prometheus;
mod raw_part;
mod render;
mod security_part;
mod terminal;
mod times_part;
mod wording;

pub use change::{Change, Difference};
pub use earlier::{Earlier, EarlierError};
pub use render::{CheckFormat, CheckReportError, render, schema};

pub(super) use json::CheckOutput;
