//! Adds what the tables say to the help of each verb.
//!
//! Lines are broken here and not by clap, which would not indent the second line of a paragraph.

use clap::Command;

use super::entry::Guide;
use super::tables::guide;

/// Fits a terminal of 80 columns. Units: columns.
const WIDTH: usize = 78;

/// The meanings of the exit codes, briefly.
const CODES: &str = "Exit codes: 0 success, 1 failure, 2 error, 3 inconclusive.";

const END: &str = "Run `baseline COMMAND --help` for all options of a command, with examples.";

/// The command line, with the end of every help text.
pub(in crate::cli) fn dressed(command: Command) -> Command {
    dress(command, "")
}

fn dress(command: Command, verb: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let below = if verb.is_empty() { name.clone() } else { format!("{verb} {name}") };
        command.mut_subcommand(name, |command| dress(command, &below))
    });
    match guide(verb) {
        Some(guide) if verb.is_empty() => {
            let short = format!("{CODES}\n\n{END}");
            command.after_help(short).after_long_help(format!("{}\n\n{END}", complete(guide)))
        }
        Some(guide) => command.after_help(brief(guide)).after_long_help(complete(guide)),
        None => command,
    }
}

/// The end of `-h`: only commands.
fn brief(guide: &Guide) -> String {
    let shown = guide.examples.iter().filter(|example| example.is_short);
    shown.fold("Examples:".to_owned(), |text, example| format!("{text}\n{}", indented(example.command, 2)))
}

/// The end of `--help`.
fn complete(guide: &Guide) -> String {
    let mut parts = vec![examples(guide)];
    parts.extend(guide.notes.iter().map(|note| wrapped(note, 0, WIDTH) + "\n"));
    parts.push(exits(guide));
    if !guide.environment.is_empty() {
        parts.push(environment(guide));
    }
    if !guide.files.is_empty() {
        parts.push(defined("Files:", guide.files));
    }
    parts.join("\n").trim_end().to_owned()
}

fn examples(guide: &Guide) -> String {
    let examples = guide.examples.iter();
    let all: Vec<String> =
        examples.map(|example| format!("  {}:\n{}\n", example.what, indented(example.command, 4))).collect();
    format!("Examples:\n{}", all.join("\n"))
}

fn exits(guide: &Guide) -> String {
    let mut codes: Vec<(u8, &str)> = guide.exit.to_vec();
    codes.push((2, "error: usage, scenario, environment, input or output"));
    codes.sort_unstable();
    let lines = codes.iter().map(|(code, meaning)| {
        let text = wrapped(meaning, 5, WIDTH);
        format!("  {code}  {}\n", text.trim_start())
    });
    format!("Exit codes:\n{}", lines.collect::<String>())
}

fn environment(guide: &Guide) -> String {
    defined("Environment:", guide.environment)
}

/// A list of names, with the explanation of each below it.
fn defined(heading: &str, entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(name, meaning)| format!("  {name}\n{}\n", wrapped(meaning, 6, WIDTH)));
    format!("{heading}\n{}", entries.collect::<String>())
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}", "")).collect::<Vec<_>>().join("\n")
}

/// A paragraph in lines of at most this width, all indented. Words are never broken.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::super::tables::guides;
    use super::*;
    use crate::cli::args::Arguments;

    /// All verbs, and those below them.
    fn verbs(command: &Command, above: &str) -> Vec<String> {
        let below = command.get_subcommands().flat_map(|below| {
            let verb = format!("{above} {}", below.get_name()).trim().to_owned();
            let mut all = verbs(below, &verb);
            all.insert(0, verb);
            all
        });
        below.collect()
    }

    #[test]
    fn every_verb_has_an_entry_and_every_entry_its_verb() {
        let mut known = verbs(&Arguments::command(), "");
        known.push(String::new());
        known.sort();
        let mut described: Vec<&str> = guides().map(|guide| guide.verb).collect();
        described.sort_unstable();
        assert_eq!(known, described);
        for guide in guides() {
            assert!(!guide.examples.is_empty() && guide.examples.iter().any(|example| example.is_short));
            for verb in guide.see_also {
                assert!(described.contains(verb) && *verb != guide.verb, "{}: {verb}", guide.verb);
            }
        }
    }

    #[test]
    fn every_example_is_a_command_that_is_accepted() {
        for (guide, example) in guides().flat_map(|guide| guide.examples.iter().map(move |one| (guide, one)))
        {
            let command = example.command.replace("\\\n", " ");
            let command = command.split(['|', '>']).next().unwrap_or_default();
            let words = shlex::split(command).unwrap();
            let matches = dressed(Arguments::command()).try_get_matches_from(&words);
            let parsed = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
            assert!(parsed.is_ok(), "{}: {command}: {}", guide.verb, parsed.unwrap_err());
            assert!(example.command.lines().all(|line| line.len() + 4 <= WIDTH), "{command}");
            assert!(!example.what.ends_with(['.', ':']), "{}", example.what);
        }
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("aa bb cc ddddddddd", 2, 7), "  aa bb\n  cc\n  ddddddddd");
        assert_eq!(wrapped("", 2, 7), "");
    }
}
