//! Statistics against other people's programs: scipy, statsmodels, pymannkendall, ruptures.
//!
//! `golden.json` says with which versions it was made, and by what conventions; `make_golden.py` beside it made it.

use std::sync::LazyLock;

use baseline::stats::changepoint::pelt;
use baseline::stats::multiplicity::benjamini_hochberg;
use baseline::stats::proportion::{binomial_tail, fisher_exact, wilson_95};
use baseline::stats::quantile::ranks_95;
use baseline::stats::t_test;
use baseline::stats::t_test::{Mean, welch};
use baseline::stats::trend::{mann_kendall, theil_sen};
use baseline::stats::usl::{Law, Point};
use baseline::stats::usl_fit;
use baseline::stats::{autocorrelation, normal, robust};
use serde_json::Value;

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../fixtures/statistics/golden.json")).unwrap());

fn cases(section: &str) -> &'static [Value] {
    let cases = GOLDEN[section].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn counted(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Holds two numbers together, relative to the larger of their size and `unit`.
fn close(case: &Value, what: &str, found: f64, expected: &Value, tolerance: f64, unit: f64) {
    let expected = number(expected);
    let reach = tolerance * expected.abs().max(unit);
    assert!((found - expected).abs() <= reach, "{} {what}: {found} is not {expected}", case["name"]);
}

#[test]
fn descriptions() {
    for case in cases("describe") {
        let found = robust::describe(&numbers(&case["x"])).unwrap();
        let expected = &case["expected"];
        assert_eq!(found.n as u64, counted(&expected["n"]));
        close(case, "mean", found.mean, &expected["mean"], 1e-12, 1e-6);
        close(case, "sd", found.sigma, &expected["sd"], 1e-9, 1e-9);
        close(case, "median", found.median, &expected["median"], 1e-12, 1e-6);
        close(case, "mad", found.mad_sigma, &expected["mad_sigma"], 1e-9, 1e-9);
    }
}

#[test]
fn autocorrelations() {
    for case in cases("autocorrelation") {
        let values = numbers(&case["x"]);
        for (lag, expected) in case["expected"]["acf"].as_array().unwrap().iter().enumerate() {
            let found = autocorrelation::at_lag(&values, lag + 1).unwrap();
            close(case, "acf", found, expected, 1e-9, 1e-3);
        }
    }
}

#[test]
fn lines() {
    for case in cases("theil_sen") {
        let found = theil_sen(&numbers(&case["x"]), &numbers(&case["y"]), number(&case["level"])).unwrap();
        let expected = &case["expected"];
        close(case, "slope", found.slope.value, &expected["slope"], 1e-9, 1e-9);
        close(case, "intercept", found.intercept, &expected["intercept"], 1e-9, 1e-9);
        close(case, "low", found.slope.low, &expected["low"], 1e-9, 1e-9);
        close(case, "high", found.slope.high, &expected["high"], 1e-9, 1e-9);
    }
}

#[test]
fn trend_tests() {
    for case in cases("mann_kendall").iter().filter(|case| case["test"] == "original") {
        let expected = &case["expected"];
        match mann_kendall(&numbers(&case["x"])) {
            Some(p) => close(case, "p", p, &expected["p_sf"], 1e-9, 1e-12),
            None => assert!(number(&expected["var_s"]) == 0.0, "{}", case["name"]),
        }
    }
}

#[test]
fn change_points() {
    for case in cases("pelt") {
        let (values, penalty) = (numbers(&case["x"]), number(&case["penalty"]));
        for (key, least) in [("min_size_6", 6), ("min_size_2", 2)] {
            // The optimum of a search over all segmentations: the package itself misses it four times.
            let Some(expected) = case["expected"][key]["optimal_breakpoints"].as_array() else { continue };
            let expected: Vec<u64> = expected.iter().map(counted).collect();
            let found: Vec<u64> = pelt(&values, penalty, least).iter().map(|at| *at as u64).collect();
            assert_eq!(found, expected, "{} {key}", case["name"]);
        }
    }
}

#[test]
fn differences_of_means() {
    for case in cases("welch") {
        let mean = |key: &str| Mean::of_independent(&numbers(&case[key])).unwrap();
        let found = welch(&mean("a"), &mean("b")).unwrap();
        let expected = &case["expected"];
        // Ours is second less first.
        close(case, "t", -found.t, &expected["statistic"], 1e-9, 1e-9);
        close(case, "df", found.degrees, &expected["df"], 1e-9, 1.0);
        close(case, "p", found.p, &expected["p"], 1e-7, 1e-12);
        close(case, "low", -found.estimate.high, &expected["low"], 1e-7, 1e-9);
        close(case, "high", -found.estimate.low, &expected["high"], 1e-7, 1e-9);
    }
}

#[test]
fn means_of_one_sample() {
    for case in cases("one_sample") {
        let mean = Mean::of_independent(&numbers(&case["x"])).unwrap();
        let found = mean.estimate();
        close(case, "low", found.low, &case["expected"]["low"], 1e-7, 1e-9);
        close(case, "high", found.high, &case["expected"]["high"], 1e-7, 1e-9);
    }
}

#[test]
fn adjusted_p_values() {
    for case in cases("benjamini_hochberg") {
        let found = benjamini_hochberg(&numbers(&case["p"]));
        for (found, expected) in found.iter().zip(case["expected"]["adjusted"].as_array().unwrap()) {
            close(case, "p", *found, expected, 1e-12, 1e-300);
        }
    }
}

#[test]
fn ratios() {
    for case in cases("wilson") {
        let (low, high) = wilson_95(counted(&case["count"]), counted(&case["n"])).unwrap();
        close(case, "low", low, &case["expected"]["low"], 1e-9, 1e-6);
        close(case, "high", high, &case["expected"]["high"], 1e-9, 1e-6);
    }
}

#[test]
fn differences_of_ratios() {
    for case in cases("fisher") {
        let table: Vec<u64> = case["table"].as_array().unwrap().iter().map(counted).collect();
        let p = fisher_exact((table[0], table[0] + table[1]), (table[2], table[2] + table[3]));
        let expected = &case["expected"];
        let expected = if expected["p_exact"].is_null() { &expected["p"] } else { &expected["p_exact"] };
        close(case, "p", p, expected, 1e-6, 1e-250);
    }
}

#[test]
fn binomial_tails() {
    for case in cases("binomial_tail") {
        let found = binomial_tail(counted(&case["k"]), counted(&case["n"]), number(&case["p"])).unwrap();
        close(case, "tail", found, &case["expected"]["tail"], 1e-6, 1e-300);
    }
}

#[test]
fn distributions() {
    for case in cases("normal_quantile") {
        let p = number(&case["p"]);
        // Below that, the library's inverse loses digits; nothing here asks for it.
        if (1e-12..=1.0 - 1e-12).contains(&p) {
            close(case, "z", normal::quantile(p), &case["expected"]["z"], 1e-8, 1e-8);
        }
    }
    for case in cases("t_two_sided_p") {
        let found = t_test::two_sided_p(number(&case["t"]), number(&case["df"]));
        close(case, "p", found, &case["expected"]["p"], 1e-8, 1e-300);
    }
    for case in cases("t_quantile") {
        let (p, degrees) = (number(&case["p"]), number(&case["df"]));
        if (0.5..1.0).contains(&p) {
            let found = t_test::quantile(2.0 * p - 1.0, degrees);
            close(case, "t", found, &case["expected"]["t"], 1e-7, 1e-7);
        }
    }
}

#[test]
fn ranks_of_quantiles() {
    for case in cases("quantile_interval") {
        let n = case["x"].as_array().unwrap().len() as u64;
        for expected in case["expected"].as_array().unwrap() {
            let found = ranks_95(n, number(&expected["q"]));
            let Some((low, high)) = found else {
                assert!(expected["low_rank"].is_null() || expected["high_rank"].is_null(), "{n} {expected}");
                continue;
            };
            // Ours are those of equal tails, or within them.
            assert!(
                low >= counted(&expected["low_rank"]) && high <= counted(&expected["high_rank"]),
                "{n} {expected}"
            );
        }
    }
}

fn points_of(case: &Value) -> Vec<Point> {
    let (users, throughput) = (numbers(&case["users"]), numbers(&case["throughput"]));
    let weights = if case["weights"].is_null() { vec![1.0; users.len()] } else { numbers(&case["weights"]) };
    let rows = users.into_iter().zip(throughput).zip(weights);
    rows.map(|((users, throughput), weight)| Point { users, throughput, weight }).collect()
}

#[test]
fn scalability_fits() {
    for case in cases("usl") {
        let points = points_of(case);
        let found = usl_fit::fit(&points).unwrap();
        let expected = &case["expected"];
        for (law, key) in [(Law::Usl, "usl"), (Law::Amdahl, "amdahl"), (Law::Linear, "linear")] {
            let (fit, expected) = (found.fit(law), &expected[key]);
            close(case, key, fit.gamma, &expected["g"], 1e-6, 1e-9);
            for (value, key) in [(fit.alpha, "a"), (fit.beta, "b")] {
                if !expected[key].is_null() {
                    close(case, key, value, &expected[key], 1e-6, 1e-7);
                }
            }
        }
        let fit = found.fit(Law::Usl);
        for (error, key) in fit.standard_error.iter().zip(["se_a", "se_b", "se_g"]) {
            if !expected["usl"][key].is_null() {
                close(case, key, error.unwrap(), &expected["usl"][key], 1e-5, 1e-12);
            }
        }
    }
}

/// The published sets: which have a peak that may be told, and which are cut too short for that.
#[test]
fn peaks_are_told_or_refused() {
    let published: toml::Table = include_str!("../fixtures/statistics/usl.toml").parse().unwrap();
    let points_of = |name: &str, cut: f64| -> Vec<Point> {
        let column = |key: &str| -> Vec<f64> {
            let values = published[name][key].as_array().unwrap().iter();
            values.map(|value| value.as_float().or(value.as_integer().map(|n| n as f64)).unwrap()).collect()
        };
        let rows = column("users").into_iter().zip(column("throughput"));
        let rows = rows.map(|(users, throughput)| Point { users, throughput, weight: 1.0 });
        rows.filter(|point| point.users <= cut).collect()
    };
    let told = |name: &str, cut: f64| usl_fit::fit(&points_of(name, cut)).unwrap().peak;
    for (name, users, throughput) in
        [("specsdm91", 96.519_56, 1_883.9), ("cisco", 35.573_79, 12_342.85), ("synthetic", 7.0, 3.5714)]
    {
        let peak = told(name, f64::INFINITY).unwrap();
        assert!((peak.users.value / users - 1.0).abs() < 1e-4, "{name}: {peak:?}");
        assert!((peak.throughput.value / throughput - 1.0).abs() < 1e-4, "{name}: {peak:?}");
    }
    for (name, cut) in [("raytracer", f64::INFINITY), ("raytracer", 20.0), ("specsdm91", 72.0)] {
        assert!(told(name, cut).is_err(), "{name} up to {cut}");
    }
}
