//! Shell completion: scripts that ask the program for candidates, and the candidates that depend on files.
//!
//! A script calls the program with the words of the line and `BASELINE_COMPLETE` set. What cannot be read has no
//! candidates: nothing is ever printed in the middle of a line that someone types.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::Shells;

use crate::commands::test_cell::DEFAULT_SCENARIO;
use crate::scenario::{parse, shipped};
use crate::store::{baselines, runs};

/// The variable that the scripts set to the name of their shell.
pub(super) const VARIABLE: &str = "BASELINE_COMPLETE";

/// A shell that completes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// The script for a shell.
pub(super) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(shell.name()) {
        // Writing to memory does not fail.
        let _ = completer.write_registration(VARIABLE, "baseline", "baseline", "baseline", &mut script);
    }
    script
}

/// Prints the candidates for a line, if a script asks for them; `false` where this is an ordinary call.
pub(super) fn answer(command: impl FnOnce() -> Command, arguments: &[OsString], out: &mut dyn Write) -> bool {
    let Some(shell) = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty()) else { return false };
    let shells = Shells::builtins();
    let words = arguments.iter().position(|word| word == "--").map(|place| &arguments[place + 1..]);
    let (Some(completer), Some(words @ [_, ..])) =
        (shell.to_str().and_then(|name| shells.completer(name)), words)
    else {
        return true;
    };
    let mut command = with_values(command());
    let folder = std::env::current_dir().ok();
    let mut found = Vec::new();
    if completer.write_complete(&mut command, words.to_vec(), folder.as_deref(), &mut found).is_ok() {
        let _ = out.write_all(&found);
    }
    true
}

/// Which argument of which verb takes what.
fn with_values(command: Command) -> Command {
    let scenario = || ArgValueCompleter::new(scenarios);
    let run = || ArgValueCompleter::new(run_ids);
    let baseline = || ArgValueCompleter::new(baseline_names);
    let add = |name: &'static str, completer: ArgValueCompleter| {
        move |command: Command| command.mut_arg(name, |argument: Arg| argument.add(completer))
    };
    command
        .mut_subcommand("start", |start| {
            let start = add("scenario", scenario())(start);
            add("baseline", baseline())(add("resume", run())(start))
        })
        .mut_subcommand("test", |test| {
            let test = add("scenario", scenario())(test);
            add("level", ArgValueCompleter::new(levels))(add("target", ArgValueCompleter::new(endpoints))(
                test,
            ))
        })
        .mut_subcommand("status", add("run", run()))
        .mut_subcommand("stop", add("run", run()))
        .mut_subcommand("report", add("runs", run()))
        .mut_subcommand("gc", add("wanted", run()))
        .mut_subcommand("watch", add("run", run()))
        .mut_subcommand("serve", add("what", run()))
        .mut_subcommand("promote", |promote| add("name", baseline())(add("runs", run())(promote)))
        .mut_subcommand("compare", |compare| {
            let either = || ArgValueCompleter::new(runs_and_baselines);
            add("after", either())(add("before", either())(compare))
        })
        .mut_subcommand("gate", |gate| {
            let gate = add("scenario", scenario())(gate);
            add("runs", run())(add("against", baseline())(gate))
        })
        .mut_subcommand("alert", |verb| {
            verb.mut_subcommand("test", add("scenario", scenario())).mut_subcommand("list", add("of", run()))
        })
        .mut_subcommand("annotate", add("scenario", scenario()))
        .mut_subcommand("monitor", |verb| add("scenario", scenario())(add("baseline", baseline())(verb)))
        .mut_subcommand("export", |verb| {
            let of_scenario = ["alertmanager", "rules", "stack", "systemd"];
            of_scenario
                .into_iter()
                .fold(verb, |verb, name| verb.mut_subcommand(name, add("scenario", scenario())))
        })
        .mut_subcommand("scenario", |verb| verb.mut_subcommand("check", add("file", scenario())))
}

fn matching(names: impl IntoIterator<Item = String>, current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    // A name that could act on a terminal is none that anybody types.
    let fits = |name: &String| name.starts_with(&*current) && !name.chars().any(char::is_control);
    names.into_iter().filter(fits).map(CompletionCandidate::new).collect()
}

fn scenarios(current: &OsStr) -> Vec<CompletionCandidate> {
    let is_scenario = |path: &Path| path.extension().is_some_and(|ending| ending == "toml");
    let mut found = matching(shipped::list().into_iter().map(|(name, _)| name), current);
    found.extend(PathCompleter::any().filter(is_scenario).complete(current));
    found
}

fn run_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = runs::names(&folder_of("--out", "reports"));
    let latest = (!names.is_empty()).then(|| runs::LATEST.to_owned());
    matching(latest.into_iter().chain(names), current)
}

fn baseline_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names: BTreeSet<String> =
        baselines::names(&folder_of("--baselines", "baselines")).into_iter().collect();
    matching(names, current)
}

fn runs_and_baselines(current: &OsStr) -> Vec<CompletionCandidate> {
    baseline_names(current).into_iter().chain(run_ids(current)).collect()
}

fn endpoints(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(file) = chosen_scenario() else { return Vec::new() };
    let names = file.endpoint.into_iter().map(|endpoint| endpoint.name);
    let names = names.chain(file.journey.into_iter().map(|journey| journey.name));
    matching(names.chain(file.mix.into_iter().map(|mix| mix.name)), current)
}

fn levels(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(chosen_scenario().into_iter().flat_map(|file| file.levels.into_keys()), current)
}

/// The scenario on the line that is being typed.
fn chosen_scenario() -> Option<crate::scenario::file::ScenarioFile> {
    let typed = typed("--scenario");
    let name = typed.as_deref().map_or(DEFAULT_SCENARIO.into(), OsStr::to_string_lossy);
    let (file, _) = shipped::find(&name).and_then(|source| parse(&source)).ok()?;
    Some(file)
}

fn folder_of(option: &str, default: &str) -> PathBuf {
    typed(option).map_or_else(|| PathBuf::from(default), PathBuf::from)
}

/// The value of an option on the line that is being typed: bash breaks `--out=x` into three words.
fn typed(option: &str) -> Option<OsString> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let place = words.iter().position(|word| {
        let text = word.to_string_lossy();
        text == option || text.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
    })?;
    let word = words[place].to_string_lossy();
    if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
        return Some(value.into());
    }
    let next = words.get(place + 1)?;
    if next == "=" { words.get(place + 2).cloned() } else { Some(next.clone()) }
}
