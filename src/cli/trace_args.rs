//! The values of `--traceparent`.

use clap::ValueEnum;

use crate::scenario::file::TraceparentText;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TraceparentArgument {
    /// Send it; ask the target to record the trace (flag 01)
    Sampled,
    /// Send it; a target that samples as its callers do records nothing (flag 00)
    Unsampled,
    /// Do not send it
    Off,
}

impl From<TraceparentArgument> for TraceparentText {
    fn from(argument: TraceparentArgument) -> Self {
        match argument {
            TraceparentArgument::Sampled => Self::Sampled,
            TraceparentArgument::Unsampled => Self::Unsampled,
            TraceparentArgument::Off => Self::Off,
        }
    }
}
