//! Where the plain-HTTP address of a service and its first endpoint redirect to.
//!
//! Redirects are followed within the allow-list only. Headers of the scenario are sent to the service's own origin alone,
//! cookies to nobody.

mod chain;
mod follow;
mod judge;

pub(super) use follow::follow;
