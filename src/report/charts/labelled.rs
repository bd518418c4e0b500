//! The labels of a picture: where each one is, its colour, and what lies under it. For tests of what can be read.

use plotters::style::RGBColor;

use super::palette::{PAPER, on_dark};

/// A filled area. Units: those of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// Left, top, right and bottom.
    pub ends: [f64; 4],
    /// Its colour on light pages.
    pub colour: RGBColor,
    /// Its opacity, 0 to 1.
    pub alpha: f64,
}

/// A text on a picture. Units: those of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// Its left end.
    pub left: f64,
    /// The height of the middle of its capital letters.
    pub middle: f64,
    /// How wide it is.
    pub width: f64,
    /// Its em.
    pub size: f64,
    /// Its colour on light pages.
    pub colour: RGBColor,
    /// What lies under it, from the lowest.
    pub grounds: Vec<Ground>,
}

impl Label {
    /// Left, top, right and bottom: from the ascenders to the descenders.
    pub fn ends(&self) -> [f64; 4] {
        let (above, below) = (self.size * 0.42, self.size * 0.58);
        [self.left, self.middle - above, self.left + self.width, self.middle + below]
    }

    /// How far it stands out from what lies under it, 1 to 21, on light or dark pages.
    ///
    /// Source: contrast ratio of WCAG 2.2. An area under a part of a label counts as under all of it.
    pub fn contrast(&self, is_dark: bool) -> f64 {
        let shown = |colour: RGBColor| if is_dark { on_dark(colour) } else { colour };
        let ground = self.grounds.iter().fold(parts(shown(PAPER)), |below, ground| {
            let above = parts(shown(ground.colour));
            [0, 1, 2].map(|part| above[part] * ground.alpha + below[part] * (1.0 - ground.alpha))
        });
        contrast(parts(shown(self.colour)), ground)
    }
}

fn parts(RGBColor(red, green, blue): RGBColor) -> [f64; 3] {
    [red, green, blue].map(|part| f64::from(part) / 255.0)
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear = |part: f64| if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    let luminance =
        |[red, green, blue]: [f64; 3]| 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The labels of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// Every label, in the order of writing.
    pub written: Vec<Label>,
    grounds: Vec<Ground>,
}

impl Labels {
    /// None yet.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { width, height, written: Vec::new(), grounds: Vec::new() }
    }

    /// An area was filled.
    pub(super) fn ground(&mut self, ground: Ground) {
        self.grounds.push(ground);
    }

    /// A text was written on what was filled before.
    pub(super) fn write(&mut self, mut label: Label) {
        let [left, top, right, bottom] = label.ends();
        for ground in &self.grounds {
            let [a, b, c, d] = ground.ends;
            if a >= right || c <= left || b >= bottom || d <= top {
                continue;
            }
            let covers = a <= left && c >= right && b <= top && d >= bottom;
            if covers && ground.alpha >= 1.0 {
                label.grounds.clear();
            }
            label.grounds.push(*ground);
        }
        self.written.push(label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::palette::{AXIS, GRID, INK, ON_DARK};

    fn label(colour: RGBColor, grounds: Vec<Ground>) -> Label {
        Label { text: "text".to_owned(), left: 10.0, middle: 20.0, width: 30.0, size: 10.0, colour, grounds }
    }

    #[test]
    fn what_is_written_in_a_colour_can_be_read() {
        for (colour, _) in ON_DARK.iter().filter(|(colour, _)| ![PAPER, GRID, AXIS].contains(colour)) {
            for is_dark in [false, true] {
                // WCAG 2.2 asks for 4.5 for text.
                let contrast = label(*colour, Vec::new()).contrast(is_dark);
                assert!(contrast >= 4.5, "{colour:?} dark {is_dark}: {contrast}");
            }
        }
        assert!((label(RGBColor(0, 0, 0), Vec::new()).contrast(false) - 21.0).abs() < 1e-9);
        let grey = Ground { ends: [0.0; 4], colour: INK, alpha: 0.5 };
        assert!(label(INK, vec![grey]).contrast(false) < 5.0);
    }

    #[test]
    fn a_label_knows_what_lies_under_it() {
        let mut labels = Labels::new(100.0, 100.0);
        let area = |ends, alpha| Ground { ends, colour: INK, alpha };
        labels.ground(area([0.0, 0.0, 100.0, 100.0], 0.2));
        labels.ground(area([60.0, 0.0, 100.0, 100.0], 1.0));
        labels.write(label(INK, Vec::new()));
        labels.ground(area([0.0, 0.0, 100.0, 100.0], 1.0));
        labels.write(label(INK, Vec::new()));
        labels.ground(area([0.0, 0.0, 100.0, 100.0], 0.2));
        let grounds: Vec<usize> = labels.written.iter().map(|label| label.grounds.len()).collect();
        assert_eq!(grounds, [1, 1]);
        assert!(labels.written[1].grounds[0].alpha >= 1.0);
    }
}
