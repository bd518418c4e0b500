//! The command line of `gate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{BaselinesFolder, OutFolder};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(group = clap::ArgGroup::new("question").required(true).multiple(true).args(["against", "ab", "aa", "schema"]))]
pub(super) struct GateArguments {
    /// Recorded runs of the candidate (or, with --aa, of the same code); the gate measures its own without them. Runs
    /// beyond the first --runs confirm what those raise, if they are as many
    #[arg(value_name = "RUN", conflicts_with = "ab")]
    pub(super) runs: Vec<String>,
    /// Hold runs against this baseline: its name or file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["ab", "aa"])]
    pub(super) against: Option<String>,
    /// Hold URL_B against URL_A, measured in turn by one process: what the machine does meanwhile, it does to both. These
    /// hosts are the only ones that get packets
    #[arg(long, num_args = 2, value_names = ["URL_A", "URL_B"])]
    pub(super) ab: Option<Vec<String>>,
    /// Measure how often this gate fails the same code on this machine: on runs of one plan, or with --ab on two URLs that
    /// serve the same
    #[arg(long)]
    pub(super) aa: bool,
    /// How often both sides of --ab are measured in turn; as often again if something may have changed
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(5..=1000), conflicts_with = "against")]
    pub(super) rounds: u32,
    /// Windows of each cell and side in a round of --ab
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "against")]
    pub(super) windows: u32,
    /// A command that serves URL_A: started before, waited for, and stopped after; its output is kept in the run's folder
    #[arg(long, value_name = "CMD", requires = "ab", conflicts_with = "against")]
    pub(super) start_a: Option<String>,
    /// The same for URL_B
    #[arg(long, value_name = "CMD", requires = "ab", conflicts_with = "against")]
    pub(super) start_b: Option<String>,
    /// How long those commands may take until they answer
    #[arg(long, value_name = "SPAN", default_value = "1m")]
    pub(super) ready: String,
    /// How many runs the candidate has [default: 3], or how many --aa measures [default: 8]
    #[arg(long = "runs", value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "ab")]
    pub(super) repetitions: Option<u32>,
    /// Offer these shares of the load one after the other, and stop at the first that is not accepted. With --against, a
    /// share has a baseline of its own, such as NAME-10
    #[arg(long, value_name = "PERCENT,...", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with_all = ["runs", "aa"])]
    pub(super) stages: Vec<u32>,
    /// No smaller change of throughput, mean and median fails. Units: percent
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = share)]
    pub(super) floor: f64,
    /// No smaller change of p95 and p99 fails. Units: percent
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = share)]
    pub(super) tail_floor: f64,
    /// No smaller change of the ratios of errors and throttled requests fails. Units: percentage points
    #[arg(long, value_name = "POINTS", default_value = "0.5", value_parser = share)]
    pub(super) error_floor: f64,
    /// How much all cells may drift together between stored runs without failing. Units: percent
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = share, conflicts_with = "ab")]
    pub(super) drift: f64,
    /// What an inconclusive gate ends with: exit 0 or 1 [default: exit 3]
    #[arg(long, value_enum, value_name = "AS")]
    pub(super) inconclusive: Option<InconclusiveArgument>,
    /// The scenario that is measured [default: that of the baseline; with --ab, pitchey]
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<String>,
    /// Measure the embedded target
    #[arg(long, conflicts_with = "ab")]
    pub(super) demo: bool,
    /// Measure on a virtual clock against the demo target's latency model
    #[arg(long, conflicts_with = "ab")]
    pub(super) rehearse: bool,
    /// Hurt the embedded target or the rehearsal, as `start` does
    #[arg(long = "fault", value_name = "SPEC", conflicts_with = "ab")]
    pub(super) faults: Vec<String>,
    /// How long a run lasts, in place of the scenario's `duration`
    #[arg(long, value_name = "SPAN", conflicts_with = "ab")]
    pub(super) duration: Option<String>,
    /// How often a pass over all cells starts, in place of the scenario's `cycle` [default with --ab: as soon as it can]
    #[arg(long, value_name = "SPAN")]
    pub(super) cycle: Option<String>,
    /// How long a cell is measured, in place of the scenario's `window`
    #[arg(long, value_name = "SPAN")]
    pub(super) window: Option<String>,
    /// How long a cell is driven before it is measured, in place of the scenario's `warm_up`
    #[arg(long, value_name = "SPAN")]
    pub(super) warm_up: Option<String>,
    /// This client is exempt from the documented rate limits
    #[arg(long)]
    pub(super) ignore_rate_limits: bool,
    /// The seed of every random choice; each run has the next
    #[arg(long, value_name = "N", default_value_t = 1001)]
    pub(super) seed: u64,
    /// Also write the verdict as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Also write it as Markdown for a pull request, within 64 KB
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
    /// Also write it as JUnit XML, a test case a value
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Also write the candidate's values for GitLab's metrics report
    #[arg(long, value_name = "FILE")]
    pub(super) gitlab_metrics: Option<PathBuf>,
    /// Also print GitHub annotations, and write its step summary
    #[arg(long)]
    pub(super) github: bool,
    /// Print the JSON Schema of what `--format json` prints, and judge nothing
    #[arg(long, conflicts_with_all = ["runs", "against", "ab", "aa"])]
    pub(super) schema: bool,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}

/// A percentage as a share.
fn share(text: &str) -> Result<f64, String> {
    let percent: f64 = text.trim_end_matches('%').trim().parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1000.0).contains(&percent) {
        Ok(percent / 100.0)
    } else {
        Err("not within 0 and 1000".to_owned())
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum InconclusiveArgument {
    /// Exit 0
    Pass,
    /// Exit 1
    Fail,
}
