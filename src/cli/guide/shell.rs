//! The program itself, and the verbs for shells: `completions` and `man`.

use super::entry::{Guide, long, short};
use super::environment::{
    BUILT_IN, CERTIFICATES, COLOUR, COMPLETE, PROXIES, REFERENCES, STEP_SUMMARY, TERMINAL, WIDTH,
};

pub(super) const GUIDES: [Guide; 3] = [
    Guide {
        verb: "",
        examples: &[
            short(
                "Two-minute demo on a built-in server, with one slowdown to detect",
                "baseline start --demo",
            ),
            long("Measure one URL for ten seconds", "baseline test 127.0.0.1:8787/api/health 5"),
            long(
                "Check a change for regressions in CI",
                "baseline gate --against main --scenario my-service.toml",
            ),
        ],
        notes: &[],
        exit: &[
            (0, "success: everything that was judged passed"),
            (1, "failure: an SLO was violated, the target does not work, or a regression was found (gate)"),
            (
                3,
                "inconclusive: the measurement is invalid, rate-limited (429), incomplete, too short or too noisy",
            ),
        ],
        environment: &[
            REFERENCES,
            BUILT_IN,
            CERTIFICATES,
            PROXIES,
            COLOUR,
            TERMINAL,
            WIDTH,
            STEP_SUMMARY,
            COMPLETE,
        ],
        files: &[
            ("scenarios/NAME.toml", "Scenarios that can be given by name."),
            ("reports/RUN/", "One folder per run: data, heartbeat and reports."),
            ("baselines/SCENARIO/NAME.json", "Baselines."),
        ],
        see_also: &["start", "test", "gate"],
    },
    Guide {
        verb: "completions",
        examples: &[
            short(
                "Bash, for this user",
                "baseline completions bash \\\n  > ~/.local/share/bash-completion/completions/baseline",
            ),
            short("Zsh, in a folder of $fpath", "baseline completions zsh > ~/.zfunc/_baseline"),
            short("Fish", "baseline completions fish > ~/.config/fish/completions/baseline.fish"),
        ],
        notes: &[
            "The scripts call `baseline` to find scenarios, runs, baselines, endpoints and levels. Generate them again \
                  after an update, and create the folder first if there is none.",
        ],
        exit: &[(0, "the script was printed")],
        environment: &[COMPLETE],
        files: &[],
        see_also: &["man"],
    },
    Guide {
        verb: "man",
        examples: &[
            short("Read the page of the program", "baseline man | man -l -"),
            short("Write all pages to a folder", "baseline man ~/.local/share/man/man1"),
        ],
        notes: &[],
        exit: &[(0, "the pages were written")],
        environment: &[],
        files: &[(
            "DIR/baseline.1, DIR/baseline-VERB.1",
            "One page for the program and one for each command.",
        )],
        see_also: &["completions"],
    },
];
