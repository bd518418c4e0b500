//! Colours by role. Each is a value of its own, so that a style sheet can find it and put another in its place on dark
//! pages.
//!
//! The hues are Okabe and Ito's, which people with any kind of colour vision tell apart (Okabe and Ito, 2008); lines are
//! labelled where they end, so that colour is never alone.

use plotters::style::RGBColor;

/// Background of the page.
pub(super) const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Main text and marks.
pub(super) const INK: RGBColor = RGBColor(31, 35, 40);
/// Text of less weight, and gaps.
pub(super) const MUTED: RGBColor = RGBColor(89, 99, 110);
/// Lines that lead the eye.
pub(super) const GRID: RGBColor = RGBColor(225, 228, 232);
/// The frame of a panel.
pub(super) const AXIS: RGBColor = RGBColor(176, 184, 193);
/// Blue, the second colour of [`series`]; also p95, fitted curves, bands and heat maps.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Orange, the third colour of [`series`]; also p99.
pub(super) const ORANGE: RGBColor = RGBColor(192, 82, 0);
/// Green, the first colour of [`series`]; also p50.
pub(super) const GREEN: RGBColor = RGBColor(0, 128, 96);
/// Purple, the fourth colour of [`series`]; also means.
pub(super) const PURPLE: RGBColor = RGBColor(176, 82, 138);
/// Brown, the fifth colour of [`series`].
pub(super) const BROWN: RGBColor = RGBColor(135, 99, 0);
/// What needs a look: alerts, failures.
pub(super) const ALARM: RGBColor = RGBColor(178, 24, 43);

/// Series in their order, over again where there are more.
pub(super) fn series(place: usize) -> RGBColor {
    const SERIES: [RGBColor; 6] = [GREEN, BLUE, ORANGE, PURPLE, BROWN, MUTED];
    SERIES[place % SERIES.len()]
}

/// Each colour with its stand-in on dark pages.
pub(crate) const ON_DARK: [(RGBColor, &str); 11] = [
    (PAPER, "#0d1117"),
    (INK, "#e6edf3"),
    (MUTED, "#9aa5b1"),
    (GRID, "#2a313a"),
    (AXIS, "#57606c"),
    (BLUE, "#58b0ee"),
    (ORANGE, "#f28b3b"),
    (GREEN, "#2fc49c"),
    (PURPLE, "#e08fc4"),
    (BROWN, "#d3ad3f"),
    (ALARM, "#ff7b86"),
];

/// A colour as dark pages show it.
pub(super) fn on_dark(colour: RGBColor) -> RGBColor {
    let stand_in = ON_DARK.iter().find(|(of, _)| *of == colour);
    stand_in.and_then(|(_, hex)| parsed(hex)).unwrap_or(colour)
}

/// The colour that six hexadecimal digits after a `#` are.
fn parsed(hex: &str) -> Option<RGBColor> {
    let part = |from: usize| u8::from_str_radix(hex.get(from..from + 2)?, 16).ok();
    Some(RGBColor(part(1)?, part(3)?, part(5)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stand_in_is_a_colour() {
        for (colour, hex) in ON_DARK {
            assert!(parsed(hex).is_some() && on_dark(colour) != colour, "{hex}");
        }
        assert_eq!(on_dark(RGBColor(1, 2, 3)), RGBColor(1, 2, 3));
    }
}
