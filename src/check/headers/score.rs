//! The score and the grade: all tests together.

use super::super::facts::{HeaderFacts, HeaderTest, SECURITY_HEADERS};
use super::page::Page;
use super::{cookies, csp, framing, isolation, policies, sri, transport};

/// From this penalised score on, bonuses count.
const BONUSES_FROM: i32 = 90;

/// The score of a response; `None` where its status says that it is no page, such as 404.
///
/// Source: MDN HTTP Observatory, algorithm version 6.
pub(in crate::check) fn score(page: &Page<'_>) -> Option<HeaderFacts> {
    if !page.is_scored() {
        return None;
    }
    let mut tests = vec![csp::test(page), cookies::test(page), isolation::sharing(page)];
    tests.extend([transport::test_redirects(page), policies::referrer(page), transport::test_hsts(page)]);
    tests.extend([sri::test(page), policies::nosniff(page), framing::test(page)]);
    tests.extend(isolation::tests(page));
    let score = total(&mut tests);
    Some(HeaderFacts {
        endpoint: page.endpoint.to_owned(),
        status: page.status,
        score,
        grade: grade(score),
        tests,
        values: SECURITY_HEADERS.iter().map(|name| page.joined(name)).collect(),
    })
}

/// The score of these tests; marks those that count.
fn total(tests: &mut [HeaderTest]) -> u32 {
    let penalised = 100 + tests.iter().map(|test| test.modifier.min(0)).sum::<i32>();
    let mut score = penalised;
    for test in tests.iter_mut().filter(|test| test.modifier > 0) {
        test.counts = penalised >= BONUSES_FROM;
        score += if test.counts { test.modifier } else { 0 };
    }
    u32::try_from(score).unwrap_or(0)
}

/// The grade of a score, which is rounded down to a multiple of 5.
fn grade(score: u32) -> &'static str {
    match score / 5 * 5 {
        100.. => "A+",
        90.. => "A",
        85.. => "A-",
        80.. => "B+",
        70.. => "B",
        65.. => "B-",
        60.. => "C+",
        50.. => "C",
        45.. => "C-",
        40.. => "D+",
        30.. => "D",
        25.. => "D-",
        _ => "F",
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::outcome;
    use super::*;

    #[test]
    fn bonuses_count_from_90_on() {
        let check = |modifiers: &[i32], expected: (u32, &str)| {
            let mut tests: Vec<_> = modifiers.iter().map(|modifier| outcome("t", "", *modifier)).collect();
            let score = total(&mut tests);
            assert_eq!((score, grade(score)), expected, "{modifiers:?}");
            let counted = tests.iter().filter(|test| test.counts).map(|test| test.modifier).sum::<i32>();
            assert_eq!(u32::try_from(100 + counted).unwrap_or(0), score);
        };
        check(&[], (100, "A+"));
        check(&[-10, 5], (95, "A"));
        check(&[-10, 10, 5], (105, "A+"));
        check(&[-10, -5, 10, 5], (85, "A-"));
        check(&[-25, -20, -20], (35, "D"));
        check(&[-50, -50, -50, 10], (0, "F"));
    }

    #[test]
    fn grades_change_where_the_table_says() {
        let expected = [
            (24, "F"),
            (25, "D-"),
            (30, "D"),
            (39, "D"),
            (40, "D+"),
            (45, "C-"),
            (50, "C"),
            (59, "C"),
            (60, "C+"),
            (65, "B-"),
            (70, "B"),
            (79, "B"),
            (80, "B+"),
            (85, "A-"),
            (90, "A"),
            (99, "A"),
            (100, "A+"),
            (145, "A+"),
        ];
        for (score, word) in expected {
            assert_eq!(grade(score), word, "{score}");
        }
    }
}
