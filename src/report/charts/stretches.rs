//! Values over time: where a line breaks, and which of many points are drawn.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::frame::Frame;

/// A pause longer than this multiple of the normal spacing breaks a line.
const BREAK: f64 = 3.5;

/// How far apart values usually are: the median. Units: seconds; 0 below two values.
pub(super) fn normal_spacing(points: &[(f64, f64)]) -> f64 {
    let mut spacings: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    spacings.sort_by(f64::total_cmp);
    spacings.get(spacings.len() / 2).copied().unwrap_or(0.0)
}

/// Draws values as a line of that colour and width, broken where values are missing. Points are in the order of time.
pub(super) fn draw_stretches(
    canvas: &mut Canvas<'_>,
    frame: &Frame,
    points: &[(f64, f64)],
    spacing: f64,
    (colour, width): (RGBColor, f64),
) {
    for stretch in points.chunk_by(|before, after| after.0 - before.0 <= BREAK * spacing.max(1e-3)) {
        let line: Vec<(f64, f64)> = stretch.iter().map(|(at, value)| frame.at(*at, *value)).collect();
        match thinned(&line).as_slice() {
            [point] => canvas.circle(*point, 1.5, colour, true),
            line => canvas.line(line, colour, width),
        }
    }
}

/// At most four points per unit of the page: the first, the highest, the lowest and the last. Nothing that was measured is
/// hidden, because the ends stay.
fn thinned(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by_height = |left: &&(f64, f64), right: &&(f64, f64)| left.1.total_cmp(&right.1);
    let mut kept = Vec::with_capacity(line.len());
    for column in line.chunk_by(|before, after| (before.0.floor() - after.0.floor()).abs() < 0.5) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let ends =
            [column.first(), column.iter().min_by(by_height), column.iter().max_by(by_height), column.last()];
        let mut ends: Vec<(f64, f64)> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|left, right| left.0.total_cmp(&right.0));
        ends.dedup();
        kept.extend(ends);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_keep_what_stands_out() {
        let line: Vec<(f64, f64)> = (0..10_000)
            .map(|n| (f64::from(n) / 100.0, if n == 5_050 { 99.0 } else { f64::from(n % 7) }))
            .collect();
        let thin = thinned(&line);
        assert!(thin.len() <= 400, "{}", thin.len());
        assert!(thin.iter().any(|(_, y)| *y > 98.0));
        assert_eq!((thin.first(), thin.last()), (line.first(), line.last()));
        assert!(thin.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert_eq!(thinned(&line[..3]), line[..3]);
    }

    #[test]
    fn the_normal_spacing_is_the_median() {
        let points: Vec<(f64, f64)> = [0.0, 5.0, 10.0, 15.0, 900.0].map(|at| (at, 0.0)).into();
        assert!((normal_spacing(&points) - 5.0).abs() < 1e-9);
        assert!(normal_spacing(&points[..1]).abs() < 1e-9);
    }
}
