//! The command-line interface: parses arguments, runs the command, and returns its exit code.
//!
//! Results go to standard output; progress, warnings and errors go to standard error.

mod alert_args;
mod alert_verb;
mod annotate_args;
mod args;
mod check_args;
mod clean;
mod completions;
mod curl;
mod data_args;
mod diagnostics;
mod display;
mod drawn_line;
mod export_args;
mod export_verb;
mod folders;
mod formats;
mod gate_args;
mod gc_args;
mod guide;
mod help;
mod line_parts;
mod live_args;
mod log_args;
mod man;
mod monitor_args;
mod otlp_args;
mod progress;
mod progress_line;
mod remote_write_args;
mod report_verb;
mod request_args;
mod run_args;
mod serve_args;
mod shell_words;
mod stack_args;
mod start_args;
mod target_args;
mod test_args;
mod trace_args;
mod watch;
mod watch_screen;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};

use crate::commands::capacity::CapacityOptions;
use crate::commands::compare::CompareOptions;
use crate::commands::detect::DetectOptions;
use crate::commands::exporters::Exporters;
use crate::commands::gate::{Floors, GateOptions, Outputs, Question};
use crate::commands::list::Paper;
use crate::commands::start::StartOptions;
use crate::commands::target::TargetOptions;
use crate::commands::{
    CommandError, Exit, Format, capacity, check, compare, detach, detect, gate, list, promote, scenarios,
    serve, start, status, stop, target, test_cell,
};
use crate::domain::units::parse_span;
use crate::host::{memory, terminal::of_stdout};
use crate::report::check::schema;
use crate::run::options::RunOptions;
use crate::scenario::overrides::Overrides;

use args::{Arguments, Command, ScenarioCommand};
use clean::Clean;
use data_args::{CapacityArguments, DetectArguments};
use folders::OutFolder;
use gate_args::{GateArguments, InconclusiveArgument};
use progress::Terminal;
use run_args::{StatusArguments, WatchArguments};
use start_args::StartArguments;
use target_args::TargetArguments;
use watch::{WatchOptions, watch};

/// Columns of a list that is not printed on a terminal.
const LIST_COLUMNS: usize = 100;
/// The shortest interval at which a watched run is read.
const SHORTEST_WATCH: Duration = Duration::from_millis(100);

/// Runs the program; returns its exit code.
pub fn run(arguments: &[OsString]) -> u8 {
    memory::keep_freed();
    if completions::answer(command, arguments, &mut io::stdout()) {
        return Exit::Accepted.code();
    }
    let parsed = command().try_get_matches_from(live_args::joined(arguments));
    let parsed = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Clap prints help and version to standard output, and errors to standard error.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(Exit::Error.code());
        }
    };
    let mut out = Clean::new(io::stdout());
    let result = dispatch(parsed, arguments, &mut out).and_then(|exit| {
        out.flush().map_err(CommandError::Output)?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit.code(),
        // The reader closed the pipe, as `head` does: not an error.
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Exit::Accepted.code()
        }
        Err(error) => {
            diagnostics::print(&error);
            error.exit().code()
        }
    }
}

/// The command line with its whole help.
fn command() -> clap::Command {
    guide::dressed(Arguments::command())
}

fn dispatch(arguments: Arguments, raw: &[OsString], out: &mut dyn Write) -> Result<Exit, CommandError> {
    match arguments.command {
        Command::Start(arguments) if arguments.detach => detach::spawn(raw, out),
        Command::Start(arguments) => measure(*arguments, out),
        Command::Test(arguments) => {
            let format = arguments.format.chosen();
            test_cell::test(&arguments.options()?, format, out, Terminal::new().feed())
        }
        Command::Check(arguments) if arguments.schema => {
            out.write_all(schema().as_bytes()).map_err(CommandError::Output)?;
            Ok(Exit::Accepted)
        }
        Command::Check(arguments) => {
            let format = arguments.format.chosen();
            check::check(&arguments.options()?, format, out, Terminal::new().feed())
        }
        Command::Monitor(arguments) => arguments.run(out),
        Command::Status(arguments) => show_status(&arguments, out),
        Command::Watch(WatchArguments { run, lines, exit, folder }) => {
            watch(&WatchOptions { out_folder: &folder.out, run: &run, lines, exits: exit }, out)
        }
        Command::Stop(arguments) => stop::stop(&arguments.folder.out, &arguments.run, out),
        Command::List(arguments) => {
            list::list(&arguments.folder.out, arguments.format.chosen(), list_paper(), out)
        }
        Command::Annotate(arguments) => arguments.run(out),
        Command::Serve(arguments) => serve::serve(&arguments.options(), out, drawn_line::print),
        Command::Report(arguments) => report_verb::draw(&arguments, out),
        Command::Gc(arguments) => arguments.run(out),
        Command::Compare(arguments) => {
            let format = arguments.format.chosen();
            let options = CompareOptions {
                before: arguments.before,
                after: arguments.after,
                all: arguments.all,
                out: arguments.folder.out,
                baselines: arguments.baselines.baselines,
            };
            compare::compare(&options, format, out, Terminal::new().feed())
        }
        Command::Promote(arguments) => {
            let format = arguments.format.chosen();
            promote::promote(&arguments.options(), format, out, Terminal::new().feed())
        }
        Command::Gate(arguments) if arguments.schema => gate::print_schema(out),
        Command::Gate(arguments) => {
            let format = arguments.format.chosen();
            gate::gate(&gate_options(*arguments)?, format, out, Terminal::new().feed())
        }
        Command::Detect(arguments) => {
            let format = arguments.format.chosen();
            let options = detect_options(arguments);
            detect::detect(&options, format, &mut BufWriter::new(out), Terminal::new().feed())
        }
        Command::Capacity(arguments) => {
            let CapacityArguments { file, users, throughput, only, format } = arguments;
            let options = CapacityOptions { file, users, throughput, only };
            capacity::capacity(&options, format.chosen(), out, Terminal::new().feed())
        }
        Command::Target(arguments) => {
            let TargetArguments { listen, role, seed, faults, rate_limits, allow_remote } = arguments;
            let role = role.map(Into::into);
            target::target(&TargetOptions { listen, role, seed, faults, rate_limits, allow_remote }, out)
        }
        Command::Alert { command } => alert_verb::alert(command, out),
        Command::Export { command } => export_verb::export(command, out),
        Command::Stack { command } => stack_args::run(command, out),
        Command::Scenario { command } => match command {
            ScenarioCommand::Check { file, format } => scenarios::check(&file, format.chosen(), out),
            ScenarioCommand::List { format } => scenarios::list(format.chosen(), out),
            ScenarioCommand::Schema => scenarios::print_schema(out),
        },
        Command::Completions { shell } => {
            out.write_all(&completions::script(shell)).map_err(CommandError::Output)?;
            Ok(Exit::Accepted)
        }
        Command::Man { folder } => manual(folder.as_deref(), out),
    }
}

/// Runs `start` with its exporters.
fn measure(arguments: StartArguments, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let format = arguments.format.chosen();
    let exports = arguments.exports.options()?;
    exports.log.clone().into_iter().for_each(drawn_line::log_to);
    let mut terminal = Terminal::new();
    let exporters = Exporters::start(&exports, terminal.feed_mut(), drawn_line::trouble)?;
    let result = start::start(&start_options(arguments), format, out, terminal.feed());
    // Ends the feed, and with it the exporters.
    drop(terminal);
    exporters.finish();
    result
}

fn show_status(arguments: &StatusArguments, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let StatusArguments { run, rolling, watch, every, format, folder } = arguments;
    let format = format.chosen();
    if !watch {
        return status::status(&folder.out, run, *rolling, format, out);
    }
    if format == Format::Json {
        return Err(CommandError::Usage {
            what: "--watch is for people, --format json for programs".to_owned(),
            hint: "call `baseline status --format json` again and again".to_owned(),
        });
    }
    let every = parse_span(every).map_err(|error| CommandError::Usage {
        what: format!("--every: {error}"),
        hint: "give a duration with its unit, such as 2s".to_owned(),
    })?;
    let mut watched = watch_screen::watched(out);
    status::watch(&folder.out, run, *rolling, every.max(SHORTEST_WATCH), watched.as_mut())
}

/// A table fits its terminal; elsewhere 100 columns, with run IDs that scripts can use.
fn list_paper() -> Paper {
    let terminal = io::stdout().is_terminal();
    let size = terminal.then(of_stdout).flatten();
    Paper { columns: size.map_or(LIST_COLUMNS, |size| size.columns), keeps_ids: !terminal }
}

fn manual(folder: Option<&Path>, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let Some(folder) = folder else {
        let page = man::main_page(command()).map_err(CommandError::Output)?;
        out.write_all(&page.text).map_err(CommandError::Output)?;
        return Ok(Exit::Accepted);
    };
    let failed = |source| CommandError::System { action: "write the man pages", source };
    for page in man::write(command(), folder).map_err(failed)? {
        writeln!(out, "{}", folder.join(page.file).display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

fn start_options(arguments: StartArguments) -> StartOptions {
    let OutFolder { out } = arguments.folder;
    StartOptions {
        run: RunOptions {
            scenario: arguments.scenario,
            demo: arguments.demo,
            rehearse: arguments.rehearse,
            overrides: Overrides {
                duration: arguments.duration,
                cycle: arguments.cycle,
                window: arguments.window,
                warm_up: arguments.warm_up,
                traceparent: arguments.traceparent.map(Into::into),
                ignore_rate_limits: arguments.ignore_rate_limits,
                writes: arguments.writes,
                load_percent: arguments.load_percent,
            },
            no_preflight: arguments.no_preflight,
            faults: arguments.faults,
            daily_swing: arguments.daily_swing,
            seed: arguments.seed,
            out,
            baseline: arguments.baseline,
            baselines: arguments.baselines.baselines,
        },
        resume: arguments.resume,
        resume_unfinished: arguments.resume_unfinished,
        accept_loss: arguments.accept_loss,
        dry_run: arguments.dry_run,
        open: arguments.open,
    }
}

fn gate_options(arguments: GateArguments) -> Result<GateOptions, CommandError> {
    let OutFolder { out } = arguments.folder;
    let question = match (arguments.against, arguments.ab.as_deref()) {
        (Some(name), _) => Question::Against(name),
        (None, Some([before, after])) => {
            Question::Interleaved { before: before.clone(), after: after.clone() }
        }
        (None, _) => Question::Noise,
    };
    let ready = parse_span(&arguments.ready).map_err(|error| CommandError::Usage {
        what: format!("--ready: {error}"),
        hint: "give a duration with its unit, such as 30s".to_owned(),
    })?;
    Ok(GateOptions {
        question,
        is_same: arguments.aa,
        runs: arguments.runs,
        repetitions: arguments.repetitions.map(|runs| runs as usize),
        rounds: arguments.rounds as usize,
        windows: u64::from(arguments.windows),
        servers: [arguments.start_a, arguments.start_b],
        ready,
        stages: arguments.stages,
        floors: Floors {
            center: arguments.floor,
            tail: arguments.tail_floor,
            errors: arguments.error_floor,
            drift: arguments.drift,
        },
        inconclusive: match arguments.inconclusive {
            Some(InconclusiveArgument::Pass) => Exit::Accepted,
            Some(InconclusiveArgument::Fail) => Exit::Failed,
            None => Exit::Inconclusive,
        },
        start: RunOptions {
            scenario: arguments.scenario,
            demo: arguments.demo,
            overrides: Overrides {
                duration: arguments.duration,
                cycle: arguments.cycle,
                window: arguments.window,
                warm_up: arguments.warm_up,
                traceparent: arguments.traceparent.map(Into::into),
                ignore_rate_limits: arguments.ignore_rate_limits,
                writes: arguments.writes,
                load_percent: None,
            },
            rehearse: arguments.rehearse,
            // A gate's verdict on a side that does not work is itself the result.
            no_preflight: true,
            // `start --demo` injects a slowdown by default; a gate injects a fault only on request.
            faults: if arguments.faults.is_empty() { vec!["none".to_owned()] } else { arguments.faults },
            seed: arguments.seed,
            out,
            baselines: arguments.baselines.baselines,
            ..RunOptions::default()
        },
        outputs: Outputs {
            json: arguments.json,
            markdown: arguments.markdown,
            junit: arguments.junit,
            gitlab_metrics: arguments.gitlab_metrics,
            github: arguments.github,
            all: arguments.all,
        },
    })
}

fn detect_options(arguments: DetectArguments) -> DetectOptions {
    DetectOptions {
        file: arguments.file,
        time: arguments.time,
        value: arguments.value,
        only: arguments.only,
        scale: arguments.scale.into(),
        time_unit: arguments.time_unit.map(Into::into),
        skip: arguments.skip,
        learn_from: arguments.learn_from,
        learn: arguments.learn,
    }
}
