//! How lines look that may lie upon each other: colour and dashes.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::palette::series;

/// How the line of a level looks: in every chart the same, and never told by its colour alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LevelStyle {
    pub(super) colour: RGBColor,
    /// Lengths of dashes and spaces in turn; none is a solid line.
    pattern: &'static [f64],
}

impl LevelStyle {
    /// The style of a level by its place among the levels of the run. All of the first thirty differ.
    pub(super) fn of(place: usize) -> Self {
        const PATTERNS: [&[f64]; 5] =
            [&[], &[7.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0], &[14.0, 4.0, 4.0, 4.0]];
        Self { colour: series(place), pattern: PATTERNS[place % PATTERNS.len()] }
    }

    /// A solid line.
    pub(super) fn solid(colour: RGBColor) -> Self {
        Self { colour, pattern: &[] }
    }

    pub(super) fn draw(self, canvas: &mut Canvas<'_>, points: &[(f64, f64)]) {
        canvas.dashed(points, self.colour, 1.5, self.pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_levels_look_alike() {
        for place in 0..30 {
            for other in 0..place {
                assert_ne!(LevelStyle::of(place), LevelStyle::of(other), "{place} and {other}");
            }
        }
    }
}
