//! A grid with one panel per endpoint: the position of each panel, and how many fit on one picture.

use super::labels::{LINE, page_width};
use super::layout::Layout;

/// More panels go onto a further picture.
const MOST_PANELS: usize = 12;

/// Panels in rows of one or two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    panels: usize,
    columns: usize,
    height: f64,
    top: f64,
    page: f64,
    name: f64,
    between: f64,
}

/// Left of each panel, for the texts of its axis.
const LEFT: f64 = 58.0;
/// Right of each panel, for half of the last text of its axis.
const RIGHT: f64 = 22.0;
/// The name of a panel.
const NAME_LINE: f64 = 20.0;
const BOTTOM: f64 = 32.0;
/// Between the heading and the first panel.
const ABOVE: f64 = 6.0;

impl Grid {
    /// Panels of that height, below `top`. `lines` of text belong to each panel's name, and as many to its axis.
    pub(super) fn new(
        layout: Layout,
        panels: usize,
        height: f64,
        top: f64,
        (names, ticks): (f64, f64),
    ) -> Self {
        let columns = if panels > 1 && layout == Layout::Wide { 2 } else { 1 };
        let name = NAME_LINE + LINE * (names - 1.0);
        let between = name + BOTTOM + LINE * (ticks - 1.0);
        Self { panels, columns, height, top: top + ABOVE + name, page: page_width(layout), name, between }
    }

    /// How wide the frame of each panel is.
    pub(super) fn frame_width(layout: Layout, panels: usize) -> f64 {
        Self::new(layout, panels, 0.0, 0.0, (1.0, 1.0)).place(0).2
    }

    /// The height of the whole picture.
    pub(super) fn picture_height(&self) -> f64 {
        let rows = self.panels.div_ceil(self.columns).max(1) as f64;
        self.top + rows * (self.height + self.between) - self.name
    }

    /// Left, top, width and height of a panel's frame.
    pub(super) fn place(&self, panel: usize) -> (f64, f64, f64, f64) {
        let (row, column) = ((panel / self.columns) as f64, (panel % self.columns) as f64);
        let each = self.page / self.columns as f64;
        (
            column * each + LEFT,
            self.top + row * (self.height + self.between),
            each - LEFT - RIGHT,
            self.height,
        )
    }
}

/// Splits panels into pictures of at most [`MOST_PANELS`] each, in order.
pub(super) fn pictures<T>(mut panels: Vec<T>) -> Vec<Vec<T>> {
    let mut pictures = Vec::new();
    while panels.len() > MOST_PANELS {
        let rest = panels.split_off(MOST_PANELS);
        pictures.push(std::mem::replace(&mut panels, rest));
    }
    pictures.push(panels);
    pictures
}

/// The name of a picture's file: the first has no number.
pub(super) fn file_of(what: &str, picture: usize) -> String {
    if picture == 0 { format!("chart-{what}.png") } else { format!("chart-{what}-{}.png", picture + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_side_by_side_where_the_page_is_wide() {
        let grid = Grid::new(Layout::Wide, 3, 100.0, 50.0, (1.0, 1.0));
        let ((left, top, ..), (next, next_top, ..)) = (grid.place(0), grid.place(1));
        assert!((top - next_top).abs() < 1e-9 && next > left + 300.0);
        let (.., bottom) = (0, grid.place(2).1 + 100.0);
        assert!(bottom < grid.picture_height());
        let grid = Grid::new(Layout::Narrow, 3, 100.0, 50.0, (1.0, 1.0));
        assert!((grid.place(0).0 - grid.place(1).0).abs() < 1e-9);
        assert!(grid.place(1).1 > grid.place(0).1 + 100.0);
    }

    #[test]
    fn many_panels_need_several_pictures() {
        let sizes: Vec<usize> = pictures(vec![0; 30]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [12, 12, 6]);
        assert_eq!(pictures(Vec::<u8>::new()).len(), 1);
    }
}
