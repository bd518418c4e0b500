//! Alerts on real and made series: no number that the data could not hold.

use std::path::{Path, PathBuf};

use baseline::analysis::alert::Change;
use baseline::analysis::detector::Detector;
use baseline::analysis::series::Scale;

use crate::support::simulate::Family;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every confirmed change names an expected value and a level within what was seen until then, and their ratio.
fn check(name: &str, values: &[f64], scale: Option<Scale>) -> usize {
    let mut detector = Detector::new(scale, true);
    for (n, value) in values.iter().enumerate() {
        detector.take(1.4e9 + 300.0 * n as f64, Some(*value), n);
    }
    detector.finish();
    let mut changes = 0;
    while let Some((n, verdict)) = detector.next() {
        for change in [verdict.change, verdict.repeated, verdict.returned].into_iter().flatten() {
            changes += 1;
            let Change { expected, level, effect, windows, .. } = change;
            let range = |values: &[f64]| {
                values.iter().fold((f64::MAX, f64::MIN), |sum, value| (sum.0.min(*value), sum.1.max(*value)))
            };
            let (low, high) = range(&values[(n + 1).saturating_sub(windows.max(5))..=n]);
            assert!((low..=high).contains(&level), "{name}, row {n}: {change:?}, values {low} to {high}");
            let (low, high) = range(&values[..=n]);
            assert!((low..=high).contains(&expected), "{name}, row {n}: {change:?}, values {low} to {high}");
            match effect {
                Some(effect) => {
                    assert!((effect - (level / expected - 1.0)).abs() < 1e-9, "{name}, row {n}: {change:?}");
                    assert!(expected > 0.0 && effect >= -1.0, "{name}, row {n}: {change:?}");
                }
                None => assert!(expected <= 0.0 || level < 0.0, "{name}, row {n}: {change:?}"),
            }
        }
    }
    changes
}

#[test]
fn no_alert_names_an_impossible_level() {
    let mut changes = 0;
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nab/data")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let values: Vec<f64> =
            text.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().1.parse().unwrap()).collect();
        let name = path.display().to_string();
        for scale in [None, Some(Scale::Log), Some(Scale::Linear)] {
            changes += check(&name, &values, scale);
        }
        // The same around 0, below 0, in whole numbers, and cut off.
        let middle = values.iter().sum::<f64>() / values.len() as f64;
        let made: [fn(f64, f64) -> f64; 4] = [
            |value, middle| value - middle,
            |value, _| -value,
            |value, middle| (4.0 * value / middle).round(),
            |value, middle| (value - middle).max(0.0),
        ];
        for made in made {
            let values: Vec<f64> = values.iter().map(|value| made(*value, middle)).collect();
            changes += check(&name, &values, None);
        }
    }
    for family in Family::ALL {
        for (seed, factor) in [(1, 1.5), (2, 0.0), (3, -1.0), (4, 20.0)] {
            let mut values: Vec<f64> =
                family.series(seed, 300.0, 600).into_iter().map(|point| point.1).collect();
            values[300..400].iter_mut().for_each(|value| *value *= factor);
            for scale in [None, Some(Scale::Linear)] {
                changes += check(&family.name(), &values, scale);
            }
        }
    }
    // Seen: some 2,000. A test without changes would prove nothing.
    assert!(changes > 500, "{changes}");
}
