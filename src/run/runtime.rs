//! The runtime of everything that sends requests: one thread.

use super::error::RunError;

/// A runtime on one thread, which generates the load: no lock is contended, and the thread's CPU time is the
/// generator's.
/// # Errors
/// [`RunError::System`] where the operating system refuses it.
pub fn runtime() -> Result<tokio::runtime::Runtime, RunError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|source| RunError::System { action: "start the runtime", source })
}
