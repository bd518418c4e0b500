//! The labels of a picture: where each one is, its colour, and what lies under it. For tests of what can be read.

use plotters::style::RGBColor;

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
