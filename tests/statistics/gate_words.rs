//! The gate's words beside its intervals: made-up gates of every kind, in JSON, Markdown and text.

use std::collections::BTreeMap;

use baseline::analysis::gate::{Design, JUDGED, Outcome, RunOfCells, Settings, Sides, judge};
use baseline::domain::baseline::CellRun;
use baseline::domain::cell_name::CellName;
use baseline::domain::metric::Direction;
use baseline::report::gate::{GateView, json, markdown, text};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::Value;

/// Ten thousand take two minutes and more, so the suite makes a few, and CI all (`GATES=10000`).
const GATES: u64 = 500;
/// Words are about exact intervals; printed ones have three digits.
const PRINTED: f64 = 1.005;

/// One gate of random size, noise, effects and limits.
struct Draw {
    random: ChaCha8Rng,
    sigma: f64,
    shared: f64,
    endpoints: usize,
    levels: usize,
}

impl Draw {
    fn of(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let sigma = [0.0, 0.002, 0.01, 0.02, 0.05, 0.15][random.random_range(0..6)];
        let (endpoints, levels) = (random.random_range(1..6), random.random_range(1..4));
        let shared = random.random_range(0.0..1.0);
        Self { random, sigma, shared, endpoints, levels }
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }

    /// Effects of the candidate by endpoint, as logarithms: nothing, or anything from much faster to much slower.
    fn effects(&mut self) -> Vec<f64> {
        let everything = [0.0, 0.0, 0.04, 0.2, -0.2][self.random.random_range(0..5)];
        let one = |random: &mut ChaCha8Rng| {
            if random.random_bool(0.4) { random.random_range(-0.3..0.3) } else { 0.0 }
        };
        (0..self.endpoints).map(|_| everything + one(&mut self.random)).collect()
    }

    fn run(&mut self, effects: &[f64], failing: u64) -> RunOfCells {
        let mood = self.normal() * self.sigma * self.shared;
        let mut run = RunOfCells::new();
        for endpoint in 0..self.endpoints {
            for level in 0..self.levels {
                let mut values = BTreeMap::new();
                let own = self.normal();
                for metric in JUDGED {
                    let stray = self.sigma * (0.8 * own + 0.6 * self.normal());
                    let slower = 8.0 + mood + stray + effects.get(endpoint).copied().unwrap_or(0.0);
                    let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
                    values.insert(metric.name(), sign * slower);
                }
                let judged = 50 * 8_u64.pow(self.random.random_range(0..4));
                // Up to twice as many as the percentage says, so that runs differ as bursts make them.
                let most = 2 * judged * failing / 100;
                let failed = self.random.random_range(0..=most).min(judged);
                let cell = CellName::new(format!("endpoint-{endpoint}"), format!("level-{level}"));
                run.insert(
                    cell,
                    CellRun { windows: 40, judged, requests: judged, failed, values, ..CellRun::default() },
                );
            }
        }
        run
    }

    fn view(mut self) -> GateView {
        let design = Design::ALL[self.random.random_range(0..2)];
        let (before, after) = match design {
            Design::Stored => (self.random.random_range(3..7), self.random.random_range(2..5)),
            Design::Interleaved => {
                let rounds = self.random.random_range(3..7);
                (rounds, rounds)
            }
        };
        let effects = self.effects();
        let failing: [u64; 2] = std::array::from_fn(|_| [0, 0, 1, 30][self.random.random_range(0..4)]);
        let first = Sides {
            before: (0..before).map(|_| self.run(&[], failing[0])).collect(),
            after: (0..after).map(|_| self.run(&effects, failing[1])).collect(),
        };
        let mut joint = first.clone();
        if design == Design::Interleaved {
            joint.before.extend((0..before).map(|_| self.run(&[], failing[0])));
        }
        joint.after.extend((0..after).map(|_| self.run(&effects, failing[1])));
        let joint = self.random.random_bool(0.5).then_some(joint);
        let floor = [0.02, 0.05, 0.10][self.random.random_range(0..3)];
        let settings = Settings { floor, tail_floor: 2.0 * floor, ..Settings::of(design) };
        GateView {
            scenario: "made_up".to_owned(),
            before: "main".to_owned(),
            after: "new".to_owned(),
            runs_before: Vec::new(),
            runs_after: Vec::new(),
            differences: Vec::new(),
            judgement: judge(&first, joint.as_ref(), true, &settings),
            broken: Vec::new(),
            remarks: Vec::new(),
            noise: None,
            settings,
            load_percent: None,
        }
    }
}

/// The change of a value and its interval, for the worse above 0, and its floor: ratios less 1, or differences of ratios.
fn interval(row: &Value, settings: &Settings) -> (f64, f64, f64) {
    let (metric, of) = (row["metric"].as_str().unwrap(), |value: &Value| {
        let ends = value.as_array().unwrap_or_else(|| panic!("{row:#}"));
        (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap())
    });
    if metric.ends_with("_ratio") {
        let (low, high) = of(&row["difference_interval_95"]);
        return (low, high, settings.error_floor);
    }
    let (low, high) = of(&row["interval"]);
    let floor =
        if metric.contains("p95") || metric.contains("p99") { settings.tail_floor } else { settings.floor };
    if metric == "throughput_per_s" {
        (1.0 / high - 1.0, 1.0 / low - 1.0, floor)
    } else {
        (low - 1.0, high - 1.0, floor)
    }
}

/// Requires that the word of each row follows from its interval; returns it by endpoint, level and metric.
fn check_json(output: &Value, settings: &Settings, seen: &mut BTreeMap<String, usize>) -> Vec<String> {
    let rows = output["metrics"].as_array().unwrap();
    let mut words = Vec::new();
    for row in rows {
        let (low, high, floor) = interval(row, settings);
        let word = row["verdict"].as_str().unwrap();
        let slack = 1e-9;
        match word {
            // Symmetric on logarithms: 5 % slower, or 5 % faster.
            "unchanged" => assert!(low >= -floor - slack && high <= floor + slack, "{row:#}"),
            "improved" => assert!(high < slack, "{row:#}"),
            "inconclusive" => (),
            "regressed" => assert!(high > 0.0, "{row:#}"),
            other => panic!("{other}"),
        }
        let is_within = low >= 1.0 / (1.0 + floor) - 1.0 + slack && high <= floor - slack;
        let has_enough_runs = !output["reason"].as_str().unwrap().contains("Too few");
        assert!(!is_within || word != "inconclusive" || !has_enough_runs, "{row:#}");
        let is_suspect = row["is_suspect"] == true;
        assert!(!is_suspect || (word == "inconclusive" && low > 0.0), "{row:#}");
        assert!(!is_suspect || output["verdict"] != "accepted", "{output:#}");
        *seen.entry(word.to_owned()).or_default() += 1;
        words.push(word.to_owned());
    }
    words
}

/// The cells of the rows of Markdown tables that have a verdict: word, and change with its interval.
fn rows_of(markdown: &str) -> Vec<(String, String)> {
    let lines =
        markdown.lines().filter(|line| line.starts_with("| endpoint-") && line.matches(" | ").count() >= 7);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (fields[fields.len() - 1].replace('*', ""), fields[5].to_owned())
        })
        .collect()
}

fn percents(text: &str) -> Vec<f64> {
    let clean = text.replace("<br><sub>", " ").replace("</sub>", " ").replace(',', "");
    clean.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn no_word_contradicts_the_interval_beside_it() {
    let mut seen = BTreeMap::new();
    let mut outcomes = BTreeMap::new();
    let gates = std::env::var("GATES").ok().and_then(|gates| gates.parse().ok()).unwrap_or(GATES);
    for seed in 0..gates {
        let view = [Draw::of(seed).view()];
        let output: Value = serde_json::from_str(&json(&view)).unwrap();
        let words = check_json(&output, &view[0].settings, &mut seen);
        *outcomes.entry(view[0].outcome().word()).or_insert(0) += 1;
        let page = markdown(&view);
        // The table of changes comes first, and then all values in the order of the JSON.
        let all = rows_of(&page);
        assert!(all.len() >= words.len(), "{page}");
        let listed = &all[..all.len() - words.len()];
        for ((printed, change), word) in all[all.len() - words.len()..].iter().zip(&words) {
            assert!(printed.contains(word.as_str()), "{printed} {word}");
            let numbers = percents(change);
            assert!(numbers.len() >= 3 || change.contains('–'), "{change}");
            if word == "unchanged" && !change.contains("points") {
                let most = 100.0 * 2.0 * view[0].settings.floor * PRINTED;
                assert!(numbers.iter().all(|percent| percent.abs() <= most), "{change}");
            }
            if word == "improved"
                && let [_, low, high] = numbers[..]
            {
                assert!(low * high > 0.0 || low.abs().min(high.abs()) < 0.01, "{change}");
            }
        }
        // What is listed as changed on the terminal is what is listed on the page, in the same words.
        let plain = text(&view, false);
        let on_terminal = plain.lines().filter(|line| line.trim_start().starts_with("endpoint-"));
        let on_terminal: Vec<&str> = on_terminal.collect();
        assert_eq!(on_terminal.len(), listed.len(), "{plain}");
        for (line, (word, _)) in on_terminal.iter().zip(listed) {
            assert!(line.trim_end().ends_with(word.as_str()), "{line} {word}");
        }
        let is_accepted = view[0].outcome() == Outcome::Accepted;
        assert!(!is_accepted || words.iter().all(|word| word != "regressed"), "{plain}");
    }
    // Every word and every outcome came up often, so the checks were not idle.
    assert!(seen.len() == 4 && seen.values().all(|count| *count as u64 > gates / 2), "{seen:?}");
    assert!(outcomes.len() == 3 && outcomes.values().all(|count| *count > gates / 40), "{outcomes:?}");
}
