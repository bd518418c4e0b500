//! Man pages: one for the program and one for each verb, made from the command line and the tables of `guide`.

use std::io;
use std::path::Path;

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::guide::{Guide, guide};

const MANUAL: &str = "baseline manual";

/// A page, and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) file: String,
    pub(super) text: Vec<u8>,
}

/// The page of the program.
pub(super) fn main_page(command: Command) -> io::Result<Page> {
    page(built(command), "")
}

/// Every page: the program's, then those of its verbs.
pub(super) fn pages(command: Command) -> io::Result<Vec<Page>> {
    let mut all = Vec::new();
    collect(&built(command), "", &mut all)?;
    Ok(all)
}

/// Writes every page into a folder, which is made if there is none.
pub(super) fn write(command: Command, folder: &Path) -> io::Result<Vec<Page>> {
    let pages = pages(command)?;
    std::fs::create_dir_all(folder)?;
    for page in &pages {
        std::fs::write(folder.join(&page.file), &page.text)?;
    }
    Ok(pages)
}

/// Without the verb `help`, which clap adds.
fn built(command: Command) -> Command {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    command
}

fn collect(command: &Command, verb: &str, all: &mut Vec<Page>) -> io::Result<()> {
    all.push(page(command.clone(), verb)?);
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let name = below.get_name();
        let verb = if verb.is_empty() { name.to_owned() } else { format!("{verb} {name}") };
        collect(below, &verb, all)?;
    }
    Ok(())
}

/// The name of a verb's page: `baseline-scenario-check`.
fn page_name(verb: &str) -> String {
    std::iter::once("baseline").chain(verb.split_whitespace()).collect::<Vec<_>>().join("-")
}

fn page(command: Command, verb: &str) -> io::Result<Page> {
    let name = page_name(verb);
    let headings: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_help_heading().map(str::to_owned))
        .collect();
    let has_verbs = command.has_subcommands();
    let man = Man::new(command.mut_args(described));
    let mut text = title(&name).into_bytes();
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    let mut options = Vec::new();
    man.render_options_section(&mut options)?;
    text.extend(below_options(&String::from_utf8_lossy(&options), &headings).into_bytes());
    if has_verbs {
        let mut verbs = Vec::new();
        man.render_subcommands_section(&mut verbs)?;
        text.extend(String::from_utf8_lossy(&verbs).replace(".SH SUBCOMMANDS", ".SH COMMANDS").into_bytes());
    }
    if let Some(guide) = guide(verb) {
        more(guide).to_writer(&mut text)?;
    }
    Ok(Page { file: format!("{name}.1"), text: tidy(&String::from_utf8_lossy(&text)).into_bytes() })
}

/// With the short help as the long one where there is no other: pages leave out what the short help of the program hides.
fn described(argument: Arg) -> Arg {
    match (argument.get_long_help(), argument.get_help().cloned()) {
        (None, Some(help)) => argument.long_help(help),
        _ => argument,
    }
}

/// The header line, with the date of the commit where that is known: pages of one source are equal, whenever they are made.
fn title(name: &str) -> String {
    let date = option_env!("BASELINE_DATE").unwrap_or_default();
    let name = name.to_uppercase().replace('-', "\\-");
    format!(".TH {name} 1 \"{date}\" \"baseline {}\" \"{MANUAL}\"\n", env!("CARGO_PKG_VERSION"))
}

/// The headings of groups of options as subsections of OPTIONS, in the letters of the help.
fn below_options(text: &str, headings: &[String]) -> String {
    let line_of = |line: &str| {
        let shouted = line.strip_prefix(".SH ").map(|rest| rest.trim_matches('"').replace("\\-", "-"));
        let heading =
            shouted.and_then(|shouted| headings.iter().find(|heading| heading.to_uppercase() == shouted));
        heading.map_or_else(|| line.to_owned(), |heading| format!(".SS \"{}\"", heading.replace('-', "\\-")))
    };
    text.lines().map(|line| line_of(line) + "\n").collect()
}

/// The definition of an apostrophe, which every rendered part begins with.
const APOSTROPHE: [&str; 2] = [".ie \\n(.g .ds Aq \\(aq", ".el .ds Aq '"];
/// Longer lines are broken. Units: bytes.
const LONGEST_LINE: usize = 78;

/// A page as `mandoc -T lint` likes it: short lines, no blank ones, each definition once.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = APOSTROPHE.map(str::to_owned).to_vec();
    let (mut is_literal, mut is_tag) = (false, false);
    for line in text.lines().filter(|line| !APOSTROPHE.contains(line)) {
        let line = if is_literal { line } else { line.trim_end() };
        match line {
            ".nf" => is_literal = true,
            ".fi" => is_literal = false,
            _ => (),
        }
        let is_space = |line: &str| line == ".sp" || line == ".br";
        if is_literal || is_tag || line.starts_with(['.', ' ']) && line != ".br" {
            // The name of an option is one line, and so is what is shown as it stands.
            lines.push(line.to_owned());
        } else if line.is_empty() {
            while lines.last().is_some_and(|last| is_space(last)) {
                lines.pop();
            }
            lines.push(".sp".to_owned());
        } else if line == ".br" {
            if !lines.last().is_some_and(|last| is_space(last)) {
                lines.push(line.to_owned());
            }
        } else {
            lines.extend(broken(line));
        }
        is_tag = line == ".TP";
    }
    lines.join("\n") + "\n"
}

/// A paragraph in lines that no roff takes for a request.
fn broken(line: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.len() + 1 + word.len() <= LONGEST_LINE => {
                last.push(' ');
                last.push_str(word);
            }
            _ if word.starts_with(['.', '\'']) => lines.push(format!("\\&{word}")),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The sections after the options.
fn more(guide: &Guide) -> Roff {
    let mut page = Roff::new();
    if !guide.notes.is_empty() {
        page.control("SH", ["NOTES"]);
        for (place, note) in guide.notes.iter().enumerate() {
            if place > 0 {
                page.control("PP", []);
            }
            page.text([roman(*note)]);
        }
    }
    page.control("SH", ["EXAMPLES"]);
    for (place, example) in guide.examples.iter().enumerate() {
        if place > 0 {
            page.control("PP", []);
        }
        page.text([roman(format!("{}:", example.what))]);
        page.control("PP", []);
        page.control("RS", ["4"]);
        page.control("nf", []);
        for line in example.command.lines() {
            page.text([roman(line)]);
        }
        page.control("fi", []);
        page.control("RE", []);
    }
    page.control("SH", ["EXIT STATUS"]);
    let mut codes = guide.exit.to_vec();
    codes.push((2, "error: usage, scenario, environment, input or output"));
    codes.sort_unstable();
    for (code, meaning) in codes {
        entry(&mut page, bold(code.to_string()), meaning);
    }
    page.control("SH", ["ENVIRONMENT"]);
    if guide.environment.is_empty() {
        page.text([roman("No variable changes what it does.")]);
    }
    for (name, meaning) in guide.environment {
        entry(&mut page, bold(*name), meaning);
    }
    page.control("SH", ["FILES"]);
    if guide.files.is_empty() {
        page.text([roman("Only those that are given as arguments.")]);
    }
    for (name, meaning) in guide.files {
        entry(&mut page, italic(*name), meaning);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text(references(guide));
    page
}

fn entry(page: &mut Roff, name: Inline, meaning: &str) {
    page.control("TP", []);
    page.text([name]);
    page.text([roman(meaning)]);
}

/// `baseline(1), baseline-start(1)`, without the page itself.
fn references(guide: &Guide) -> Vec<Inline> {
    let own = (!guide.verb.is_empty()).then_some("");
    let mut line = Vec::new();
    for verb in own.iter().chain(guide.see_also) {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.push(bold(page_name(verb)));
        line.push(roman("(1)"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_none_is_a_request_by_accident() {
        let long = format!("{} .hidden 'quoted'", ["word"; 15].join(" "));
        let text = tidy(&format!(".SH A\n{long}\n\n.br\nb \n.TP\n{long}\n.nf\n{long}\n.fi\n"));
        let words = ["word"; 15].join(" ");
        let expected = [
            APOSTROPHE[0],
            APOSTROPHE[1],
            ".SH A",
            &words,
            "\\&.hidden 'quoted'",
            ".sp",
            "b",
            ".TP",
            &long,
            ".nf",
            &long,
            ".fi",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_option_has_a_description() {
        for page in pages(super::super::command()).unwrap() {
            let text = String::from_utf8(page.text).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            for (place, line) in lines.iter().enumerate().filter(|(_, line)| **line == ".TP") {
                let body = lines.get(place + 2).copied().unwrap_or_default();
                assert!(!body.is_empty() && !body.starts_with('.'), "{line} {}: {body}", lines[place + 1]);
            }
        }
    }
}
