//! The options that name folders, shared by every verb that reads or writes runs and baselines.

use std::path::PathBuf;

use clap::Args;

use crate::run::options::DEFAULT_OUT;

#[derive(Debug, Args)]
pub(super) struct OutFolder {
    /// Folder that contains the runs, one subfolder per run
    #[arg(long, value_name = "DIR", default_value = DEFAULT_OUT)]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct BaselinesFolder {
    /// Folder that contains the baselines, one subfolder per scenario
    #[arg(long, value_name = "DIR", default_value = "baselines", hide_short_help = true)]
    pub(super) baselines: PathBuf,
}
