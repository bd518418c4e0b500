//! A grid with one panel per endpoint: the position of each panel, and how many fit on one picture.

use super::canvas::WIDTH;

/// More panels go onto a further picture.
const MOST_PANELS: usize = 12;

/// Panels in rows of one or two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    panels: usize,
    columns: usize,
    height: f64,
    /// Left of each panel, for the texts of its axis.
    pub(super) left: f64,
    /// Right of each panel, for the labels of its lines.
    pub(super) right: f64,
}

const TOP: f64 = 72.0;
const BETWEEN: f64 = 52.0;
const BOTTOM: f64 = 32.0;

impl Grid {
    pub(super) fn new(panels: usize, height: f64, left: f64, right: f64) -> Self {
        Self { panels, columns: if panels > 1 { 2 } else { 1 }, height, left, right }
    }

    /// The height of the whole picture.
    pub(super) fn picture_height(&self) -> f64 {
        let rows = self.panels.div_ceil(self.columns).max(1) as f64;
        TOP + rows * (self.height + BETWEEN) - BETWEEN + BOTTOM
    }

    /// Left, top, width and height of a panel's frame.
    pub(super) fn place(&self, panel: usize) -> (f64, f64, f64, f64) {
        let (row, column) = ((panel / self.columns) as f64, (panel % self.columns) as f64);
        let each = WIDTH / self.columns as f64;
        let top = TOP + row * (self.height + BETWEEN);
        (column * each + self.left, top, each - self.left - self.right, self.height)
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

/// The width of a line of several that may lie upon each other: those below are wider, so that they are seen.
pub(super) fn layered(place: usize, lines: usize) -> f64 {
    1.2 + 1.5 * lines.saturating_sub(place + 1).min(4) as f64
}

/// The name of a picture's file: the first has no number.
pub(super) fn file_of(what: &str, picture: usize) -> String {
    if picture == 0 { format!("chart-{what}.png") } else { format!("chart-{what}-{}.png", picture + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_side_by_side() {
        let grid = Grid::new(3, 100.0, 50.0, 50.0);
        assert_eq!(grid.place(1), (450.0, TOP, 300.0, 100.0));
        assert_eq!(grid.place(2), (50.0, TOP + 100.0 + BETWEEN, 300.0, 100.0));
        assert_eq!(Grid::new(1, 100.0, 50.0, 50.0).place(0), (50.0, TOP, 700.0, 100.0));
    }

    #[test]
    fn many_panels_need_several_pictures() {
        let sizes: Vec<usize> = pictures(vec![0; 30]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [12, 12, 6]);
        assert_eq!(pictures(Vec::<u8>::new()).len(), 1);
    }
}
