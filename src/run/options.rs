//! The options of a run, beyond its scenario.

use std::path::{Path, PathBuf};

use crate::scenario::overrides::Overrides;

/// The seed of a run that names none.
pub const DEFAULT_SEED: u64 = 1;
/// The folder of runs where none is named.
pub const DEFAULT_OUT: &str = "reports";

/// Options from which a new run is made.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Path or name of the scenario; `None` for the demo's own.
    pub scenario: Option<String>,
    /// Whether to start and measure the built-in demo server.
    pub demo: bool,
    /// Whether to simulate the run on a virtual clock.
    pub rehearse: bool,
    /// Options that override values of the scenario.
    pub overrides: Overrides,
    /// Whether to start a long run without asking its target first.
    pub no_preflight: bool,
    /// Faults to inject into the demo server or the rehearsal, in the syntax of `--fault`.
    pub faults: Vec<String>,
    /// Daily swing of the rehearsal's work times in percent; `None` for the model's own.
    pub daily_swing: Option<u32>,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// Folder that contains all runs, one folder each.
    pub out: PathBuf,
    /// Name of the baseline to compare with from the first window on; `None` learns one from the run.
    pub baseline: Option<String>,
    /// Folder that contains the baselines, by scenario.
    pub baselines: PathBuf,
}

impl RunOptions {
    /// The command that starts the same run without a baseline and without faults, for a shell.
    pub fn plain_command(&self) -> String {
        let Overrides {
            duration,
            cycle,
            window,
            warm_up,
            ignore_rate_limits,
            load_percent,
            writes,
            traceparent,
        } = &self.overrides;
        let switch = |is_on: bool, name: &'static str| is_on.then(|| name.to_owned());
        let option =
            |name: &str, value: Option<String>| value.map(|value| format!("{name} {}", quoted(&value)));
        let seed = (self.seed != DEFAULT_SEED).then(|| self.seed.to_string());
        let out = (self.out != Path::new(DEFAULT_OUT)).then(|| self.out.display().to_string());
        let words = [
            self.scenario.as_deref().map(quoted),
            switch(self.demo, "--demo"),
            switch(self.rehearse, "--rehearse"),
            // The demo's own slowdown has no place in a baseline.
            switch(self.demo, "--fault none"),
            option("--duration", duration.clone()),
            option("--cycle", cycle.clone()),
            option("--window", window.clone()),
            option("--warm-up", warm_up.clone()),
            option("--traceparent", traceparent.map(|word| word.tracing().name().to_owned())),
            option("--load-percent", load_percent.map(|percent| percent.to_string())),
            switch(*ignore_rate_limits, "--ignore-rate-limits"),
            switch(*writes, "--writes"),
            option("--daily-swing", self.daily_swing.map(|percent| percent.to_string())),
            option("--seed", seed),
            option("--out", out),
            switch(self.no_preflight, "--no-preflight"),
        ];
        words.into_iter().flatten().fold("baseline start".to_owned(), |text, word| format!("{text} {word}"))
    }

    /// Whether the demo's latency model is measured, over loopback or on a virtual clock.
    pub fn is_on_model(&self) -> bool {
        self.demo || self.rehearse
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+%@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::file::TraceparentText;

    #[test]
    fn the_plain_command_is_that_of_the_same_run() {
        let plain = RunOptions {
            scenario: Some("my-service.toml".to_owned()),
            seed: DEFAULT_SEED,
            out: PathBuf::from(DEFAULT_OUT),
            ..RunOptions::default()
        };
        assert_eq!(plain.plain_command(), "baseline start my-service.toml");
        let demo = RunOptions {
            scenario: None,
            demo: true,
            faults: vec!["slow:browse:+30%:0s..1h".to_owned()],
            baseline: Some("main".to_owned()),
            ..plain.clone()
        };
        assert_eq!(demo.plain_command(), "baseline start --demo --fault none");
        let full = RunOptions {
            scenario: Some("it's my plan.toml".to_owned()),
            rehearse: true,
            no_preflight: true,
            seed: 7,
            daily_swing: Some(20),
            out: PathBuf::from("/tmp/all runs"),
            overrides: Overrides {
                duration: Some("1h 30m".to_owned()),
                cycle: Some("5m".to_owned()),
                window: Some("10s".to_owned()),
                warm_up: Some("2s".to_owned()),
                ignore_rate_limits: true,
                writes: true,
                load_percent: Some(10),
                traceparent: Some(TraceparentText::Unsampled),
            },
            ..plain
        };
        assert_eq!(
            full.plain_command(),
            "baseline start 'it'\\''s my plan.toml' --rehearse --duration '1h 30m' --cycle 5m --window 10s --warm-up 2s \
             --traceparent unsampled --load-percent 10 --ignore-rate-limits --writes --daily-swing 20 --seed 7 --out '/tmp/all runs' --no-preflight"
        );
    }
}
