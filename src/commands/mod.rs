//! One verb per file: composes the rooms below into what the user asked for.
//!
//! A command writes its result to the output it is given and its messages to the feed; it never prints.

pub mod alert;
pub mod annotate;
mod busy;
pub mod capacity;
pub mod check;
pub mod compare;
pub mod detach;
pub mod detect;
mod error;
mod exit;
pub mod export_alertmanager;
pub mod export_grafana;
pub mod export_rules;
pub mod export_stack;
pub mod export_systemd;
mod exported;
pub mod exporters;
pub mod gate;
pub mod gc;
pub mod list;
pub mod live;
pub mod monitor;
mod open;
mod outlook;
pub mod promote;
pub mod report;
pub mod report_period;
pub mod scenarios;
pub mod serve;
pub mod stack;
pub mod start;
pub mod status;
pub mod stop;
pub mod target;
pub mod test_cell;
mod unfinished;
mod unused_proxy;
pub mod watch;

pub use crate::report::formats::format::Format;
pub use error::CommandError;
pub use exit::Exit;
