//! Alertmanager's configuration from the receivers of a scenario: who gets which alert, when, and how often again.
//!
//! Only options of Alertmanager 0.25 are used, the version in Debian 12. Where it cannot read a secret from a file, the
//! configuration is a template that a script fills in before Alertmanager starts.

mod configuration;
mod escalation;
mod files;
mod intervals;
mod quoting;
mod readme;
mod receivers;
mod routes;
mod script;
mod settings;

pub use files::files;
pub use settings::AlertmanagerFiles;
